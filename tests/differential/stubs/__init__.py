"""Recording stand-ins for the libraries: no weights, no numbers, only who did what to which model.

They behave as the default target does: transformers >=4.25, and the Trainer of <5, which lets `config.use_cache` be.
What depends on the world (files, hardware, data) is asked of `ledger.fact`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

from . import accelerate, datasets, fire, peft, torch, tqdm, transformers, trl, world

_MODULES = {
    "accelerate": accelerate,
    "datasets": datasets,
    "fire": fire,
    "peft": peft,
    "torch": torch,
    "tqdm": tqdm,
    "torch.nn": torch.nn,
    "torch.optim": torch.optim,
    "torch.utils": torch.utils,
    "torch.utils.data": torch.utils.data,
    "transformers": transformers,
    "trl": trl,
    "json": world.json,
    "os": world.os,
    "yaml": world.yaml,
}


def opened(*_: object, **__: object) -> contextlib.nullcontext[str]:
    """What `open` is for the script and its modules: no file of this machine is read or written."""
    return contextlib.nullcontext("")


def _written(modules: Mapping[str, str]) -> dict[str, ModuleType]:
    """The script's own modules; the packages among them have the others as attributes."""
    made = {name: ModuleType(name) for name in modules}
    for name, module in made.items():
        module.__dict__["open"] = opened
        module.__path__ = []  # type: ignore[attr-defined]
        package, _, last = name.rpartition(".")
        module.__package__ = name if any(other.startswith(f"{name}.") for other in modules) else package
        if package:
            setattr(made[package], last, module)
    return made


@contextlib.contextmanager
def installed(modules: Mapping[str, str]) -> Iterator[None]:
    """Import statements find the stubs and the script's own modules in here, and whatever was there before afterwards."""
    own = _written(modules)
    added: dict[str, object] = {**_MODULES, **own}
    before = {name: sys.modules[name] for name in added if name in sys.modules}
    sys.modules.update(added)  # type: ignore[arg-type]
    try:
        for name in sorted(own, reverse=True):  # what a module imports comes after it in the alphabet
            exec(compile(modules[name], f"<{name}>", "exec"), own[name].__dict__)
        yield
    finally:
        for name in added:
            sys.modules.pop(name, None)
        sys.modules.update(before)
