"""Whole scripts: what stands under `scripts/` is found as marked, what stands under `quiet/` is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from gcheck_lint.text import source
from tests.support import markers
from tests.support.paths import FIXTURES


def _files(folder: str) -> list[Path]:
    return sorted((FIXTURES / folder).glob("*.py"))


def _disagreements(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    settings = Settings(target_transformers=markers.target(text))
    report = pipeline.check(source.from_bytes(path.name, path.read_bytes()), settings)
    assert not report.failures, report.failures[0].text
    return markers.compare(text, report.diagnostics)


@pytest.mark.parametrize("path", _files("scripts"), ids=lambda path: path.stem)
def test_script_is_found_as_marked(path: Path) -> None:
    assert _disagreements(path) == []


@pytest.mark.parametrize("path", _files("quiet"), ids=lambda path: path.stem)
def test_correct_script_is_left_alone(path: Path) -> None:
    assert "expect:" not in path.read_text(encoding="utf-8")
    assert _disagreements(path) == []
