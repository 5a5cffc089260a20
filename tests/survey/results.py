"""What a survey has written, as its readers see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def rows(out: Path, kind: str) -> list[dict[str, Any]]:
    """The rows of a data set."""
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(out / kind, format="parquet", partitioning="hive").to_table()
    found: list[dict[str, Any]] = table.to_pylist()
    return found
