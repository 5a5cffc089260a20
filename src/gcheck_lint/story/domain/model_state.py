"""What is known of one model object: its config, checkpointing, mode, training. The story's central noun."""

from __future__ import annotations

import enum
from dataclasses import field

from gcheck_lint.knowledge.kinds import Cached, Part
from gcheck_lint.knowledge.nested import Nested
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import AbstractObject, Constant, Value


class ModelMode(enum.Enum):
    """The mode of a model, where it is known."""

    TRAIN = "train"
    EVAL = "eval"


class Unsaid(enum.Enum):
    """What a state is where the script has not said True or False. No string of a script is one of these."""

    UNKNOWN = "unknown"
    AS_LOADED = "as loaded"
    BY_DEFAULT = "by default"
    BY_TORCH = "by torch"
    BY_TRAINER = "off by trainer"

    def __bool__(self) -> bool:
        """What a script finds that asks for the switch."""
        return self is not Unsaid.BY_TRAINER


class Seeking(enum.Enum):
    """Who has DistributedDataParallel look for parameters that a pass has not used."""

    BY_WRAPPER = "the script's own wrapper"
    BY_HANDLER = "accelerate's handler"
    BY_ARGUMENTS = "training arguments"
    BY_STRATEGY = "a strategy"
    BY_TRAINER = "the trainer by itself"


OFF = Constant(False)
ON = Constant(True)
UNKNOWN = Constant(Unsaid.UNKNOWN)
TRAIN = Constant(ModelMode.TRAIN)
EVAL = Constant(ModelMode.EVAL)
AS_LOADED = Constant(Unsaid.AS_LOADED)
BY_DEFAULT = Constant(Unsaid.BY_DEFAULT)
BY_TORCH = Constant(Unsaid.BY_TORCH)
BY_TRAINER = Constant(Unsaid.BY_TRAINER)
# facts that hardly any script tells
BASE_WITHOUT = "the base model has no generation_config.json"
BASE_BY_HAND = "the base model's generation_config.json is written by hand"


@dataclass(slots=True, eq=False)
class ModelState:
    """The state of a model. Each value may be a guarded union; a constant's `site` is the switch that set it.

    `checkpointing`: ON, OFF or UNKNOWN; `mode`: TRAIN, EVAL or UNKNOWN; `cached`: whether such a model has a KV cache at all.
    The cache switches live on the config objects.

    `reentrant`: True, False, BY_DEFAULT, BY_TORCH (keyword arguments that do not say it) or UNKNOWN. `input_grads`: when
    something lets gradients reach the inputs of the layers.

    `learning`: when parameters of a part are trained. `uneven`: the parts of which some may be and others not, but for what LoRA
    has put into the layers: `lora` says when it has, `targets` into which modules.

    `towers`: when an adapter has put what learns into its towers, and nothing was seen that lets gradients reach their inputs;
    `hooked`: there may be a hook of the script's own in it. `own_lora`: when the script has put layers of LoRA among its layers.

    `library`: whose class it is. `own_class`: it is the library's own, none that comes with the weights or that the script
    defines. `source`: what it was loaded from, as far as it is written there.
    `patched`: a framework has put methods of its own in the place of the library's; that checkpointing is on says nothing of
    such a model, so it is never said (`Heap.change`). `readied`: its generate() makes it ready for that by itself.
    `own_methods`: when what it does in a call is none of the library's, of a patched one.
    `unread`: when its class may come with the weights, as code that nobody has read.
    `apart`: when the switch of its cache is in a config within its config, and nobody has run which of them is asked.
    `nested`: where its switch is, of a class that was run; `part_config`: the config that its text part has taken for itself.
    `handed_on`: when its own class was told at the load that the cache is off, and hands that on to the generation_config.
    `quantised`: when it was loaded so, as a value of the script; None where that is not known. `in_bits`: when it surely was, by
    the script's own words, in 8 or 4 bits.
    `seeking`: who has DDP look for unused parameters (`Seeking`), OFF or UNKNOWN. `sharded`: True where ZeRO-3 has its
    parameters in parts.
    """

    model: AbstractObject
    cached: Cached = Cached.UNKNOWN
    config: Value | None = None
    generation_config: Value | None = None
    checkpointing: Value = OFF
    mode: Value = EVAL
    trained: Condition = FALSE
    adapter: Condition = FALSE
    trainings: list[tuple[Condition, Site]] = field(default_factory=list)
    switches: list[tuple[Condition, Site]] = field(default_factory=list)
    reentrant: Value = BY_DEFAULT
    input_grads: Condition = FALSE
    learning: dict[Part, Condition] = field(default_factory=lambda: dict.fromkeys(Part, TRUE))
    uneven: set[Part] = field(default_factory=set)
    lora: Condition = FALSE
    targets: tuple[str, ...] | None = None
    prefix: Condition = FALSE
    towers: Condition = FALSE
    hooked: bool = False
    own_lora: Condition = FALSE
    loaded_at: Site | None = None
    library: str = ""
    own_class: bool = False
    patched: bool = False
    readied: bool = False
    unread: Condition = FALSE
    own_methods: Condition = FALSE
    apart: Condition = FALSE
    nested: Nested | None = None
    part_config: AbstractObject | None = None
    source: str = ""
    handed_on: Condition = FALSE
    quantised: Value | None = None
    in_bits: Condition = FALSE
    seeking: Value = OFF
    sharded: Value = OFF
