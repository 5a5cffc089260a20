"""gclint in a process of its own, as in `invocation`, but forked from one that has its modules: two thirds of a run are imports.

For tests of what a run finds, writes and says. What is asked of the start itself (which modules are imported, from where, with
which encoding) needs a Python of its own: `invocation.gclint`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

if __name__ != "__main__":
    from tests.support import invocation
    from tests.support.samples import DEFECT

_START = ("PYTHON", "LC_", "LANG", "LD_")  # what Python reads when it starts
_LONGEST = 1 << 20  # bytes of a request
_PATIENCE = 600  # seconds


class _Parent:
    """The process that is forked, from the first request until the tests end."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_PATIENCE)
        self._socket = ours
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=invocation.environment(),
        )
        theirs.close()
        atexit.register(self._end)
        with tempfile.TemporaryDirectory() as folder:  # what a run imports is what the first one has imported
            (Path(folder) / "train.py").write_text(DEFECT, encoding="utf-8")
            with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
                words = ("--isolated", "--no-cache", "train.py")
                self.run(words, folder, invocation.environment(), [nothing.fileno()] * 3, imports=True)

    def _end(self) -> None:
        self._socket.close()
        self.process.wait(_PATIENCE)

    def run(
        self, words: Sequence[str], folder: str, variables: dict[str, str], streams: Sequence[int], imports: bool = False
    ) -> int:
        """The exit code of a run with these for stdin, stdout and stderr."""
        request = {"words": list(words), "folder": folder, "environment": variables, "imports": imports}
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))]
        self._socket.sendmsg([json.dumps(request).encode("utf-8", "surrogateescape")], ancillary)
        return int(self._socket.recv(100))


_parents: dict[int, _Parent] = {}


def gclint(folder: Path, *words: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs gclint. Its exit code is for the test to judge."""
    if not hasattr(os, "fork") or any(name.startswith(_START) for name in environment):
        return invocation.gclint(folder, *words, stdin=stdin, **environment)
    with contextlib.ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        given.write(stdin or "")
        given.seek(0)
        code = with_streams(folder, words, invocation.environment(**environment), [one.fileno() for one in (given, out, err)])
        for one in (out, err):
            one.seek(0)
        return subprocess.CompletedProcess(list(words), code, out.read(), err.read())


def with_streams(folder: Path, words: Sequence[str], variables: dict[str, str], streams: Sequence[int]) -> int:
    """Runs gclint with these variables, stdin, stdout and stderr; gives its exit code."""
    parent = _parents.get(os.getpid()) or _parents.setdefault(os.getpid(), _Parent())
    return parent.run(words, str(folder), variables, streams)


def concise(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs gclint with a line for each finding."""
    return gclint(folder, "--output-format", "concise", *words)


def _serve(ours: socket.socket) -> dict[str, object]:
    """Forks for each request; gives it, to the fork."""
    while True:
        data, ancillary, _, _ = ours.recvmsg(_LONGEST, socket.CMSG_SPACE(3 * array.array("i").itemsize))
        if not data:
            sys.exit()
        descriptors = array.array("i", ancillary[0][2])
        request: dict[str, object] = json.loads(data.decode("utf-8", "surrogateescape"))
        told, tells = os.pipe() if request["imports"] else (-1, -1)
        child = os.fork()
        if child == 0:
            ours.close()
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
                os.close(descriptor)
            return {**request, "tells": tells}
        for descriptor in descriptors:
            os.close(descriptor)
        if request["imports"]:
            os.close(tells)
            with open(told, encoding="utf-8") as names:  # noqa: PTH123 - a descriptor
                _import(names.read().split())
        _, status = os.waitpid(child, 0)
        ours.send(str(os.waitstatus_to_exitcode(status)).encode())


def _import(names: Sequence[str]) -> None:
    for name in names:
        if name.rpartition(".")[2] != "__main__":
            with contextlib.suppress(ImportError):
                __import__(name)


def _become(request: dict[str, object]) -> None:
    """This process becomes `python -m gcheck_lint`, in its folder and with its variables."""
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    os.chdir(str(request["folder"]))
    sys.path[0] = os.getcwd()  # noqa: PTH109 - a string, as Python has it there
    sys.argv = ["-m", *request["words"]]  # type: ignore[misc]
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        old = getattr(sys, name)
        buffering = 1 if name == "stderr" else -1  # by lines
        new = open(number, mode, buffering, old.encoding, old.errors)  # noqa: SIM115, PTH123
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    try:
        runpy.run_module("gcheck_lint", run_name="__main__", alter_sys=True)
    finally:
        if request["imports"]:
            with open(int(str(request["tells"])), "w", encoding="utf-8") as told:  # noqa: PTH123
                told.write(" ".join(sorted(sys.modules)))


if __name__ == "__main__":
    _become(_serve(socket.socket(fileno=int(sys.argv[1]))))
