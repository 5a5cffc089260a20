"""Recording stand-ins for the libraries: no weights, no numbers, only who did what to which model.

They behave as the default target does: transformers >=4.25, and the Trainer of <5, which lets `config.use_cache` be.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from . import accelerate, datasets, fire, peft, torch, transformers, trl

_MODULES = {
    "accelerate": accelerate,
    "datasets": datasets,
    "fire": fire,
    "peft": peft,
    "torch": torch,
    "torch.nn": torch.nn,
    "torch.optim": torch.optim,
    "torch.utils": torch.utils,
    "torch.utils.data": torch.utils.data,
    "transformers": transformers,
    "trl": trl,
}


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Import statements find the stubs in here, and whatever was there before afterwards."""
    before = {name: sys.modules[name] for name in _MODULES if name in sys.modules}
    sys.modules.update(_MODULES)
    try:
        yield
    finally:
        for name in _MODULES:
            del sys.modules[name]
        sys.modules.update(before)
