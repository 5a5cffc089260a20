"""The words of a shell: quotes, escapes, comments, here-documents, expansions; each part with its place.

What a word comes to is for `recipes.shell`; here it is only read. POSIX shells and bash; what is not closed ends with the text.
"""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import Final

from gcheck_lint.recipes import limits
from gcheck_lint.recipes.traced import MANY, ONE, Traced, marked, unknown
from gcheck_lint.records import dataclass

_SPACE: Final = " \t\r"
_PLAIN: Final = re.compile(r"""[^\\'"$` \t\r\n;&|<>()]+""")
_QUOTED: Final = re.compile(r"""[^\\"$`]+""")
_NAME: Final = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]", re.ASCII)
_ARRAY: Final = re.compile(r"([A-Za-z_]\w*)(\+?)=\(", re.ASCII)
_OPERATOR: Final = re.compile(r"\d*(?:&>>?|<<<|<<-?|<>|>>|>\||[<>]&|[<>])|&&|\|\||\|&|;;&?|;&|[;&|()\n]")
_ARITHMETIC: Final = 500  # letters of `((i < n))`
_OPENING: Final = {"(": ")", "{": "}"}


@dataclass(frozen=True, slots=True)
class Text:
    """Letters as they are, unknown ones among them."""

    text: Traced
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """`$NAME`, `${NAME}`, `${NAME[@]}`, `${NAME:-word}`. The operator is empty where there is none, `!` where it is not read."""

    name: str
    index: str  # what stands between brackets
    operator: str
    word: tuple[Part, ...]
    is_quoted: bool
    at: int


Part = Text | Variable


@dataclass(frozen=True, slots=True)
class Word:
    """A word, an operator (`is_operator`; `<<` has the parts of its here-document), or an array that is assigned (`elements`)."""

    parts: tuple[Part, ...]
    text: str  # as it is written
    at: int
    is_operator: bool = False
    elements: tuple[Word, ...] | None = None


@dataclass(slots=True)
class _HereDocument:
    end: str
    is_indented: bool
    is_quoted: bool
    words: list[Word]
    number: int  # of its operator among them


def words(source: Traced) -> list[Word]:
    """The words and operators of a text; a newline is an operator."""
    return _Lexer(source).all()


@dataclass(slots=True)
class _Lexer:
    source: Traced
    at: int = 0
    found: list[Word] = field(default_factory=list)
    awaited: list[_HereDocument] = field(default_factory=list)

    def all(self) -> list[Word]:
        while self._skip_space():
            self._next(self.found)
        return self.found

    def _skip_space(self) -> bool:
        """Goes on to the next word; whether there is one."""
        text = self.source.text
        while self.at < len(text):
            letter = text[self.at]
            if letter in _SPACE:
                self.at += 1
            elif newline := self._continuation():
                self.at += newline
            elif letter == "#":
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            else:
                return True
        return False

    def _continuation(self) -> int:
        """The letters of a backslash with a newline behind it."""
        text = self.source.text
        return 2 if text.startswith("\\\n", self.at) else 3 if text.startswith("\\\r\n", self.at) else 0

    def _next(self, found: list[Word]) -> None:
        text = self.source.text
        if text.startswith("((", self.at) and (end := text.find("))", self.at, self.at + _ARITHMETIC)) > 0:
            self.at = end + 2
            return
        operator = _OPERATOR.match(text, self.at)
        if operator is not None and not text.startswith(("<(", ">("), self.at):
            self._operator(operator[0], found)
            return
        array = _ARRAY.match(text, self.at) if found is self.found else None  # none within another
        if array is not None:
            found.append(self._array(array))
            return
        start = self.at
        parts = self._parts()
        found.append(Word(parts, text[start : self.at], self._home(start)))

    def _home(self, index: int) -> int:
        at = self.source.at
        return at[index] if index < len(at) else at[-1] + 1 if len(at) else self.source.home

    def _operator(self, operator: str, found: list[Word]) -> None:
        start, self.at = self.at, self.at + len(operator)
        if operator.lstrip("0123456789") not in ("<<", "<<-"):
            found.append(Word((), operator, self._home(start), is_operator=True))
            if operator == "\n":
                self._skip_documents()
        else:
            while self.source.text[self.at : self.at + 1] in (" ", "\t"):
                self.at += 1
            begun = self.at
            self._parts()
            written = self.source.text[begun : self.at]
            end = re.sub(r"[\\'\"]", "", written)
            self.awaited.append(_HereDocument(end, operator.endswith("-"), end != written, found, len(found)))
            found.append(Word((), "<<", self._home(begun), is_operator=True))

    def _skip_documents(self) -> None:
        text = self.source.text
        for document in self.awaited:
            start = stop = self.at
            while self.at < len(text):
                end = text.find("\n", self.at)
                end = len(text) if end < 0 else end
                line = text[self.at : end].rstrip("\r")
                stop, self.at = self.at, min(end + 1, len(text))
                if (line.lstrip("\t") if document.is_indented else line) == document.end:
                    break
            else:
                stop = self.at
            if document.number < len(document.words):
                parts = _Lexer(self.source[start:stop]).document(document.is_quoted) if start < stop else ()
                document.words[document.number] = replace(document.words[document.number], parts=parts)
        self.awaited.clear()

    def document(self, is_quoted: bool) -> tuple[Part, ...]:
        """The parts of a here-document: as they are, or with what the shell puts in."""
        if is_quoted:
            return (Text(marked(self.source, ONE), True),)
        parts: list[Part] = []
        while self.at < len(self.source.text):
            self._part(parts, True, 0)
        return tuple(parts)

    def _array(self, found: re.Match[str]) -> Word:
        start = self.at
        self.at = found.end()
        elements: list[Word] = []
        while self._skip_space() and self.source.text[self.at] != ")":
            before = len(elements)
            self._next(elements)
            elements[before:] = [one for one in elements[before:] if not one.is_operator]
        self.at += 1
        return Word((), found[0][:-1], self._home(start), elements=tuple(elements))

    # --- one word ------------------------------------------------------------------------------------------------------------

    def _parts(self) -> tuple[Part, ...]:
        parts: list[Part] = []
        text, begun = self.source.text, self.at
        while self.at < len(text):
            letter = text[self.at]
            if letter in " \t\r\n" or (letter in ";&|<>()" and not self._is_substitution(begun)):
                break
            self._part(parts, False, 0)
        return tuple(parts)

    def _is_substitution(self, begun: int) -> bool:
        """Whether it is a process's output that stands for a file, or a bracket of a pattern within a word: `@(a|b)`."""
        text = self.source.text
        is_pattern = text[self.at] == "(" and self.at > begun and text[self.at - 1] in "@!?*+"
        return is_pattern or text.startswith(("<(", ">("), self.at)

    def _part(self, parts: list[Part], is_quoted: bool, depth: int) -> None:
        """One part; always goes on."""
        text, start = self.source.text, self.at
        letter = text[start]
        if letter == "$" or letter == "`":
            self._expansion(parts, is_quoted, depth)
        elif letter == "\\":
            self._escape(parts, is_quoted)
        elif is_quoted:
            found = _QUOTED.match(text, start)
            self._take(parts, found.end() if found is not None else start + 1, True)
        elif letter == '"':
            self._double(parts, depth)
        elif letter == "'":
            end = text.find("'", start + 1)
            end = len(text) if end < 0 else end
            self.at = start + 1
            self._take(parts, end, True)
            self.at = end + 1
        elif letter in "<>(":
            self.at = self._closing(text.index("(", start)) if "(" in text[start : start + 2] else start + 1
            parts.append(Text(unknown(self._home(start)), True))
        else:
            found = _PLAIN.match(text, start)
            self._take(parts, found.end() if found is not None else start + 1, False)

    def _take(self, parts: list[Part], end: int, is_quoted: bool) -> None:
        start, self.at = self.at, max(end, self.at)
        piece = Traced(self.source.text[start:end], self.source.at[start:end], self._home(start))
        parts.append(Text(marked(piece, ONE if is_quoted else MANY), is_quoted))

    def _double(self, parts: list[Part], depth: int) -> None:
        self.at += 1
        if self.source.text[self.at : self.at + 1] == '"':
            parts.append(Text(Traced("", (), self._home(self.at)), True))  # `""` is a word
        while self.at < len(self.source.text) and self.source.text[self.at] != '"':
            self._part(parts, True, depth)
        self.at += 1

    def _escape(self, parts: list[Part], is_quoted: bool) -> None:
        newline = self._continuation()
        if newline:
            self.at += newline
        elif is_quoted and self.source.text[self.at + 1 : self.at + 2] not in ("$", "`", '"', "\\"):
            self._take(parts, self.at + 1, True)
        else:
            self.at += 1
            self._take(parts, self.at + 1, True)  # as if in quotes: no word ends there

    def _expansion(self, parts: list[Part], is_quoted: bool, depth: int) -> None:
        text, start = self.source.text, self.at
        following = text[start + 1 : start + 2]
        nothing = unknown(self._home(start), ONE if is_quoted else MANY)
        if text[start] == "`":
            end = text.find("`", start + 1)
            self.at = len(text) if end < 0 else end + 1
            parts.append(Text(nothing, is_quoted))
        elif following == "(":
            self.at = self._closing(start + 1)
            parts.append(Text(nothing, is_quoted))
        elif following == "{":
            parts.append(self._braced(is_quoted, depth))
        elif following in ("'", '"') and not is_quoted:
            self._special_quotes(parts, following, depth)
        elif (found := _NAME.match(text, start + 1)) is not None:
            self.at = found.end()
            parts.append(Variable(found[0], "", "", (), is_quoted, self._home(start)))
        else:
            self._take(parts, start + 1, is_quoted)

    def _special_quotes(self, parts: list[Part], quote: str, depth: int) -> None:
        """`$'a\\n'`, which is not read where it has escapes, and `$"a"`."""
        self.at += 1
        if quote == '"':
            self._double(parts, depth)
            return
        start = self.at
        found = re.compile(r"'((?:[^'\\]|\\.)*)'?", re.DOTALL).match(self.source.text, start)
        end = found.end() if found is not None else start + 1
        if found is None or "\\" in found[1]:
            parts.append(Text(unknown(self._home(start)), True))
        else:
            self.at = found.start(1)
            self._take(parts, found.end(1), True)
        self.at = end

    def _braced(self, is_quoted: bool, depth: int) -> Part:
        text, start = self.source.text, self.at
        end = self._closing(start + 1)
        name = _NAME.match(text, start + 2)
        self.at = end
        nothing = Variable("", "", "!", (), is_quoted, self._home(start))
        if name is None or name.end() >= end or depth > limits.DEPTH:
            return nothing
        at, index = name.end(), ""
        if text[at] == "[":
            closing = text.find("]", at)
            if not at < closing < end:
                return nothing
            index, at = text[at + 1 : closing], closing + 1
        operator = re.compile(r":?[-=+]|:?\?|(?=\})|.?", re.DOTALL).match(text, at)
        sign = operator[0] if operator is not None else "!"
        if sign and sign[-1] not in "-=+?":
            sign = "!"  # `${A%x}` is not read, nor is `${@:2}`
        word: tuple[Part, ...] = ()
        if sign[-1:] in ("-", "=", "+"):
            word = self._word(at + len(sign), end - 1, is_quoted, depth)
        return Variable(name[0], index, sign, word, is_quoted, self._home(start))

    def _word(self, start: int, end: int, is_quoted: bool, depth: int) -> tuple[Part, ...]:
        """The parts of what stands behind an operator. It is quoted where the whole is, or where it has quotes of its own."""
        inner = _Lexer(self.source[start:end] if start < end else Traced("", (), self._home(start)))
        parts: list[Part] = []
        while inner.at < len(inner.source.text):
            letter = inner.source.text[inner.at]
            if letter == '"':
                inner._double(parts, depth + 1)
            elif letter in " \t\r\n;&|<>()" and not is_quoted:
                inner._take(parts, inner.at + 1, is_quoted)
            else:
                inner._part(parts, is_quoted, depth + 1)
        return tuple(parts)

    def _closing(self, at: int) -> int:
        """Behind the bracket that closes the one here; quotes and brackets between are passed over."""
        text = self.source.text
        waiting = [_OPENING[text[at]]]
        at += 1
        while at < len(text) and waiting:
            letter = text[at]
            if letter == "\\":
                at += 1
            elif letter == waiting[-1]:
                waiting.pop()
            elif letter == "'" and waiting[-1] != '"':
                at = text.find("'", at + 1)
                if at < 0:
                    return len(text)
            elif letter == '"':
                waiting.append('"')
            elif letter == "$" and text[at + 1 : at + 2] in _OPENING:
                at += 1
                waiting.append(_OPENING[text[at]])
            elif letter == "(" and waiting[-1] == ")":
                waiting.append(")")
            at += 1
        return min(at, len(text))
