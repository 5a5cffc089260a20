"""Several processes that do the same work on many things.

No threads and no pool: each worker has one thing at a time and gets the next when it is done, so no more results are under way
than there are workers, and one that is killed (out of memory) costs one result and not all of them.

Where they are no forks, each is a Python of its own that imports its first modules from the folder in which it begins, and only
then hears where else they are. So it begins where Python's own modules are, and goes to the folder of the run once it has them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

FORKS: Final = sys.platform == "linux"  # macOS's own libraries do not take a fork
_PATIENCE: Final = 0.2  # seconds between two words about how far it has got


class LostError(Exception):
    """A worker has ended in the middle of its work."""


def work(things: Sequence[Thing], count: int, do: Callable[[Thing], Result]) -> Iterator[tuple[int, Result | LostError] | None]:
    """What `do` makes of things, each with its number, in the order in which they are done. They are begun in their own order.

    What is imported beforehand need not be imported by each worker where they are forks. None: nothing is done for a moment.
    """
    context: Any = multiprocessing.get_context("fork" if FORKS else "spawn")
    waiting = list(reversed(range(len(things))))
    busy: dict[Connection, tuple[Any, int]] = {}

    def hire() -> None:
        ours, theirs = context.Pipe()
        # a fork inherits the pipes of the others, and a worker whose pipe is open elsewhere never hears that it is closed
        others, folder = ([ours, *busy], None) if FORKS else ([], os.getcwd())  # noqa: PTH109 - a string, as it comes
        process = context.Process(target=_serve, args=(theirs, others, do, folder), daemon=True)
        with contextlib.nullcontext() if folder is None else among_pythons_own(folder):
            process.start()
        theirs.close()
        give(ours, process)

    def give(connection: Connection, process: Any) -> None:
        if not waiting:
            connection.close()
            process.join()
            return
        number = waiting.pop()
        busy[connection] = process, number
        with contextlib.suppress(OSError):  # it has ended: that is heard below
            connection.send(things[number])

    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # a fork would write it a second time
        while waiting and len(busy) < count:
            hire()
        while busy:
            ready = wait(list(busy), _PATIENCE)
            if not ready:
                yield None
            for connection in ready:
                assert isinstance(connection, Connection)
                process, number = busy.pop(connection)
                try:
                    result = connection.recv()
                except (EOFError, OSError):
                    process.join()
                    connection.close()
                    yield number, LostError(f"its process exited with {process.exitcode}")
                    if waiting:
                        hire()
                else:
                    give(connection, process)
                    yield number, result
    finally:
        for process, _ in busy.values():
            process.terminate()


@contextlib.contextmanager
def among_pythons_own(folder: str) -> Iterator[None]:
    """Makes the folder of Python's own modules the current one, in place of `folder`. See the module's docstring."""
    os.chdir(Path(os.__file__).parent)
    try:
        yield
    finally:
        os.chdir(folder)


def _serve(connection: Connection, others: Sequence[Connection], do: Callable[[Thing], Result], folder: str | None) -> None:
    """What a worker does until its pipe is closed."""
    if folder is not None:
        os.chdir(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them, and one answer is enough
    for other in others:
        other.close()
    while True:
        try:
            thing = connection.recv()
        except (EOFError, OSError):
            return
        result = do(thing)
        try:
            connection.send(result)
        except OSError:  # whoever asked was killed meanwhile
            return
