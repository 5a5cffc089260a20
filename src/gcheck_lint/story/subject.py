"""A model at an event, asked in words. The questions come in families: of its cache, checkpointing, mode and learning.

Each answer is a `When`: `subject.checkpointing.on & subject.mode.train & ~subject.cache.off`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, Protocol, TypeVar

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.knowledge.kinds import Cached
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions
from gcheck_lint.story.domain.events import Event, Generated, Lost, ModeSet, State
from gcheck_lint.story.domain.facets import OwnLayers
from gcheck_lint.story.domain.model_state import ModelMode, ModelState, Unsaid
from gcheck_lint.story.domain.values import AbstractObject, Value
from gcheck_lint.story.verdicts import When

E_ = TypeVar("E_", bound=Event)
_GIVEN: Final = re.compile(r"\([^)].*$")  # the arguments of a call


class Told(Protocol):
    """What a subject asks of the story that it is of."""

    events: list[Event]
    models: dict[AbstractObject, ModelState]
    conditions: Conditions

    def events_of(self, kind: type[E_]) -> Iterator[E_]: ...

    def subjects(self, event: Event) -> list[Subject]: ...

    def when(self, condition: Condition) -> When: ...

    def never(self) -> When: ...

    def value_is(self, value: Value, *wanted: bool | ModelMode | Unsaid) -> When: ...

    def not_given(self, value: Value) -> When: ...

    def sites_of(self, value: Value, wanted: bool, holds: When) -> list[Site]: ...

    def affected(self, *effects: str) -> When: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that an event is about, as it is at that moment."""

    story: Told
    event: Event
    state: State

    @property
    def name(self) -> str:
        """Its class, as the script loads it; of one that nobody knows, what the script calls it."""
        model = self.state.model
        *owners, last = model.made_by.split(".")
        classes = [name for name in (*owners, last) if name[:1].isupper()]  # `unsloth.FastLanguageModel.get_peft_model`
        called = _GIVEN.sub("(…)", model.words) if model.said else last
        return classes[-1] if classes else called or "the model"

    @property
    def here(self) -> When:
        """The event is about this model."""
        return self.story.when(self.state.condition)

    @property
    def trained(self) -> When:
        """It was trained before."""
        return self.story.when(self.state.trained)

    @property
    def generates_nothing(self) -> bool:
        """It is made for something else than text, and the script generates with it nowhere."""
        if not self.is_unread.never or not knowledge.load().is_headless(self.name):
            return False
        return not any(self.is_also_of(event) for event in self.story.events_of(Generated))

    @property
    def is_adapter(self) -> When:
        """It is saved as an adapter."""
        return self.story.when(TRUE if self.state.adapter else FALSE)

    @property
    def cache(self) -> Cache:
        return Cache(self)

    @property
    def checkpointing(self) -> Checkpointing:
        return Checkpointing(self)

    @property
    def mode(self) -> Mode:
        return Mode(self)

    @property
    def learning(self) -> Learning:
        return Learning(self)

    @property
    def model_state(self) -> ModelState:
        """What is known of it at the end of the story."""
        return self.story.models[self.state.model]

    @property
    def is_unread(self) -> When:
        """Its class may be one that comes with its weights."""
        return self.story.when(self.model_state.unread)

    @property
    def has_own_methods(self) -> When:
        """A framework's methods may do what the library's would."""
        return self.story.when(self.model_state.own_methods)

    def unread_sites(self, certainty: Certainty) -> list[Site]:
        """Where its class may have come with its weights, for a finding that is not sure."""
        loaded = self.model_state.loaded_at
        open_ = certainty is Certainty.POSSIBLE and not self.is_unread.never
        return [loaded] if open_ and loaded is not None else []

    def is_also_of(self, event: Event) -> bool:
        """Whether another event is about the same model."""
        return any(state.model is self.state.model for state in event.states)

    def lost_later(self) -> When:
        """Something that was not followed gets it later, and may do anything to it."""
        found = self.story.never()
        for lost in self.story.events_of(Lost):
            if lost.order > self.event.order and lost.entry == self.event.entry and self.is_also_of(lost):
                found |= self.story.when(lost.condition)
        return found

    def training_sites(self, holds: When) -> list[Site]:
        """Where it is trained, as far as that bears on a condition."""
        return list(dict.fromkeys(site for case, site in self.model_state.trainings if holds.meets(case)))

    def generates_wrong(self, use_cache: Value) -> When:
        """A generate() with this argument runs under checkpointing with a cache that the layers drop."""
        refused = self.story.value_is(use_cache, False, Unsaid.UNKNOWN)
        refused |= self.story.not_given(use_cache) & self.cache.off_in_generation_config
        harmed = self.checkpointing.on & self.mode.train & self.cache.may_exist & self.checkpointing.drops_cache
        return harmed & ~refused & ~self.is_unread


@dataclass(frozen=True, slots=True)
class _Family:
    """Questions about one side of a model."""

    of: Subject

    def _is(self, value: Value, *wanted: bool | ModelMode | Unsaid) -> When:
        return self.of.story.value_is(value, *wanted)

    def _when(self, answer: bool) -> When:
        return self.of.story.when(TRUE if answer else FALSE)


@dataclass(frozen=True, slots=True)
class Cache(_Family):
    """Its KV cache: what its config says of it, and its generation_config."""

    @property
    def exists(self) -> When:
        """Such a model has a KV cache."""
        return self._when(self.of.model_state.cached is Cached.YES)

    @property
    def may_exist(self) -> When:
        """It is not known to have none."""
        return self._when(self.of.model_state.cached is not Cached.NO)

    @property
    def is_asked_for(self) -> When:
        """Its generation asks its configs whether there is a cache."""
        return self._when(knowledge.load().asks_its_config(self.of.state.model.made_by))

    @property
    def is_believed(self) -> When:
        """Its class is not known, and the script itself has switched its cache on."""
        state = self.of.model_state
        return self._when(state.cached is Cached.UNKNOWN and not state.library) & self.forced_on

    @property
    def is_apart(self) -> When:
        """Its switch may be in a config within its config, so that what its own config says need not count."""
        return self.of.story.when(self.of.model_state.apart)

    @property
    def off(self) -> When:
        """The script has switched its config's cache off."""
        return self._is(self.of.state.cache, False) & ~self.is_apart

    @property
    def _holders(self) -> tuple[tuple[str, Value], ...]:
        """The configs that are written with it, by the path to them, and what each says."""
        return self.of.state.written or (("config", self.of.state.cache),)

    @property
    def holders(self) -> tuple[str, ...]:
        """The paths to those configs, the one that its text part reads last."""
        return tuple(path for path, _ in self._holders)

    def off_in(self, holder: str) -> When:
        """The script has switched the cache off in one of those configs, or in its generation_config."""
        if holder == "generation_config":
            return self.off_in_generation_config
        found = self.of.story.never()
        for path, value in self._holders:
            found |= self._is(value, False) if path == holder else self.of.story.never()
        return found & ~self.is_apart

    @property
    def written_off(self) -> When:
        """A config that is written with it has the cache off by the script."""
        found = self.of.story.never()
        for path in self.holders:
            found |= self.off_in(path)
        return found

    @property
    def written_unknown(self) -> When:
        """Nobody can tell of a config that is written with it."""
        found = self.unknown
        for _, value in self._holders:
            found |= self._is(value, Unsaid.UNKNOWN)
        return found

    @property
    def forced_on(self) -> When:
        """The script itself has switched the cache on."""
        return self._is(self.of.state.cache, True) & ~self.is_apart

    @property
    def as_loaded(self) -> When:
        """Nobody has touched its config's cache."""
        return self._is(self.of.state.cache, Unsaid.AS_LOADED) & ~self.is_apart

    @property
    def unknown(self) -> When:
        return self._is(self.of.state.cache, Unsaid.UNKNOWN)

    @property
    def off_in_generation_config(self) -> When:
        """Its generation_config has the cache off."""
        return self._is(self.of.state.generation_cache, False)

    def sites(self, on: bool, holds: When) -> list[Site]:
        """Where the script has switched its config's cache on, or off, as far as that bears on a condition."""
        return self.of.story.sites_of(self.of.state.cache, on, holds)

    def sites_in_generation_config(self, on: bool, holds: When) -> list[Site]:
        """The same for its generation_config."""
        return self.of.story.sites_of(self.of.state.generation_cache, on, holds)

    def written_sites(self, holds: When) -> list[Site]:
        """Where the script has switched it off in a config that is written with it."""
        return [site for _, value in self._holders for site in self.of.story.sites_of(value, False, holds)]

    def off_sites(self, holds: When) -> list[Site]:
        """Where the script has switched it off, in either config, as far as that bears on a condition."""
        return [*self.sites(False, holds), *self.sites_in_generation_config(False, holds)]


@dataclass(frozen=True, slots=True)
class Checkpointing(_Family):
    """Its gradient checkpointing."""

    @property
    def on(self) -> When:
        return self._is(self.of.state.checkpointing, True)

    @property
    def off(self) -> When:
        return self._is(self.of.state.checkpointing, False)

    @property
    def unknown(self) -> When:
        return self._is(self.of.state.checkpointing, Unsaid.UNKNOWN)

    @property
    def asks_for_train_mode(self) -> When:
        """Its layers ask for train mode before they checkpoint; those of newer diffusers ask whether gradients are on."""
        if self.of.model_state.library == "diffusers":
            return self.of.story.affected("checkpointing-in-eval-of-diffusers")
        return self._of_layers("by_mode")

    @property
    def gives_way(self) -> When:
        """Where checkpointing and the cache are both on, its passes switch the cache off and warn."""
        return self._of_layers("gives_way")

    @property
    def drops_cache(self) -> When:
        """Its layers drop a cache that they are given under a checkpoint."""
        return self._of_layers("drops_cache")

    def _of_layers(self, what: Literal["by_mode", "gives_way", "drops_cache"]) -> When:
        """What is true of a library's layers; of the script's own, what their code says."""
        own = self.of.state.model.facet(OwnLayers)
        return self.of.story.when(TRUE if own is None else getattr(own, what))

    @property
    def reentrant(self) -> When:
        """The layers are run again reentrantly: the script says so, or the version does where nobody says it."""
        return self._is(self.of.state.gradients.reentrant, True, Unsaid.BY_DEFAULT, Unsaid.BY_TORCH)

    @property
    def reentrant_by_default(self) -> When:
        """Nobody says whether it is reentrant."""
        return self._is(self.of.state.gradients.reentrant, Unsaid.BY_DEFAULT)

    @property
    def reentrant_by_torch(self) -> When:
        """Keyword arguments are handed over, and do not say whether it is reentrant."""
        return self._is(self.of.state.gradients.reentrant, Unsaid.BY_TORCH)

    def sites(self, holds: When) -> list[Site]:
        """Where it was switched on, as far as that bears on a condition."""
        return list(dict.fromkeys(site for case, site in self.of.state.switches if holds.meets(case)))

    def site(self, holds: When) -> Site | None:
        """The switch that accounts for a condition: the last one that does so alone, else the last."""
        alone = [site for case, site in self.of.state.switches if (holds & ~self.of.story.when(case)).never]
        return next(iter([*reversed(alone), *reversed(self.sites(holds))]), None)


@dataclass(frozen=True, slots=True)
class Mode(_Family):
    """Train mode or eval mode."""

    @property
    def train(self) -> When:
        return self._is(self.of.state.mode, ModelMode.TRAIN)

    @property
    def eval(self) -> When:
        return self._is(self.of.state.mode, ModelMode.EVAL)

    @property
    def unknown(self) -> When:
        return self._is(self.of.state.mode, Unsaid.UNKNOWN)

    def sites(self, mode: ModelMode) -> list[Site]:
        """Where it was put into its mode last, as far as it was this one; else where it was loaded."""
        story = self.of.story
        for event in reversed(story.events[: self.of.event.order]):
            if isinstance(event, ModeSet) and not story.value_is(event.mode, mode).never and self.of.is_also_of(event):
                return [event.site]
        return [site for site in (self.of.model_state.loaded_at,) if site is not None]


@dataclass(frozen=True, slots=True)
class Learning(_Family):
    """Which of its parts are trained, and whether a gradient reaches them."""

    @property
    def anywhere(self) -> When:
        """Some of it is trained."""
        now = self.of.state.gradients
        parts = (now.embeddings, now.layers, now.norm, now.head, now.prefix)
        return self.of.story.when(self.of.story.conditions.any(parts))

    @property
    def behind_layers(self) -> When:
        """Its head or its last norm learns, so that a backward pass finds something to do."""
        now = self.of.state.gradients
        return self.of.story.when(now.norm) | self.of.story.when(now.head)

    @property
    def starved_towers(self) -> When:
        """Layers in its towers learn, and no gradient reaches them: the hook of the other layers is none of theirs."""
        story, now = self.of.story, self.of.state.gradients
        return self._run_again & story.when(now.towers) & story.when(now.input_grads)

    @property
    def by_prefix(self) -> When:
        """It learns through a prefix that its layers get as a cache, which checkpointing drops."""
        prefix = self.of.story.when(self.of.state.gradients.prefix)
        return self.of.checkpointing.on & self.of.mode.train & prefix

    @property
    def cut_off(self) -> When:
        """Its layers learn, and no gradient reaches them: a reentrant checkpoint passes none on where its input needs none."""
        story, now = self.of.story, self.of.state.gradients
        fed = story.when(now.input_grads) | story.when(now.embeddings)
        return self._run_again & story.when(now.layers) & ~fed

    @property
    def _run_again(self) -> When:
        """Its layers, which are the library's, are run again reentrantly: they ask for a gradient where they are fed."""
        checkpointing = self.of.checkpointing
        return checkpointing.on & self.of.mode.train & checkpointing.reentrant & ~self.of.is_unread
