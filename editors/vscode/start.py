"""Starts gclint in the interpreter that runs this. `--find`: only says, by the exit code, whether it and its server are there.

The current folder is the workspace. `python -m gcheck_lint` would look there first, for gclint and all that it needs; this looks
where packages are installed.
"""

import os
import sys

if __name__ == "__main__":
    left_out = {"", os.getcwd(), os.path.dirname(os.path.abspath(__file__))}  # noqa: PTH100, PTH109, PTH120 - nothing is imported yet
    sys.path[:] = [entry for entry in sys.path if entry not in left_out]
    if sys.argv[1:] == ["--find"]:
        from importlib.util import find_spec

        sys.exit(not (find_spec("gcheck_lint") and find_spec("pygls")))
    from gcheck_lint.cli import main

    main()
