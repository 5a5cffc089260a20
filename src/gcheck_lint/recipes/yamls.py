"""YAML: documents as entries, values as PyYAML reads them, nothing constructed that a tag asks for.

PyYAML's events are put together here and not by its composer, which follows a nesting as deep as the stack of the process and
counts nothing. Aliases share what they stand for, and are counted as if they did not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, Final

import yaml

from gcheck_lint.errors import one_line
from gcheck_lint.recipes import limits
from gcheck_lint.recipes.model import UNKNOWN, Entry, Place, RecipeError, TemplateError
from gcheck_lint.records import dataclass

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX: Final = "tag:yaml.org,2002:"
_TEMPLATE: Final = ("{{", "{%")
_CONSTRUCTOR: Final = yaml.constructor.SafeConstructor()
_TYPED: Final[dict[str, Callable[[yaml.ScalarNode], object]]] = {
    "null": _CONSTRUCTOR.construct_yaml_null,
    "bool": _CONSTRUCTOR.construct_yaml_bool,
    "int": _CONSTRUCTOR.construct_yaml_int,
    "float": _CONSTRUCTOR.construct_yaml_float,
}
_TEXTS: Final = frozenset({"str", "timestamp", "value", "merge"})  # a date as it is written


@dataclass(slots=True)
class _Node:
    kind: str  # scalar, sequence, mapping, alias
    tag: str | None
    start: int
    end: int
    text: str = ""
    is_plain: bool = False
    is_flow: bool = False
    items: list[_Node] = field(default_factory=list)  # of a mapping: key, value, key, value
    aim: _Node | None = None  # of an alias
    read: _Read | None = None
    is_open: bool = False  # it is being read


@dataclass(frozen=True, slots=True)
class _Read:
    """What a node means, and how much that is where aliases are written out."""

    value: object
    entries: tuple[Entry, ...] = ()
    size: int = 1
    depth: int = 1


def documents(text: str) -> list[tuple[Entry, ...]]:
    """The entries of each document that is a mapping. Raises RecipeError, and TemplateError for a template."""
    skipped = text.startswith("\ufeff")
    body = text[1:] if skipped else text
    try:
        roots = _compose(body, int(skipped))
        return [entries for root in roots if (entries := _Reader(text).read(root).entries)]
    except RecipeError:
        if any(mark in text for mark in _TEMPLATE):
            raise TemplateError from None
        raise


def scalar(text: str) -> object:
    """What a plain scalar means: `true` is True, `1` is 1, `1e-5` a str, `${x}` UNKNOWN."""
    return _typed(text, _resolved(text))


# --- from events to nodes ----------------------------------------------------------------------------------------------------


def _compose(text: str, shift: int) -> list[_Node]:
    roots: list[_Node] = []
    open_nodes: list[_Node] = []
    anchors: dict[str, _Node] = {}
    count = 0
    for event in _events(text):
        if isinstance(event, yaml.DocumentStartEvent):
            anchors = {}
        elif isinstance(event, yaml.CollectionEndEvent):
            node = open_nodes.pop()
            if node.is_flow or not node.items:
                node.end = _end(event) + shift
            else:
                node.end = node.items[-1].end
        elif isinstance(event, yaml.NodeEvent):
            count += 1
            if count > limits.NODES or len(open_nodes) > limits.DEPTH:
                reason = "too large" if count > limits.NODES else "too deeply nested"
                raise RecipeError.at(text, _start(event), reason)
            node = _node(event, anchors, shift, text)
            (open_nodes[-1].items if open_nodes else roots).append(node)
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append(node)
    return roots


def _start(event: Any) -> int:
    return int(event.start_mark.index)


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark is not None else 0
        raise RecipeError.at(text, at, one_line(str(error.problem or error.context or "not YAML"))) from None
    except yaml.reader.ReaderError as error:
        at = error.position if isinstance(error.position, int) else 0
        raise RecipeError.at(text, at, "a character that YAML does not allow") from None
    except UnicodeEncodeError as error:
        raise RecipeError.at(text, error.start, "a character that YAML does not allow") from None
    except yaml.YAMLError as error:
        raise RecipeError(1, one_line(str(error))) from None


def _node(event: Any, anchors: dict[str, _Node], shift: int, text: str) -> _Node:
    start, end = _start(event) + shift, _end(event) + shift
    if isinstance(event, yaml.AliasEvent):
        aim = anchors.get(str(event.anchor))
        if aim is None:
            raise RecipeError.at(text, _start(event), one_line(f"an unknown alias: {event.anchor}"))
        return _Node("alias", None, start, end, aim=aim)
    if isinstance(event, yaml.ScalarEvent):
        is_plain = event.style in (None, "")
        tag = event.tag
        if tag is None and not is_plain:
            tag = _PREFIX + "str"
        node = _Node("scalar", tag, start, end, event.value, is_plain)
    else:
        kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
        node = _Node(kind, event.tag, start, end, is_flow=bool(event.flow_style))
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


# --- from nodes to values ----------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, node: _Node) -> _Read:
        if node.kind == "alias" and node.aim is not None:
            return self.read(node.aim) if not node.aim.is_open else _Read(UNKNOWN)
        if node.read is None:
            node.is_open = True
            node.read = self._bounded(node, self._meaning(node))
            node.is_open = False
        return node.read

    def _bounded(self, node: _Node, found: _Read) -> _Read:
        if found.size > limits.NODES or found.depth > limits.DEPTH:
            raise self._error(node, "too large with its aliases expanded")
        return found

    def _meaning(self, node: _Node) -> _Read:
        if node.kind == "scalar":
            if node.is_plain and any(mark in node.text for mark in _TEMPLATE):
                raise TemplateError
            tag = node.tag if node.tag not in (None, "!") else _PREFIX + ("str" if node.tag else _resolved(node.text))
            return _Read(_typed(node.text, str(tag).removeprefix(_PREFIX)))
        if node.tag not in (None, "!", _PREFIX + "map", _PREFIX + "seq"):
            return _Read(UNKNOWN)
        return self._sequence(node) if node.kind == "sequence" else self._mapping(node)

    def _sequence(self, node: _Node) -> _Read:
        found = [self.read(item) for item in node.items]
        return _Read([one.value for one in found], (), 1 + sum(one.size for one in found), 1 + _deepest(found))

    def _mapping(self, node: _Node) -> _Read:
        keys: dict[str, tuple[object, Entry]] = {}
        merged: dict[str, tuple[object, Entry]] = {}
        found: list[_Read] = []
        merges = 0
        for key, value in zip(node.items[::2], node.items[1::2], strict=True):
            if key.kind == "scalar" and key.is_plain and key.tag is None and key.text == "<<":
                for aim in self._merged(value):
                    found.append(self.read(aim))
                    merged |= self._pairs(aim)
                    if (merges := merges + found[-1].size) > limits.NODES:
                        raise self._error(node, "too large with its aliases expanded")
                continue
            found.append(self.read(value))
            told = self._key(key)
            keys[told[0]] = (told[1], Entry(told[0], found[-1].value, _place(value), _place(key), found[-1].entries))
        every = {name: merged[name] for name in merged if name not in keys} | keys
        entries = tuple(entry for _, entry in every.values())
        return _Read(
            {key: entry.value for key, entry in every.values()},
            entries,
            1 + len(entries) + sum(one.size for one in found),
            1 + _deepest(found),
        )

    def _pairs(self, node: _Node) -> dict[str, tuple[object, Entry]]:
        """The entries of a mapping with their keys as they are typed."""
        read = self.read(node)
        keys = read.value if isinstance(read.value, dict) else {}
        return {entry.name: (key, entry) for key, entry in zip(keys, read.entries, strict=True)}

    def _merged(self, node: _Node) -> list[_Node]:
        """The mappings that a merge key brings in, that which counts most last."""
        aim = node.aim if node.kind == "alias" and node.aim is not None else node
        aims = aim.items[::-1] if aim.kind == "sequence" else [aim]
        aims = [one.aim if one.kind == "alias" and one.aim is not None else one for one in aims]
        if any(one.kind != "mapping" for one in aims):
            raise self._error(node, "expected a mapping for merging")
        return [one for one in aims if not one.is_open]

    def _key(self, node: _Node) -> tuple[str, object]:
        """A key as it is written, and as it is typed."""
        aim = node.aim if node.kind == "alias" and node.aim is not None else node
        if aim.kind != "scalar":
            raise self._error(node, "a key that is not a scalar")
        value = self.read(aim).value
        return aim.text, aim.text if value is UNKNOWN else value

    def _error(self, node: _Node, reason: str) -> RecipeError:
        return RecipeError.at(self._text, node.start, reason)


def _deepest(found: list[_Read]) -> int:
    return max((one.depth for one in found), default=0)


def _place(node: _Node) -> Place:
    return Place(node.start, node.end)


@functools.lru_cache(maxsize=4096)
def _resolved(text: str) -> str:
    """The tag that YAML gives a plain scalar, without its prefix."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*resolvers.get(text[:1], ()), *resolvers.get(None, ())):
        if pattern.match(text):
            return str(tag).removeprefix(_PREFIX)
    return "str"


def _typed(text: str, tag: str) -> object:
    if tag in _TEXTS:
        is_filled_in = "${" in text or text == "???" or any(mark in text for mark in _TEMPLATE)
        return UNKNOWN if is_filled_in else text
    construct = _TYPED.get(tag)
    if construct is None or len(text) > limits.DIGITS:
        return UNKNOWN
    try:
        return construct(yaml.ScalarNode(_PREFIX + tag, text))
    except (ValueError, LookupError, OverflowError):
        return UNKNOWN
