"""What happens to models, in the order it runs: frozen records with the state of each model at that moment."""

from __future__ import annotations

from typing import Final

from gcheck_lint.knowledge import Name
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import AbstractObject, Value


@dataclass(frozen=True, slots=True)
class Gradients:
    """Where a model can learn: by part, when its parameters are trained (`embeddings`: all that comes before the layers).

    `input_grads`: something lets gradients reach the inputs of the layers. `reentrant`: how checkpointing runs layers again.
    `prefix`: the model learns through a prefix that is handed to its layers as a cache. `towers`: layers in its towers learn,
    and nothing lets gradients reach their inputs.
    """

    reentrant: Value
    input_grads: Condition
    embeddings: Condition
    layers: Condition
    norm: Condition
    head: Condition
    prefix: Condition
    towers: Condition


@dataclass(frozen=True, slots=True)
class Spread:
    """How its training is spread over processes: who has DDP look for unused parameters; whether by ZeRO-3."""

    seeking: Value
    sharded: Value


@dataclass(frozen=True, slots=True)
class State:
    """A model right when something happens to it, and the condition under which it is this model.

    `switches`: where checkpointing was switched on so far, each with its condition.
    `written`: of a model with a config within its config, the `use_cache` of both, by the path to them.
    """

    condition: Condition
    model: AbstractObject
    adapter: bool
    checkpointing: Value
    cache: Value
    generation_cache: Value
    mode: Value
    trained: Condition
    switches: tuple[tuple[Condition, Site], ...]
    gradients: Gradients
    spread: Spread
    written: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Receiver:
    """How a script names a model at a place: an expression of it, and what has to follow (`trainer` and `.model`)."""

    site: Site
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at `site` under `condition`, to the models of `states`.

    `entry`: 0 for what the file itself runs, else the number of the uncalled function that was told.
    """

    order: int
    site: Site
    condition: Condition
    states: tuple[State, ...]
    entry: int

    @property
    def told(self) -> str:
        """The event in a word or two, for the timeline."""
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True)
class Loaded(Event):
    """A fresh model: from_pretrained, from_config, a class called."""

    source: str


@dataclass(frozen=True, slots=True)
class CacheSwitched(Event):
    """`use_cache` set on a config. `how` is the place in words; `value` what it was set to."""

    how: str
    value: Value
    config: AbstractObject | None = None


@dataclass(frozen=True, slots=True)
class CheckpointingSwitched(Event):
    """Checkpointing switched on or off on a model."""

    on: Value


@dataclass(frozen=True, slots=True)
class LayersCheckpointed(Event):
    """Checkpointing switched on for a model of the script's own, whose layers are called by keyword alone.

    `calls`: where, and under which name the layer's first argument is passed.
    """

    reentrant: Value
    calls: tuple[tuple[Site, str], ...]


@dataclass(frozen=True, slots=True)
class LayersRecomputed(Event):
    """Layers of a model are run again in the backward pass, and the model does not know of it.

    With the cache on, in which versions that `raises`, and in which the gradients are `wrong` without a word; `may`: one of them
    happens, for some batches, or for all that is known of what is run again.
    """

    raises: Condition
    wrong: Condition
    may: Condition


@dataclass(frozen=True, slots=True)
class CheckpointedTwice(Event):
    """A trainer's arguments ask for checkpointing in both ways, and its constructor refuses that.

    `strategy`: where FSDP's is asked for.
    """

    strategy: Site


@dataclass(frozen=True, slots=True)
class SectionAsked(Event):
    """A config of DeepSpeed has a section on checkpointing, and the models ask for none of it."""


@dataclass(frozen=True, slots=True)
class ModeSet(Event):
    """`train()` or `eval()`."""

    mode: Value


@dataclass(frozen=True, slots=True)
class Wrapped(Event):
    """A model wrapped (PEFT, DDP, engine), unwrapped or merged."""

    into: str


@dataclass(frozen=True, slots=True)
class TrainerBuilt(Event):
    """A trainer given its model."""

    trainer: AbstractObject


@dataclass(frozen=True, slots=True)
class Forwarded(Event):
    """A model called by the script. `without_grad` says when gradients are switched off there, `scope` by what.

    `past` is what the call passes as `past_key_values`. `in_training` says that it runs inside a trainer's train().
    `parallel`: when it is called through a wrapper such as DistributedDataParallel.
    """

    without_grad: Condition
    scope: Site | None
    past: Value
    receiver: Receiver | None
    in_training: bool
    parallel: Condition = FALSE


@dataclass(frozen=True, slots=True)
class Trained(Event):
    """A training: a trainer's train(), or a backward pass of a loop.

    `checkpointing` of the states holds what is on during the training (the arguments' switch included). `trainer` is None in a
    hand-written loop; `forward_cache` is what the loop's forward call passes as `use_cache`; `passes_cache_off` when the trainer
    itself passes False; `forwards` are the forward passes that a loop's loss was computed by; `rollouts`: when the trainer draws
    text from the model meanwhile, by itself.
    """

    trainer: AbstractObject | None
    forward_cache: Value
    passes_cache_off: Condition = FALSE
    forwards: tuple[Forwarded, ...] = ()
    rollouts: Condition = FALSE


@dataclass(frozen=True, slots=True)
class Evaluated(Event):
    """evaluate() or predict() of a trainer. `generates`: the condition under which it calls generate()."""

    generates: Condition


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is written to: `tail` below what `root` says, which holds all that is not known of it."""

    root: tuple[Value | str, ...]
    tail: str

    def differs(self, other: Folder) -> bool:
        """Whether two folders are surely not the same."""
        if self.root != other.root or (not self.root and self.tail.startswith("/") != other.tail.startswith("/")):
            return False
        return self.tail.strip("/") != other.tail.strip("/")


Folders = tuple[tuple[Condition, Folder | None], ...]
_MANY = 128  # tokens
NOWHERE: Folders = ((TRUE, None),)  # nobody can tell


@dataclass(frozen=True, slots=True)
class Saved(Event):
    """A save or push. `receiver` is the expression that stands for the model there, as a fix may write it.

    `in_training` says that it is a checkpoint, written inside a train(). `folders`: where to, in which case.
    """

    how: str
    writes_config: bool
    receiver: Receiver | None
    in_training: bool
    folders: Folders = NOWHERE


@dataclass(frozen=True, slots=True)
class GenerationConfigSaved(Event):
    """A generation_config saved by itself: it takes the place of what a save of the model has written."""


@dataclass(frozen=True, slots=True)
class Generated(Event):
    """generate() or a pipeline call. `use_cache` is the call's own argument; `in_training` says that it runs inside a train().

    `tokens`: how many it makes at most, where the call says it or leaves it to the library; None where nobody can tell.
    """

    how: str
    use_cache: Value
    receiver: Receiver | None
    in_training: bool
    tokens: int | None = None

    @property
    def is_brief(self) -> bool:
        """So few tokens that how slow it is without a cache hangs on the prompt."""
        return self.tokens is not None and self.tokens < _MANY

    @property
    def uses_no_cache(self) -> bool:
        """One token, which is computed from the prompt: there is no next one that a cache could serve."""
        return self.tokens == 1


@dataclass(frozen=True, slots=True)
class NameUsed(Event):
    """A method, attribute or argument that knowledge says comes or goes with the versions.

    `own`: the library's class itself is used, none of the script's. `guarded`: inside a `try`, where an error may be expected.
    """

    name: Name
    own: bool
    guarded: bool


@dataclass(frozen=True, slots=True)
class CheckpointingAsked(Event):
    """Checkpointing asked for where nobody reads it. `way` is a word for the check to choose its sentence by.

    `arguments` are the training arguments on which it was set, when it was there. `guarded`: as of a name.
    """

    way: str
    arguments: AbstractObject | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class OptionUnread(Event):
    """An option of the command line asks for checkpointing, and nothing in the program reads it."""

    option: str


@dataclass(frozen=True, slots=True)
class OwnSwitchAsked(Event):
    """A trainer switches checkpointing on by a method of the script's own class, and passes more than that takes.

    `called`: where it trains. `refusals`: the outcomes that tell with which versions.
    """

    method: str
    called: Site
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwitchedOnWrapper(Event):
    """A model's method that switches checkpointing, called on a wrapper that has no such method.

    `built`: where it was wrapped. `always`: it is wrapped whenever the place is reached. `guarded`: inside a `try`.
    """

    wrapper: str
    method: str
    built: Site | None
    always: bool
    guarded: bool


@dataclass(frozen=True, slots=True)
class CacheRefused(Event):
    """A load hands `use_cache` to the constructor of a class that takes none.

    `beside`: because the config is passed as an object beside it. `part`: the config within the model's config that has the
    switch, empty where it has none; `heard`: the versions in which a switch there reaches the model once it is loaded.
    """

    cls: str
    beside: bool
    part: str
    heard: Condition
    guarded: bool


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """A part that was given up: what it does to these models, and what it would have told, is not known.

    `what` names the part, `why` says what there was too much of.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class NotFollowed(Event):
    """Something that does as it likes with these models, and with others that it loads itself.

    `what` it is, and `why` it is not followed.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Raised(Event):
    """The script ends here by an exception, unless it catches it. `why` is what Python or the library would say."""

    why: str


ON_THE_MODEL: Final = "attribute of the model"  # a reason of the next one that several rules know


@dataclass(frozen=True, slots=True)
class Ineffective(Event):
    """A switch that does nothing. `why` is a word for the check to choose its sentence by, `off` that it says `False`."""

    why: str
    target: Receiver | None = None
    off: bool = False
