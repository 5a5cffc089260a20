"""The tables of TOML files: pyproject.toml with poetry, uv, PDM, hatch and pixi; pixi.toml; Pipfile."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli

from gcheck_lint.config.dependencies import requirements
from gcheck_lint.config.dependencies.mentions import (
    Mention,
    Problem,
    conda_specifier,
    library_of,
    mentions,
    placed,
    poetry_specifier,
    row_of,
    said,
    shown,
    without_local,
)
from gcheck_lint.config.dependencies.texts import text_of
from gcheck_lint.versions import Specifier, is_version

Found = Iterator[Mention | Problem]
Read = Callable[[str], Specifier]  # how a kind of table writes versions


def read_pyproject(path: Path, text: str) -> Found:
    """pyproject.toml. Raises tomli.TOMLDecodeError."""
    data, name = tomli.loads(text), shown(path)
    project, tool = _table(data, "project"), _table(data, "tool")
    yield from mentions(project.get("dependencies"), f"{name} project.dependencies", text)
    for group, lines in _table(project, "optional-dependencies").items():
        yield from mentions(lines, f"{name} project.optional-dependencies.{group}", text, always=False)
    for group, lines in _table(data, "dependency-groups").items():
        yield from mentions(lines, f"{name} dependency-groups.{group}", text, always=False)
    uv = _table(tool, "uv")
    yield from mentions(uv.get("dev-dependencies"), f"{name} tool.uv.dev-dependencies", text, always=False)
    for key in ("constraint-dependencies", "override-dependencies"):
        yield from mentions(uv.get(key), f"{name} tool.uv.{key}", text)
    for group, lines in _table(_table(tool, "pdm"), "dev-dependencies").items():
        yield from mentions(lines, f"{name} tool.pdm.dev-dependencies.{group}", text, always=False)
    for env, table in _table(_table(tool, "hatch"), "envs").items():
        for key in ("dependencies", "extra-dependencies"):
            lines = table.get(key) if isinstance(table, dict) else None
            yield from mentions(lines, f"{name} tool.hatch.envs.{env}.{key}", text, always=False)
    yield from _of_poetry(_table(tool, "poetry"), name, text)
    yield from _of_pixi(_table(tool, "pixi"), f"{name} tool.pixi.", text)
    dynamic = _table(_table(_table(tool, "setuptools"), "dynamic"), "dependencies").get("file", [])
    for file in [dynamic] if isinstance(dynamic, str) else dynamic if isinstance(dynamic, list) else ():
        other = path.parent / str(file).replace("\0", "")
        if other.is_file():
            yield from requirements.read(other, text_of(other))


def read_pixi(path: Path, text: str) -> Found:
    """pixi.toml. Raises tomli.TOMLDecodeError."""
    yield from _of_pixi(tomli.loads(text), f"{shown(path)} ", text)


def read_pipfile(path: Path, text: str) -> Found:
    """Pipfile. Raises tomli.TOMLDecodeError."""
    data = tomli.loads(text)
    for key in ("packages", "dev-packages"):
        yield from _named(_table(data, key), f"{shown(path)} {key}", text, without_local, always=key == "packages")


def _of_poetry(poetry: Mapping[str, Any], name: str, text: str) -> Found:
    yield from _poetry(_table(poetry, "dependencies"), f"{name} tool.poetry.dependencies", text, always=True)
    yield from _poetry(_table(poetry, "dev-dependencies"), f"{name} tool.poetry.dev-dependencies", text, always=False)
    for group, table in _table(poetry, "group").items():
        dependencies = _table(table, "dependencies") if isinstance(table, dict) else {}
        yield from _poetry(dependencies, f"{name} tool.poetry.group.{group}", text, always=False)


def _poetry(table: Mapping[str, Any], where: str, text: str, *, always: bool) -> Found:
    yield from _named(table, where, text, lambda wanted: without_local(poetry_specifier(wanted)), always=always)


def _of_pixi(data: Mapping[str, Any], where: str, text: str) -> Found:
    """pixi's tables: conda's packages and those of PyPI, also of a platform or a feature."""
    yield from _of_pixi_tables(data, where, text, always=True)
    for part in ("target", "feature"):
        for name, table in _table(data, part).items():
            if isinstance(table, dict):
                yield from _of_pixi_tables(table, f"{where}{part}.{name}.", text, always=False)


def _of_pixi_tables(data: Mapping[str, Any], where: str, text: str, *, always: bool) -> Found:
    yield from _named(_table(data, "dependencies"), f"{where}dependencies", text, conda_specifier, always=always)
    yield from _named(_table(data, "pypi-dependencies"), f"{where}pypi-dependencies", text, conda_specifier, always=always)


def _named(table: Mapping[str, Any], where: str, text: str, read: Read, *, always: bool) -> Found:
    """The entries of a table by name: a version, a table with one, or a list of these for several machines."""
    for name, value in table.items():
        library = library_of(name)
        if library is None:
            continue
        place = placed(where, row_of(f"\n{text}", f"\n{name}") or row_of(text, name))
        for one in value if isinstance(value, list) else [value]:
            told = {"version": one} if isinstance(one, str) else one if isinstance(one, dict) else {}
            conditional = bool(told.get("optional")) or any(key in told for key in ("markers", "python", "platform"))
            yield from said(place, functools.partial(_entry, library, told, read, place, always=always and not conditional))


def _entry(library: str, told: Mapping[str, Any], read: Read, place: str, *, always: bool) -> Mention:
    tag, text = str(told.get("tag", "")).removeprefix("v"), str(told.get("version", "*")).strip()
    if is_version(tag):
        return Mention(library, Specifier.parse(f"=={tag}"), place, always)
    return Mention(library, Specifier.parse("") if text in ("*", "") else read(text), place, always)


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}
