"""transformers: models with a mode, a config and checkpointing, and a Trainer that leaves them as the real one does."""

from __future__ import annotations

import dataclasses
import itertools
from types import SimpleNamespace

from . import ledger
from .command_line import given
from .torch import Loss, Module


class Kept(int):
    """What a config had when it was asked: whoever puts that back forces nothing on that was not forced on before."""

    forced = 0

    def __repr__(self):
        return repr(bool(self))


class PretrainedConfig:
    """`use_cache` is on until the script says otherwise; `forced` is the line where the script itself said on."""

    _serials = itertools.count()

    def __init__(self, **kwargs):
        self.serial = next(self._serials)
        self.trained = False
        self.origin = ""  # of the model that it belongs to
        self.forced = 0
        self._use_cache = True
        self.update(kwargs)

    def __deepcopy__(self, _):
        """A copy is another config, whose model was trained as this one's was."""
        made = type(self)(use_cache=self._use_cache)
        made.trained, made.forced, made.origin = self.trained, self.forced, self.origin
        return made

    @property
    def use_cache(self):
        kept = Kept(self._use_cache)
        kept.forced = self.forced
        return kept

    @use_cache.setter
    def use_cache(self, value):
        self._use_cache = bool(value)
        self.forced = value.forced if isinstance(value, Kept) else ledger.line() if value else 0

    def update(self, values):
        for name, value in values.items():
            setattr(self, name, value)

    @classmethod
    def from_pretrained(cls, name, **kwargs):
        return cls(**kwargs)

    def save_pretrained(self, directory, **_):
        ledger.EVENTS.append(
            ledger.Saved(ledger.line(), self.origin, self.serial, directory, self._use_cache, self.trained, bool(ledger.TRAINERS))
        )

    def push_to_hub(self, *_, **__):
        self.save_pretrained(None)


class GenerationConfig:
    def __init__(self, use_cache=True, **_):
        self.use_cache = use_cache


class PreTrainedModel(Module):
    """A loaded model: in eval mode, checkpointing off."""

    device = "cpu"

    def __init__(self, config, quantised=False):
        self.config = config
        self.generation_config = GenerationConfig()
        self.quantised = quantised
        self.training = False
        self.switch = None

    @classmethod
    def from_pretrained(cls, name, *, config=None, quantization_config=None, load_in_8bit=False, **kwargs):
        config = config or PretrainedConfig()
        if "use_cache" in kwargs:
            config.use_cache = kwargs["use_cache"]
        config.origin = f"{cls.__name__} of line {ledger.line()}"
        return cls(config, quantised=bool(quantization_config) or load_in_8bit)

    def gradient_checkpointing_enable(self, gradient_checkpointing_kwargs=None):
        self.checkpoint(ledger.Switch("GCK101", ledger.line()))

    activation_checkpointing_enable = gradient_checkpointing_enable

    def checkpoint(self, switch):
        """Checkpointing goes on, and the first switch to have asked for it stays the one to blame."""
        self.switch = self.switch or switch

    def gradient_checkpointing_disable(self):
        self.switch = None

    activation_checkpointing_disable = gradient_checkpointing_disable

    @property
    def is_gradient_checkpointing(self):
        return self.switch is not None

    def enable_input_require_grads(self):
        pass

    def resize_token_embeddings(self, size):
        pass

    def forward(self, input_ids=None, labels=None, use_cache=None, **_):
        cache = self.config._use_cache if use_cache is None else use_cache
        forced = self.config.forced if use_cache is None else ledger.line()
        switch = self.switch if self.training else None
        return SimpleNamespace(loss=Loss(self, self.config.origin, switch, cache, forced), logits=[])

    def generate(self, *_, use_cache=None, generation_config=None, **__):
        own = use_cache if generation_config is None else generation_config.use_cache
        refused = not self.generation_config.use_cache if own is None else not own
        cache = self.config._use_cache and self.generation_config.use_cache if own is None else None
        on = self.training and self.switch is not None
        ledger.EVENTS.append(ledger.Generated(ledger.line(), self.config.origin, on, cache, refused, self.config.trained))
        return [[1, 2, 3]]

    def save_pretrained(self, directory, **_):
        self.config.save_pretrained(directory)

    def push_to_hub(self, *_, **__):
        self.save_pretrained(None)


class AutoConfig(PretrainedConfig):
    pass


class AutoModelForCausalLM(PreTrainedModel):
    pass


class AutoModelForSeq2SeqLM(PreTrainedModel):
    pass


class LlamaForCausalLM(PreTrainedModel):
    pass


class T5ForConditionalGeneration(PreTrainedModel):
    pass


class AutoTokenizer:
    pad_token = eos_token = "</s>"
    pad_token_id = eos_token_id = 0

    @classmethod
    def from_pretrained(cls, name, **_):
        return cls()

    def __len__(self):
        return 32000

    def __call__(self, text, **_):
        return {"input_ids": [[1, 2]]}

    def decode(self, ids, **_):
        return "text"

    def save_pretrained(self, directory, **_):
        pass

    push_to_hub = save_pretrained


class BitsAndBytesConfig:
    def __init__(self, **kwargs):
        self.kwargs = kwargs


class TrainingArguments:
    """Any argument goes; the line that turned checkpointing on is kept."""

    def __init__(self, output_dir="out", **kwargs):
        self.output_dir = output_dir
        self.switch = None
        self.gradient_checkpointing = False
        self.eval_strategy = self.evaluation_strategy = "no"
        self.predict_with_generate = False
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        if name == "gradient_checkpointing":
            self.switch = ledger.Switch("GCK102", ledger.line()) if value else None
        super().__setattr__(name, value)


class Seq2SeqTrainingArguments(TrainingArguments):
    pass


class TrainerCallback:
    """Every event that a callback does not care about."""

    def __getattr__(self, name):
        if name.startswith("on_"):
            return lambda *_, **__: None
        raise AttributeError(name)


class Trainer:
    """`train()` leaves train mode and checkpointing on behind, unless it ends with an evaluation."""

    def __init__(self, model=None, args=None, train_dataset=(), eval_dataset=(), callbacks=(), **_):
        self.model, self.args = model, args or TrainingArguments()
        self.train_dataset, self.callbacks = train_dataset, list(callbacks or ())
        self.state = SimpleNamespace(epoch=0, global_step=0, log_history=[])
        self.control = SimpleNamespace(should_training_stop=False)

    def add_callback(self, callback):
        self.callbacks.append(callback() if isinstance(callback, type) else callback)

    def tell(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self.args, self.state, self.control, model=self.model)

    def compute_loss(self, model, inputs, return_outputs=False, **_):
        outputs = model(**inputs)
        return (outputs.loss, outputs) if return_outputs else outputs.loss

    def training_step(self, model, inputs, *_):
        model.train()
        loss = self.compute_loss(model, inputs)
        loss.backward()
        return loss.detach()

    def train(self, resume_from_checkpoint=None, **_):
        if self.args.switch:
            self.model.checkpoint(self.args.switch)
        self.model.train()
        ledger.TRAINERS.append(self)
        self.tell("on_train_begin")
        for batch in self.train_dataset:
            self.training_step(self.model, batch)
            self.tell("on_step_end")
            self.tell("on_log")
            if self.control.should_training_stop:
                break
        self.tell("on_epoch_end")
        if "epoch" in (self.args.eval_strategy, self.args.evaluation_strategy):
            self.evaluate()
        if type(self).save_model is not Trainer.save_model and ledger.fact("a checkpoint is saved"):
            self.save_model()
        self.tell("on_train_end")
        ledger.TRAINERS.pop()
        return SimpleNamespace(metrics={}, training_loss=1.0)

    def evaluate(self, *_, **__):
        output = self.evaluation_loop(self.train_dataset, "Evaluation")
        self.tell("on_evaluate")
        return output.metrics

    def predict(self, *_, **__):
        return self.evaluation_loop(self.train_dataset, "Prediction")

    def evaluation_loop(self, dataloader, description, *_, **__):
        self.model.eval()
        self.prediction_step(self.model, {}, True)
        return SimpleNamespace(predictions=[], metrics={"eval_loss": 1.0})

    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None):
        return 1.0, None, None

    def save_model(self, output_dir=None, _internal_call=False):
        self.model.save_pretrained(output_dir or self.args.output_dir)

    def push_to_hub(self, *_, **__):
        self.save_model()  # into its own folder first

    def save_state(self):
        pass

    def log_metrics(self, split, metrics):
        pass

    save_metrics = log_metrics

    def is_world_process_zero(self):
        return True


class Seq2SeqTrainer(Trainer):
    """Its evaluations generate when they are asked to. Those within train() are not looked at: they are not after it."""

    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None):
        if self.args.predict_with_generate and not ledger.TRAINERS:
            model.generate()
        return super().prediction_step(model, inputs, prediction_loss_only)


class HfArgumentParser:
    """Fills dataclasses with what stands on the command line, and training arguments with nothing."""

    def __init__(self, *classes):
        self.classes = [item for group in classes for item in (group if isinstance(group, tuple) else (group,))]

    def parse_args_into_dataclasses(self, **_):
        return tuple(self._filled(cls) for cls in self.classes)

    def _filled(self, cls):
        fields = dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
        return cls(**{field.name: given(field.name, field.default) for field in fields})


def pipeline(task, model=None, tokenizer=None, **_):
    """Calling it generates, in whatever mode the model is in."""
    return lambda *_, **kwargs: [{"generated_text": model.generate(**kwargs)}]


def set_seed(seed):
    pass
