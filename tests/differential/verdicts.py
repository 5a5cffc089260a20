"""The truth: run a script under the stubs, with every setting of its flags, and read the findings off the record."""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import sys
from collections.abc import Iterator
from types import ModuleType

from .stubs import installed, ledger

Finding = tuple[str, int]  # a code, and the first line of the statement it is about
CODES = frozenset({"GCK101", "GCK102", "GCK103", "GCK201", "GCK202", "GCK203"})


def flags(source: str) -> list[str]:
    """The options that turn a boolean of the script round: argparse's, a dataclass's, those of fire's function."""
    found: list[str] = []
    parsed = "HfArgumentParser" in source
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="add_argument"), args=[ast.Constant(value=str(name)), *_]):
                found.append(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=bool())) if parsed:
                found.append(f"--{name}")
            case ast.FunctionDef(args=ast.arguments(args=names, defaults=defaults)) if "fire.Fire" in source:
                pairs = zip(names[len(names) - len(defaults) :], defaults, strict=True)
                found += [f"--{arg.arg}" for arg, default in pairs if getattr(default, "value", None) in (True, False)]
    return sorted(set(found))


def run(source: str, options: tuple[str, ...] = ()) -> list[ledger.Event]:
    """What one run of the script does. An error of the script is an error here."""
    main = ModuleType("__main__")
    before = sys.modules["__main__"], sys.argv
    ledger.EVENTS.clear()
    sys.modules["__main__"], sys.argv = main, ["script.py", *options]
    try:
        with installed(), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, ledger.SCRIPT, "exec"), main.__dict__)
    finally:
        sys.modules["__main__"], sys.argv = before
    return list(ledger.EVENTS)


def judge(events: list[ledger.Event]) -> Iterator[Finding]:
    """The rule book's findings in one run."""
    for index, event in enumerate(events):
        match event:
            case ledger.Trained(switch=ledger.Switch(code, line), cache=True, forced=forced):
                yield ("GCK103", forced) if forced else (code, line)
            case ledger.Saved(cache=False, after_training=True):
                later = (other for other in events[index:] if isinstance(other, ledger.Saved))
                if not any(other.cache and other.config == event.config for other in later):
                    yield "GCK201", event.line
            case ledger.Generated(checkpointing=True, refused=False):
                yield "GCK203", event.line
            case ledger.Generated(cache=False, after_training=True):
                yield "GCK202", event.line


def statement(source: str) -> dict[int, int]:
    """For every line, the first line of the innermost statement that it belongs to."""
    first: dict[int, int] = {}
    for node in ast.walk(ast.parse(source)):  # breadth first: inner statements come later
        if isinstance(node, ast.stmt):
            first.update(dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), node.lineno))
    return first


def verdicts(source: str) -> set[Finding]:
    """The findings of all runs together."""
    first = statement(source)
    options = flags(source)
    found: set[Finding] = set()
    for chosen in itertools.product((False, True), repeat=len(options)):
        events = run(source, tuple(itertools.compress(options, chosen)))
        found |= {(code, first[line]) for code, line in judge(events)}
    return found
