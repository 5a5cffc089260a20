"""peft: an adapter around a model whose every state stays the base model's; it saves no config."""

from __future__ import annotations

from . import ledger


class LoraConfig:
    def __init__(self, **kwargs):
        self.kwargs = kwargs


class PeftModel:
    """Reads and writes go through to the base model, saves do not."""

    def __init__(self, base):
        self.__dict__["base"] = base

    @classmethod
    def from_pretrained(cls, model, directory, **_):
        model.eval()
        return cls(model)

    def __getattr__(self, name):
        if name == "base" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.base, name)

    def __setattr__(self, name, value):
        setattr(self.base, name, value)

    def __call__(self, *args, **kwargs):
        return self.base(*args, **kwargs)

    def train(self, mode=True):
        self.base.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def to(self, *_, **__):
        return self

    def print_trainable_parameters(self):
        pass

    def save_pretrained(self, directory, **_):
        """The adapter alone."""

    push_to_hub = save_pretrained

    def merge_and_unload(self):
        return self.base


def get_peft_model(model, peft_config, **_):
    return PeftModel(model)


def prepare_model_for_kbit_training(model, use_gradient_checkpointing=True, gradient_checkpointing_kwargs=None):
    if model.quantised and use_gradient_checkpointing:
        model.checkpoint(ledger.Switch("GCK101", ledger.line()))
    return model
