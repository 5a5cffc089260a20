"""What a script did, in order, each act with the line of the script that did it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SCRIPT = "<script>"  # the file name that a script under test is compiled with


@dataclass(frozen=True)
class Switch:
    """Checkpointing was asked for, `code` being the rule that speaks of this way to do so."""

    code: str
    line: int


@dataclass(frozen=True)
class Trained:
    """A backward pass: the switch that had checkpointing on (None: it was off), and what was asked of the cache."""

    line: int
    model: str  # where it came from: what is true of one model says nothing of another that may be in its place
    switch: Switch | None
    cache: bool
    forced: int  # the line at which the script itself asked for the cache; 0: it did not


@dataclass(frozen=True)
class Saved:
    """A config.json was written; `after_training` tells whether its model had been trained."""

    line: int
    model: str
    config: int
    folder: str | None  # None: nobody knows
    cache: bool
    after_training: bool
    checkpoint: bool  # written while a trainer's train() is running


@dataclass(frozen=True)
class Generated:
    """Text was generated. `cache` is None when the call itself decides about it, else False if one of the configs refuses it."""

    line: int
    model: str
    checkpointing: bool  # checkpointing on and train mode
    cache: bool | None
    refused: bool  # use_cache=False in the call, or in the generation config: right text, slowly
    after_training: bool


Event = Trained | Saved | Generated
EVENTS: list[Event] = []
ASKED: dict[str, bool] = {}  # the facts that a run has asked for, in order
IN_FILE: set[str] = set()  # what the user's configuration file switches on
TRAINERS: list[object] = []  # those whose train() is running
_WORLD: dict[str, bool] = {}


def begin(world: Mapping[str, bool], in_file: Iterable[str]) -> None:
    """Forget the last run; the next one takes place in this world, of which all else is false."""
    EVENTS.clear()
    ASKED.clear()
    TRAINERS.clear()
    IN_FILE.clear()
    IN_FILE.update(in_file)
    _WORLD.clear()
    _WORLD.update(world)


def fact(name: str) -> bool:
    """What the world is like: the same all through a run, and either way in one run or another."""
    return ASKED.setdefault(name, _WORLD.get(name, False))


def line() -> int:
    """The line of the script that is running."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != SCRIPT:
        frame = frame.f_back  # type: ignore[assignment]
    return frame.f_lineno if frame else 0
