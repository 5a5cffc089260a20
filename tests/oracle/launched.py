"""Stands in for a launcher: a script that asks for FSDP is the one process of a group, and accelerate is told that it has a GPU.

FSDP itself needs a GPU up to transformers 4.57 (torch says so); with version 2 of it, which 5.23 uses, the CPU does.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import sys
from typing import Any

NEEDED = ("FSDP needs a non-CPU accelerator device", "Using fsdp only works in distributed training")
_ASKED = re.compile(r"\bfsdp=")
_ENGINE = re.compile(r"^import deepspeed$", re.MULTILINE)


def as_launched(text: str) -> None:
    """Makes the process one of a group, where a script asks for it."""
    engine = _ENGINE.search(text) is not None and importlib.util.find_spec("deepspeed") is not None
    if not engine and not _ASKED.search(text):
        return
    port = str(20000 + os.getpid() % 20000)
    os.environ.update(
        RANK="0", WORLD_SIZE="1", LOCAL_RANK="0", MASTER_ADDR="127.0.0.1", MASTER_PORT=port, ACCELERATE_USE_CPU="true"
    )
    if engine:
        _build_nothing()
        return
    _tell_of_a_device()
    _leave_out_devices()


def _build_nothing() -> None:
    """DeepSpeed's engine runs on the CPU; what it would compile first only makes that faster."""
    os.environ["DS_ACCELERATOR"] = "cpu"
    importlib.import_module("deepspeed")
    vars(sys.modules["deepspeed.comm.torch"])["build_shm_op"] = lambda: None


def _tell_of_a_device() -> None:
    """A plugin for FSDP is heard only where the processes have devices of their own."""
    from accelerate.state import AcceleratorState
    from accelerate.utils import DistributedType

    plain = AcceleratorState.__init__

    @functools.wraps(plain)
    def told(state: Any, *args: Any, **kwargs: Any) -> None:
        fresh = not AcceleratorState._shared_state
        plain(state, *args, **kwargs)
        if fresh and kwargs.get("fsdp_plugin") is not None:
            state.distributed_type, state.fsdp_plugin = DistributedType.FSDP, kwargs["fsdp_plugin"]

    AcceleratorState.__init__ = told


def _leave_out_devices() -> None:
    """Nothing is sent to a device, and the weights are not spread from one to the others."""
    from torch.distributed.fsdp import FullyShardedDataParallel
    from transformers import TrainingArguments

    plain, built = FullyShardedDataParallel.__init__, TrainingArguments.__post_init__

    @functools.wraps(plain)
    def anywhere(module: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("device_id", None)
        plain(module, *args, **kwargs)

    @functools.wraps(built)
    def alone(arguments: Any) -> None:
        if isinstance(arguments.fsdp_config, dict):
            arguments.fsdp_config.setdefault("sync_module_states", "false")
        for name in ("use_cpu", "no_cuda"):
            if hasattr(arguments, name):
                setattr(arguments, name, True)
        built(arguments)

    FullyShardedDataParallel.__init__, TrainingArguments.__post_init__ = anywhere, alone
