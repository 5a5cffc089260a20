"""JSON with the place of each value. Comments and trailing commas are let pass, as editors write them."""

from __future__ import annotations

import json
import re
from typing import Final

from gcheck_lint.recipes import limits
from gcheck_lint.recipes.model import UNKNOWN, Entry, Place, RecipeError, TemplateError
from gcheck_lint.records import dataclass

_SPACE: Final = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_STRING: Final = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"')
_ATOM: Final = re.compile(r"[-+.\w]+")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_NAMED: Final[dict[str, object]] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value: an object has entries, a list has items."""

    value: object
    place: Place
    entries: tuple[Entry, ...] = ()
    items: tuple[Node, ...] = ()
    members: tuple[tuple[str, Node], ...] = ()

    def member(self, name: str) -> Node | None:
        """The value of a key of an object; of several, the last."""
        return next((node for key, node in reversed(self.members) if key == name), None)


def parse(text: str) -> Node | None:
    """The object that a whole text is; None for a list, or one value a line, which is data. Raises RecipeError, TemplateError."""
    reader = _Reader(text)
    if reader.peek() in ("", "["):
        return None
    found = reader.value(0)
    if not reader.peek():
        return found
    if _is_lines(text, found):
        return None
    raise reader.error("more than one value")


def _is_lines(text: str, first: Node) -> bool:
    """Whether it is one value a line: data, not a config."""
    behind = text[first.place.end :].lstrip(" \t\r")
    return "\n" not in text[first.place.start : first.place.end] and behind[:1] == "\n" and behind.lstrip()[:1] in "{["


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._count = 0

    def error(self, reason: str) -> RecipeError:
        return RecipeError.at(self._text, self._at, reason)

    def peek(self) -> str:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found is not None else self._at
        return self._text[self._at : self._at + 1]

    def value(self, depth: int) -> Node:
        mark = self.peek()
        if self._text.startswith(("{{", "{%", "${"), self._at):
            raise TemplateError
        self._count += 1
        if depth > limits.DEPTH or self._count > limits.NODES:
            raise self.error("too deeply nested" if depth > limits.DEPTH else "too large")
        if mark == "{":
            return self._object(depth)
        if mark == "[":
            return self._list(depth)
        start = self._at
        value = self._string() if mark == '"' else self._atom()
        return Node(value, Place(start, self._at))

    def _object(self, depth: int) -> Node:
        start = self._at
        self._at += 1
        entries: dict[str, Entry] = {}
        members: list[tuple[str, Node]] = []
        while self.peek() != "}":
            if self.peek() != '"':
                raise self.error("expected a key in double quotes")
            begun = self._at
            name = self._string()
            key = Place(begun, self._at)
            if self.peek() != ":":
                raise self.error("expected a colon")
            self._at += 1
            node = self.value(depth + 1)
            entries[name] = Entry(name, node.value, node.place, key, node.entries)
            members.append((name, node))
            self._comma("}")
        self._at += 1
        value = {name: entry.value for name, entry in entries.items()}
        return Node(value, Place(start, self._at), tuple(entries.values()), (), tuple(members))

    def _list(self, depth: int) -> Node:
        start = self._at
        self._at += 1
        items: list[Node] = []
        while self.peek() != "]":
            items.append(self.value(depth + 1))
            self._comma("]")
        self._at += 1
        return Node([item.value for item in items], Place(start, self._at), (), tuple(items))

    def _comma(self, closing: str) -> None:
        if self.peek() == ",":
            self._at += 1
        elif self.peek() != closing:
            raise self.error(f"expected a comma or {closing}")

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            raise self.error("an unterminated string")
        try:
            value = json.loads(found[0], strict=False)
        except ValueError:
            raise self.error("a string with an invalid escape") from None
        self._at = found.end()
        return str(value)

    def _atom(self) -> object:
        found = _ATOM.match(self._text, self._at)
        if found is None:
            raise self.error("expected a value")
        if found[0] in _NAMED:
            self._at = found.end()
            return _NAMED[found[0]]
        if found[0].isupper() and found[0].isidentifier():
            raise TemplateError
        number = _NUMBER.fullmatch(found[0])
        if number is None:
            raise self.error("expected a value")
        self._at = found.end()
        if len(found[0]) > limits.DIGITS:
            return UNKNOWN
        return float(found[0]) if number[1] or number[2] else int(found[0])
