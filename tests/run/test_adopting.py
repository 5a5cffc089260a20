"""What helps an old repository to begin: baselines, changed lines, noqa comments, watching."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint.cli import watch
from gcheck_lint.config import settings
from gcheck_lint.run import diff_base, pipeline
from tests.support.clients import needs
from tests.support.invocation import gclint, git, repository
from tests.support.samples import CLEAN, CODES, DEFECT


def codes(text: str) -> list[str]:
    return re.findall(r"^\S.*?:\d+:\d+: (GCK\d{3}) ", text, re.MULTILINE)


def concise(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return gclint(folder, "--output-format", "concise", *words)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo", train=DEFECT, deep__other=DEFECT, clean=CLEAN)


@pytest.fixture
def known(repo: Path) -> Path:
    done = gclint(repo, "--write-baseline", "gclint-baseline.json")
    assert (done.returncode, done.stderr) == (0, "Wrote 4 findings to gclint-baseline.json.\n")
    return repo


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


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


def test_a_second_one_like_it_is_new(known: Path) -> None:
    rewrite(known / "train.py", 'trainer.save_model("out")', 'trainer.save_model("out")\ntrainer.save_model("out")')
    done = concise(known, "--baseline", "gclint-baseline.json")
    assert [line.split(":")[:2] for line in done.stdout.splitlines()[:1]] == [["train.py", "12"]]
    assert codes(done.stdout) == ["GCK201"]


def test_fixed_entries_are_told_and_taken_out(known: Path) -> None:
    gclint(known, "--fix", "train.py")
    (known / "deep" / "other.py").unlink()
    part = concise(known, "--baseline", "gclint-baseline.json", "clean.py")
    assert "2 findings of gclint-baseline.json are fixed" in part.stderr  # of the file that is gone; train.py was not looked at
    whole = concise(known, "--baseline", "gclint-baseline.json")
    assert "4 findings of gclint-baseline.json are fixed (`--write-baseline` takes them out)" in whole.stderr
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


def test_unchanged_lines_are_not_reported(repo: Path) -> None:
    assert concise(repo, "--diff-base", "HEAD").stdout == "All checks passed!\n"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('trainer.save_model("out")', 'trainer.save_model("elsewhere")', ["GCK201"]),
        ("    max_new_tokens=8,", "    max_new_tokens=9,", ["GCK203"]),  # any line of the statement
        # a place that belongs to it: the training is one of both, checkpointing of one
        ("trainer.train()\n", "trainer.train(None)\n", ["GCK203", "GCK201"]),
        ("gradient_checkpointing=True)", "gradient_checkpointing=True, max_steps=1)", ["GCK203"]),
        ("import AutoModelForCausalLM, Trainer,", "import Trainer, AutoModelForCausalLM,", []),
    ],
)
def test_changed_lines_are_reported(repo: Path, old: str, new: str, found: list[str]) -> None:
    rewrite(repo / "train.py", old, new)
    assert codes(concise(repo, "--diff-base", "HEAD").stdout) == found


def test_a_line_that_was_taken_out_counts(tmp_path: Path) -> None:
    good = DEFECT.replace("trainer.save_model", "trainer.model.config.use_cache = True\ntrainer.save_model")
    repo = repository(tmp_path / "repo", train=good)
    assert concise(repo, "--diff-base", "HEAD").stdout == "All checks passed!\n"
    rewrite(repo / "train.py", "trainer.model.config.use_cache = True\n", "")
    assert codes(concise(repo, "--diff-base", "HEAD").stdout) == ["GCK201"]


def test_only_the_branch_counts(repo: Path) -> None:
    git(repo, "switch", "--quiet", "--create", "topic")
    rewrite(repo / "train.py", 'trainer.save_model("out")', 'trainer.save_model("topic")')
    git(repo, "commit", "--quiet", "--all", "--message", "topic")
    git(repo, "switch", "--quiet", "main")
    rewrite(repo / "deep" / "other.py", 'trainer.save_model("out")', 'trainer.save_model("main")')
    git(repo, "commit", "--quiet", "--all", "--message", "main goes on")
    git(repo, "switch", "--quiet", "topic")
    done = concise(repo / "deep", "--diff-base", "main", "..")
    assert codes(done.stdout) == ["GCK201"]
    assert "train.py:11:1" in done.stdout


def test_new_files_are_whole_and_renamed_ones_are_not(repo: Path) -> None:
    git(repo, "mv", "train.py", "ä name.py")
    assert concise(repo, "--diff-base", "HEAD").stdout == "All checks passed!\n"
    (repo / "untracked.py").write_text(DEFECT, encoding="utf-8")
    assert codes(concise(repo, "--diff-base", "HEAD").stdout) == CODES


def test_other_newlines_are_no_change(repo: Path) -> None:
    (repo / "train.py").write_bytes(DEFECT.replace("\n", "\r\n").encode())
    assert concise(repo, "--diff-base", "HEAD").stdout == "All checks passed!\n"


def test_fix_mends_what_has_changed_only(repo: Path) -> None:
    rewrite(repo / "train.py", 'trainer.save_model("out")', 'trainer.save_model("elsewhere")')
    assert concise(repo, "--fix", "--diff-base", "HEAD").returncode == 0
    text = (repo / "train.py").read_text(encoding="utf-8")
    assert 'use_cache = True\ntrainer.save_model("elsewhere")' in text
    assert ".eval()" not in text
    assert (repo / "deep" / "other.py").read_text(encoding="utf-8") == DEFECT


@pytest.mark.parametrize("name", ["no-such-branch", "", "--all"])
def test_what_names_no_commit_is_a_usage_error(repo: Path, name: str) -> None:
    done = concise(repo, f"--diff-base={name}", "clean.py")
    assert done.returncode == 2
    assert "names no commit" in done.stderr


def test_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, "--diff-base", "HEAD", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 2
    assert "lies in no git repository" in done.stderr


def test_noqa_with_a_reason(repo: Path) -> None:
    done = gclint(repo, "--add-noqa=known since 2024", "train.py")
    assert (done.returncode, done.stderr) == (0, "Added 2 noqa directives.\n")
    text = (repo / "train.py").read_text(encoding="utf-8")
    assert 'trainer.save_model("out")  # noqa: GCK201 known since 2024\n' in text
    assert concise(repo, "train.py").stdout == "All checks passed!\n"


def test_a_bare_add_noqa_takes_no_path_for_its_reason(repo: Path) -> None:
    assert gclint(repo, "--add-noqa", "train.py").stderr == "Added 2 noqa directives.\n"
    assert (repo / "train.py").read_text(encoding="utf-8").endswith('trainer.save_model("out")  # noqa: GCK201\n')
    assert (repo / "deep" / "other.py").read_text(encoding="utf-8") == DEFECT


def test_a_reason_is_one_line_without_a_comment(repo: Path) -> None:
    done = gclint(repo, "--add-noqa=see #12", "train.py")
    assert done.returncode == 2
    assert (repo / "train.py").read_text(encoding="utf-8") == DEFECT


def book(*cells: str) -> str:
    made = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text} for text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)


@pytest.mark.parametrize("behind", ["text = '''a\nb'''", "number = \\\n    1"])
def test_a_row_without_room_for_a_comment_is_left_alone(repo: Path, behind: str) -> None:
    script = DEFECT.replace('save_model("out")', f'save_model("out"); {behind}')
    (repo / "train.py").write_text(script, encoding="utf-8")
    done = gclint(repo, "--add-noqa", "train.py")
    assert done.returncode == 1
    assert done.stderr == "warning: train.py: 1 finding takes no comment where the code stands\nAdded 1 noqa directive.\n"
    text = (repo / "train.py").read_text(encoding="utf-8")
    assert text == script.replace("text = model.generate(\n", "text = model.generate(  # noqa: GCK203\n")


def test_a_notebook_takes_the_comments_that_it_can(repo: Path) -> None:
    cells = [DEFECT.rpartition("trainer.save")[0], 'trainer.save_model("out"); here = %pwd']
    (repo / "nb.ipynb").write_text(book(*cells), encoding="utf-8")
    done = gclint(repo, "--add-noqa=as it was", "nb.ipynb", "train.py")
    assert done.returncode == 1
    assert done.stderr == "warning: nb.ipynb: 1 finding takes no comment where the code stands\nAdded 3 noqa directives.\n"
    first, second = json.loads((repo / "nb.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "model.generate(  # noqa: GCK203 as it was\n" in "".join(first["source"])
    assert second["source"] == cells[1]
    assert codes(concise(repo, "nb.ipynb").stdout) == ["GCK201"]


def test_a_reason_that_the_encoding_lacks(repo: Path) -> None:
    script = f"# coding: latin-1\n{DEFECT}"
    (repo / "train.py").write_text(script, encoding="utf-8")
    done = gclint(repo, "--add-noqa=\u65e5", "train.py", "deep/other.py")
    assert done.returncode == 2
    assert "train.py: its encoding, iso-8859-1, lacks a letter" in done.stderr
    assert (repo / "train.py").read_text(encoding="utf-8") == script
    assert "# noqa: GCK201 \u65e5" in (repo / "deep" / "other.py").read_text(encoding="utf-8")


def test_only_new_findings_get_a_comment(known: Path) -> None:
    (known / "new.py").write_text(DEFECT, encoding="utf-8")
    gclint(known, "--add-noqa", "--baseline", "gclint-baseline.json")
    assert git(known, "diff", "--name-only") == ""
    assert "# noqa: GCK201" in (known / "new.py").read_text(encoding="utf-8")


def test_watch_checks_again(repo: Path) -> None:
    needs("watchfiles")
    out = repo / ".git" / "out"  # where nothing is watched for
    with out.open("w", encoding="utf-8") as stream:
        words = [sys.executable, "-u", "-m", "gcheck_lint", "--watch", "--output-format", "concise", "train.py"]
        process = subprocess.Popen(words, cwd=repo, stdout=stream, stderr=subprocess.STDOUT, preexec_fn=_interruptible)
    try:
        _wait(out, "Found 2 findings")
        (repo / "pyproject.toml").write_text("[tool.gclint\n", encoding="utf-8")
        _wait(out, "changed: pyproject.toml", "is not valid TOML")
        (repo / "pyproject.toml").write_text('[tool.gclint]\nignore = ["GCK203"]\n', encoding="utf-8")
        _wait(out, "Found 1 finding ")
        (repo / "train.py").write_text(CLEAN, encoding="utf-8")
        _wait(out, "changed: train.py", "All checks passed!")
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in out.read_text(encoding="utf-8")


def _interruptible() -> None:
    """A shell starts what runs in its background with the interrupt ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait(out: Path, *words: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        text = out.read_text(encoding="utf-8")
        if all(word in text for word in words):
            return
        time.sleep(0.1)
    raise AssertionError(f"{words} not in {out.read_text(encoding='utf-8')!r}")


@pytest.mark.parametrize("other", ["--fix", "--diff", "--add-noqa", "--write-baseline=b.json"])
def test_watch_writes_nothing(repo: Path, other: str) -> None:
    done = gclint(repo, "--watch", other)
    assert done.returncode == 2
    assert "--watch looks on" in done.stderr


@pytest.mark.parametrize("option", ["--watch", "--diff-base=HEAD", "--add-noqa", "--write-baseline=b.json"])
def test_stdin_is_no_file(repo: Path, option: str) -> None:
    assert gclint(repo, option, "-", stdin="").returncode == 2


def test_stdin_with_a_baseline(known: Path) -> None:
    words = ["--baseline", "gclint-baseline.json", "--stdin-filename", "train.py", "-"]
    assert gclint(known, *words, stdin=DEFECT).returncode == 0


def test_notebooks_have_baselines_and_changes_too(tmp_path: Path) -> None:
    start, rest = DEFECT.split("text = ")
    repo = repository(tmp_path / "repo", **{"nb.ipynb": book(start, f"text = {rest}")})
    gclint(repo, "--write-baseline", "b.json")
    assert len(json.loads((repo / "b.json").read_text(encoding="utf-8"))["findings"]) == 2
    (repo / "nb.ipynb").write_text(book("%pip install x\n", "a = 1", start, f"# hi\ntext = {rest}"), encoding="utf-8")
    assert concise(repo, "--baseline", "b.json").stdout == "All checks passed!\n"
    assert concise(repo, "--diff-base", "HEAD").stdout == "All checks passed!\n"
    (repo / "nb.ipynb").write_text(book(start, f"text = {rest}".replace('"out"', '"other"')), encoding="utf-8")
    for words in (["--baseline", "b.json"], ["--diff-base", "HEAD"]):
        (line,) = concise(repo, "-q", *words).stdout.splitlines()
        assert line.startswith("nb.ipynb:cell 2:4:1: GCK201 ")


@pytest.mark.parametrize("reason", ["GCK203 as well", "E501 is old", "cache-off-generate, too"])
def test_a_reason_silences_nothing_by_itself(repo: Path, reason: str) -> None:
    done = gclint(repo, f"--add-noqa={reason}", "train.py")
    assert done.returncode == 2
    assert f"as a code: {reason.split()[0]}" in done.stderr
    assert (repo / "train.py").read_text(encoding="utf-8") == DEFECT


def test_watch_sees_modules_and_requirements_come_and_go(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("watchfiles")
    import watchfiles

    monkeypatch.chdir(repo)
    settled = settings.Resolver(pipeline.known_rules())
    told: list[list[str]] = []

    def check() -> int:
        told.append([one.code for one in pipeline.check_file("train.py", settled.at(repo)).diagnostics])
        return 0

    def changes(*places: Path, watch_filter: Any, **_: object) -> Any:
        assert set(places) == {repo, repo / "train.py"}
        for name, text in (
            ("switches.py", "def off(model):\n    model.config.use_cache = False\n"),
            ("requirements.txt", "transformers==4.36\n"),
            ("switches.py", None),
        ):
            (repo / name).write_text(text) if text else (repo / name).unlink()
            assert watch_filter(None, str(repo / name))
            yield {(1, str(repo / name))}
        assert not watch_filter(None, str(repo / ".venv" / "lib" / "x.py"))
        assert not watch_filter(None, str(repo / "notes.txt"))

    monkeypatch.setattr(watchfiles, "watch", changes)
    text = DEFECT.replace("model.config.use_cache = False", "off(model)")
    (repo / "train.py").write_text(f"from switches import off\n{text}", encoding="utf-8")
    watch.watch(["train.py"], check)
    assert ["GCK201" in codes for codes in told] == [False, True, True, False]


def test_a_related_place_is_read_anew_in_each_run(repo: Path) -> None:
    """`--watch` lives longer than the text of a module does."""
    text = DEFECT.replace("model.config.use_cache = False", "off(model)")
    switches = repo / "switches.py"
    (repo / "train.py").write_text(f"from switches import off\n{text}", encoding="utf-8")
    switches.write_text("def off(model):\n    model.config.use_cache = False\n", encoding="utf-8")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "x")
    settled = settings.Resolver(pipeline.known_rules()).at(repo)

    def left() -> list[str]:
        report = pipeline.check_file(str(repo / "train.py"), settled)
        return [one.code for one in diff_base.Changes("HEAD", repo).sift(report).diagnostics]

    assert left() == []
    rewrite(switches, "= False", "= bool(0)")
    rewrite(switches, "= bool(0)", "= False  # still")
    assert left() == ["GCK201"]


def test_a_submodule_is_compared_with_what_was_recorded_for_it(tmp_path: Path) -> None:
    other = repository(tmp_path / "other", train=DEFECT)
    repo = repository(tmp_path / "repo", clean=CLEAN)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "third")
    git(repo, "commit", "-qm", "with a submodule")
    base = git(repo, "rev-parse", "HEAD").strip()  # a commit that the submodule does not have
    assert concise(repo, "--diff-base", base, ".").stdout == "All checks passed!\n"
    assert codes(concise(repo, "--diff-base", "HEAD~1", ".").stdout) == ["GCK203", "GCK201"]  # it was not there yet
    rewrite(repo / "third" / "train.py", 'save_model("out")', 'save_model("other")')
    git(repo / "third", "commit", "-qam", "changed")
    assert codes(concise(repo, "--diff-base", base, ".").stdout) == ["GCK201"]


def test_a_submodule_that_was_not_fetched_is_empty(tmp_path: Path) -> None:
    other = repository(tmp_path / "other", train=DEFECT)
    repo = repository(tmp_path / "repo", train=DEFECT)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "third")
    git(repo, "commit", "-qm", "with a submodule")
    git(tmp_path, "clone", "-q", str(repo), "clone")
    done = concise(tmp_path / "clone", "-q", ".")
    assert (done.returncode, done.stderr) == (1, "")
    assert codes(done.stdout) == ["GCK203", "GCK201"]
    assert codes(concise(tmp_path / "clone", "-q", "third").stdout) == []


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
