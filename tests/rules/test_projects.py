"""Small repositories: a script and the modules that it imports. Each file of each is checked, and found as marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from tests.support import markers
from tests.support.paths import FIXTURES

PROJECTS = FIXTURES / "projects"
FILES = sorted(PROJECTS.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PROJECTS)) for path in FILES])
def test_file_is_found_as_marked(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    report = pipeline.check_file(str(path), Settings(test_code=True, target_transformers=markers.target(text)))
    assert not report.failures, report.failures[0].text
    assert markers.compare(text, report.diagnostics) == []


def test_the_place_in_the_helper_is_told() -> None:
    report = pipeline.check_file(str(PROJECTS / "sibling_save_helper" / "train.py"), Settings(test_code=True))
    (found,) = report.diagnostics
    assert found.label == "saved in this call with the cache off"
    shown = [(Path(one.path).name, one.span.start.row) for one in found.related if one.message == "saved here with the cache off"]
    assert shown == [("saving.py", 6)]
    assert found.fix is not None
    assert [(Path(edit.path).name, edit.content) for edit in found.fix.edits] == [
        ("train.py", "trainer.model.config.use_cache = True\ntrainer.model.generation_config.use_cache = True\n")
    ]


def test_order_of_files_does_not_matter() -> None:
    def told(paths: list[Path]) -> dict[Path, tuple[object, ...]]:
        pipeline.program.cache_clear()
        return {path: pipeline.check_file(str(path), Settings(test_code=True)).diagnostics for path in paths}

    assert told(FILES) == told(FILES[::-1])
