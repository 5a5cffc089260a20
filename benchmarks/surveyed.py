"""One survey, and the most memory that each kind of its processes held.

usage: python -m benchmarks.surveyed FOLDER OUT WORKERS
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from pathlib import Path

import psutil

from gcheck_lint.config.settings import Resolver
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.survey import outcome, sources, surveying

_EVERY = 0.2  # seconds


class Watch(threading.Thread):
    """Looks at the processes of this one, and keeps the most that one of each kind held (resident, in bytes)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = dict.fromkeys(("command", "worker", "engine", "child"), 0)
        self.over = threading.Event()

    def run(self) -> None:
        here = psutil.Process()
        while not self.over.wait(_EVERY):
            self._look("command", here)
            for process in here.children(recursive=True):
                self._look(_kind(process), process)

    def _look(self, kind: str, process: psutil.Process) -> None:
        with contextlib.suppress(psutil.Error):  # it has ended
            self.most[kind] = max(self.most[kind], process.memory_info().rss)


def _kind(process: psutil.Process) -> str:
    try:
        if "survey import engine" not in " ".join(process.cmdline()):
            return "worker"
        return "child" if "survey import engine" in " ".join(process.parent().cmdline()) else "engine"
    except (psutil.Error, AttributeError):
        return "child"


def main(folder: str, out: str, workers: str) -> None:
    """Surveys, and writes what it took as JSON."""
    watch, columns, begun = Watch(), outcome.Columns(), time.monotonic()
    watch.start()
    limits = outcome.Limits()
    whole = surveying.Survey(sources.find(folder, columns), Path(out), Resolver(RULES), "", limits, columns, int(workers))
    done = whole.conduct(lambda progress: None)
    watch.over.set()
    print(json.dumps({**watch.most, "seconds": time.monotonic() - begun, "findings": done.findings, "failed": done.failed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
