"""A few repositories to be surveyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.repositories import repository
from tests.support.samples import CLEAN, DEFECT

if "GCLINT_ALL_CLIENTS" not in os.environ:  # in .ci/run nothing may be left out
    pytest.importorskip("distributed")
    pytest.importorskip("pyarrow")
    pytest.importorskip("cryptography")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of repositories: with findings, without, with a recipe that brings one to light, with settings that are wrong."""
    repository(tmp_path / "many" / "faulty", train=DEFECT, deep__other=DEFECT)
    repository(tmp_path / "many" / "clean", train=CLEAN)
    repository(tmp_path / "many" / "unsettled", **{"train": DEFECT, "gclint.toml": "no-such-key = 1\n"})
    launch, asks = "python train.py --gradient_checkpointing\n", "transformers==4.40.0\n"
    repository(tmp_path / "many" / "started", **{"train": STARTED, "run.sh": launch, "requirements.txt": asks})
    return tmp_path / "many"


STARTED = """\
import argparse

import torch
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("--gradient_checkpointing", action="store_true")
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("gpt2")
if args.gradient_checkpointing:
    model.gradient_checkpointing_enable()
model.config.use_cache = False
model.train()
batch = torch.tensor([[1, 2, 3]])
model(input_ids=batch, labels=batch).loss.backward()
model.save_pretrained("out")
"""
