"""`python -m gcheck_lint` is `gclint`."""

from gcheck_lint.cli import main

if __name__ == "__main__":
    main()
