"""Settings as a user meets them: what is told of a mistake, and the keys that change a whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import fakes, repositories
from tests.support.forks import gclint
from tests.support.invocation import Invoke
from tests.support.samples import DEFECT


def test_a_mistake_is_shown_where_it_is(invoke: Invoke) -> None:
    Path("pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.gclint]\nselect = [\n    "GCK2O1",  # a typo\n]\n')
    result = invoke(".")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: unknown rule `GCK2O1` in pyproject.toml [tool.gclint] select; did you mean `GCK201`?\n"
        " --> pyproject.toml:6:6\n"
        "  |\n"
        "4 | [tool.gclint]\n"
        "5 | select = [\n"
        '6 |     "GCK2O1",  # a typo\n'
        "  |      ^^^^^^\n"
        "7 | ]\n"
        "  |\n"
    )


def test_nothing_in_a_settings_file_is_obeyed(invoke: Invoke) -> None:
    Path("gclint.toml").write_text('"\\u001b[31m" = 1\n# \u202e ##vso[task.x]\n::error::x = 1\n', encoding="utf-8")
    result = invoke(".")
    assert result.exit_code == 2
    assert not {"\x1b", "\u202e"} & set(result.stderr)
    assert "##vso[" not in result.stderr
    assert not any(line.lstrip().startswith("::") for line in result.stderr.splitlines())


def test_fix_of_the_settings(invoke: Invoke) -> None:
    path = fakes.script()
    Path("gclint.toml").write_text("fix = true\n")
    before = path.read_text()
    assert invoke("--no-fix").exit_code == 1
    assert invoke("--diff").stdout.startswith("--- a/train.py")
    assert invoke("--statistics", "--no-fix").exit_code == 1
    assert invoke("-", stdin=before).stdout.startswith("warning[GCK101]"), "an editor's text is told about, not answered"
    assert path.read_text() == before
    result = invoke()
    assert "fixed" in result.stdout
    assert path.read_text() != before


def test_the_fix_of_another_folder_does_not_count(invoke: Invoke) -> None:
    """What a run does is for the settings of the folder in which it was started to say, as with the format."""
    path = fakes.script("vendored/train.py")
    Path("vendored/gclint.toml").write_text("fix = true\n")
    before = path.read_text()
    assert invoke(".").exit_code == 1
    assert path.read_text() == before


@pytest.mark.parametrize("git", [False, True])
def test_include(invoke: Invoke, git: bool) -> None:
    if git:
        repositories.git(Path.cwd(), "init", "--quiet")
    for name in ("src/a.py", "src/deep/b.py", "train_x.py", "other.py", "nb.ipynb"):
        fakes.script(name)
    assert invoke("--show-files").stdout.split() == ["nb.ipynb", "other.py", "src/a.py", "src/deep/b.py", "train_x.py"]
    Path("gclint.toml").write_text('include = ["src/*.py", "train_*"]\n')
    assert invoke("--show-files").stdout.split() == ["src/a.py", "train_x.py"]
    assert invoke("--show-files", "other.py").stdout.split() == ["other.py"]  # who names it means it
    Path("gclint.toml").write_text('include = ["*.py"]\nexclude = ["src"]\n')
    assert invoke("--show-files").stdout.split() == ["other.py", "train_x.py"]
    Path("gclint.toml").write_text("include = []\n")
    assert invoke("--show-files").stdout == ""


def test_cache_dir_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    (tmp_path / "gclint.toml").write_text('cache-dir = ".cache/gclint"\n', encoding="utf-8")
    assert gclint(tmp_path, ".").returncode == 1
    assert (tmp_path / ".cache/gclint/CACHEDIR.TAG").is_file()
    assert gclint(tmp_path, "--cache-dir", "other", ".").returncode == 1
    assert (tmp_path / "other/CACHEDIR.TAG").is_file()
    assert "/.cache/gclint." in gclint(tmp_path, "clean").stderr
    assert not (tmp_path / ".cache/gclint").exists()


def test_jobs_of_the_settings(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    from gcheck_lint.run import runner

    asked: list[int | None] = []
    check = runner.check
    monkeypatch.setattr(runner, "check", lambda files, cache, jobs, tick: asked.append(jobs) or check(files, cache, 1, tick))
    monkeypatch.setattr(runner, "cores", lambda: 4)
    fakes.script()
    for text, words in (("", ()), ("jobs = 2", ()), ("jobs = 900", ()), ("jobs = 2", ("-j", "3"))):
        Path("gclint.toml").write_text(text)
        invoke(*words)
    assert asked == [None, 2, 4, 3]  # a settings file never asks for more than there are cores


def test_required_version(invoke: Invoke) -> None:
    fakes.script()
    Path("gclint.toml").write_text("required-version = '>=99'\n")
    result = invoke()
    assert result.exit_code == 2
    assert "these settings require gclint >=99, and this is" in result.stderr
    assert invoke("--isolated").exit_code == 1
