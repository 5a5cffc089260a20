"""conda's environment.yml."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from gcheck_lint.config.dependencies.mentions import Mention, Problem, conda, mentions, placed, row_of, said, shown


def read(path: Path, text: str) -> Iterator[Mention | Problem]:
    """What it asks of conda, and of pip under `- pip:`. Raises yaml.YAMLError."""
    import yaml  # takes long to import, and most projects have no such file

    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    listed = data.get("dependencies") if isinstance(data, dict) else None
    name = shown(path)
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            yield from mentions(item.get("pip"), f"{name} pip", text)
        elif isinstance(item, str):
            place = placed(name, row_of(text, item))
            yield from said(place, functools.partial(conda, item, place))
