"""Each page is in a menu of the site, and each rule in a family: seen without building it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import tomli

from gcheck_lint.rulebook import cards
from tests.support.paths import ROOT


def test_each_page_is_in_a_menu_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "website"))
    # by name: whether a linter takes them for our own hangs on a folder `build`, which an installation leaves
    build, rules = importlib.import_module("build"), importlib.import_module("rules")
    pages = tmp_path / "pages"
    build.write(pages, {})
    nav = tomli.loads(build.config(pages))["project"]["nav"]  # it raises where a page is in none: see USERS and DEVELOPERS there
    assert [next(iter(one)) for one in nav] == ["Home", "Start", "Guide", "Rules", "Editors and CI", "Develop"]
    assert [code for code in cards.load() if code[:4] not in rules.FAMILIES] == []
