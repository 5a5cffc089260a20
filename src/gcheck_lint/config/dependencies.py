"""Which versions of the libraries a project asks for: its dependency files, read as far as they name one of ours.

Nothing here raises on a broken file: what can't be read is a warning, once, and the rest counts.
"""

from __future__ import annotations

import ast
import configparser
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

import tomli

from gcheck_lint.errors import SettingsError
from gcheck_lint.text.reading import DEPENDENCIES, read_bytes
from gcheck_lint.versions import Specifier, is_version

if TYPE_CHECKING:
    from packaging.markers import Marker

LIBRARIES: Final = ("transformers", "trl", "peft", "torch")
FILES: Final = ("pyproject.toml", "setup.cfg", "setup.py", "environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
PATTERNS: Final = ("requirements*.txt", "constraints*.txt", "requirements/*.txt")
LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
NAMES: Final = (*FILES, *PATTERNS, *LOCKS)

_OTHER_NAMES = {"pytorch": "torch", "pytorch-gpu": "torch", "pytorch-cpu": "torch"}
_OURS = re.compile(r"\b(transformers|trl|peft|torch|pytorch)\b", re.IGNORECASE)
_LOCAL = re.compile(r"\+[A-Za-z0-9._]+")
_TAG = re.compile(r"@v?(\d+(?:\.\d+)+)(-release)?(?=$|[#&])")
_WHEEL = re.compile(r"/(?P<name>[A-Za-z0-9_.]+)-(?P<version>\d[A-Za-z0-9.]*)(?:%2B|\+|-)")
_LOCKED = re.compile(r'^\[\[packages?\]\]\s*^name = "(?P<name>[^"]+)"\s*^version = "(?P<version>[^"]+)"', re.MULTILINE)
_PLATFORMS = (("linux", "Linux", "posix", "x86_64"), ("darwin", "Darwin", "posix", "arm64"), ("win32", "Windows", "nt", "AMD64"))
_PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True, slots=True)
class Mention:
    """A library asked for. `always`: whoever installs the project has it so; otherwise under a marker, with an extra or group."""

    library: str
    wanted: Specifier
    where: str
    always: bool = True


@dataclass(slots=True)
class Found:
    """What the files of one folder say: each file's mentions (those it includes as well), exact pins of locks, and warnings."""

    files: list[list[Mention]] = field(default_factory=list)
    locked: list[Mention] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    any_file: bool = False


def read_folder(folder: Path) -> Found:
    """Everything in a folder that names dependencies."""
    found = Found()
    paths = [folder / name for name in (*FILES, *LOCKS)]
    for pattern in PATTERNS:
        paths += sorted(folder.glob(pattern))
    for path in dict.fromkeys(paths):
        if not path.is_file():
            continue
        found.any_file = True
        try:
            text = _text(path)
            if not _OURS.search(text) and path.suffix != ".txt" and path.name not in FILES[:2]:
                continue
            if path.name in LOCKS:
                found.locked += _of_lock(text, shown(path))
            else:
                found.files.append(list(_of_file(path, text)))
        except (OSError, ValueError, configparser.Error, SyntaxError, RecursionError, SettingsError) as error:
            told = str(error).splitlines()[0] if str(error) else type(error).__name__
            found.warnings.append(f"{shown(path)} is not understood, so it says nothing about versions: {told}")
    return found


def is_dependency_file(path: PurePath) -> bool:
    """Whether a file, by its name, may say which versions a project asks for."""
    return any(path.match(name) for name in NAMES)


def shown(path: Path) -> str:
    """A path as it is shown: relative to the working directory where it lies below it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _text(path: Path) -> str:
    data = read_bytes(path, DEPENDENCIES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what PowerShell makes of `pip freeze >`
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _of_file(path: Path, text: str) -> Iterator[Mention]:
    if path.suffix == ".txt":
        yield from _of_requirements(path, text, {path})
    elif path.name == "pyproject.toml":
        yield from _of_pyproject(path, tomli.loads(text))
    elif path.name == "setup.cfg":
        yield from _of_setup_cfg(path, text)
    elif path.name == "setup.py":
        yield from _of_setup_py(text, shown(path))
    else:
        yield from _of_environment(text, shown(path))


# --- one requirement -------------------------------------------------------------------------------------------------------


def requirement(line: str, where: str, *, always: bool = True) -> Mention | None:
    """A requirement of PEP 508; None when it is about something else. Raises SettingsError when it is about ours and broken."""
    if not _OURS.search(line):
        return None
    from packaging.requirements import InvalidRequirement, Requirement  # many projects name none of ours

    try:
        parsed = Requirement(line)
    except InvalidRequirement as error:
        library = _library(re.split(r"[\s\[<>=!~;@]", line.strip(), maxsplit=1)[0])
        if library is None:
            return _of_url(line, where, always=always)
        raise SettingsError(f"`{line.strip()}` is no requirement") from error
    library = _library(parsed.name)
    if library is None:
        return None
    always &= parsed.marker is None
    if parsed.marker is not None:
        answers = set(_answers(parsed.marker))
        if answers == {False}:
            return None
        always |= answers == {True} and "extra" not in str(parsed.marker)
    if parsed.url is not None:
        told = _of_url(f"{parsed.name} @ {parsed.url}", where, always=always)
        return told or Mention(library, Specifier.parse(""), where, always)
    return Mention(library, Specifier.parse(_LOCAL.sub("", str(parsed.specifier))), where, always)


def _library(name: str) -> str | None:
    known = re.sub(r"[-_.]+", "-", name).lower()
    known = _OTHER_NAMES.get(known, known)
    return known if known in LIBRARIES else None


def _of_url(text: str, where: str, *, always: bool) -> Mention | None:
    """A repository at a tag, or a wheel: `git+https://github.com/huggingface/transformers@v4.46.3`."""
    url = text.partition(" @ ")[2] or text
    repository = re.search(r"/(?P<name>[\w.-]+?)(?:\.git)?(?:@[^/]*)?(?:[#&].*)?$", url.strip())
    library = _library(text.partition(" @ ")[0]) if " @ " in text else _library(repository["name"]) if repository else None
    wheel = _WHEEL.search(url)
    if wheel is not None and _library(wheel["name"]) is not None and is_version(wheel["version"]):
        return Mention(_library(wheel["name"]) or "", Specifier.parse(f"=={wheel['version']}"), where, always)
    if library is None:
        return None
    tag = _TAG.search(url.strip())
    wanted = "" if tag is None else f"=={tag[1]}.*" if tag[2] else f"=={tag[1]}"
    return Mention(library, Specifier.parse(wanted), where, always)


def _answers(marker: Marker) -> Iterator[bool]:
    """What a marker says on the machines that there are."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    for python, (platform, system, name, machine) in itertools.product(_PYTHONS, _PLATFORMS):
        told = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": platform, "extra": ""}
        told |= {"platform_system": system, "os_name": name, "platform_machine": machine}
        told |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
        try:
            yield marker.evaluate(told)
        except (UndefinedComparison, UndefinedEnvironmentName):
            yield from (True, False)
    if "extra" in str(marker):  # with the extra that it asks for
        yield True


# --- requirements.txt ------------------------------------------------------------------------------------------------------


def _of_requirements(path: Path, text: str, seen: set[Path]) -> Iterator[Mention]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(^|\s)#(?!egg=).*$", "", line).strip()
        option = re.match(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?=[^\s-]))(?P<file>.+)$", line)
        if option is not None:
            other = (path.parent / option["file"].strip().strip("\"'")).resolve()
            if "://" not in option["file"] and other not in seen and other.is_file():
                seen.add(other)
                yield from _of_requirements(other, _text(other), seen)
            continue
        line = re.sub(r"^(?:-e|--editable)[\s=]+", "", line)
        line = re.sub(r"\s+--[a-z-]+(?:[\s=].*)?$", "", line)
        told = None if line.startswith("-") else requirement(line, shown(path))
        if told is not None:
            yield told


# --- pyproject.toml --------------------------------------------------------------------------------------------------------


def _of_pyproject(path: Path, data: Mapping[str, Any]) -> Iterator[Mention]:
    name = shown(path)
    project = _table(data, "project")
    yield from _lines(project.get("dependencies"), f"{name} project.dependencies")
    for group, lines in _table(project, "optional-dependencies").items():
        yield from _lines(lines, f"{name} project.optional-dependencies.{group}", always=False)
    for group, lines in _table(data, "dependency-groups").items():
        yield from _lines(lines, f"{name} dependency-groups.{group}", always=False)
    tool = _table(data, "tool")
    uv = _table(tool, "uv")
    yield from _lines(uv.get("dev-dependencies"), f"{name} tool.uv.dev-dependencies", always=False)
    for key in ("constraint-dependencies", "override-dependencies"):
        yield from _lines(uv.get(key), f"{name} tool.uv.{key}")
    for group, lines in _table(_table(tool, "pdm"), "dev-dependencies").items():
        yield from _lines(lines, f"{name} tool.pdm.dev-dependencies.{group}", always=False)
    poetry = _table(tool, "poetry")
    yield from _poetry(_table(poetry, "dependencies"), f"{name} tool.poetry.dependencies", always=True)
    yield from _poetry(_table(poetry, "dev-dependencies"), f"{name} tool.poetry.dev-dependencies", always=False)
    for group, table in _table(poetry, "group").items():
        dependencies = _table(table, "dependencies") if isinstance(table, dict) else {}
        yield from _poetry(dependencies, f"{name} tool.poetry.group.{group}", always=False)
    dynamic = _table(_table(_table(tool, "setuptools"), "dynamic"), "dependencies").get("file", [])
    for file in [dynamic] if isinstance(dynamic, str) else dynamic:
        other = path.parent / str(file)
        if other.is_file():
            yield from _of_requirements(other, _text(other), {other})


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}


def _lines(lines: object, where: str, *, always: bool = True) -> Iterator[Mention]:
    for line in lines if isinstance(lines, (list, tuple)) else ():
        told = requirement(line, where, always=always) if isinstance(line, str) else None
        if told is not None:
            yield told


def _poetry(table: Mapping[str, Any], where: str, *, always: bool) -> Iterator[Mention]:
    for name, value in table.items():
        library = _library(name)
        for one in (value if isinstance(value, list) else [value]) if library is not None else ():
            told = {"version": one} if isinstance(one, str) else one if isinstance(one, dict) else {}
            conditional = bool(told.get("optional")) or any(key in told for key in ("markers", "python", "platform"))
            text = str(told.get("version", "*"))
            tag = str(told.get("tag", "")).removeprefix("v")
            wanted = f"=={tag}" if is_version(tag) else poetry_specifier(text)
            yield Mention(library or "", Specifier.parse(_LOCAL.sub("", wanted)), where, always and not conditional)


def poetry_specifier(text: str) -> str:
    """Poetry's own constraints in PEP 440: `^4.40`, `~4.46`, `4.46.*`, `>=4.40 <5`, `^4 || ^5`."""
    alternatives = []
    for part in re.split(r"\s*\|\|?\s*", text.strip()):
        clauses = []
        for clause in re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", part):
            match = re.fullmatch(r"(?P<operator>\^|~=|~|===?|!=|<=|>=|<|>|)\s*v?(?P<version>[\w.*+!-]+)", clause.strip())
            if match is None:
                raise SettingsError(f"`{text}` is no version of poetry's")
            clauses.append(_poetry_clause(match["operator"], match["version"]))
        alternatives.append(",".join(clause for clause in clauses if clause))
    return " || ".join(alternatives) if all(alternatives) else ""


def _poetry_clause(operator: str, version: str) -> str:
    if version == "*":
        return ""
    if operator not in ("^", "~"):
        return f"{operator or '=='}{version}"
    numbers = [int(part) for part in re.split(r"[^\d.]", version)[0].split(".") if part]
    at = 0
    if operator == "~":
        at = min(1, len(numbers) - 1)
    else:
        at = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    above = [*numbers[:at], numbers[at] + 1]
    return f">={version},<{'.'.join(map(str, above))}"


# --- setup.cfg, setup.py, conda, locks -------------------------------------------------------------------------------------


def _of_setup_cfg(path: Path, text: str) -> Iterator[Mention]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    required = parser.get("options", "install_requires", fallback="")
    for line in required.splitlines():
        if line.startswith("file:"):
            for name in line.removeprefix("file:").split(","):
                other = path.parent / name.strip()
                if other.is_file():
                    yield from _of_requirements(other, _text(other), {other})
        else:
            yield from _lines([line], f"{shown(path)} install_requires")
    for extra, value in parser.items("options.extras_require") if parser.has_section("options.extras_require") else ():
        yield from _lines(value.splitlines(), f"{shown(path)} extras_require.{extra}", always=False)


def _of_setup_py(text: str, name: str) -> Iterator[Mention]:
    """Lists that are written out in the call of setup(), or at the top level under a name that it uses."""
    tree = ast.parse(text)
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
                    yield from _lines(_literals(value), f"{name} install_requires")
                elif keyword.arg == "extras_require" and isinstance(value, ast.Dict):
                    for one in value.values:
                        yield from _lines(_literals(one), f"{name} extras_require", always=False)


def _literals(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _of_environment(text: str, name: str) -> Iterator[Mention]:
    """conda's environment.yml, by its lines: `- transformers=4.46`, and what stands under `- pip:`."""
    inside, pip_indent = False, -1
    for line in text.splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        if not bare.strip():
            continue
        indent = len(bare) - len(bare.lstrip())
        item = bare.strip()
        if not item.startswith("-"):
            inside, pip_indent = item.startswith("dependencies:"), -1
            flow = re.search(r"\[(.*)\]", item) if inside else None
            for part in flow[1].split(",") if flow else ():
                yield from _conda(part.strip().strip("\"'"), name)
            continue
        if not inside:
            continue
        spec = item[1:].strip().strip("\"'")
        if pip_indent >= 0 and indent > pip_indent:
            yield from _lines([spec], f"{name} pip")
            continue
        pip_indent = indent if spec == "pip:" else -1
        yield from _conda(spec, name)


def _conda(spec: str, where: str) -> Iterator[Mention]:
    match = re.match(r"(?:[\w./-]+::)?(?P<name>[\w.-]+?)\s*(?P<wanted>[=<>!~ ].*)?$", spec.split("[")[0].strip())
    library = _library(match["name"]) if match is not None else None
    if match is None or library is None:
        return
    wanted = (match["wanted"] or "").strip()
    exact = re.fullmatch(r"(?P<operator>={0,2})\s*(?P<version>\d[\w.]*?)(?P<wild>\.?\*)?(?:[=\s][\w.*]+)?", wanted)
    if exact is not None:  # one `=` is a beginning, two are the whole
        fuzzy = exact["operator"] != "==" or exact["wild"]
        wanted = f"=={exact['version']}{'.*' if fuzzy else ''}"
    if "|" in wanted:
        wanted = wanted.replace("|", " || ")
    yield Mention(library, Specifier.parse(_LOCAL.sub("", wanted)), where)


def _of_lock(text: str, where: str) -> Iterable[Mention]:
    """The exact pins. By a pattern: a lock of a large project takes a second to parse."""
    for match in _LOCKED.finditer(text):
        library = _library(match["name"])
        if library is not None:
            yield Mention(library, Specifier.parse(f"=={_LOCAL.sub('', match['version'])}"), where)
