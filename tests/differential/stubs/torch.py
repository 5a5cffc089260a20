"""torch: modules with a mode, and losses that remember the forward pass which made them."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

from . import ledger

bfloat16 = "bfloat16"
float16 = "float16"
cuda = SimpleNamespace(is_available=lambda: ledger.fact("there is a GPU"), empty_cache=lambda: None)


class Module:
    """`torch.nn.Module`, down to its mode."""

    training = True

    def train(self, mode=True):
        """Sets the mode of a module and of those within."""
        self.training = mode
        for part in list(vars(self).values()):
            if hasattr(part, "train") and hasattr(part, "parameters"):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def parameters(self):
        return []

    def named_parameters(self):
        return []

    def state_dict(self):
        return {}

    def to(self, *_, **__):
        return self

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)


class Loss(float):
    """A number that can be backpropagated once the model that gave it is known."""

    def __new__(cls, model, *how):
        loss = super().__new__(cls, 1.0)
        loss.model, loss.how = model, how
        return loss

    def __truediv__(self, _):
        return self

    def __mul__(self, _):
        return self

    __rmul__ = __mul__

    def mean(self):
        return self

    def detach(self):
        return self

    def item(self):
        return float(self)

    def backward(self):
        ledger.EVENTS.append(ledger.Trained(ledger.line(), *self.how))
        self.model.config.trained = True


class AdamW:
    def __init__(self, params, lr=0.001, **_):
        self.param_groups = list(params)

    def step(self):
        pass

    def zero_grad(self, set_to_none=True):
        pass


class DataLoader(list):
    def __init__(self, dataset, **_):
        super().__init__(dataset)


class no_grad(contextlib.ContextDecorator):  # noqa: N801  (the library's name)
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class inference_mode(no_grad):  # noqa: N801  (the library's name)
    def __init__(self, mode=True):
        self.mode = mode


class enable_grad(no_grad):  # noqa: N801  (the library's name)
    pass


class autocast(no_grad):  # noqa: N801  (the library's name)
    def __init__(self, device_type, **_):
        self.device_type = device_type


def save(obj, path):
    """Weights alone: no config is written."""


def manual_seed(seed):
    pass


nn = SimpleNamespace(Module=Module)
optim = SimpleNamespace(AdamW=AdamW)
utils = SimpleNamespace(data=SimpleNamespace(DataLoader=DataLoader))
