"""Makefiles: the command lines of their rules, with the variables of make that are literal."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from gcheck_lint.recipes import limits, shell
from gcheck_lint.recipes.model import Recipe
from gcheck_lint.recipes.traced import MANY, Traced, joined, of, unknown
from gcheck_lint.records import dataclass

_LINE: Final = re.compile(r"(?:[^\\\n]|\\.|\\\n)*", re.DOTALL)
_ASSIGNED: Final = re.compile(r"(?:(?:export|override|private|unexport)[ \t]+)*([\w.-]+)[ \t]*(:{0,3}|\?|\+|!)=[ \t]*", re.ASCII)
_FOR_TARGETS: Final = re.compile(r"[^\t=#:][^=#:]*::?[ \t]*(?:(?:export|override|private)[ \t]+)*([\w.-]+)[ \t]*[:?+!]{0,3}=")
_REFERENCE: Final = re.compile(r"\$(?:\$|[({]([\w.-]+)[)}]|([({])|([^\s]))")
_CLOSING: Final = {"(": ")", "{": "}"}


def recipes(path: str, text: str) -> list[Recipe]:
    """The command lines of a Makefile that start Python."""
    makefile = _Makefile(text)
    found: list[Recipe] = []
    for line in makefile.commands:
        if len(found) < limits.COMMANDS:
            found += shell.recipes(path, "make", text, makefile.expanded(line))
    return found


@dataclass(slots=True)
class _Makefile:
    text: str
    commands: list[Traced] = field(default_factory=list)
    values: dict[str, Traced] = field(default_factory=dict)
    left: int = limits.EXPANDED

    def __post_init__(self) -> None:
        at, is_defined = 0, False
        while at < len(self.text):
            end = self._end(at)
            line = of(self.text, at, end)
            word = line.text.split(None, 1)[0] if line.text.strip() else ""
            if word in ("define", "endef"):
                is_defined = word == "define"
            elif not is_defined:
                self._line(line)
            at = end + 1

    def _end(self, at: int) -> int:
        """Where a line ends, with those that it goes on with."""
        while True:
            end = self.text.find("\n", at)
            if end < 0:
                return len(self.text)
            before = self.text[at:end].rstrip("\r")
            if not before.endswith("\\"):
                return end
            at = end + 1

    def _line(self, line: Traced) -> None:
        if line.text.startswith("\t"):
            start = len(line.text) - len(line.text.lstrip("\t @+-"))
            self.commands.append(line[start:])
            return
        start = len(line.text) - len(line.text.lstrip(" "))
        assigned = _ASSIGNED.match(line.text, start)
        if assigned is not None:
            self._assign(assigned[1], assigned[2], line[assigned.end() :])
        elif (aimed := _FOR_TARGETS.match(line.text, start)) is not None:
            self.values[aimed[1]] = unknown(line.home, MANY)
        elif ";" in line.text and "#" not in line.text.partition(";")[0] and ":" in line.text.partition(";")[0]:
            self.commands.append(line[line.text.index(";") + 1 :])

    def _assign(self, name: str, operator: str, value: Traced) -> None:
        value = _joined_lines(_without_comment(value))
        before = self.values.get(name)
        if operator == "!":
            value = unknown(value.home, MANY)
        elif operator == "+" and before is not None:
            value = joined((before, Traced(" ", (value.home,), value.home), value))
        elif before is not None and before.text != value.text:
            value = unknown(value.home, MANY)
        self.values[name] = value if len(value.text) <= limits.VARIABLE else unknown(value.home, MANY)

    def expanded(self, text: Traced, depth: int = 0) -> Traced:
        """A text with the variables of make in it."""
        parts: list[Traced] = []
        at = 0
        while (found := _REFERENCE.search(text.text, at)) is not None:
            parts.append(text[at : found.start()])
            at = found.end()
            home = text.at[found.start()]
            if found[0] == "$$":
                parts.append(text[found.start() : found.start() + 1])
            elif found[1] is not None:
                parts.append(self._value(found[1], home, depth))
            elif found[2] is not None:  # a function
                at = _behind(text.text, found.end(2))
                parts.append(unknown(home, MANY))
            else:  # `$@`, a target, which is not what a shell means by that
                parts.append(unknown(text.at[found.start() + 1], MANY))
        parts.append(text[at:])
        return joined(parts, text.home)

    def _value(self, name: str, home: int, depth: int) -> Traced:
        value = self.values.get(name)
        if value is None or depth > 8 or self.left < 0:
            return unknown(home, MANY)
        found = self.expanded(value, depth + 1) if "$" in value.text else value
        self.left -= len(found.text) + limits.ELEMENT
        return found if len(found.text) <= limits.VARIABLE else unknown(home, MANY)


def _behind(text: str, at: int) -> int:
    """Behind the bracket that closes the one before `at`."""
    waiting = [_CLOSING[text[at - 1]]]
    while at < len(text) and waiting:
        if text[at] == waiting[-1]:
            waiting.pop()
        elif text[at] in _CLOSING:
            waiting.append(_CLOSING[text[at]])
        at += 1
    return at


def _without_comment(value: Traced) -> Traced:
    end = re.search(r"[ \t]*(?<!\\)#", value.text)
    value = value if end is None else value[: end.start()]
    return value[: len(value.text.rstrip())]


def _joined_lines(value: Traced) -> Traced:
    """A value on one line."""
    if "\\" not in value.text:
        return value
    parts, at = [], 0
    for found in re.finditer(r"[ \t]*\\\r?\n[ \t]*", value.text):
        parts += [value[at : found.start()], Traced(" ", (value.at[found.start()],), value.home)]
        at = found.end()
    return joined([*parts, value[at:]], value.home)
