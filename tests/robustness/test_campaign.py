"""The quick part of the campaign: each kind of input, with seeds of Hypothesis. `make fuzz` runs it long."""

from __future__ import annotations

import random
import shlex
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.robustness.campaign import __main__ as campaign
from tests.robustness.campaign import parsers, programs
from tests.support.paths import ROOT

sys.setrecursionlimit(max(sys.getrecursionlimit(), 8_000))  # the first story does the same, and Hypothesis wonders
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)


@pytest.mark.parametrize("name", parsers.KINDS)
def test_whatever_is_read(name: str) -> None:
    @QUICK
    @given(st.integers(0, 2**32))
    def hold(seed: int) -> None:
        parsers.KINDS[name][0](random.Random(seed))

    hold()


@pytest.mark.parametrize("name", ["scripts", "fixes"])
def test_scripts_that_were_changed(name: str) -> None:
    for number in range(12):
        programs.KINDS[name][0](random.Random(number))


def test_a_fault_is_told_with_what_repeats_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(source: random.Random) -> None:
        assert source.random() < 0.5

    monkeypatch.setitem(campaign.KINDS, "patterns", (fail, 1))
    monkeypatch.setattr(sys, "argv", ["campaign", "100", "--kind", "patterns", "--seed", "3"])
    assert campaign.main() == 1
    told = capsys.readouterr()
    words = shlex.split(told.err.split("`")[1])
    monkeypatch.setattr(sys, "argv", ["campaign", *words])
    assert campaign.main() == 1
    assert "AssertionError" in capsys.readouterr().out


def test_a_hang_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(_: random.Random) -> None:
        while True:
            pass

    monkeypatch.setattr(campaign, "PATIENCE", 0.1)
    campaign.watch()
    assert "HangError" in (campaign.attempt(hang, "x", 0, 0) or "")


def test_the_command() -> None:
    words = [sys.executable, "-m", "tests.robustness.campaign", "50", "--kind", "versions", "--kind", "settings"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split()[:3] == ["all", "50", "0"]
