"""The three-valued words of a check: whether a place is surely harmed, possibly, or not at all, and what is seen then.

A `When` is a condition with `&`, `|` and `~`. A place is harmed surely if some choice of the script's own flags reaches it, and
it is harmed there whatever the opaque facts are; possibly, if it merely may be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, Condition, Conditions, Symbol, TooComplex
from gcheck_lint.story.domain.releases import Target, Versions, WorstOutcome
from gcheck_lint.story.domain.wording import in_words
from gcheck_lint.versions import Specifier

_TOLD: Final = 3  # flags that a finding names; nobody reads more


@dataclass(frozen=True, slots=True)
class When:
    """A condition of a story."""

    conditions: Conditions
    condition: Condition

    def __and__(self, other: When) -> When:
        return When(self.conditions, self.conditions.both(self.condition, other.condition))

    def __or__(self, other: When) -> When:
        return When(self.conditions, self.conditions.either(self.condition, other.condition))

    def __invert__(self) -> When:
        return When(self.conditions, self.conditions.negate(self.condition))

    @property
    def possible(self) -> bool:
        """Whether it can be at all."""
        return self.conditions.can_be(self.condition)

    @property
    def never(self) -> bool:
        """Whether it is a contradiction. What is not may still be impossible: choices that exclude each other."""
        return self.condition == FALSE

    def meets(self, condition: Condition) -> bool:
        """Whether both may hold at once, as far as the two conditions say."""
        return self.conditions.both(condition, self.condition) != FALSE


@dataclass(frozen=True, slots=True)
class Verdict:
    """How certain a finding is, the flags that it needs (empty: none), when it holds, and the worst that is seen then."""

    certainty: Certainty
    condition: str
    holds: When
    outcome: WorstOutcome

    @property
    def told(self) -> When:
        """One choice of the flags for which it holds, the nearest to their defaults: what the words of a finding are about."""
        return When(self.holds.conditions, self.holds.conditions.nearest(self.holds.condition))

    def unless_off(self, word: str) -> Verdict:
        """Only possible where it needs a flag with this word in its name to be off: what its author then wanted is open."""
        if self.certainty is Certainty.SURE and self._needs_off(word):
            return replace(self, certainty=Certainty.POSSIBLE)
        return self

    def needs_fact(self, text: str) -> bool:
        """Whether it holds only where this is so, or is not, which nobody can tell from the script."""
        return any(symbol.text == text for symbol, _ in self.holds.conditions.needs(self.holds.condition))

    def _needs_off(self, word: str) -> bool:
        """Whether it needs a flag with this word in its name to be off (a flag that says "no" has to be on)."""
        for symbol, value in self.holds.conditions.needs(self.holds.condition):
            name = symbol.text.lower()
            turned = (_SAYS_NO.search(name) is not None) is not (_IS_OFF.search(name) is not None)
            if symbol.flag and word in name and value is turned:
                return True
        return False


_SAYS_NO = re.compile(r"--no|(?:^|[^a-z])no_|disable")
_CONSTANT = re.compile(r"`[A-Z][A-Z0-9_]*`")
_IS_OFF = re.compile(r" is (?:0|0\.0|false|none|''|not given)$")  # of a question to a flag: the answer yes means that it is off


class Judged(Protocol):
    """Something that was judged."""

    @property
    def verdict(self) -> Verdict: ...


J_ = TypeVar("J_", bound=Judged)


def sure_first(found: Iterable[J_]) -> list[J_]:
    """What is sure before what is only possible, else in the order in which it was found."""
    return sorted(found, key=lambda one: one.verdict.certainty is not Certainty.SURE)


def once_each(found: Iterable[J_], place: Callable[[J_], Site]) -> list[J_]:
    """One for each place, a sure one if there is any."""
    kept: dict[Site, J_] = {}
    for one in sure_first(found):
        kept.setdefault(place(one), one)
    return list(kept.values())


@dataclass(frozen=True, slots=True)
class Judge:
    """Weighs the conditions of one story, for its target."""

    conditions: Conditions
    versions: Versions
    target: Target

    def judge(
        self,
        reached: When,
        harmed: When,
        *effects: str,
        maybe: When | None = None,
        chosen: Callable[[When], str] | None = None,
        known: Callable[[], When] | None = None,
        alike: Callable[[], When] | None = None,
    ) -> Verdict | None:
        """Whether a place is reached and harmed in a version that shows one of these effects; None if not.

        `maybe`: what may be harm besides, where the story knows too little. `chosen` names the effect where that depends on when
        the verdict holds; `harmed` then says itself in which versions. `known` says what goes without saying to whoever reads
        of the place, where that is less than `reached`: what else it takes to come there, with such a model, is told as well.
        `alike` says when another model has the same harm, so that nothing has to tell this one from it.
        """
        if maybe is not None:
            maybe |= harmed
        if effects:
            felt = self.affected(*effects)
            harmed, maybe = harmed & felt, None if maybe is None else maybe & felt
        weighed = self._weighed(reached, harmed, harmed if maybe is None else maybe, known, alike)
        if weighed is None:
            return None
        certainty, words, holds = weighed
        if certainty is Certainty.SURE and not self._is_current(holds):
            certainty = Certainty.POSSIBLE
        outcome = self._worst_outcome(holds, effects if chosen is None else (chosen(holds),))
        return None if outcome is None else Verdict(certainty, words, holds, outcome)

    def surely(self, reached: When, harmed: When) -> When:
        """The choices of flags and versions for which a place is reached, and harmed whatever the facts are."""
        return When(self.conditions, self.conditions.surely(reached.condition, (reached & harmed).condition))

    def affected(self, *effects: str) -> When:
        """The versions in which one of these effects is observed."""
        entries = [entry for name in effects for entry in knowledge.load().outcomes(name)]
        union: dict[str, list[Specifier]] = {}
        for entry in entries:
            union.setdefault(entry.library, []).append(entry.versions)
        cases = (self.versions.holds(library, Specifier.union(parts)) for library, parts in union.items())
        return When(self.conditions, self.conditions.any(cases))

    def releases(self, holds: When) -> list[str]:
        """The releases of transformers in which it can hold, oldest first."""
        found = {dict(one)["transformers"] for one in self.versions.release_sets(holds.condition, ["transformers"])}
        return [release for release in self.target.releases() if release in found]

    def _is_current(self, holds: When) -> bool:
        """Whether it is so in a release that counts where nobody has said which ones do."""
        current = self.versions.holds("transformers", self.target.current)
        for library in self.versions.involved():
            counting = None if self.target.tells(library) else knowledge.load().counting.get(library)
            if counting is not None:
                current = self.conditions.both(current, self.versions.holds(library, counting))
        return self.conditions.can_be(self.versions.within(self.conditions.both(holds.condition, current)))

    def _weighed(
        self,
        reached: When,
        harmed: When,
        maybe: When,
        known: Callable[[], When] | None,
        alike: Callable[[], When] | None,
    ) -> tuple[Certainty, str, When] | None:
        if not maybe.possible:
            return None
        try:
            choices = self.versions.within(self.surely(reached, harmed).condition)
        except TooComplex:
            self.conditions.unanswered += 1  # nothing is said of this place, and that is counted
            return None
        if choices != FALSE:
            return Certainty.SURE, self._words(choices, reached, known, alike), When(self.conditions, choices) & reached
        possible = When(self.conditions, self.versions.within((reached & maybe).condition))
        return (Certainty.POSSIBLE, "", possible) if possible.possible else None

    def _worst_outcome(self, holds: When, effects: tuple[str, ...]) -> WorstOutcome | None:
        """The worst of some effects in the versions in which a verdict holds."""
        libraries = {entry.library for name in effects for entry in knowledge.load().outcomes(name)}
        return self.target.worst_outcome(*effects, release_sets=self.versions.release_sets(holds.condition, libraries))

    def _words(
        self, choices: Condition, reached: When, known: Callable[[], When] | None, alike: Callable[[], When] | None
    ) -> str:
        """The flags that decide it for whoever knows so much, as "when `--lora` is off and …": the fewest.

        What is on by default goes without saying; what has to be left off is said, since the script shows what it does when on.
        Of an option that is not at its default all answers count. Where there are too many parts, those come first that decide
        it for whoever is there already.
        """
        deciding = self._deciding(choices, reached)
        given: list[tuple[Symbol, bool]] = []
        if known is not None:
            decisive = {symbol.index for symbol, _ in deciding}
            with suppress(TooComplex):  # then what decides it there has to do
                there = self.conditions.both(choices, self._without_facts(reached))
                usual = known()
                told = self._deciding(there, usual)
                given = self._given_by_callers(choices, reached, usual)
                if alike is not None and (given or any(symbol.index not in decisive for symbol, _ in told)):
                    usual = reached | (usual & ~alike())
                    told = self._deciding(there, usual)
                    given = self._given_by_callers(choices, reached, usual)
                deciding = told
            deciding = sorted(deciding, key=lambda one: one[0].index not in decisive)
        then = self.conditions.given(reached.condition, [(symbol.index, value) for symbol, value in deciding])
        needed = {(symbol.text, value) for symbol, value in self.conditions.needs(then)}
        moved = {symbol.asked.option for symbol, value in deciding if symbol.asked and symbol.default is not value}
        told = [
            (symbol, value)
            for symbol, value in deciding
            if symbol.flag
            and (symbol.default is not value or _is_left_off(symbol, value) or (symbol.asked and symbol.asked.option in moved))
            and not (symbol.default is None and _is_given(symbol, value))
            and (symbol.text, not value) not in needed  # of the same name, of arguments that are parsed in another way
        ]
        told += [(symbol, value) for symbol, value in given if symbol.default is not value]
        first = in_words(told)[:_TOLD]
        parts = [one for one in in_words(sorted(told, key=lambda one: one[0].index)) if one in first]
        return "when " + " and ".join(parts) if parts else ""

    def _given_by_callers(self, choices: Condition, reached: When, known: When) -> list[tuple[Symbol, bool]]:
        """What callers of the file have to give for it, which does not go without saying for whoever knows so much."""
        usual = {(symbol.index, value) for symbol, value in self.conditions.needs(known.condition)}
        needed = self.conditions.needs(self.conditions.both(choices, reached.condition))
        return [(symbol, value) for symbol, value in needed if symbol.by_callers and (symbol.index, value) not in usual]

    def _deciding(self, choices: Condition, known: When) -> list[tuple[Symbol, bool]]:
        """The fewest answers that leave only these choices, for whoever knows so much."""
        return self.conditions.explanation(choices, self.conditions.feasible(self._without_facts(known)))

    def _without_facts(self, when: When) -> Condition:
        """The choices for which it can be."""
        return self.conditions.exists(when.condition, self.conditions.facts_of(when.condition))


def _is_left_off(symbol: Symbol, value: bool) -> bool:
    """Whether an answer says that a switch is off whose name does not say "no" itself, and that is no constant of the script."""
    unused = symbol.negated.endswith(" is at most 0") and symbol.negated.startswith("`--")  # of an option: `--lora-rank 0`
    off = not value and (symbol.negated.endswith(" is off") or unused)
    return off and _SAYS_NO.search(symbol.text.lower()) is None and _CONSTANT.match(symbol.text) is None


def _is_given(symbol: Symbol, value: bool) -> bool:
    """Whether an answer says no more than that something is given which has no default: it mostly has to be."""
    return (symbol.text if value else symbol.negated).endswith("is given")
