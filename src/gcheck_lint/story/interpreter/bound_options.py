"""Options under a binding: what a recipe of the repository gives stands where a story without one has something open.

The story that is told without a binding notes where the script takes its options from (`Bound.sources`), so that it can be said
which recipes are of this script.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import field
from typing import Final

import libcst as cst

from gcheck_lint.python.data_file import DataFile
from gcheck_lint.python.syntax import Site
from gcheck_lint.recipes.asked import COMMAND, DOCUMENT, HYDRA, OptionSource
from gcheck_lint.recipes.bindings import Binding, Given, Spot
from gcheck_lint.recipes.model import UNKNOWN
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.objects import Function, Mapping, Sequence
from gcheck_lint.story.domain.values import AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.text.source import Source

_YES: Final = frozenset({"true", "yes", "y", "t", "1", "on"})
_NO: Final = frozenset({"false", "no", "n", "f", "0", "off"})
_MERGING: Final = ("OmegaConf.merge", "OmegaConf.from_cli")


@dataclass(slots=True)
class Bound:
    """The binding of a story, if it has one.

    `documents`: the files of settings that were read, and what stands for what they hold. `commands`: by function, the options
    that a command line offers for its parameters.
    """

    binding: Binding | None = None
    sources: list[OptionSource] = field(default_factory=list)
    documents: dict[cst.CSTNode, tuple[str, AbstractObject | None]] = field(default_factory=dict)
    commands: dict[cst.CSTNode, list[str]] = field(default_factory=dict)
    files: dict[str, DataFile] = field(default_factory=dict)


def note_source(interpreter: Interpreter, source: OptionSource) -> None:
    """Remember where the script takes options from."""
    sources = interpreter.own(Bound).sources
    if source not in sources:
        sources.append(source)


def sources_of(interpreter: Interpreter) -> tuple[OptionSource, ...]:
    """All of them, once the story is told. Of a script that reads several files of settings nobody can say which is which."""
    bound = interpreter.own(Bound)
    found = list(bound.sources)
    found += [OptionSource(COMMAND, tuple(names)) for names in bound.commands.values()]
    if len(bound.documents) == 1:
        found += [OptionSource(DOCUMENT, _keys_read(made), path=path) for path, made in bound.documents.values()]
    return tuple(found)


def _keys_read(made: AbstractObject | None) -> tuple[str, ...]:
    """The keys that a script reads from what a file of settings holds."""
    return () if made is None else tuple(str(name) for name in made.fields)


def note_document(interpreter: Interpreter, node: cst.CSTNode, made: AbstractObject) -> None:
    """Remember what stands for the contents of a file of settings."""
    documents = interpreter.own(Bound).documents
    if node in documents:
        documents[node] = (documents[node][0], made)


def options(interpreter: Interpreter) -> Map[str, Given] | None:
    """What the parser of the script is given; None without a binding."""
    binding = interpreter.own(Bound).binding
    return None if binding is None else binding.options


def is_complete(interpreter: Interpreter) -> bool:
    """Whether a recipe gives all options that are given: what it does not name is at its default."""
    binding = interpreter.own(Bound).binding
    return binding is not None and binding.options is not None and not binding.is_open


def site_of(interpreter: Interpreter, spot: Spot | None) -> Site | None:
    """A place in a recipe as a place of a story."""
    bound = interpreter.own(Bound)
    text = None if spot is None or bound.binding is None else bound.binding.texts.get(spot.path)
    if spot is None or text is None:
        return None
    if spot.path not in bound.files:
        bound.files[spot.path] = DataFile(Source(spot.path, text))
    return bound.files[spot.path].site(spot.start, spot.end)


def as_value(interpreter: Interpreter, given: Given, name: str = "", *, is_switch: bool | None = None) -> Value:
    """A value that a recipe gives. `is_switch`: it is converted to on or off; None where that is not known."""
    if given.value is UNKNOWN:
        return interpreter.unknown(name)
    value = _converted(given.value, is_switch) if given.written else given.value
    if isinstance(value, dict):
        inner = given.inner or {str(key): Given(one, given.spot) for key, one in value.items()}
        return _document(interpreter, inner)
    if isinstance(value, list):
        return Sequence([as_value(interpreter, Given(one, given.spot), name) for one in value])
    return Constant(value, site_of(interpreter, given.spot))


def _converted(value: object, is_switch: bool | None) -> object:
    """A word of a command line as a parser takes it: a switch, a dict in JSON, a number, a text."""
    if not isinstance(value, str) or is_switch is False:
        return value
    if value.lower() in _YES and (is_switch or len(value) > 1):
        return True
    if value.lower() in _NO and (is_switch or len(value) > 1):
        return False
    if value.lower() in ("none", "null"):
        return None
    if value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def argument_of_parser(interpreter: Interpreter, names: Iterable[str], type_: Value | None, kind: object) -> Value | None:
    """What an option of argparse is given under the binding; None where it is not given, or there is no binding.

    `kind`: its action. A `store_true` is on where it stands, whatever follows; `type=bool` takes any text but
    the empty one for on.
    """
    given = options(interpreter)
    found = None if given is None else next((given[name] for name in names if name in given), None)
    if found is None:
        return None
    if kind in ("store_true", "store_false"):
        return Constant(kind == "store_true", site_of(interpreter, found.spot))
    if isinstance(type_, ExternalSymbol) and type_.name == "builtins.bool" and isinstance(found.value, str):
        return Constant(bool(found.value), site_of(interpreter, found.spot))
    is_text = type_ is None or (isinstance(type_, ExternalSymbol) and type_.name == "builtins.str")
    return as_value(interpreter, found, is_switch=False if is_text and isinstance(found.value, str) else None)


def default_of(interpreter: Interpreter, default: Value | None) -> Value:
    """What an option is that a recipe does not give."""
    return interpreter.unknown() if default is None else default


# --- commands, and files of settings ----------------------------------------------------------------------------------------


def parameter_of_command(
    interpreter: Interpreter, function: Function, name: str, option: str, default: Value | None
) -> Value | None:
    """What a parameter of a command is given under the binding; None where it stays as open as it is."""
    bound = interpreter.own(Bound)
    if (where := _of_hydra(function)) is not None:
        note_source(interpreter, where)
        document = None if bound.binding is None else bound.binding.document
        return None if document is None else _document(interpreter, document)
    long = option.lstrip("-").replace("-", "_")
    offered = bound.commands.setdefault(function.node, [])
    offered += [one for one in (name, long) if one and one not in offered]
    given = options(interpreter)
    if given is None:
        return None
    for one in (name, long):
        if one in given:
            is_switch = isinstance(default, Constant) and isinstance(default.value, bool)
            return as_value(interpreter, given[one], name, is_switch=is_switch or None)
        if f"no_{one}" in given:
            return Constant(False, site_of(interpreter, given[f"no_{one}"].spot))
    return default_of(interpreter, default) if is_complete(interpreter) else None


def _of_hydra(function: Function) -> OptionSource | None:
    """The configuration that Hydra hands to a function; None of any other."""
    if not any(isinstance(value, ExternalSymbol) and value.root == "hydra" for value in function.decorators):
        return None
    found = {"config_path": "", "config_name": ""}
    for item in getattr(function.node, "decorators", ()):
        for number, arg in enumerate(item.decorator.args if isinstance(item.decorator, cst.Call) else ()):
            name = arg.keyword.value if arg.keyword is not None else ("config_path", "config_name")[min(number, 1)]
            if name in found and isinstance(arg.value, cst.SimpleString):
                found[name] = str(arg.value.evaluated_value)
    return OptionSource(HYDRA, path=found["config_path"], name=found["config_name"])


def document_of_call(
    interpreter: Interpreter, node: cst.Call, name: str, path: Value | None, merged: list[Value]
) -> Value | None:
    """What a call reads from a file of settings, under a binding that knows the file; None where that stays open."""
    bound = interpreter.own(Bound)
    is_merging = name.endswith(_MERGING)
    if not is_merging:
        said = str(path.value) if isinstance(path, Constant) and isinstance(path.value, str) else ""
        bound.documents.setdefault(node, (said, None))
    if bound.binding is None or bound.binding.document is None:
        return None
    if not is_merging:
        return _document(interpreter, bound.binding.document)
    if name.endswith("from_cli"):
        given = options(interpreter)
        return None if given is None else _document(interpreter, given)
    if not all(isinstance(one, Mapping) and not one.open for one in merged):
        return None
    entries: dict[object, Value] = {}
    for one in merged:
        assert isinstance(one, Mapping)
        _merge(entries, one)
    return Mapping(entries)


def _merge(entries: dict[object, Value], other: Mapping) -> None:
    for key, value in other.entries.items():
        known = entries.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            inner = dict(known.entries)
            _merge(inner, value)
            value = Mapping(inner)
        entries[key] = value


def _document(interpreter: Interpreter, document: Map[str, Given]) -> Mapping:
    return Mapping({name: as_value(interpreter, given, name) for name, given in document.items()})


def close(interpreter: Interpreter, made: AbstractObject) -> None:
    """An object whose fields a recipe has filled: nobody chooses the others any more."""
    if is_complete(interpreter):
        made.chosen = False
