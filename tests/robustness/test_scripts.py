"""Scripts that nobody wrote by hand. What Python itself takes is checked; what it doesn't is GCK002; what is too deep is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import limits, pipeline
from gcheck_lint.run.limits import OverLimitError
from gcheck_lint.text.nesting import TooDeepError, guard
from gcheck_lint.text.source import from_bytes
from tests.robustness.scripts import SCRIPT
from tests.support.forks import concise
from tests.support.invocation import codes

NINES = "9" * 10_000
CHECKED = {
    "a NUL on sys.path": f'import sys\nsys.path.append("a\\0b")\nimport helper\n{SCRIPT}helper.f(model)\n',
    "half a pair": f'import sys\nsys.path.append("\\ud800")\nimport helper\n{SCRIPT}model.save_pretrained("\\ud800")\n',
    "a module name of 5,000 letters": f"import {'a' * 5_000}\nfrom .{'b' * 5_000} import f\n{SCRIPT}",
    "NULs in joined strings": f'import os\n{SCRIPT}open(os.path.join("a\\0", f"x{{3}}\\0", "a\\0" "b")).read()\n',
    "numbers of 10,000 digits": f"{SCRIPT}x = {NINES}\ny = 10 ** 10 ** 10\nz = 'a' * 10 ** 12\nfor i in range(10 ** 18): pass\n",
    "an escape that is none": f'{SCRIPT}x = "\\N{{no such letter}}"\ny = "\\x"\n',
    "an annotation of brackets": f'{SCRIPT}def f(model: "{"(" * 3_000}"): model.x = 1\n',
    "99 ifs in each other": SCRIPT + "".join(f"{' ' * depth}if a:\n" for depth in range(99)) + " " * 99 + "pass\n",
    "a list of 20,000 numbers": f"{SCRIPT}x = [{', '.join(map(str, range(20_000)))}]\n",
    "a string of 100,000 letters": f"{SCRIPT}x = '{'(' * 100_000}'\n",
}
REFUSED = {
    "a bare except first": f"{SCRIPT}try:\n    pass\nexcept:\n    pass\nexcept ValueError:\n    pass\n",
    "a NUL in a string": f'{SCRIPT}x = "\0"\n',
}
TOO_DEEP = {
    "alternatives": "if " + " or ".join(["(a and b)"] * 5_000) + ": pass",
    "brackets": f"x = {'(' * 3_000}1{')' * 3_000}",
    "lists": f"x = {'[' * 100_000}{']' * 100_000}",
    "calls": f"x = {'f(' * 3_000}1{')' * 3_000}",
    "a chain of calls": f"x = a{'.b()' * 5_000}",
    "a sum": f"x = a{'+a' * 5_000}",
    "negations": f"x = {'not ' * 10_000}a",
    "functions": f"x = {'lambda: ' * 10_000}1",
    "choices": f"x = {'a if b else ' * 5_000}c",
    "an if": "if a: pass\n" + "elif a: pass\n" * 10_000,
    "a module": f"import a{'.a' * 10_000}",
    "f-strings": "x=" + "f'{" * 2_000 + "1",
    "patterns": f"match a:\n case {'[' * 40}b{']' * 40}: pass",
    "patterns of mappings": f"match a:\n case {'{1:' * 12}b{'}' * 12}: pass",
}


def check(text: str, settings: Settings | None = None) -> pipeline.FileReport:
    return pipeline.check(from_bytes("train.py", text.encode("utf-8", "surrogatepass")), settings or Settings())


@pytest.mark.parametrize("name", CHECKED)
def test_it_is_checked(name: str) -> None:
    report = check(CHECKED[name])
    assert (report.failures, report.skipped) == ((), "")
    assert [one.code for one in report.diagnostics] == ["GCK201"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_python_refuses_is_a_finding(name: str) -> None:
    report = check(REFUSED[name])
    assert [one.code for one in report.diagnostics] == ["GCK002"]
    assert not report.failures


@pytest.mark.parametrize("name", TOO_DEEP)
def test_what_is_too_deep_is_said(name: str) -> None:
    """LibCST's parser would end the process, or take minutes."""
    with pytest.raises(TooDeepError):
        guard(TOO_DEEP[name])
    report = check(f"{SCRIPT}{TOO_DEEP[name]}\n")
    assert (report.skipped, report.diagnostics, report.failures) == ("too deeply nested to be followed", (), ())


def test_a_module_that_is_too_deep_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(f"def save(model): pass\n{TOO_DEEP['brackets']}\n", encoding="utf-8")
    (tmp_path / "train.py").write_text(f"import helper\n{SCRIPT}helper.save(model)\n", encoding="utf-8")
    told = concise(tmp_path, "train.py")
    assert (told.returncode, codes(told.stdout), told.stderr) == (1, ["GCK201"], "")


def test_one_that_is_too_deep_costs_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "deep.py").write_text(f"{SCRIPT}{TOO_DEEP['brackets']}\n", encoding="utf-8")
    told = concise(tmp_path, ".")
    assert (told.returncode, codes(told.stdout)) == (1, ["GCK201"])
    assert told.stderr == "warning: deep.py is not checked: too deeply nested to be followed\n"
    assert "1 file could not be fully checked." in told.stdout


def test_a_codec_that_does_not_write(tmp_path: Path) -> None:
    data = f"# coding: idna\n{SCRIPT}".encode()
    (tmp_path / "train.py").write_bytes(data)
    told = concise(tmp_path, "train.py", "--fix")
    assert (told.returncode, codes(told.stdout)) == (1, ["GCK201"])
    assert "was reverted" in told.stderr
    assert (tmp_path / "train.py").read_bytes() == data


def test_a_file_that_takes_too_long(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "slow.py").write_text(
        SCRIPT + "x = a" + " < a" * 8_000 + "\n" + "".join(f"a{n} = f(a)\n" for n in range(9_000)), encoding="utf-8"
    )
    for jobs in ("1", "2"):
        told = concise(tmp_path, ".", "--timeout", "0.3", "-j", jobs, "--no-cache")
        assert "warning: slow.py is not checked: it takes longer than 0.3 s (`--timeout`)\n" in told.stderr, told


def test_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMORY", 50_000_000)

    def grow() -> None:
        held = []
        while True:
            held.append(bytearray(100_000))
            bytes(1)

    with pytest.raises(OverLimitError, match="50 MB of memory"), limits.watched(60):
        grow()


def test_a_program_that_is_too_large() -> None:
    text = SCRIPT + "x = 1\n" * 200_000
    assert check(text).skipped == f"too large: {len(text):,} characters, and the limit is 1,000,000"


def test_a_large_file_without_models_is_nobodys_concern() -> None:
    assert not check("x = 1\n" * 200_000).skipped
