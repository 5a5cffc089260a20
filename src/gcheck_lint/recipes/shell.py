"""Shell scripts: the command lines in them that start Python, each with what it passes. Nothing is run.

Bodies of `if`, loops and functions are read as they stand, in order. What one branch assigns and another does not is unknown
behind them; so is what a command prints, and what the environment or the script's own arguments bring.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final

from gcheck_lint.recipes import command_lines, limits
from gcheck_lint.recipes.model import Recipe
from gcheck_lint.recipes.shell_words import Text, Word, words
from gcheck_lint.recipes.traced import MANY, Traced, joined, unknown
from gcheck_lint.recipes.variables import FOLDER, Value, Variables
from gcheck_lint.records import dataclass

_ASSIGNED: Final = re.compile(r"([A-Za-z_]\w*)(\+?)=", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OPENING: Final = {"if": "if", "case": "case", "while": "loop", "until": "loop", "for": "loop", "select": "loop", "{": "group"}
_CLOSING: Final = {"fi": "if", "esac": "case", "done": "loop"}
_PASSED: Final = frozenset({"then", "do", "!", "time", "coproc", "builtin", "command"})
_BRACED: Final = frozenset({"function", "group", "maybe"})
_DECLARING: Final = frozenset({"export", "local", "declare", "typeset", "readonly"})
_READING: Final = frozenset({"read", "mapfile", "readarray", "unset", "getopts"})
_REDIRECTION: Final = re.compile(r"\d*(?:&>>?|<<<|<>|>>|>\||[<>]&|[<>])")


def recipes(path: str, kind: command_lines.CommandKind, source: str, text: Traced) -> list[Recipe]:
    """The command lines of a script, or of a line of a Makefile, that start Python. `source` is the whole file."""
    shell = _Shell(path, kind, source)
    shell.run(text)
    changing = frozenset(shell.variables.changing)
    if shell.has_functions and changing:  # a function sees what its names hold when it is called
        left_behind = {name: functions for name, functions in shell.variables.by_functions.items() if name in changing}
        shared = frozenset(name for name, functions in left_behind.items() if len(functions) > 1)
        shell = _Shell(path, kind, source, Variables(later=changing, left_behind=frozenset(left_behind), shared=shared))
        shell.run(text)
    return shell.found


@dataclass(slots=True)
class _Shell:
    path: str
    kind: command_lines.CommandKind
    source: str
    variables: Variables = field(default_factory=Variables)
    found: list[Recipe] = field(default_factory=list)
    is_function: bool = False  # the next block is the body of one
    has_functions: bool = False
    is_over: bool = False  # behind an `exit` that is certain
    depth: int = 0

    def run(self, text: Traced) -> None:
        before = ""
        for command, document, operator in _commands(words(text)):
            if self.is_over:
                return
            if command:
                self._command(command, document, is_certain=before not in ("&&", "||"))
            if operator == "(":
                self.variables.begin("subshell")
            elif operator == ")":
                self._closed(command, before)
            elif operator in (";;", ";&", ";;&"):
                self.variables.branch()
            before = operator

    def _closed(self, command: Sequence[Word], before: str) -> None:
        """A bracket closes: a subshell, the pattern of a `case`, or the empty one of a function."""
        self.is_function = not command and before == "("
        self.variables.end("subshell")

    def _command(self, command: list[Word], document: Word | None, is_certain: bool) -> None:
        command = self._without_keywords(command, is_certain)
        if not command or len(self.found) >= limits.COMMANDS:
            return
        while command and self._assigns(command[0]):
            if all(self._assigns(word) for word in command):  # in front of a command they are of that command's environment
                self._assign(command[0], is_certain)
            command = command[1:]
        name = command[0].text if command else ""
        if name in _DECLARING:
            for word in command[1:]:
                if self._assigns(word):
                    self._assign(word, is_certain, is_local=name not in ("export", "readonly"))
        elif name in _READING:
            self._read(command, document, is_certain)
        elif name == "exit":
            self.is_over |= is_certain and not self.variables.kind
        elif name in ("cd", "pushd", "popd"):
            self._enter(command[1:], is_certain)
        elif command:
            self._start(command)

    def _without_keywords(self, command: list[Word], is_certain: bool) -> list[Word]:
        while command:
            word = command[0].text
            if word in _OPENING:
                kind = _OPENING[word] if word != "{" or is_certain else "maybe"
                self.variables.begin("function" if word == "{" and self.is_function else kind)
                self.has_functions |= word == "{" and self.is_function
                self.is_function = False
                if word in ("for", "select"):
                    self._loop(command[1:])
                if word in ("for", "select", "case"):
                    return []
            elif word in _CLOSING:
                self.variables.end(_CLOSING[word])
            elif word == "}":
                self.variables.end(self.variables.kind if self.variables.kind in _BRACED else "group")
            elif word in ("else", "elif"):
                self.variables.branch(is_last=word == "else")
            elif word == "function":
                self.is_function = True
                command = command[1:]
            elif word not in _PASSED:
                return command
            command = command[1:]
        return command

    def _loop(self, command: Sequence[Word]) -> None:
        """`for NAME in A B C`: one value is known, several are not."""
        if command and _NAME.fullmatch(command[0].text):
            values = [one for word in command[2:] for one in self.variables.fields(word)]
            is_known = len(values) == 1 and values[0].is_known and not re.search(r"[*?\[{]", values[0].text)
            self.variables.assign(command[0].text, values[0] if is_known else unknown(command[0].at, MANY))

    # --- assignments ---------------------------------------------------------------------------------------------------------

    def _assigns(self, word: Word) -> bool:
        first = word.parts[0] if word.parts else None
        is_plain = isinstance(first, Text) and not first.is_quoted and _ASSIGNED.match(first.text.text) is not None
        return word.elements is not None or is_plain

    def _assign(self, word: Word, is_certain: bool, is_local: bool = False) -> None:
        name = _ASSIGNED.match(word.text)
        if name is None:
            return
        value: Value
        before = self.variables.get(name[1], word.at) if name[2] else None
        if word.elements is not None:
            value = tuple(one for element in word.elements for one in self.variables.fields(element))
            if name[2]:
                rest = before if isinstance(before, tuple) else (before,) if before is not None else (unknown(word.at, MANY),)
                value = (*rest, *value)
            value = value if sum(len(one.text) + 1 for one in value) < limits.VARIABLE else (unknown(word.at, MANY),)
        else:
            text = self.variables.text(word.parts, word.at)
            text = text[name.end() :] if len(text.text) > name.end() else Traced("", (), word.at + name.end())
            if name[2]:
                text = _appended(before, text, word.at)
            value = text
        self.variables.assign(name[1], value, is_certain, is_local)

    def _read(self, command: Sequence[Word], document: Word | None, is_certain: bool) -> None:
        """`read -r -d '' NAME <<EOF` holds the text that follows; whatever else is read is not known."""
        names = [word for word in command[1:] if _NAME.fullmatch(word.text)]
        is_whole = command[0].text == "read" and len(names) == 1 and any(re.fullmatch("-[a-z]*d", word.text) for word in command)
        for word in names:
            value: Value = () if command[0].text == "unset" else unknown(word.at, MANY)
            if is_whole and document is not None:
                value = self.variables.text(document.parts, document.at)
            self.variables.assign(word.text, value, is_certain)

    def _enter(self, command: Sequence[Word], is_certain: bool) -> None:
        """The folder of the commands that follow."""
        wanted = [one for word in command for one in self.variables.fields(word)]
        before = self.variables.get(FOLDER)
        folder = before if isinstance(before, Traced) else Traced("", (), 0)
        is_known = len(wanted) == 1 and wanted[0].is_known and folder.is_known and wanted[0].text not in ("", "-", "--", "~")
        if is_known and not wanted[0].text.startswith("~"):
            place = posixpath.normpath(posixpath.join(folder.text, wanted[0].text))
            self.variables.assign(FOLDER, Traced("" if place == "." else place, (), 0), is_certain)
        else:
            self.variables.assign(FOLDER, unknown(0), is_certain)

    # --- commands ------------------------------------------------------------------------------------------------------------

    def _start(self, command: Sequence[Word]) -> None:
        fields = [one for word in command for one in self.variables.fields(word)]
        if command[0].text == "eval" and self.depth < 4:
            self.depth += 1
            self.run(joined(part for one in fields[1:] for part in (one, Traced(" ", (one.home,), one.home))))
            self.depth -= 1
            return
        told = command_lines.read(fields, self.source)
        if told is None:
            return
        folder = self.variables.get(FOLDER)
        is_known = folder is None or (isinstance(folder, Traced) and folder.is_known)
        place = folder.text if isinstance(folder, Traced) and is_known else "" if is_known else None
        self.found.append(told.recipe(self.path, self.kind, self.source, place))


def _appended(before: Value | None, text: Traced, at: int) -> Traced:
    if isinstance(before, tuple):
        return unknown(at, MANY)
    whole = joined((before if before is not None else unknown(at), text), at)
    return whole if len(whole.text) <= limits.VARIABLE else unknown(at, MANY)


def _commands(found: Sequence[Word]) -> Iterator[tuple[list[Word], Word | None, str]]:
    """Each simple command without its redirections, its here-document, and the operator behind it."""
    command: list[Word] = []
    document: Word | None = None
    is_skipped = False
    for word in itertools.chain(found, (Word((), "\n", 0, is_operator=True),)):
        if is_skipped:
            is_skipped = False
            if not word.is_operator:
                continue
        if not word.is_operator:
            command.append(word)
        elif word.text.startswith(("<<<", "<&", ">&")) or _REDIRECTION.fullmatch(word.text):
            is_skipped = True
        elif word.text == "<<":
            document = word
        else:
            yield command, document, word.text
            command, document = [], None
