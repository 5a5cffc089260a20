"""`--diff-base`: what has changed since a commit is reported, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config import settings
from gcheck_lint.run import diff_base, pipeline
from tests.support.forks import concise, gclint
from tests.support.invocation import codes
from tests.support.repositories import git, repository, rewrite
from tests.support.samples import CLEAN, CODES, DEFECT


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
    assert "is not a commit" in done.stderr


def test_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, "--diff-base", "HEAD", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 2
    assert "is not in a git repository" in done.stderr


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
