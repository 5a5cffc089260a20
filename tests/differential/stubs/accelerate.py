"""accelerate on one process: prepare() and unwrap_model() give back what they are given."""

from __future__ import annotations

import contextlib


class Accelerator:
    device = "cpu"
    is_main_process = is_local_main_process = sync_gradients = True

    def __init__(self, **_):
        pass

    def prepare(self, *objects):
        return objects[0] if len(objects) == 1 else objects

    def backward(self, loss):
        loss.backward()

    def unwrap_model(self, model, **_):
        return model

    @contextlib.contextmanager
    def accumulate(self, *_):
        yield

    def wait_for_everyone(self):
        pass

    def print(self, *_):
        pass

    def get_state_dict(self, model):
        return {}

    def save(self, obj, path):
        pass

    def save_model(self, model, directory, **_):
        """Weights alone."""

    def end_training(self):
        pass
