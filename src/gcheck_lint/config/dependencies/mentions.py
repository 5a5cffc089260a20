"""One library asked for: a requirement of PEP 508, of conda or of poetry, read as far as it names one of ours."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint.config.releases import NEWEST
from gcheck_lint.errors import SettingsError, one_line
from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier, is_version

if TYPE_CHECKING:
    from packaging.markers import Marker

LIBRARIES: Final = ("transformers", "trl", "peft", "torch", "lightning", "diffusers")
OURS: Final = re.compile(r"\b(transformers|trl|peft|torch|pytorch|lightning|pytorch_lightning|diffusers)\b", re.IGNORECASE)

_OTHER_NAMES = {"pytorch": "torch", "pytorch-gpu": "torch", "pytorch-cpu": "torch", "pytorch-lightning": "lightning"}
_LONGEST = 40  # letters of a version
_LOCAL = re.compile(r"\+[A-Za-z0-9._]+")
_TAG = re.compile(r"@v?(\d+(?:\.\d+)+)(-release)?(?=$|[#&])")
_WHEEL = re.compile(r"/(?P<name>[A-Za-z0-9_.]+)-(?P<version>\d[A-Za-z0-9.]*)(?:%2B|\+|-)")
_PLATFORMS = (("linux", "Linux", "posix", "x86_64"), ("darwin", "Darwin", "posix", "arm64"), ("win32", "Windows", "nt", "AMD64"))
_PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True, slots=True)
class Mention:
    """A library asked for. `always`: whoever installs the project has it so; otherwise under a marker, with an extra or group."""

    library: str
    wanted: Specifier
    where: str
    always: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that says something of our libraries which nobody can read. It costs that line, not the file."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where} cannot be parsed, so it is ignored for target versions: {one_line(self.reason)}"


def shown(path: Path) -> str:
    """A path as it is shown: relative to the working directory where it lies below it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def row_of(text: str, words: str) -> int:
    """The line on which some words first stand in a file that was parsed without places, from 1; 0 where they do not."""
    at = text.find(words)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def library_of(name: str) -> str | None:
    """Which of our libraries a package is: `Transformers`, `pytorch-gpu`."""
    known = re.sub(r"[-_.]+", "-", name).lower()
    known = _OTHER_NAMES.get(known, known)
    return known if known in LIBRARIES else None


def requirement(line: str, where: str, *, always: bool = True) -> Mention | None:
    """A requirement of PEP 508; None when it is about something else. Raises SettingsError when it is about ours and broken."""
    if not OURS.search(line):
        return None
    from packaging.requirements import InvalidRequirement, Requirement  # many projects name none of ours

    try:
        parsed = Requirement(line)
    except InvalidRequirement as error:
        library = library_of(re.split(r"[\s\[<>=!~;@]", line.strip(), maxsplit=1)[0])
        if library is None:
            return _of_url(line, where, always=always)
        raise SettingsError(f"`{line.strip()}` is not a requirement") from error
    library = library_of(parsed.name)
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
    return Mention(library, without_local(str(parsed.specifier)), where, always)


def pin(library: str, version: str, where: str) -> Mention:
    """The very version that is installed. Raises SettingsError when it is none."""
    return Mention(library, without_local(f"=={version}"), where)


def without_local(text: str) -> Specifier:
    """A specifier without the build of a version: `==2.4.1+cu121` is 2.4.1. Raises SettingsError."""
    return Specifier.parse(_LOCAL.sub("", text))


def mentions(lines: object, where: str, text: str, *, always: bool = True) -> Iterator[Mention | Problem]:
    """The requirements of a list that was read out of `text`. `where`: the file and the key, between which the line is put."""
    for line in lines if isinstance(lines, (list, tuple)) else ():
        if isinstance(line, str) and OURS.search(line):
            place = placed(where, row_of(text, line))
            yield from said(place, functools.partial(requirement, line, place, always=always))


def said(place: str, read: Callable[[], Mention | None]) -> Iterator[Mention | Problem]:
    """What is read at a place, if it is about ours; a problem where that can't be understood."""
    try:
        told = read()
    except SettingsError as error:
        yield Problem(place, str(error))
        return
    if told is not None:
        yield told


def placed(where: str, row: int) -> str:
    """A place with its line: `pyproject.toml:4 project.dependencies`."""
    name, space, key = where.partition(" ")
    return f"{name}:{row}{space}{key}" if row else where


def conda(spec: str, where: str) -> Mention | None:
    """A requirement as conda writes it: `pytorch::pytorch=2.4.1=py3.10_cuda12`. Raises SettingsError for no version."""
    match = re.match(r"(?:[\w./-]+::)?(?P<name>[\w.-]+?)\s*(?P<wanted>[=<>!~ ].*)?$", spec.split("[")[0].strip())
    library = library_of(match["name"]) if match is not None else None
    if match is None or library is None:
        return None
    return Mention(library, conda_specifier(match["wanted"] or ""), where)


def conda_specifier(wanted: str) -> Specifier:
    """conda's versions in PEP 440: `=4.46` begins so, `==4.46.3` is the whole, `>=4.40|<4`. Raises SettingsError."""
    wanted = wanted.strip()
    exact = re.fullmatch(r"(?P<operator>={0,2})\s*(?P<version>\d[\w.]*?)(?P<wild>\.?\*)?(?:[=\s][\w.*]+)?", wanted)
    if exact is not None:  # one `=` is a beginning, two are the whole
        fuzzy = exact["operator"] != "==" or exact["wild"]
        wanted = f"=={exact['version']}{'.*' if fuzzy else ''}"
    if wanted == "*":
        wanted = ""
    return without_local(wanted.replace("|", " || "))


def poetry_specifier(text: str) -> str:
    """Poetry's own constraints in PEP 440: `^4.40`, `~4.46`, `4.46.*`, `>=4.40 <5`, `^4 || ^5`. Raises SettingsError."""
    alternatives = []
    for part in re.split(r"\s*\|\|?\s*", text.strip()):
        clauses = []
        for clause in re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", part):
            match = re.fullmatch(r"(?P<operator>\^|~=|~|===?|!=|<=|>=|<|>|)\s*v?(?P<version>[\w.*+!-]+)", clause.strip())
            if match is None:
                raise SettingsError(f"`{text}` is not a Poetry version")
            clauses.append(_poetry_clause(match["operator"], match["version"]))
        alternatives.append(",".join(clause for clause in clauses if clause))
    return " || ".join(alternatives) if all(alternatives) else ""


def _poetry_clause(operator: str, version: str) -> str:
    if version == "*":
        return ""
    if operator not in ("^", "~"):
        return f"{operator or '=='}{version}"
    if not is_version(re.sub(r"[.*]+$", "", version)) and len(version) > _LONGEST:
        raise SettingsError(f"`{version[:_LONGEST]}…` is not a Poetry version")
    numbers = [int(part) for part in re.split(r"[^\d.]", version)[0].split(".") if part]
    at = 0
    if operator == "~":
        at = min(1, len(numbers) - 1)
    else:
        at = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    above = [*numbers[:at], numbers[at] + 1]
    return f">={version},<{'.'.join(map(str, above))}"


def _of_url(text: str, where: str, *, always: bool) -> Mention | None:
    """A repository at a tag, or a wheel: `git+https://github.com/huggingface/transformers@v4.46.3`."""
    url = text.partition(" @ ")[2] or text
    repository = re.search(r"/(?P<name>[\w.-]+?)(?:\.git)?(?:@[^/]*)?(?:[#&].*)?$", url.strip())
    library = library_of(text.partition(" @ ")[0]) if " @ " in text else library_of(repository["name"]) if repository else None
    wheel = _WHEEL.search(url)
    if wheel is not None and library_of(wheel["name"]) is not None and is_version(wheel["version"]):
        return Mention(library_of(wheel["name"]) or "", Specifier.parse(f"=={wheel['version']}"), where, always)
    if library is None:
        return None
    tag = _TAG.search(url.strip())
    if tag is not None:
        return Mention(library, Specifier.parse(f"=={tag[1]}.*" if tag[2] else f"=={tag[1]}"), where, always)
    return Mention(library, Specifier.parse(f">={NEWEST[library]}" if _is_moving(url) else ""), where, always)


def _is_moving(url: str) -> bool:
    """Whether a repository is named at no commit of its own: then what is newest there is installed."""
    return re.search(r"(?:\.git|@(?:main|master)|github\.com/[\w.-]+/[\w-]+/?)$", re.sub(r"[#&].*", "", url.strip())) is not None


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
