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


def _said(one: Diagnostic) -> set[str]:
    """The words of a remedy: what is said, and what the edits would write."""
    written = [one.help] if one.fix is None else [one.help, one.fix.title, *(edit.content for edit in one.fix.edits)]
    return set(re.findall(r"\w+", " ".join(written)))


def _check(source: Source, target: str) -> FileReport:
    report = pipeline.check(source, Settings(possible=True, target_transformers=target))
    assert not report.failures, report.failures[0].text
    return report


@pytest.mark.parametrize("release", _releases())
def test_what_a_remedy_names_is_there(release: str) -> None:
    missing = {name.name for name in _names() if name.missing is not None and name.missing.contains(release)} - {AMBIGUOUS}
    told = [one for source in _examples() for one in _check(source, f"=={release}").diagnostics if one.code != UNSUPPORTED]
    assert told
    assert [(one.code, one.help, words) for one in told if (words := _said(one) & missing)] == []


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
            reverted.diagnostic.code != UNSUPPORTED and UNSUPPORTED in reverted.reason for reverted in outcome.reverted
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
