"""Scripts that are large or tangled are followed where it counts: to their trainings, and within bounds. See `large_scripts`."""

from __future__ import annotations

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from tests.story import large_scripts
from tests.story.large_scripts import Script
from tests.support import markers

ALL = large_scripts.scripts()
BOTH = [one for script in ALL for one in (script, script.twin)]
COUNTED = large_scripts.counted()


@pytest.mark.parametrize("script", BOTH, ids=lambda script: script.name)
def test_what_happens_to_models_is_seen(script: Script) -> None:
    told = script.told()
    assert large_scripts.happened(told) == script.events()
    assert {cut.site.row for cut in told.cuts} <= script.may_be_cut()
    nodes, steps = COUNTED[script.name.removesuffix(", right")]
    assert told.work.nodes <= large_scripts.ROOM * nodes
    assert told.work.steps <= large_scripts.ROOM * steps


@pytest.mark.parametrize("script", BOTH, ids=lambda script: script.name)
def test_its_defect_is_found_and_the_right_way_is_left_alone(script: Script) -> None:
    report = pipeline.check(script.source(), Settings())
    assert not report.failures, report.failures[0].text
    assert report.unjudged == 0
    assert markers.compare(script.text, report.diagnostics) == []


# those whose training stands in the file itself
PLAIN = [script for script in ALL if script.name not in (*large_scripts.MADE, "option_cascade", "deep_nesting", "eighty_methods")]


@pytest.mark.parametrize("script", [script.within_main for script in PLAIN], ids=lambda script: script.name)
def test_its_defect_is_found_in_a_main_as_well(script: Script) -> None:
    report = pipeline.check(script.source(), Settings())
    assert not report.failures, report.failures[0].text
    assert markers.compare(script.text, report.diagnostics) == []


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_each_has_a_defect_and_a_right_way(script: Script) -> None:
    assert len(markers.read(script.text)) == 1
    assert markers.read(script.twin.text) == []
    assert script.twin.text.splitlines() != markers.strip(script.text).splitlines()
    assert len(script.events()) >= 4


def test_what_was_counted_is_of_these_scripts() -> None:
    assert list(COUNTED) == [script.name for script in ALL], "python -m tests.story.large_scripts --write"
