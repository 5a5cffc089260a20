"""`for name, parameter in model.named_parameters()`: the loop runs once for each part of the model, with the names that it has.

So it is seen which parts a script freezes by name. Within a part there are many parameters: what the loop asks of a name may hold
for some of them (`domain.texts`), and the part learns when one of them does.
"""

from __future__ import annotations

from dataclasses import field

from gcheck_lint.knowledge import Family
from gcheck_lint.knowledge.kinds import Part
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.facets import PartOf
from gcheck_lint.story.domain.objects import Sequence, Wrapper
from gcheck_lint.story.domain.texts import Answers, OneOfTexts
from gcheck_lint.story.domain.values import AbstractObject, Facet, GuardedUnion, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter

_ADAPTERS = ("lora",)  # what only the names of adapters hold
TIED = "the head shares its weights with the embeddings"
_PREFIX = "base_model.model."  # of all names behind a PEFT model


@dataclass(slots=True, eq=False)
class Turn:
    """One round of such a loop: the parameters of a part, and when the loop has let them learn, or frozen them.

    `uneven`: some of them may have learned before, and others not. `adapter`: they are those that LoRA has put into the layers;
    `within`: they are the layers' own where it has, and were frozen by it.
    """

    model: AbstractObject
    part: Part
    name: OneOfTexts
    uneven: bool = False
    adapter: bool = False
    within: bool = False
    others: list[Turn] = field(default_factory=list)
    on: Condition = FALSE
    off: Condition = FALSE
    before: Condition | None = None


@dataclass(frozen=True, slots=True)
class InTurn(Facet):
    """Parameters that a loop goes over in this round."""

    turn: Turn


def turns_of(interpreter: Interpreter, part: PartOf, since: Condition) -> Sequence | None:
    """The rounds of a loop over all named parameters of a model; None where its names can't be told."""
    if part.some or part.parts != tuple(Part) or since != interpreter.path_condition or isinstance(part.whole, GuardedUnion):
        return None
    whole: Value = part.whole
    prefix = ""
    while isinstance(whole, Wrapper):
        prefix = _PREFIX + prefix if whole.is_adapter else f"module.{prefix}"
        whole = whole.inner
    state = interpreter.states.get(whole) if isinstance(whole, AbstractObject) else None
    if state is None or not isinstance(whole, AbstractObject):
        return None
    adapted = not interpreter.conditions.meet(since, interpreter.conditions.negate(state.lora))
    if not adapted and interpreter.conditions.meet(since, state.lora):
        return None
    family = interpreter.knowledge.family_of(whole.made_by, state.source) if state.own_class else None
    turns = []
    for one in Part:
        uneven = one in state.uneven
        if adapted and one is Part.LAYERS:
            names = _adapter_names(family, prefix, state.targets)
            turns.append(Turn(whole, one, names, uneven=uneven, adapter=True))
        # what an adapter has put around them has other names, which differ by its version
        own = _own_names(one, family, prefix, closed=not (adapted and (uneven or one is Part.LAYERS)))
        turns.append(Turn(whole, one, own, uneven=uneven, within=adapted and one is Part.LAYERS))
    rounds: list[Value] = []
    for turn in turns:
        turn.others = turns
        made = interpreter.unknown("parameters")
        made.attach(PartOf(part.whole, (turn.part,), some=False))
        made.attach(InTurn(turn))
        rounds.append(Sequence([turn.name, made]))
    return Sequence(rounds)


def _own_names(part: Part, family: Family | None, prefix: str, *, closed: bool) -> OneOfTexts:
    """The names of a part's own parameters."""
    forms = ("",) if family is None else tuple(f"{prefix}{form}" for form in family.names[part])
    return OneOfTexts(forms, closed=closed and family is not None, marks=_ADAPTERS)


def _adapter_names(family: Family | None, prefix: str, targets: tuple[str, ...] | None) -> OneOfTexts:
    """The names of the parameters that LoRA has put into the layers."""
    forms = []
    for form in () if family is None else family.names[Part.LAYERS]:
        module = form.removesuffix(".weight")
        if module != form and module.rpartition(".")[2] in (targets or ()):
            forms += [f"{prefix}{module}.lora_{side}.default.weight" for side in "AB"]
    unknown = tuple(f"{prefix}lora_{side}.default.weight" for side in "AB")
    return OneOfTexts(tuple(forms) or unknown, closed=bool(forms), marks=_ADAPTERS)


def switch_in_turn(interpreter: Interpreter, turn: Turn, on: Condition) -> bool:
    """`requires_grad` set in a round. False where the round may not be reached for all: an earlier one has ended the loop."""
    conditions, state = interpreter.conditions, interpreter.states[turn.model]
    now, part = interpreter.path_condition, turn.part
    foreign = frozenset(index for other in turn.others if other is not turn for index in other.name.asked.symbols())
    if foreign & conditions.support(now) or (turn.uneven and (turn.adapter or turn.within)):
        return False
    interpreter.note_write(None)
    if state.towers != FALSE:  # the names of their parameters are not known
        return False
    if turn.before is None:
        turn.before = state.learning[part]
    before = turn.before
    turn.on = conditions.either(conditions.without(turn.on, now), conditions.both(now, on))
    turn.off = conditions.either(conditions.without(turn.off, now), conditions.without(now, on))
    answers = turn.name.answers()
    if len(answers) > 1:
        state.uneven.add(part)
    if turn.within:
        state.learning[part] = conditions.either(before, _learns_after(interpreter, turn, answers, FALSE))
        return True
    after = _learns_after(interpreter, turn, answers, before)
    if part not in (Part.HEAD, Part.EMBEDDINGS) or interpreter.knowledge.has_own_head(turn.model.made_by):
        state.learning[part] = after
        return True
    tied = interpreter.open_fact(turn.model, TIED)
    if part is Part.HEAD:  # with the weights of the embeddings it has no parameters of its own
        after = conditions.either(conditions.without(after, tied), conditions.both(before, tied))
    else:
        head = conditions.without(state.learning[Part.HEAD], tied)
        state.learning[Part.HEAD] = conditions.either(head, conditions.both(after, tied))
    state.learning[part] = after
    return True


def _learns_after(interpreter: Interpreter, turn: Turn, answers: list[Answers], before: Condition) -> Condition:
    """When one of the parameters learns: it was let learn, or it did before and was left alone."""
    conditions = interpreter.conditions
    touched = conditions.either(turn.on, turn.off)
    if turn.uneven and len(answers) > 1:
        before = conditions.both(
            before, interpreter.open_fact(turn.model, f"those of the {turn.part.value} learn that are left alone")
        )
    found: Condition = FALSE
    for one in answers:
        learns = conditions.given(turn.on, one.given)
        learns = conditions.either(learns, conditions.without(before, conditions.given(touched, one.given)))
        if not one.surely:
            learns = conditions.both(learns, interpreter.open_fact(turn.model, f"there are such {turn.part.value}"))
        found = conditions.either(found, learns)
    return found
