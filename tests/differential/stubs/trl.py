"""trl before 0.22: checkpointing is off unless it is asked for, and the cache is nobody's business."""

from __future__ import annotations

from .peft import get_peft_model
from .transformers import Trainer, TrainingArguments


class SFTConfig(TrainingArguments):
    pass


class SFTTrainer(Trainer):
    def __init__(self, model=None, args=None, peft_config=None, **kwargs):
        super().__init__(get_peft_model(model, peft_config) if peft_config else model, args, **kwargs)
