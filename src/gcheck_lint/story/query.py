"""The story of a file, and what can be looked up in it: events, the models that they are about, values and places.

What is asked about one model is in `subject`, how conditions become a verdict in `verdicts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import partial
from typing import Any, Final, TypeVar

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.recipes.asked import Asks, OptionSource
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions
from gcheck_lint.story.domain.cuts import Cut, Work
from gcheck_lint.story.domain.events import CheckpointingSwitched, Event, Lost, Trained, TrainerBuilt
from gcheck_lint.story.domain.facets import BuiltBy
from gcheck_lint.story.domain.limits import RULE_NODES
from gcheck_lint.story.domain.model_state import ModelMode, ModelState, Seeking, Unsaid
from gcheck_lint.story.domain.releases import Target, Versions
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, GuardedUnion, Value
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Judge, Verdict, When

E_ = TypeVar("E_", bound=Event)
_WORD: Final = re.compile(r"[A-Za-z]\w+")


@dataclass(slots=True)
class Story:
    """What happened in a file. `cuts`: what was given up; `work`: what the rest took.

    `entry_guards`: when each entry point runs, the file itself first; `entry_points`: the names of the functions that they are.
    `left_out`: constants at the file's top for which something about models is not run.
    `option_sources`: where it takes options from.
    """

    module: Module
    target: Target
    conditions: Conditions
    versions: Versions
    events: list[Event]
    models: dict[AbstractObject, ModelState]
    revealed: list[tuple[Site, str]]
    cuts: tuple[Cut, ...] = ()
    work: Work = field(default_factory=Work)
    entry_guards: list[Condition] = field(default_factory=lambda: [TRUE])
    entry_points: list[str] = field(default_factory=lambda: [""])
    left_out: frozenset[str] = frozenset()
    option_sources: tuple[OptionSource, ...] = ()
    _done: dict[tuple[type[Event], int], When] = field(default_factory=dict, init=False, repr=False, compare=False)
    _kinds: dict[type[Event], list[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _places: dict[Site, list[Event]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def make_room(self) -> None:
        """Let a rule ask anew: what the others have asked does not count against it."""
        self.conditions.budgets.allow(self.conditions.size + RULE_NODES)

    # events, and the models that they are about

    def events_of(self, kind: type[E_]) -> Iterator[E_]:
        """The events of a kind, in order."""
        found = self._kinds.get(kind)
        if found is None:  # looked for once: a rule asks at each place, and a script may have thousands
            found = self._kinds[kind] = [event for event in self.events if isinstance(event, kind)]
        return iter(found)

    def subjects(self, event: Event) -> list[Subject]:
        """The models that an event is about."""
        return [Subject(self, event, state) for state in event.states]

    def any(self, event: Event, rule: Callable[[Subject], When]) -> When:
        """When a rule holds for a model that the event is about."""
        found = self.never()
        for subject in self.subjects(event):
            found |= subject.here & rule(subject)
        return found

    def harmed(self, event: Event, rule: Callable[[Subject], When]) -> list[Subject]:
        """The models that an event is about for which a rule may hold; all of them where that is open."""
        subjects = self.subjects(event)
        return [subject for subject in subjects if rule(subject).possible] or subjects

    def told(self, subjects: list[Subject], verdict: Verdict) -> list[Subject]:
        """Those that a finding's words are about: of models of which each is there for other choices, the ones of its case."""
        case = verdict.told
        return [subject for subject in subjects if (subject.here & case).possible] or subjects

    def called(self, subjects: list[Subject], verdict: Verdict) -> str:
        """What a finding calls the model that it is about: no class, where it may be of several and no words say which."""
        told = self.told(subjects, verdict)
        others = [] if verdict.condition else [one for one in subjects if (one.here & verdict.holds).possible]
        return told[0].name if len({one.name for one in (*told, *others)}) == 1 else "the model"

    def has_lost(self, entry: int | None = None) -> bool:
        """Whether a part was given up, for rules that go by what did not happen: any, or one of an entry point with models."""
        return any(entry is None or (lost.states and entry == lost.entry) for lost in self.events_of(Lost))

    def asks(self) -> Asks | None:
        """What the script asks of whoever starts it; None where that is nothing, or where it does nothing to a model."""
        return Asks(self.option_sources, self._in_play()) if self.option_sources and self.events else None

    def _in_play(self) -> tuple[str, ...]:
        asked = (symbol.asked.name for symbol in self.conditions.symbols if symbol.asked is not None)
        return tuple(sorted({word for name in asked for word in _WORD.findall(name.replace("-", "_"))}))

    # conditions, and what is judged of them

    def when(self, condition: Condition) -> When:
        """A condition in the words of checks."""
        return When(self.conditions, condition)

    def never(self) -> When:
        return self.when(FALSE)

    def entry_of(self, event: Event) -> When:
        """That the file, or the uncalled function in which it happens, runs at all."""
        return self.when(self.entry_guards[event.entry])

    def affected(self, *effects: str) -> When:
        """The versions in which one of these effects is observed."""
        return self._judge.affected(*effects)

    def releases(self, holds: When) -> list[str]:
        """The releases of transformers in which it can hold, oldest first."""
        return self._judge.releases(holds)

    def judge(
        self,
        reached: When,
        harmed: When,
        *effects: str,
        maybe: When | None = None,
        chosen: Callable[[When], str] | None = None,
        event: Event | None = None,
        alike: Callable[[], When] | None = None,
    ) -> Verdict | None:
        """A place that is reached and harmed in some version that shows one of these effects: see `verdicts.Judge.judge`.

        `event`: what happens there, where the script may do the like in other places and to other models. `alike`: see there.
        """
        known = None if event is None else partial(self._known_of, event, reached)
        return self._judge.judge(reached, harmed, *effects, maybe=maybe, chosen=chosen, known=known, alike=alike)

    def judge_model(
        self,
        subject: Subject,
        harmed: Callable[[Subject], When],
        *effects: str,
        reached: When | None = None,
        maybe: When | None = None,
    ) -> Verdict | None:
        """A model that is harmed by an event. Where the event's others are harmed as well, which one it is needs no words."""
        reached = subject.here if reached is None else reached
        alike = partial(self._alike, subject, harmed, effects)
        return self.judge(reached, harmed(subject), *effects, maybe=maybe, event=subject.event, alike=alike)

    def _known_of(self, event: Event, reached: When) -> When:
        """What goes without saying of an event: that the script does such a thing at all, and trains where that comes before it.

        Which of several models it does it to, and in which place, does not.
        """
        trains, known = self._somewhere(Trained, event.entry), self._somewhere(type(event), event.entry)
        return reached | (known & trains if (reached & ~trains).never else known)

    def _somewhere(self, kind: type[Event], entry: int) -> When:
        """That an entry point does something of a kind, to any model in any place."""
        found = self._done.get((kind, entry))
        if found is None:
            events = (event for event in self.events_of(kind) if event.entry == entry)
            cases = (state.condition for event in events for state in event.states)
            found = self._done[kind, entry] = self.when(self.conditions.any(cases))
        return found

    def _alike(self, subject: Subject, harmed: Callable[[Subject], When], effects: tuple[str, ...]) -> When:
        """When another model is harmed in the same way: by the event, or by any training, of which a finding shows the switch."""
        event, felt, found = subject.event, self.affected(*effects), self.never()
        events = self.events_of(Trained) if isinstance(event, Trained) else [event]
        for other in (one for each in events if each.entry == event.entry for one in self.subjects(each)):
            if other.state is not subject.state:
                here = other.here
                found |= self._judge.surely(here, harmed(other) & felt) & here
        return found

    @property
    def _judge(self) -> Judge:
        return Judge(self.conditions, self.versions, self.target)

    # values

    def value_is(self, value: Value, *wanted: bool | ModelMode | Unsaid | Seeking) -> When:
        """When a value is one of these (`True` is not `1` here)."""
        return self.when(self._is(value, wanted))

    def _is(self, value: Value, wanted: tuple[bool | ModelMode | Unsaid | Seeking, ...]) -> Condition:
        if isinstance(value, Constant):
            return TRUE if any(value.value is one for one in wanted) else FALSE
        if isinstance(value, GuardedUnion):
            return self.conditions.any(self.conditions.both(case, self._is(one, wanted)) for case, one in value.alternatives)
        return FALSE

    def has_kind(self, value: Value, kind: Kind) -> When:
        """When a value is an object of a kind."""
        cases = (case for case, one in _cases(value) if isinstance(one, AbstractObject) and one.kind is kind)
        return self.when(self.conditions.any(cases))

    def not_given(self, value: Value) -> When:
        """When an argument is not passed (or passed as None)."""
        given = [case for case, one in _cases(value) if not (one is ABSENT or (isinstance(one, Constant) and one.value is None))]
        return ~self.when(self.conditions.any(given))

    def sites_of(self, value: Value, wanted: bool | Seeking, holds: When) -> list[Site]:
        """The places that gave a state its value, where that bears on a condition."""
        return [
            one.site
            for case, one in _cases(value)
            if isinstance(one, Constant) and one.value is wanted and one.site is not None and holds.meets(case)
        ]

    def alternatives(self, value: Value) -> tuple[tuple[Condition, Value], ...]:
        """What a value may be, and when; what has no alternatives is always itself."""
        return _cases(value)

    # what belongs to a place

    def switched_by_call(self, site: Site) -> CheckpointingSwitched | None:
        """The call (or poke) that switched checkpointing on at this place; None for a trainer's arguments."""
        return next((event for event in self.events_of(CheckpointingSwitched) if event.site == site), None)

    def switch_label(self, site: Site) -> str:
        """What stands at a place that accounts for checkpointing: a switch, a trainer or its arguments, an option."""
        there = site.inner or site
        if there.is_given or self._happens(site, CheckpointingSwitched):
            return "checkpointing is switched on here"
        if self._happens(site, TrainerBuilt, Trained):
            return "its arguments switch checkpointing on"
        if there.is_call and any(site == built for built in self._arguments_built()):
            return "these arguments switch checkpointing on"
        return "this option switches checkpointing on"

    def _happens(self, site: Site, *kinds: type[Event]) -> bool:
        """Whether such an event is at a place; of one in another module, at the very place there."""
        here = [event.site for event in self._at(site) if isinstance(event, kinds)]
        return any(site.inner is None or one.inner == site.inner for one in here)

    def _arguments_built(self) -> Iterator[Site | None]:
        """Where the arguments of trainers were built."""
        for event in self.events_of(TrainerBuilt):
            for _, one in _cases(event.trainer.fields.get("args", ABSENT)):
                built = one.facet(BuiltBy) if isinstance(one, AbstractObject) else None
                yield None if built is None else built.site

    def trainer_built(self, trainer: AbstractObject | None) -> TrainerBuilt | None:
        """Where a trainer was built; None for a hand-written loop, which has none."""
        return next((event for event in self.events_of(TrainerBuilt) if event.trainer is trainer), None)

    def trained_later(self, event: Event, model: AbstractObject) -> bool:
        """Whether a model is trained after an event."""
        return any(
            later.order > event.order and any(state.model is model for state in later.states)
            for later in (*self.events_of(Trained), *self.events_of(Lost))
        )

    def returns_to_training(self, event: Event) -> bool:
        """Whether the models of a place go on to be trained: it stands in the loop that trains them, or runs inside train().

        What was given up after it may train them as well.
        """
        return any(self.trained_later(one, state.model) for one in self._at(event.site) for state in one.states)

    def _at(self, site: Site) -> list[Event]:
        """The events of a place, in order."""
        if not self._places:
            for event in self.events:
                self._places.setdefault(event.site, []).append(event)
        return self._places.get(site, [])

    def comes_after(self, event: Event, *kinds: type[Event]) -> bool:
        """Whether the call of another module's function at which an event stands has done one of these to its models before.

        Then a line before that call comes too early for the event.
        """
        models = [state.model for state in event.states]
        return event.site.inner is not None and any(
            earlier.order < event.order and isinstance(earlier, kinds) and any(state.model in models for state in earlier.states)
            for earlier in self._at(event.site)
        )

    def owned_configs(self) -> list[Value]:
        """The configs that some model has."""
        held = [state.config for state in self.models.values() if state.config is not None]
        return [one for config in held for _, one in _cases(config)]


def _cases(value: Value) -> tuple[tuple[Condition, Value], ...]:
    """The alternatives of a value; what has none is always itself."""
    return value.alternatives if isinstance(value, GuardedUnion) else ((TRUE, value),)
