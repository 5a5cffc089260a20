"""What a survey has written, as its readers see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.invocation import gclint


def rows(out: Path, kind: str) -> list[dict[str, Any]]:
    """The rows of a data set."""
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(out / kind, format="parquet", partitioning="hive").to_table()
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def checked(folder: Path) -> list[tuple[str, str, int, int, str]]:
    """What `gclint check` finds in a folder."""
    told = json.loads(gclint(folder, "check", "--no-cache", "--output-format", "json").stdout)
    return sorted(
        (
            Path(one["filename"]).relative_to(folder).as_posix(),
            one["code"],
            one["location"]["row"],
            one["location"]["column"],
            one["message"],
        )
        for one in told
    )
