"""Which fixes `--fix` may use, and what the text is after them."""

from __future__ import annotations

from collections.abc import Iterable

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Safety
from gcheck_lint.text.spans import Edit


def is_applicable(diagnostic: Diagnostic, unsafe: bool) -> bool:
    """Whether `--fix` applies the fix of a finding. What is only possible is never fixed without `--unsafe-fixes`."""
    if diagnostic.fix is None or diagnostic.fix.safety is Safety.DISPLAY:
        return False
    return unsafe or (diagnostic.fix.safety is Safety.SAFE and diagnostic.certainty is Certainty.SURE)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        parts += (text[at : edit.start], edit.content)
        at = edit.end
    return "".join((*parts, text[at:]))
