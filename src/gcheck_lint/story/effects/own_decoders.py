"""Models whose layers the script defines itself, such as a copy of a library's decoder: what their code says of the cache.

A copy reads its config's switch, and gives way to checkpointing with the library's own warning: then it is to us what the
library's is. What its code does not say stays open. A copy was run with 4.57.1: built from a config it is in train mode and
has that very config, it warns, a reentrant checkpoint cuts its layers off from frozen embeddings, and its generate() under
checkpointing gives the text that it gives without, as no layer of it drops the cache.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import libcst as cst

from gcheck_lint.knowledge.kinds import Cached
from gcheck_lint.python.nodes import parts
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import BuiltFrom, OwnLayers
from gcheck_lint.story.domain.limits import REACHED_FUNCTIONS
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, ExternalSymbol
from gcheck_lint.story.effects.own_forwards import GIVES_WAY
from gcheck_lint.story.interpreter.interpreter import Interpreter

# The library's layer drops the cache under a checkpoint, and warns (the source of 4.57.1).
_LAYER = "GradientCheckpointingLayer"
_GENERATING = "GenerationMixin"
_PREPARES = "prepare_inputs_for_generation"
# Decorators that take the config's switch where a pass gets none, and give way with a warning (the sources of 4.57.1 and 5.23.0).
_DECORATED = re.compile(r"@(?:check_model_inputs|merge_with_config_defaults)\b")
_READ = re.compile(r"=[^=\n]*\bself\.config\.use_cache\b")
# a pass that runs others without the cache, whatever the config says; not the default of a layer's own parameter
_WITHOUT = re.compile(r"(?<!`)\buse_cache=False\b")
_BEFORE_BODY = re.compile(r"\bdef forward\((?:.|\n)*?\)(?: *->[^\n]+)?:\n")
_CACHE = "past_key_value"
# What the layers are fed with, in the pass that checkpoints them: all that is bound to these names before.
_FED = re.compile(r"^[ \t]*(?:inputs_embeds|hidden_states) = (.+)$", re.MULTILINE)
_EMBEDDED = re.compile(r"inputs_embeds|self\.\w*(?:embed|emb|wte)\w*\(input_ids\)")
_CHECKPOINTED = "self._gradient_checkpointing_func("
_BY_MODE = re.compile(
    r"\bif [^\n]*gradient_checkpointing and self\.training\b|\bif self\.training and [^\n]*gradient_checkpointing\b"
)


def is_generating(cls: Class) -> bool:
    """Whether the library's generate() works with a class of the script: it inherits from it, or prepares the inputs for it."""
    return cls.member(_PREPARES) is not None or any(base.last == _GENERATING for base in cls.library_bases())


def look_at_layers(interpreter: Interpreter, model: AbstractObject, cls: Class) -> None:
    """What a model of the script's own layers is, by the code of its class and of those that it is built of."""
    classes, names = _built_of(cls)
    text = "\n".join(_text_of(one) for one in classes)
    state = interpreter.states[model]
    takes = _CACHE in text and is_generating(cls)
    passes = "\n".join(_text_of(one, "forward") for one in classes)
    decorated = _DECORATED.search(passes) is not None
    reads = decorated or _READ.search(passes) is not None or any(_is_decoder(interpreter, name) for name in names)
    if state.cached is not Cached.NO:
        state.cached = Cached.YES if takes and reads else Cached.UNKNOWN
    if _are_fed_by_embeddings([_text_of(one) for one in classes]):
        state.input_grads = FALSE
    layered = any(name.rpartition(".")[2] == _LAYER for name in names)
    gives_way = (decorated or layered or GIVES_WAY.search(passes) is not None) and _WITHOUT.search(
        _BEFORE_BODY.sub("", passes)
    ) is None

    def when(known: bool, text: str) -> Condition:
        return TRUE if known else interpreter.open_fact(model, f"{text} of {cls.made_by}")

    model.attach(
        OwnLayers(
            when(gives_way, "the cache gives way to checkpointing in the passes"),
            when(layered or _BY_MODE.search(passes) is not None, "checkpointing asks for train mode in the layers"),
            when(layered, "checkpointing drops the cache in the layers"),
        )
    )


def _are_fed_by_embeddings(texts: list[str]) -> bool:
    """Whether the layers get the embeddings of words and nothing else, through the library's own way to checkpoint."""
    checkpointing = [text for text in texts if _CHECKPOINTED in text]
    before = [text.partition(_CHECKPOINTED)[0] for text in checkpointing]
    others = [text for text in texts if text not in checkpointing]
    fed = [_FED.findall(text) for text in before]
    made = any("inputs_embeds" in match[0] for text in others for match in _FED.finditer(text))
    return len(fed) == 1 and not made and bool(fed[0]) and all(_EMBEDDED.fullmatch(one.strip()) for one in fed[0])


def leave_switch(interpreter: Interpreter, built: Instance) -> None:
    """Layers can be too many to be built to their end; where no constructor speaks of the switch, the config has it as before."""
    start = built.facet(BuiltFrom)
    if start is None or any("use_cache" in _text_of(one, "__init__") for one in _built_of(built.cls)[0]):
        return
    if start.use_cache is ABSENT:
        start.config.fields.pop("use_cache", None)
    else:
        start.config.fields["use_cache"] = start.use_cache


def _is_decoder(interpreter: Interpreter, name: str) -> bool:
    """Whether a library's class is the decoder inside a language model, such as `LlamaModel`."""
    family, model, rest = name.rpartition(".")[2].partition("Model")
    fact = interpreter.knowledge.class_named(f"transformers.{family}ForSequenceClassification")
    return bool(model) and not rest and fact is not None and fact.cached is Cached.YES


def _built_of(cls: Class) -> tuple[list[Class], set[str]]:
    """The classes of the script that a class names in its methods, or inherits from, and those in turn; and the library's."""
    found: list[Class] = []
    names: set[str] = set()
    waiting = [cls]
    while waiting and len(found) < REACHED_FUNCTIONS:
        one = waiting.pop()
        if one in found:
            continue
        found.append(one)
        for value in (*one.bases, *_named_in(one)):
            if isinstance(value, Class):
                waiting.append(value)
            elif isinstance(value, ExternalSymbol):
                names.add(value.name)
    return found, names


def _named_in(cls: Class) -> Iterator[object]:
    for method in _methods(cls):
        names = () if isinstance(method.node, cst.Lambda) else _names_of(method.module.body(method.node))
        for name in names:
            home = method.closure.home(name)
            if home is not None:
                value = home.names[name]
                yield from value.entries.values() if isinstance(value, Mapping) else [value]


@functools.lru_cache(maxsize=1024)
def _names_of(body: cst.BaseSuite) -> tuple[str, ...]:
    names: list[str] = []
    nodes: list[cst.CSTNode] = [body]
    while nodes:
        node = nodes.pop()
        nodes += parts(node)
        if isinstance(node, cst.Name):
            names.append(node.value)
    return tuple(names)


def _methods(cls: Class) -> list[Function]:
    return [member for member in cls.members.values() if isinstance(member, Function) and member.owner is cls]


def _text_of(cls: Class, name: str = "") -> str:
    return "\n".join(method.module.code(method.node) for method in _methods(cls) if name in ("", method.made_by))
