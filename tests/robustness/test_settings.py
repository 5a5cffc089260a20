"""Settings and dependency files that nobody wrote by hand: an error or a warning in one line that names the file."""

from __future__ import annotations

import json
import time
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcheck_lint.config.globs import Glob, _automaton, _regex
from gcheck_lint.config.settings import Resolver
from gcheck_lint.errors import GclintError
from gcheck_lint.lsp import options
from gcheck_lint.prefilter.words import RULES
from tests.robustness.scripts import SCRIPT
from tests.support.forks import gclint

NINES = "9" * 5_000
ERRORS = {
    "a NUL in extend": ("gclint.toml", 'extend = "a\\u0000b"\n'),
    "a long name in extend": ("gclint.toml", f'extend = "{"a" * 5_000}"\n'),
    "400 lists in each other": ("gclint.toml", f"exclude = {'[' * 400}{']' * 400}\n"),
    "100,000 lists in each other": ("gclint.toml", f"exclude = {'[' * 100_000}{']' * 100_000}\n"),
    "3,000 tables in each other": ("pyproject.toml", f"x = {'{a=' * 3_000}1{'}' * 3_000}\n[tool.gclint]\n"),
    "a version of 5,000 digits": ("gclint.toml", f'target-transformers = ">={NINES}"\n'),
    "a number of 5,000 digits": ("pyproject.toml", f"x = {NINES}\n[tool.gclint]\n"),
    "a time without an end": ("gclint.toml", "timeout = inf\n"),
    "a time before the start": ("gclint.toml", "timeout = -1\n"),
    "a time that is none": ("gclint.toml", "timeout = nan\n"),
}
WARNED = {
    "requirements.txt": f"transformers>={NINES}\n",
    "pyproject.toml": f'[tool.poetry.dependencies]\ntransformers = "^{NINES}"\n',
    "uv.lock": f'[[package]]\nname = "transformers"\nversion = "{NINES}"\n',
}
KEYS_ON_SEVERAL_LINES = {
    "a file": 'extend = """a\nb.toml"""\n',
    "a rule": 'select = ["""cache-o\nff"""]\n',
    "a key": '"se\\nlect" = []\n',
}
ON_SEVERAL_LINES = {
    ".gclint.toml": 'required-version = """4.40\n\nx"""\n',
    "uv.lock": '[[package]]\nname = "transformers"\nversion = "4.40\n\n[[package]]\nname = "trl"\n',
    "poetry.lock": '[[package]]\nname = "transformers"\nversion = "4.40\n\n[[package]]\nname = "trl"\n',
    "gclint.toml": 'target-transformers = """4.40\n\nx"""\n',
}
IGNORED = {
    "tool is a number": "tool = 3  # gclint\n",
    "find is a number": "[tool.setuptools.packages]\nfind = 3\n",
    "where is a number": "[tool.setuptools]\npackages = {find = {where = 3}}\npackage-dir = [3]\n",
    "where holds a NUL": '[tool.setuptools]\npackages = {find = {where = ["a\\u0000b", 3]}}\n',
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_names_the_file(tmp_path: Path, name: str) -> None:
    file, text = ERRORS[name]
    (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, ".")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"error: {file} ")
    assert len(told.stderr.splitlines()[0]) < 300
    assert len(told.stderr.splitlines()) <= 8  # the line is shown, and two on either side of it
    assert all(len(line) < 150 for line in told.stderr.splitlines()[1:])


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_names_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(WARNED[name], encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, ".")
    assert told.returncode == 1
    assert told.stderr.startswith(f"warning: {name}:")
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ON_SEVERAL_LINES)
def test_what_has_several_lines_is_told_on_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(ON_SEVERAL_LINES[name], encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, "train.py")
    assert told.stderr.startswith(("warning: ", "error: ")), told
    first = told.stderr.splitlines()[0]  # the line of the file may be shown below
    assert name in first
    assert "is not a version specifier, such as `>=" in first


@pytest.mark.parametrize("name", KEYS_ON_SEVERAL_LINES)
def test_settings_with_newlines_in_them_are_told_on_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "gclint.toml").write_text(KEYS_ON_SEVERAL_LINES[name], encoding="utf-8")
    with pytest.raises(GclintError) as told:
        Resolver(RULES).at(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", IGNORED)
def test_what_others_wrote_is_ignored(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(IGNORED[name], encoding="utf-8")
    (tmp_path / "train.py").write_text(f"import helper\n{SCRIPT}", encoding="utf-8")
    told = gclint(tmp_path, ".")
    assert (told.returncode, told.stderr) == (1, "")


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "**/" * 12 + "x", "*" * 500 + "b", "**" * 100 + "/b", "[a*]*" * 40 + "b"])
def test_patterns_with_many_stars_do_not_hang(pattern: str) -> None:
    begun = time.monotonic()
    assert not Glob(pattern, PurePath("/root")).matches(PurePath("/root", *["a" * 200] * 10, "a" * 250))
    assert time.monotonic() - begun < 2


PIECES = st.lists(st.sampled_from(["a", "b", "/", "*", "**", "**/", "?", "[ab]", "[!a]", "[*]", ".", "\n"]), max_size=8).map(
    "".join
)
TEXTS = st.text(alphabet="ab/.\n*", max_size=8)


@given(PIECES, TEXTS)
def test_the_automaton_says_what_the_regular_expression_says(pattern: str, text: str) -> None:
    assert _automaton(pattern).matches(text) is (_regex(pattern).fullmatch(text) is not None)


def test_a_range_the_wrong_way_round_stands_for_itself() -> None:
    assert Glob("[z-a]***", PurePath("/")).matches(PurePath("/x/[z-a]***"))
    assert not Glob("[z-a]***", PurePath("/")).matches(PurePath("/x/z"))


NAMES = ["a" * 5_000, "a/" * 3_000, "a\0b", "\udc80"]


@pytest.mark.parametrize("name", NAMES, ids=["long", "deep", "NUL", "no UTF-8"])
def test_a_baseline_with_a_name_that_no_file_has(tmp_path: Path, name: str) -> None:
    entry = {"path": name, "rule": "GCK201", "statement": "x", "fingerprint": "ab"}
    (tmp_path / "known.json").write_text(json.dumps({"version": 1, "findings": [entry]}), encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, "--baseline", "known.json", "train.py")
    assert told.returncode == 1, told.stderr
    assert "Traceback" not in told.stderr


def test_a_baseline_with_a_version_of_5_000_letters(tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text(json.dumps({"version": "x" * 5_000, "findings": []}), encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, "--baseline", "known.json", "train.py")
    assert told.returncode == 2
    assert told.stderr.startswith("error: known.json is not a baseline that this gclint reads")
    assert len(told.stderr) < 300


@pytest.mark.parametrize("key", ["extend", "cache-dir"])
def test_a_home_of_nobody(tmp_path: Path, key: str) -> None:
    (tmp_path / "gclint.toml").write_text(f'{key} = "~nobody-has-this-name/x.toml"\n', encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, "train.py")
    assert told.returncode in (1, 2)
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("name", ["~nobody-has-this-name/x", "\ud800", "a\0b", "a" * 5_000])
def test_an_editors_settings_file_that_cannot_be(tmp_path: Path, name: str) -> None:
    found = options.read({"configuration": name})
    try:
        found.settings(tmp_path, tmp_path)
    except GclintError:
        assert name.startswith("~")
    else:
        assert found.problems
