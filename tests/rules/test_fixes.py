"""Fixes as whole files: `fixes/<name>/before.py` becomes `after.py` by `--fix`, and `after_unsafe.py`, where there is one, by
`--fix --unsafe-fixes`. A second run changes nothing, and the newlines of a file make no difference.

A case without a fix has the same text before and after.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.fixing import apply
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source, from_bytes
from tests.support.paths import FIXTURES

FIXES = FIXTURES / "fixes"
SETTINGS = Settings()
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "no final newline": lambda data: data.removesuffix(b"\n"),
    "CRLF, no final newline": lambda data: data.removesuffix(b"\n").replace(b"\n", b"\r\n"),
    "CR, byte order mark": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r"),
}


def _check(source: Source) -> FileReport:
    return pipeline.check(source, SETTINGS)


def _fixed(data: bytes, unsafe: bool) -> bytes:
    source = from_bytes("before.py", data)
    outcome = apply.fix([_check(source)], _check, unsafe)
    assert outcome.reverted == []
    assert all(not report.failures for report in outcome.reports.values())
    _, after = outcome.changed.get("before.py", (source, source))
    return after.to_bytes(after.text)


def _cases() -> list[tuple[Path, bool]]:
    folders = sorted(path.parent for path in FIXES.glob("*/before.py"))
    return [(folder, unsafe) for folder in folders for unsafe in (False, True)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("folder", "unsafe"), _cases(), ids=lambda value: value.name if isinstance(value, Path) else "")
def test_before_becomes_after(folder: Path, unsafe: bool, form: str) -> None:
    more = folder / "after_unsafe.py"
    if unsafe and not more.exists() and form != "as it is":
        return  # the safe run has shown it
    before = (folder / "before.py").read_bytes()
    wanted = (more if unsafe and more.exists() else folder / "after.py").read_bytes()
    for data in (before, wanted):
        compile(data, str(folder), "exec")
    once = _fixed(FORMS[form](before), unsafe)
    assert once == FORMS[form](wanted)
    assert _fixed(once, unsafe) == once


def test_each_case_is_complete() -> None:
    folders = [path for path in FIXES.iterdir() if path.is_dir()]
    assert len(folders) >= 25
    assert all({"before.py", "after.py"} <= {path.name for path in folder.iterdir()} for folder in folders)
