"""Reading and setting attributes, by what the object is: model, wrapper, config, trainer, instance, namespace, library."""

from __future__ import annotations

from pathlib import PurePath

import libcst as cst

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import CacheSwitched, CheckpointingSwitched, Ineffective, Receiver
from gcheck_lint.story.domain.model_state import AS_LOADED, UNKNOWN
from gcheck_lint.story.domain.values import (
    ABSENT,
    NONE,
    AbstractObject,
    Class,
    Constant,
    ExternalSymbol,
    Function,
    Instance,
    Mapping,
    Value,
)
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_on_arguments, ask_on_config
from gcheck_lint.story.effects.trainable_parts import note_part, note_replaced, switch_learning
from gcheck_lint.story.effects.versioned_names import use_of_model
from gcheck_lint.story.interpreter.dispatch import Arguments
from gcheck_lint.story.interpreter.interpreter import Interpreter

# Parts of a model that are the model for our purpose: they share its config object.
_SAME_PART = frozenset({"model", "module", "base_model", "transformer", "decoder", "_orig_mod", "pretrained_model"})
# Parts with a config of their own.
_OWN_PART = frozenset(
    {
        "language_model",
        "text_model",
        "llm",
        "vlm",
        "thinker",
        "backbone",
        "vision_tower",
        "visual",
        "vision_model",
        "encoder",
    }
)

METHOD, METHOD_OF = "@method", "@method of"  # what a method of a model is remembered by


def read_attribute(interpreter: Interpreter, receiver: Value, name: str, node: cst.CSTNode) -> Value:
    """The value of `receiver.name`."""
    return interpreter.narrow(interpreter.flat(interpreter.each(receiver, lambda one: _read(interpreter, one, name, node))))


def _read(interpreter: Interpreter, one: Value, name: str, node: cst.CSTNode) -> Value:
    if isinstance(one, ExternalSymbol):
        return ExternalSymbol(f"{one.name}.{name}")
    if isinstance(one, Constant) and isinstance(one.value, str) and name == "parent":
        return Constant(str(PurePath(one.value).parent))
    if not isinstance(one, AbstractObject):
        return interpreter.unknown(name)
    if one.role == "program module":
        from gcheck_lint.story.interpreter.modules import member_of  # modules runs statements, which need this module

        return member_of(interpreter, one, name)
    if isinstance(one, Instance):
        found = _of_instance(interpreter, one, name, node)
        if found is not None:
            return found
    if isinstance(one, Class):
        return _of_class(interpreter, one, name)
    if one.role == "wrapper":
        return _of_wrapper(interpreter, one, name, node)
    if one in interpreter.states:
        return _of_model(interpreter, one, name, node)
    if isinstance(one, Mapping) and name in one.entries:
        return one.entries[name]
    if name in one.fields:
        value = one.fields[name]
        asked = one.role in ("arguments", "namespace") and name not in interpreter.knowledge.machine_facts
        if asked and isinstance(value, AbstractObject) and value.role == "unknown" and (value.chosen or one.role == "arguments"):
            interpreter.make_chosen(value, interpreter.site(node))
        return value
    return _fresh(interpreter, one, name, node)


def _fresh(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value:
    """An attribute that nobody has set yet: the same thing each time it is read."""
    if name == "__class__":
        return interpreter.unknown(name)
    if name == "use_cache" and one.role in ("config", "generation config"):
        return AS_LOADED
    chosen = one.chosen or one.role in ("namespace", "choices")
    if one.role == "arguments":
        if not one.chosen and not name.startswith("_") and name in interpreter.knowledge.arguments["checkpointing"]:
            # either name stands for both once they are built
            return next(
                (one.fields[other] for other in interpreter.knowledge.arguments["checkpointing"] if other in one.fields),
                Constant(False),
            )
        chosen = one.chosen
    chosen = chosen and name not in interpreter.knowledge.machine_facts
    text = (
        f"--{name}"
        if one.role in ("arguments", "namespace", "choices") and chosen
        else f"{one.text}.{name}"
        if one.text
        else name
    )
    provenance = [one] if one.role == "output" or (one.role in ("unknown", "object") and one.provenance) else ()
    value = interpreter.unknown(text, provenance, chosen=chosen, site=interpreter.site(node))
    note_part(interpreter, one, name, value, node)
    one.fields[name] = value
    return value


def _of_instance(interpreter: Interpreter, one: Instance, name: str, node: cst.CSTNode) -> Value | None:
    if name in one.fields:
        value = one.fields[name]
        if isinstance(value, AbstractObject) and value.role == "unknown" and one.chosen:
            interpreter.make_chosen(value, interpreter.site(node))
        return value
    member = one.cls.member(name)
    if isinstance(member, Function):
        kinds = {value.last for value in member.decorators if isinstance(value, ExternalSymbol)}
        if kinds & {"property", "cached_property"}:
            from gcheck_lint.story.interpreter.functions import (
                call_function,  # functions needs statements, which need this module
            )

            return call_function(interpreter, member.bound_to(one), Arguments([], {}, {}), node)
        if "staticmethod" in kinds:
            return member
        return member.bound_to(one.cls if "classmethod" in kinds else one)
    return member


def _of_class(interpreter: Interpreter, one: Class, name: str) -> Value:
    member = one.member(name)
    if isinstance(member, Function):
        kinds = {value.last for value in member.decorators if isinstance(value, ExternalSymbol)}
        return member.bound_to(one) if "classmethod" in kinds else member
    if member is not None:
        return member
    bases = one.library_bases()
    return ExternalSymbol(f"{bases[0].name}.{name}") if bases else interpreter.unknown(name)


def _of_wrapper(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value:
    if name in one.fields and name != "inner":
        return one.fields[name]
    inner = one.fields["inner"]
    if name in _SAME_PART:
        return inner
    return read_attribute(interpreter, inner, name, node)


def _of_model(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value:
    state = interpreter.states[one]
    if name == "config" and state.config is not None:
        return state.config
    if name == "generation_config" and state.generation_config is not None:
        return state.generation_config
    if name in one.fields:
        return one.fields[name]
    if name in _SAME_PART:
        return one
    if name == "training":
        return interpreter.boolean(
            interpreter.conditions.any(
                c for c, mode in interpreter.alternatives(state.mode) if isinstance(mode, Constant) and mode.value == "train"
            )
        )
    if name == "supports_gradient_checkpointing" and state.cached == "yes":
        return Constant(True)
    if name in ("is_gradient_checkpointing", "is_activation_checkpointing"):
        use_of_model(interpreter, "model", name, node, [(TRUE, one, False)])
        return interpreter.each(
            state.checkpointing,
            lambda value: value if isinstance(value, Constant) and isinstance(value.value, bool) else interpreter.unknown(name),
        )
    if name in _OWN_PART:
        part = interpreter.unknown(f"{one.made_by}.{name}", site=interpreter.site(node))
        part.role = "part"
        part.fields["whole"] = one
        config = AbstractObject("config", site=interpreter.site(node))
        config.fields["whole"] = one
        part.fields["config"] = config
        one.fields[name] = part
        return part
    value = interpreter.unknown(name, [one], site=interpreter.site(node))
    if interpreter.knowledge.method("model", name) is not None:
        value.fields.update({METHOD: Constant(name), METHOD_OF: one})
        return value  # what is kept in the fields is the script's own
    note_part(interpreter, one, name, value, node)
    if name not in ("device", "dtype", "hf_device_map"):
        one.fields[name] = value
    return value


def write_attribute(interpreter: Interpreter, receiver: Value, name: str, value: Value, node: cst.CSTNode) -> None:
    """`receiver.name = value`."""
    entry = interpreter.path_condition
    for condition, one in interpreter.alternatives(receiver):
        interpreter.path_condition = interpreter.conditions.both(entry, condition)
        if isinstance(one, AbstractObject):
            _write(interpreter, one, name, value, node)
        elif isinstance(one, ExternalSymbol):
            interpreter.replaced.add(f"{one.name}.{name}")
    interpreter.path_condition = entry


def _write(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> None:
    if one.role == "wrapper" and name not in one.fields:
        write_attribute(interpreter, one.fields["inner"], name, value, node)
        return
    if name == "requires_grad":
        switch_learning(interpreter, one, value)
        return
    note_replaced(interpreter, one, name, value)
    if name == "training":
        for model in dict.fromkeys(
            core for thing in interpreter.provenance_of([one]) for _, core, _ in interpreter.underlying_models(thing)
        ):
            interpreter.change(model, "mode", UNKNOWN)
    if name == "use_cache" and one.role in ("config", "generation config", "unknown", "object"):
        switch_cache(interpreter, one, value, node, "config")
        return
    if one in interpreter.states:
        _write_model(interpreter, one, name, value, node)
        return
    if name == "gradient_checkpointing" and one.role in ("part", "unknown"):
        for core in _wholes(interpreter, one):
            poke_checkpointing(interpreter, core, value, node)
    if name == FIELD and one.role == "config":
        ask_on_config(interpreter, one, value, interpreter.site(node))
        return
    if one.role in ("config", "generation config") and not (
        isinstance(value, AbstractObject) and value.role in ("config", "part")
    ):
        return  # a field that no rule asks for
    if one.role == "arguments" and isinstance(value, Constant):
        value = Constant(value.value, interpreter.site(node))
    if isinstance(one, Class):
        one.members[name] = interpreter.select(interpreter.path_condition, value, one.members.get(name, ABSENT))
    else:
        default: Value = ABSENT
        if one.role == "arguments":
            if name == FIELD:
                ask_on_arguments(interpreter, one, value, node)
            set_place(one, name, interpreter.site(node))
        if one.role == "arguments" and one.chosen and name not in one.fields:
            default = _fresh(interpreter, one, name, node)
        interpreter.write(one, name, value, default)


def set_place(arguments: AbstractObject, name: str, site: Site) -> None:
    """Remember where a field of training arguments was given."""
    arguments.fields[f"@place {name}"] = Constant(None, site)


def place_of(arguments: AbstractObject, name: str) -> Site | None:
    """Where a field of training arguments was given."""
    found = arguments.fields.get(f"@place {name}")
    return found.site if isinstance(found, Constant) else None


def _wholes(interpreter: Interpreter, part: AbstractObject) -> list[AbstractObject]:
    whole = part.fields.get("whole")
    if isinstance(whole, AbstractObject):
        return [whole]
    return [thing for thing in part.provenance if thing in interpreter.states]


def _write_model(interpreter: Interpreter, model: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> None:
    if name in ("config", "generation_config"):
        interpreter.change(model, name, value)
    elif name == "gradient_checkpointing":
        poke_checkpointing(interpreter, model, value, node)
    elif name == "use_cache":
        interpreter.emit(Ineffective, node, [(TRUE, model, False)], why="attribute of the model")
        interpreter.write(model, name, value)
    else:
        interpreter.write(model, name, value)


def poke_checkpointing(interpreter: Interpreter, model: AbstractObject, value: Value, node: cst.CSTNode) -> None:
    """`….gradient_checkpointing = True`: the flag that the layers look at."""
    on = interpreter.truth(value)
    site = interpreter.site(node)
    switched = interpreter.select(on, Constant(True, site), Constant(False, site))
    state = interpreter.states[model]
    if isinstance(value, AbstractObject) and not value.chosen:
        switched = UNKNOWN
    interpreter.change(model, "checkpointing", switched)
    interpreter.change(model, "reentrant", UNKNOWN)
    state.switches.append((interpreter.conditions.both(interpreter.path_condition, on), site))
    interpreter.emit(CheckpointingSwitched, node, [(TRUE, model, False)], on=interpreter.boolean(on))


def switch_cache(interpreter: Interpreter, config: AbstractObject, value: Value, node: cst.CSTNode, how: str) -> None:
    """`use_cache` set on a config, whatever the way."""
    site = interpreter.site(node)

    def sited(one: Value) -> Value:
        if isinstance(one, Constant) and isinstance(one.value, bool):
            return Constant(one.value, site)
        if isinstance(one, Constant) and one.value in ("as loaded", "unknown"):
            return one
        if isinstance(one, AbstractObject) and one.role == "unknown":
            return (
                interpreter.select(interpreter.truth(one), Constant(True, site), Constant(False, site)) if one.chosen else UNKNOWN
            )
        if isinstance(one, Constant):
            return Constant(bool(one.value), site)
        return UNKNOWN

    whole = config.fields.get("whole")
    if isinstance(whole, AbstractObject) and whole in interpreter.states:
        _switch_part(interpreter, whole)
    value = interpreter.flat(interpreter.each(value, sited))
    default = Constant("as loaded") if config.role in ("config", "generation config") else UNKNOWN
    interpreter.write(config, "use_cache", value, default)
    if config.role in ("unknown", "object") and config.provenance:
        interpreter.havoc(config.provenance)  # a config that was reached by a way that is not followed
    owners = [
        (case, model, False)
        for model, state in interpreter.states.items()
        for held in (state.config, state.generation_config)
        if held is not None
        for case, one in interpreter.alternatives(held)
        if one is config
    ]
    interpreter.emit(CacheSwitched, node, owners, how=how, value=value, config=config)


def _switch_part(interpreter: Interpreter, whole: AbstractObject) -> None:
    """A switch on the config of a part: what the whole does with it can't be told."""
    for condition, config in interpreter.alternatives(interpreter.states[whole].config or NONE):
        if isinstance(config, AbstractObject):
            guard = interpreter.conditions.both(interpreter.path_condition, condition)
            config.fields["use_cache"] = interpreter.select(guard, UNKNOWN, config.fields.get("use_cache", Constant("as loaded")))


def receiver_of(
    interpreter: Interpreter, node: cst.Call, suffix: str, targets: list[tuple[Condition, AbstractObject, bool]]
) -> Receiver | None:
    """How the file that is told names the object whose method is called; None when it has no name for it."""
    if interpreter.frame.module is interpreter.module:
        func = node.func
        return Receiver(interpreter.site(func.value if isinstance(func, cst.Attribute) else func), suffix)
    if not interpreter.outside:
        return None
    models = {model for _, model, _ in targets}
    seen, passed = interpreter.outside[-1]
    given_values: list[tuple[str | int, Value]] = [*enumerate(passed.positional), *passed.keywords.items()]
    for key, value in given_values:
        given = passed.nodes.get(key)
        if isinstance(given, cst.Arg) and given.star == "":
            found = _name_for(interpreter, value, models)
            if found is not None:
                return Receiver(Site(seen.module, given.value), found)
    if isinstance(seen.node, cst.Call) and isinstance(seen.node.func, cst.Attribute):
        running = interpreter.stack[0] if interpreter.stack else None
        for function in interpreter.stack:
            if function.module is not interpreter.module:
                running = function
                break
        found = _name_for(interpreter, running.receiver, models) if running is not None and running.receiver is not None else None
        if found is not None:
            return Receiver(Site(seen.module, seen.node.func.value), found)
    return None


def _name_for(interpreter: Interpreter, value: Value, models: set[AbstractObject], depth: int = 0) -> str | None:
    """What has to follow a value to name one of these models: nothing, `.model`, `.trainer.model`."""
    for _, one in interpreter.alternatives(value):
        if {core for _, core, _ in interpreter.underlying_models(one)} & models:
            return ""
        if isinstance(one, AbstractObject) and depth < 2 and one.role in ("trainer", "instance", "module"):
            for name, held in one.fields.items():
                if name.isidentifier():
                    found = _name_for(interpreter, held, models, depth + 1)
                    if found is not None:
                        return f".{name}{found}"
    return None
