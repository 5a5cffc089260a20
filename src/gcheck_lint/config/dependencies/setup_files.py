"""setup.cfg, and what setup.py has written out."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

from gcheck_lint.config.dependencies import requirements
from gcheck_lint.config.dependencies.mentions import Mention, Problem, mentions, shown
from gcheck_lint.config.dependencies.texts import text_of


def read_cfg(path: Path, text: str) -> Iterator[Mention | Problem]:
    """setup.cfg: `install_requires`, also by way of a file, and the extras. Raises configparser.Error."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    for line in parser.get("options", "install_requires", fallback="").splitlines():
        if line.startswith("file:"):
            for name in line.removeprefix("file:").split(","):
                other = path.parent / name.strip()
                if other.is_file():
                    yield from requirements.read(other, text_of(other))
        else:
            yield from mentions([line], f"{shown(path)} install_requires", text)
    for extra, value in parser.items("options.extras_require") if parser.has_section("options.extras_require") else ():
        yield from mentions(value.splitlines(), f"{shown(path)} extras_require.{extra}", text, always=False)


def read_setup(path: Path, text: str) -> Iterator[Mention | Problem]:
    """Lists that are written out in the call of setup(), or at the top level under a name that it uses. Raises SyntaxError."""
    tree = ast.parse(text)
    name = shown(path)
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            for keyword in node.keywords:
                value = named.get(keyword.value.id, keyword.value) if isinstance(keyword.value, ast.Name) else keyword.value
                if keyword.arg == "install_requires":
                    yield from mentions(_literals(value), f"{name} install_requires", text)
                elif keyword.arg == "extras_require" and isinstance(value, ast.Dict):
                    for one in value.values:
                        yield from mentions(_literals(one), f"{name} extras_require", text, always=False)


def _literals(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
