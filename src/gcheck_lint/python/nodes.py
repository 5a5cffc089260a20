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
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found.extend(one for one in value if isinstance(one, cst.CSTNode))
    return found
