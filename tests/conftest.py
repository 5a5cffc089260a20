"""What tests of several rooms begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import repository
from tests.support.samples import CLEAN, DEFECT


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A git repository: two scripts with findings, and one without."""
    return repository(tmp_path / "repo", train=DEFECT, deep__other=DEFECT, clean=CLEAN)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is installed where the tests are run from says nothing about the scripts that they lint.

    Neither the user's cache nor his settings are touched.
    """
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "config"))
