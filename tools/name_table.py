#!/usr/bin/env python3
"""Which release of a library brought a name, and which one took it away: `python tools/name_table.py FOLDER_OF_WHEELS`.

Reads what each wheel lets be imported from its top, without running it: the tables of its lazy imports, `__all__` of the models'
modules, and plain imports. Writes src/gcheck_lint/knowledge/names.txt: for each library the releases that were looked at and, for
each of them, the classes that it has first (`+`) and those that it has no longer (`-`), and those that tell no release from
another (`=`): they were always there, or come back after they were gone. Those of JAX and TensorFlow are left out. What it says
of transformers was asked of 4.46.3, 4.57.1 and 5.23.0 themselves: no class that is gone or not there yet can be imported from
them, and dir() of these and of 4.36.2 has no class that the table lacks; nor has that of the trl and peft beside them.

The wheels are those of the releases that knowledge lists: `pip download --no-deps transformers==4.57.1 …`.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from gcheck_lint import knowledge  # noqa: E402 - of this checkout

OUT = ROOT / "src" / "gcheck_lint" / "knowledge" / "names.txt"
LIBRARIES = ("transformers", "trl", "peft")
_WHEEL = re.compile(r"(?P<library>[a-z]+)-(?P<version>[^-]+)-")
_NAME = re.compile(r"[A-Z]\w*\Z")  # classes, and the few constants
_ALL = re.compile(r"^__all__ \+?= \[[^\]]*\]", re.MULTILINE)
# the old names of classes that 5.0 has under one name only can be imported still (each was asked for with 5.23.0)
_ALIASED = re.compile(r"(Tokenizer|TokenizerFast|ImageProcessorFast)\Z")
_TABLE = "_import_structure"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path)
    wheels = sorted(parser.parse_args().wheels.glob("*.whl"))
    OUT.write_text("".join(_section(library, wheels) for library in LIBRARIES), encoding="utf-8")
    return 0


def _section(library: str, wheels: list[Path]) -> str:
    found: dict[Version, set[str]] = {}
    for wheel in wheels:
        match = _WHEEL.match(wheel.name)
        if match is not None and match["library"] == library:
            found[Version(match["version"])] = set(_exported(library, wheel))
    missing = set(knowledge.load().releases(library)) - {str(version) for version in found}
    if missing:
        raise SystemExit(f"no wheels of {library} {', '.join(sorted(missing))}")
    versions = sorted(found)
    lines = [f"{library} {' '.join(map(str, versions))}"]
    came: dict[Version, list[str]] = {version: [] for version in versions}
    went: dict[Version, list[str]] = {version: [] for version in versions}
    always: list[str] = []
    for name in sorted(set().union(*found.values())):
        there = [name in found[version] for version in versions]
        first = there.index(True)
        gone = next((at for at in range(first, len(there)) if not there[at]), None)
        comes_back = gone is not None and any(there[gone:])
        if first and not comes_back:
            came[versions[first]].append(name)
        if gone is not None and not comes_back and not _ALIASED.search(name):
            went[versions[gone]].append(name)
        elif comes_back or not first:
            always.append(name)
    if always:
        lines += textwrap.wrap(f"= {' '.join(always)}", 150, subsequent_indent="  ")
    for version in versions:
        for sign, names in (("+", came[version]), ("-", went[version])):
            if names:
                lines += textwrap.wrap(f"{sign}{version} {' '.join(names)}", 150, subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def _exported(library: str, wheel: Path) -> Iterator[str]:
    """The names that can be imported from a library's top."""
    with zipfile.ZipFile(wheel) as files:
        for path in files.namelist():
            inner = path.startswith(f"{library}/models/") and path.endswith(".py") and library == "transformers"
            if path == f"{library}/__init__.py" or inner:
                text = files.read(path).decode("utf-8")
                # a thousand files of models: what they export is all that is parsed of them
                plain = _TABLE not in text  # one with a table imports at its top what it needs itself
                names = _all(ast.parse("\n".join(_ALL.findall(text)))) if inner else _top(ast.parse(text), plain=plain)
                yield from (name for name in names if _NAME.match(name) and not re.match(r"(Flax|TF)[A-Z]", name))
            elif path.startswith(f"{library}/utils/dummy_"):  # all that stands in one is exported, also what it imports
                tree = ast.parse(files.read(path).decode("utf-8"))
                imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
                yield from (alias.name for node in imports for alias in node.names if _NAME.match(alias.name))


def _all(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                yield from _texts(node.value)


def _top(tree: ast.Module, *, plain: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is_table(target) for target in targets):
                yield from _texts(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_table(node.func.value):
            for argument in node.args:
                yield from _texts(argument)
        elif isinstance(node, ast.ImportFrom) and plain:
            yield from (alias.asname or alias.name for alias in node.names)
    yield from _all(tree)


def _is_table(node: ast.expr) -> bool:
    node = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(node, ast.Name) and node.id == _TABLE


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts in lists and tuples; the keys of a dict are modules."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        for element in node.elts:
            yield from _texts(element)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)


if __name__ == "__main__":
    sys.exit(main())
