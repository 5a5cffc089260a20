"""What a project's packaging says of where its packages lie: pyproject.toml, setup.cfg and setup.py, of several tools.

`setup.py` is not run. What stands there as a literal is read: `package_dir={"": "code"}`, `find_packages("code")`.
"""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path
from typing import Final

from gcheck_lint.records import dataclass
from gcheck_lint.text.reading import can_exist, read_text

_PACKAGE_DIR: Final = re.compile(r"package_dir\s*=\s*\{([^{}]*)\}|package_dir\s*=\s*dict\(([^()]*)\)")
_ENTRY: Final = re.compile(r"""["']([\w.]*)["']\s*:\s*["']([^"']+)["']""")
_FOUND_IN: Final = re.compile(r"""find(?:_namespace)?_packages\(\s*(?:where\s*=\s*)?["']([^"']+)["']""")


@dataclass(slots=True)
class Declared:
    """`roots`: folders in which packages lie; `named`: packages that lie in a folder of another name."""

    roots: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    def package_dir(self, names: object) -> None:
        """A table from packages to folders; what stands under no name holds all."""
        for name, folder in names.items() if isinstance(names, dict) else ():
            if not isinstance(folder, str) or not can_exist(folder):
                continue
            if not name:
                self.roots.append(folder)
            elif "." not in name and Path(folder).name == name:
                self.roots.append(str(Path(folder).parent))
            elif "." not in name:
                self.named[name] = folder

    def root(self, folder: object) -> None:
        if isinstance(folder, str) and can_exist(folder):
            self.roots.append(folder)


def declared(folder: Path) -> Declared:
    """What the packaging files of a folder say."""
    found = Declared()
    _of_pyproject(folder, found)
    _of_setup_cfg(folder, found)
    text = _text(folder / "setup.py")
    for match in _PACKAGE_DIR.finditer(text):
        found.package_dir(dict(_ENTRY.findall(match[1] or "")))
    for where in _FOUND_IN.findall(text):
        found.root(where)
    return found


def _of_pyproject(folder: Path, found: Declared) -> None:
    import tomli  # only where there is such a file to be read

    try:
        data = tomli.loads(read_text(folder / "pyproject.toml"))
    except (OSError, ValueError, RecursionError):
        return
    tool = _at(data, "tool")
    where = _at(tool, "setuptools", "packages", "find", "where")
    for one in where if isinstance(where, list) else ():
        found.root(one)
    found.package_dir(_at(tool, "setuptools", "package-dir"))
    packages = _at(tool, "poetry", "packages")
    for one in packages if isinstance(packages, list) else ():
        found.root(_at(one, "from"))
    wheel = _at(tool, "hatch", "build", "targets", "wheel")
    packages = _at(wheel, "packages")
    for one in packages if isinstance(packages, list) else ():
        if isinstance(one, str) and "/" in one.strip("/"):
            found.root(one.rstrip("/").rpartition("/")[0])
    found.root(_at(tool, "pdm", "build", "package-dir"))


def _of_setup_cfg(folder: Path, found: Declared) -> None:
    import configparser  # few repositories have one, and most runs ask for no module

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(_text(folder / "setup.cfg"))
    except configparser.Error:
        return
    lines = parser.get("options", "package_dir", fallback="").splitlines()
    found.package_dir({name.strip(): path.strip() for name, _, path in (line.partition("=") for line in lines) if path.strip()})
    for line in parser.get("options.packages.find", "where", fallback="").splitlines():
        if line.strip():
            found.root(line.strip())


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, ValueError):
        return ""


def _at(data: object, *keys: str) -> object:
    """What lies below tables; None where one is something else."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
