"""tqdm: shows how far a loop is."""

from __future__ import annotations


def tqdm(iterable, **_):
    return iterable
