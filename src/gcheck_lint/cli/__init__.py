"""The command line. Thin: options become settings, reports become text and an exit code.

Nothing here imports LibCST, so `--help`, `--version`, `rule`, `rules` and `config` start without it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """The entry point of the `gclint` script, and of `python -m gcheck_lint`."""
    leave_out_the_current_folder()
    from gcheck_lint.cli.entry import gclint  # and with it click, which only now is the one that is installed

    gclint.main(prog_name="gclint")


def leave_out_the_current_folder() -> None:
    """Sees to it that no module is imported from the current folder, which may be anybody's: a repository brings a `click.py`.

    `python -m` looks there first, and so does an empty entry of PYTHONPATH (`$PYTHONPATH:/more` where there was none). It counts
    only where Python's own modules, those that are installed, or this package are there.
    """
    import site

    here = _real(os.curdir)
    installed = [str(Path(os.__file__).parent), *site.getsitepackages(), site.getusersitepackages()]
    own = str(Path(__file__).parent.parent.parent)
    if here is not None and here not in {_real(path) for path in (*installed, own)}:
        sys.path[:] = [entry for entry in sys.path if entry and _real(entry) != here]


def _real(path: str) -> str | None:
    try:
        return os.path.realpath(path, strict=True)
    except (OSError, ValueError):
        return None
