"""fire: calls a function with what stands on the command line."""

from __future__ import annotations

import inspect

from .command_line import given


def Fire(component):  # noqa: N802  (the library's name)
    parameters = inspect.signature(component).parameters.values()
    return component(**{parameter.name: given(parameter.name, parameter.default) for parameter in parameters})
