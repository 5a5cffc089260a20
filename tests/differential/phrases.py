"""Definitions that a random script may start with, and a keyword that is too long to repeat."""

from __future__ import annotations

QUANTISED = "quantization_config=BitsAndBytesConfig(load_in_4bit=True)"

CUSTOM_TRAINER = """
class CustomTrainer(BASE):
    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        outputs = model(**inputs)
        return (outputs.loss, outputs) if return_outputs else outputs.loss
"""

CALLBACK = """
class SampleCallback(TrainerCallback):
    def on_epoch_end(self, args, state, control, model=None, **kwargs):
        print(model.generate(max_new_tokens=8))
"""

CALLBACK_IN_EVAL = """
class SampleCallback(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        model = kwargs["model"]
        model.eval()
        print(model.generate(max_new_tokens=8))
        model.train()
"""

CACHE_OFF = """
@contextmanager
def cache_off(model):
    before = model.config.use_cache
    model.config.use_cache = False
    try:
        yield model
    finally:
        model.config.use_cache = before
"""
