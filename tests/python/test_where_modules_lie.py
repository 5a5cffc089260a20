"""Where a module of the repository is found: by packaging, on the script's own path, or because it can be only one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.python import program, syntax
from gcheck_lint.python.program import Program
from gcheck_lint.python.resolver import Resolver
from gcheck_lint.text import source

SETUP = "from setuptools import find_packages, setup\nsetup({})\n"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    program.forget()


def _found(root: Path, files: dict[str, str], name: str, script: str = "tools/train.py", text: str = "") -> str:
    for path, content in {script: text, **files}.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    module = syntax.parse(source.from_bytes(str(root / script), text.encode()))
    found = Resolver(Program(), module).find(name, module)
    return "" if found is None else str(found.relative_to(root))


@pytest.mark.parametrize(
    ("file", "text", "lies"),
    [
        ("setup.py", SETUP.format("package_dir={'': 'code'}, packages=find_packages('code')"), "code/pkg/build.py"),
        ("setup.py", SETUP.format("package_dir={'pkg': 'code'}, packages=['pkg']"), "code/build.py"),
        ("setup.py", SETUP.format("packages=find_packages(where='code')"), "code/pkg/build.py"),
        ("setup.cfg", "[options]\npackage_dir =\n    = code\n", "code/pkg/build.py"),
        ("setup.cfg", "[options]\npackage_dir =\n    pkg = code\n", "code/build.py"),
        ("setup.cfg", "[options.packages.find]\nwhere = code\n", "code/pkg/build.py"),
        ("pyproject.toml", "[tool.setuptools]\npackage-dir = {pkg = 'code'}\n", "code/build.py"),
        ("pyproject.toml", "[tool.setuptools]\npackage-dir = {pkg = 'code/pkg'}\n", "code/pkg/build.py"),
        ("pyproject.toml", "[tool.poetry]\npackages = [{include = 'pkg', from = 'code'}]\n", "code/pkg/build.py"),
        ("pyproject.toml", "[tool.hatch.build.targets.wheel]\npackages = ['code/pkg']\n", "code/pkg/build.py"),
        ("pyproject.toml", "[tool.pdm.build]\npackage-dir = 'code'\n", "code/pkg/build.py"),
    ],
)
def test_packaging_says_where(tmp_path: Path, file: str, text: str, lies: str) -> None:
    other = {"elsewhere/pkg/build.py": "", "elsewhere/again/pkg/build.py": ""}  # so that it can not be only one
    assert _found(tmp_path, {file: text, lies: "", **other}, "pkg.build") == lies


@pytest.mark.parametrize(
    "text",
    [
        "[tool.setuptools]\npackage-dir = 3\n",
        "[tool.poetry]\npackages = [{include = 'pkg', from = 7}, 'pkg']\n",
        "[tool.hatch.build.targets.wheel]\npackages = [1, 'pkg']\n",
        "[tool.pdm.build]\npackage-dir = ['code']\n",
        "[tool",
    ],
)
def test_packaging_of_another_shape_says_nothing(tmp_path: Path, text: str) -> None:
    files = {"pyproject.toml": text, "setup.cfg": "[options\npackage_dir", "setup.py": "package_dir={", "pkg/build.py": ""}
    assert _found(tmp_path, files, "pkg.build") == "pkg/build.py"


def test_the_repository_itself_is_the_package(tmp_path: Path) -> None:
    root = tmp_path / "pkg"
    assert _found(root, {"__init__.py": "", "build.py": "", ".git/config": ""}, "pkg.build") == "build.py"


def test_a_copy_without_its_history_has_a_root(tmp_path: Path) -> None:
    assert _found(tmp_path, {"requirements.txt": "", "pkg/build.py": ""}, "pkg.build") == "pkg/build.py"


def test_what_can_be_only_one_is_found(tmp_path: Path) -> None:
    files = {"pyproject.toml": "", "members/core/code/pkg/build.py": ""}
    assert _found(tmp_path, files, "pkg.build") == "members/core/code/pkg/build.py"
    assert _found(tmp_path, files, "pkg.other") == ""


def test_what_may_be_several_is_not_guessed(tmp_path: Path) -> None:
    files = {"pyproject.toml": "", "one/more/pkg/build.py": "", "two/more/pkg/build.py": ""}
    assert _found(tmp_path, files, "pkg.build") == ""


@pytest.mark.parametrize(
    ("text", "lies"),
    [
        ("import sys\nsys.path.append(root)\n", "libs/more/building.py"),
        ("import site\nsite.addsitedir(root)\n", "libs/more/building.py"),
        ("", ""),  # a name of one part may be anybody's
    ],
)
def test_a_short_name_needs_a_script_that_changes_its_path(tmp_path: Path, text: str, lies: str) -> None:
    files = {"pyproject.toml": "", "libs/more/building.py": ""}
    assert _found(tmp_path, files, "building", text=text) == lies


@pytest.mark.parametrize("folder", ["node_modules", ".hidden", "venv", "build"])
def test_folders_of_others_are_not_looked_through(tmp_path: Path, folder: str) -> None:
    assert _found(tmp_path, {"pyproject.toml": "", f"{folder}/x/pkg/build.py": ""}, "pkg.build") == ""


def test_a_library_is_not_looked_for(tmp_path: Path) -> None:
    assert _found(tmp_path, {"pyproject.toml": "", "x/y/transformers/trainer.py": ""}, "transformers.trainer") == ""
