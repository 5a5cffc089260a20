"""The command line. Thin: options become settings, reports become text and an exit code.

Nothing here imports LibCST, so `--help`, `--version`, `rule`, `rules` and `config` start without it.
"""

from __future__ import annotations

from gcheck_lint.cli.entry import gclint

__all__ = ["gclint", "main"]


def main() -> None:
    """The entry point of the `gclint` script."""
    gclint.main(prog_name="gclint")
