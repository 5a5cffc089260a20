"""Triage rules out what no rule can find anything in, and nothing else: with and without it the findings are the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gcheck_lint import checks
from gcheck_lint.checks import needs
from gcheck_lint.config.settings import Settings
from gcheck_lint.prefilter import triage, words
from gcheck_lint.python import program
from gcheck_lint.rulebook import cards
from gcheck_lint.run import pipeline
from gcheck_lint.text.notebook import source_of
from gcheck_lint.text.source import Source
from tests.support.paths import ROOT

SCRIPTS = sorted(
    path
    for folder in (ROOT / "tests" / "fixtures", ROOT / "examples")
    for path in folder.rglob("*")
    if path.suffix in {".py", ".ipynb"}
)
TOLD_BY_TRIAGE = {"GCK002"}  # a syntax error is told only where a finding could have been


@pytest.mark.parametrize("check", checks.registry().values(), ids=lambda check: check.code)
def test_a_rule_states_its_need(check: checks.Check) -> None:
    assert check.needs != needs.SWITCH, "@check(..., needs=...): a switch alone is in every model's own source"


def test_whatever_is_enough_holds_a_part_of_the_gate() -> None:
    parts = [one for one in words.GATE if isinstance(one, bytes)]
    for needed in words.ANY_NEED:
        literals = {word: [found for found, _ in words.WORDS[word]] for word in needed}
        assert any(
            word in words.GATE or all(found and all(any(part in one for part in parts) for one in found) for found in own)
            for word, own in literals.items()
        )


def test_a_literal_lies_within_what_is_cut_out_around_its_part() -> None:
    for literal, part in triage._PARTS.items():
        assert literal in triage._cut_out(b"\n" * 99 + literal + b"\n" * 99, part)
    crowd = b"checkpoint " * (triage._MANY + 2)
    assert triage._cut_out(crowd, b"checkpoint") is crowd


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.relative_to(ROOT).as_posix() for path in SCRIPTS])
def test_what_is_skipped_holds_no_pattern(path: Path) -> None:
    data = path.read_bytes()
    text = triage.Text(data)
    for word, patterns in words.WORDS.items():
        asked = [pattern for literals, pattern in patterns if not literals or any(one in data for one in literals)]
        found = (match.start() for pattern in asked for match in re.finditer(pattern, data))
        assert text.holds(word) is any(triage._is_code(data, at) for at in found), word


def _fences() -> Iterator[object]:
    for card in cards.load().values():
        for number, fence in enumerate(card.fences):
            yield pytest.param(card.code, fence, id=f"{card.code}-{fence.kind.replace(' ', '-')}-{number}")


@pytest.mark.parametrize(("code", "fence"), list(_fences()))
def test_example_of_a_rule_is_let_through_by_its_own_need(code: str, fence: cards.Fence) -> None:
    text = triage.Text(fence.text.encode())
    if fence.kind == "bad" and code in words.NEEDS:
        assert any(all(map(text.holds, needed)) for needed in words.NEEDS[code])
    if fence.kind != "bad":
        assert not _missed(Source("example.py", fence.text))


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.relative_to(ROOT).as_posix() for path in SCRIPTS])
def test_verdict_is_the_same_without_triage(path: Path) -> None:
    source = source_of(str(path), path.read_bytes())
    assert source is None or not _missed(source)


def _missed(source: Source) -> list[str]:
    """What would be found in a text that is ruled out. One that is not is checked either way.

    Nearly everything is possible in a script whose arguments come from the command line alone; of what is only possible, triage
    lets through what the program at least names.
    """
    if pipeline.concerns(source):
        return []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triage, "ANY_NEED", ((),))
        report = pipeline.check(source, Settings())
    return [f"{one.code} {one.span.start}" for one in report.diagnostics if one.code not in TOLD_BY_TRIAGE]


SWITCH = "model.config.use_cache = False\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trainer.train()", True),
        ("run(trainer.train)", True),
        ("trainer.train ()", True),
        ("self.training = False", False),
        ("# trainer.train()", False),
        ("    >>> trainer.train()", False),
        ("'''Call `trainer.train()` first.'''", False),
        ("print('`x`'); trainer.train()", True),
        ("f'''\n>>> {trainer.train()}'''", True),
        ("x = 1 # a\rtrainer.train()", True),
        ("getattr(trainer, 'train')()", True),
        ("split = 'train'", False),
        ("loss.backward()", True),
    ],
)
def test_training(text: str, said: bool) -> None:
    assert triage.Text(text.encode()).holds("@training") is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("M.from_config(config, use_cache=False)", True),
        ("M.from_config(\n    load(a, (b)), use_cache=False)", True),
        ("M.from_config(config, **kwargs); use_cache", True),
        ("make = M.from_config; use_cache = 1", True),
        ("M.from_config(config)\nuse_cache = use_cache", False),
        ("M.from_config(config, **kwargs)", False),
    ],
)
def test_built_with_cache(text: str, said: bool) -> None:
    assert triage.Text(text.encode()).holds("@built with cache") is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model = AutoModel.from_pretrained(name, use_cache=False)", True),
        ("options = {'use_cache': False}\nmodel = AutoModel.from_pretrained(name, **options)", True),
        ("load = AutoModel.from_pretrained\nload(name, use_cache=False)", True),
        (
            "class Own(Base):\n    def load(cls, use_cache):\n        return super().from_pretrained(name, use_cache=use_cache)",
            True,
        ),
        ("model = AutoModel.from_pretrained(name)\nuse_cache = True", False),
        ("config = AutoConfig.from_pretrained(name, use_cache=False)", False),
        ("use_cache = True\nmodel = super().from_pretrained(name, **kwargs)", False),
        ('use_cache = "a :meth*~transformers.AutoModel.from_pretrained* for both"', False),
    ],
)
def test_loaded_with_cache(text: str, said: bool) -> None:
    assert triage.Text(text.encode()).holds("@loaded with cache") is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("torch.autograd.grad(loss, inputs)", True),
        ("from torch.autograd import grad", True),
        ("from torch import autograd", True),
        ("from torch.autograd import Function, grad", True),
        ("class Round(torch.autograd.Function):\n    pass", False),
        ("from torch.autograd import Function\n", False),
        ("from torch.autograd.graph import save_on_cpu", False),
        ("torch.autograd.profiler.record_function('step')", False),
    ],
)
def test_asking_autograd(text: str, said: bool) -> None:
    assert triage.Text(text.encode()).holds("@autograd") is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("loss.backward(inputs=[hidden])", True),
        ("accelerator.backward(loss, inputs=list(weights(model)))", True),
        ("inputs = 1\nloss.backward(**options)", True),
        ("step = loss.backward\nstep(inputs=[hidden])", True),
        ("loss = model(**inputs)\nloss.backward()", False),
        ("def forward(self, inputs):\n    return inputs", False),
    ],
)
def test_backward_with_inputs(text: str, said: bool) -> None:
    assert triage.Text(text.encode()).holds("@backward with inputs") is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config.gradient_checkpointing = True", True),
        ("config.gradient_checkpointing = args.lean", True),
        ("build(gradient_checkpointing=True)", True),
        ("gradient_checkpointing: bool = True; gradient_checkpointing = True", True),
        ("config.gradient_checkpointing = False", False),
        ("config.gradient_checkpointing == True", False),
        ("self.gradient_checkpointing = True", False),
        ("        module.gradient_checkpointing = value", False),
        ("my.self.gradient_checkpointing = True", False),
        ("herself.gradient_checkpointing = True", True),
        ("supports_gradient_checkpointing = True", False),
    ],
)
def test_checkpointing_set(text: str, said: bool) -> None:
    assert triage.Text(text.encode()).holds("@checkpointing set") is said


def test_model_definition_is_ruled_out(tmp_path: Path) -> None:
    (tmp_path / "modeling_x.py").write_text("""\
class XModel(XPreTrainedModel):
    supports_gradient_checkpointing = True

    def __init__(self, config):
        super().__init__(config)
        self.gradient_checkpointing = False

    def forward(self, input_ids, use_cache=None, past_key_values=None):
        \"\"\"
        >>> model.gradient_checkpointing_enable()
        >>> loss.backward()
        \"\"\"
        use_cache = use_cache if use_cache is not None else self.config.use_cache
        if self.gradient_checkpointing and self.training:
            use_cache = False
        return self.decoder(input_ids, use_cache=use_cache)
""")
    assert pipeline.is_ruled_out(str(tmp_path / "modeling_x.py"), (tmp_path / "modeling_x.py").read_bytes())


def test_what_is_missing_may_be_in_an_imported_module(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "loop.py").write_text("def run(model):\n    loss.backward()\n")
    (tmp_path / "middle.py").write_text("from loop import run\n")
    whole = program.Program()
    script = tmp_path / "script.py"
    assert whole.may_concern(str(script), b"from middle import run\n" + SWITCH.encode())
    assert not whole.may_concern(str(script), b"from elsewhere import run\n" + SWITCH.encode())
    assert whole.may_concern(str(script), b"import sys\nsys.path.append('x')\n" + SWITCH.encode())


def test_modules_of_a_library_are_not_followed(tmp_path: Path) -> None:
    package = tmp_path / "trl" / "trainer"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "loop.py").write_text("loss.backward()\n")
    (package / "other.py").touch()
    whole = program.Program()
    assert whole.locate(".loop", package / "other.py", package / "other.py") is None
    assert not whole.may_concern(str(package / "other.py"), b"from .loop import x\n" + SWITCH.encode())


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"x = 1\n", True),
        ("x = 'ä'\n".encode(), True),
        ("x = 'ä'\n".encode("latin-1"), False),
        (b"# -*- coding: latin-1 -*-\n", False),
        (b"#!/usr/bin/env python\r# coding: hex\r", False),
        (b"\n\n\n\n# coding: hex\n", True),
    ],
)
def test_plain_text(data: bytes, plain: bool) -> None:
    assert triage.is_plain(data) is plain


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("x = 1  # noqa: F401", False),
        ("x = 1  # NoQA: GCK201", True),
        ("x = 1  # noqa: cache-off-saved", True),
        ("# GCLINT: ignore", True),
        ("x = 1", False),
    ],
)
def test_comment_for_us(text: str, may: bool) -> None:
    assert triage.may_silence(text.encode()) is may


def test_comment_in_a_file_that_is_ruled_out_is_still_told(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1  # noqa: GCK201\n")
    assert [one.code for one in pipeline.check_file(str(path), Settings()).diagnostics] == ["GCK003"]


def test_unreadable_files_are_still_told(tmp_path: Path) -> None:
    for name, data in (("a.py", b"x = '\xff'\n"), ("b.py", b"# coding: nonsense\n"), ("c.ipynb", b"{")):
        (tmp_path / name).write_bytes(data)
        assert [one.code for one in pipeline.check_file(str(tmp_path / name), Settings()).diagnostics] == ["GCK001"]
    (tmp_path / "d.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert pipeline.check_file(str(tmp_path / "d.ipynb"), Settings()).diagnostics == ()


def test_a_text_that_is_empty_in_the_editor_is_not_taken_for_the_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "loop.py").write_text("def run(model):\n    loss.backward()\n")
    unsaved = {str(tmp_path / "loop.py"): ""}
    whole = program.Program(unsaved)
    text = b"from loop import run\n" + SWITCH.encode()
    assert not whole.may_concern(str(tmp_path / "script.py"), text)
    unsaved.clear()
    assert whole.may_concern(str(tmp_path / "script.py"), text)
