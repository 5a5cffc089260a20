"""DeepSpeed: what `initialize()` and the engine do to a model's mode and its checkpointing, and how it generates then."""

from __future__ import annotations

import importlib
import os
import socket
from typing import Any

import props
import watch as watching
from scenarios.eval_backward import batch

FAMILY = "gpt2"


def run(watch: Any) -> dict[str, Any]:
    """State after each step, on the CPU, in a group of one."""
    try:
        import deepspeed
    except ImportError:
        return {"deepspeed": "not installed beside this version"}
    import torch

    comm = importlib.import_module("deepspeed.comm.torch")
    comm.build_shm_op = lambda: None  # it would be compiled, and a group of one shares nothing
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK="0", WORLD_SIZE="1", LOCAL_RANK="0")
    told: dict[str, Any] = {}
    for mode in ("eval", "train"):
        model = props.new_model(FAMILY).train(mode == "train")
        model.gradient_checkpointing_enable()
        model.config.use_cache = False
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
        config = {"train_micro_batch_size_per_gpu": 1, "zero_optimization": {"stage": 0}}
        engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=config, dist_init_required=True)
        same = "the first model" if engine.module is model else "another object"
        told[f"{mode} mode: after initialize()"] = f"{watching.state(engine.module)}; {same}"
        before = watch.checkpoints["script"]
        engine.backward(batch(FAMILY, engine))
        engine.step()
        told[f"{mode} mode: after a step"] = f"{watching.state(engine.module)}, {watch.checkpoints['script'] - before} calls"
        told[f"{mode} mode: module.generate()"] = watching.generated(watch, engine.module)
        engine.eval()
        told[f"{mode} mode: engine.eval()"] = (
            f"{watching.state(engine.module)}; generates {watching.generated(watch, engine.module)}"
        )
        engine.train()
        told[f"{mode} mode: engine.train()"] = watching.state(engine.module)
    torch.distributed.destroy_process_group()
    return told
