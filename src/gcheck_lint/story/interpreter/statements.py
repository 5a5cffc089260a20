"""What a statement does."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import pass_on
from gcheck_lint.story.domain.objects import Class, Function, Instance, Sequence
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.arithmetic import computed
from gcheck_lint.story.interpreter.attributes import write_attribute
from gcheck_lint.story.interpreter.containers import keep_element, kept_element, remove_item, store_item
from gcheck_lint.story.interpreter.edited_constants import as_edited, note_left_out
from gcheck_lint.story.interpreter.functions import follow_decorator
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter, binds, runs
from gcheck_lint.story.interpreter.raising import asks_of_nothing
from gcheck_lint.story.interpreter.sequences import elements_of, extend, item_at, open_up

# --- simple statements ---------------------------------------------------------------------------------------------------


@runs(cst.Expr)
def expression(interpreter: Interpreter, node: cst.Expr) -> None:
    interpreter.evaluate(node.value)


@runs(cst.Assign)
def assignment(interpreter: Interpreter, node: cst.Assign) -> None:
    value = interpreter.evaluate(node.value)
    if interpreter.rounds and isinstance(node.value, cst.BinaryOperation) and _builds_on_itself(node):
        value = _after_any_round(interpreter, value)
    for target in node.targets:
        interpreter.assign(target.target, as_edited(interpreter, target.target, value))


def _builds_on_itself(node: cst.Assign) -> bool:
    """`n = n + 1`."""
    target = node.targets[0].target
    waiting: list[cst.CSTNode] = [node.value]
    while waiting:
        one = waiting.pop()
        if one.deep_equals(target):
            return True
        if isinstance(one, cst.BinaryOperation):
            waiting += [one.left, one.right]
    return False


def _after_any_round(interpreter: Interpreter, value: Value) -> Value:
    """What one round has made of what the one before it left, when nobody knows how many there are."""
    if isinstance(value, Constant):
        return interpreter.unknown()
    if isinstance(value, Sequence):
        open_up(interpreter, value)
        value.grown = TRUE
    return value


@runs(cst.AnnAssign)
def annotated(interpreter: Interpreter, node: cst.AnnAssign) -> None:
    if interpreter.frame.cls is not None and isinstance(node.target, cst.Name):
        interpreter.frame.cls.annotated[node.target.value] = interpreter.site(node)
    if node.value is not None:
        value = interpreter.annotated(interpreter.evaluate(node.value), node.annotation, interpreter.frame)
        interpreter.assign(node.target, as_edited(interpreter, node.target, value))
    elif isinstance(node.target, cst.Name) and node.target.value in interpreter.frame.names and interpreter.frame.cls is None:
        before = interpreter.frame.names[node.target.value]
        told = interpreter.annotated(before, node.annotation, interpreter.frame)
        if told is not before:
            interpreter.bind(node.target.value, told)


@runs(cst.AugAssign)
def augmented(interpreter: Interpreter, node: cst.AugAssign) -> None:
    value = interpreter.evaluate(node.value)
    before = interpreter.evaluate(node.target)
    rest: list[Value] = []
    for _, one in interpreter.cases(before):
        if isinstance(one, Sequence) and isinstance(node.operator, (cst.AddAssign, cst.BitOrAssign)):
            extend(interpreter, one, value)
        else:
            rest.append(one)
    if rest:
        counts = not interpreter.rounds  # what a round adds to what the one before it left is anybody's guess

        def changed(one: Value) -> Value:
            if isinstance(one, Sequence):
                return one
            known = computed(node.operator, one, value) if counts else None
            return interpreter.unknown(provenance=[one, value]) if known is None else known

        interpreter.assign(node.target, interpreter.flat(interpreter.each(before, changed)))


@binds(cst.Name)
def bind_name(interpreter: Interpreter, target: cst.Name, value: Value) -> None:
    interpreter.bind(target.value, value)
    if isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and not value.text:
        value.text = target.value


@binds(cst.Attribute)
def set_attribute(interpreter: Interpreter, target: cst.Attribute, value: Value) -> None:
    owner = interpreter.evaluate(target.value)
    asks_of_nothing(interpreter, target.value, owner, target.attr.value, target)
    write_attribute(interpreter, owner, target.attr.value, value, target)


@binds(cst.Subscript)
def set_item(interpreter: Interpreter, target: cst.Subscript, value: Value) -> None:
    container = interpreter.evaluate(target.value)
    first = target.slice[0].slice
    key = interpreter.evaluate(first.value) if len(target.slice) == 1 and isinstance(first, cst.Index) else ABSENT
    store_item(interpreter, container, key, value)


@binds(cst.StarredElement)
def bind_starred(interpreter: Interpreter, target: cst.StarredElement, value: Value) -> None:
    interpreter.assign(target.value, value)


@binds(cst.Tuple, cst.List)
def unpack(interpreter: Interpreter, target: cst.Tuple | cst.List, value: Value) -> None:
    starred = [index for index, element in enumerate(target.elements) if isinstance(element, cst.StarredElement)]
    size = len(target.elements)
    for index, element in enumerate(target.elements):

        def part(one: Value, index: int = index) -> Value:
            items = elements_of(interpreter, one) if isinstance(one, Sequence) else None
            if items is None and isinstance(one, Sequence) and not starred and (found := item_at(interpreter, one, index)):
                return found
            if items is None and isinstance(one, Sequence) and one.contents:
                return interpreter.widened(interpreter.without_absent(item) for item in one.contents)
            if items is None:
                return _part_of_unknown(interpreter, one, index)
            if starred:
                after = size - starred[0] - 1
                if index == starred[0]:
                    return Sequence(items[index : len(items) - after])
                if index > starred[0]:
                    index -= size
            return items[index] if -len(items) <= index < len(items) else interpreter.unknown()

        inner = element.value if isinstance(element, (cst.Element, cst.StarredElement)) else element
        interpreter.assign(inner, interpreter.flat(interpreter.each(value, part)))


def _part_of_unknown(interpreter: Interpreter, one: Value, index: int) -> Value:
    if not isinstance(one, AbstractObject):
        return interpreter.unknown()
    kept = kept_element(one, index)
    if kept is not None:
        return kept
    part = interpreter.unknown("", [one], chosen=one.chosen)
    pass_on(one, part)
    interpreter.derived(one, part, Derivation("result"))
    return keep_element(one, index, part)


@runs(cst.Del)
def deletion(interpreter: Interpreter, node: cst.Del) -> None:
    targets = node.target.elements if isinstance(node.target, cst.Tuple) else [node.target]
    for target in targets:
        inner = target.value if isinstance(target, cst.Element) else target
        if isinstance(inner, cst.Name) and interpreter.path_condition == TRUE:
            interpreter.frame.names.pop(inner.value, None)
        elif isinstance(inner, cst.Subscript) and isinstance(inner.slice[0].slice, cst.Index):
            key = interpreter.evaluate(inner.slice[0].slice.value)
            remove_item(interpreter, interpreter.evaluate(inner.value), key.value if isinstance(key, Constant) else ABSENT)


@runs(cst.Return)
def returned(interpreter: Interpreter, node: cst.Return) -> None:
    value = interpreter.evaluate(node.value) if node.value is not None else NONE
    interpreter.frame.returns.append((interpreter.within_frame(), value))
    interpreter.frame.returned = interpreter.conditions.either(interpreter.frame.returned, interpreter.path_condition)
    interpreter.left += 1
    interpreter.path_condition = FALSE


@runs(cst.Raise)
def raised(interpreter: Interpreter, node: cst.Raise) -> None:
    if node.exc is not None:
        interpreter.evaluate(node.exc)
    interpreter.end_path(catchable=True)


@runs(cst.Assert)
def asserted(interpreter: Interpreter, node: cst.Assert) -> None:
    holds = interpreter.truth(interpreter.evaluate(node.test))
    if interpreter.is_caught:
        interpreter.path_condition = interpreter.conditions.both(interpreter.path_condition, holds)
    else:
        interpreter.going_on(interpreter.conditions.negate(holds))


@runs(cst.Break)
def broken(interpreter: Interpreter, node: cst.Break) -> None:
    if interpreter.frame.loops:
        loop = interpreter.frame.loops[-1]
        loop.broken = interpreter.conditions.either(loop.broken, interpreter.path_condition)
        interpreter.left += 1
    interpreter.path_condition = FALSE


@runs(cst.Continue)
def continued(interpreter: Interpreter, node: cst.Continue) -> None:
    if interpreter.frame.loops:
        loop = interpreter.frame.loops[-1]
        loop.continued = interpreter.conditions.either(loop.continued, interpreter.path_condition)
        interpreter.left += 1
    interpreter.path_condition = FALSE


@runs(cst.Global, cst.Nonlocal)
def shared_names(interpreter: Interpreter, node: cst.Global | cst.Nonlocal) -> None:
    interpreter.frame.globals.update(item.name.value for item in node.names)


# --- branches ------------------------------------------------------------------------------------------------------------


@runs(cst.If)
def branch(interpreter: Interpreter, node: cst.If) -> None:
    test = interpreter.truth(interpreter.evaluate(node.test))
    entry, conditions = interpreter.path_condition, interpreter.conditions
    on, off = conditions.both(entry, test), conditions.without(entry, test)
    note_left_out(interpreter, node.test, on, node.body)
    left, ended = _arm(interpreter, on, node.body)
    right, ended_else = off, False
    if node.orelse is not None:
        note_left_out(interpreter, node.test, off, node.orelse)
        right, ended_else = _arm(interpreter, off, node.orelse if isinstance(node.orelse, cst.If) else node.orelse.body)
    # most branches come together again, and that is known without computing it
    interpreter.path_condition = entry if (left, right) == (on, off) else conditions.either(left, right)
    if (ended and right == off) or (ended_else and left == on):
        interpreter.path_condition = entry
        interpreter.going_on(test if ended else conditions.negate(test))


def _arm(interpreter: Interpreter, start: Condition, body: cst.BaseSuite | cst.If) -> tuple[Condition, bool]:
    """Runs an arm. The path condition at its end, and whether all that it did was to end the program."""
    interpreter.path_condition = start
    if start == FALSE:
        if interpreter.rounds and interpreter.speaks_of_models(body):
            interpreter.skipped += 1
        return FALSE, False
    before = interpreter.written, interpreter.left
    if isinstance(body, cst.If):
        interpreter.run(body)
    else:
        interpreter.run_block(body)
    end = interpreter.path_condition
    return end, end == FALSE and (interpreter.written, interpreter.left) == before and not interpreter.is_caught


# --- definitions ---------------------------------------------------------------------------------------------------------


@runs(cst.FunctionDef)
def function(interpreter: Interpreter, node: cst.FunctionDef) -> None:
    name = node.name.value
    made = Function(node, interpreter.frame.module, interpreter.frame, name)
    made.site = interpreter.site(node)
    made.decorators = tuple(_decorator(interpreter, item.decorator) for item in node.decorators)
    made.owner = interpreter.frame.cls
    for parameter in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params):
        if parameter.default is not None:
            made.defaults[parameter.name.value] = interpreter.evaluate(parameter.default)
    interpreter.bind(name, _decorated(interpreter, node, made))
    if node not in interpreter.definitions.seen and interpreter.at_home:
        interpreter.definitions.seen.add(node)
        interpreter.definitions.functions.append(made)


def _decorated(interpreter: Interpreter, node: cst.FunctionDef, made: Function) -> Value:
    """What the name is bound to: the function as the script's own decorators make it; those of libraries leave it as it is."""
    value: Value = made
    for item in reversed(node.decorators):
        inner = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
        decorator = interpreter.evaluate(inner)
        if not isinstance(decorator, (Function, Class)) or inner_is_property(decorator):
            continue
        follow_decorator(interpreter, decorator, made)
        if isinstance(item.decorator, cst.Call):
            decorator = interpreter.evaluate(item.decorator)
        call = cst.Call(item.decorator)
        result = interpreter.call(decorator, Arguments([value], {}, {}), call)
        if isinstance(result, (Function, Instance)):
            value = result
        elif decorator is not made:
            return interpreter.unknown(node.name.value)
    return value


def _registered(interpreter: Interpreter, node: cst.ClassDef, made: Class, decorators: list[Value]) -> Value:
    """A class as the script's own decorators leave it: most of them enter it somewhere, and give it back."""
    value: Value = made
    for item, own in zip(reversed(node.decorators), reversed(decorators), strict=True):
        if not isinstance(own, Function):
            continue
        follow_decorator(interpreter, own, made)
        decorator = interpreter.evaluate(item.decorator) if isinstance(item.decorator, cst.Call) else own
        result = interpreter.call(decorator, Arguments([value], {}, {}), cst.Call(item.decorator))
        value = result if isinstance(result, Class) else value
    return value


def inner_is_property(decorator: Value) -> bool:
    """Whether a decorator makes a context manager of a function: those are asked where they are entered."""
    return isinstance(decorator, Function) and any(
        isinstance(value, ExternalSymbol) and value.last in ("contextmanager", "asynccontextmanager")
        for value in decorator.decorators
    )


def _decorator(interpreter: Interpreter, node: cst.BaseExpression) -> Value:
    """A decorator by its name; its arguments are evaluated where it is called with some."""
    return interpreter.evaluate(node.func if isinstance(node, cst.Call) else node)


@runs(cst.ClassDef)
def class_definition(interpreter: Interpreter, node: cst.ClassDef) -> None:
    bases = tuple(
        value for value in (interpreter.evaluate(arg.value) for arg in node.bases) if isinstance(value, (Class, ExternalSymbol))
    )
    made = Class(node, interpreter.frame.module, bases)
    made.site, made.scope = interpreter.site(node), interpreter.frame
    decorators = [_decorator(interpreter, item.decorator) for item in node.decorators]
    made.dataclass = any(isinstance(value, ExternalSymbol) and value.last == "dataclass" for value in decorators)
    made.dataclass = made.dataclass or any(isinstance(base, Class) and base.dataclass for base in bases)
    frame = Frame(interpreter.frame.module, interpreter.frame, interpreter.frame.function, made, interpreter.path_condition)
    with interpreter.inside(frame):
        interpreter.run_block(node.body)
    made.members = frame.names
    interpreter.bind(node.name.value, _registered(interpreter, node, made, decorators))
    if node not in interpreter.definitions.seen and interpreter.at_home:
        interpreter.definitions.seen.add(node)
        interpreter.definitions.classes.append(made)
