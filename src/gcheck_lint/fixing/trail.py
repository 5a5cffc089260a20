"""What fixes have written into a text, round after round, and where the rest of it stood before the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from gcheck_lint.records import dataclass
from gcheck_lint.text.spans import Edit

Made = tuple[str, str, int, str]  # who made an edit, in which file, where in the text as it was, and what it has written


@dataclass(frozen=True, slots=True)
class _Written:
    """A part of the text that a fix of `code` has written in place of `replaced` code points."""

    start: int
    end: int
    replaced: int
    code: str


@dataclass(slots=True)
class Trail:
    """What fixes have done to one file.

    A fix takes away what its author has written, of which there is only so much, or puts lines made of the author's own
    names at one of his places, each once. So fixes come to an end, whatever the rules are.
    """

    path: str
    made: set[Made] = field(default_factory=set)
    _written: list[_Written] = field(default_factory=list)

    def origin(self, offset: int) -> int:
        """Where an offset stood in the text before any fix; within what a fix has written: where that was put."""
        shift = 0
        for part in self._written:
            if offset <= part.start:
                break
            if offset < part.end:
                return part.start - shift
            shift += part.end - part.start - part.replaced
        return offset - shift

    def undoes(self, edits: Iterable[Edit]) -> str:
        """The code whose fix wrote what these edits would take away; empty where they take away nothing of the kind."""
        for edit in edits:
            if edit.path != self.path or edit.start == edit.end:
                continue
            for part in self._written:
                if part.start < part.end and edit.start < part.end and part.start < edit.end:
                    return part.code
        return ""

    def repeats(self, code: str, edits: Sequence[Edit]) -> bool:
        """Whether a rule would write what it has written at these places before."""
        mine = [edit for edit in edits if edit.path == self.path]
        return bool(mine) and all(self._made(code, edit) in self.made for edit in mine)

    def follow(self, changes: Iterable[tuple[str, Edit]]) -> None:
        """Takes in what one round has done: edits that do not touch, each with the code that made it."""
        mine = sorted(((edit, code) for code, edit in changes if edit.path == self.path), key=lambda change: change[0])
        self.made |= {self._made(code, edit) for edit, code in mine}
        moved = [self._moved(part, [edit for edit, _ in mine]) for part in self._written]
        shift = 0
        for edit, code in mine:
            start = edit.start + shift
            moved.append(_Written(start, start + len(edit.content), edit.end - edit.start, code))
            shift += len(edit.content) - (edit.end - edit.start)
        self._written = sorted(moved, key=lambda part: (part.start, part.end))

    def _made(self, code: str, edit: Edit) -> Made:
        return code, edit.path, self.origin(edit.start), edit.content

    @staticmethod
    def _moved(part: _Written, edits: Sequence[Edit]) -> _Written:
        start, end = part.start, part.end
        for edit in edits:
            grown = len(edit.content) - (edit.end - edit.start)
            if edit.end <= part.start:
                start, end = start + grown, end + grown
            elif edit.start < part.end:  # a line of its own within it
                end += grown
        return _Written(start, end, part.replaced, part.code)
