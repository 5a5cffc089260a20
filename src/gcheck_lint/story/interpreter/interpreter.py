"""The interpreter's state and its basic moves: where it is, what names and models there are, and how events are told.

It walks a script once. What statements, expressions and calls mean is in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import libcst as cst

from gcheck_lint.knowledge import Knowledge
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import Event, Forwarded, Gradients, State
from gcheck_lint.story.domain.guarded import GuardedStore
from gcheck_lint.story.domain.model_state import AS_LOADED, OFF, UNKNOWN, ModelState
from gcheck_lint.story.domain.releases import Target, Versions
from gcheck_lint.story.domain.scopes import Attempt, Frame
from gcheck_lint.story.domain.values import (
    ABSENT,
    AbstractObject,
    Class,
    Constant,
    ExternalSymbol,
    Function,
    GuardedUnion,
    Instance,
    Mapping,
    Sequence,
    Value,
)
from gcheck_lint.story.interpreter.dispatch import EVALUATORS, Arguments

_STEPS = 400_000  # statements and expressions of one story; the longest real script takes 30,000
_MOST_ALTERNATIVES = 12

if TYPE_CHECKING:
    from gcheck_lint.story.interpreter.modules import Finder

E_ = TypeVar("E_", bound=Event)


class GaveUp(Exception):  # noqa: N818 - it ends a story, it is no error of anybody
    """The script is too large to be followed: nothing is claimed about it."""


class Interpreter(GuardedStore):
    """Tells one story. See the module's docstring."""

    def __init__(self, module: Module, knowledge: Knowledge, target: Target, finder: Finder | None = None) -> None:
        super().__init__()
        self.versions = Versions(self.conditions, target)
        self.module = module
        self.knowledge = knowledge
        self.finder = finder
        self.modules: dict[Path, AbstractObject] = {}
        self.frames: dict[Path, Frame] = {}
        self.starred: set[tuple[Frame, str]] = set()
        self.relevant: dict[Module, bool] = {}
        self.relevant_functions: dict[cst.CSTNode, bool] = {}
        self.outside: list[tuple[Site, Arguments]] = []
        self.at: cst.CSTNode = module.tree
        self.entry = 0
        self.entry_guards: list[Condition] = [TRUE]
        self.entry_points: list[str] = [""]
        self.frame = Frame(module, None)
        self.events: list[Event] = []
        self.states: dict[AbstractObject, ModelState] = {}
        self.stack: list[Function] = []
        self.attempts: list[Attempt] = []
        self.through_own_class = False  # a load that a class of the script inherits
        self.replaced: set[str] = set()  # what the script has put its own in the place of, in a library
        self.raised: Condition = FALSE
        self.called: set[cst.CSTNode] = set()
        self.defined: set[cst.CSTNode] = set()
        self.handed: set[cst.CSTNode] = set()
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.instances: list[AbstractObject] = []
        self.revealed: list[tuple[Site, str]] = []
        self.remembered: dict[object, Value] = {}
        self.forwards: list[tuple[AbstractObject, Value]] = []
        self.training_depth = 0
        self.no_grad: Condition = FALSE
        self.grad_scopes: list[Site] = []
        self.outputs: dict[AbstractObject, Forwarded] = {}
        self.loop_depth = 0
        self.repeats = 0
        self._steps = 0

    # --- where it is -----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Count the work, and give up before it becomes endless."""
        self._steps += 1
        if self._steps > _STEPS:
            raise GaveUp

    def site(self, node: cst.CSTNode) -> Site:
        """A place as the file that is told sees it: in another module it is the call that led there, with the place inside."""
        if self.frame.module is self.module:
            return Site(self.module, node)
        seen = self.outside[-1][0] if self.outside else Site(self.module, self.at)
        return Site(seen.module, seen.node, Site(self.frame.module, node))

    @contextmanager
    def leaving(self, node: cst.CSTNode, passed: Arguments) -> Iterator[None]:
        """A call is made; from the file that is told, it may lead into another module."""
        at_home = self.frame.module is self.module
        if at_home:
            self.outside.append((Site(self.module, node), passed))
        try:
            yield
        finally:
            if at_home:
                self.outside.pop()

    def evaluate(self, node: cst.CSTNode) -> Value:
        """The value of an expression here."""
        self.step()
        found = EVALUATORS.get(type(node))
        return self.unknown() if found is None else found(self, node)

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[None]:
        """Run in another frame."""
        before, self.frame = self.frame, frame
        try:
            yield
        finally:
            self.frame = before

    @property
    def guarded(self) -> bool:
        """Whether an error that is raised here is caught by the script."""
        return any(attempt.caught for attempt in self.attempts)

    def habit(self, habit_id: str, name: str) -> Condition:
        """The versions in which a library's class (or function) does something by itself."""
        found = self.knowledge.habit(habit_id, name)
        return FALSE if found is None else self.versions.holds(found.library, found.versions)

    # --- values ----------------------------------------------------------------------------------------------------------

    def unknown(
        self, text: str = "", provenance: Iterable[Value] = (), *, chosen: bool = False, site: Site | None = None
    ) -> AbstractObject:
        """A value that can't be followed. `about`: the values it was computed from."""
        thing = AbstractObject("unknown", text=text, site=site)
        thing.chosen = chosen
        thing.provenance = self.provenance_of(provenance)
        return thing

    def provenance_of(self, values: Iterable[Value]) -> tuple[AbstractObject, ...]:
        """The models (or results of models) that values are about."""
        found: dict[AbstractObject, None] = {}
        seen: set[AbstractObject] = set()
        waiting = list(values)
        while waiting:
            for _, one in self.alternatives(waiting.pop()):
                if isinstance(one, (Sequence, Mapping)):
                    if one not in seen:
                        seen.add(one)
                        waiting += one.entries.values() if isinstance(one, Mapping) else one.items or ()
                        found.update(dict.fromkeys(one.provenance))
                elif isinstance(one, AbstractObject):
                    if one in self.states or one.role in ("output", "wrapper"):
                        found[one] = None
                    found.update(dict.fromkeys(one.provenance))
        return tuple(found)

    def truth(self, value: Value) -> Condition:
        """When a value counts as true; a constant of a module that nobody knows is one fact for each name."""
        if isinstance(value, ExternalSymbol) and self._is_foreign(value.name):
            if value.name not in self.remembered:
                self.remembered[value.name] = self.unknown(value.name)
            return super().truth(self.remembered[value.name])
        return super().truth(value)

    def _is_foreign(self, name: str) -> bool:
        """Whether nothing is known of a library."""
        return self.knowledge.library_of(name) is None and not self.knowledge.is_harmless(name)

    def widened(self, values: Iterable[Value]) -> AbstractObject:
        """A value that could be too many things to be followed."""
        return self.unknown("one of too many", values)

    # --- names and attributes of plain things ---------------------------------------------------------------------------------

    def bind(self, name: str, value: Value, frame: Frame | None = None) -> None:
        """Bind a name, under the present condition."""
        home = frame or self.frame
        if name in home.globals:
            owner = home.parent.home(name) if home.parent else None
            home = owner or home.top
        before = home.names.get(name)
        home.names[name] = value if before is None else self.select(self.path_condition, value, before)

    def write(self, thing: AbstractObject, field: str, value: Value, default: Value = ABSENT) -> None:
        """Set an attribute, under the present condition."""
        thing.fields[field] = self.select(self.path_condition, value, thing.fields.get(field, default))

    # --- models ----------------------------------------------------------------------------------------------------------

    def new_model(self, made_by: str, site: Site | None, cached: str, mode: Value, config: Value | None = None) -> AbstractObject:
        """A fresh model with its config."""
        model = AbstractObject("model", made_by, site)
        state = ModelState(model, cached=cached, mode=mode, loaded_at=site)
        state.config = config if config is not None else AbstractObject("config", made_by, site)
        state.generation_config = AbstractObject("generation config", made_by, site)
        self.states[model] = state
        if not self.knowledge.is_layered(made_by):
            self.mark_unknown(model, "input_grads")  # what its layers are fed with was not looked at
        return model

    def infer_model(self, thing: AbstractObject) -> None:
        """An object of unknown make is treated as a model by the script: it is one, in an unknown state."""
        thing.role = "model"
        state = ModelState(thing, checkpointing=UNKNOWN, mode=UNKNOWN, loaded_at=thing.site)
        for name in ("config", "generation_config"):
            value = thing.fields.get(name)
            setattr(state, name, value if value is not None else self.unknown(f"{thing.text}.{name}"))
        self.states[thing] = state
        self.mark_unknown(thing, "input_grads")

    def underlying_models(self, value: Value, condition: Condition = TRUE) -> list[tuple[Condition, AbstractObject, bool]]:
        """The models behind a value, through wrappers: condition, model, and whether it is seen through an adapter."""
        found: list[tuple[Condition, AbstractObject, bool]] = []
        for case, one in self.alternatives(value):
            guard = self.conditions.both(condition, case)
            if guard == FALSE or not isinstance(one, AbstractObject):
                continue
            if one.role == "wrapper":
                adapter = one.made_by == "adapter"
                found += [(c, core, adapter or inner) for c, core, inner in self.underlying_models(one.fields["inner"], guard)]
            elif one in self.states:
                found.append((guard, one, False))
        return found

    def cache_of(self, model: AbstractObject) -> Value:
        """The `use_cache` of a model's config."""
        return self._switch_on(self.states[model].config)

    def generation_cache_of(self, model: AbstractObject) -> Value:
        """The `use_cache` of a model's generation_config."""
        return self._switch_on(self.states[model].generation_config)

    def _switch_on(self, config: Value | None) -> Value:
        def read(one: Value) -> Value:
            if not isinstance(one, AbstractObject):
                return UNKNOWN
            default = AS_LOADED if one.role in ("config", "generation config") else UNKNOWN
            return one.fields.get("use_cache", default)

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
        state = self.states[model]
        guard = self.conditions.both(self.path_condition, condition)
        before = getattr(state, field)
        setattr(state, field, value if before is None else self.select(guard, value, before))

    def mark_unknown(self, model: AbstractObject, field: str, condition: Condition = TRUE) -> None:
        """Nobody can tell whether it has happened to a model: one open fact for each model."""
        asked = model.predicates.get(("open", field))
        if asked is None:
            asked = model.predicates["open", field] = self.nondeterministic(f"`{field}` of {model.made_by or 'a model'}")[1]
        self.mark(model, field, self.conditions.both(condition, asked))

    def mark(self, model: AbstractObject, field: str, condition: Condition = TRUE) -> None:
        """Note that something has happened to a model, under the present condition."""
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
                    self.handed.add(one.node)
                if isinstance(one, Sequence) and one.items and depth < 4:
                    self.havoc(one.items, depth + 1)
                elif isinstance(one, Mapping) and depth < 4:
                    self.havoc(one.entries.values(), depth + 1)
                elif isinstance(one, AbstractObject) and one.role == "trainer":
                    self.havoc([one.fields.get("model", ABSENT)])
                elif isinstance(one, Instance) and one.role == "module":
                    for held in one.fields.values():
                        for case, core, _ in self.underlying_models(held, condition):
                            self.change(core, "mode", UNKNOWN, case)
                if isinstance(one, AbstractObject) and one.fields.get("@part") == Constant("embeddings"):
                    for case, core, _ in self.underlying_models(one.fields["@whole"], condition):
                        self.mark_unknown(core, "input_grads", case)
                for case, core, _ in self.underlying_models(one, condition):
                    self.change(core, "checkpointing", UNKNOWN, case)
                    self.change(core, "mode", UNKNOWN, case)
                    self.change(core, "reentrant", UNKNOWN, case)
                    self.mark_unknown(core, "input_grads", case)
                    config = self.states[core].config
                    for inner, cfg in self.alternatives(config) if config is not None else ():
                        if isinstance(cfg, AbstractObject):
                            guard = self.conditions.both(self.path_condition, self.conditions.both(case, inner))
                            cfg.fields["use_cache"] = self.select(guard, UNKNOWN, cfg.fields.get("use_cache", AS_LOADED))

    def snapshot(self, targets: Iterable[tuple[Condition, AbstractObject, bool]]) -> tuple[State, ...]:
        """The states of models right now."""
        states = []
        entry = self.path_condition
        for case, model, adapter in targets:
            guard = self.conditions.both(entry, case)
            if guard == FALSE:
                continue
            state = self.states[model]
            only = self.conditions.both(guard, state.adapter) if not adapter else guard
            for part, is_adapter in ((only, True), (self.conditions.without(guard, only), False)):
                if part != FALSE:
                    self.path_condition = part
                    now = (
                        self.narrow(state.checkpointing),
                        self.cache_of(model),
                        self.generation_cache_of(model),
                        self.narrow(state.mode),
                    )
                    gradients = Gradients(
                        self.narrow(state.reentrant),
                        state.input_grads,
                        state.embeddings,
                        state.layers,
                        state.norm,
                        state.head,
                        state.prefix,
                    )
                    states.append(State(part, model, is_adapter, *now, state.trained, tuple(state.switches), gradients))
        self.path_condition = entry
        return tuple(states)

    def emit(
        self, kind: type[E_], node: cst.CSTNode | Site, targets: Iterable[tuple[Condition, AbstractObject, bool]], **details: Any
    ) -> E_ | None:
        """Tell an event; None when it can't happen here."""
        if self.path_condition == FALSE:
            return None
        site = node if isinstance(node, Site) else self.site(node)
        event = kind(len(self.events), site, self.path_condition, self.snapshot(targets), self.entry, **details)
        self.events.append(event)
        return event


def is_off(value: Value) -> bool:
    """A state that was never switched on, or was switched off."""
    return isinstance(value, Constant) and value.value is OFF.value
