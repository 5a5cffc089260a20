"""A worker's engine: started when it is first asked, ended when it does not answer, and started again."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from gcheck_lint.survey import outcome
from gcheck_lint.survey.engine import packed
from gcheck_lint.survey.outcome import Job, Outcome, failed

_GRACE: Final = 60.0  # seconds beyond a repository's own, in which an engine begins, and ends a child by itself
_START: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from gcheck_lint.survey import engine; engine.serve()"


class Supervisor:
    """One engine. Has one job at a time: each thread of a worker has its own."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, job: Job) -> Outcome:
        """The outcome of a job. Never raises for what the engine does."""
        process = self._process = self._process or _started()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(job.limits.seconds + _GRACE, _end, (process,))
        timer.start()
        try:
            process.stdin.write(packed(job))
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            told: Outcome = pickle.loads(base64.b64decode(line))
            return told
        self.close()
        return failed(job.repository.name, outcome.PROCESS, f"its engine exited with {process.returncode}")

    def close(self) -> None:
        """Ends the engine."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            process.wait()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends an engine with the child that it has forked: they are a process group of their own."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _started() -> subprocess.Popen[bytes]:
    flags = ["-I"] if sys.flags.isolated else []
    path = [str(Path(entry).absolute()) for entry in sys.path if entry]
    return subprocess.Popen(
        [sys.executable, *flags, "-c", _START, json.dumps(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(os.__file__).parent,  # the first modules are Python's own, whatever the current folder brings
        start_new_session=True,  # Ctrl-C is heard by the command, which ends the engines
    )
