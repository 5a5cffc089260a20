"""Which files of a repository may be recipes that matter: by name, by what git ignores, by their bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path


def candidates(root: Path, words: Collection[bytes]) -> Iterator[Path]:
    """Files below `root` that may be recipes and hold one of `words`, sorted. Links out of `root` are not followed."""
    yield from ()
