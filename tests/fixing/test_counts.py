"""What is said of fixes agrees: how many findings are fixable, how many would be fixed, how many were; and what a fix adds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.rulebook import cards
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from gcheck_lint.text.spans import Edit
from tests.support.forks import gclint
from tests.support.paths import ROOT

VAIN = """\
from datasets import load_from_disk
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
model.use_cache = False
args = TrainingArguments(output_dir="out", gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=load_from_disk("data/train"))
trainer.train()
"""
ON = ("--no-cache", "--min-severity", "info")


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return 0 if found is None else int(found[1])


@pytest.mark.parametrize("words", [(), ("--unsafe-fixes",)], ids=["safe", "unsafe"])
@pytest.mark.parametrize("target", ["==4.36.2", "==4.57.1", ">=5"])
def test_the_three_numbers_are_one(tmp_path: Path, words: tuple[str, ...], target: str) -> None:
    for path in (ROOT / "examples").glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for card in cards.load().values():
        for number_of_it, fence in enumerate(card.fences):
            if fence.kind == "bad" and not card.code.startswith("GCK0"):
                (tmp_path / f"{card.code}_{number_of_it}.py").write_text(fence.text, encoding="utf-8")
    given = (*ON, *words, "--target-transformers", target, "--output-format", "concise", ".")
    before = gclint(tmp_path, *given).stdout
    fixable = number(r"\[\*\] (\d+) fixable with", before)
    would = gclint(tmp_path, "--diff", *given).stderr
    told = gclint(tmp_path, "--fix", *given)
    assert "taken back" not in told.stderr
    assert fixable > 10
    assert before.count("] [*]: ") == fixable
    assert number(r"Would fix (\d+) findings", would) == fixable
    assert number(r"\((\d+) fixed", told.stdout) == fixable
    assert number(r"and (\d+) more with them", would) == number(r"(\d+) resolved with them", told.stdout)


def test_a_finding_that_another_fix_mends_says_so(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(VAIN, encoding="utf-8")
    given = (*ON, "--target-transformers", "==4.57.1", "train.py")
    before = gclint(tmp_path, *given).stdout
    assert "info[GCK104] [*]: " in before
    assert "info[GCK102]: " in before
    assert "  | --------------- this is meant to switch it off\n" in before
    assert "help: set `use_cache` on the config that the model reads (GCK104); that fix resolves this finding as well\n" in before
    assert "[*] 1 fixable with `--fix`." in before
    assert gclint(tmp_path, "--diff", *given).stderr == "Would fix 1 finding, and 1 more with it.\n"
    told = gclint(tmp_path, "--fix", "--show-fixes", *given).stdout
    assert told.startswith(
        "Fixed 1 finding:\n"
        "- train.py:\n"
        "    1 × GCK104 (cache-switch-without-effect)\n"
        "    1 × GCK102 (arguments-with-cache), resolved with it\n"
        "\n"
        "Found 2 findings (1 fixed, 1 resolved with it, 0 remaining).\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "model.use_cache = True",
        "if args.output_dir == input():\n    model.use_cache = False",
        "AutoModelForCausalLM.from_pretrained('other').use_cache = False",
    ],
)
def test_a_switch_that_would_not_end_it_is_not_named(line: str) -> None:
    text = VAIN.replace("model.use_cache = False\n", "").replace("trainer = ", f"{line}\ntrainer = ")
    report = pipeline.check(from_bytes("train.py", text.encode()), Settings(target_transformers="==4.57.1"))
    (found,) = (one for one in report.diagnostics if one.code == "GCK102")
    assert "GCK104" not in found.help
    assert "this is meant to switch it off" not in [one.message for one in found.related]


def test_a_title_names_all_that_is_added() -> None:
    """Each statement and each argument that a fix writes; of what it takes away it says that much."""
    seen = 0
    for card in cards.load().values():
        for fence in card.fences:
            if fence.kind != "bad" or not card.fixable or card.code.startswith("GCK0"):
                continue
            for target in (fence.target, "==4.36.2"):
                report = pipeline.check(from_bytes("x.py", fence.text.encode()), Settings(target_transformers=target))
                for one in report.diagnostics:
                    for edit in one.fix.edits if one.fix is not None else ():
                        assert one.fix is not None
                        added = edit.content.removeprefix(fence.text[edit.start : edit.end].rstrip(")"))
                        for piece in re.split(r"[;\n]", added):
                            assert piece.strip(" ,") in one.fix.title, (one.code, one.fix.title, piece)
                            seen += 1
    assert seen > 50


def test_joined_fixes_are_named_together() -> None:
    one, other = (Fix(f"Add `{name}`", (Edit("x.py", at, at, name),), Safety.SAFE) for at, name in ((0, "a"), (5, "b")))
    again = Fix("Add `a`", (Edit("x.py", 9, 9, "a"),), Safety.UNSAFE)
    assert one.together_with([other]).title == "Add `a`, and add `b`"
    assert one.together_with([one]).title == "Add `a`"
    assert one.together_with([again]).title == "Add `a` in 2 places"
    joined = one.together_with([other, again])
    assert (joined.title, joined.safety, len(joined.edits)) == ("Add `a` in 2 places, and add `b`", Safety.UNSAFE, 3)
