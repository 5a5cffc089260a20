"""The world around a script: its files, its environment, which are facts; and the user's configuration file."""

from __future__ import annotations

import os as real
from types import ModuleType, SimpleNamespace

from . import ledger

LAUNCHER = ("RANK", "LOCAL_RANK")


def _there(path):
    return ledger.fact(f"{path} is there")


class _Environment(dict):
    """What a launcher sets is a fact, all else is the user's choice."""

    def get(self, name, default=None):
        there = ledger.fact(f"{name} is set") if name in LAUNCHER else name in ledger.IN_FILE
        return "1" if there else default

    def __contains__(self, name):
        return self.get(name) is not None


class Settings(dict):
    """What the user has written into a file."""

    def __getitem__(self, name):
        return name in ledger.IN_FILE

    def get(self, name, default=None):
        return self[name]


def _like(real, **own):
    """A module that is another one but for some functions."""
    made = ModuleType(real.__name__)
    made.__dict__.update(vars(real), **own)
    return made


_ENVIRON = _Environment()
os = _like(
    real,
    path=_like(real.path, exists=_there, isfile=_there, isdir=_there),
    environ=_ENVIRON,
    getenv=_ENVIRON.get,
    makedirs=lambda *_, **__: None,
    listdir=lambda path: ["a", "b"],
)
json = SimpleNamespace(load=lambda _: Settings(), loads=lambda _: Settings(), dumps=str)
yaml = SimpleNamespace(safe_load=lambda _: Settings())
