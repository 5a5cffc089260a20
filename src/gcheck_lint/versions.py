"""PEP 440 versions and specifier sets, as far as a linter's targets need them.

Written out here because `packaging` would be a fourth dependency. Unlike `pip`, a pre-release counts as any other
version of its place in the order: `>=4.57` holds 5.0rc1, since someone does train with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from gcheck_lint.errors import SettingsError

_VERSION = re.compile(
    r"""v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_n>\d*))?
    (?P<post>-(?P<post_bare>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_n>\d*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_n>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE | re.IGNORECASE,
)
_CLAUSE = re.compile(r"\s*(?P<operator>===|==|!=|~=|<=|>=|<|>)\s*(?P<version>[^\s,]+?)(?P<wild>\.\*)?\s*")
_PRE = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_NEVER, _ALWAYS = (-1, 0), (9, 0)  # before every pre-release; after every pre-release


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version, in PEP 440's order. `local` (`+cu121`) takes no part in it."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[int, int] | None = None
    post: int | None = None
    dev: int | None = None
    local: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises ValueError when `text` is no version."""
        match = _VERSION.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"`{text}` is no version")
        part = match.groupdict()
        pre = (_PRE[part["pre"].lower()], int(part["pre_n"] or 0)) if part["pre"] else None
        post = int(part["post_bare"] or part["post_n"] or 0) if part["post"] else None
        dev = int(part["dev_n"] or 0) if part["dev"] else None
        release = tuple(int(number) for number in part["release"].split("."))
        return cls(int(part["epoch"] or 0), release, pre, post, dev, part["local"] or "")

    def key(self) -> tuple[object, ...]:
        """What the order goes by: trailing zeros do not count, and dev < pre < release < post."""
        release = self.release
        while len(release) > 1 and release[-1] == 0:
            release = release[:-1]
        pre = self.pre
        if pre is None:
            pre = _NEVER if self.post is None and self.dev is not None else _ALWAYS
        post = -1 if self.post is None else self.post
        dev = (1, 0) if self.dev is None else (0, self.dev)
        return (self.epoch, release, pre, post, dev)

    def is_before_release(self) -> bool:
        """A pre-release or a development release."""
        return self.pre is not None or self.dev is not None

    def starts_with(self, prefix: Version) -> bool:
        """Whether `==prefix.*` holds."""
        padded = self.release + (0,) * (len(prefix.release) - len(self.release))
        return self.epoch == prefix.epoch and padded[: len(prefix.release)] == prefix.release

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key() == other.key()

    def __lt__(self, other: Version) -> bool:
        return self.key() < other.key()

    def __hash__(self) -> int:
        return hash(self.key())


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison of a specifier set: `>=4.46`, `==4.46.*`."""

    operator: str
    version: Version
    wild: bool = False

    def contains(self, version: Version) -> bool:
        """Whether `version` is within."""
        bound = self.version
        match self.operator:
            case "==" | "===":
                return version.starts_with(bound) if self.wild else version == bound
            case "!=":
                return not version.starts_with(bound) if self.wild else version != bound
            case ">=":
                return version >= bound
            case "<=":
                return version <= bound
            case "<":
                # PEP 440: `<5` leaves out 5.0rc1, the author means "before 5"
                early = version.is_before_release() and not bound.is_before_release() and version.starts_with(bound)
                return version < bound and not early
            case ">":
                late = version.post is not None and bound.post is None and version.release == bound.release
                return version > bound and not late
            case _:  # ~=
                series = Version(bound.epoch, bound.release[:-1])
                return version >= bound and version.starts_with(series)


@dataclass(frozen=True, slots=True)
class Specifier:
    """A set of versions: `>=4.46,<5`. The empty text holds every version."""

    text: str
    clauses: tuple[Clause, ...]

    @classmethod
    def parse(cls, text: str) -> Specifier:
        """Raises SettingsError when `text` is no specifier set."""
        parts = [part for part in text.split(",") if part.strip()]
        return cls(text.strip(), tuple(_clause(part, text) for part in parts))

    def contains(self, version: str) -> bool:
        """Whether the version `version` is in the set. Raises ValueError when it is none."""
        parsed = Version.parse(version)
        return all(clause.contains(parsed) for clause in self.clauses)

    def __str__(self) -> str:
        return self.text


def _clause(part: str, text: str) -> Clause:
    match = _CLAUSE.fullmatch(part)
    if match is None:
        hint = f"; did you mean `=={part.strip()}`?" if _VERSION.fullmatch(part.strip()) else ", such as `>=4.46,<5`"
        raise SettingsError(f"`{text}` is no version specifier{hint}")
    try:
        version = Version.parse(match["version"])
    except ValueError as error:
        raise SettingsError(f"`{text}` is no version specifier: {error}") from error
    operator, wild = match["operator"], match["wild"] is not None
    if wild and operator not in {"==", "!="}:
        raise SettingsError(f"`{text}` is no version specifier: `.*` goes with `==` and `!=` only")
    if operator == "~=" and len(version.release) < 2:
        raise SettingsError(f"`{text}` is no version specifier: `~=` needs two numbers, such as `~={version.release[0]}.0`")
    return Clause(operator, version, wild)
