"""Baselines: what was known before is not reported, and what is new is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.forks import concise, gclint
from tests.support.invocation import codes
from tests.support.repositories import git, repository, rewrite
from tests.support.samples import DEFECT, notebook


@pytest.fixture
def known(repo: Path) -> Path:
    done = gclint(repo, "--write-baseline", "gclint-baseline.json")
    assert (done.returncode, done.stderr) == (0, "Wrote 4 findings to gclint-baseline.json.\n")
    return repo


def test_a_baseline_is_stable_and_readable(known: Path) -> None:
    text = (known / "gclint-baseline.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert data["version"] == 1
    assert [(one["path"], one["rule"]) for one in data["findings"]] == [
        ("deep/other.py", "GCK201"),
        ("deep/other.py", "GCK203"),
        ("train.py", "GCK201"),
        ("train.py", "GCK203"),
    ]
    assert data["findings"][0]["statement"] == 'trainer.save_model("out")'
    gclint(known, "--write-baseline", "gclint-baseline.json")
    assert (known / "gclint-baseline.json").read_text(encoding="utf-8") == text


def test_known_findings_are_not_reported(known: Path) -> None:
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert (done.returncode, done.stdout) == (0, "All checks passed!\n")
    assert done.stderr == "4 findings of gclint-baseline.json are not shown.\n"
    # from another folder, by another name
    inner = concise(known / "deep", "-q", "--baseline", "../gclint-baseline.json", "../deep")
    assert (inner.returncode, inner.stdout, inner.stderr) == (0, "", "")


def test_moved_and_reformatted_lines_are_still_known(known: Path) -> None:
    rewrite(known / "train.py", "\nmodel = ", "\n# a new line\n\nmodel = ")
    rewrite(known / "train.py", 'trainer.save_model("out")', 'trainer.save_model(\n    "out",  # here\n)')
    assert concise(known, "--baseline", "gclint-baseline.json").returncode == 0


def test_new_and_changed_findings_are_reported(known: Path) -> None:
    rewrite(known / "train.py", 'save_model("out")', 'save_model("elsewhere")')
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert (done.returncode, codes(done.stdout)) == (1, ["GCK201"])
    assert "1 finding of gclint-baseline.json is fixed" in done.stderr
    assert 'train.py: GCK201 trainer.save_model("out")' in done.stderr


def test_what_changes_elsewhere_in_the_statement_is_known(known: Path) -> None:
    rewrite(known / "train.py", 'trainer.save_model("out")', 'saved = trainer.save_model("out") or "out"')
    rewrite(known / "train.py", "text = model.generate(", "text = decode(model.generate(")
    rewrite(known / "train.py", "max_new_tokens=8,\n)", "max_new_tokens=8,\n), True)")
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert (done.returncode, done.stdout) == (0, "All checks passed!\n")
    assert done.stderr == "4 findings of gclint-baseline.json are not shown.\n"
    # one entry stands for one finding
    rewrite(known / "train.py", ' or "out"', ' or trainer.train() or trainer.save_model("out")')
    assert codes(concise(known, "--baseline", "gclint-baseline.json").stdout) == ["GCK201"]


def test_a_renamed_file_is_known(known: Path) -> None:
    (known / "train.py").rename(known / "tune.py")
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert (done.returncode, done.stdout) == (0, "All checks passed!\n")
    assert done.stderr == "4 findings of gclint-baseline.json are not shown.\n"
    (known / "two.py").write_text(DEFECT, encoding="utf-8")
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert [line.split(":")[0] for line in done.stdout.splitlines() if "GCK" in line] == ["two.py", "two.py"]
    gclint(known, "--write-baseline", "gclint-baseline.json")
    data = json.loads((known / "gclint-baseline.json").read_text(encoding="utf-8"))
    assert {one["path"] for one in data["findings"]} == {"deep/other.py", "tune.py", "two.py"}


def test_a_baseline_without_places_is_read(known: Path) -> None:
    file = known / "gclint-baseline.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    for one in data["findings"]:
        del one["place"]
    file.write_text(json.dumps(data), encoding="utf-8")
    assert concise(known, "--baseline", "gclint-baseline.json").returncode == 0
    rewrite(known / "train.py", 'trainer.save_model("out")', 'saved = trainer.save_model("out")')
    assert codes(concise(known, "--baseline", "gclint-baseline.json").stdout) == ["GCK201"]


def test_a_second_one_like_it_is_new(known: Path) -> None:
    again = 'trainer.save_model("out")\ntrainer.train()\ntrainer.save_model("out")'
    rewrite(known / "train.py", 'trainer.save_model("out")', again)
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert [line.split(":")[:2] for line in done.stdout.splitlines()[:1]] == [["train.py", "13"]]
    assert codes(done.stdout) == ["GCK201"]


def test_fixed_entries_are_told_and_taken_out(known: Path) -> None:
    gclint(known, "--fix", "train.py")
    (known / "deep" / "other.py").unlink()
    part = concise(known, "--baseline", "gclint-baseline.json", "clean.py")
    assert "2 findings of gclint-baseline.json are fixed" in part.stderr  # of the file that is gone; train.py was not looked at
    whole = concise(known, "--baseline", "gclint-baseline.json")
    assert "4 findings of gclint-baseline.json are fixed (`--write-baseline` removes them)" in whole.stderr
    gclint(known, "--write-baseline", "gclint-baseline.json")
    assert json.loads((known / "gclint-baseline.json").read_text(encoding="utf-8")) == {"version": 1, "findings": []}


def test_writing_for_a_part_keeps_the_rest(known: Path) -> None:
    gclint(known, "--fix", "train.py")
    gclint(known, "--write-baseline", "gclint-baseline.json", "train.py")
    data = json.loads((known / "gclint-baseline.json").read_text(encoding="utf-8"))
    assert {one["path"] for one in data["findings"]} == {"deep/other.py"}


def test_fix_leaves_known_findings_alone(known: Path) -> None:
    before = (known / "train.py").read_text(encoding="utf-8")
    done = concise(known, "--fix", "--baseline", "gclint-baseline.json")
    assert done.returncode == 0
    assert (known / "train.py").read_text(encoding="utf-8") == before
    (known / "new.py").write_text(DEFECT, encoding="utf-8")
    assert concise(known, "--fix", "--baseline", "gclint-baseline.json").returncode == 0
    assert git(known, "diff", "--name-only") == ""
    assert (known / "new.py").read_text(encoding="utf-8") != DEFECT


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}', None])
def test_a_wrong_baseline_is_a_usage_error(repo: Path, text: str | None) -> None:
    if text is not None:
        (repo / "b.json").write_text(text, encoding="utf-8")
    done = concise(repo, "--baseline", "b.json")
    assert done.returncode == 2
    assert "baseline" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_new_findings_get_a_comment(known: Path) -> None:
    (known / "new.py").write_text(DEFECT, encoding="utf-8")
    gclint(known, "--add-noqa", "--baseline", "gclint-baseline.json")
    assert git(known, "diff", "--name-only") == ""
    assert "# noqa: GCK201" in (known / "new.py").read_text(encoding="utf-8")


def test_stdin_with_a_baseline(known: Path) -> None:
    words = ["--baseline", "gclint-baseline.json", "--stdin-filename", "train.py", "-"]
    assert gclint(known, *words, stdin=DEFECT).returncode == 0


def test_notebooks_have_baselines_and_changes_too(tmp_path: Path) -> None:
    start, rest = DEFECT.split("text = ")
    repo = repository(tmp_path / "repo", **{"nb.ipynb": notebook(start, f"text = {rest}")})
    gclint(repo, "--write-baseline", "b.json")
    assert len(json.loads((repo / "b.json").read_text(encoding="utf-8"))["findings"]) == 2
    (repo / "nb.ipynb").write_text(notebook("%pip install x\n", "a = 1", start, f"# hi\ntext = {rest}"), encoding="utf-8")
    assert concise(repo, "--baseline", "b.json").stdout == "All checks passed!\n"
    assert concise(repo, "--diff-base", "HEAD").stdout == "All checks passed!\n"
    (repo / "nb.ipynb").write_text(notebook(start, f"text = {rest}".replace('"out"', '"other"')), encoding="utf-8")
    for words in (["--baseline", "b.json"], ["--diff-base", "HEAD"]):
        (line,) = concise(repo, "-q", *words).stdout.splitlines()
        assert line.startswith("nb.ipynb:cell 2:4:1: warning[GCK201]")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot read the baseline"),
        ("[]", "version None"),
        ('{"version": 1}', "no list of findings"),
        ('{"version": 1, "findings": {}}', "no list of findings"),
        ('{"version": 1, "findings": [1]}', "no list of findings"),
        ('{"version": 1, "findings": [{"path": "a.py"}]}', "an entry lacks 'rule'"),
    ],
)
def test_what_is_no_baseline_is_said(repo: Path, text: str, said: str) -> None:
    (repo / "b.json").write_text(text, encoding="utf-8")
    done = gclint(repo, "--baseline", "b.json")
    assert done.returncode == 2
    assert said in done.stderr


def test_a_baseline_may_have_a_byte_order_mark(known: Path) -> None:
    file = known / "gclint-baseline.json"
    file.write_text(file.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert concise(known, "--baseline", file.name).stdout == "All checks passed!\n"
