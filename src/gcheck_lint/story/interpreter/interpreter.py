"""The interpreter: where it is, the doors to everything that is run, and the tables behind them.

It walks a script once. What each kind of statement, expression, call, attribute or library effect does stands in the modules
beside this one and in `effects`; they enter themselves into the tables here, and nobody else knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

import libcst as cst

from gcheck_lint.knowledge import Knowledge, TransferRule
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.resolver import Resolver
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.budgets import Budget, Budgets
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, TooComplex
from gcheck_lint.story.domain.cuts import Cut
from gcheck_lint.story.domain.events import Lost
from gcheck_lint.story.domain.limits import STATEMENT_NODES, STATEMENT_STEPS, STEPS
from gcheck_lint.story.domain.objects import Class, Instance, Scope
from gcheck_lint.story.domain.releases import Target
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, GuardedUnion, Value, newest
from gcheck_lint.story.interpreter.position import Position

X_ = TypeVar("X_")
F_ = TypeVar("F_", bound=Callable[..., Any])

# --- tables ------------------------------------------------------------------------------------------------------------------

Runner: TypeAlias = Callable[["Interpreter", Any], None]
Evaluator: TypeAlias = Callable[["Interpreter", Any], Value]
Binder: TypeAlias = Callable[["Interpreter", Any, Value], None]
Caller: TypeAlias = Callable[["Interpreter", Any, Arguments, Any], Value]
Effect: TypeAlias = Callable[["Interpreter", Call], Value]
Lose: TypeAlias = Callable[[str, int], Value]
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
PURE: set[str] = set()
READERS: dict[Kind, list[Reader]] = {}
WRITERS: dict[tuple[Kind | None, str | None], list[Writer]] = {}
ENTERING: dict[Kind, Entering] = {}
SURROUNDING: dict[str, Surrounding] = {}
DERIVING: list[Deriving] = []
GIVING_UP: dict[str, Callable[..., Value]] = {}
INHERITED: list[Callable[[Interpreter, AbstractObject, Class, Arguments, cst.Call], None]] = []
ADOPTING: list[Callable[[Interpreter, AbstractObject], None]] = []
BUILT: list[Callable[[Interpreter, Instance], None]] = []
BY_UNKNOWN: list[Callable[[Interpreter, AbstractObject, Arguments, cst.CSTNode], Value | None]] = []
ANNOTATED: dict[str, Callable[..., Value]] = {}
LEAVING: list[Callable[[Interpreter, str, list[Value], cst.Call], None]] = []


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one value came out of another: by an attribute's `name`, as some item of it, or as one element after the other.

    `each`: all elements that are told apart, as a list. `result`: of a method that nobody knows, or unpacked.
    """

    how: Literal["attribute", "item", "element", "each", "result"]
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


def does(*effects: str, pure: bool = False) -> Callable[[F_], F_]:
    """This function is the handler of an effect that knowledge names. `pure`: it gives a value, and leaves all as it was."""
    PURE.update(effects if pure else ())
    return _entered(EFFECTS, effects)


def enters(*kinds: Kind) -> Callable[[F_], F_]:
    """This function gives what surrounds the body of a `with` over an object of these kinds."""
    return _entered(ENTERING, kinds)


def surrounds(*effects: str) -> Callable[[F_], F_]:
    """This function gives what surrounds the body of a function, where a decorator of a library has one of these effects."""
    return _entered(SURROUNDING, effects)


def reads(*kinds: Kind) -> Callable[[F_], F_]:
    """This function gives an attribute of an object of these kinds; None leaves it to the next one."""

    def register(function: F_) -> F_:
        for kind in kinds:
            READERS.setdefault(kind, []).append(function)
        return function

    return register


def writes(*kinds: Kind | None, attribute: str | None = None) -> Callable[[F_], F_]:
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


class TooLong(Exception):  # noqa: N818 - it ends a story or a part of it, it is no error of anybody
    """There are more steps than are taken. `budget` is the one that was spent; None is the whole limit."""

    def __init__(self, budget: Budget | None) -> None:
        super().__init__(budget)
        self.budget = budget


_NAMED_BY_READING = frozenset({Kind.UNKNOWN, Kind.TEXT, Kind.SEQUENCE, Kind.MAPPING})  # questions are asked of such


def _is_reading(node: cst.CSTNode, value: AbstractObject) -> bool:
    """Whether an expression says what a value is: `args.rank`, `cfg["rank"]`, `cfg.get("rank")`, `torch.cuda.is_available()`.

    What a call opens for the user to fill (`yaml.safe_load(file)`) is called by its name.
    """
    if isinstance(node, cst.Call):
        called = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
        return not value.chosen or (isinstance(called, cst.Name) and called.value in ("get", "pop", "getattr"))
    return isinstance(node, (cst.Name, cst.Attribute, cst.Subscript))


def _option_in(value: GuardedUnion) -> Value | None:
    """What the user chooses, where the script has a constant for when he does not: `settings["rank"]` after an update."""
    chosen = [one for _, one in value.alternatives if not isinstance(one, Constant)]
    only = chosen[0] if len(chosen) == 1 else None
    return only if isinstance(only, AbstractObject) and only.chosen else None


class Interpreter(Position):
    """Interprets one file. See the module's docstring."""

    def __init__(self, module: Module, knowledge: Knowledge, target: Target, resolver: Resolver | None = None) -> None:
        super().__init__(module, knowledge, target, resolver)
        self.steps = 0
        self._budgets = Budgets(STEPS)  # of `steps`
        self._own: dict[type[Any], Any] = {}

    def own(self, kind: type[X_]) -> X_:
        """What a family of handlers remembers through one interpretation: an object of a class of its own, made on first use."""
        found = self._own.get(kind)
        if found is None:
            found = self._own[kind] = kind()
        return found

    def step(self) -> None:
        """Count the work, and give up before it becomes endless."""
        self.steps += 1
        if self.steps > self._budgets.limit:
            raise TooLong(self._budgets.tightest)

    # --- what is given up ------------------------------------------------------------------------------------------------

    def contained(self, body: Callable[[], Value], lose: Lose, nodes: int, steps: int, *, by_itself: bool = False) -> Value:
        """Run a part of the program, and go on with what `lose` leaves of it when it takes more nodes or steps than these.

        `lose` is told what there was too much of, and the birth of the newest object before. What such a part takes counts for
        the one around it, except `by_itself`.
        An exception that ends a part leaves the interpreter as it was where the part began, but for what it had written by then.
        """
        conditions, entry = self.conditions, self.path_condition
        size, taken = conditions.size, self.steps
        begun, self.left_by = newest(), None
        try:
            with conditions.budget(nodes) as for_nodes, self._budgets.opened(taken + steps) as for_steps:
                return body()
        except TooComplex as error:
            if error.budget is not for_nodes:
                raise
            why = "too many cases"
        except TooLong as error:
            if error.budget is not for_steps:
                raise
            why = "too many steps"
        finally:
            if by_itself:
                self._budgets.spare(self.steps - taken)
                conditions.budgets.spare(conditions.size - size)
        self.path_condition = entry
        return lose(why, begun)

    def lose(self, models: Iterable[AbstractObject], node: cst.CSTNode, what: str, why: str) -> None:
        """Tell that a part was given up: these models, which it could come by, are in an unknown state now."""
        self.trace.cuts.append(Cut(self.site(node), what, why))
        targets = [(TRUE, model, False) for model in models]
        for condition, model, _ in targets:
            self.forget(model, condition)
        self.emit(Lost, node, targets, what=what, why=why)

    # --- doors -----------------------------------------------------------------------------------------------------------

    def run_block(self, body: cst.BaseSuite | cst.Module) -> None:
        """Run the statements of a body, as far as they are reached."""
        for statement in body.body:
            if self.path_condition == FALSE:
                return
            if isinstance(statement, cst.SimpleStatementLine) and self._is_followed_by_statements():
                self._run_contained(statement)
            else:
                self.run(statement)

    def _is_followed_by_statements(self) -> bool:
        """Whether this is the file itself, or what it calls first and what speaks of models: `main`."""
        if self.trace.entry or len(self.stack) >= len(STATEMENT_NODES):
            return False
        return all(function.node in self.by_statements for function in self.stack)

    def _run_contained(self, statement: cst.SimpleStatementLine) -> None:
        """A statement of the file itself, or of the function that it calls first: the script goes on when one is given up."""

        def run() -> Value:
            self.run(statement)
            return NONE

        level = len(self.stack)
        lose = partial(GIVING_UP["statement"], self, statement)
        self.contained(run, lose, STATEMENT_NODES[level], STATEMENT_STEPS[level], by_itself=True)

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
        if found is None:
            return self.unknown()
        value = found(self, node)
        read = _option_in(value) if isinstance(value, GuardedUnion) else value
        if isinstance(read, AbstractObject) and not read.said and read.kind in _NAMED_BY_READING and _is_reading(node, read):
            read.said = node
        return value

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
        transfer = self.knowledge.method(Kind.MODEL, "__call__")
        if models != FALSE and transfer is not None:
            assert isinstance(node, cst.Call)
            cases.append((models, partial(self.do, Call(node, "__call__", transfer, passed, value))))
        return cases[0][1]() if len(cases) == 1 and cases[0][0] == TRUE else self.split(cases)

    def _call_one(self, one: Value, passed: Arguments, node: cst.CSTNode) -> Value:
        found = next((CALLERS[kind] for kind in type(one).__mro__ if kind in CALLERS), None)
        return self.unknown(provenance=passed.values()) if found is None else found(self, one, passed, node)

    def do(self, call: Call) -> Value:
        """What a call that knowledge speaks of does."""
        if call.transfer.effect not in PURE:
            self.note_write(None)
        return EFFECTS[call.transfer.effect](self, call)

    def annotated(self, value: Value, annotation: cst.Annotation | None, scope: Scope | None, *, optional: bool = False) -> Value:
        """A value with what its annotation says of it, where it can't be followed. `optional`: it may be None."""
        if annotation is None or scope is None:
            return value
        return ANNOTATED["typed"](self, value, annotation.annotation, scope, optional=optional)

    def derived(self, origin: Value, made: AbstractObject, derivation: Derivation) -> Value | None:
        """What a value that came out of another one is to those who look at it; None where it is nothing to them."""
        for look in DERIVING:
            found = look(self, origin, made, derivation)
            if found is not None:
                return found
        return None
