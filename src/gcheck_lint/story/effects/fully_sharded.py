"""What training arguments say of FSDP: whether it runs the layers again, and that it does so beside the model's checkpointing."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.events import CheckpointedTwice
from gcheck_lint.story.domain.facets import BuiltBy, Layers, Recomputing
from gcheck_lint.story.domain.objects import Mapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value, is_switch
from gcheck_lint.story.effects.chosen_layers import layers_listed
from gcheck_lint.story.effects.deepspeed_sections import ask_by_arguments
from gcheck_lint.story.effects.training_arguments import argument_of, checkpointing_by, place_of
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import raises

_ASKED = "activation_checkpointing"


def sharding_of(interpreter: Interpreter, args: Value) -> Recomputing | None:
    """How FSDP runs the layers again, by a config that the script writes down; None where it does not, or nobody can tell."""
    if not isinstance(args, AbstractObject) or args.kind is not Kind.ARGUMENTS:
        return None
    config, strategy = (argument_of(interpreter, args, [name]) for name in ("fsdp_config", "fsdp"))
    built = args.facet(BuiltBy)
    site = place_of(args, ["fsdp_config"]) or (None if built is None else built.site)
    if not isinstance(config, Mapping) or strategy is ABSENT or site is None:
        return None
    asked = config.entries.get(_ASKED, NONE)
    # a text is true whatever it says, or is read as a switch: which one hangs on the version
    on = interpreter.truth(interpreter.each(asked, lambda one: one if is_switch(one) else Constant(False)))
    on = interpreter.conditions.both(on, interpreter.truth(strategy))
    if on == FALSE or config.entries.get("xla", Constant(False)) not in (Constant(False), NONE):
        return None
    named = config.entries.get("transformer_layer_cls_to_wrap", NONE)
    layers = Layers((), sure="min_num_params" not in config.entries) if named == NONE else layers_listed(interpreter, named)
    return Recomputing(layers, on, site)


def read_strategies(interpreter: Interpreter, trainer: AbstractObject, call: Call) -> None:
    """What the arguments of a new trainer say of FSDP and DeepSpeed."""
    ask_by_arguments(interpreter, trainer)
    refuse_both(interpreter, trainer, call)


def refuse_both(interpreter: Interpreter, trainer: AbstractObject, call: Call) -> None:
    """A trainer whose arguments ask for both kinds of checkpointing does not come into being."""
    args = trainer.fields.get("args", NONE)
    asked = sharding_of(interpreter, args)
    if asked is None:
        return
    refuses = interpreter.habit("trainer-refuses-two-checkpointings", "transformers.Trainer")
    for case, one in interpreter.alternatives(checkpointing_by(interpreter, args, trainer)):
        if not isinstance(one, Constant) or one.value is not True:
            continue
        both = interpreter.conditions.both(refuses, interpreter.conditions.both(case, asked.on))
        with interpreter.under(both):
            site = one.site or interpreter.site(call.node)
            targets = interpreter.underlying_models(trainer.fields.get("model", NONE))
            interpreter.emit(CheckpointedTwice, site, targets, strategy=asked.site)
        raises(interpreter, call.node, "ValueError: both kinds of checkpointing are switched on", both)
