"""One repository: of each file that is worth a parse, LibCST's bare parse and the whole of gclint, one after the other.

usage: python -m benchmarks.following FOLDER

Writes JSON. This is a process of its own, as `gclint` is: the modules of the repository are parsed once. Nothing of it is
executed.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path


def follow(folder: Path) -> list[dict[str, object]]:
    """Processor seconds of each file: for the parse of its bytes, and for all that gclint does with it."""
    import libcst

    from gcheck_lint.config.settings import Settings
    from gcheck_lint.run import pipeline

    pipeline.warm()
    gc.set_threshold(50_000, 20, 50)  # as a run does
    found: list[dict[str, object]] = []
    for path in sorted(folder.rglob("*.py")):
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if pipeline.is_ruled_out(str(path), data):
            continue
        begun = time.process_time()
        try:
            libcst.parse_module(data)
        except Exception as error:  # broken, or nested too deeply: there is nothing to compare with
            print(f"  {path.relative_to(folder)}: {type(error).__name__}", file=sys.stderr)
            continue
        parsed = time.process_time()
        pipeline.look(str(path), data, Settings())
        ended = time.process_time()
        found.append({"path": path.relative_to(folder).as_posix(), "parse": parsed - begun, "whole": ended - parsed})
    return found


if __name__ == "__main__":
    print(json.dumps(follow(Path(sys.argv[1]))))
