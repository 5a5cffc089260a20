"""The variables of a shell script as far as its text tells them: what differs from branch to branch is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final

from gcheck_lint.recipes import limits
from gcheck_lint.recipes.shell_words import Part, Text, Variable, Word
from gcheck_lint.recipes.traced import MANY, ONE, Traced, joined, marked, unknown
from gcheck_lint.records import dataclass

Value = Traced | tuple[Traced, ...]  # a text, or the elements of an array; an empty one for what is not set
FOLDER: Final = " folder"  # where the commands run: kept among the variables, for it is lost and joined as they are
_DEFAULTS: Final = frozenset({"-", ":-", "=", ":="})
_REST: Final = frozenset("@*")


@dataclass(slots=True)
class _Frame:
    kind: str
    number: int  # how many functions have begun
    before: dict[str, Value | None] = field(default_factory=dict)  # what names held that have been assigned since it began
    branches: list[dict[str, Value | None]] = field(default_factory=list)
    is_exhaustive: bool = False  # it has an `else`


@dataclass(slots=True)
class Variables:
    """What each name holds; None: nothing that the text tells."""

    _values: dict[str, Value] = field(default_factory=dict)
    _frames: list[_Frame] = field(default_factory=list)
    _left: int = limits.EXPANDED
    _first: dict[str, object] = field(default_factory=dict)  # what each name held at first
    changing: set[str] = field(default_factory=set)  # names that hold this here and that there
    by_functions: dict[str, set[int]] = field(default_factory=dict)  # names that functions assign for all, and which do
    # of an earlier reading, the names that change: what a function sees of them is not known, nor is what one leaves behind,
    # and of those that several assign nothing is
    later: frozenset[str] = frozenset()
    left_behind: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    _functions: int = 0

    def get(self, name: str, at: int = 0) -> Value | None:
        """What a name holds here: within a function, which is called later, only what changes nowhere."""
        if name in self.later:
            inner = max((number for number, frame in enumerate(self._frames) if frame.kind == "function"), default=None)
            is_own = inner is not None and any(name in frame.before for frame in self._frames[inner:])
            if name in self.shared or (name in self.left_behind if inner is None else not is_own):
                return unknown(at, MANY)
        return self._values.get(name)

    @property
    def kind(self) -> str:
        """What the innermost block is; empty outside of all."""
        return self._frames[-1].kind if self._frames else ""

    def assign(self, name: str, value: Value, is_certain: bool = True, is_local: bool = False) -> None:
        """Lets a name hold a value; one that is not certain to be reached is known only if it is the same."""
        before = self._values.get(name)
        if not is_certain and not _same(before, value):
            value = _nothing(value)
        if self._frames:
            self._frames[-1].before.setdefault(name, before)
        inner = next((frame.number for frame in reversed(self._frames) if frame.kind == "function"), None)
        if inner is not None and not is_local:
            self.by_functions.setdefault(name, set()).add(inner)
        if self._first.setdefault(name, _texts(value)) != _texts(value):
            self.changing.add(name)
        self._values[name] = value

    def begin(self, kind: str) -> None:
        """A block begins: if, case, loop, function, group, subshell; or `maybe`, a group that is not certain to be reached."""
        if len(self._frames) < limits.DEPTH:
            self._functions += kind == "function"
            self._frames.append(_Frame(kind, self._functions))

    def branch(self, is_last: bool = False) -> None:
        """The next branch of an `if` or a `case` begins, with what was before the first."""
        if self.kind in ("if", "case"):
            frame = self._frames[-1]
            frame.is_exhaustive |= is_last
            frame.branches.append({name: self._values.get(name) for name in frame.before})
            self._restore(frame.before)

    def end(self, kind: str) -> None:
        """A block ends; one that none was opened for is passed over."""
        if self.kind != kind:
            return
        if kind in ("if", "case"):
            self.branch()
        frame = self._frames.pop()
        if kind in ("if", "case"):
            branches = frame.branches if frame.is_exhaustive else [*frame.branches, {}]
            ends = {name: [one.get(name, before) for one in branches] for name, before in frame.before.items()}
        elif kind == "subshell":
            self._restore(frame.before)
            return
        else:
            ends = {name: [self._values.get(name), before] for name, before in frame.before.items()}
        for name, (first, *others) in ends.items():
            is_first = kind == "group" or (kind == "loop" and others == [None])  # its body is read as if it ran
            self._settle(name, first if is_first or all(_same(first, one) for one in others) else None, frame.before[name])

    def _settle(self, name: str, value: Value | None, before: Value | None) -> None:
        at = self._values.get(name) or before
        self._restore({name: before})
        if value is not None or at is not None:
            self.assign(name, value if value is not None else _nothing(at))

    def _restore(self, values: dict[str, Value | None]) -> None:
        for name, value in values.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = value

    # --- what a word comes to ------------------------------------------------------------------------------------------------

    def text(self, word: Sequence[Part], home: int) -> Traced:
        """A word as one text, as it is assigned."""
        parts = [joined(marked(one, ONE) for one in self._expanded(part)) for part in word]
        return self._bounded(joined(parts, home), home)

    def fields(self, word: Word) -> list[Traced]:
        """The words that a word comes to: none for an empty variable, several for an array."""
        found: list[Traced] = []
        current: list[Traced] = []
        is_word = False
        for part in self._chosen(word.parts):
            pieces = list(self._expanded(part))
            if part.is_quoted and not (isinstance(part, Variable) and _is_rest(part)):
                is_word = True
                current += pieces
                continue
            if not part.is_quoted:
                pieces = self._split(pieces, current, found)
            for number, piece in enumerate(pieces):
                if number and current:
                    found.append(joined(current))
                    current = []
                current.append(piece)
        if is_word or any(one.text for one in current):
            found.append(joined(current, word.at))
        return [self._bounded(one, word.at) for one in found]

    def _chosen(self, parts: Sequence[Part]) -> Iterator[Part]:
        """The parts, with the word of a default that counts in the place of its variable: it may have quotes of its own."""
        for part in parts:
            if isinstance(part, Variable) and not part.is_quoted and part.operator in _DEFAULTS and self._is_unset(part):
                yield from self._chosen(part.word)
            else:
                yield part

    def _is_unset(self, part: Variable) -> bool:
        value = self.get(part.name, part.at)
        return value is None or value == () or (part.operator[0] == ":" and _is_empty(value))

    def _split(self, pieces: list[Traced], current: list[Traced], found: list[Traced]) -> list[Traced]:
        words = [one for piece in pieces for one in piece.words()]
        if current and pieces and pieces[0].text[:1].isspace():
            found.append(joined(current))
            current.clear()
        if words and pieces[-1].text[-1:].isspace():
            words.append(Traced("", (), words[-1].home))
        return words

    def _expanded(self, part: Part) -> Iterator[Traced]:
        if isinstance(part, Text):
            yield part.text
            return
        mark = ONE if part.is_quoted and not _is_rest(part) else MANY
        nothing = unknown(part.at, mark)
        value = self.get(part.name, part.at)
        match part.operator:
            case "" | "?" | ":?":
                found = value
            case "-" | ":-" | "=" | ":=":
                found = self.text(part.word, part.at) if self._is_unset(part) else value
            case "+" | ":+":
                found = self._instead(part, value)
            case _:
                found = None
        yield from self._elements(part, found, mark) if found is not None else (nothing,)

    def _instead(self, part: Variable, value: Value | None) -> Value | None:
        """What stands for a variable that is set: `${ARGS[@]+"${ARGS[@]}"}` is the array."""
        if value is None or _is_unknown(value):
            return None
        if self._is_unset(part):
            return ()
        inner = [one for one in part.word if isinstance(one, Variable)]
        return value if len(inner) == 1 and inner[0].name == part.name else self.text(part.word, part.at)

    def _elements(self, part: Variable, value: Value, mark: str) -> Iterator[Traced]:
        nothing = unknown(part.at, mark)
        if isinstance(value, tuple):
            number = int(part.index) if part.index.isdecimal() and len(part.index) < 6 else 0 if not part.index else -1
            chosen = value if part.index in _REST and part.index else value[number : number + 1] if number >= 0 else None
        else:
            chosen = (value,) if part.index in ("", "@", "*", "0") else None
        if chosen is None:
            yield nothing
            return
        for one in chosen:
            self._left -= len(one.text) + limits.ELEMENT
            yield nothing if self._left < 0 else one if part.is_quoted and _is_rest(part) else marked(one, mark)

    def _bounded(self, text: Traced, home: int) -> Traced:
        return text if len(text.text) <= limits.VARIABLE else unknown(home, MANY)


def _is_rest(part: Variable) -> bool:
    """Whether it is any number of words though it is in quotes: `"$@"`, `"${ARGS[@]}"`."""
    return part.name == "@" or part.index == "@"


def _is_empty(value: Value | None) -> bool:
    return value == () or (isinstance(value, Traced) and not value.text)


def _is_unknown(value: Value) -> bool:
    return any(not one.is_known for one in (value if isinstance(value, tuple) else (value,)))


def _same(one: Value | None, other: Value | None) -> bool:
    return _texts(one) == _texts(other)


def _texts(value: Value | None) -> object:
    return tuple(one.text for one in value) if isinstance(value, tuple) else None if value is None else value.text


def _nothing(value: Value | None) -> Value:
    """A value that is not known, written where this one is."""
    first = value if isinstance(value, Traced) else value[0] if value else None
    return unknown(first.at[0] if first is not None and first.at else first.home if first is not None else 0, MANY)
