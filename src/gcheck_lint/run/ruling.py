"""Whether a file is ruled out before it is parsed: by its own bytes, or together with the modules that it imports."""

from __future__ import annotations

import enum
import os

from gcheck_lint.prefilter import triage
from gcheck_lint.python.program import Program, in_library


class Ruling(enum.Enum):
    """What comes of it. A file that is out alone is out wherever else it may lie, among whatever modules."""

    IN = 0
    OUT = 1
    OUT_ALONE = 2


def of(path: str, data: bytes, modules: Program) -> Ruling:
    """Whether the bytes of a file say that there is nothing to be told about it, not even about its comments."""
    if path.endswith(".ipynb") or not triage.is_plain(data):
        return Ruling.IN
    text = triage.Text(data)
    if modules.may_concern(path, data, text) or triage.may_silence(data):
        return Ruling.IN
    return Ruling.OUT_ALONE if is_in_library(path) or not text.leads_on() else Ruling.OUT


def is_in_library(path: str) -> bool:
    """Whether a file lies in a package of a library that works on models: its modules are not looked through."""
    return in_library(os.path.dirname(os.path.abspath(path)))  # noqa: PTH100, PTH120 - of every file of a run
