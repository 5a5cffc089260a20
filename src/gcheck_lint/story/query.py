"""The told story, and the three-valued words in which checks ask about it.

A `When` is a condition with `&`, `|` and `~`. `story.judge(reached, harmed)` says whether some choice of the script's own flags
reaches a place, and is harmed there whatever the opaque facts are (sure), or whether it merely may be (possible).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions, TooComplex
from gcheck_lint.story.domain.events import CheckpointingSwitched, Event, ModeSet, Saved, State, Trained, TrainerBuilt
from gcheck_lint.story.domain.model_state import ModelState
from gcheck_lint.story.domain.releases import Target, Versions, WorstOutcome
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, GuardedUnion, Value
from gcheck_lint.versions import Specifier

E_ = TypeVar("E_", bound=Event)


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """How certain a finding is, and the flags that it needs, in words (empty: none)."""

    certainty: Certainty
    condition: str
    holds: Condition


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
class Subject:
    """A model at an event, asked in words."""

    story: Story
    event: Event
    state: State

    def _is(self, value: Value, *wanted: object) -> When:
        """When a value is one of these constants."""
        return self.story.when(self.story.value_is(value, wanted))

    @property
    def here(self) -> When:
        """The event is about this model."""
        return self.story.when(self.state.condition)

    @property
    def trained(self) -> When:
        """It was trained before."""
        return self.story.when(self.state.trained)

    @property
    def has_cache(self) -> When:
        """Such a model has a KV cache."""
        return self.story.when(TRUE if self.model_state.cached == "yes" else FALSE)

    @property
    def may_have_cache(self) -> When:
        """It is not known to have none."""
        return self.story.when(FALSE if self.model_state.cached == "no" else TRUE)

    @property
    def is_adapter(self) -> When:
        """It is saved as an adapter."""
        return self.story.when(TRUE if self.state.adapter else FALSE)

    @property
    def cache_off(self) -> When:
        """The script has switched its config's cache off."""
        return self._is(self.state.cache, False)

    @property
    def cache_unknown(self) -> When:
        return self._is(self.state.cache, "unknown")

    @property
    def cache_as_loaded(self) -> When:
        """Nobody has touched its config's cache."""
        return self._is(self.state.cache, "as loaded")

    @property
    def cache_forced_on(self) -> When:
        """The script itself has switched the cache on."""
        return self._is(self.state.cache, True)

    @property
    def generation_cache_off(self) -> When:
        """Its generation_config has the cache off."""
        return self._is(self.state.generation_cache, False)

    @property
    def checkpointing(self) -> When:
        """Checkpointing is on."""
        return self._is(self.state.checkpointing, True)

    @property
    def checkpointing_unknown(self) -> When:
        return self._is(self.state.checkpointing, "unknown")

    @property
    def in_train_mode(self) -> When:
        return self._is(self.state.mode, "train")

    @property
    def in_eval_mode(self) -> When:
        return self._is(self.state.mode, "eval")

    @property
    def checkpoints_by_mode(self) -> When:
        """Its layers ask for train mode before they checkpoint; those of diffusers ask whether gradients are on."""
        return self.story.when(FALSE if self.model_state.library == "diffusers" else TRUE)

    @property
    def mode_unknown(self) -> When:
        return self._is(self.state.mode, "unknown")

    @property
    def cut_off(self) -> When:
        """Its layers learn, and no gradient reaches them: a reentrant checkpoint passes none on where its input needs none."""
        now = self.state.gradients
        reentrant = self._is(now.reentrant, True, "by default")
        fed = self.story.when(now.input_grads) | self.story.when(now.embeddings)
        return self.checkpointing & self.in_train_mode & reentrant & self.story.when(now.layers) & ~fed

    @property
    def learns(self) -> When:
        """Some of it is trained."""
        now = self.state.gradients
        parts = (now.embeddings, now.layers, now.norm, now.head, now.prefix)
        return self.story.when(self.story.conditions.any(parts))

    @property
    def learns_behind_layers(self) -> When:
        """Its head or its last norm learns, so that a backward pass finds something to do."""
        return self.story.when(self.state.gradients.norm) | self.story.when(self.state.gradients.head)

    @property
    def learns_by_prefix(self) -> When:
        """It learns through a prefix that its layers get as a cache."""
        return self.checkpointing & self.in_train_mode & self.story.when(self.state.gradients.prefix)

    def generates_wrong(self, use_cache: Value) -> When:
        """A generate() with this argument runs under checkpointing with a cache that the layers drop."""
        refused = self._is(use_cache, False, "unknown") | (self.story.not_given(use_cache) & self.generation_cache_off)
        return self.checkpointing & self.in_train_mode & self.may_have_cache & ~refused

    @property
    def model_state(self) -> ModelState:
        """What is known of it at the end of the story."""
        return self.story.models[self.state.model]

    def saved_with_cache_later(self) -> When:
        """A later save of a config has the cache on again."""
        found = self.story.when(FALSE)
        for save in self.story.events_of(Saved):
            if save.order > self.event.order and save.entry == self.event.entry and save.writes_config:
                for subject in self.story.subjects(save):
                    if subject.state.model is self.state.model and not subject.state.adapter:
                        found |= subject.here & ~subject.cache_off & ~subject.cache_unknown
        return found

    def mode_sites(self, mode: str) -> list[Site]:
        """Where it was put into its mode last, as far as it was this one; else where it was loaded."""
        for event in reversed(self.story.events[: self.event.order]):
            if not isinstance(event, ModeSet) or self.story.value_is(event.mode, (mode,)) == FALSE:
                continue
            if any(state.model is self.state.model for state in event.states):
                return [event.site]
        return [site for site in (self.model_state.loaded_at,) if site is not None]

    def switch_sites(self, holds: Condition) -> list[Site]:
        """Where checkpointing was switched on, as far as it bears on a condition."""
        both = self.story.conditions.both
        return list(dict.fromkeys(site for case, site in self.state.switches if both(case, holds) != FALSE))


@dataclass(slots=True)
class Story:
    """What happened in a file. `gave_up` says why nothing is known, when nothing is.

    `entry_guards`: when each entry point runs, the file itself first; `entry_points`: the names of the functions that they are.
    """

    module: Module
    target: Target
    conditions: Conditions
    versions: Versions
    events: list[Event]
    models: dict[AbstractObject, ModelState]
    revealed: list[tuple[Site, str]]
    gave_up: str = ""
    entry_guards: list[Condition] = field(default_factory=lambda: [TRUE])
    entry_points: list[str] = field(default_factory=lambda: [""])

    def events_of(self, kind: type[E_]) -> Iterator[E_]:
        """The events of a kind, in order."""
        for event in self.events:
            if isinstance(event, kind):
                yield event

    def subjects(self, event: Event) -> list[Subject]:
        """The models that an event is about."""
        return [Subject(self, event, state) for state in event.states]

    def when(self, condition: Condition) -> When:
        """A condition in the words of checks."""
        return When(self.conditions, condition)

    def entry_of(self, event: Event) -> When:
        """That the file, or the uncalled function in which it happens, runs at all."""
        return self.when(self.entry_guards[event.entry])

    def never(self) -> When:
        return self.when(FALSE)

    def any(self, event: Event, rule: Callable[[Subject], When]) -> When:
        """When a rule holds for a model that the event is about."""
        found = self.never()
        for subject in self.subjects(event):
            found |= subject.here & rule(subject)
        return found

    def value_is(self, value: Value, wanted: tuple[object, ...]) -> Condition:
        """When a value is one of these constants (`True` is not `1` here)."""
        if isinstance(value, Constant):
            return TRUE if any(value.value is one or (isinstance(one, str) and value.value == one) for one in wanted) else FALSE
        if isinstance(value, GuardedUnion):
            return self.conditions.any(self.conditions.both(c, self.value_is(one, wanted)) for c, one in value.alternatives)
        return FALSE

    def is_thing(self, value: Value, role: str) -> Condition:
        """When a value is an object of a role."""
        cases = value.alternatives if isinstance(value, GuardedUnion) else ((TRUE, value),)
        return self.conditions.any(case for case, one in cases if isinstance(one, AbstractObject) and one.role == role)

    def not_given(self, value: Value) -> When:
        """When an argument is not passed (or passed as None)."""
        cases = value.alternatives if isinstance(value, GuardedUnion) else ((TRUE, value),)
        given = [case for case, one in cases if not (one is ABSENT or (isinstance(one, Constant) and one.value is None))]
        return ~self.when(self.conditions.any(given))

    def sites_of(self, value: Value, wanted: object, holds: Condition) -> list[Site]:
        """The places that gave a state its value, where that bears on a condition."""
        cases = value.alternatives if isinstance(value, GuardedUnion) else ((TRUE, value),)
        return [
            one.site
            for case, one in cases
            if isinstance(one, Constant)
            and one.value is wanted
            and one.site is not None
            and self.conditions.both(case, holds) != FALSE
        ]

    def judge(self, reached: When, harmed: When, maybe: When | None = None) -> Verdict | None:
        """Whether a place is surely harmed for some choice of flags and in some version, possibly harmed, or not at all."""
        try:
            choices = self.versions.within(self.conditions.surely(reached.condition, (reached & harmed).condition))
        except TooComplex:
            return None
        if choices != FALSE:
            return Verdict(Certainty.SURE, self.words(choices), self.conditions.both(choices, reached.condition))
        open_cases = reached & (harmed if maybe is None else harmed | maybe)
        possible = self.when(self.versions.within(open_cases.condition))
        return Verdict(Certainty.POSSIBLE, "", possible.condition) if possible.possible else None

    def affected(self, *outcomes: str) -> When:
        """The versions in which one of these effects is observed."""
        entries = [entry for name in outcomes for entry in knowledge.load().outcomes(name)]
        union: dict[str, list[Specifier]] = {}
        for entry in entries:
            union.setdefault(entry.library, []).append(entry.versions)
        cases = (self.versions.holds(library, Specifier.union(parts)) for library, parts in union.items())
        return self.when(self.conditions.any(cases))

    def worst_outcome(self, verdict: Verdict, *outcomes: str) -> WorstOutcome | None:
        """The worst of some effects in the versions in which a verdict holds."""
        libraries = {entry.library for name in outcomes for entry in knowledge.load().outcomes(name)}
        return self.target.worst_outcome(*outcomes, release_sets=self.versions.release_sets(verdict.holds, libraries))

    def words(self, choices: Condition) -> str:
        """The flags that a finding needs, as "when `--lora` is off and …"; those at their defaults are left out."""
        forced = [
            (symbol, value) for symbol, value in self.conditions.needs(choices) if symbol.flag and symbol.default is not value
        ]
        words = [symbol.text if value else symbol.negated for symbol, value in forced]
        parts = dict.fromkeys(word for word in words if not word.endswith("is given"))
        return "when " + " and ".join(list(parts)[:4]) if parts else ""

    def unless_off(self, verdict: Verdict, word: str) -> Verdict:
        """Only possible where it needs a flag with this word in its name to be off: what its author then wanted is open."""
        if verdict.certainty is Certainty.SURE and self._needs_off(verdict.holds, word):
            return replace(verdict, certainty=Certainty.POSSIBLE)
        return verdict

    def _needs_off(self, holds: Condition, word: str) -> bool:
        """Whether a condition needs a flag with this word in its name to be off (a flag that says "no" has to be on)."""
        for symbol, value in self.conditions.needs(holds):
            name = symbol.text.lower()
            if symbol.flag and word in name and value is any(no in name for no in ("--no", ".no_", "disable")):
                return True
        return False

    def trainings_of(self, model: AbstractObject, holds: Condition) -> list[Site]:
        """Where a model is trained, as far as it bears on a condition."""
        sites = [site for case, site in self.models[model].trainings if self.conditions.both(case, holds) != FALSE]
        return list(dict.fromkeys(sites))

    def switched_by_call(self, site: Site) -> CheckpointingSwitched | None:
        """The call (or poke) that switched checkpointing on at this place; None for a trainer's arguments."""
        return next((event for event in self.events_of(CheckpointingSwitched) if event.site == site), None)

    def trainer_built(self, trainer: AbstractObject) -> TrainerBuilt | None:
        """Where a trainer was built."""
        return next((event for event in self.events_of(TrainerBuilt) if event.trainer is trainer), None)

    def trained_later(self, event: Event, model: AbstractObject) -> bool:
        """Whether a model is trained after an event."""
        return any(
            later.order > event.order and any(state.model is model for state in later.states) for later in self.events_of(Trained)
        )

    def returns_to_training(self, event: Event) -> bool:
        """Whether the models of a place go on to be trained: it stands in the loop that trains them, or runs inside train()."""
        here = [one for one in self.events if one.site == event.site]
        return any(self.trained_later(one, state.model) for one in here for state in one.states)

    def owned_configs(self) -> list[Value]:
        """The configs that some model has."""
        found: list[Value] = []
        for state in self.models.values():
            held = state.config
            found += (
                [one for _, one in held.alternatives] if isinstance(held, GuardedUnion) else [held] if held is not None else []
            )
        return found
