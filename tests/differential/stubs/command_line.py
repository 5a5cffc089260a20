"""The command line: `--name` alone turns a default round, `--name value` is a value of the default's type."""

from __future__ import annotations

import sys


def given(name, default):
    if f"--{name}" not in sys.argv:
        return default
    if isinstance(default, bool):
        return not default
    value = sys.argv[sys.argv.index(f"--{name}") + 1]
    return int(value) if isinstance(default, int) else value
