"""fire: calls a function, `--name` on the command line turning its default of `name` round."""

from __future__ import annotations

import inspect
import sys


def Fire(component):  # noqa: N802  (the library's name)
    defaults = {name: parameter.default for name, parameter in inspect.signature(component).parameters.items()}
    return component(**{name: not value for name, value in defaults.items() if f"--{name}" in sys.argv})
