"""Suppression comments: where they are, what they name, what they cover.

A bare `# noqa` (or `# flake8: noqa`) is not for us: it stands in many training scripts for the sake of a style rule, on the
very line that saves the model. Whoever means gclint names the code.

Comments are found with Python's own tokenizer, so a `# noqa` within a string is none. What cannot be tokenized to the
end is read as far as it goes.
"""

from __future__ import annotations

import bisect
import functools
import io
import re
import sys
import token
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from gcheck_lint.records import dataclass
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position

CODE = "GCK003"  # the rule about these comments
_NEWLINE = re.compile(r"\r\n|\r")
_WORD = re.compile(r"[A-Za-z][\w-]*")
_NOQA = re.compile(r"#\s*noqa(?![\w-])(?P<colon>\s*:\s*)?", re.IGNORECASE)
_FILE_NOQA = re.compile(r"#\s*(?P<tool>gclint|flake8)\s*[:=]\s*noqa(?![\w-])(?P<colon>\s*:\s*)?", re.IGNORECASE)
_IGNORE = re.compile(
    r"#\s*gclint\s*:\s*(?P<verb>file-ignore|ignore|disable|enable)(?![\w-])\s*(?P<bracket>\[(?P<list>[^\]]*)\])?", re.IGNORECASE
)
_SEPARATOR = re.compile(r"\s*,\s*|\s+")
_NEXT = re.compile(r"\s+#(?!\d)")  # `see #12` goes on, `  # type: ignore` is another comment
_OTHERS_CODE = re.compile(r"[A-Z]{1,4}[0-9]+[A-Z]?", re.IGNORECASE)
_OURS = re.compile(r"GCK[0-9]*", re.IGNORECASE)
_SPACE = frozenset({token.NL, token.INDENT, token.DEDENT, token.COMMENT, token.ENCODING, token.ENDMARKER})
_STRING_STARTS = frozenset(getattr(token, name, -1) for name in ("FSTRING_START", "TSTRING_START"))
_STRING_ENDS = frozenset(getattr(token, name, -1) for name in ("FSTRING_END", "TSTRING_END"))


@dataclass(frozen=True, slots=True)
class Named:
    """One word of a comment's list: `start` and `end` are offsets, `codes` the rules that it means.

    `ours` is False for another tool's code; a word that is ours and means no rule is a mistake.
    """

    text: str
    start: int
    end: int
    codes: frozenset[str]
    ours: bool


@dataclass(frozen=True, slots=True)
class Directive:
    """A suppression. `named` None: all rules. `start` and `end` are the offsets of all that belongs to it.

    `rows` are those that it covers, None the whole file. `own` says that it is written for gclint alone.
    `disable` on a line of its own begins a range, and `ends` are the `enable` comments that end it, or some of its rules. Such a
    comment is a directive too (`is_end`), and covers nothing.
    """

    start: int
    end: int
    row: int
    named: tuple[Named, ...] | None
    rows: range | None
    own: bool
    ends: tuple[Directive, ...] = ()
    is_range: bool = False
    is_end: bool = False

    def covers(self, first: int, last: int, code: str) -> bool:
        """Whether it counts for a rule on a statement from row `first` to row `last`."""
        if self.is_end or not self.names(code):
            return False
        if self.rows is None:
            return True
        stop = min((end.row for end in self.ends if end.names(code)), default=self.rows.stop)
        return self.rows.start <= last and first < stop

    def names(self, code: str) -> bool:
        """Whether it speaks of a rule, by its name or as one of all."""
        return self.named is None or any(code in named.codes for named in self.named)


@dataclass(slots=True)
class Layout:
    """A text's comments and logical lines. `closed` holds the rows whose end takes no comment."""

    comments: list[tuple[int, int, str]] = field(default_factory=list)  # row, column (0-based), text
    statements: list[range] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)


@functools.lru_cache(maxsize=4)  # each finding of a file asks for it again
def lay_out(text: str) -> Layout:
    """Finds comments and logical lines, as far as the text can be tokenized."""
    layout = Layout()
    first: int | None = None
    before: tokenize.TokenInfo | None = None
    strings: list[int] = []
    try:
        # plain newlines change no row or column, and the tokenizers of 3.10 and 3.12 disagree about the others
        for found in tokenize.generate_tokens(io.StringIO(_NEWLINE.sub("\n", text)).readline):
            row = found.start[0]
            if before is not None and row > before.end[0] and before.type not in {token.NEWLINE, *_SPACE}:
                layout.closed.update(range(before.end[0], row))  # a backslash
            if found.type in _STRING_STARTS:
                strings.append(row)
            elif found.type in _STRING_ENDS and strings:
                layout.closed.update(range(strings.pop(), found.end[0]))
            elif found.type == token.STRING:
                layout.closed.update(range(row, found.end[0]))
            if found.type == token.COMMENT:
                layout.comments.append((row, found.start[1], found.string))
            elif found.type == token.NEWLINE and first is not None:
                layout.statements.append(range(first, row + 1))
                first = None
            elif found.type not in _SPACE and found.type != token.NEWLINE and first is None:
                first = row
            before = found
    except (tokenize.TokenError, SyntaxError):  # IndentationError is a SyntaxError
        pass
    return layout


def read(source: Source, known: Mapping[str, str]) -> list[Directive]:
    """The suppressions of a text, in order."""
    if not re.search("noqa|gclint", source.text, re.IGNORECASE):
        return []
    layout = lay_out(source.text)
    lines = LineIndex(source.text)
    directives: list[Directive] = []
    starts = [rows.start for rows in layout.statements]
    for row, column, comment in layout.comments:
        offset = lines.offset(Position(row, column + 1))
        alone = not lines.line(row)[:column].strip()
        # logical lines stand in order and share no row
        here = bisect.bisect_left(starts, row)
        within = here > 0 and row < layout.statements[here - 1].stop
        behind = bisect.bisect_right(starts, row)
        following = layout.statements[behind] if not within and behind < len(starts) else range(0)
        block = _block(lines, layout, row, layout.statements[here - 1] if within else None) if alone else range(0)
        directives.extend(_parse(comment, offset, row, alone, following, block, known))
    return _ended(directives, known)


def _block(lines: LineIndex, layout: Layout, row: int, around: range | None) -> range:
    """The rows from a comment to the end of its block: to the last statement before one that stands further out."""
    depth = _depth(lines.line(row if around is None else around.start))
    stop = row + 1
    for rows in layout.statements:
        if rows.start > row and _depth(lines.line(rows.start)) < depth:
            return range(row, stop)
        stop = max(stop, rows.stop)
    return range(row, sys.maxsize)


def _depth(line: str) -> int:
    indented = line.lstrip("\f").expandtabs(8)
    return len(indented) - len(indented.lstrip())


def _ended(directives: list[Directive], known: Mapping[str, str]) -> list[Directive]:
    """The directives, each range with the comments that end it: the first one for each of its rules."""
    whole = []
    for directive in directives:
        if directive.rows is not None and directive.is_range:
            within = [one for one in directives if one.is_end and directive.row < one.row < directive.rows.stop]
            firsts = {next((end for end in within if end.names(code)), None) for code in known if directive.names(code)}
            directive = replace(directive, ends=tuple(end for end in within if end in firsts))
        whole.append(directive)
    return whole


def _parse(
    comment: str, offset: int, row: int, alone: bool, following: range, block: range, known: Mapping[str, str]
) -> Iterator[Directive]:
    if match := _FILE_NOQA.match(comment):
        own = match["tool"].lower() == "gclint"
        if alone or own:  # behind code, `flake8: noqa` says nothing; ours can only mean the line
            named, end = _listed(comment, match.end(), bool(match["colon"]), offset, known)
            rows = None if alone else range(row, row + 1)
            if own or named is not None:
                yield Directive(offset, offset + _tail(comment, end), row, named, rows, own)
        return
    for match in _IGNORE.finditer(comment):
        end = _tail(comment, match.end())
        named = None
        if match["bracket"] is not None:
            named = tuple(_words(match["list"], offset + match.start("list"), known, own=True))
        verb = match["verb"].lower()
        begins = verb == "disable" and alone  # behind code it is about that statement, as in other linters
        rows = None if verb == "file-ignore" else block if begins else range(row, row + 1)
        if rows is not None and alone and verb == "ignore":
            # within a bracket the comment's own row is on the statement; above a statement the next one is meant
            rows = range(row, following.stop) if following else rows
        start = offset + match.start()
        yield Directive(start, offset + end, row, named, rows, own=True, is_range=begins, is_end=verb == "enable")
    for match in _NOQA.finditer(comment):
        named, end = _listed(comment, match.end(), bool(match["colon"]), offset, known)
        if named is not None:
            end = _tail(comment, end)
            yield Directive(offset + match.start(), offset + end, row, named, range(row, row + 1), own=False)


def _listed(comment: str, at: int, colon: bool, offset: int, known: Mapping[str, str]) -> tuple[tuple[Named, ...] | None, int]:
    """The codes after `noqa:`; None when no code follows."""
    if not colon:
        return None, at
    named: list[Named] = []
    end = at
    while word := _WORD.match(comment, end):
        name = _name(word.group(), offset + word.start(), known)
        if not name.ours and not _OTHERS_CODE.fullmatch(name.text):
            break  # the reason begins
        named.append(name)
        at = word.end()
        separator = _SEPARATOR.match(comment, at)
        if separator is None:
            break
        end = separator.end()
    return (tuple(named), at) if named else (None, at)


def _words(text: str, offset: int, known: Mapping[str, str], own: bool) -> Iterator[Named]:
    for word in re.finditer(r"[^\s,]+", text):
        name = _name(word.group(), offset + word.start(), known)
        yield Named(name.text, name.start, name.end, name.codes, ours=own)


def _name(text: str, start: int, known: Mapping[str, str]) -> Named:
    end = start + len(text)
    for code, slug in known.items():
        if text.lower() == slug:
            return Named(text, start, end, frozenset({code}), ours=True)
    if _OURS.fullmatch(text):
        codes = frozenset(code for code in known if code.startswith(text.upper()))
        return Named(text, start, end, codes, ours=True)
    return Named(text, start, end, frozenset(), ours=False)


def _tail(comment: str, at: int) -> int:
    """Where a directive ends: its reason belongs to it, another comment does not."""
    following = _NEXT.search(comment, at)
    return following.start() if following else len(comment.rstrip())
