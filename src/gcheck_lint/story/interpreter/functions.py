"""The script's own functions and classes: binding of arguments, running of bodies, objects and their fields."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE
from gcheck_lint.story.domain.facets import BuiltBy, Offered
from gcheck_lint.story.domain.limits import CALL_NODES, CALL_STEPS, CALLS_DEEP, ROUNDS
from gcheck_lint.story.domain.objects import Class, DataclassField, Function, Instance, Mapping, Sequence
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, ExternalSymbol, GuardedUnion, Value, newest
from gcheck_lint.story.interpreter.bound_options import close, parameter_of_command
from gcheck_lint.story.interpreter.command_options import command_option, is_command
from gcheck_lint.story.interpreter.generators import is_generator
from gcheck_lint.story.interpreter.interpreter import BUILT, EFFECTS, SURROUNDING, Interpreter
from gcheck_lint.story.interpreter.left_to_callers import leave_to_callers
from gcheck_lint.story.interpreter.losing import lose as lose_reach
from gcheck_lint.story.interpreter.losing import reach_of
from gcheck_lint.story.interpreter.parameters import choice, not_given, setting
from gcheck_lint.story.interpreter.sequences import add
from gcheck_lint.story.interpreter.summaries import Summaries, key_of, watching


def call_function(
    interpreter: Interpreter,
    function: Function,
    passed: Arguments,
    node: cst.CSTNode,
    at_yield: Callable[[Value], None] | None = None,
    *,
    entry: bool = False,
) -> Value:
    """Run a function of the script where it is called. `entry`: its parameters come from the command line."""
    rounds = ROUNDS if interpreter.provenance_of(passed.values()) else 1  # a recursion over plain data has nothing to tell
    if len(interpreter.stack) >= CALLS_DEEP or sum(running.node is function.node for running in interpreter.stack) > rounds:
        interpreter.havoc(passed.values())
        return interpreter.unknown(function.made_by, passed.values())
    if function.module is not interpreter.module and not _matters(interpreter, function, passed):
        return interpreter.unknown(function.made_by, passed.values())
    interpreter.definitions.called.add(function.node)
    generated: Sequence | None = None
    if at_yield is None and is_generator(function):
        if is_relevant(interpreter, function) or not interpreter.provenance_of(passed.values()):
            interpreter.havoc(passed.values())  # its body runs when somebody asks for the next element, if at all
            return interpreter.unknown(function.made_by, passed.values())
        generated = Sequence([], since=interpreter.path_condition)  # it only hands on what it gets

    def lose(why: str, since: int) -> Value:
        interpreter.given_up.add(function.node)
        values = [*passed.values(), *([] if function.receiver is None else [function.receiver])]
        named = _first_name(function) == "self"
        text = function.module.code(function.node)
        given = passed.values() if named else values
        reach = reach_of(interpreter, given, text, function.closure, function.receiver if named else None)
        lose_reach(interpreter, reach, since, node, f"the call of `{function.made_by}`", why)
        return interpreter.unknown(function.made_by, values)

    if function.node in interpreter.given_up:
        return lose("too many cases", newest())
    if generated is not None:
        return interpreter.contained(
            lambda: _drawn(interpreter, function, passed, node, generated), lose, CALL_NODES[0], CALL_STEPS[0]
        )
    deep = len(interpreter.stack) + (interpreter.trace.entry > 0)
    if at_yield is not None or (deep == 0 and is_relevant(interpreter, function)):
        if deep == 0:
            interpreter.by_statements.add(function.node)
        return _run(interpreter, function, passed, node, at_yield, entry=entry)
    summaries = interpreter.own(Summaries)
    key = key_of(interpreter, function, passed)
    if key is not None and key in summaries.returned:
        known = summaries.returned[key]
        return interpreter.unknown(function.made_by) if known is None else known

    def run() -> Value:
        with watching(interpreter) as watched:
            returned = _run(interpreter, function, passed, node, None, entry=entry)
        found = watched.summary(returned)
        if found is not None and key is not None:
            summaries.returned[key] = found[0]
        return returned

    level = max(min(deep, len(CALL_NODES)) - 1, 0)
    return interpreter.contained(run, lose, CALL_NODES[level], CALL_STEPS[level])


def _drawn(interpreter: Interpreter, function: Function, passed: Arguments, node: cst.CSTNode, into: Sequence) -> Value:
    """All that a generator yields; whoever asks for its elements does not learn how its body ends."""
    entry = interpreter.path_condition
    _run(interpreter, function, passed, node, lambda value: add(interpreter, into, value), entry=False)
    interpreter.path_condition = entry
    return into


def _first_name(function: Function) -> str:
    params = function.node.params
    first = [*params.posonly_params, *params.params][:1]
    return first[0].name.value if first else ""


def _run(
    interpreter: Interpreter,
    function: Function,
    passed: Arguments,
    node: cst.CSTNode,
    at_yield: Callable[[Value], None] | None,
    *,
    entry: bool,
) -> Value:
    frame = Frame(function.module, function.closure, function, entry=interpreter.path_condition)
    frame.at_yield = at_yield
    _bind(interpreter, function, passed, frame, entry=entry)
    with interpreter.running(function), interpreter.leaving(node, passed), interpreter.inside(frame):
        if isinstance(function.node, cst.Lambda):
            return interpreter.evaluate(function.node.body)
        with _surrounded(interpreter, function):
            interpreter.run_block(function.module.body(function.node))
        return interpreter.annotated(_result(interpreter, frame), function.node.returns, function.closure)


def _surrounded(interpreter: Interpreter, function: Function) -> AbstractContextManager[None]:
    """What a decorator of a library has around the body of a function, such as gradients that are off."""
    for item, value in zip(getattr(function.node, "decorators", ()), function.decorators, strict=False):
        transfer = interpreter.knowledge.function_named(value.name) if isinstance(value, ExternalSymbol) else None
        surround = None if transfer is None else SURROUNDING.get(transfer.effect)
        if transfer is not None and surround is not None:
            return surround(interpreter, transfer, item)
    return nullcontext()


def is_relevant(interpreter: Interpreter, function: Function) -> bool:
    """Whether a function's own text speaks of what may be done to a model."""
    return function.module.function_says(interpreter.knowledge.relevant, function.node)


def _matters(interpreter: Interpreter, function: Function, passed: Arguments) -> bool:
    """Whether a function of another module is worth following: its module speaks of models, or it is handed one, or a trainer."""
    if function.made_by == "__init__" and interpreter.frame.parent is None and not interpreter.at_home:
        return True  # an object that a module makes when it is imported may be where others enter their classes
    module = function.module
    if module in interpreter.modules.followed or module.says(interpreter.knowledge.relevant):
        return True
    if interpreter.provenance_of(passed.values()):
        return True
    given = (one for value in passed.values() for _, one in interpreter.alternatives(value))
    return any(isinstance(one, AbstractObject) and one.kind is Kind.TRAINER for one in given)


def follow_decorator(interpreter: Interpreter, decorator: Value, made: Function | Class) -> None:
    """A decorator is worth following where what it decorates is, whatever its own module speaks of: it may keep it somewhere."""
    if isinstance(decorator, Function) and made.module.says(interpreter.knowledge.relevant):
        interpreter.modules.followed.add(decorator.module)


def _result(interpreter: Interpreter, frame: Frame) -> Value:
    """What the function returned on each way out; the caller goes on under the union of them."""
    returns = list(frame.returns)
    # where the end of the body is not reached, the last way out is what is left by the others
    result = returns.pop()[1] if returns and interpreter.path_condition == FALSE else NONE
    for condition, value in reversed(returns):
        result = interpreter.select(condition, value, result)
    interpreter.path_condition = interpreter.conditions.either(interpreter.path_condition, frame.returned)
    return interpreter.narrow(result)


def _bind(interpreter: Interpreter, function: Function, passed: Arguments, frame: Frame, *, entry: bool) -> None:
    params = function.node.params
    positional = list(passed.positional)
    keywords = dict(passed.keywords)
    if function.receiver is not None:
        positional.insert(0, function.receiver)
    command = is_command(function) or function.node in interpreter.definitions.commands
    chosen = entry or command
    for parameter in (*params.posonly_params, *params.params):
        name = parameter.name.value
        given = positional.pop(0) if positional else keywords.pop(name, None)
        frame.names[name] = _argument(interpreter, function, parameter, given, passed, chosen=chosen, command=command)
    for parameter in params.kwonly_params:
        name = parameter.name.value
        given = keywords.pop(name, None)
        frame.names[name] = _argument(interpreter, function, parameter, given, passed, chosen=chosen, command=command)
    if isinstance(params.star_arg, cst.Param):
        rest = Sequence(None, [*positional, *passed.more], other=True) if passed.open else Sequence(positional)
        rest.sure = TRUE if passed.open and positional else FALSE
        rest.type_name = "tuple"
        frame.names[params.star_arg.name.value] = rest
    if params.star_kwarg is not None:
        named = Mapping(keywords, is_open=passed.open or chosen)
        named.chosen = chosen or passed.chosen
        if named.open and not command and passed.rest is None:
            leave_to_callers(interpreter, named)
        frame.names[params.star_kwarg.name.value] = named


def _argument(
    interpreter: Interpreter,
    function: Function,
    parameter: cst.Param,
    given: Value | None,
    passed: Arguments,
    *,
    chosen: bool,
    command: bool,
) -> Value:
    name = parameter.name.value
    default = function.defaults.get(name)
    if given is None or isinstance(given, GuardedUnion):
        if default is None and isinstance(function.node, cst.Lambda) and parameter.default is not None:
            default = interpreter.evaluate(parameter.default)
        by_user = chosen or (passed.open and passed.chosen)
        missing: Value
        if default is not None and not by_user and not passed.open:
            missing = default
        else:
            option = None
            if command:
                option = command_option(function, parameter, interpreter.definitions.commands.get(function.node, ""))
                told = default if option.default is None else option.default
                bound = parameter_of_command(interpreter, function, name, option.name, told)
                if bound is not None and given is None:
                    return bound
            missing = not_given(interpreter, parameter, default, passed, by_user=by_user, option=option)
        if given is None:
            given = missing
        else:
            given = interpreter.flat(interpreter.each(given, lambda one: missing if one is ABSENT else one))
    optional = isinstance(parameter.default, cst.Name) and parameter.default.value == "None"
    return interpreter.annotated(given, parameter.annotation, function.closure, optional=optional)


def context_manager(interpreter: Interpreter, node: cst.CSTNode) -> Function | None:
    """The own generator function behind `with helper(...):`, if that is what it is."""
    if not isinstance(node, cst.Call):
        return None
    function = (
        interpreter.evaluate(node.func) if isinstance(node.func, (cst.Name, cst.Attribute)) and not is_super(node.func) else None
    )
    if not isinstance(function, Function):
        return None
    named = any(
        isinstance(value, ExternalSymbol) and value.last in ("contextmanager", "asynccontextmanager")
        for value in function.decorators
    )
    return function if named else None


# --- own classes ---------------------------------------------------------------------------------------------------------


def instantiate(interpreter: Interpreter, cls: Class, passed: Arguments, node: cst.Call, *, supposed: bool = False) -> Value:
    """A new object of a class of the script. `supposed`: no call of the script makes it."""
    name, kind = inherited(interpreter, cls)
    made = Instance(cls, kind, interpreter.site(node))
    interpreter.definitions.instances[made] = interpreter.path_condition
    init = cls.member("__init__")
    if isinstance(init, Function):
        call_function(interpreter, init.bound_to(made), passed, node)
    elif cls.dataclass or any(kin.annotated for kin in cls.lineage()):
        fill_dataclass(interpreter, made, passed)  # NamedTuple, attrs and pydantic take their fields as well
    if not isinstance(init, Function) and kind is not Kind.INSTANCE:
        construct(interpreter, made, name, kind, passed, node)
    for look in BUILT if not supposed else ():
        look(interpreter, made)
    return made


def inherited(interpreter: Interpreter, cls: Class) -> tuple[str, Kind]:
    """The library class that a class of the script inherits from, and its kind (`INSTANCE` when there is none)."""
    for base in cls.library_bases():
        fact = interpreter.knowledge.class_named(base.name)
        if fact is not None:
            return base.name, Kind.MODULE if fact.kind is Kind.MODEL else fact.kind
        if base.last == "Module":
            return base.name, Kind.MODULE
    return "", Kind.INSTANCE


def fill_dataclass(interpreter: Interpreter, made: Instance, passed: Arguments, *, chosen: bool = False) -> None:
    """The fields of a dataclass: given, or their defaults; with `chosen` they come from the command line."""
    names: list[str] = []
    for cls in reversed(made.cls.lineage()):
        names += [name for name in cls.annotated if name not in names]
    positional = list(passed.positional)
    for name in names:
        default, told = made.cls.member(name), made.cls.annotation(name)
        if isinstance(default, DataclassField):
            default = default.default_value
        given = positional.pop(0) if positional else passed.keywords.get(name)
        if given is None:
            site = made.cls.declared_at(name)
            offered = made.facet(Offered) is not None
            if chosen:
                given = choice(interpreter, name, default, site, told and told[0], offered=f"--{name}" if offered else "")
            else:
                given = interpreter.unknown(name) if passed.open and passed.rest is None else default
            if passed.rest is not None and not chosen:
                given = setting(interpreter, passed.rest, name, default, made.cls.node)
        made.fields[name] = given if given is not None else interpreter.unknown(name)
        if told is not None:
            made.fields[name] = interpreter.annotated(made.fields[name], *told)
    post = made.cls.member("__post_init__")
    if isinstance(post, Function):
        call_function(interpreter, post.bound_to(made), Arguments([], {}, {}), made.cls.node)


def chosen_instance(
    interpreter: Interpreter,
    cls: Class,
    site: Site | None,
    *,
    offered: bool = False,
    given: dict[str, Value] | None = None,
) -> Instance:
    """An object of a dataclass of the script whose fields the user chooses: a command line, or whoever calls a function.

    `offered`: it is a command line. `given`: what a recipe gives; then the other fields may be nobody's choice.
    """
    name, kind = inherited(interpreter, cls)
    made = Instance(cls, kind if kind is not Kind.INSTANCE else Kind.CHOICES, site)
    made.chosen = True
    made.text = "--"
    if offered:
        made.attach(Offered())
    if given is not None:
        close(interpreter, made)
        made.fields.update(given)
    fill_dataclass(interpreter, made, Arguments([], given or {}, {}), chosen=made.chosen)
    if name:
        made.attach(BuiltBy(name))
    return made


def construct(interpreter: Interpreter, made: AbstractObject, name: str, kind: Kind, passed: Arguments, node: cst.Call) -> Value:
    """What the constructor of a library class of this kind does to the new object."""
    effect = EFFECTS.get(f"new {kind.value}")
    if effect is None:
        return made
    return effect(interpreter, Call(node, name, TransferRule(f"new {kind.value}", {}), passed, made))


def is_super(node: cst.CSTNode) -> bool:
    """`super()`."""
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "super"
