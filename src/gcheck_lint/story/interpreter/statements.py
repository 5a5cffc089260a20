"""What a statement does."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.scopes import Attempt, Frame
from gcheck_lint.story.domain.values import ABSENT, NONE, Class, Function, Instance, Known, Library, Sequence, Thing, Value
from gcheck_lint.story.interpreter.attributes import write_attribute
from gcheck_lint.story.interpreter.containers import remove_item, store_item
from gcheck_lint.story.interpreter.dispatch import CALLS, RUNNERS, Passed, runs
from gcheck_lint.story.interpreter.interpreter import Teller


def run_block(teller: Teller, body: cst.BaseSuite | cst.Module) -> None:
    """Run the statements of a body, as far as they are reached."""
    for statement in body.body:
        if teller.pc == FALSE:
            return
        run(teller, statement)


def run(teller: Teller, statement: cst.CSTNode) -> None:
    """Run one statement."""
    teller.step()
    if teller.frame.module is teller.module:
        teller.at = statement
    if isinstance(statement, cst.SimpleStatementLine):
        for small in statement.body:
            if teller.pc != FALSE:
                run(teller, small)
        return
    found = RUNNERS.get(type(statement))
    if found is not None:
        found(teller, statement)


# --- simple statements ---------------------------------------------------------------------------------------------------


@runs(cst.Expr)
def expression(teller: Teller, node: cst.Expr) -> None:
    teller.evaluate(node.value)


@runs(cst.Assign)
def assignment(teller: Teller, node: cst.Assign) -> None:
    value = teller.evaluate(node.value)
    for target in node.targets:
        assign(teller, target.target, value)


@runs(cst.AnnAssign)
def annotated(teller: Teller, node: cst.AnnAssign) -> None:
    if teller.frame.cls is not None and isinstance(node.target, cst.Name):
        teller.frame.cls.annotated[node.target.value] = teller.site(node)
    if node.value is not None:
        assign(teller, node.target, teller.evaluate(node.value))


@runs(cst.AugAssign)
def augmented(teller: Teller, node: cst.AugAssign) -> None:
    value = teller.evaluate(node.value)
    before = teller.evaluate(node.target)
    if isinstance(before, Sequence) and isinstance(value, Sequence):
        known = before.items is not None and value.items is not None and teller.pc == TRUE
        before.items = [*(before.items or ()), *(value.items or ())] if known else None
        return
    assign(teller, node.target, teller.unknown(about=[before, value]))


def assign(teller: Teller, target: cst.CSTNode, value: Value) -> None:
    """Bind a target of any shape."""
    if isinstance(target, cst.Name):
        teller.bind(target.value, value)
        if isinstance(value, Thing) and value.role == "unknown" and not value.text:
            value.text = target.value
    elif isinstance(target, cst.Attribute):
        write_attribute(teller, teller.evaluate(target.value), target.attr.value, value, target)
    elif isinstance(target, cst.Subscript):
        container = teller.evaluate(target.value)
        first = target.slice[0].slice
        key = teller.evaluate(first.value) if len(target.slice) == 1 and isinstance(first, cst.Index) else ABSENT
        store_item(teller, container, key, value)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(teller, target, value)
    elif isinstance(target, cst.StarredElement):
        assign(teller, target.value, value)


def _unpack(teller: Teller, target: cst.Tuple | cst.List, value: Value) -> None:
    starred = [index for index, element in enumerate(target.elements) if isinstance(element, cst.StarredElement)]
    size = len(target.elements)
    for index, element in enumerate(target.elements):

        def part(one: Value, index: int = index) -> Value:
            items = one.items if isinstance(one, Sequence) else None
            if items is None:
                return _part_of_unknown(teller, one, index)
            if starred:
                after = size - starred[0] - 1
                if index == starred[0]:
                    return Sequence(items[index : len(items) - after])
                if index > starred[0]:
                    index -= size
            return items[index] if -len(items) <= index < len(items) else teller.unknown()

        inner = element.value if isinstance(element, (cst.Element, cst.StarredElement)) else element
        assign(teller, inner, teller.flat(teller.each(value, part)))


def _part_of_unknown(teller: Teller, one: Value, index: int) -> Value:
    if not isinstance(one, Thing):
        return teller.unknown()
    field = f"[{index}]"
    if field not in one.fields:
        part = teller.unknown("", [one])
        part.chosen = one.chosen
        one.fields[field] = part
    return one.fields[field]


@runs(cst.Del)
def deletion(teller: Teller, node: cst.Del) -> None:
    targets = node.target.elements if isinstance(node.target, cst.Tuple) else [node.target]
    for target in targets:
        inner = target.value if isinstance(target, cst.Element) else target
        if isinstance(inner, cst.Name) and teller.pc == TRUE:
            teller.frame.names.pop(inner.value, None)
        elif isinstance(inner, cst.Subscript) and isinstance(inner.slice[0].slice, cst.Index):
            key = teller.evaluate(inner.slice[0].slice.value)
            remove_item(teller, teller.evaluate(inner.value), key.value if isinstance(key, Known) else ABSENT)


@runs(cst.Return)
def returned(teller: Teller, node: cst.Return) -> None:
    value = teller.evaluate(node.value) if node.value is not None else NONE
    teller.frame.returns.append((teller.pc, value))
    teller.frame.returned = teller.conditions.either(teller.frame.returned, teller.pc)
    teller.pc = FALSE


@runs(cst.Raise)
def raised(teller: Teller, node: cst.Raise) -> None:
    if node.exc is not None:
        teller.evaluate(node.exc)
    leave_by_exception(teller)


def leave_by_exception(teller: Teller) -> None:
    """What follows is not reached, except in the handlers of a `try` around."""
    teller.raised = teller.conditions.either(teller.raised, teller.pc)
    if teller.attempts:
        attempt = teller.attempts[-1]
        attempt.raised = teller.conditions.either(attempt.raised, teller.pc)
    teller.pc = FALSE


@runs(cst.Assert)
def asserted(teller: Teller, node: cst.Assert) -> None:
    holds = teller.truth(teller.evaluate(node.test))
    teller.pc = teller.conditions.both(teller.pc, holds)


@runs(cst.Break)
def broken(teller: Teller, node: cst.Break) -> None:
    if teller.frame.loops:
        loop = teller.frame.loops[-1]
        loop.broken = teller.conditions.either(loop.broken, teller.pc)
    teller.pc = FALSE


@runs(cst.Continue)
def continued(teller: Teller, node: cst.Continue) -> None:
    if teller.frame.loops:
        loop = teller.frame.loops[-1]
        loop.continued = teller.conditions.either(loop.continued, teller.pc)
    teller.pc = FALSE


@runs(cst.Global, cst.Nonlocal)
def shared_names(teller: Teller, node: cst.Global | cst.Nonlocal) -> None:
    teller.frame.globals.update(item.name.value for item in node.names)


# --- branches ------------------------------------------------------------------------------------------------------------


@runs(cst.If)
def branch(teller: Teller, node: cst.If) -> None:
    test = teller.truth(teller.evaluate(node.test))
    entry, raised = teller.pc, teller.raised
    conditions = teller.conditions
    on, off = conditions.both(entry, test), conditions.without(entry, test)
    teller.pc = on
    if on != FALSE:
        run_block(teller, node.body)
    left = teller.pc
    teller.pc = off
    if off != FALSE and node.orelse is not None:
        if isinstance(node.orelse, cst.If):
            branch(teller, node.orelse)
        else:
            run_block(teller, node.orelse.body)
    # most branches come together again, and that is known without computing it
    teller.pc = entry if (left, teller.pc) == (on, off) else conditions.either(left, teller.pc)
    if teller.raised != raised and len(conditions.symbols) > _MANY and conditions.is_opaque(test):
        # a long script's checks of the machine and of its files (`if not found: raise`) would fill every later condition
        teller.pc = conditions.either(teller.pc, conditions.both(entry, conditions.without(teller.raised, raised)))


_MANY = 48  # symbols; shorter scripts keep all that they rule out


@runs(cst.Match)
def match(teller: Teller, node: cst.Match) -> None:
    subject = teller.evaluate(node.subject)
    entry, rest, left = teller.pc, teller.pc, FALSE
    for case in node.cases:
        holds = _case_holds(teller, subject, case)
        teller.pc = teller.conditions.both(rest, holds)
        rest = teller.conditions.without(rest, holds)
        if teller.pc != FALSE:
            run_block(teller, case.body)
            left = teller.conditions.either(left, teller.pc)
    teller.pc = teller.conditions.both(entry, teller.conditions.either(left, rest))


def _case_holds(teller: Teller, subject: Value, case: cst.MatchCase) -> Condition:
    pattern = case.pattern
    if case.guard is None:
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
            if pattern.name is not None:
                teller.bind(pattern.name.value, subject)
            return TRUE
        if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
            constant = teller.evaluate(pattern.value)
            if isinstance(constant, Known) and isinstance(subject, Known):
                return TRUE if constant.value == subject.value else FALSE
            if isinstance(constant, Known) and isinstance(subject, Thing) and subject.role == "unknown":
                name = subject.text or "a value"
                return teller.ask(
                    subject,
                    ("is", constant.value),
                    f"`{name}` is {constant.value!r}",
                    f"`{name}` is not {constant.value!r}",
                )
    return teller.opaque("a case matches")[1]


# --- try -----------------------------------------------------------------------------------------------------------------


@runs(cst.Try, cst.TryStar)
def attempt(teller: Teller, node: cst.Try | cst.TryStar) -> None:
    """The body happens; a handler happens in addition, under an opaque condition, after it."""
    conditions = teller.conditions
    entry = teller.pc
    returned_before = teller.frame.returned
    tried = Attempt(caught=bool(node.handlers))
    teller.attempts.append(tried)
    run_block(teller, node.body)
    teller.attempts.pop()
    through = teller.pc
    left = through
    if node.handlers:
        _, failed = teller.opaque("an exception is raised", accident=True)
        caught = conditions.either(tried.raised, conditions.both(failed, entry))
        ends = FALSE
        for handler in node.handlers:
            _, this_one = teller.opaque("this handler fits") if len(node.handlers) > 1 else (None, TRUE)
            teller.pc = conditions.both(caught, this_one)
            caught = conditions.without(caught, this_one)
            if handler.name is not None and isinstance(handler.name.name, cst.Name):
                teller.bind(handler.name.name.value, teller.unknown("an exception"))
            if teller.pc != FALSE:
                run_block(teller, handler.body)
            ends = conditions.either(ends, teller.pc)
        left = conditions.either(conditions.without(through, failed), ends)
    elif teller.attempts:
        outer = teller.attempts[-1]
        outer.raised = conditions.either(outer.raised, tried.raised)
    if node.orelse is not None:
        teller.pc = conditions.both(left, through)
        after_handlers = conditions.without(left, through)
        run_block(teller, node.orelse.body)
        left = conditions.either(after_handlers, teller.pc)
    if node.finalbody is not None:
        _run_finally(teller, node.finalbody, left, entry, returned_before)
    else:
        teller.pc = left


def _run_finally(teller: Teller, final: cst.Finally, left: Condition, entry: Condition, returned_before: Condition) -> None:
    """`finally` runs on the way out by return, too."""
    conditions = teller.conditions
    leaving = conditions.without(teller.frame.returned, returned_before)
    teller.pc = conditions.either(left, conditions.both(entry, leaving))
    run_block(teller, final.body)
    teller.pc = conditions.both(teller.pc, left)


# --- definitions ---------------------------------------------------------------------------------------------------------


@runs(cst.FunctionDef)
def function(teller: Teller, node: cst.FunctionDef) -> None:
    name = node.name.value
    made = Function(node, teller.frame.module, teller.frame, name)
    made.site = teller.site(node)
    made.decorators = tuple(_decorator(teller, item.decorator) for item in node.decorators)
    made.owner = teller.frame.cls
    for parameter in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params):
        if parameter.default is not None:
            made.defaults[parameter.name.value] = teller.evaluate(parameter.default)
    teller.bind(name, _decorated(teller, node, made))
    if node not in teller.defined and teller.frame.module is teller.module:
        teller.defined.add(node)
        teller.functions.append(made)


def _decorated(teller: Teller, node: cst.FunctionDef, made: Function) -> Value:
    """What the name is bound to: the function as the script's own decorators make it; those of libraries leave it as it is."""
    value: Value = made
    for item in reversed(node.decorators):
        inner = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
        decorator = teller.evaluate(inner)
        if not isinstance(decorator, (Function, Class)) or inner_is_property(decorator):
            continue
        if isinstance(item.decorator, cst.Call):
            decorator = teller.evaluate(item.decorator)
        call = cst.Call(item.decorator)
        result = CALLS["call"](teller, decorator, Passed([value], {}, {}), call)
        if isinstance(result, (Function, Instance)):
            value = result
        elif decorator is not made:
            return teller.unknown(node.name.value)
    return value


def inner_is_property(decorator: Value) -> bool:
    """Whether a decorator makes a context manager of a function: those are asked where they are entered."""
    return isinstance(decorator, Function) and any(
        isinstance(value, Library) and value.last in ("contextmanager", "asynccontextmanager") for value in decorator.decorators
    )


def _decorator(teller: Teller, node: cst.BaseExpression) -> Value:
    """A decorator by its name; its arguments are evaluated where it is called with some."""
    return teller.evaluate(node.func if isinstance(node, cst.Call) else node)


@runs(cst.ClassDef)
def class_definition(teller: Teller, node: cst.ClassDef) -> None:
    bases = tuple(value for value in (teller.evaluate(arg.value) for arg in node.bases) if isinstance(value, (Class, Library)))
    made = Class(node, teller.frame.module, bases)
    made.site = teller.site(node)
    decorators = [_decorator(teller, item.decorator) for item in node.decorators]
    made.dataclass = any(isinstance(value, Library) and value.last == "dataclass" for value in decorators)
    made.dataclass = made.dataclass or any(isinstance(base, Class) and base.dataclass for base in bases)
    frame = Frame(teller.frame.module, teller.frame, teller.frame.function, made)
    with teller.inside(frame):
        run_block(teller, node.body)
    made.members = frame.names
    teller.bind(node.name.value, made)
    if node not in teller.defined and teller.frame.module is teller.module:
        teller.defined.add(node)
        teller.classes.append(made)
