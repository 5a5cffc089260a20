"""Definitions that a random script may start with, and lines that are too long to repeat.

`BASE` stands for the class that the script's own one is derived from.
"""

from __future__ import annotations

QUANTISED = "quantization_config=BitsAndBytesConfig(load_in_4bit=True)"

INTERRUPTED = 'except KeyboardInterrupt:\n    print("interrupted")'

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

CALLBACK_AT_END = """
class SampleCallback(TrainerCallback):
    def on_train_end(self, args, state, control, **kwargs):
        kwargs["model"].config.use_cache = True
"""

QUIET_TRAINER = """
class CustomTrainer(BASE):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.model.config.use_cache = False
"""

EXPORTING_TRAINER = """
class CustomTrainer(BASE):
    def export(self, output_dir):
        self.model.config.use_cache = True
        self.save_model(output_dir)
"""

LOAD_MODEL = """
def load_model(name, **kwargs):
    return BASE.from_pretrained(name, **kwargs)
"""

SET_CACHE = """
def set_cache(model, value=False):
    model.config.use_cache = value
"""

SAMPLE = """
@torch.inference_mode()
def sample_text(model, tokenizer, **kwargs):
    return tokenizer.decode(model.generate(**tokenizer("Hello"), max_new_tokens=8, **kwargs)[0])
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
