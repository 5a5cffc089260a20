"""What was given up in a story, in the user's words, and how much work the rest was."""

from __future__ import annotations

from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of the program that was not followed to its end. `what` names it, `why` says what there was too much of."""

    site: Site
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a story took: nodes of decision diagrams, steps (statements and expressions), symbols, other modules."""

    nodes: int = 0
    steps: int = 0
    symbols: int = 0
    modules: int = 0
