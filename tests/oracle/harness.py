"""Runs one script on tiny models and tells what happened: `run(text)` in an environment of the proof.

The script is run as it stands. What it loads lies in its working folder (props.py); what this machine has not got (a
GPU, half precision, bitsandbytes, a hub to push to) is left out of the calls that ask for it; trainings are a few steps
long. Everything else is the library itself. Afterwards each saved model is loaded again and made to generate.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any

import launched
import props
import watch as watching

SCRIPT = "script.py"
STEPS = 3
REPEATED = 40  # so much of what was printed is kept, in lines


def prepare() -> watching.Watch:
    """Imports the libraries under watch and leaves out what the machine has not got. Once for each process."""
    import torch

    torch.set_num_threads(1)
    watch = watching.start(SCRIPT)
    _short_trainings()
    _full_precision()
    _no_quantisation()
    _no_hub()
    _no_sound()
    return watch


def run(watch: watching.Watch, text: str, folder: Path, argv: list[str], *, generation_config: bool = True) -> dict[str, Any]:
    """Runs a script in a folder of its own and tells what was seen. `generation_config`: the models that it loads have one."""
    started = time.monotonic()
    os.chdir(folder)
    try:
        with watch.resting():
            stands_in = props.lay_out(text, folder, generation_config=generation_config)
    except NotImplementedError as reason:
        return {"cannot": str(reason)}
    laid = set(folder.rglob("config.json"))
    launched.as_launched(text)
    (folder / SCRIPT).write_text(text, encoding="utf-8")
    printed = io.StringIO()
    raised: dict[str, Any] | None = None
    main = types.ModuleType("__main__")
    main.__file__ = SCRIPT
    sys.modules["__main__"], sys.argv = main, [SCRIPT, *argv]
    with contextlib.redirect_stdout(printed):
        try:
            code = compile(text, SCRIPT, "exec")
            watching.follow(watch, lambda: exec(code, vars(main)))
        except (Exception, SystemExit) as error:
            raised = _raised(error)
    if raised is not None and any(text in raised["text"] for text in launched.NEEDED):
        return {"cannot": raised["text"]}
    result = watch.result()
    with watch.resting():
        saved = [_saved(path.parent, folder) for path in sorted(folder.rglob("config.json")) if path not in laid]
    return {
        "stands_in": stands_in,
        "raised": raised,
        **result,
        "saved": saved,
        "adapters": sorted(str(path.parent.relative_to(folder)) for path in folder.rglob("adapter_config.json")),
        "printed": printed.getvalue().splitlines()[-REPEATED:],
        "seconds": round(time.monotonic() - started, 1),
    }


def _raised(error: BaseException) -> dict[str, Any]:
    rows = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == SCRIPT]
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {
        "type": type(error).__name__,
        "text": re.sub(r"\s+", " ", str(error))[:400],
        "row": rows[-1] if rows else 0,
        "in": f"{Path(last.filename).name}:{last.name}",
    }


def _saved(place: Path, folder: Path) -> dict[str, Any]:
    """What a saved folder says, and how a model that is loaded from it generates."""
    config = json.loads((place / "config.json").read_text(encoding="utf-8"))
    other = place / "generation_config.json"
    told: dict[str, Any] = {
        "folder": place.relative_to(folder).as_posix(),
        "config": config.get("use_cache", "absent"),
        "generation_config": json.loads(other.read_text(encoding="utf-8")).get("use_cache", "absent")
        if other.exists()
        else "no file",
        "weights": any(place.glob("*.safetensors")) or any(place.glob("*.bin")),
    }
    if told["weights"] and not re.search(r"checkpoint-\d+", told["folder"]):
        told["reloaded"] = _generated(place, config)
        if other.exists():
            other.rename(other.with_suffix(".away"))
            told["reloaded_without_generation_config"] = _generated(place, config)
            other.with_suffix(".away").rename(other)
    return told


def _generated(place: Path, config: dict[str, Any]) -> dict[str, Any] | None:
    """How the model in a folder generates, fresh from there."""
    import torch
    import transformers

    cls = getattr(transformers, (config.get("architectures") or ["none"])[0], None)
    if cls is None or not re.search("CausalLM|LMHead|Conditional", cls.__name__):
        return None
    try:
        model = cls.from_pretrained(place)
        if "Whisper" in cls.__name__:
            given: dict[str, Any] = {"input_features": torch.randn(1, config["num_mel_bins"], 2 * config["max_source_positions"])}
        else:
            given = {"input_ids": torch.tensor([[40, 41, 50, 60, 61]])}
            given["attention_mask"] = torch.ones_like(given["input_ids"])
        steps: list[int] = []

        def fed(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            tokens = kwargs.get("decoder_input_ids")
            tokens = kwargs.get("input_ids") if tokens is None else tokens
            steps.append(int(tokens.shape[1]))

        given.update(max_new_tokens=12, min_new_tokens=8, do_sample=False)
        hook = model.register_forward_pre_hook(fed, with_kwargs=True)
        made = model.generate(**given)
        hook.remove()
        plain = model.generate(**given, use_cache=False)
        return {"fed": watching.fed(steps), "text": "right" if torch.equal(made, plain) else "wrong"}
    except Exception as error:
        return {"fed": "", "text": f"raises {type(error).__name__}: {str(error)[:160]}"}


# what the machine has not got


def _short_trainings() -> None:
    from transformers import TrainingArguments

    plain = TrainingArguments.__post_init__

    @functools.wraps(plain)
    def short(arguments: Any) -> None:
        if arguments.max_steps > 0:
            arguments.max_steps = min(arguments.max_steps, STEPS)
        arguments.num_train_epochs = min(arguments.num_train_epochs, 1)
        arguments.gradient_accumulation_steps = min(arguments.gradient_accumulation_steps, 2)
        arguments.bf16 = arguments.fp16 = False
        arguments.report_to, arguments.disable_tqdm = "none", True
        if "paged" in str(arguments.optim) or "8bit" in str(arguments.optim):
            arguments.optim = "adamw_torch"
        plain(arguments)

    TrainingArguments.__post_init__ = short


def _full_precision() -> None:
    import accelerate

    plain = accelerate.Accelerator.__init__

    @functools.wraps(plain)
    def full(accelerator: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("mixed_precision", None)
        plain(accelerator, *args, **kwargs)

    accelerate.Accelerator.__init__ = full


def _no_quantisation() -> None:
    """A quantised load gives the plain weights and the mark of a quantised model, which is what peft looks at."""
    from transformers import PreTrainedModel

    with contextlib.suppress(ImportError):
        from transformers import BitsAndBytesConfig

        BitsAndBytesConfig.post_init = lambda config: None
    plain = PreTrainedModel.from_pretrained.__func__

    @functools.wraps(plain)
    def load(cls: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = [kwargs.pop(name, None) for name in ("quantization_config", "load_in_4bit", "load_in_8bit")]
        for name in ("torch_dtype", "dtype", "device_map", "attn_implementation"):
            kwargs.pop(name, None)
        model = plain(cls, *args, **kwargs)
        if any(wanted):
            model.is_loaded_in_8bit = True
        return model

    PreTrainedModel.from_pretrained = classmethod(load)
    with contextlib.suppress(ImportError):
        import peft

        wrap = peft.get_peft_model

        @functools.wraps(wrap)
        def unmarked(model: Any, *args: Any, **kwargs: Any) -> Any:
            # the layers are plain ones, so peft must not look for bitsandbytes' own
            if getattr(model, "is_loaded_in_8bit", False):
                model.is_loaded_in_8bit = False
            return wrap(model, *args, **kwargs)

        peft.get_peft_model = unmarked


def _no_hub() -> None:
    from transformers import PreTrainedModel, Trainer

    def push(model: Any, repo_id: str, *args: Any, **kwargs: Any) -> None:
        model.save_pretrained(f"pushed/{repo_id}")

    def push_trained(trainer: Any, *args: Any, **kwargs: Any) -> None:
        trainer.save_model("pushed/model")

    PreTrainedModel.push_to_hub, Trainer.push_to_hub = push, push_trained


def _no_sound() -> None:
    """A recording is a column of numbers here, so nothing has to be decoded."""
    with contextlib.suppress(ImportError):
        import datasets

        for owner in (datasets.Dataset, datasets.DatasetDict):
            owner.cast_column = _uncast(owner.cast_column, datasets.Audio)


def _uncast(plain: Any, sound: type) -> Any:
    @functools.wraps(plain)
    def cast(data: Any, column: str, feature: Any, *args: Any, **kwargs: Any) -> Any:
        return data if isinstance(feature, sound) else plain(data, column, feature, *args, **kwargs)

    return cast
