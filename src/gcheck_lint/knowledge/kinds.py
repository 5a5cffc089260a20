"""The words that the files of knowledge and the story share: what an object is to us, the parts of a model, its KV cache."""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """What an object is to us. The values are what the files of knowledge say (`role = "…"`, `[methods.….…]`).

    Most are objects of libraries. `UNKNOWN` can't be followed, and may turn out to be a model; `OBJECT` is one of a class that
    nothing is known of.
    """

    MODEL = "model"
    WRAPPER = "wrapper"
    PART = "part"
    CONFIG = "config"
    GENERATION_CONFIG = "generation config"
    CACHE = "cache"
    OUTPUT = "output"
    PIPELINE = "pipeline"
    GRAD_MODE = "grad mode"

    TRAINER = "trainer"
    ARGUMENTS = "arguments"
    CALLBACK = "callback"
    ACCELERATOR = "accelerator"
    FABRIC = "fabric"
    LAUNCHER = "launcher"
    FITTER = "fitter"
    BOOSTER = "booster"
    STRATEGY = "strategy"
    PEFT_CONFIG = "peft config"
    ADAPTER_MODEL = "adapter model"
    PATCHED_LOADER = "patched loader"

    PARSER = "parser"
    DATACLASS_PARSER = "dataclass parser"
    NAMESPACE = "namespace"
    CHOICES = "choices"
    SETTINGS = "settings"

    FUNCTION = "function"
    CLASS = "class"
    INSTANCE = "instance"
    MODULE = "module"
    FIELD = "field"
    PARTIAL = "partial"
    SEQUENCE = "sequence"
    MAPPING = "mapping"
    TEXT = "text"
    PROGRAM_MODULE = "program module"
    IMPORTED = "imported"
    PENDING = "pending"
    OBJECT = "object"
    UNKNOWN = "unknown"


class Part(enum.Enum):
    """A part of a model that is trained or frozen. `EMBEDDINGS` are all that comes before the layers."""

    EMBEDDINGS = "embeddings"
    LAYERS = "layers"
    NORM = "norm"
    HEAD = "head"


class Cached(enum.Enum):
    """Whether a model has a KV cache at all. The values are those of `cached = "…"` in the files of knowledge."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
