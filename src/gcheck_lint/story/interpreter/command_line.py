"""Values that come from outside: argparse, HfArgumentParser, fire, click, typer. Each is one open value with its default."""

from __future__ import annotations

from typing import Final

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.recipes.asked import COMMAND, OptionSource
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.facets import BuiltBy, Offered, Setting, SwitchedOff, fill_from, settings_of
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.attributes import fields_as_dict
from gcheck_lint.story.interpreter.bound_dataclasses import filled_by_recipe, note_dataclasses
from gcheck_lint.story.interpreter.bound_options import (
    argument_of_parser,
    default_of,
    document_of_call,
    is_complete,
    note_document,
    note_source,
    options,
)
from gcheck_lint.story.interpreter.functions import call_function, chosen_instance, fill_dataclass
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.parameters import choice, given_or
from gcheck_lint.story.interpreter.sequences import elements_of
from gcheck_lint.story.interpreter.unread_options import note_unread

_OF_FILE: Final = frozenset({"parse_json_file", "parse_yaml_file", "parse_dict"})


def variable(interpreter: Interpreter, name: str, default: Value | None) -> Value:
    """An environment variable: the same thing each time it is asked for."""
    key = ("environment", name)
    if key not in interpreter.remembered:
        made = interpreter.unknown(f"${name}", chosen=name not in interpreter.knowledge.launcher_variables)
        made.said, made.valued = made.text, True
        made.default = default if isinstance(default, Constant) else None
        interpreter.remembered[key] = made
    return interpreter.remembered[key]


def positional(interpreter: Interpreter, index: object) -> Value:
    """`sys.argv[1]`: the same thing each time it is asked for."""
    key = ("command line", index)
    if key not in interpreter.remembered:
        interpreter.remembered[key] = interpreter.unknown(f"sys.argv[{index}]", chosen=True)
    return interpreter.remembered[key]


def on_command_line(interpreter: Interpreter, word: object) -> Condition:
    """`"--gc" in sys.argv`: whether the user has written it."""
    key = ("on the command line", word)
    if key not in interpreter.remembered:
        made = interpreter.unknown(str(word), chosen=True)
        made.said, made.default = made.text, Constant(False)
        interpreter.remembered[key] = made
    written = interpreter.remembered[key]
    assert isinstance(written, AbstractObject)
    return interpreter.predicate(written, "truth", f"`{word}` is given", f"`{word}` is not given")


class Parser(AbstractObject):
    """An ArgumentParser, or a group of its arguments, which shares its `options`. `exclusive`: only one of the group is given."""

    __slots__ = ("exclusive", "options")

    def __init__(self, made_by: str, site: Site, options: dict[str, Value], *, exclusive: bool = False) -> None:
        super().__init__(Kind.PARSER, made_by, site)
        self.options = options
        self.exclusive = exclusive

    def held(self) -> list[Value]:
        return [*self.options.values(), *super().held()]


class DataclassParser(AbstractObject):
    """HfArgumentParser and its kin: the dataclasses that it fills; None where they are not known.

    `parsed`: what it has filled. A script that parses a file in one branch and the command line in another parses once.
    """

    __slots__ = ("parsed", "types")

    def __init__(self, made_by: str, site: Site, types: list[Value] | None) -> None:
        super().__init__(Kind.DATACLASS_PARSER, made_by, site)
        self.types = types
        self.parsed: list[Value] = []

    def held(self) -> list[Value]:
        return [*(self.types or ()), *self.parsed, *super().held()]


@does("new parser")
def new_parser(interpreter: Interpreter, call: Call) -> Value:
    return Parser(call.name, interpreter.site(call.node), {})


@does("add argument")
def add_argument(interpreter: Interpreter, call: Call) -> Value:
    """`parser.add_argument("--gradient_checkpointing", action="store_true")`."""
    names = [value.value for value in call.passed.positional if isinstance(value, Constant) and isinstance(value.value, str)]
    if not names:
        return interpreter.unknown()
    long = next((name for name in names if name.startswith("--")), names[0])
    dest = call.passed.keywords.get("dest")
    field = str(dest.value) if isinstance(dest, Constant) else long.lstrip("-").replace("-", "_")
    action = call.passed.keywords.get("action")
    default = call.passed.keywords.get("default", NONE)
    kind = action.value if isinstance(action, Constant) else None
    if kind in ("store_true", "store_false") and "default" not in call.passed.keywords:
        default = Constant(kind == "store_false")
    option = interpreter.unknown(long if long.startswith("-") else field, chosen=True, site=interpreter.site(call.node))
    option.said = option.text
    if kind == "store_false":
        option.attach(SwitchedOff())
    option.valued = kind in (None, "store") and _takes_value(call.passed.keywords.get("type"), default)
    required = call.passed.keywords.get("required")
    is_required = isinstance(required, Constant) and required.value is True
    if not long.startswith("-"):
        is_required = "nargs" not in call.passed.keywords  # a positional argument
    option.default = default if isinstance(default, Constant) and not is_required else None
    choices = call.passed.keywords.get("choices")
    offered = None if choices is None else elements_of(interpreter, choices)
    if offered and all(isinstance(item, Constant) for item in offered):
        option.choices = tuple(item.value for item in offered if isinstance(item, Constant))
    if isinstance(action, AbstractObject):
        option.chosen = False  # an action of the script's own may set anything
    if kind in (None, "store", "store_true"):
        note_unread(interpreter, call, field, long)
    spelled = [field, *(name.lstrip("-").replace("-", "_") for name in names)]
    given = argument_of_parser(interpreter, spelled, call.passed.keywords.get("type"), kind)
    if given is None and is_complete(interpreter):
        given = default_of(interpreter, None if is_required else default)
    for _, parser in interpreter.alternatives(call.receiver):
        if isinstance(parser, Parser) and given is not None:
            parser.options[field] = given
        elif isinstance(parser, Parser):
            option.chosen = option.chosen and not parser.exclusive
            if kind == "store_false" and isinstance(parser.options.get(field), AbstractObject):
                continue  # `--lora` and `--no-lora` say one thing, and the first has its default
            parser.options[field] = option if is_required else given_or(interpreter, option, default)
    return option


def _takes_value(type_: Value | None, default: Value) -> bool:
    """Whether an option of argparse is given a text or a number: that is what it is without a type."""
    if type_ is None:
        return not (isinstance(default, Constant) and isinstance(default.value, bool))
    return isinstance(type_, ExternalSymbol) and type_.name in ("builtins.str", "builtins.int", "builtins.float")


@does("set defaults")
def set_defaults(interpreter: Interpreter, call: Call) -> Value:
    for _, parser in interpreter.alternatives(call.receiver):
        for name, value in call.passed.keywords.items():
            option = parser.options.get(name) if isinstance(parser, Parser) else None
            if isinstance(option, AbstractObject) and isinstance(value, Constant):
                option.default = value
            elif isinstance(parser, Parser) and (option is None or name not in (options(interpreter) or {name})):
                parser.options[name] = value  # nobody gives it: it is what the script says
    return NONE


@does("parse args")
def parse_args(interpreter: Interpreter, call: Call) -> Value:
    namespace = AbstractObject(Kind.NAMESPACE, text="args", site=interpreter.site(call.node))
    namespace.chosen = True
    for _, parser in interpreter.alternatives(call.receiver):
        if isinstance(parser, Parser):
            namespace.fields.update(parser.options)
            note_source(interpreter, OptionSource(COMMAND, tuple(parser.options)))
    given = call.passed.get("args", 0)
    if given is not None and given != NONE:
        for value in namespace.fields.values():  # a command line that the script writes itself
            if isinstance(value, AbstractObject):
                value.chosen = False
    if call.name.endswith("parse_known_args"):
        return Sequence([namespace, Sequence(None)])
    return namespace


@does("new dataclass parser")
def new_dataclass_parser(interpreter: Interpreter, call: Call) -> Value:
    types = call.passed.get("dataclass_types", 0) or NONE
    known = elements_of(interpreter, types) if isinstance(types, Sequence) else [types]
    return DataclassParser(call.name, interpreter.site(call.node), known)


@does("parse dataclasses")
def parse_dataclasses(interpreter: Interpreter, call: Call) -> Value:
    """One object per dataclass, its fields from the command line."""
    parser = call.receiver
    if not isinstance(parser, DataclassParser) or parser.types is None:
        return interpreter.unknown("parsed arguments", chosen=True)
    of_file = call.name.rpartition(".")[2] in _OF_FILE
    note_dataclasses(interpreter, parser.types, of_file=of_file or parser.made_by.endswith("TrlParser"))
    if not parser.parsed:
        parser.parsed = [
            filled_by_recipe(interpreter, one, [other for other in parser.types if other is not one], call, offered=not of_file)
            or _parsed(interpreter, one, call, offered=not of_file)
            for one in parser.types
        ]
    elif not of_file:
        _offer(parser.parsed)
    made = list(parser.parsed)
    if call.passed.keywords.get("return_remaining_strings") is not None:
        made.append(Sequence(None))
    single = call.name.endswith(".parse") and len(made) == 1
    return made[0] if single else Sequence(made)


def _offer(parsed: list[Value]) -> None:
    """What a file says in one branch, the command line says in another."""
    for one in parsed:
        if isinstance(one, AbstractObject):
            one.attach(Offered())
            for value in one.fields.values():
                if isinstance(value, AbstractObject) and value.chosen and value.text.startswith("--"):
                    value.said = value.text


def _parsed(interpreter: Interpreter, one: Value, call: Call, *, offered: bool = True) -> Value:
    site = interpreter.site(call.node)
    if isinstance(one, Class):
        return chosen_instance(interpreter, one, site, offered=offered)
    if isinstance(one, ExternalSymbol):
        fact = interpreter.knowledge.class_named(one.name)
        kind = Kind.ARGUMENTS if fact is not None and fact.kind is Kind.ARGUMENTS else Kind.CHOICES
        thing = AbstractObject(kind, one.name, site)
        thing.chosen = True
        thing.attach(BuiltBy(one.name))
        if offered:
            thing.attach(Offered())
        return thing
    return interpreter.unknown("parsed arguments", chosen=True)


@does("new choices")
def new_choices(interpreter: Interpreter, call: Call) -> Value:
    made = call.receiver if isinstance(call.receiver, AbstractObject) else AbstractObject(Kind.CHOICES, call.name)
    made.fields.update(call.passed.keywords)
    return made


@does("optional")
def optional(interpreter: Interpreter, call: Call) -> Value:
    """A helper that gives something or None, by a flag of what it is given (`get_peft_config(model_args)`)."""
    first = call.passed.positional[0] if call.passed.positional else None
    kind = call.transfer.details["role"]
    assert isinstance(kind, Kind)
    made = AbstractObject(kind, call.name, interpreter.site(call.node))
    flag = str(call.transfer.details["text"])
    if isinstance(first, AbstractObject):
        if flag not in first.fields:
            offered = f"--{flag}" if first.facet(Offered) is not None else ""
            asked = choice(interpreter, flag, Constant(False), None, offered=offered)
            first.fields[flag] = Constant(False) if is_complete(interpreter) else asked
        return interpreter.select(interpreter.truth(first.fields[flag]), made, NONE)
    return interpreter.select(interpreter.truth(interpreter.unknown(flag)), made, NONE)


@does("entry point")
def entry_point(interpreter: Interpreter, call: Call) -> Value:
    """`fire.Fire(main)`, `typer.run(main)`: the function is called with parameters from the command line."""
    for value in call.passed.positional[:1]:
        for _, one in interpreter.cases(value):
            if isinstance(one, Function):
                interpreter.definitions.commands[one.node] = call.name
                call_function(interpreter, one, Arguments([], {}, {}), call.node, entry=True)
            elif isinstance(one, Class) and one.dataclass:
                return _parsed(interpreter, one, call)
            elif isinstance(one, Class):
                interpreter.call(one, Arguments([], {}, {}, open=True), call.node)
    return interpreter.unknown()


@does("parse class")
def parse_class(interpreter: Interpreter, call: Call) -> Value:
    """`tyro.cli(Config)`, `simple_parsing.parse(Config)`: an object of a dataclass, its fields from the command line."""
    wanted = call.passed.get("config_class", 0)
    return entry_point(interpreter, call) if isinstance(wanted, Function) else _parsed(interpreter, wanted or NONE, call)


@does("new settings")
def new_settings(interpreter: Interpreter, call: Call) -> Value:
    """An object of a class whose fields come from the environment where they are not given."""
    made = call.receiver
    if isinstance(made, Instance):
        made.kind, made.chosen = Kind.CHOICES, True
        fill_dataclass(interpreter, made, call.passed, chosen=True)
    return made


@does("keep parameters")
def keep_parameters(interpreter: Interpreter, call: Call) -> Value:
    """`self.save_hyperparameters()`: what the constructor got, under `self.hparams`."""
    given, names = call.passed.positional, interpreter.frame.names
    kept: AbstractObject = AbstractObject(Kind.OBJECT, text="hparams", site=interpreter.site(call.node))
    if len(given) == 1 and isinstance(given[0], AbstractObject):
        kept = given[0]
    elif given:
        wanted = [str(name.value) for name in given if isinstance(name, Constant)]
        kept.fields.update({name: names[name] for name in wanted if name in names})
    elif interpreter.frame.function is not None:
        params = interpreter.frame.function.node.params
        wanted = [parameter.name.value for parameter in (*params.params, *params.kwonly_params)]
        kept.fields.update({name: names[name] for name in wanted if names.get(name, call.receiver) is not call.receiver})
    for _, one in interpreter.alternatives(call.receiver):
        if isinstance(one, AbstractObject):
            interpreter.write(one, "hparams", kept)
    return NONE


@does("open options", pure=True)
def open_options(interpreter: Interpreter, call: Call) -> Value:
    """Options read from a file (yaml, json, OmegaConf): whatever the script asks of them is chosen outside."""
    if call.name == "json.loads" and not _is_read(call.node):
        return interpreter.unknown(call.name)  # a line of data, mostly
    path = call.passed.positional[0] if call.passed.positional else None
    known = document_of_call(interpreter, call.node, call.name, path, call.passed.positional)
    if known is not None:
        return known
    made = interpreter.unknown(call.name.rpartition(".")[2], chosen=True, site=interpreter.site(call.node))
    made.attach(Setting())
    note_document(interpreter, call.node, made)
    return made


def _is_read(node: cst.Call) -> bool:
    """Whether what a call is given is the text of a whole file: `json.loads(path.read_text())`."""
    given = node.args[0].value if node.args else None
    called = given.func if isinstance(given, cst.Call) else None
    return isinstance(called, cst.Attribute) and called.attr.value in ("read", "read_text")


@does("environment", pure=True)
def environment(interpreter: Interpreter, call: Call) -> Value:
    """`os.environ.get("NAME", default)`: chosen by the user, unless a launcher sets it."""
    name = call.passed.positional[0] if call.passed.positional else None
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return interpreter.unknown("an environment variable")
    return variable(interpreter, name.value, call.passed.get("default", 1) or NONE)


@does("fields of", pure=True)
def fields_of(interpreter: Interpreter, call: Call) -> Value:
    """`vars(args)`, `asdict(args)`: the same fields, as a dict that may hold more."""
    first = call.passed.positional[0] if call.passed.positional else NONE
    found = fields_as_dict(first, own=call.name.endswith("vars"))
    return found or (interpreter.unknown("fields", [first]) if first is not ABSENT else NONE)


@does("options of", pure=True)
def options_of(interpreter: Interpreter, call: Call) -> Value:
    """`EasyDict({…})`, `OmegaConf.create({…})`: what it is given, read by attribute or by item."""
    first = call.passed.positional[0] if call.passed.positional else None
    if first is None:
        made = Mapping(call.passed.keywords, is_open=call.passed.open)
        fill_from(made, call.passed.rest)
        return made
    if isinstance(first, Mapping):
        made = Mapping({**first.entries, **call.passed.keywords}, is_open=first.open)
        made.chosen = first.chosen
        fill_from(made, settings_of(first))
        return made
    known = isinstance(first, AbstractObject) and (first.chosen or first.kind in (Kind.INSTANCE, Kind.NAMESPACE, Kind.CHOICES))
    return first if known else interpreter.unknown(call.name.rpartition(".")[2], [first])


@does("exclusive group")
def exclusive_group(interpreter: Interpreter, call: Call) -> Value:
    """`add_mutually_exclusive_group()`: which of its options is given hangs on the others, so none is a free choice."""
    shared: dict[str, Value] = {}
    for _, parser in interpreter.alternatives(call.receiver):
        if isinstance(parser, Parser):
            shared = parser.options
    return Parser(call.name, interpreter.site(call.node), shared, exclusive=True)
