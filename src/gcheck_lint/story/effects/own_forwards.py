"""What a forward pass that the script defines itself says of the cache: one that overrides a library's, or takes its place."""

from __future__ import annotations

import re

from gcheck_lint.story.domain.facets import OwnClass
from gcheck_lint.story.domain.objects import Function
from gcheck_lint.story.domain.values import AbstractObject
from gcheck_lint.story.interpreter.interpreter import Interpreter

# `use_cache=use_cache` hands on what it got, and `use_cache: bool = None` is a parameter
_DECIDED = re.compile(r"\buse_cache\b[\"']?\]?\s*(?::[^=\n]+)?=(?!=)\s*(?=\S)(?!use_cache\b|self\.config\.use_cache\b|None\b)")
# `if self.gradient_checkpointing and self.training: if use_cache: logger.warning_once(…); use_cache = False`
GIVES_WAY = re.compile(
    r"\bif [^\n]*gradient_checkpointing[^\n]*(?:\n[^\n]*){1,2}\bwarn\w*\((?:.|\n){0,500}?\buse_cache = False\b"
)
_DOCUMENTED = re.compile(r"\"{3}(?:.|\n)*?\"{3}")


def decides_cache(interpreter: Interpreter, model: AbstractObject) -> bool:
    """Whether a forward pass of the script's own may run without the cache, whatever the config of the model says."""
    own = model.facet(OwnClass)
    member = None if own is None else own.cls.member("forward")
    placed = [one for _, one in interpreter.alternatives(model.fields["forward"])] if "forward" in model.fields else []
    functions = [one for one in (member, *placed) if isinstance(one, Function)]
    texts = (GIVES_WAY.sub("", _DOCUMENTED.sub("", function.module.code(function.node))) for function in functions)
    return any(_DECIDED.search(text) is not None for text in texts)
