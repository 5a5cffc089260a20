"""The Parquet data sets of a survey: `findings`, `repositories` and `failures`, in partitions by repository.

One partition is read, written and let go before the next, so memory does not grow with the survey. Each file is written as a
whole or not at all.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.parquet

from gcheck_lint.survey.outcome import Outcome
from gcheck_lint.survey.sources import shown
from gcheck_lint.survey.state import State, bucket
from gcheck_lint.text import writing

_IN_ONE: Final = 1_000  # repositories in one partition
_TEXT, _COUNT, _SECONDS = pyarrow.string(), pyarrow.int32(), pyarrow.float64()
_RELATED: Final = pyarrow.list_(pyarrow.struct([("path", _TEXT), ("row", _COUNT), ("message", _TEXT)]))

SCHEMAS: Final = {
    "findings": pyarrow.schema(
        [
            *((name, _TEXT) for name in ("repository", "path", "code", "rule", "severity", "certainty")),
            *((name, _COUNT) for name in ("row", "column", "end_row", "end_column", "cell")),
            *((name, _TEXT) for name in ("message", "help", "condition", "versions", "fix")),
            ("related", _RELATED),
            ("fingerprint", _TEXT),
        ]
    ),
    "repositories": pyarrow.schema(
        [
            *((name, _TEXT) for name in ("repository", "place", "gclint")),
            *((name, _COUNT) for name in ("files", "parsed", "followed", "cut", "skipped")),
            ("seconds", _SECONDS),
            *((name, _COUNT) for name in ("findings", "possible", "suppressed")),
            ("versions", pyarrow.map_(_TEXT, _TEXT)),
            ("by_rule", pyarrow.map_(_TEXT, _COUNT)),
        ]
    ),
    "failures": pyarrow.schema([(name, _TEXT) for name in ("repository", "path", "kind", "reason")]),
}


def write(folder: Path, state: State, names: Sequence[str]) -> Iterator[Outcome]:
    """Writes the data sets of the repositories that are known, and gives each outcome on the way."""
    count = -(-len(names) // _IN_ONE)
    parts: list[list[str]] = [[] for _ in range(count)]
    for name in names:
        parts[bucket(name, count)].append(name)
    for number, part in enumerate(parts):
        rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in SCHEMAS}
        for name in part:
            outcome = state.get(name)
            if outcome is None:
                continue
            yield outcome
            rows["findings"] += outcome.findings
            rows["failures"] += outcome.failures
            rows["repositories"] += [outcome.row] if outcome.row else []
        for kind, its in rows.items():
            _put(folder / kind / _partition(number) / "part-0.parquet", its, SCHEMAS[kind])
    for kind in SCHEMAS:
        _drop(folder / kind, {_partition(number) for number in range(count)})


def _partition(number: int) -> str:
    return f"bucket={number:04}"


def _put(path: Path, rows: Sequence[dict[str, Any]], schema: Any) -> None:
    maps = [field.name for field in schema if pyarrow.types.is_map(field.type)]
    told = [_clean({**row, **{name: list(row[name].items()) for name in maps}}) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(told, schema), sink, compression="zstd")
    writing.replace(path, memoryview(sink.getvalue()).tobytes())


def _clean(value: Any) -> Any:
    """The same, in letters that UTF-8 has: half a pair is how a byte of a file's name is kept that is no letter."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    return type(value)(map(_clean, value)) if isinstance(value, (list, tuple)) else value


def _drop(folder: Path, kept: set[str]) -> None:
    """Removes the partitions of an earlier survey of more repositories."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith("bucket=") and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
