"""What is asked of one repository, and what comes of it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gcheck_lint.records import dataclass

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Resolver

TIME: Final = "time"
MEMORY: Final = "memory"
PROCESS: Final = "process"
SETTINGS: Final = "settings"
SOURCE: Final = "source"
WORKER: Final = "worker"
FILE: Final = "file"
BUG: Final = "bug"
PASSING: Final = frozenset({SOURCE, WORKER, PROCESS})  # what may go well the next time


@dataclass(frozen=True, slots=True)
class Limits:
    """What one repository may take: wall time in seconds, and memory of its process in megabytes (enforced on Linux)."""

    seconds: float = 900.0
    megabytes: int = 4_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a Parquet data set: a row group of one file."""

    file: str
    group: int


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns of a Parquet data set of files."""

    repository: str = "repository"
    path: str = "path"
    content: str = "content"


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of a SOURCE: a folder, an address that git clones, or rows of a Parquet data set. `name` is its key."""

    name: str
    folder: str = ""
    address: str = ""
    rows: tuple[Rows, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A repository, with all that a worker needs to know.

    `own` says which gclint asks and with which options, `known` is the key of the last outcome.
    """

    repository: Repository
    resolver: Resolver
    limits: Limits
    columns: Columns
    own: str
    known: str = ""


@dataclass(slots=True)
class Outcome:
    """What comes of one repository, as rows of the data sets. `key` changes with its content, its settings and gclint.

    `unchanged`: the key is the known one, and nothing was checked. `row` is empty where the repository could not be checked.
    """

    name: str
    key: str = ""
    unchanged: bool = False
    row: dict[str, Any] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)


def failure(name: str, kind: str, reason: str, path: str = "") -> dict[str, Any]:
    """A row of `failures`. `path` is empty where the whole repository is meant."""
    return {"repository": name, "path": path, "kind": kind, "reason": reason}


def failed(name: str, kind: str, reason: str, key: str = "") -> Outcome:
    """The outcome of a repository that could not be checked."""
    return Outcome(name, key, failures=[failure(name, kind, reason)])
