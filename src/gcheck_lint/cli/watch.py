"""`--watch`: checks again whenever a script, a settings file or a dependency file has changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from gcheck_lint.cli.terminal import explain, say
from gcheck_lint.config import files
from gcheck_lint.config.dependencies import is_dependency_file
from gcheck_lint.errors import GclintError, UsageError
from gcheck_lint.recipes import kinds
from gcheck_lint.run import pipeline
from gcheck_lint.run.discover import SUFFIXES

_NAMED: Final = 5
# after this many milliseconds without a change watchfiles says that it looks on
_LOOKING_ON: Final = 100


def watch(paths: Sequence[str], check: Callable[[], int]) -> int:
    """Calls `check` now and after each change below `paths`, until it is interrupted."""
    try:
        # an extra, and 30 ms of import that nobody else needs
        import watchfiles
    except ImportError as error:
        raise UsageError("--watch needs watchfiles: install `gcheck-lint[watch]`") from error
    places = {Path(path).absolute() for path in paths}
    # the settings of a folder may lie in one above it
    places |= {place.parent for place in places if place.is_file()}
    ignored = frozenset(watchfiles.DefaultFilter.ignore_dirs)

    def counts(_: object, path: str) -> bool:
        return _counts(Path(path), places, ignored)

    looks_on = watchfiles.watch(
        *places, watch_filter=counts, rust_timeout=_LOOKING_ON, yield_on_timeout=True, raise_interrupt=True
    )
    # the first word is that the watch stands: what is written during the round that follows is not missed
    next(looks_on)
    _round(check)
    for changes in looks_on:
        if not changes:
            continue
        names = sorted({Path(path).name for _, path in changes})
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        say(f"\n{time.strftime('%H:%M:%S')} changed: {', '.join(names[:_NAMED])}{more}", err=True)
        _round(check)
    return 0


def _round(check: Callable[[], int]) -> None:
    pipeline.forget()  # modules come and go, and requirements change
    try:
        check()
    except GclintError as error:  # a settings file that is being typed must not end it
        explain(error)


def _counts(path: Path, places: Collection[Path], ignored: Collection[str]) -> bool:
    """Whether a file that has changed may change what is found: not one in an environment, which an installation writes."""
    is_recipe = kinds.kind_of(str(path)) not in (None, "json")  # a training writes JSON at each step
    if path.suffix not in SUFFIXES and path.name not in files.NAMES and not is_recipe and not is_dependency_file(path):
        return False
    inner = [path.relative_to(place).parts for place in places if place in path.parents or place == path]
    return not inner or not all(set(parts) & set(ignored) for parts in inner)
