"""Lists and dicts at the top level of a module that more than one part of it fills: not all of those parts may have been run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Names

from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.sequences import open_up

_FILLED = (
    r"\b%s[ \t]*(?:\.[ \t]*(?:append|extend|insert|add|update|setdefault|remove|clear|pop)\b|\[[^\]\n]*\][ \t]*=(?!=)|[+|]=)"
)


def open_shared(interpreter: Interpreter, names: Iterable[str], values: Names[str, Value], texts: Iterable[str]) -> None:
    """Nobody can tell what the lists and dicts among values hold that one of the texts fills, too."""
    shared = [(name, values[name]) for name in names if isinstance(values.get(name), (Sequence, Mapping))]
    if not shared:
        return
    texts = list(texts)
    for name, value in shared:
        pattern = re.compile(_FILLED % re.escape(name))
        if not any(name in text and pattern.search(text) for text in texts):
            continue
        if isinstance(value, Sequence):
            open_up(interpreter, value, other=True)
        elif isinstance(value, Mapping):
            value.open = True
