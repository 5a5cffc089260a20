"""`python -m gcheck_lint` is `gclint`.

Python itself looks for `gcheck_lint` in the current folder first; `python -I -m gcheck_lint` doesn't.
"""

from gcheck_lint.cli import main

if __name__ == "__main__":
    main()
