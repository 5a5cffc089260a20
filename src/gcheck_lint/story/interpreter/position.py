"""Where the interpreter is: the file and the frame, what is running, what is caught, and what was told so far."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar

import libcst as cst

from gcheck_lint.knowledge import Knowledge
from gcheck_lint.python.resolver import Resolver
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.cuts import Cut
from gcheck_lint.story.domain.events import Event
from gcheck_lint.story.domain.objects import Function, Scope
from gcheck_lint.story.domain.releases import Target
from gcheck_lint.story.domain.scopes import Attempt, Frame, Loop
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Value, is_top, newest
from gcheck_lint.story.interpreter.heap import Heap

E_ = TypeVar("E_", bound=Event)
Opening = Callable[[Any, str, Value], Value]
OPENING: list[Opening] = []


def opens(function: Opening) -> Opening:
    """This function tells what is left of a value that is bound where functions may set something else."""
    OPENING.append(function)
    return function


@dataclass(slots=True)
class Trace:
    """What was told so far. `entry`: 0 for what the file itself runs, else the number of the entry point that runs now."""

    events: list[Event] = field(default_factory=list)
    revealed: list[tuple[Site, str]] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    entry: int = 0
    entry_guards: list[Condition] = field(default_factory=lambda: [TRUE])
    entry_points: list[str] = field(default_factory=lambda: [""])
    over: list[tuple[int, int]] = field(default_factory=list)  # of each entry that is over: the births before and within it

    def is_of_another_entry(self, thing: AbstractObject) -> bool:
        """Whether an object was made by an entry that is over: no other entry comes by it."""
        place = bisect.bisect_left(self.over, (thing.born, 0)) - 1
        return place >= 0 and self.over[place][0] < thing.born <= self.over[place][1]


@dataclass(slots=True)
class Modules:
    """The other modules of the program: where they are found, their objects and their names, as far as they were run."""

    resolver: Resolver | None
    objects: dict[Path, AbstractObject] = field(default_factory=dict)
    frames: dict[Path, Frame] = field(default_factory=dict)
    starred: set[tuple[Scope, str]] = field(default_factory=set)
    followed: set[Module] = field(default_factory=set)  # whatever they speak of


class Position(Heap):
    """See the module's docstring."""

    def __init__(self, module: Module, knowledge: Knowledge, target: Target, resolver: Resolver | None) -> None:
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
        self.rounds: list[int] = []  # for all that runs again and again: the birth of the oldest object that this round has made
        self.carried = 0  # how often a list that an earlier round has left was changed
        self.skipped = 0  # how often a round has not come to what speaks of models
        self.left_by: cst.CSTNode | None = None  # the outermost function that an exception of ours has ended
        self.given_up: set[cst.CSTNode] = set()  # functions that are not run again
        # names and attributes that functions set which somebody else calls, and the lists and dicts that they fill
        self.open_places: set[tuple[Scope | AbstractObject, str]] = set()
        self.filled_elsewhere: set[AbstractObject] = set()
        self._speaking: dict[cst.CSTNode, bool] = {}
        self.by_statements: set[cst.CSTNode] = set()  # functions such as `main`, whose statements are given up one by one

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

        What only the body itself reads needs no more: the names of a call, and what it returns. It is smaller by all that has
        led to the call (the restrict operator, with the entry as the care set).
        """
        return self.conditions.restrict(self.path_condition, self.frame.entry)

    @contextmanager
    def running(self, function: Function) -> Iterator[None]:
        """Run a function of the script."""
        self.stack.append(function)
        try:
            yield
        except BaseException:
            self.left_by = function.node
            raise
        finally:
            self.stack.pop()

    @contextmanager
    def looping(self, loop: Loop) -> Iterator[None]:
        """Run the rounds of a loop."""
        loops = self.frame.loops
        loops.append(loop)
        try:
            yield
        finally:
            loops.remove(loop)

    @contextmanager
    def again(self) -> Iterator[None]:
        """Run what runs any number of times: a round of a loop, a callback, a function that somebody else calls."""
        self.rounds.append(newest())
        try:
            yield
        finally:
            self.rounds.pop()

    def speaks_of_models(self, node: cst.CSTNode) -> bool:
        """Whether the text of a statement speaks of what may be done to a model."""
        found = self._speaking.get(node)
        if found is None:
            found = self._speaking[node] = self.knowledge.relevant.search(self.frame.module.written(node)) is not None
        return found

    def is_carried(self, thing: AbstractObject) -> bool:
        """Whether an object was there before the present round or is filled elsewhere, so that others change it, too."""
        return (bool(self.rounds) and thing.born < self.rounds[-1]) or thing in self.filled_elsewhere

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

        Flags and versions stay in the path condition. What only nondeterministic facts decide would fill every later condition,
        and says nothing of a model: it is taken for granted, and kept as a combination that can't occur.
        """
        conditions, entry = self.conditions, self.path_condition
        facts = conditions.facts_of(gone)
        if facts:
            conditions.rule_out(conditions.both(conditions.exists(entry, conditions.facts_of(entry)), gone))
        self.path_condition = conditions.both(entry, conditions.exists(conditions.negate(gone), facts))

    # --- what is written and told ---------------------------------------------------------------------------------------

    def bind(self, name: str, value: Value, frame: Frame | None = None) -> None:
        """Bind a name, under the present path condition."""
        home: Scope = frame or self.frame
        if name in home.globals:
            owner = home.parent.home(name) if home.parent else None
            home = owner or home.top
        if home is not self.frame:
            self.note_write(None)
        if (home, name) in self.open_places:
            value = OPENING[0](self, name, value)
        before = home.names.get(name)
        if before is not None and before is not value:
            guard = self.within_frame() if home is self.frame else self.path_condition
            value = self.select(guard, value, before)
        home.names[name] = value

    def write(self, thing: AbstractObject, field: str, value: Value, default: Value = ABSENT) -> None:
        """Set an attribute, under the present condition."""
        if (thing, field) in self.open_places:
            before = thing.fields.get(field)
            opened = OPENING[0](self, field, value)
            value = before if before is not None and opened is not value and is_top(opened) and is_top(before) else opened
        super().write(thing, field, value, default)

    def emit(
        self, kind: type[E_], node: cst.CSTNode | Site, targets: Iterable[tuple[Condition, AbstractObject, bool]], **details: Any
    ) -> E_ | None:
        """Tell an event; None when it can't happen here."""
        if self.path_condition == FALSE:
            return None
        site = node if isinstance(node, Site) else self.site(node)
        self.note_write(None)
        trace = self.trace
        event = kind(len(trace.events), site, self.path_condition, self.snapshot(targets), trace.entry, **details)
        trace.events.append(event)
        return event
