"""The folder that a save writes to, as far as a script says it: so that two saves can be told apart."""

from __future__ import annotations

import posixpath

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import TRUE
from gcheck_lint.story.domain.events import NOWHERE, Folder, Folders
from gcheck_lint.story.domain.values import AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter

_NAMES = ("save_directory", "output_dir")
_JOINS = ("os.path.join", "pathlib.Path", "builtins.str", "str")
_CONFIG = "config.json"

Parts = tuple[Value | str, ...]


def folders_of(interpreter: Interpreter, passed: Arguments, trainer: Value | None = None) -> Folders:
    """The folder that a call names; a trainer's own, where it names none."""
    name = next((name for name in _NAMES if name in passed.keywords), _NAMES[0])
    value = passed.get(name, 0)
    if value is None and trainer is not None and not passed.open:
        args = trainer.fields.get("args") if isinstance(trainer, AbstractObject) else None
        value = args.fields.get("output_dir") if isinstance(args, AbstractObject) else None
    if value is None:
        return NOWHERE
    parts = _parts(interpreter, passed.node(name, 0))
    if parts is not None:
        return ((TRUE, _folder(parts)),)
    return tuple((case, _folder(_part(one))) for case, one in interpreter.alternatives(value))


def config_file_of(interpreter: Interpreter, passed: Arguments) -> Folders | None:
    """The folder in which a call writes the file `config.json`; None when it may be another file."""
    node, value = passed.node("json_file_path", 0), passed.get("json_file_path", 0)
    parts = _parts(interpreter, node)
    if parts is None and value is not None:
        parts = _part(value)
    if not parts:
        return None
    *before, last = parts
    if isinstance(last, ExternalSymbol) and last.last == "CONFIG_NAME":
        last = _CONFIG
    if not isinstance(last, str) or posixpath.basename(last) != _CONFIG:
        return None
    return ((TRUE, _folder((*before, last.removesuffix(_CONFIG)))),)


def _folder(parts: Parts | None) -> Folder | None:
    """Parts of a path as a folder: what follows the last one that is not known is its tail."""
    if parts is None:
        return None
    known = len(parts)
    while known and isinstance(parts[known - 1], str):
        known -= 1
    tail = "".join(str(part) for part in parts[known:])
    if known and ".." in tail:
        return None
    kept = tail.startswith("/")
    tail = posixpath.normpath(tail) if tail else ""
    return Folder(parts[:known], "" if tail == "." else tail if kept or known == 0 else tail.removeprefix("/"))


def _parts(interpreter: Interpreter, node: cst.CSTNode | None) -> Parts | None:
    """The parts of an expression that puts a path together; None for any other."""
    if isinstance(node, cst.Arg):
        return _parts(interpreter, node.value) if node.star == "" else None
    if isinstance(node, cst.FormattedString):
        found = [
            _parts_within(interpreter, part.expression)
            if isinstance(part, cst.FormattedStringExpression) and part.format_spec is None
            else (part.value,)
            if isinstance(part, cst.FormattedStringText)
            else None
            for part in node.parts
        ]
        return _joined(found)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, (cst.Add, cst.Divide)):
        between = ("/",) if isinstance(node.operator, cst.Divide) else ()
        return _joined([_parts_within(interpreter, node.left), between, _parts_within(interpreter, node.right)])
    if isinstance(node, cst.Call) and isinstance(node.func, (cst.Name, cst.Attribute)) and node.args:
        function = interpreter.evaluate(node.func)
        if isinstance(function, ExternalSymbol) and function.name in _JOINS:
            found = []
            for arg in node.args:
                plain = arg.keyword is None and arg.star == ""
                found += [("/",)] * bool(found) + [_parts_within(interpreter, arg.value) if plain else None]
            return _joined(found)
    return None


def _parts_within(interpreter: Interpreter, node: cst.BaseExpression) -> Parts | None:
    found = _parts(interpreter, node)
    if found is not None or not isinstance(node, (cst.Name, cst.Attribute, cst.Subscript, cst.SimpleString)):
        return found
    return _part(interpreter.evaluate(node))


def _part(value: Value) -> Parts | None:
    if isinstance(value, Constant):
        return (str(value.value),) if isinstance(value.value, (str, int)) else None
    if isinstance(value, ExternalSymbol) or (isinstance(value, AbstractObject) and value.kind in (Kind.UNKNOWN, Kind.TEXT)):
        return (value,)
    return None


def _joined(found: list[Parts | None]) -> Parts | None:
    parts: list[Value | str] = []
    for one in found:
        if one is None:
            return None
        parts += one
    return tuple(parts)
