"""What a node of a tree is made of."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Final

import libcst as cst

_LAYOUT: Final = re.compile(
    r"whitespace|lines$|^[lr](par|bracket|brace)$|^(header|footer|indent|comma|semicolon|dot|equal|colon|newline)$"
)


@functools.cache
def _meaning(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that hold other nodes, without white space and punctuation."""
    return tuple(field.name for field in dataclasses.fields(kind) if not _LAYOUT.search(field.name))


def parts(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a node is made of, in no order. LibCST's own `children` goes through its visitors, and is many times slower."""
    found: list[cst.CSTNode] = []
    for name in _meaning(type(node)):
        value = getattr(node, name)
        if _is_node(type(value)):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += [one for one in value if _is_node(type(one))]
    return found


_NODES: dict[type, bool] = {}


def _is_node(kind: type) -> bool:
    """Whether these are nodes. Asked of a node itself it takes long, as all kinds of nodes are abstract base classes."""
    if kind not in _NODES:
        _NODES[kind] = issubclass(kind, cst.CSTNode)
    return _NODES[kind]
