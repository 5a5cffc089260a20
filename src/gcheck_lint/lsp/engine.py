"""What is done to documents, in a process of its own: it reads questions from stdin, and writes an answer to each to stdout.

A parse holds Python's lock for seconds, a story can be ended by nothing but its process, and what a large tree took only the end
of a process gives back. So the server itself never checks anything: it stays quick, and ends an engine that takes too long.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from gcheck_lint.lsp.analysis import Analysis, OpenProgram, analyse
from gcheck_lint.lsp.documents import Document, Unsaved
from gcheck_lint.lsp.options import Options
from gcheck_lint.python.fragments import TREES
from gcheck_lint.records import dataclass
from gcheck_lint.run import aims, garbage, limits, pipeline
from gcheck_lint.text.reading import MEGABYTE

LENGTH: Final = struct.Struct(">Q")
WORN: Final = 700 * MEGABYTE  # an engine that holds more is replaced by a new one
_log = logging.getLogger(__name__)
_TREES: Final = 1_000_000  # letters of functions whose trees are kept, some 40 bytes for each
_KEPT: Final = 8  # analyses, with their trees: a question about one of these is answered at once


@dataclass(frozen=True)
class Question:
    """What is to be done with the analysis of a document.

    `stamp` is another one when what lies around it has changed: for all, by files that came or went, and for this one.
    """

    document: Document
    options: Options
    root: Path
    unsaved: Unsaved
    stamp: tuple[int, int, int]
    what: Callable[[Analysis], Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """Said once at the beginning, and before each answer: for how many seconds it may take (0: as long as it likes)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is None where it could not be had; `failure` is a traceback. `worn`: the engine wants to be replaced."""

    value: Any
    failure: str = ""
    worn: bool = False


class Engine:
    """Answers questions, and keeps the last analyses."""

    def __init__(self) -> None:
        self._modules = OpenProgram()
        self._stamp = (0, 0)
        self._kept: list[tuple[Question, Analysis]] = []

    def answer(self, question: Question, begun: Callable[[float], None]) -> Any:
        """The answer to a question; `begun` hears how long it may take."""
        if question.stamp[:2] != self._stamp:
            self._forget(files_came_or_went=question.stamp[1] != self._stamp[1])
            self._stamp = question.stamp[:2]
        return question.what(self._analysis(question, begun))

    def _analysis(self, question: Question, begun: Callable[[float], None]) -> Analysis:
        def same(other: Question) -> bool:
            ours, theirs = ((one.document.uri, one.document.parts, one.options, one.root, one.stamp) for one in (question, other))
            return ours == theirs

        found = next((kept for kept in self._kept if same(kept[0])), None)
        if found is not None:
            self._kept.remove(found)
            begun(found[1].settings.timeout)
        else:
            asked = question.document, question.options, question.root, question.unsaved, self._modules
            found = question, analyse(*asked, lambda settings: begun(settings.timeout))
        self._kept = [*self._kept[1 - _KEPT :], found]
        return found[1]

    def _forget(self, files_came_or_went: bool) -> None:
        self._kept.clear()
        aims.projects.cache_clear()
        if files_came_or_went:
            pipeline.forget()
            self._modules = OpenProgram()


def serve(folder: str) -> None:
    """Answers questions until there are none; `folder` is the current one of the server."""
    asked, answers = take_streams()
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server hears it, and ends its engines
    garbage.hold_back()
    TREES.room = _TREES
    engine = Engine()
    _warm_up()
    send(answers, Begun(0))
    while (data := receive(asked)) is not None:
        question: Question = pickle.loads(data)
        try:
            value = engine.answer(question, lambda seconds: send(answers, Begun(seconds)))
            answer = Answer(value, worn=limits.held() > WORN)
        except limits.OverLimitError as error:
            _log.warning("%s: %s", question.document.path, error)
            answer = Answer(None, worn=True)  # it came at any moment: what is remembered may be half of something
        except Exception as error:
            answer = Answer(None, traceback.format_exc(), worn=isinstance(error, MemoryError))
        send(answers, answer)
        garbage.let_go()


def send(stream: BinaryIO, message: object) -> None:
    """Writes one message."""
    data = pickle.dumps(message)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """The next message, as it came; None at the end."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout, moved out of the way of whoever prints: he writes to stderr."""
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    with contextlib.suppress(OSError):  # a client may have closed stderr
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stdin, stdout


def _warm_up() -> None:
    """LibCST takes 0.16 s to import, the knowledge some more: better before the first text than after it."""
    from gcheck_lint import checks, knowledge
    from gcheck_lint.rulebook import cards

    checks.registry()
    cards.load()
    knowledge.load()
