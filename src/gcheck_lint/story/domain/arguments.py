"""What a call passes: the arguments of any call, and a call that knowledge speaks of."""

from __future__ import annotations

from dataclasses import field

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value


@dataclass(slots=True)
class Arguments:
    """The arguments of a call. `open`: there may be more than are known (`*args`, `**kwargs` that can't be followed).

    `may_switch`: what can't be followed may hold options such as `use_cache`; a batch or a tokenizer's output does not.
    `chosen`: the script's user gives what is not known. `inherited`: a class of the script passes them on to
    the library class that it inherits from. `more`: what may be among those that are not told apart.
    `sources`: what each `**` took its keywords from; None for one that nobody knows. `of`: the call that passes just these.
    """

    positional: list[Value]
    keywords: dict[str, Value]
    nodes: dict[str | int, cst.CSTNode]
    open: bool = False
    may_switch: bool = False
    chosen: bool = False
    inherited: bool = False
    more: list[Value] = field(default_factory=list)
    sources: tuple[AbstractObject | None, ...] = ()
    of: cst.Call | None = None

    @property
    def rest(self) -> AbstractObject | None:
        """The settings that give what is not known, where these are the only ones that can."""
        return self.sources[0] if self.open and len(self.sources) == 1 else None

    def add_source(self, source: AbstractObject | None) -> None:
        """Note that a `**` was spread."""
        self.sources = (*self.sources, source)

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
        return [*self.positional, *self.keywords.values(), *self.more]


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
