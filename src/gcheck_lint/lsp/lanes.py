"""Two engines, so that no document waits long for another: one for what is quick, one for what is large or has shown to be slow.

Each has one question at a time, in the order in which they came. A quick one that takes long while others wait goes to the slow
ones, to be answered there from the beginning. One that nobody waits for any more, or that takes longer than it may, is stopped by
the end of its process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from gcheck_lint.errors import GclintError
from gcheck_lint.lsp.engine import LENGTH, Answer, Begun, Question
from gcheck_lint.records import dataclass

DROPPED: Final = object()  # the answer to a question that is no longer asked
LARGE: Final = 100_000  # letters; their parse takes about a second
SLICE: Final = 2.0  # seconds that the others wait for one
_TICK: Final = 0.1  # seconds between two looks at what is running
_STOPPED_AFTER: Final = 1.0  # seconds that something may take for which nobody waits
_BEGINS: Final = 60.0  # seconds for an engine to begin, and to read the settings
_GRACE: Final = 10.0  # seconds beyond what an engine may take, in which it is to see so by itself
_LAST: Final = 2.0  # seconds in which a process that has stopped answering ends
# Python's own folder is the current one while the first modules are imported, so that those of the workspace are not
_START: Final = (
    "import json, sys; sys.path[:], folder = json.loads(sys.argv[1]); from gcheck_lint.lsp import engine; engine.serve(folder)"
)
_log = logging.getLogger(__name__)


class LostError(GclintError):
    """There is no answer: it took too long, or its process has ended."""


@dataclass(eq=False)
class _Job:
    uri: str
    question: Callable[[], Question]  # built when its turn has come: it holds all open texts
    answer: asyncio.Future[Any]
    limit: float | None = None  # seconds, once the engine has said how many


class Lanes:
    """The two engines. Belongs to the event loop."""

    def __init__(self) -> None:
        self._quick = _Lane(self._is_slow)
        self._slow = _Lane(None)
        self._slow_ones: set[str] = set()

    def begin(self) -> None:
        """Starts the first engine; the other one begins when it is needed."""
        self._quick.begin(at_once=True)

    async def ask(self, uri: str, letters: int, question: Callable[[], Question]) -> Any:
        """The answer to a question about a document, or DROPPED. Raises LostError."""
        job = _Job(uri, question, asyncio.get_running_loop().create_future())
        lane = self._slow if letters > LARGE or uri in self._slow_ones else self._quick
        lane.add(job)
        try:
            return await job.answer
        finally:
            job.answer.cancel()  # whoever has asked is gone

    def drop(self, uri: str) -> None:
        """The text of a document has changed: what is asked of it now is asked no longer."""
        for lane in (self._quick, self._slow):
            lane.drop(uri)

    def closed(self, uri: str) -> None:
        """A document is closed."""
        self.drop(uri)
        self._slow_ones.discard(uri)

    async def stop(self) -> None:
        """Ends both engines."""
        await asyncio.gather(self._quick.stop(), self._slow.stop())

    def _is_slow(self, job: _Job) -> None:
        _log.debug("%s is slow and moves to the slow engine", job.uri)
        self._slow_ones.add(job.uri)
        self._slow.add(job)


@dataclass(eq=False)
class _Lane:
    """One engine, and what waits for it. `yields` takes a job that keeps others waiting; without it, all wait to the end."""

    yields: Callable[[_Job], None] | None
    _waiting: list[_Job] = field(default_factory=list)
    _running: _Job | None = None
    _engine: _Process | None = None
    _work: asyncio.Task[None] | None = None
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, at_once: bool = False) -> None:
        if self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._serve(at_once))

    def add(self, job: _Job) -> None:
        self._waiting.append(job)
        self._came.set()
        self.begin()

    def drop(self, uri: str) -> None:
        for job in (*self._waiting, self._running):
            if job is not None and job.uri == uri and not job.answer.done():
                job.answer.set_result(DROPPED)

    async def stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        await self._end()

    async def _serve(self, at_once: bool) -> None:
        if at_once:
            with contextlib.suppress(OSError):
                self._engine = await _Process.start()
        while True:
            self._waiting = [job for job in self._waiting if not job.answer.done()]
            if not self._waiting:
                self._came.clear()
                await self._came.wait()
                continue
            self._running = self._waiting.pop(0)
            try:
                await self._do(self._running)
            except Exception as error:  # a bug of ours costs one answer, and not all that come after it
                _log.exception("a request could not be sent")
                _lose(self._running, f"{type(error).__name__}: {error}")
                await self._end()
            self._running = None

    async def _do(self, job: _Job) -> None:
        """Has a question answered, or stopped."""
        if self._engine is None:
            self._engine = await _Process.start()
        try:
            await asyncio.wait_for(self._engine.ready(), _BEGINS)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            _lose(job, f"no process can be started for it ({type(error).__name__})")
            await self._end()
            return
        loop = asyncio.get_running_loop()
        begun = loop.time()
        work = loop.create_task(self._engine.answer(job))
        work.add_done_callback(lambda done: done.cancelled() or done.exception())  # an engine that was stopped has raised
        try:
            while not (await asyncio.wait({work}, timeout=_TICK))[0]:
                taken = loop.time() - begun
                limit = _BEGINS if job.limit is None else 2 * job.limit  # the check, and what is asked for besides
                slow = self._engine.took_to_begin  # to stop something costs as much, on a machine that is busy more
                if job.answer.done():
                    stop = taken > max(_STOPPED_AFTER, slow)
                elif limit and taken > limit + _GRACE:
                    _lose(job, f"it takes longer than {taken:.0f} s")
                    stop = True
                else:
                    others = any(not one.answer.done() for one in self._waiting)
                    stop = self.yields is not None and others and taken > max(SLICE, 2 * slow)
                    if stop and self.yields is not None:
                        self.yields(job)
                if stop:
                    await self._end()
                    return
        finally:
            if not work.done():
                work.cancel()
        await self._answered(job, work)

    async def _answered(self, job: _Job, work: asyncio.Task[Answer]) -> None:
        assert self._engine is not None
        try:
            answer = work.result()
        except (OSError, asyncio.IncompleteReadError):
            code = await self._engine.ended()
            self._engine = None
            _lose(job, f"its process exited with {code}: out of memory?")
            return
        if answer.failure:
            _log.error("a bug in gclint\n%s", answer.failure)
            _lose(job, answer.failure.strip().rpartition("\n")[2])
        elif not job.answer.done():
            job.answer.set_result(answer.value)
        if answer.worn:
            await self._end()

    async def _end(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.end()


class _Process:
    """An engine's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._begun = asyncio.get_running_loop().time()
        self._is_ready = False
        self.took_to_begin = 0.0

    @classmethod
    async def start(cls) -> _Process:
        flags = ["-I"] if sys.flags.isolated else []
        given = json.dumps([[entry for entry in sys.path if entry], os.getcwd()])  # noqa: PTH109 - a string, as it comes
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, *flags, "-c", _START, given),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=Path(os.__file__).parent,
            )
        )

    async def ready(self) -> None:
        """Waits until it has begun."""
        if not self._is_ready:
            await self._receive()
            self._is_ready = True
            self.took_to_begin = asyncio.get_running_loop().time() - self._begun

    async def answer(self, job: _Job) -> Answer:
        """Raises OSError or IncompleteReadError when the process ends."""
        stdin = self._process.stdin
        assert stdin is not None
        data = pickle.dumps(job.question())
        stdin.write(LENGTH.pack(len(data)) + data)
        await stdin.drain()
        while not isinstance(message := await self._receive(), Answer):
            assert isinstance(message, Begun)
            job.limit = message.seconds
        return message

    async def ended(self) -> int | None:
        """The exit code of a process that has stopped answering, which mostly means that it is about to end by itself.

        To kill it meanwhile would take its exit code from whoever waits for it.
        """
        try:
            return await asyncio.wait_for(self._process.wait(), _LAST)
        except asyncio.TimeoutError:
            return await self.end()

    async def end(self) -> int | None:
        """Ends the process. Gives its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()

    async def _receive(self) -> Any:
        stdout = self._process.stdout
        assert stdout is not None
        (length,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
        return pickle.loads(await stdout.readexactly(length))


def _lose(job: _Job, reason: str) -> None:
    if not job.answer.done():
        job.answer.set_exception(LostError(reason))
