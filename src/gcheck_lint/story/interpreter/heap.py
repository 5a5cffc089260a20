"""Abstract objects and models: what a value was computed from, what stands behind a wrapper, what is known of each model.

Every change is a guarded write: it holds where the path condition does, and the old state where it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Final

import libcst as cst

from gcheck_lint.knowledge import Knowledge
from gcheck_lint.knowledge.kinds import Cached, Kind, Part
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import Gradients, Spread, State
from gcheck_lint.story.domain.facets import Holding, OneOfMany, is_besides
from gcheck_lint.story.domain.guarded import GuardedStore
from gcheck_lint.story.domain.limits import HELD_DEEP
from gcheck_lint.story.domain.model_state import UNKNOWN, ModelState
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Sequence, Wrapper
from gcheck_lint.story.domain.releases import Target, Versions
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, ExternalSymbol, GuardedUnion, Value
from gcheck_lint.story.interpreter.nested_switches import asked_switch, parts_within, switch_of, switch_within

NEVER: Final = 1 << 60
_ABOUT_NOTHING: Final = frozenset({Constant, ExternalSymbol})  # they lead to no model
Havocked = Callable[["Heap", AbstractObject, Condition], None]
HAVOCKED: list[Havocked] = []
FORGOTTEN: list[Havocked] = []


def havocks(handler: Havocked) -> Havocked:
    """This function tells what more is unknown when an object was handed to a function that nobody knows."""
    HAVOCKED.append(handler)
    return handler


def forgets(handler: Havocked) -> Havocked:
    """This function tells what more is unknown of a model that something got which was not followed."""
    FORGOTTEN.append(handler)
    return handler


@dataclass(slots=True)
class Definitions:
    """The functions, classes and objects of the script, and which functions were called or handed out so far.

    `commands`: functions that a library calls with what the command line says, and what of it does.
    """

    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    instances: dict[Instance, Condition] = field(default_factory=dict)  # each with the path condition under which it is made
    seen: set[cst.CSTNode] = field(default_factory=set)
    called: set[cst.CSTNode] = field(default_factory=set)
    handed: set[cst.CSTNode] = field(default_factory=set)
    commands: dict[cst.CSTNode, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)  # what the script has put its own in the place of, in a library


class Heap(GuardedStore):
    """See the module's docstring."""

    def __init__(self, knowledge: Knowledge, target: Target) -> None:
        super().__init__()
        self.knowledge = knowledge
        self.versions = Versions(self.conditions, target)
        self.definitions = Definitions()
        self.states: dict[AbstractObject, ModelState] = {}
        self.remembered: dict[object, Value] = {}
        self.written = 0  # how often something was written, other than a name of the running body, or told
        self.oldest_written = NEVER  # the birth of the oldest object that was written; 0 for what is no object
        self.left = 0  # how often a function or a loop was left before its end

    def habit(self, habit_id: str, name: str) -> Condition:
        """The versions in which a library's class (or function) does something by itself."""
        found = self.knowledge.habit(habit_id, name)
        return FALSE if found is None else self.versions.holds(found.library, found.versions)

    # --- values ----------------------------------------------------------------------------------------------------------

    def unknown(
        self, text: str = "", provenance: Iterable[Value] = (), *, chosen: bool = False, site: Site | None = None
    ) -> AbstractObject:
        """A value that can't be followed. `provenance`: the values it was computed from."""
        thing = AbstractObject(Kind.UNKNOWN, text=text, site=site)
        thing.chosen = chosen
        thing.provenance = self.provenance_of(provenance)
        return thing

    def provenance_of(self, values: Iterable[Value]) -> tuple[AbstractObject, ...]:
        """The models (or results of models) that values are about."""
        waiting = [value for value in values if type(value) not in _ABOUT_NOTHING]
        if not waiting:
            return ()
        found: dict[AbstractObject, None] = {}
        seen: set[AbstractObject] = set()
        while waiting:
            value = waiting.pop()
            for _, one in self.alternatives(value) if type(value) is GuardedUnion else ((TRUE, value),):
                if isinstance(one, (Sequence, Mapping)):
                    if one not in seen:
                        seen.add(one)
                        waiting += one.contents
                        found.update(dict.fromkeys(one.provenance))
                elif isinstance(one, AbstractObject):
                    if one in self.states or one.kind in (Kind.OUTPUT, Kind.WRAPPER):
                        found[one] = None
                    found.update(dict.fromkeys(one.provenance))
        return tuple(found)

    def truth(self, value: Value) -> Condition:
        """When a value counts as true; a constant of a module that nobody knows is one fact for each name."""
        if isinstance(value, ExternalSymbol) and self._is_foreign(value.name):
            if value.name not in self.remembered:
                self.remembered[value.name] = self.unknown(value.name)
            return super().truth(self.remembered[value.name])
        if isinstance(value, AbstractObject) and value.kind is Kind.OBJECT and not self.knowledge.hides(value.made_by):
            name = value.text or "an object"
            return self.predicate(value, "truth", f"`{name}` counts as true", f"`{name}` counts as false")
        return super().truth(value)

    def _is_foreign(self, name: str) -> bool:
        """Whether nothing is known of a library."""
        return not self.knowledge.hides(name) and not self.knowledge.is_harmless(name)

    def widened(self, values: Iterable[Value]) -> AbstractObject:
        """A value that could be too many things to be followed: it is about all models that can be come by through them."""
        made = super().widened(values)
        members = self._members(values)
        if members:
            made.attach(OneOfMany(members))
            made.provenance = tuple(
                dict.fromkeys([*self.provenance_of(members), *(m for _, m, _ in self.reachable_models(members))])
            )
        return made

    def _members(self, values: Iterable[Value]) -> tuple[AbstractObject, ...]:
        """The objects among values that hold something, or are about something: more than what a user chooses."""
        found: dict[AbstractObject, None] = {}
        for value in values:
            if not isinstance(value, AbstractObject) or isinstance(value, (Function, Class)):
                continue
            many = value.facet(OneOfMany)
            if many is not None:
                found.update(dict.fromkeys(many.members))
            elif value.kind not in (Kind.UNKNOWN, Kind.TEXT) or value.provenance or value.fields or is_besides(value):
                found[value] = None
        return tuple(found)

    def note_write(self, thing: AbstractObject | None) -> None:
        """Something is written: an object, or what is none. A call that has written only objects of its own has left nothing."""
        self.written += 1
        self.oldest_written = min(self.oldest_written, 0 if thing is None else thing.born)

    # --- models ----------------------------------------------------------------------------------------------------------

    def write(self, thing: AbstractObject, field: str, value: Value, default: Value = ABSENT) -> None:
        """Set an attribute, under the present condition."""
        self.note_write(thing)
        thing.fields[field] = self.select(self.path_condition, value, thing.fields.get(field, default))

    # --- models ----------------------------------------------------------------------------------------------------------

    def new_model(
        self, made_by: str, site: Site | None, cached: Cached, mode: Value, config: Value | None = None
    ) -> AbstractObject:
        """A fresh model with its config."""
        model = AbstractObject(Kind.MODEL, made_by, site)
        state = ModelState(model, cached=cached, mode=mode, loaded_at=site)
        state.config = config if config is not None else AbstractObject(Kind.CONFIG, made_by, site)
        state.generation_config = AbstractObject(Kind.GENERATION_CONFIG, made_by, site)
        self.states[model] = state
        if not self.knowledge.is_layered(made_by):
            self.mark_unknown(model, "input_grads")  # what its layers are fed with was not looked at
        return model

    def infer_model(self, thing: AbstractObject, *, typed: bool = False) -> None:
        """An object of unknown make is treated as a model by the script: it is one, in an unknown state.

        `typed`: its class is known, so that it is no adapter around one.
        """
        thing.kind = Kind.MODEL
        state = ModelState(thing, checkpointing=UNKNOWN, mode=UNKNOWN, loaded_at=thing.site)
        for name in ("config", "generation_config"):
            value = thing.fields.get(name)
            setattr(state, name, value if value is not None else self.unknown(f"{thing.text}.{name}"))
        self.states[thing] = state
        self.mark_unknown(thing, "input_grads")
        if not typed:
            self.mark_unknown(thing, "adapter")

    def underlying_models(self, value: Value, condition: Condition = TRUE) -> list[tuple[Condition, AbstractObject, bool]]:
        """The models behind a value, through wrappers: condition, model, and whether it is seen through an adapter."""
        if type(value) in _ABOUT_NOTHING:
            return []
        found: list[tuple[Condition, AbstractObject, bool]] = []
        for case, one in self.alternatives(value):
            guard = self.conditions.both(condition, case)
            if guard == FALSE or not isinstance(one, AbstractObject):
                continue
            if isinstance(one, Wrapper):
                found += [(c, core, one.is_adapter or inner) for c, core, inner in self.underlying_models(one.inner, guard)]
            elif one in self.states:
                found.append((guard, one, False))
                holding = one.facet(Holding)
                for inner in () if holding is None else holding.models:
                    found += self.underlying_models(inner, guard)
        return found

    def cache_of(self, model: AbstractObject) -> Value:
        """The `use_cache` that a model's passes go by: that of its config, or of one within it."""
        state = self.states[model]
        nested, copy = state.nested, state.part_config
        return self._switch_on(state.config, lambda one: asked_switch(self, self.versions, one, nested, copy))

    def written_caches(self, model: AbstractObject) -> tuple[tuple[str, Value], ...]:
        """The `use_cache` of each config that is written with a model, by the path to it; nothing for one that has only one."""
        state = self.states[model]
        nested = state.nested
        if nested is None:
            return ()
        whole = ("config", self._switch_on(state.config))
        if nested.generates_by_whole:
            return (whole,)
        within = self._switch_on(state.config, lambda one: switch_within(one, nested))
        return (whole, (f"config.{nested.path}", within))

    def generation_cache_of(self, model: AbstractObject) -> Value:
        """The `use_cache` of a model's generation_config."""
        return self._switch_on(self.states[model].generation_config)

    def _switch_on(self, config: Value | None, switch: Callable[[AbstractObject], Value] = switch_of) -> Value:
        def read(one: Value) -> Value:
            return switch(one) if isinstance(one, AbstractObject) else UNKNOWN

        return UNKNOWN if config is None else self.narrow(self.flat(self.each(config, read)))

    def flat(self, value: Value) -> Value:
        """A value whose alternatives are no OneOf themselves."""
        if not isinstance(value, GuardedUnion) or not any(isinstance(one, GuardedUnion) for _, one in value.alternatives):
            return value
        result: Value | None = None
        for condition, one in value.alternatives:
            result = one if result is None else self.select(condition, one, result)
        return value if result is None else result

    def change(self, model: AbstractObject, field: str, value: Value, condition: Condition = TRUE) -> None:
        """Set a part of a model's state where the condition holds, under the present one."""
        self.note_write(None)
        state = self.states[model]
        guard = self.conditions.both(self.path_condition, condition)
        if state.patched and field in ("checkpointing", "reentrant"):
            value = self.flat(self.each(value, lambda one: one if isinstance(one, Constant) and one.value is False else UNKNOWN))
        before = getattr(state, field)
        setattr(state, field, value if before is None else self.select(guard, value, before))

    def mark_unknown(self, model: AbstractObject, field: str, condition: Condition = TRUE) -> None:
        """Nobody can tell whether it has happened to a model: one open fact for each model."""
        asked = self.open_fact(model, f"`{field}` of {model.made_by or 'a model'}", field)
        self.mark(model, field, self.conditions.both(condition, asked))

    def mark(self, model: AbstractObject, field: str, condition: Condition = TRUE) -> None:
        """Note that something has happened to a model, under the present condition."""
        self.note_write(None)
        state = self.states[model]
        guard = self.conditions.both(self.path_condition, condition)
        setattr(state, field, self.conditions.either(getattr(state, field), guard))

    def havoc(self, values: Iterable[Value], depth: int = 0) -> None:
        """A function that nobody knows got these values: whatever models are among them are in an unknown state now.

        A function among them may be called then or later, with arguments that nobody knows.
        """
        for value in values:
            for condition, one in self.alternatives(value):
                if isinstance(one, Function):
                    self.definitions.handed.add(one.node)
                if isinstance(one, (Sequence, Mapping)) and depth < HELD_DEEP:
                    self.havoc(one.contents, depth + 1)
                elif isinstance(one, AbstractObject) and one.kind is Kind.TRAINER:
                    self.havoc([one.fields.get("model", ABSENT)])
                elif isinstance(one, Instance) and one.kind is Kind.MODULE:
                    for held in one.fields.values():
                        for case, core, _ in self.underlying_models(held, condition):
                            self.change(core, "mode", UNKNOWN, case)
                if isinstance(one, AbstractObject):
                    for look in HAVOCKED:
                        look(self, one, condition)
                for case, core, _ in self.underlying_models(one, condition):
                    self.havoc_model(core, case)

    def havoc_model(self, model: AbstractObject, condition: Condition) -> None:
        """What checks and trainings go by is unknown of a model, where the condition holds."""
        self.change(model, "checkpointing", UNKNOWN, condition)
        self.change(model, "mode", UNKNOWN, condition)
        self.change(model, "reentrant", UNKNOWN, condition)
        self.mark_unknown(model, "input_grads", condition)
        self._havoc_switch(self.states[model].config, condition)
        self._havoc_switch(self.states[model].part_config, condition)

    def _havoc_switch(self, config: Value | None, condition: Condition) -> None:
        for case, one in self.alternatives(config) if config is not None else ():
            if isinstance(one, AbstractObject):
                guard = self.conditions.both(self.path_condition, self.conditions.both(condition, case))
                for config in (one, *parts_within(one).values()):
                    config.fields["use_cache"] = self.select(guard, UNKNOWN, switch_of(config))

    def forget(self, model: AbstractObject, condition: Condition) -> None:
        """Nothing of a model's state is known any more, where the condition holds: not even what of it learns."""
        self.havoc_model(model, condition)
        self._havoc_switch(self.states[model].generation_config, condition)
        for look in FORGOTTEN:
            look(self, model, condition)

    def reachable_models(self, values: Iterable[Value]) -> list[tuple[Condition, AbstractObject, bool]]:
        """The models that can be come by through values: behind wrappers, in containers, in the fields of objects."""
        found: dict[AbstractObject, tuple[Condition, AbstractObject, bool]] = {}
        seen: set[AbstractObject] = set()
        waiting = [(TRUE, value) for value in values if type(value) not in _ABOUT_NOTHING]
        while waiting:
            condition, value = waiting.pop()
            for case, one in self.alternatives(value):
                guard = condition if case == TRUE else self.conditions.both(condition, case)
                if not isinstance(one, AbstractObject) or one in seen or guard == FALSE:
                    continue
                seen.add(one)
                if one in self.states:
                    found[one] = (guard, one, False)
                waiting += [(guard, inner) for inner in one.held() if type(inner) not in _ABOUT_NOTHING]
        return list(found.values())

    def snapshot(self, targets: Iterable[tuple[Condition, AbstractObject, bool]]) -> tuple[State, ...]:
        """The states of models right now."""
        states = []
        for case, model, adapter in targets:
            guard = self.conditions.both(self.path_condition, case)
            if guard == FALSE:
                continue
            saved = self.states[model].adapter
            only = self.conditions.both(guard, saved) if not adapter else guard
            for part, is_adapter in ((only, True), (self.conditions.without(guard, only), False)):
                if part != FALSE:
                    with self.under(part):
                        states.append(self._now(model, is_adapter=is_adapter))
        return tuple(states)

    def _now(self, model: AbstractObject, *, is_adapter: bool) -> State:
        """A model's state as it is here."""
        state = self.states[model]
        gradients = Gradients(
            self.narrow(state.reentrant),
            state.input_grads,
            state.learning[Part.EMBEDDINGS],
            state.learning[Part.LAYERS],
            state.learning[Part.NORM],
            state.learning[Part.HEAD],
            state.prefix,
            state.towers,
        )
        return State(
            self.path_condition,
            model,
            is_adapter,
            self.narrow(state.checkpointing),
            self.cache_of(model),
            self.generation_cache_of(model),
            self.narrow(state.mode),
            state.trained,
            tuple(state.switches),
            gradients,
            Spread(self.narrow(state.seeking), self.narrow(state.sharded)),
            self.written_caches(model),
        )
