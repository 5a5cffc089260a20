"""The truth: a script is run under the stubs, with each choice of its user, in each state of the world.

A finding is sure, by the rule book, when for one choice of the user's (an option, a setting in a file) the place can be reached,
and reaching it means the defect whatever the world is like: its files, its hardware, its data.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, ModuleType

from .script import IN_FILE, Given, Script
from .stubs import installed, ledger, opened

Finding = tuple[str, int]  # a code, and the first line of the statement it is about
Place = tuple[str, int, str]  # a family of codes, the line of the event that they judge, and whose model it is about
CODES = frozenset({"GCK101", "GCK102", "GCK103", "GCK201", "GCK202", "GCK203"})
WORLDS = 256  # that a script may have for one choice of its user
ENDS = (SystemExit, ValueError, RuntimeError, AssertionError, StopIteration)  # by which a script ends itself


@dataclass(frozen=True)
class Run:
    """What one run did: the places of the rules that it came by, and the findings at each."""

    reached: frozenset[Place]
    found: frozenset[tuple[Place, Finding]]


@functools.lru_cache(maxsize=8)
def _compiled(text: str, name: str) -> CodeType:
    return compile(text, name, "exec")


def run(script: Script, given: Given, world: Mapping[str, bool]) -> tuple[list[ledger.Event], dict[str, bool]]:
    """What one run does, and what it asked of the world. An error that the script does not raise itself is an error here."""
    main = ModuleType("__main__")
    main.__dict__["open"] = opened
    before = sys.modules["__main__"], sys.argv
    in_file = [word.removeprefix(IN_FILE) for word in given if word.startswith(IN_FILE)]
    ledger.begin(world, in_file)
    sys.modules["__main__"], sys.argv = main, ["script.py", *(word for word in given if not word.startswith(IN_FILE))]
    try:
        with installed(script.modules), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(_compiled(script.text, ledger.SCRIPT), main.__dict__)
    except ENDS as error:
        if not _raised_by_the_script(error):
            raise
    finally:
        sys.modules["__main__"], sys.argv = before
    return list(ledger.EVENTS), dict(ledger.ASKED)


def _raised_by_the_script(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename.startswith("<")


def worlds(script: Script, given: Given) -> Iterator[Run]:
    """The runs of one choice of the user's, in every world: what a run asks first is answered both ways."""
    first = statement(script.text)
    open_worlds: list[dict[str, bool]] = [{}]
    done = 0
    while open_worlds:
        world = open_worlds.pop()
        events, asked = run(script, given, world)
        done += 1
        if done > WORLDS:
            raise OverflowError(f"more than {WORLDS} worlds")
        answered = list(asked)
        for position in range(len(world), len(answered)):
            open_worlds.append({name: asked[name] for name in answered[:position]} | {answered[position]: True})
        found = {(place, (code, first[line])) for place, (code, line) in judge(events)}
        yield Run(frozenset(reached(events)), frozenset(found))


def reached(events: list[ledger.Event]) -> Iterator[Place]:
    """The places at which a rule has something to judge."""
    for event in events:
        match event:
            case ledger.Trained():
                yield "trained", event.line, event.model
            case ledger.Saved(after_training=True, checkpoint=False):
                yield "saved", event.line, event.model
            case ledger.Generated():
                yield "generated", event.line, event.model
                if event.after_training:
                    yield "generated after", event.line, event.model


def judge(events: list[ledger.Event]) -> Iterator[tuple[Place, Finding]]:
    """The rule book's findings in one run."""
    for index, event in enumerate(events):
        match event:
            case ledger.Trained(switch=ledger.Switch(code, line), cache=True, forced=forced):
                yield ("trained", event.line, event.model), ("GCK103", forced) if forced else (code, line)
            case ledger.Saved(cache=False, after_training=True, checkpoint=False):
                later = (other for other in events[index:] if isinstance(other, ledger.Saved))
                if not any(other.cache and other.config == event.config and same(event, other) for other in later):
                    yield ("saved", event.line, event.model), ("GCK201", event.line)
            case ledger.Generated(checkpointing=True, refused=False):
                yield ("generated", event.line, event.model), ("GCK203", event.line)
            case ledger.Generated(cache=False, after_training=True):
                yield ("generated after", event.line, event.model), ("GCK202", event.line)


def same(one: ledger.Saved, other: ledger.Saved) -> bool:
    """Whether two saves may have gone to the same folder."""
    return one.folder == other.folder or None in (one.folder, other.folder)


def statement(source: str) -> dict[int, int]:
    """For every line, the first line of the innermost statement that it belongs to."""
    first: dict[int, int] = {}
    for node in ast.walk(ast.parse(source)):  # breadth first: inner statements come later
        if isinstance(node, ast.stmt):
            first.update(dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), node.lineno))
    return first


def sure(runs: list[Run]) -> Iterator[Finding]:
    """What holds in each world in which its place is reached."""
    places: dict[Place, list[Run]] = {}
    for one in runs:
        for place in one.reached:
            places.setdefault(place, []).append(one)
    for place, through in places.items():
        told = [{finding for where, finding in one.found if where == place} for one in through]
        for code in {code for findings in told for code, _ in findings}:
            if all(any(other == code for other, _ in findings) for findings in told):
                yield from (finding for findings in told for finding in findings if finding[0] == code)


def verdicts(script: Script) -> set[Finding]:
    """The findings of all choices together."""
    return {finding for given in script.command_lines() for finding in sure(list(worlds(script, given)))}
