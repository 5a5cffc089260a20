"""What the tests that run gclint with its real rules run it on: a script with findings, one without, and notebooks of any."""

from __future__ import annotations

import json

DEFECT = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
args = TrainingArguments("out", gradient_checkpointing_kwargs={"use_reentrant": False}, gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
text = model.generate(
    max_new_tokens=8,
)
trainer.save_model("out")

# /// script
# dependencies = ["transformers>=4.36"]
# ///
"""
# what is found in it, in the order of their places; that of the save costs something on old releases only
CODES = ["GCK203", "GCK201"]
CLEAN = "import torch\n\nmodel = torch.nn.Linear(2, 2)\nmodel.train()\n"


def notebook(*cells: str) -> str:
    """The text of a notebook with these cells of code."""
    made = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text} for text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)
