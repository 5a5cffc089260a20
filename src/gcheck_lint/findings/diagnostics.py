"""What a run reports: frozen values that every format (text, JSON, editor) shows in its own way."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from gcheck_lint.records import dataclass
from gcheck_lint.text.spans import Edit, Span


class Severity(enum.IntEnum):
    """How bad it is. `ERROR`: exception or wrong results; `WARNING`: slow, or saved with the model; `INFO`: noise."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Safety(enum.Enum):
    """What a fix promises.

    `SAFE`: the script does what it was meant to do, nothing else changes.
    `UNSAFE`: the script runs on, but does something that its author should look at.
    `DISPLAY`: shown as advice, never applied.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"

    def __str__(self) -> str:
        return self.value


class Certainty(enum.Enum):
    """`SURE`: the script does this. `POSSIBLE`: it may, and only `--possible` shows it."""

    SURE = "sure"
    POSSIBLE = "possible"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together.

    Two fixes with one `group` are never applied in the same round: the first may make the second needless.
    """

    title: str
    edits: tuple[Edit, ...]
    safety: Safety
    group: str = ""

    def together_with(self, others: Iterable[Fix]) -> Fix:
        """One fix that makes the edits of others as well: each once, and no safer than the least safe of them.

        Its title names all that it does, and in how many places where it does one thing in several.
        """
        fixes = list({one.edits: one for one in (self, *others)}.values())
        edits = dict.fromkeys(edit for one in fixes for edit in one.edits)
        safety = Safety.SAFE if all(one.safety is Safety.SAFE for one in fixes) else Safety.UNSAFE
        counted = Counter(one.title for one in fixes)
        titles = [title if count == 1 else f"{title} in {count} places" for title, count in counted.items()]
        title = ", and ".join((titles[0], *(f"{other[0].lower()}{other[1:]}" for other in titles[1:])))
        return replace(self, title=title, edits=tuple(edits), safety=safety)


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that makes the finding: the switch, the training, the save."""

    message: str
    path: str
    span: Span
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where all that makes a finding stands, when that is another file than the one that was checked.

    `told_there`: that file tells it by itself, whoever calls it.
    """

    path: str
    span: Span
    told_there: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `label` is the short text beside the primary place in a source frame, `help` the remedy in words, `versions` the
    affected versions in words (`transformers >=4.53`; empty: all of the target). `condition` says under which flags
    it holds (`when --lora is off`). `cell` is the 1-based number of a notebook's cell, and the span is then within it.
    `statement` is the span in which a suppression comment counts. `origin`: the other file that the fault lies in.
    """

    code: str
    name: str
    message: str
    severity: Severity
    path: str
    span: Span
    statement: Span
    label: str = ""
    help: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    versions: str = ""
    condition: str = ""
    certainty: Certainty = Certainty.SURE
    cell: int | None = None
    noqa_row: int | None = None
    origin: Origin | None = None
