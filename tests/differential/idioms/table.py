"""The table of idioms: by the place where each may stand, and by name.

An idiom is a function that writes it down. It gets the draft, dice of its own, and what it is to say in its own way: the
statements of an action in which `MODEL` stands for the model, the body of a training, the name of a class. It gives back the
text, or an empty one where it does not fit. A script can be written again without one of its idioms, all else being equal: so a
disagreement has a name.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..steps import Draft

Write = Callable[["Draft", random.Random, str, str], str]


@dataclass(frozen=True)
class Idiom:
    """`weight`: how often it is chosen among those of its place."""

    name: str
    write: Write
    weight: float


PLACES = {  # and how often an idiom stands there
    "checking": 0.5,  # a step of its own that may end the program
    "acting": 0.3,  # around an action on a model
    "loading": 0.25,  # the class that is loaded
    "looping": 0.35,  # the loop over the batches of a training of one's own
    "training": 0.25,  # around the training
    "trainer": 0.25,  # the class of the trainer
    "building": 0.2,  # the call that makes the trainer
    "callback": 0.15,  # what a trainer calls
    "saving": 0.2,  # a save
    "asking": 0.12,  # the condition of an action
}
TABLE: dict[str, list[Idiom]] = {place: [] for place in PLACES}


def idiom(place: str, name: str, weight: float = 1) -> Callable[[Write], Write]:
    """Enters a function into the table."""

    def enter(write: Write) -> Write:
        TABLE[place].append(Idiom(f"{place}: {name}", write, weight))
        return write

    return enter


def pick(place: str, dice: random.Random) -> Idiom | None:
    """One of a place's idioms, or none."""
    if dice.random() >= PLACES[place]:
        return None
    return dice.choices(TABLE[place], [one.weight for one in TABLE[place]])[0]
