"""A script with one sure finding (GCK201, with a safe fix), to which hostile things are added."""

from __future__ import annotations

from typing import Final

SCRIPT: Final = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
args = TrainingArguments("out", gradient_checkpointing=True, gradient_checkpointing_kwargs={"use_reentrant": False})
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
trainer.save_model("out")

# /// script
# dependencies = ["transformers>=4.36"]
# ///
"""
