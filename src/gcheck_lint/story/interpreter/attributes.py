"""Reading and setting attributes, by what the object is: model, wrapper, config, trainer, instance, namespace, library."""

from __future__ import annotations

from pathlib import PurePath

import libcst as cst

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import CacheSwitched, CheckpointingSwitched, Ineffective, Receiver
from gcheck_lint.story.domain.model_state import AS_LOADED, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Class, Function, Instance, Known, Library, Mapping, Thing, Value
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_on_arguments, ask_on_config
from gcheck_lint.story.effects.trainable_parts import note_part, note_replaced, switch_learning
from gcheck_lint.story.effects.versioned_names import use_of_model
from gcheck_lint.story.interpreter.dispatch import Passed
from gcheck_lint.story.interpreter.interpreter import Teller

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


def read_attribute(teller: Teller, receiver: Value, name: str, node: cst.CSTNode) -> Value:
    """The value of `receiver.name`."""
    return teller.narrow(teller.flat(teller.each(receiver, lambda one: _read(teller, one, name, node))))


def _read(teller: Teller, one: Value, name: str, node: cst.CSTNode) -> Value:
    if isinstance(one, Library):
        return Library(f"{one.name}.{name}")
    if isinstance(one, Known) and isinstance(one.value, str) and name == "parent":
        return Known(str(PurePath(one.value).parent))
    if not isinstance(one, Thing):
        return teller.unknown(name)
    if one.role == "program module":
        from gcheck_lint.story.interpreter.modules import member_of  # modules runs statements, which need this module

        return member_of(teller, one, name)
    if isinstance(one, Instance):
        found = _of_instance(teller, one, name, node)
        if found is not None:
            return found
    if isinstance(one, Class):
        return _of_class(teller, one, name)
    if one.role == "wrapper":
        return _of_wrapper(teller, one, name, node)
    if one in teller.states:
        return _of_model(teller, one, name, node)
    if isinstance(one, Mapping) and name in one.entries:
        return one.entries[name]
    if name in one.fields:
        value = one.fields[name]
        asked = one.role in ("arguments", "namespace") and name not in teller.knowledge.machine_facts
        if asked and isinstance(value, Thing) and value.role == "unknown" and (value.chosen or one.role == "arguments"):
            teller.make_chosen(value, teller.site(node))
        return value
    return _fresh(teller, one, name, node)


def _fresh(teller: Teller, one: Thing, name: str, node: cst.CSTNode) -> Value:
    """An attribute that nobody has set yet: the same thing each time it is read."""
    if name == "__class__":
        return teller.unknown(name)
    if name == "use_cache" and one.role in ("config", "generation config"):
        return AS_LOADED
    chosen = one.chosen or one.role in ("namespace", "choices")
    if one.role == "arguments":
        if not one.chosen and not name.startswith("_") and name in teller.knowledge.arguments["checkpointing"]:
            # either name stands for both once they are built
            return next(
                (one.fields[other] for other in teller.knowledge.arguments["checkpointing"] if other in one.fields), Known(False)
            )
        chosen = one.chosen
    chosen = chosen and name not in teller.knowledge.machine_facts
    text = (
        f"--{name}"
        if one.role in ("arguments", "namespace", "choices") and chosen
        else f"{one.text}.{name}"
        if one.text
        else name
    )
    about = [one] if one.role == "output" or (one.role in ("unknown", "object") and one.about) else ()
    value = teller.unknown(text, about, chosen=chosen, site=teller.site(node))
    note_part(teller, one, name, value, node)
    one.fields[name] = value
    return value


def _of_instance(teller: Teller, one: Instance, name: str, node: cst.CSTNode) -> Value | None:
    if name in one.fields:
        value = one.fields[name]
        if isinstance(value, Thing) and value.role == "unknown" and one.chosen:
            teller.make_chosen(value, teller.site(node))
        return value
    member = one.cls.member(name)
    if isinstance(member, Function):
        kinds = {value.last for value in member.decorators if isinstance(value, Library)}
        if kinds & {"property", "cached_property"}:
            from gcheck_lint.story.interpreter.functions import (
                call_function,  # functions needs statements, which need this module
            )

            return call_function(teller, member.bound_to(one), Passed([], {}, {}), node)
        if "staticmethod" in kinds:
            return member
        return member.bound_to(one.cls if "classmethod" in kinds else one)
    return member


def _of_class(teller: Teller, one: Class, name: str) -> Value:
    member = one.member(name)
    if isinstance(member, Function):
        kinds = {value.last for value in member.decorators if isinstance(value, Library)}
        return member.bound_to(one) if "classmethod" in kinds else member
    if member is not None:
        return member
    bases = one.library_bases()
    return Library(f"{bases[0].name}.{name}") if bases else teller.unknown(name)


def _of_wrapper(teller: Teller, one: Thing, name: str, node: cst.CSTNode) -> Value:
    if name in one.fields and name != "inner":
        return one.fields[name]
    inner = one.fields["inner"]
    if name in _SAME_PART:
        return inner
    return read_attribute(teller, inner, name, node)


def _of_model(teller: Teller, one: Thing, name: str, node: cst.CSTNode) -> Value:
    state = teller.states[one]
    if name == "config" and state.config is not None:
        return state.config
    if name == "generation_config" and state.generation_config is not None:
        return state.generation_config
    if name in one.fields:
        return one.fields[name]
    if name in _SAME_PART:
        return one
    if name == "training":
        return teller.boolean(
            teller.conditions.any(
                c for c, mode in teller.alternatives(state.mode) if isinstance(mode, Known) and mode.value == "train"
            )
        )
    if name == "supports_gradient_checkpointing" and state.cached == "yes":
        return Known(True)
    if name in ("is_gradient_checkpointing", "is_activation_checkpointing"):
        use_of_model(teller, "model", name, node, [(TRUE, one, False)])
        return teller.each(
            state.checkpointing,
            lambda value: value if isinstance(value, Known) and isinstance(value.value, bool) else teller.unknown(name),
        )
    if name in _OWN_PART:
        part = teller.unknown(f"{one.made_by}.{name}", site=teller.site(node))
        part.role = "part"
        part.fields["whole"] = one
        config = Thing("config", site=teller.site(node))
        config.fields["whole"] = one
        part.fields["config"] = config
        one.fields[name] = part
        return part
    value = teller.unknown(name, [one], site=teller.site(node))
    if teller.knowledge.method("model", name) is not None:
        value.fields.update({METHOD: Known(name), METHOD_OF: one})
        return value  # what is kept in the fields is the script's own
    note_part(teller, one, name, value, node)
    if name not in ("device", "dtype", "hf_device_map"):
        one.fields[name] = value
    return value


def write_attribute(teller: Teller, receiver: Value, name: str, value: Value, node: cst.CSTNode) -> None:
    """`receiver.name = value`."""
    entry = teller.pc
    for condition, one in teller.alternatives(receiver):
        teller.pc = teller.conditions.both(entry, condition)
        if isinstance(one, Thing):
            _write(teller, one, name, value, node)
        elif isinstance(one, Library):
            teller.replaced.add(f"{one.name}.{name}")
    teller.pc = entry


def _write(teller: Teller, one: Thing, name: str, value: Value, node: cst.CSTNode) -> None:
    if one.role == "wrapper" and name not in one.fields:
        write_attribute(teller, one.fields["inner"], name, value, node)
        return
    if name == "requires_grad":
        switch_learning(teller, one, value)
        return
    note_replaced(teller, one, name, value)
    if name == "training":
        for model in dict.fromkeys(core for thing in teller.subjects([one]) for _, core, _ in teller.cores(thing)):
            teller.change(model, "mode", UNKNOWN)
    if name == "use_cache" and one.role in ("config", "generation config", "unknown", "object"):
        switch_cache(teller, one, value, node, "config")
        return
    if one in teller.states:
        _write_model(teller, one, name, value, node)
        return
    if name == "gradient_checkpointing" and one.role in ("part", "unknown"):
        for core in _wholes(teller, one):
            poke_checkpointing(teller, core, value, node)
    if name == FIELD and one.role == "config":
        ask_on_config(teller, one, value, teller.site(node))
        return
    if one.role in ("config", "generation config") and not (isinstance(value, Thing) and value.role in ("config", "part")):
        return  # a field that no rule asks for
    if one.role == "arguments" and isinstance(value, Known):
        value = Known(value.value, teller.site(node))
    if isinstance(one, Class):
        one.members[name] = teller.choose(teller.pc, value, one.members.get(name, ABSENT))
    else:
        default: Value = ABSENT
        if one.role == "arguments":
            if name == FIELD:
                ask_on_arguments(teller, one, value, node)
            set_place(one, name, teller.site(node))
        if one.role == "arguments" and one.chosen and name not in one.fields:
            default = _fresh(teller, one, name, node)
        teller.write(one, name, value, default)


def set_place(arguments: Thing, name: str, site: Site) -> None:
    """Remember where a field of training arguments was given."""
    arguments.fields[f"@place {name}"] = Known(None, site)


def place_of(arguments: Thing, name: str) -> Site | None:
    """Where a field of training arguments was given."""
    found = arguments.fields.get(f"@place {name}")
    return found.site if isinstance(found, Known) else None


def _wholes(teller: Teller, part: Thing) -> list[Thing]:
    whole = part.fields.get("whole")
    if isinstance(whole, Thing):
        return [whole]
    return [thing for thing in part.about if thing in teller.states]


def _write_model(teller: Teller, model: Thing, name: str, value: Value, node: cst.CSTNode) -> None:
    if name in ("config", "generation_config"):
        teller.change(model, name, value)
    elif name == "gradient_checkpointing":
        poke_checkpointing(teller, model, value, node)
    elif name == "use_cache":
        teller.emit(Ineffective, node, [(TRUE, model, False)], why="attribute of the model")
        teller.write(model, name, value)
    else:
        teller.write(model, name, value)


def poke_checkpointing(teller: Teller, model: Thing, value: Value, node: cst.CSTNode) -> None:
    """`….gradient_checkpointing = True`: the flag that the layers look at."""
    on = teller.truth(value)
    site = teller.site(node)
    switched = teller.choose(on, Known(True, site), Known(False, site))
    state = teller.states[model]
    if isinstance(value, Thing) and not value.chosen:
        switched = UNKNOWN
    teller.change(model, "checkpointing", switched)
    teller.change(model, "reentrant", UNKNOWN)
    state.switches.append((teller.conditions.both(teller.pc, on), site))
    teller.emit(CheckpointingSwitched, node, [(TRUE, model, False)], on=teller.boolean(on))


def switch_cache(teller: Teller, config: Thing, value: Value, node: cst.CSTNode, how: str) -> None:
    """`use_cache` set on a config, whatever the way."""
    site = teller.site(node)

    def sited(one: Value) -> Value:
        if isinstance(one, Known) and isinstance(one.value, bool):
            return Known(one.value, site)
        if isinstance(one, Known) and one.value in ("as loaded", "unknown"):
            return one
        if isinstance(one, Thing) and one.role == "unknown":
            return teller.choose(teller.truth(one), Known(True, site), Known(False, site)) if one.chosen else UNKNOWN
        if isinstance(one, Known):
            return Known(bool(one.value), site)
        return UNKNOWN

    whole = config.fields.get("whole")
    if isinstance(whole, Thing) and whole in teller.states:
        _switch_part(teller, whole)
    value = teller.flat(teller.each(value, sited))
    default = Known("as loaded") if config.role in ("config", "generation config") else UNKNOWN
    teller.write(config, "use_cache", value, default)
    if config.role in ("unknown", "object") and config.about:
        teller.havoc(config.about)  # a config that was reached by a way that is not followed
    owners = [
        (case, model, False)
        for model, state in teller.states.items()
        for held in (state.config, state.generation_config)
        if held is not None
        for case, one in teller.alternatives(held)
        if one is config
    ]
    teller.emit(CacheSwitched, node, owners, how=how, value=value, config=config)


def _switch_part(teller: Teller, whole: Thing) -> None:
    """A switch on the config of a part: what the whole does with it can't be told."""
    for condition, config in teller.alternatives(teller.states[whole].config or NONE):
        if isinstance(config, Thing):
            guard = teller.conditions.both(teller.pc, condition)
            config.fields["use_cache"] = teller.choose(guard, UNKNOWN, config.fields.get("use_cache", Known("as loaded")))


def receiver_of(teller: Teller, node: cst.Call, suffix: str, targets: list[tuple[Condition, Thing, bool]]) -> Receiver | None:
    """How the file that is told names the object whose method is called; None when it has no name for it."""
    if teller.frame.module is teller.module:
        func = node.func
        return Receiver(teller.site(func.value if isinstance(func, cst.Attribute) else func), suffix)
    if not teller.outside:
        return None
    models = {model for _, model, _ in targets}
    seen, passed = teller.outside[-1]
    given_values: list[tuple[str | int, Value]] = [*enumerate(passed.positional), *passed.keywords.items()]
    for key, value in given_values:
        given = passed.nodes.get(key)
        if isinstance(given, cst.Arg) and given.star == "":
            found = _name_for(teller, value, models)
            if found is not None:
                return Receiver(Site(seen.module, given.value), found)
    if isinstance(seen.node, cst.Call) and isinstance(seen.node.func, cst.Attribute):
        running = teller.stack[0] if teller.stack else None
        for function in teller.stack:
            if function.module is not teller.module:
                running = function
                break
        found = _name_for(teller, running.receiver, models) if running is not None and running.receiver is not None else None
        if found is not None:
            return Receiver(Site(seen.module, seen.node.func.value), found)
    return None


def _name_for(teller: Teller, value: Value, models: set[Thing], depth: int = 0) -> str | None:
    """What has to follow a value to name one of these models: nothing, `.model`, `.trainer.model`."""
    for _, one in teller.alternatives(value):
        if {core for _, core, _ in teller.cores(one)} & models:
            return ""
        if isinstance(one, Thing) and depth < 2 and one.role in ("trainer", "instance", "module"):
            for name, held in one.fields.items():
                if name.isidentifier():
                    found = _name_for(teller, held, models, depth + 1)
                    if found is not None:
                        return f".{name}{found}"
    return None
