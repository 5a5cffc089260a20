"""Questions about a value that is open, and how their answers hang together: `rank > 0`, `rank == 4`, `if rank:`.

A question is `"truth"`, or a tuple: `("is", constant)`, `("above", bound, strict)`, and of a text `("holds", part)`,
`("startswith", part)`, `("endswith", part)`. What one constant answers to all of them is known, and so is which answers follow
from each other.
"""

from __future__ import annotations

from gcheck_lint.records import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to an option. `option`: a number of its own; `name`: what its user calls it; `offered`: all that it may be.

    Nothing is offered where nobody knows.
    """

    option: int
    name: str
    question: object
    offered: tuple[object, ...] = ()

    @property
    def constant(self) -> str | None:
        """The text that it asks for."""
        match self.question:
            case ("is", str() as text):
                return text
        return None


def answer(question: object, value: object) -> bool | None:
    """What a constant answers; None where the question makes no sense of it, or is of another sort."""
    match question:
        case "truth":
            return bool(value)
        case ("is", wanted):
            return bool(value == wanted)
        case ("above", (int() | float()) as bound, bool() as strict):
            return isinstance(value, (int, float)) and (value > bound or (value == bound and not strict))
        case ("holds", str() as part):
            return part in value if isinstance(value, str) else None
        case (("startswith" | "endswith") as end, str() as part):
            return bool(getattr(value, end)(part)) if isinstance(value, str) else None
    return None


def implies(question: object, other: object) -> bool:
    """Whether one question answered with yes answers another one with yes."""
    match question, other:
        case ("above", (int() | float()) as bound, bool() as strict), ("above", (int() | float()) as below, bool() as at):
            return bound > below or (bound == below and (strict or not at))
        case ("above", (int() | float()) as bound, bool() as strict), "truth":
            return bound > 0 or (bound == 0 and strict)
        case (("holds" | "startswith" | "endswith"), str() as part), ("holds", str() as inner):
            return inner in part
        case (("startswith" | "endswith") as end, str() as part), (other_end, str() as inner) if other_end == end:
            return bool(getattr(part, end)(inner))
        case (("holds" | "startswith" | "endswith"), str() as part), "truth":
            return bool(part)
    return False


def excludes(question: object, other: object) -> bool:
    """Whether no value answers both questions with yes, by what the questions are."""
    match question, other:
        case (("startswith" | "endswith") as end, str() as part), (other_end, str() as inner) if other_end == end:
            return not getattr(part, end)(inner) and not getattr(inner, end)(part)
    return False
