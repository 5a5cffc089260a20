"""Texts that are nested too deeply for LibCST: its parser is native code, and a text that is deep enough ends the whole process.

Python's own parser keeps to its limits, so it is asked first where a look at brackets and lines leaves a doubt. What is refused
here nobody has written by hand: 250 calls in one chain, 500 alternatives of one `if`, 200 brackets in each other.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from typing import Final

DEEPEST: Final = 500  # levels of Python's tree; LibCST dies of some 1,200 brackets, and takes a second for 500 links of a chain
# LibCST's parser tries a pattern of `case` again and again: 20 in each other take it 4 seconds, 12 of a mapping's 47
_PATTERN: Final = 40
_MAPPING: Final = 60
_BRACKETS: Final = 50  # of brackets in each other; strings are not told apart, so this is a doubt and no more
_BRACKETS_AT_MOST: Final = 200  # Python's own limit
_LINE: Final = 3_000  # letters of one logical line
_OTHERWISE: Final = 200  # words that go deeper without a bracket, on lines of their own
_MARKS: Final = re.compile(r"[][(){}\n]")
_CASE: Final = re.compile(r"^[ \t]*case\b.*[\[({]", re.MULTILINE)


class TooDeepError(ValueError):
    """The text is nested too deeply to be followed."""


@functools.lru_cache(maxsize=1)  # of the file that is looked at it is asked several times
def tree_of(text: str) -> ast.Module:
    """Python's own tree of a text. Raises what `ast.parse` does, and says nothing of what Python thinks of a string's escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


@functools.lru_cache(maxsize=1)  # each way to parse a text asks first, and one tries the next
def guard(text: str) -> None:
    """Raises TooDeepError for a text that LibCST must not be given."""
    brackets, line = _extent(text)
    # a form feed, a backslash or a string may hide where a line ends: then it looks longer, never shorter
    if brackets < _BRACKETS and line < _LINE and text.count("elif") < _OTHERWISE and not _CASE.search(text):
        return
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError):  # a newer Python's, a notebook's, or none: by what can be counted
        if brackets > _BRACKETS_AT_MOST or line > 20 * _LINE:
            raise TooDeepError("too deeply nested to be followed") from None
        return
    except (RecursionError, MemoryError):
        raise TooDeepError("too deeply nested to be followed") from None
    if _depth(tree) > DEEPEST:
        raise TooDeepError("too deeply nested to be followed")


def _extent(text: str) -> tuple[int, int]:
    """How many brackets stand in each other at most, and the letters of the longest line, with the brackets that it opens."""
    deepest = depth = longest = start = 0
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark == "\n":
            if not depth:
                longest, start = max(longest, match.start() - start), match.end()
        elif mark in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest, max(longest, len(text) - start)


def _depth(tree: ast.AST) -> int:
    """The levels of the tree as LibCST would build it, up to the first that is too deep."""
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    deepest = 0
    while waiting:
        node, depth = waiting.pop()
        depth += _levels(node)
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            break
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                waiting.append((value, depth))
            elif isinstance(value, list):
                waiting += [(one, depth) for one in value if isinstance(one, ast.AST)]
    return deepest


def _levels(node: ast.AST) -> int:
    match node:
        case ast.BoolOp():  # a chain to LibCST
            return len(node.values)
        case ast.alias():
            return node.name.count(".") + 1
        case ast.ImportFrom():
            return (node.module or "").count(".") + 1
        case ast.Load() | ast.Store() | ast.Del():
            return 0
    kind = type(node).__name__
    return _MAPPING if kind == "MatchMapping" else _PATTERN if kind in {"MatchSequence", "MatchClass"} else 1
