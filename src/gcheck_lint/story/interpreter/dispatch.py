"""Who tells what: each kind of statement, expression and library effect has one function, found by its type or name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.story.domain.values import NONE, Value

if TYPE_CHECKING:
    from gcheck_lint.story.interpreter.interpreter import Interpreter

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Arguments:
    """The arguments of a call. `open`: there may be more than are known (`*args`, `**kwargs` that can't be followed).

    `may_switch`: what can't be followed may hold options such as `use_cache`; a batch or a tokenizer's output does not.
    `chosen`: the script's user gives what is not known.
    """

    positional: list[Value]
    keywords: dict[str, Value]
    nodes: dict[str | int, cst.CSTNode]
    open: bool = False
    may_switch: bool = False
    chosen: bool = False

    def get(self, keyword: str, position: int | None = None) -> Value | None:
        """An argument by keyword or position; None when it is not given."""
        if keyword in self.keywords:
            return self.keywords[keyword]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None

    def node(self, keyword: str, position: int | None = None) -> cst.CSTNode | None:
        """The expression that was passed."""
        found = self.nodes.get(keyword)
        return self.nodes.get(position) if found is None and position is not None else found

    def values(self) -> list[Value]:
        """All arguments."""
        return [*self.positional, *self.keywords.values()]


@dataclass(slots=True)
class Call:
    """A call of a library's function or of a method that knowledge speaks of."""

    node: cst.Call
    name: str
    transfer: TransferRule
    passed: Arguments
    receiver: Value = NONE

    def argument(self, parameter: str) -> Value | None:
        """The argument for one of the act's named parameters."""
        where = self.transfer.parameter(parameter)
        return self.passed.get(*where) if where else None


EVALUATORS: dict[type[cst.CSTNode], Callable[[Interpreter, Any], Value]] = {}
RUNNERS: dict[type[cst.CSTNode], Callable[[Interpreter, Any], None]] = {}
EFFECTS: dict[str, Callable[[Interpreter, Call], Value]] = {}
CALLS: dict[str, Callable[[Interpreter, Value, Arguments, cst.Call], Value]] = {}  # the door to calls, for what is below it


def evaluates(*kinds: type[cst.CSTNode]) -> Callable[[F], F]:
    """This function tells what an expression of these kinds is."""

    def register(function: F) -> F:
        EVALUATORS.update(dict.fromkeys(kinds, function))
        return function

    return register


def runs(*kinds: type[cst.CSTNode]) -> Callable[[F], F]:
    """This function runs a statement of these kinds."""

    def register(function: F) -> F:
        RUNNERS.update(dict.fromkeys(kinds, function))
        return function

    return register


def does(*effects: str) -> Callable[[F], F]:
    """This function tells an effect that knowledge names."""

    def register(function: F) -> F:
        EFFECTS.update(dict.fromkeys(effects, function))
        return function

    return register
