"""No remedy names what the version that it is for lacks: the bad examples of all cards, for the releases beside each boundary."""

from __future__ import annotations

import functools
import re

import pytest

from gcheck_lint import knowledge
from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.fixing import apply
from gcheck_lint.rulebook import cards
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source, from_bytes
from tests.support import markers
from tests.support.paths import FIXTURES

UNSUPPORTED = "GCK402"
AMBIGUOUS = "use_cache"  # of the arguments; the config has always had it


def _names() -> list[knowledge.Name]:
    facts = knowledge.load()
    return [name for name in facts._names.values() if name.missing is not None]


def _releases() -> list[str]:
    """Those on both sides of each boundary, and the ends."""
    known = knowledge.load().releases("transformers")
    kept = {known[0], known[-1]}
    for name in _names():
        assert name.missing is not None
        lacks = [name.missing.contains(release) for release in known]
        kept |= {
            release
            for at, release in enumerate(known)
            for beside in (at - 1, at + 1)
            if lacks[at] != _at(lacks, beside, lacks[at])
        }
    return [release for release in known if release in kept]


def _at(found: list[bool], index: int, otherwise: bool) -> bool:
    return found[index] if 0 <= index < len(found) else otherwise


@functools.cache
def _examples() -> tuple[Source, ...]:
    about_models = [card for card in cards.load().values() if not card.code.startswith("GCK0")]
    bad = [fence for card in about_models for fence in card.fences if fence.kind == "bad"]
    texts = dict.fromkeys(markers.strip(fence.text) for fence in bad)
    texts |= dict.fromkeys(path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "versions").glob("*.py")))
    return tuple(from_bytes(f"example_{number}.py", text.encode()) for number, text in enumerate(texts))


def _said(one: Diagnostic, text: str) -> set[str]:
    """The words of a remedy: what is said, and what the edits would write that was not there."""
    words = re.compile(r"\w+")
    said = {*words.findall(one.help), *words.findall("" if one.fix is None else one.fix.title)}
    for edit in () if one.fix is None else one.fix.edits:
        said |= {*words.findall(edit.content)} - {*words.findall(text[edit.start : edit.end])}
    return said


def _check(source: Source, target: str) -> FileReport:
    report = pipeline.check(source, Settings(possible=True, target_transformers=target))
    assert not report.failures, report.failures[0].text
    return report


ENDING = ("GCK404", "GCK408")  # what these repair has ended the script before it came by the names that are looked at then


@pytest.mark.parametrize("release", _releases())
def test_what_a_remedy_names_is_there(release: str) -> None:
    missing = {name.name for name in _names() if name.missing is not None and name.missing.contains(release)} - {AMBIGUOUS}
    checked = [(source.text, _check(source, f"=={release}").diagnostics) for source in _examples()]
    told = [(one, text) for text, found in checked for one in found if one.code != UNSUPPORTED]
    assert told
    assert [(one.code, one.help, words) for one, text in told if (words := _said(one, text) & missing)] == []


@pytest.mark.parametrize("release", _releases())
def test_no_fix_brings_in_what_some_version_lacks(release: str) -> None:
    target = f">={release}"

    def unsupported(report: FileReport) -> list[str]:
        return [one.message for one in report.diagnostics if one.code == UNSUPPORTED]

    for source in _examples():
        before = _check(source, target)
        if not any(one.fix is not None for one in before.diagnostics):
            continue
        outcome = apply.fix([before], lambda text: _check(text, target), unsafe=True)
        (after,) = outcome.reports.values()
        assert set(unsupported(after)) <= set(unsupported(before))
        assert not any(
            reverted.diagnostic.code not in {UNSUPPORTED, *ENDING} and UNSUPPORTED in reverted.reason
            for reverted in outcome.reverted
        )


def test_the_words_follow_the_target() -> None:
    script = from_bytes(
        "train.py",
        b"from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
        b'model = AutoModelForCausalLM.from_pretrained("gpt2", use_cache=False)\n'
        b'Trainer(model=model, args=TrainingArguments("out", gradient_checkpointing=True)).train()\n',
    )

    def told(target: str) -> list[tuple[bool, bool]]:
        found = [one for one in _check(script, target).diagnostics if one.code == "GCK301"]
        return [("gradient_checkpointing_kwargs" in one.help, one.fix is not None) for one in found]

    assert told(">=4.36,<4.38") == [(True, True)]
    assert told(">=4.30,<4.38") == [(False, False)]
    assert told("==4.30.2") == [(False, False)]


BUILT = """\
from datasets import load_from_disk
from transformers import AutoConfig, AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained("somebody/model", use_cache=False))
Trainer(model=model, args=TrainingArguments("out"), train_dataset=load_from_disk("data/train")).train()
model.save_pretrained("out")
"""


def test_no_restore_names_a_generation_config_that_a_release_lacks() -> None:
    """A model of 4.25.1 has none (run): the line would raise an AttributeError there."""
    written = {}
    for wanted in (">=4.25", ">=4.28"):
        settings = Settings(target_transformers=wanted)
        report = pipeline.check(from_bytes("train.py", BUILT.encode()), settings)
        fixes = [one.fix for one in report.diagnostics if one.code == "GCK201" and one.fix is not None]
        written[wanted] = "generation_config" in "".join(edit.content for fix in fixes for edit in fix.edits)
    assert written == {">=4.25": False, ">=4.28": True}


ADAPTED = """\
from datasets import load_from_disk
from peft import LoraConfig, get_peft_model
from transformers import {name}, Trainer, TrainingArguments

model = {name}.from_pretrained("somebody/model", use_cache=False)
model = get_peft_model(model, LoraConfig(target_modules=["q_proj", "v_proj"]))
model.gradient_checkpointing_enable()
Trainer(model=model, args=TrainingArguments("out"), train_dataset=load_from_disk("data/train")).train()
"""


@pytest.mark.parametrize(
    ("name", "remedy", "edit"),
    [
        (
            "LlamaForCausalLM",
            "in a single process `enable_input_require_grads()`",
            '"use_reentrant": False',
        ),
        ("BartForConditionalGeneration", "`enable_input_require_grads()` does not reach", '"use_reentrant": False'),
        ("WhisperForConditionalGeneration", "`enable_input_require_grads()` does not reach", '"use_reentrant": False'),
        ("LlavaForConditionalGeneration", "`enable_input_require_grads()` does not reach", '"use_reentrant": False'),
        ("AutoModelForSeq2SeqLM", "(T5, not BART or Whisper)", '"use_reentrant": False'),
    ],
)
def test_the_hook_is_told_of_where_it_reaches_all_layers(name: str, remedy: str, edit: str) -> None:
    """Scenario lora_behind_checkpointing: with it bart raises all the same, and Whisper's encoder learns nothing."""
    report = pipeline.check(from_bytes("train.py", ADAPTED.format(name=name).encode()), Settings(target_transformers="==4.57.1"))
    (found,) = [one for one in report.diagnostics if one.code == "GCK302"]
    assert remedy in found.help
    assert found.fix is not None
    assert edit in "".join(one.content for one in found.fix.edits)


def test_a_tower_that_is_not_checkpointed_lets_gradients_through() -> None:
    """The same scenario, Qwen2-VL on 4.46.3: LoRA in the tower as well, and nothing raises."""
    text = ADAPTED.format(name="Qwen2VLForConditionalGeneration").replace('"q_proj",', '"qkv", "q_proj",')
    found = {}
    for version in ("4.46.3", "4.57.1"):
        report = pipeline.check(from_bytes("train.py", text.encode()), Settings(target_transformers=f"=={version}"))
        found[version] = [one.code for one in report.diagnostics if one.code in {"GCK302", "GCK303"}]
    assert found == {"4.46.3": [], "4.57.1": ["GCK302"]}


COMPOSITE = """\
from datasets import load_from_disk
from transformers import {name}, Trainer, TrainingArguments

model = {name}.from_pretrained("somebody/model")
{switches}
args = TrainingArguments("out", gradient_checkpointing=True)
Trainer(model=model, args=args, train_dataset=load_from_disk("data/train")).train()
model.config.use_cache = True
model.save_pretrained("out")
"""
SWITCHES = {
    "GCK103": "model.config.use_cache = True",
    "GCK104": "model.use_cache = False",
    "GCK204": "model.config.use_cache = False\nmodel.generation_config.use_cache = False",
}


@pytest.mark.parametrize("code", SWITCHES)
def test_a_switch_of_a_composite_config_is_left_alone(code: str) -> None:
    """Which config is asked hangs on the version (composites.txt): no edit, and nothing that is about it is sure."""
    settings = Settings(target_transformers="==4.57.1", possible=True)
    told = {}
    for name in ("LlamaForCausalLM", "JanusForConditionalGeneration"):
        text = COMPOSITE.format(name=name, switches=SWITCHES[code])
        report = pipeline.check(from_bytes("train.py", text.encode()), settings)
        told[name] = next(one for one in report.diagnostics if one.code == code)
    assert told["LlamaForCausalLM"].fix is not None
    assert told["JanusForConditionalGeneration"].fix is None
    assert str(told["JanusForConditionalGeneration"].certainty) == ("sure" if code == "GCK104" else "possible")


@pytest.mark.parametrize(
    ("arguments", "offered"),
    [
        ("", True),
        (', deepspeed="ds_config.json"', False),
        (', deepspeed={"zero_optimization": {"stage": 3}}', False),
    ],
)
def test_not_reentrant_is_not_offered_where_it_may_be_zero_3(arguments: str, offered: bool) -> None:
    text = _UNDER_DEEPSPEED.format(arguments=arguments)
    report = pipeline.check(from_bytes("example.py", text.encode()), Settings(target_transformers="==4.57.1"))
    found = [one for one in report.diagnostics if one.code == "GCK302"]
    assert len(found) == 1
    assert (found[0].fix is not None) is offered
    assert ("except under DeepSpeed's ZeRO-3" in str(found[0].help)) is not offered


_UNDER_DEEPSPEED = """\
from datasets import load_from_disk
from peft import LoraConfig, get_peft_model
from transformers import BartForConditionalGeneration, Seq2SeqTrainer, Seq2SeqTrainingArguments

model = BartForConditionalGeneration.from_pretrained("facebook/bart-base")
model = get_peft_model(model, LoraConfig(task_type="SEQ_2_SEQ_LM", target_modules=["q_proj", "v_proj"]))
args = Seq2SeqTrainingArguments("out", gradient_checkpointing=True{arguments})
Seq2SeqTrainer(model=model, args=args, train_dataset=load_from_disk("data")).train()
"""
