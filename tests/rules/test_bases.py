"""What the base of a model holds on the hub: the table, the script that keeps it, and what a finding asks where nobody knows."""

from __future__ import annotations

import datetime
import importlib.util
import json
import re
from pathlib import Path

import pytest
import tomli

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from tests.support.paths import ROOT

TABLE = ROOT / "src" / "gcheck_lint" / "knowledge" / "bases.toml"
SCRIPT = """\
import sys
from datasets import load_from_disk
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained({loaded}, use_cache=False)
args = TrainingArguments(output_dir="out", gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=load_from_disk("data"))
trainer.train()
{restored}
trainer.save_model("out/final")
"""


def findings(loaded: str, restored: str = "", target: str = "==4.57.1", by: str = "AutoModelForCausalLM") -> list[Diagnostic]:
    text = SCRIPT.format(loaded=loaded, restored=restored).replace("AutoModelForCausalLM", by)
    return pipeline.check(from_bytes("train.py", text.encode()), Settings(target_transformers=target, possible=True)).diagnostics


@pytest.mark.parametrize(
    ("loaded", "asked"),
    [
        ('"EleutherAI/pythia-160m"', "`hf download EleutherAI/pythia-160m generation_config.json`"),
        ('"facebook/opt-350m", revision="refs/pr/3"', "`hf download facebook/opt-350m generation_config.json`"),
        ('"./bases/mine/"', "`ls ./bases/mine`"),
        ('"/data/my bases"', "`ls '/data/my bases'`"),
        ("sys.argv[1]", "`hf download BASE generation_config.json`"),
    ],
)
def test_a_base_that_nobody_has_read_is_a_question_of_one_command(loaded: str, asked: str) -> None:
    (finding,) = (one for one in findings(loaded) if one.code == "GCK201")
    assert finding.message.endswith(" if its base has no generation_config.json")
    assert asked in finding.help


def test_a_base_that_has_the_file_is_no_question() -> None:
    (finding,) = (one for one in findings('"facebook/opt-350m"') if one.code == "GCK201")
    assert "its base" not in finding.message
    assert "hf download" not in finding.help


def test_a_restore_of_the_config_is_enough_where_the_base_has_the_file() -> None:
    restored = "model.config.use_cache = True"
    assert [one.code for one in findings('"facebook/opt-350m"', restored) if one.code.startswith("GCK2")] == []
    unread = [one for one in findings('"EleutherAI/pythia-160m"', restored) if one.code == "GCK204"]
    assert [one.certainty for one in unread] == [Certainty.POSSIBLE]
    assert "`hf download EleutherAI/pythia-160m generation_config.json` shows" in unread[0].help


def test_versions_that_ask_no_base_ask_no_reader() -> None:
    (finding,) = (one for one in findings('"EleutherAI/pythia-160m"', target=">=5.0") if one.code == "GCK201")
    assert "hf download" not in finding.help


def test_before_4_37_it_matters_how_the_file_of_the_base_came_about() -> None:
    (finding,) = (one for one in findings('"EleutherAI/pythia-160m"', target="==4.36.2") if one.code == "GCK201")
    assert finding.message.endswith("generate slowly, unless its base has a hand-written generation_config.json")
    assert "`hf download EleutherAI/pythia-160m generation_config.json` shows it: slow if absent or generated" in finding.help
    (finding,) = (one for one in findings('"./base"', target="==4.36.2") if one.code == "GCK201")
    assert "`cat ./base/generation_config.json` shows" in finding.help


@pytest.mark.parametrize(
    ("base", "target", "certainty"),
    [
        ("facebook/opt-350m", "==4.57.1", Certainty.SURE),
        ("facebook/opt-350m", ">=5.0", Certainty.SURE),
        ("acme/opt-tuned", "==4.57.1", Certainty.SURE),
        ("acme/opt-tuned", ">=5.0", Certainty.POSSIBLE),
    ],
)
def test_the_class_of_a_model_hands_the_switch_on_to_a_file_that_is_there(base: str, target: str, certainty: Certainty) -> None:
    restored = "model.config.use_cache = True"
    vain = [one for one in findings(f'"{base}"', restored, target, "OPTForCausalLM") if one.code == "GCK204"]
    assert [one.certainty for one in vain] == [certainty]
    assert (f"`hf download {base} generation_config.json` shows" in vain[0].help) is (certainty is Certainty.POSSIBLE)
    (saved,) = (one for one in findings(f'"{base}"', target=target, by="OPTForCausalLM") if one.code == "GCK201")
    assert (str(saved.severity), saved.certainty) == ("warning", Certainty.SURE)
    assert ("hf download" in saved.help) is (certainty is Certainty.POSSIBLE)
    assert "`generation_config.use_cache = True`" in saved.help


def test_each_base_says_where_and_when_it_was_read() -> None:
    bases = tomli.loads(TABLE.read_text(encoding="utf-8"))["base"]
    names = [base["id"] for base in bases]
    assert names == sorted(set(names), key=str.lower)
    for base in bases:
        assert set(base) == {"id", "generation_config", "source", "date"}
        assert re.fullmatch(
            r"[\w.-]+/[\w.-]+@[0-9a-f]{12} \S+:\d+|https://huggingface\.co/api/models/\S+ [0-9a-f]{40}", base["source"]
        )
        assert isinstance(base["date"], datetime.date)


def test_a_local_listing_takes_the_place_of_what_is_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("base_table", ROOT / "tools" / "base_table.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    table = tmp_path / "bases.toml"
    table.write_text("# the head\npackages = []\n", encoding="utf-8")
    monkeypatch.setattr(tool, "TABLE", table)
    lines, answer = tmp_path / "lines.tsv", tmp_path / "answer.json"
    lines.write_text(
        "a/one\tno\tx/y@0123456789ab list:1\t2024-01-01\nb/two\tyes\tx/y@0123456789ab list:2\t2024-01-01\n", encoding="utf-8"
    )
    told = {
        "id": "a/one",
        "sha": "0" * 40,
        "lastModified": "2025-02-03T04:05:06.000Z",
        "siblings": [{"rfilename": "generation_config.json"}],
    }
    answer.write_text(json.dumps(told), encoding="utf-8")
    tool.main([str(answer), str(lines)])
    assert table.read_text(encoding="utf-8").startswith("# the head\npackages = []\n\n[[base]]\n")
    bases = tomli.loads(table.read_text(encoding="utf-8"))["base"]
    assert [(base["id"], base["generation_config"]) for base in bases] == [("a/one", True), ("b/two", True)]
    lines.write_text("a/one\tperhaps\tx\t2024-01-01\n", encoding="utf-8")
    with pytest.raises(ValueError, match="`perhaps` is neither yes nor no"):
        tool.main([str(lines)])
