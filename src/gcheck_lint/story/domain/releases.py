"""The versions that a script is judged for, and what of the libraries' behaviour reaches into them.

A world is one release of each library that can be installed together. The target is the set of worlds that it allows.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.knowledge import Outcome
from gcheck_lint.knowledge.floors import requires
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions
from gcheck_lint.versions import Specifier, Version

DEFAULT_TRANSFORMERS = ">=4.25"
_TOGETHER = ("transformers", "trl")  # those that ask for versions of each other; the rest is as it likes
_BESIDE = ("peft",)  # those whose releases behave alike, as far as is known: they only bound those of transformers
_NONE = Specifier.parse("<0")

ReleaseSet: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WorstOutcome:
    """What is observed on the target: the worst of it, and on which versions when these are not all of the target.

    `by_base`: the file that the base model must not have for it, or what that has to say.
    """

    severity: Severity
    text: str
    versions: str
    facts: tuple[str, ...]
    by_base: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Versions as PEP 440 specifier sets; None means any.

    `is_chosen`: somebody has asked for certain versions of transformers. The default says nothing of those that a script is run
    with, and what only harms releases of more than two years ago is no more than possible then.
    `proven`: those with which the file can run at all, as it says itself. Nobody has asked for them.
    `usual`: those of transformers that can load what it loads by default; its user may name something else.
    """

    transformers: str = DEFAULT_TRANSFORMERS
    trl: str | None = None
    peft: str | None = None
    torch: str | None = None
    lightning: str | None = None
    diffusers: str | None = None
    is_chosen: bool = False
    proven: tuple[tuple[str, str], ...] = ()
    usual: str = ""

    @classmethod
    def of(
        cls,
        transformers: str | None = None,
        trl: str | None = None,
        peft: str | None = None,
        torch: str | None = None,
        lightning: str | None = None,
        diffusers: str | None = None,
    ) -> Target:
        """A target; raises SettingsError for a text that is no specifier set."""
        others = (trl, peft, torch, lightning, diffusers)
        for text in (transformers, *others):
            if text is not None:
                Specifier.parse(text)
        if transformers is None:
            return cls(DEFAULT_TRANSFORMERS, *others)
        return cls(transformers, *others, is_chosen=True)

    @property
    def current(self) -> Specifier:
        """The releases of transformers that what is sure has to harm; any, where the file runs with none of the new ones."""
        current = knowledge.load().current("transformers")
        counts = not self.is_chosen and any(current.contains(release) for release in self.releases())
        current = current if counts else Specifier.parse("")
        usual = current.both(Specifier.parse(self.usual))
        return usual if usual is not None and any(usual.contains(release) for release in self.releases()) else current

    @property
    def has_floor(self) -> bool:
        """Whether somebody has said how old a version may be: `<4.54` alone is installed as the newest below."""
        return self.is_chosen and not self.allows("transformers").contains("0")

    def allows(self, library: str) -> Specifier:
        """The versions of a library; none at all where the file does not run with what is asked for."""
        wanted = Specifier.parse(getattr(self, library) or "")
        proven = dict(self.proven).get(library)
        return wanted if proven is None else wanted.both(Specifier.parse(proven)) or _NONE

    def is_open(self, library: str) -> bool:
        """Whether a release is allowed that is newer than those that are known."""
        return self.allows(library).both(Specifier.parse(f">{knowledge.load().releases(library)[-1]}")) is not None

    def tells(self, library: str) -> bool:
        """Whether anything is said of a library's versions."""
        return getattr(self, library) is not None or any(one == library for one, _ in self.proven)

    def releases(self, library: str = "transformers") -> list[str]:
        """The releases of a library in the target, oldest first: those that are known, else those that it names itself."""
        wanted = self.allows(library)
        known = [release for release in knowledge.load().releases(library) if wanted.contains(release)]
        if library == "transformers":
            known = _served(self, tuple(known)) or known
        return known or [release for release in wanted.named() if wanted.contains(release)][:1]

    def release_sets(self, libraries: Iterable[str] = ()) -> tuple[ReleaseSet, ...]:
        """All that can be installed together, as far as these libraries, transformers and those that the target ties to it go."""
        tied = {library for library in _TOGETHER if self.tells(library)}
        return _release_sets(self, tuple(sorted({*tied, *libraries})))

    def worst_outcome(self, *outcomes: str, release_sets: Sequence[ReleaseSet] | None = None) -> WorstOutcome | None:
        """The worst of some effects on the target, or on some worlds of it; None when none of them is affected."""
        entries = [entry for name in outcomes for entry in knowledge.load().outcomes(name)]
        if release_sets is None:
            release_sets = self.release_sets(entry.library for entry in entries)
        found: dict[Outcome, list[ReleaseSet]] = {}
        for entry in entries:
            hit = [release_set for release_set in release_sets if entry.versions.contains(dict(release_set)[entry.library])]
            if hit:
                found[entry] = hit
        if not found:
            return None
        current = self.current
        counted = {entry for entry, hit in found.items() if any(current.contains(dict(one)["transformers"]) for one in hit)}
        worst = max(entry.severity for entry in counted or found)
        worst_ones = [entry for entry in found if entry.severity == worst]
        worst_ones = [entry for entry in worst_ones if entry.by_base] or worst_ones  # what has to be looked up is said
        covered = {release_set for entry in worst_ones for release_set in found[entry]}
        facts = tuple(dict.fromkeys(fact for entry in worst_ones for fact in entry.facts))
        return WorstOutcome(worst, worst_ones[-1].text, self.named(covered), facts, worst_ones[-1].by_base)

    def named(self, covered: set[ReleaseSet]) -> str:
        """Some worlds in words, by as few libraries as tell them from the rest; empty when they are all."""
        libraries = [library for library, _ in next(iter(covered))] if covered else []
        all_worlds = self.release_sets(libraries)
        if covered >= set(all_worlds):
            return ""
        within = {library: {dict(release_set)[library] for release_set in covered} for library in libraries}
        chosen: tuple[str, ...] = ()
        for chosen in (some for count in range(1, len(libraries) + 1) for some in itertools.combinations(libraries, count)):
            if all(
                (release_set in covered) is all(dict(release_set)[one] in within[one] for one in chosen)
                for release_set in all_worlds
            ):
                break
        return " with ".join(f"{one} {_spanned(within[one], {dict(w)[one] for w in all_worlds}, one)}" for one in chosen)


@functools.lru_cache(maxsize=512)
def _served(target: Target, releases: tuple[str, ...]) -> list[str]:
    """The releases of transformers that go with one of those of PEFT that the target allows, where it says so."""
    for library in _BESIDE:
        if target.tells(library):
            others = target.releases(library)
            releases = tuple(one for one in releases if any(requires(library, other).contains(one) for other in others))
    return list(releases)


@functools.lru_cache(maxsize=512)
def _release_sets(target: Target, libraries: tuple[str, ...]) -> tuple[ReleaseSet, ...]:
    choices = [[(library, release) for release in target.releases(library)] for library in libraries]
    every = list(itertools.product(*choices))

    def fits(release_set: ReleaseSet) -> bool:
        held = dict(release_set)
        return all(requires(one, held[one]).contains(held["transformers"]) for one in _TOGETHER[1:] if one in held)

    kept = {release_set for release_set in every if fits(release_set)}
    for library in _TOGETHER[1:]:
        if library in libraries and not target.tells(library):
            # a transformers for which no release of the other library is listed goes with its oldest one
            served = {dict(release_set)["transformers"] for release_set in kept}
            oldest = (library, target.releases(library)[0])
            kept |= {
                release_set for release_set in every if oldest in release_set and dict(release_set)["transformers"] not in served
            }
    return tuple(release_set for release_set in every if release_set in kept or not kept)


def _spanned(releases: set[str], allowed: set[str], library: str) -> str:
    """Releases as intervals of those that the target allows: `>=4.25,<4.37`; what the target itself ends is left open."""
    listed = sorted(allowed, key=Version)
    runs: list[list[int]] = []
    for at in (at for at, release in enumerate(listed) if release in releases):
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    known = knowledge.load().releases(library)
    parts = []
    for run in runs:
        bounds = [f">={_bound(listed[run[0]], known)}"] if run[0] > 0 or run[-1] == len(listed) - 1 else []
        bounds += [f"<{_bound(listed[run[-1] + 1], known)}"] if run[-1] + 1 < len(listed) else []
        parts.append(f"=={listed[0]}" if len(listed) == 1 else ",".join(bounds))
    return " or ".join(parts)


def _bound(release: str, known: Sequence[str]) -> str:
    """Where the series of a release begins: 4.37.2 is the first of 4.37 that is known, so it is 4.37."""
    version = Version(release)
    series = version.release[:2]
    first = next((one for one in known if Version(one).release[:2] == series), release)
    if first != release or len(version.release) < 2:
        return release
    return str(series[0]) if series[1] == 0 and series[0] > 1 else f"{series[0]}.{series[1]}"


class Versions:
    """A target in the conditions of one story: that a library's version is in a set is true, false or a symbol."""

    def __init__(self, conditions: Conditions, target: Target) -> None:
        self._conditions = conditions
        self._target = target
        self._symbols: dict[tuple[str, Specifier], tuple[int, Condition]] = {}
        self._allowed: tuple[int, Condition] = (0, TRUE)  # of how many symbols, and the combinations of them that there are

    def is_open(self, library: str) -> bool:
        """Whether the target allows a release that is newer than those that are known."""
        return library in knowledge.load().versioned() and self._target.is_open(library)

    def involved(self) -> set[str]:
        """The libraries whose versions matter to the story so far."""
        return {library for library, _ in self._symbols}

    def holds(self, library: str, wanted: Specifier) -> Condition:
        """The condition that the version of a library is one of these."""
        if library not in knowledge.load().versioned():
            return TRUE  # its versions are not told apart
        if (library, wanted) in self._symbols:
            return self._symbols[library, wanted][1]
        answers = {wanted.contains(dict(release_set)[library]) for release_set in self._target.release_sets([library])}
        if answers != {True, False}:
            return TRUE if answers == {True} else FALSE
        symbol, condition = self._conditions.symbol(
            f"{library} is {wanted}", f"{library} is not {wanted}", flag=False, version=True
        )
        self._symbols[library, wanted] = (symbol.index, condition)
        return condition

    def release_sets(self, condition: Condition, libraries: Iterable[str] = ()) -> list[ReleaseSet]:
        """The worlds in which a condition can be."""
        involved = {library for library, _ in self._symbols} | set(libraries)
        possible: dict[tuple[bool, ...], bool] = {}
        found = []
        for release_set in self._target.release_sets(involved):
            held = dict(release_set)
            answers = tuple(wanted.contains(held[library]) for library, wanted in self._symbols)
            if answers not in possible:
                indexes = (index for index, _ in self._symbols.values())
                left = self._conditions.given(condition, zip(indexes, answers, strict=True))
                possible[answers] = self._conditions.can_be(left)
            if possible[answers]:
                found.append(release_set)
        return found

    def within(self, condition: Condition) -> Condition:
        """A condition without the combinations of versions that can't be installed together."""
        if self._allowed[0] != len(self._symbols):
            self._allowed = len(self._symbols), self._combinations()
        return self._conditions.both(condition, self._allowed[1])

    def _combinations(self) -> Condition:
        allowed: Condition = FALSE
        both, negate = self._conditions.both, self._conditions.negate
        seen = set()
        for release_set in self._target.release_sets(library for library, _ in self._symbols):
            held = dict(release_set)
            answers = tuple(wanted.contains(held[library]) for library, wanted in self._symbols)
            if answers not in seen:
                seen.add(answers)
                cube: Condition = TRUE
                for answer, (_, symbol) in zip(answers, self._symbols.values(), strict=True):
                    cube = both(cube, symbol if answer else negate(symbol))
                allowed = self._conditions.either(allowed, cube)
        return allowed
