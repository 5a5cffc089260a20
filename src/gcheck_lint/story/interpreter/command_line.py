"""Values that come from outside: argparse, HfArgumentParser, fire, click, typer. Each is one open value with its default."""

from __future__ import annotations

from gcheck_lint.story.domain.values import (
    ABSENT,
    NONE,
    Class,
    Function,
    Instance,
    Known,
    Library,
    Mapping,
    Sequence,
    Thing,
    Value,
)
from gcheck_lint.story.interpreter.calls import call_value
from gcheck_lint.story.interpreter.dispatch import Call, Passed, does
from gcheck_lint.story.interpreter.functions import call_function, choice, fill_dataclass, inherited
from gcheck_lint.story.interpreter.interpreter import Teller


def variable(teller: Teller, name: str, default: Value | None) -> Value:
    """An environment variable: the same thing each time it is asked for."""
    key = ("environment", name)
    if key not in teller.remembered:
        made = teller.unknown(f"${name}", chosen=name not in teller.knowledge.launcher_variables)
        made.default = default if isinstance(default, Known) else None
        teller.remembered[key] = made
    return teller.remembered[key]


@does("new parser")
def new_parser(teller: Teller, call: Call) -> Value:
    parser = Thing("parser", call.name, teller.site(call.node))
    parser.fields["@options"] = Mapping({})
    return parser


@does("add argument")
def add_argument(teller: Teller, call: Call) -> Value:
    """`parser.add_argument("--gradient_checkpointing", action="store_true")`."""
    names = [value.value for value in call.passed.positional if isinstance(value, Known) and isinstance(value.value, str)]
    if not names:
        return teller.unknown()
    long = next((name for name in names if name.startswith("--")), names[0])
    dest = call.passed.keywords.get("dest")
    field = str(dest.value) if isinstance(dest, Known) else long.lstrip("-").replace("-", "_")
    action = call.passed.keywords.get("action")
    default = call.passed.keywords.get("default", NONE)
    kind = action.value if isinstance(action, Known) else None
    if kind in ("store_true", "store_false") and "default" not in call.passed.keywords:
        default = Known(kind == "store_false")
    option = teller.unknown(long if long.startswith("-") else field, chosen=True, site=teller.site(call.node))
    option.default = default if isinstance(default, Known) else None
    choices = call.passed.keywords.get("choices")
    if isinstance(choices, Sequence) and choices.items and all(isinstance(item, Known) for item in choices.items):
        option.choices = tuple(item.value for item in choices.items if isinstance(item, Known))
    if isinstance(action, Thing):
        option.chosen = False  # an action of the script's own may set anything
    for _, parser in teller.alternatives(call.receiver):
        options = parser.fields.get("@options") if isinstance(parser, Thing) else None
        if isinstance(parser, Thing) and "@exclusive" in parser.fields:
            option.chosen = False
        if isinstance(options, Mapping):
            options.entries[field] = option
    return option


@does("set defaults")
def set_defaults(teller: Teller, call: Call) -> Value:
    for _, parser in teller.alternatives(call.receiver):
        options = parser.fields.get("@options") if isinstance(parser, Thing) else None
        for name, value in call.passed.keywords.items():
            option = options.entries.get(name) if isinstance(options, Mapping) else None
            if isinstance(option, Thing) and isinstance(value, Known):
                option.default = value
    return NONE


@does("parse args")
def parse_args(teller: Teller, call: Call) -> Value:
    namespace = Thing("namespace", text="args", site=teller.site(call.node))
    namespace.chosen = True
    for _, parser in teller.alternatives(call.receiver):
        options = parser.fields.get("@options") if isinstance(parser, Thing) else None
        if isinstance(options, Mapping):
            namespace.fields.update({str(name): value for name, value in options.entries.items()})
    given = call.passed.get("args", 0)
    if given is not None and given != NONE:
        for value in namespace.fields.values():  # a command line that the script writes itself
            if isinstance(value, Thing):
                value.chosen = False
    if call.name.endswith("parse_known_args"):
        return Sequence([namespace, Sequence(None)])
    return namespace


@does("new dataclass parser")
def new_dataclass_parser(teller: Teller, call: Call) -> Value:
    parser = Thing("dataclass parser", call.name, teller.site(call.node))
    types = call.passed.get("dataclass_types", 0) or NONE
    parser.fields["@types"] = types if isinstance(types, Sequence) else Sequence([types])
    return parser


@does("parse dataclasses")
def parse_dataclasses(teller: Teller, call: Call) -> Value:
    """One object per dataclass, its fields from the command line."""
    parser = call.receiver
    types = parser.fields.get("@types") if isinstance(parser, Thing) else None
    if not isinstance(types, Sequence) or types.items is None:
        return teller.unknown("parsed arguments", chosen=True)
    made: list[Value] = [_parsed(teller, one, call) for one in types.items]
    if call.passed.keywords.get("return_remaining_strings") is not None:
        made.append(Sequence(None))
    single = call.name.endswith(".parse") and len(made) == 1
    return made[0] if single else Sequence(made)


def _parsed(teller: Teller, one: Value, call: Call) -> Value:
    site = teller.site(call.node)
    if isinstance(one, Class):
        name, role = inherited(teller, one)
        instance = Instance(one, role if role != "instance" else "choices", site)
        instance.chosen = True
        instance.text = "--"
        fill_dataclass(teller, instance, Passed([], {}, {}), chosen=True)
        if name:
            instance.fields["@library"] = Known(name)
        return instance
    if isinstance(one, Library):
        fact = teller.knowledge.class_named(one.name)
        thing = Thing(fact.role if fact is not None and fact.role == "arguments" else "choices", one.name, site)
        thing.chosen = True
        thing.fields["@library"] = Known(one.name)
        return thing
    return teller.unknown("parsed arguments", chosen=True)


@does("new choices")
def new_choices(teller: Teller, call: Call) -> Value:
    made = call.receiver if isinstance(call.receiver, Thing) else Thing("choices", call.name)
    made.fields.update(call.passed.keywords)
    return made


@does("optional")
def optional(teller: Teller, call: Call) -> Value:
    """A helper that gives something or None, by a flag of what it is given (`get_peft_config(model_args)`)."""
    first = call.passed.positional[0] if call.passed.positional else None
    made = Thing(str(call.act.details["role"]), call.name, teller.site(call.node))
    flag = str(call.act.details["text"])
    if isinstance(first, Thing):
        if flag not in first.fields:
            first.fields[flag] = choice(teller, flag, Known(False), None)
        return teller.choose(teller.truth(first.fields[flag]), made, NONE)
    return teller.choose(teller.truth(teller.unknown(flag)), made, NONE)


@does("entry point")
def entry_point(teller: Teller, call: Call) -> Value:
    """`fire.Fire(main)`, `typer.run(main)`: the function is called with parameters from the command line."""
    for value in call.passed.positional[:1]:
        for condition, one in teller.alternatives(value):
            entry = teller.pc
            teller.pc = teller.conditions.both(entry, condition)
            if isinstance(one, Function):
                call_function(teller, one, Passed([], {}, {}), call.node, entry=True)
            elif isinstance(one, Class):
                call_value(teller, one, Passed([], {}, {}, open=True), call.node)
            teller.pc = entry
    return teller.unknown()


@does("open options")
def open_options(teller: Teller, call: Call) -> Value:
    """Options read from a file (yaml, json, OmegaConf): whatever the script asks of them is chosen outside."""
    return teller.unknown(call.name.rpartition(".")[2], chosen=True, site=teller.site(call.node))


@does("environment")
def environment(teller: Teller, call: Call) -> Value:
    """`os.environ.get("NAME", default)`: chosen by the user, unless a launcher sets it."""
    name = call.passed.positional[0] if call.passed.positional else None
    if not isinstance(name, Known) or not isinstance(name.value, str):
        return teller.unknown("an environment variable")
    return variable(teller, name.value, call.passed.get("default", 1))


@does("fields of")
def fields_of(teller: Teller, call: Call) -> Value:
    """`vars(args)`, `asdict(args)`: the same fields, as a dict that may hold more."""
    first = call.passed.positional[0] if call.passed.positional else NONE
    if isinstance(first, Thing) and first.role in ("namespace", "choices", "instance", "arguments"):
        made = Mapping({name: value for name, value in first.fields.items() if not name.startswith("@")}, is_open=True)
        made.chosen = first.chosen
        return made
    if isinstance(first, Mapping):
        return first
    return teller.unknown("fields", [first]) if first is not ABSENT else NONE


@does("exclusive group")
def exclusive_group(teller: Teller, call: Call) -> Value:
    """`add_mutually_exclusive_group()`: which of its options is given hangs on the others, so none is a free choice."""
    group = Thing("parser", call.name, teller.site(call.node))
    group.fields["@exclusive"] = Known(True)
    for _, parser in teller.alternatives(call.receiver):
        if isinstance(parser, Thing):
            group.fields["@options"] = parser.fields.get("@options", Mapping({}))
    return group
