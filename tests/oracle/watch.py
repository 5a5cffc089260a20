"""Watches a run from outside: what is logged, fed, generated, recomputed and learned, while the script runs as it stands.

`Watch.install()` comes before transformers is imported, for the library takes hold of `checkpoint()` at its import.
Runs inside an environment of the proof, never beside gclint.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import itertools
import logging
import re
import sys
import types
import warnings
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import shared_layers
from gradients import Comparison

TOKENS = 24  # so many tokens a generation makes at most
NEARLY = 1e-3  # two scores closer than this: either token may win
_SAID = re.compile(
    r"cach|checkpoint|reentrant|requires_grad|grad_fn|pretrained model configuration|control generation|deprecated.*v6", re.I
)


class Watch(logging.Handler):
    """Everything that one run shows. `script` is the name under which its code is compiled."""

    def __init__(self, script: str) -> None:
        super().__init__(0)
        self.script = script
        self.lines: dict[tuple[str, str], None] = {}  # (phase, text)
        self.forwards: Counter[tuple[Any, ...]] = Counter()
        self.trained: Counter[int] = Counter()  # by model: forward passes in which something could be learned
        self.generations: list[dict[str, Any]] = []
        self.checkpoints: Counter[str] = Counter()  # by phase
        self.reentrant: Counter[str] = Counter()
        self.backwards = 0
        self.evaluated_backwards = 0
        self.steps: list[dict[str, int]] = []
        self.norms: Counter[int] = Counter()  # by module: passes of BatchNorm in train mode
        self.compared = Comparison()
        self.changes: list[dict[str, Any]] = []
        self.shared = ""  # of a model whose layers share keys and values: whether its first step learns what it should
        self._expected: dict[int, Any] = {}
        self._models: list[weakref.ref[Any]] = []
        self._depth = 0
        self._fed: list[int] | None = None
        self._generating: Any = None
        self._blind = 0
        self._row = 0
        self._seen: dict[int, dict[str, Any]] = {}
        self._last_mode: tuple[bool, bool] = (True, False)

    # installing

    def install(self) -> None:
        """Puts the watch around torch, and around transformers once that is imported."""
        import torch
        import torch.utils.checkpoint as checkpoint

        plain = checkpoint.checkpoint

        @functools.wraps(plain)
        def counted(function: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._blind:
                self.checkpoints[self._phase()] += 1
                self.reentrant[str(kwargs.get("use_reentrant", "unset"))] += 1
            return plain(function, *args, **kwargs)

        checkpoint.checkpoint = counted
        self._watch_backward(torch)
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, category, *rest: self._say(f"{category.__name__}: {message}")

    def _watch_backward(self, torch: types.ModuleType) -> None:
        from torch.optim.optimizer import register_optimizer_step_pre_hook

        plain = torch.autograd.backward

        @functools.wraps(plain)
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.backwards += 1
            training, checkpointing = self._last_mode
            self.evaluated_backwards += checkpointing and not training
            with self.compared.within():
                plain(*args, **kwargs)
            with self.resting():
                self.compared.compare(plain)

        torch.autograd.backward = counted

        def learned(optimizer: Any, args: Any, kwargs: Any) -> None:
            parameters = [one for group in optimizer.param_groups for one in group["params"] if one.requires_grad]
            without = sum(one.grad is None for one in parameters)
            self.steps.append({"trainable": len(parameters), "without_gradient": without})
            if self._expected and not self.shared:
                self.shared = shared_layers.compared(self._expected, parameters)

        register_optimizer_step_pre_hook(learned)
        norm = torch.nn.modules.batchnorm._BatchNorm
        passed = norm.forward

        def kept(module: Any, *args: Any) -> Any:
            self.norms[id(module)] += module.training
            return passed(module, *args)

        norm.forward = kept

    def watch_library(self) -> None:
        """The second half, with transformers imported."""
        import torch
        import transformers
        from transformers import PreTrainedModel
        from transformers.generation.utils import GenerationMixin

        for name in ("transformers", "peft", "accelerate", "trl", ""):
            logging.getLogger(name).addHandler(self)
        self._watch_models(torch, PreTrainedModel)
        classes: list[Any] = [GenerationMixin]
        with contextlib.suppress(ImportError):
            classes.append(__import__("transformers.models.whisper.generation_whisper", fromlist=["x"]).WhisperGenerationMixin)
        if "generate" in vars(transformers.WhisperForConditionalGeneration):
            classes.append(transformers.WhisperForConditionalGeneration)
        for owner in classes:
            owner.generate = self._watched_generate(owner.generate)

    def _watch_models(self, torch: types.ModuleType, base: Any) -> None:
        born, call = base.__init__, torch.nn.Module.__call__

        @functools.wraps(born)
        def remembered(model: Any, *args: Any, **kwargs: Any) -> Any:
            self._models.append(weakref.ref(model))
            return born(model, *args, **kwargs)

        def watched(model: Any, *args: Any, **kwargs: Any) -> Any:
            if self._blind or self._depth:
                return call(model, *args, **kwargs)
            self._depth += 1
            try:
                self._note_forward(torch, model, args, kwargs)
                if not self._expected and torch.is_grad_enabled() and shared_layers.shares(model):
                    with self.resting(), as_in_eval(model):
                        self._expected = shared_layers.gradients(model, kwargs)
                return call(model, *args, **kwargs)
            finally:
                self._depth -= 1

        base.__init__, base.__call__ = remembered, watched

    # what is noted

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())

    def _say(self, text: str) -> None:
        text = re.sub(r"\s+", " ", str(text)).strip()
        if not self._blind and _SAID.search(text):
            self.lines.setdefault((self._phase(), text[:500]))

    def _phase(self) -> str:
        return "script" if self._fed is None else "generate"

    def _note_forward(self, torch: types.ModuleType, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._fed is not None:
            fed = kwargs.get("decoder_input_ids")
            fed = next((one for one in (fed, kwargs.get("input_ids"), *args[:1]) if one is not None), None)
            if fed is not None and model is self._generating:  # an encoder is called by itself
                self._fed.append(int(fed.shape[1]))
            return
        state = (model.training, checkpointing(model), torch.is_grad_enabled())
        switch = getattr(model.config, "use_cache", None)
        self.forwards[(*state, switch, kwargs.get("use_cache"), kwargs.get("past_key_values") is not None)] += 1
        if state[2]:
            self._last_mode = state[:2]
            self.trained[self._number(model)] += 1
            self.compared.note(model, args, kwargs)

    def _number(self, model: Any) -> int:
        return next((number for number, one in enumerate(self._models) if one() is model), -1)

    # generations

    def _watched_generate(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(plain)
        def generate(model: Any, *args: Any, **kwargs: Any) -> Any:
            if self._blind or self._fed is not None:
                return plain(model, *args, **kwargs)
            _bound(kwargs)
            note: dict[str, Any] = {
                "row": self._row,
                "training": model.training,
                "checkpointing": checkpointing(model),
                "config": getattr(model.config, "use_cache", None),
                "generation_config": getattr(getattr(model, "generation_config", None), "use_cache", None),
                "argument": kwargs.get("use_cache"),
                "text": "not judged",
                "fed": "",
            }
            self.generations.append(note)
            expected = self._uncached(plain, model, args, kwargs, note)
            self._fed, self._generating = [], model
            before = self.checkpoints["generate"]
            try:
                made = plain(model, *args, **kwargs)
            except Exception as error:
                note["text"] = "raises"
                note["raised"] = f"{type(error).__name__}: {str(error)[:200]}"
                raise
            finally:
                note["fed"] = fed(self._fed)
                note["checkpoints"] = self.checkpoints["generate"] - before
                self._fed = self._generating = None
            tokens = getattr(made, "sequences", made)
            note["text"] = (
                self._judged(model, prompt_of(args, kwargs), tokens, note) if expected is None else same(tokens, expected)
            )
            return made

        return generate

    def _uncached(self, plain: Any, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], note: dict[str, Any]) -> Any:
        """For models with an encoder and for batches: the tokens of an eval mode without cache and checkpointing."""
        import torch

        prompt = prompt_of(args, kwargs)
        if prompt is not None and prompt.shape[0] == 1 and not model.config.is_encoder_decoder:
            note["reference"] = "one forward pass over the whole text"
            return None
        note["reference"] = "generate(use_cache=False) in eval mode"
        with self.resting(), as_in_eval(model), torch.no_grad():
            made = plain(model, *args, **{**kwargs, "use_cache": False})
        return getattr(made, "sequences", made)

    def _judged(self, model: Any, prompt: Any, tokens: Any, note: dict[str, Any]) -> str:
        """Whether each token is the best one after those before it: one forward pass in eval mode over all of them."""
        import torch

        start = prompt.shape[1]
        note["tokens"] = tokens.shape[1] - start
        if tokens.shape[1] - start < 4:
            return f"too short to judge: {tokens.shape[1] - start}"
        with self.resting(), as_in_eval(model), torch.no_grad():
            scores = model(input_ids=tokens, use_cache=False).logits[0, start - 1 : -1].float()
        chosen = scores.gather(1, tokens[0, start:, None])[:, 0]
        return "right" if bool((scores.max(-1).values - chosen < NEARLY).all()) else "wrong"

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing is noted meanwhile."""
        self._blind += 1
        try:
            yield
        finally:
            self._blind -= 1

    # the script's own rows

    def trace(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        """A trace function: notes which row of the script changed which model's switch."""
        if frame.f_code.co_filename != self.script:
            return None
        if event == "line":
            self.look()
            self._row = frame.f_lineno
        return self.trace

    def look(self) -> None:
        """Compares all models with what they were at the row before."""
        told = set()
        for number, one in enumerate(self._models):
            model = one()
            if model is None or "config" not in vars(model) or id(model.config) in told:
                continue
            told.add(id(model.config))  # the model within a model has the same one
            generation = getattr(model, "generation_config", None)
            now = {
                "config.use_cache": getattr(model.config, "use_cache", None),
                "generation_config.use_cache": getattr(generation, "use_cache", None),
            }
            before = self._seen.get(number)
            if before is not None:
                for name, value in now.items():
                    if value is not before[name]:
                        change = {"row": self._row, "model": number, "switch": name, "from": before[name], "to": value}
                        self.changes.append({**change, "forwards_before": self.trained[number]})
            self._seen[number] = now

    def result(self) -> dict[str, Any]:
        """The whole observation, as JSON can hold it."""
        names = ("training", "checkpointing", "grad", "config", "argument", "past")
        return {
            "lines": [{"phase": phase, "text": text} for phase, text in self.lines],
            "forwards": [{**dict(zip(names, key, strict=True)), "count": count} for key, count in self.forwards.items()],
            "trained": {str(number): count for number, count in self.trained.items()},
            "generations": self.generations,
            "checkpoints": dict(self.checkpoints),
            "reentrant": dict(self.reentrant),
            "backwards": self.backwards,
            "evaluated_backwards": self.evaluated_backwards,
            "steps": len(self.steps),
            "gradients": self.steps[-1] if self.steps else None,
            "norm_passes": max(self.norms.values(), default=0),
            "gradients_off": self.compared.off,
            "changes": self.changes,
            **({"shared": self.shared} if self.shared else {}),
        }


def _bound(kwargs: dict[str, Any]) -> None:
    """A short, greedy generation: sampling would have no text to be compared with."""
    given = kwargs.get("generation_config")
    if given is not None:
        kwargs["generation_config"] = given = copy.deepcopy(given)
        given.do_sample = False  # what a trainer samples has no text to be compared with, either
        return
    if "max_new_tokens" in kwargs or "max_length" not in kwargs:
        kwargs["max_new_tokens"] = min(kwargs.get("max_new_tokens") or TOKENS, TOKENS)
    kwargs["do_sample"] = False


def checkpointing(model: Any) -> bool:
    """Whether checkpointing is on anywhere in the model."""
    return any(getattr(one, "gradient_checkpointing", False) is True for one in model.modules())


@contextlib.contextmanager
def as_in_eval(model: Any) -> Iterator[None]:
    """Eval mode without checkpointing, and everything back as it was."""
    modules = list(model.modules())
    modes = [one.training for one in modules]
    switched = [one for one in modules if getattr(one, "gradient_checkpointing", False) is True]
    for one in modules:
        one.training = False
    for one in switched:
        one.gradient_checkpointing = False
    try:
        yield
    finally:
        for one, mode in zip(modules, modes, strict=True):
            one.training = mode
        for one in switched:
            one.gradient_checkpointing = True


def fed(steps: list[int]) -> str:
    """`one token`, or the `whole sequence`, in each step after the first."""
    if len(steps) < 3:
        return f"too few steps: {steps}"
    if all(one == 1 for one in steps[1:]):
        return "one token"
    if all(after == before + 1 for before, after in itertools.pairwise(steps)):
        return "whole sequence"
    return f"mixed: {steps[:8]}"


def same(made: Any, expected: Any) -> str:
    """`right` when the tokens are the expected ones."""
    return "right" if made.shape == expected.shape and bool((made == expected).all()) else "wrong"


def prompt_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a generation starts from."""
    return kwargs.get("input_ids", kwargs.get("inputs", args[0] if args else None))


def start(script: str) -> Watch:
    """A watch around everything, with transformers imported."""
    watch = Watch(script)
    watch.install()
    watch.watch_library()
    return watch


def follow(watch: Watch, action: Callable[[], None]) -> None:
    """Runs the action with the script's rows traced."""
    sys.settrace(watch.trace)
    try:
        action()
    finally:
        sys.settrace(None)
        watch.look()


def state(model: Any) -> str:
    """Mode, checkpointing and switch of a model, in words."""
    mode = "train" if model.training else "eval"
    return f"{mode} mode, checkpointing {'on' if checkpointing(model) else 'off'}, use_cache {model.config.use_cache}"


def generated(watch: Any, model: Any) -> str:
    """How a model generates, in words."""
    import torch

    tokens = torch.tensor([[40, 41, 50, 60, 61]])
    try:
        model.generate(input_ids=tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=12)
    except Exception as error:
        return f"raises {type(error).__name__}: {str(error)[:80]}"
    note = watch.generations[-1]
    return f"{note['text']} text, {note['fed']} in each step"
