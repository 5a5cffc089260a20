"""Accelerate and DDP: what `prepare()` and `unwrap_model()` do to a model's mode, its checkpointing and its switch."""

from __future__ import annotations

from typing import Any

import props
import watch as watching
from scenarios.eval_backward import batch

FAMILY = "gpt2"


def run(watch: Any) -> dict[str, Any]:
    """State after each step, and how the unwrapped model generates."""
    import torch
    from accelerate import Accelerator

    accelerator = Accelerator()
    model = props.new_model(FAMILY)
    model.gradient_checkpointing_enable()
    model.config.use_cache = False
    model.train()
    told: dict[str, Any] = {"before prepare()": watching.state(model)}
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    prepared, optimizer = accelerator.prepare(model, optimizer)
    told["after prepare()"] = f"{watching.state(prepared)}; {'the same object' if prepared is model else 'another object'}"
    accelerator.backward(batch(FAMILY, prepared))
    optimizer.step()
    told["after a step"] = watching.state(prepared)
    unwrapped = accelerator.unwrap_model(prepared)
    told["unwrap_model()"] = f"{watching.state(unwrapped)}; {'the first model' if unwrapped is model else 'another object'}"
    told["unwrap_model().generate()"] = watching.generated(watch, unwrapped)
    prepared.eval()
    told["prepared.eval(); unwrap_model()"] = watching.state(accelerator.unwrap_model(prepared))
    told["prepared.eval(); unwrap_model().generate()"] = watching.generated(watch, accelerator.unwrap_model(prepared))
    prepared.train()
    told["prepared.train(); unwrap_model()"] = watching.state(accelerator.unwrap_model(prepared))
    evaluated = props.new_model(FAMILY).eval()
    told["a model in eval mode, after prepare()"] = watching.state(accelerator.prepare(evaluated))
    told.update(_parallel(watch))
    return told


def _parallel(watch: Any) -> dict[str, Any]:
    """The same around DistributedDataParallel, in a group of one."""
    import torch
    from accelerate.utils import extract_model_from_parallel

    try:
        torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
        model = props.new_model(FAMILY)
        model.gradient_checkpointing_enable()
        model.train()
        wrapped = torch.nn.parallel.DistributedDataParallel(model)
    except Exception as error:
        return {"DistributedDataParallel": f"not run: {type(error).__name__}: {str(error)[:80]}"}
    told = {"DistributedDataParallel: .module": f"{watching.state(wrapped.module)}; {_one(wrapped.module is model)}"}
    inner = extract_model_from_parallel(wrapped)
    told["DistributedDataParallel: extract_model_from_parallel()"] = f"{watching.state(inner)}; {_one(inner is model)}"
    wrapped.eval()
    told["DistributedDataParallel: wrapped.eval()"] = watching.state(wrapped.module)
    torch.distributed.destroy_process_group()
    return told


def _one(same: bool) -> str:
    return "the first model" if same else "another object"
