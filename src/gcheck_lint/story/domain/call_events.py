"""What happens to calls that the script checkpoints itself."""

from __future__ import annotations

from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import Event
from gcheck_lint.story.domain.values import AbstractObject, Value


@dataclass(frozen=True, slots=True)
class CallCheckpointed(Event):
    """A call checkpointed by torch's own function. `reentrant`: what is passed as `use_reentrant`.

    `sequence`: of layers one after the other (checkpoint_sequential). `keywords`: the names of arguments that are passed on by
    keyword. `guarded`: inside a `try`. `without_grad`: when gradients are off there.
    `starved`: it holds weights, and none of its inputs requires a gradient. `norms`: the layers in it that keep statistics;
    `in_eval` says when these, or the module whose method calls it, were put in eval mode.
    `by_itself`: when it is where nobody who uses the file switches anything on or off; `left_open`: the answer that it needs of
    them, if any.
    """

    sequence: bool
    reentrant: Value
    keywords: tuple[str, ...]
    guarded: bool
    without_grad: Condition
    starved: bool
    norms: tuple[AbstractObject, ...]
    in_eval: Condition
    by_itself: Condition = TRUE
    left_open: str = ""


@dataclass(frozen=True, slots=True)
class CallsLearned(Event):
    """A backward pass of something that was computed through calls that the script checkpoints itself."""

    calls: tuple[CallCheckpointed, ...]


@dataclass(frozen=True, slots=True)
class GradientsAsked(Event):
    """Gradients asked for with regard to certain tensors, as by `torch.autograd.grad()`.

    The event's models were given one of these tensors, and so were `calls`, which the script checkpoints. `guarded`: as above.
    """

    calls: tuple[CallCheckpointed, ...]
    guarded: bool
