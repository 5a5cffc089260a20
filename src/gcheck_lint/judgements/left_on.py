"""Trainings whose arguments say that there is no checkpointing, while the model has it on."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.judgements.reentrancy import is_plain
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.remedies.arguments import is_argument
from gcheck_lint.story.domain.events import Trained
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When

FIELDS = ("gradient_checkpointing", "activation_checkpointing")
_EFFECT = "checkpointing-left-on"


@dataclass(frozen=True, slots=True)
class LeftOn:
    """A training with checkpointing on. `said`: where the arguments say `False`; `switch`: where it was switched on."""

    event: Trained
    subject: Subject
    verdict: Verdict
    said: Site
    switch: Site


def left_on(story: Story) -> Iterator[LeftOn]:
    """Each training by transformers' own trainers that are given `False` as an argument.

    One that is assigned later goes with a switch by hand: the trainer is kept from switching as well.
    """
    for event in story.events_of(Trained):
        if event.trainer is None or not is_plain(story, event):
            continue
        for when, said in _said_off(story, event):
            for subject in story.subjects(event):

                def harmed(one: Subject, when: When = when) -> When:
                    return one.checkpointing.on & when

                verdict = story.judge_model(subject, harmed, _EFFECT)
                switch = None if verdict is None else subject.checkpointing.site(verdict.holds)
                if verdict is not None and switch is not None and switch != said:
                    yield LeftOn(event, subject, verdict, said, switch)


def _said_off(story: Story, event: Trained) -> Iterator[tuple[When, Site]]:
    given = event.trainer.fields.get("args", ABSENT) if event.trainer is not None else ABSENT
    for case, arguments in story.alternatives(given):
        if not isinstance(arguments, AbstractObject):
            continue
        for name in FIELDS:
            for guard, value in story.alternatives(arguments.fields.get(name, ABSENT)):
                if isinstance(value, Constant) and value.value is False and value.site is not None and is_argument(value.site):
                    yield story.when(case) & story.when(guard), value.site
