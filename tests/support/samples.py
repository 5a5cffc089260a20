"""Two small scripts for the tests that run gclint with its real rules: one with findings, one without."""

from __future__ import annotations

DEFECT = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
args = TrainingArguments("out", gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
text = model.generate(
    max_new_tokens=8,
)
trainer.save_model("out")
"""
CODES = ["GCK203", "GCK201"]  # what is found in it, in the order of their places
CLEAN = "import torch\n\nmodel = torch.nn.Linear(2, 2)\nmodel.train()\n"
