"""A Parquet data set of files as a SOURCE: a row for each file, with its repository, its path and its content.

Which row groups a repository lies in is found by its column alone. Content is read by whoever checks the repository, one row
group at a time, and written into a folder that is removed afterwards.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from gcheck_lint.errors import UsageError
from gcheck_lint.survey import outcome
from gcheck_lint.survey.outcome import Columns, Repository, Rows, failure
from gcheck_lint.text import writing
from gcheck_lint.text.reading import MEGABYTE

_SUFFIX: Final = ".parquet"
_KEPT: Final = 512 * MEGABYTE  # a row group up to this size is kept for the next repository, which mostly lies in it too
_ROWS: Final = 256  # of a larger one, that are held at a time
_PARTITION: Final = re.compile(r"[^=]+=[^=]*")
_REFUSED: Final = frozenset({"/", "//", "..", ".git"})


def files(path: Path) -> list[Path]:
    """The files of a data set; none where a path is no data set."""
    if path.is_file():
        return [path] if path.suffix == _SUFFIX else []
    found = sorted(path.glob(f"*{_SUFFIX}"))
    for folder in sorted(path.iterdir()):
        if _PARTITION.fullmatch(folder.name) and folder.is_dir():
            found += sorted(folder.rglob(f"*{_SUFFIX}"))
    return found


def repositories(found: Sequence[Path], columns: Columns) -> list[Repository]:
    """The repositories of a data set, in the order in which they begin: neighbours share row groups. Raises UsageError."""
    rows: dict[str, list[Rows]] = {}
    for file in found:
        for group, names in _names(file, columns):
            for name in names:
                rows.setdefault(name, []).append(Rows(str(file), group))
    return [Repository(name, rows=tuple(its)) for name, its in rows.items()]


def _names(file: Path, columns: Columns) -> Iterator[tuple[int, list[str]]]:
    """The number of each row group of a file, and the repositories in it."""
    try:
        with pyarrow.parquet.ParquetFile(file) as opened:
            _check(file, opened.schema_arrow, columns)
            for group in range(opened.num_row_groups):
                names: dict[str, None] = {}
                for batch in opened.iter_batches(row_groups=[group], columns=[columns.repository]):
                    names.update(dict.fromkeys(pyarrow.compute.unique(batch.column(0)).to_pylist()))
                if None in names:
                    raise UsageError(f"{file}: a row of row group {group} has no `{columns.repository}`")
                yield group, list(names)
    except (OSError, pyarrow.ArrowException) as error:
        raise UsageError(f"cannot read {file}: {error}") from error


def _check(file: Path, schema: Any, columns: Columns) -> None:
    for name in (columns.repository, columns.path, columns.content):
        if name not in schema.names:
            there = ", ".join(schema.names[:20])
            raise UsageError(f"{file} has no column `{name}` (--{{repository,path,content}}-column name others); it has {there}")


def lay_out(repository: Repository, columns: Columns, folder: Path) -> list[dict[str, Any]]:
    """Writes the files of a repository below a folder. Gives a failure for each that cannot be written there."""
    failures = []
    (folder / ".git").mkdir(parents=True)  # where a repository ends is where git has its directory; this one is empty
    for rows in repository.rows:
        for table in _tables(rows, columns):
            chosen = table.filter(pyarrow.compute.equal(table.column(columns.repository), repository.name))
            for path, content in zip(chosen.column(columns.path), chosen.column(columns.content), strict=True):
                why = _put(folder, path.as_py(), content.as_py())
                if why is not None:
                    failures.append(failure(repository.name, outcome.FILE, why, str(path)))
    return failures


def _put(folder: Path, path: object, content: object) -> str | None:
    """Writes one file, or says why not."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if not isinstance(path, str) or not isinstance(data, bytes):
        return "it has no path, or no content"
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or "\\" in path or os.path.splitdrive(path)[0] or _REFUSED.intersection(parts):
        return "its path points outside the repository"
    place = folder / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        writing.replace(place, data, private=True)
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _tables(rows: Rows, columns: Columns) -> Iterator[Any]:
    """A row group, in pieces where it is large."""
    wanted = [columns.repository, columns.path, columns.content]
    with pyarrow.parquet.ParquetFile(rows.file) as opened:
        if opened.metadata.row_group(rows.group).total_byte_size > _KEPT:
            for batch in opened.iter_batches(_ROWS, row_groups=[rows.group], columns=wanted):
                yield pyarrow.Table.from_batches([batch])
            return
    yield _group(rows, tuple(wanted), Path(rows.file).stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _group(rows: Rows, wanted: tuple[str, ...], written: int) -> Any:
    """A whole row group, as it was `written` at that time."""
    with pyarrow.parquet.ParquetFile(rows.file) as opened:
        return opened.read_row_group(rows.group, columns=list(wanted), use_threads=False)
