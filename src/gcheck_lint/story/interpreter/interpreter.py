"""The interpreter: where it is, the doors to everything that is run, and the tables behind them.

It walks a script once. What each kind of statement, expression, call, attribute or library effect does stands in the modules
beside this one and in `effects`; they enter themselves into the tables here, and nobody else knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import libcst as cst

from gcheck_lint.knowledge import Knowledge, TransferRule
from gcheck_lint.python.resolver import Resolver
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import Event
from gcheck_lint.story.domain.releases import Target
from gcheck_lint.story.domain.scopes import Attempt, Frame
from gcheck_lint.story.domain.values import AbstractObject, Function, Scope, Value
from gcheck_lint.story.interpreter.heap import Heap

_STEPS = 400_000  # statements and expressions of one story; the longest real script takes 30,000

E_ = TypeVar("E_", bound=Event)
X_ = TypeVar("X_")
F_ = TypeVar("F_", bound=Callable[..., Any])

# --- tables ------------------------------------------------------------------------------------------------------------------

Runner: TypeAlias = Callable[["Interpreter", Any], None]
Evaluator: TypeAlias = Callable[["Interpreter", Any], Value]
Binder: TypeAlias = Callable[["Interpreter", Any, Value], None]
Caller: TypeAlias = Callable[["Interpreter", Any, Arguments, Any], Value]
Effect: TypeAlias = Callable[["Interpreter", Call], Value]
Reader: TypeAlias = Callable[["Interpreter", Any, str, cst.CSTNode], "Value | None"]
Writer: TypeAlias = Callable[["Interpreter", Any, str, Value, cst.CSTNode], bool]
Entering: TypeAlias = Callable[["Interpreter", Value, Site], AbstractContextManager[None]]
Surrounding: TypeAlias = Callable[["Interpreter", TransferRule, cst.Decorator], AbstractContextManager[None]]
Deriving: TypeAlias = Callable[["Interpreter", Value, AbstractObject, "Derivation"], "Value | None"]

RUNNERS: dict[type[cst.CSTNode], Runner] = {}
EVALUATORS: dict[type[cst.CSTNode], Evaluator] = {}
BINDERS: dict[type[cst.CSTNode], Binder] = {}
CALLERS: dict[type[Any], Caller] = {}
EFFECTS: dict[str, Effect] = {}
READERS: dict[str, list[Reader]] = {}
WRITERS: dict[tuple[str | None, str | None], list[Writer]] = {}
ENTERING: dict[str, Entering] = {}
SURROUNDING: dict[str, Surrounding] = {}
DERIVING: list[Deriving] = []


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one value came out of another: by an attribute's `name`, as some item of it, or as one element after the other."""

    how: Literal["attribute", "item", "element"]
    name: str = ""
    node: cst.CSTNode | None = None


def runs(*kinds: type[cst.CSTNode]) -> Callable[[F_], F_]:
    """This function runs a statement of these kinds."""
    return _entered(RUNNERS, kinds)


def evaluates(*kinds: type[cst.CSTNode]) -> Callable[[F_], F_]:
    """This function gives the value of an expression of these kinds."""
    return _entered(EVALUATORS, kinds)


def binds(*kinds: type[cst.CSTNode]) -> Callable[[F_], F_]:
    """This function binds a target of these kinds to a value."""
    return _entered(BINDERS, kinds)


def calls(*kinds: type[Any]) -> Callable[[F_], F_]:
    """This function calls a value of these classes."""
    return _entered(CALLERS, kinds)


def does(*effects: str) -> Callable[[F_], F_]:
    """This function is the handler of an effect that knowledge names."""
    return _entered(EFFECTS, effects)


def enters(*kinds: str) -> Callable[[F_], F_]:
    """This function gives what surrounds the body of a `with` over an object of these kinds."""
    return _entered(ENTERING, kinds)


def surrounds(*effects: str) -> Callable[[F_], F_]:
    """This function gives what surrounds the body of a function, where a decorator of a library has one of these effects."""
    return _entered(SURROUNDING, effects)


def reads(*kinds: str) -> Callable[[F_], F_]:
    """This function gives an attribute of an object of these kinds; None leaves it to the next one."""

    def register(function: F_) -> F_:
        for kind in kinds:
            READERS.setdefault(kind, []).append(function)
        return function

    return register


def writes(*kinds: str | None, attribute: str | None = None) -> Callable[[F_], F_]:
    """This function sets an attribute (or any, without a name) of an object of these kinds (None: of any).

    It says whether that is all that is to be done. Those that name an attribute are asked first, then those that see all writes,
    then those of a kind.
    """

    def register(function: F_) -> F_:
        for kind in kinds:
            WRITERS.setdefault((kind, attribute), []).append(function)
        return function

    return register


def derives(function: Deriving) -> Deriving:
    """This function looks at each value that comes out of another one; what it gives stands for the value."""
    DERIVING.append(function)
    return function


def _entered(table: dict[Any, Any], keys: Iterable[Any]) -> Callable[[F_], F_]:
    def register(function: F_) -> F_:
        table.update(dict.fromkeys(keys, function))
        return function

    return register


class GaveUp(Exception):  # noqa: N818 - it ends a story, it is no error of anybody
    """The script is too large to be followed: nothing is claimed about it."""


@dataclass(slots=True)
class Trace:
    """What was told so far. `entry`: 0 for what the file itself runs, else the number of the entry point that runs now."""

    events: list[Event] = field(default_factory=list)
    revealed: list[tuple[Site, str]] = field(default_factory=list)
    entry: int = 0
    entry_guards: list[Condition] = field(default_factory=lambda: [TRUE])
    entry_points: list[str] = field(default_factory=lambda: [""])


@dataclass(slots=True)
class Modules:
    """The other modules of the program: where they are found, their objects and their names, as far as they were run."""

    resolver: Resolver | None
    objects: dict[Path, AbstractObject] = field(default_factory=dict)
    frames: dict[Path, Frame] = field(default_factory=dict)
    starred: set[tuple[Scope, str]] = field(default_factory=set)
    relevant: dict[Module, bool] = field(default_factory=dict)
    relevant_functions: dict[cst.CSTNode, bool] = field(default_factory=dict)


class Interpreter(Heap):
    """Interprets one file. See the module's docstring."""

    def __init__(self, module: Module, knowledge: Knowledge, target: Target, resolver: Resolver | None = None) -> None:
        super().__init__(knowledge, target)
        self.module = module
        self.modules = Modules(resolver)
        self.trace = Trace()
        self.frame = Frame(module, None)
        self.at: cst.CSTNode = module.tree
        self.outside: list[tuple[Site, Arguments]] = []
        self.stack: list[Function] = []
        self.attempts: list[Attempt] = []
        self.repeating = False
        self._own: dict[type[Any], Any] = {}
        self._steps = 0

    def own(self, kind: type[X_]) -> X_:
        """What a family of handlers remembers through one interpretation: an object of a class of its own, made on first use."""
        found = self._own.get(kind)
        if found is None:
            found = self._own[kind] = kind()
        return found

    # --- where it is -----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Count the work, and give up before it becomes endless."""
        self._steps += 1
        if self._steps > _STEPS:
            raise GaveUp

    @property
    def at_home(self) -> bool:
        """Whether it is in the file that is interpreted, and not in another module."""
        return self.frame.module is self.module

    def site(self, node: cst.CSTNode) -> Site:
        """A place as the file itself sees it: in another module it is the call that led there, with the place inside."""
        if self.at_home:
            return Site(self.module, node)
        seen = self.outside[-1][0] if self.outside else Site(self.module, self.at)
        return Site(seen.module, seen.node, Site(self.frame.module, node))

    @contextmanager
    def leaving(self, node: cst.CSTNode, passed: Arguments) -> Iterator[None]:
        """A call is made; from the file itself, it may lead into another module."""
        at_home = self.at_home
        if at_home:
            self.outside.append((Site(self.module, node), passed))
        try:
            yield
        finally:
            if at_home:
                self.outside.pop()

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[None]:
        """Run in another frame."""
        before, self.frame = self.frame, frame
        try:
            yield
        finally:
            self.frame = before

    def within_frame(self) -> Condition:
        """The path condition as far as it goes beyond that under which the running body was entered.

        What only the body itself reads needs no more: the names of a call, and what it returns. It is smaller by all that has led to
        the call (the restrict operator, with the entry as the care set).
        """
        return self.conditions.restrict(self.path_condition, self.frame.entry)

    @contextmanager
    def running(self, function: Function) -> Iterator[None]:
        """Run a function of the script."""
        self.stack.append(function)
        try:
            yield
        finally:
            self.stack.pop()

    @contextmanager
    def trying(self, *, caught: bool) -> Iterator[Attempt]:
        """Run the body of a `try`. `caught`: somebody catches what it raises."""
        attempt = Attempt(caught=caught)
        self.attempts.append(attempt)
        try:
            yield attempt
        finally:
            self.attempts.pop()

    @contextmanager
    def afresh(self) -> Iterator[None]:
        """Run what does not hang on how it was come by, such as the top level of a module."""
        before, self.path_condition = self.path_condition, TRUE
        attempts, self.attempts = self.attempts, []
        try:
            yield
        finally:
            self.path_condition, self.attempts = before, attempts

    @property
    def is_caught(self) -> bool:
        """Whether an error that is raised here is caught by the script."""
        return any(attempt.caught for attempt in self.attempts)

    def end_path(self, *, catchable: bool) -> None:
        """Nothing that follows is reached, except in the handlers of a `try` around, where what happens is `catchable`."""
        if catchable and self.attempts:
            attempt = self.attempts[-1]
            attempt.raised = self.conditions.either(attempt.raised, self.path_condition)
        self.path_condition = FALSE

    def going_on(self, gone: Condition) -> None:
        """Go on after a check that ends the program where `gone` holds, and does nothing else.

        Flags and versions stay in the path condition. What only nondeterministic facts decide would fill every later condition, and
        says nothing of a model: it is taken for granted, and kept as a combination that can't
        occur.
        """
        conditions, entry = self.conditions, self.path_condition
        facts = conditions.facts_of(gone)
        if facts:
            conditions.rule_out(conditions.both(conditions.exists(entry, conditions.facts_of(entry)), gone))
        self.path_condition = conditions.both(entry, conditions.exists(conditions.negate(gone), facts))

    # --- doors -----------------------------------------------------------------------------------------------------------

    def run_block(self, body: cst.BaseSuite | cst.Module) -> None:
        """Run the statements of a body, as far as they are reached."""
        for statement in body.body:
            if self.path_condition == FALSE:
                return
            self.run(statement)

    def run(self, statement: cst.CSTNode) -> None:
        """Run one statement."""
        self.step()
        if self.at_home:
            self.at = statement
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if self.path_condition != FALSE:
                    self.run(small)
            return
        found = RUNNERS.get(type(statement))
        if found is not None:
            found(self, statement)

    def evaluate(self, node: cst.CSTNode) -> Value:
        """The value of an expression here."""
        self.step()
        found = EVALUATORS.get(type(node))
        return self.unknown() if found is None else found(self, node)

    def assign(self, target: cst.CSTNode, value: Value) -> None:
        """Bind a target of any shape."""
        found = BINDERS.get(type(target))
        if found is not None:
            found(self, target, value)

    def call(self, value: Value, passed: Arguments, node: cst.CSTNode) -> Value:
        """`value(...)`: all models that it can be compute together, everything else is called by itself."""
        cases: list[tuple[Condition, Callable[[], Value]]] = []
        models: Condition = FALSE
        for condition, one in self.alternatives(value):
            if self.underlying_models(one):
                models = self.conditions.either(models, condition)
            else:
                cases.append((condition, partial(self._call_one, one, passed, node)))
        transfer = self.knowledge.method("model", "__call__")
        if models != FALSE and transfer is not None:
            assert isinstance(node, cst.Call)
            cases.append((models, partial(self.do, Call(node, "__call__", transfer, passed, value))))
        return cases[0][1]() if len(cases) == 1 and cases[0][0] == TRUE else self.split(cases)

    def _call_one(self, one: Value, passed: Arguments, node: cst.CSTNode) -> Value:
        found = next((CALLERS[kind] for kind in type(one).__mro__ if kind in CALLERS), None)
        return self.unknown(provenance=passed.values()) if found is None else found(self, one, passed, node)

    def do(self, call: Call) -> Value:
        """What a call that knowledge speaks of does."""
        return EFFECTS[call.transfer.effect](self, call)

    def derived(self, origin: Value, made: AbstractObject, derivation: Derivation) -> Value | None:
        """What a value that came out of another one is to those who look at it; None where it is nothing to them."""
        for look in DERIVING:
            found = look(self, origin, made, derivation)
            if found is not None:
                return found
        return None

    def bind(self, name: str, value: Value, frame: Frame | None = None) -> None:
        """Bind a name, under the present path condition."""
        home: Scope = frame or self.frame
        if name in home.globals:
            owner = home.parent.home(name) if home.parent else None
            home = owner or home.top
        if home is not self.frame:
            self.traces += 1
        before = home.names.get(name)
        if before is not None and before is not value:
            guard = self.within_frame() if home is self.frame else self.path_condition
            value = self.select(guard, value, before)
        home.names[name] = value

    def emit(
        self, kind: type[E_], node: cst.CSTNode | Site, targets: Iterable[tuple[Condition, AbstractObject, bool]], **details: Any
    ) -> E_ | None:
        """Tell an event; None when it can't happen here."""
        if self.path_condition == FALSE:
            return None
        site = node if isinstance(node, Site) else self.site(node)
        self.traces += 1
        trace = self.trace
        event = kind(len(trace.events), site, self.path_condition, self.snapshot(targets), trace.entry, **details)
        trace.events.append(event)
        return event
