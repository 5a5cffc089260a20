#!/usr/bin/env python3
"""Which versions of transformers a release of TRL or PEFT can be used with: `python tools/requires_table.py FOLDER_OF_WHEELS`.

Reads two things of each wheel, without running it: what its metadata asks for, and which names of transformers are imported
whenever the package is: imports at the top of its modules, from its `__init__` on, and of TRL, which imports lazily, from its
SFTTrainer on; nothing within an `if`, a `try` or a function. Which release has a name stands in names.txt. PEFT's metadata gives
no version at all: 0.17.1 can be installed beside transformers 5.23.0, and its import ends with an ImportError. Writes
src/gcheck_lint/knowledge/requires.txt: a line for each release from which on it is otherwise.

The wheels are those of the releases that knowledge lists: `pip download --no-deps peft==0.17.1 …`.
"""

from __future__ import annotations

import argparse
import ast
import sys
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from gcheck_lint import knowledge  # noqa: E402 - of this checkout
from gcheck_lint.knowledge import names  # noqa: E402

OUT = ROOT / "src" / "gcheck_lint" / "knowledge" / "requires.txt"
LIBRARIES = {"peft": ("peft/__init__.py",), "trl": ("trl/__init__.py", "trl/trainer/sft_trainer.py")}
# what neither says: its trainers hand `processing_class` to Trainer, which takes it from 4.46 on (trainer.py of 4.45.2, 4.46.3)
MORE = {("trl", "0.12.2"): ">=4.46.0"}
HEAD = """\
# From which release on a library can be used with which versions of transformers (-: with all of them), by its metadata and by
# what it imports at its top. By tools/requires_table.py.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path)
    folder = parser.parse_args().wheels
    OUT.write_text(HEAD + "".join(f"{line}\n" for library in LIBRARIES for line in _lines(library, folder)), encoding="utf-8")
    return 0


def _lines(library: str, folder: Path) -> Iterator[str]:
    before = "-"
    for release in knowledge.load().releases(library):
        wheels = list(folder.glob(f"{library}-{release}-*.whl"))
        if not wheels:
            raise SystemExit(f"no wheel of {library} {release}")
        wanted = wanted_by(wheels[0], library, MORE.get((library, release), "")) or "-"
        if wanted != before:
            yield f"{library} {release} {wanted}"
        before = wanted


def wanted_by(wheel: Path, library: str, more: str = "") -> str:
    """What a wheel asks of transformers, as a specifier set. `more`: what is known besides."""
    with zipfile.ZipFile(wheel) as files:
        texts = {path: files.read(path).decode("utf-8") for path in files.namelist() if path.endswith((".py", "METADATA"))}
    metadata = next(text for path, text in texts.items() if path.endswith(".dist-info/METADATA"))
    bounds = [*(str(one) for one in _asked(metadata)), more]
    for name in sorted(_imported(library, texts)):
        bounds += names.bounds("transformers", name)
    return ",".join(_tightest(bounds))


def _asked(metadata: str) -> Iterator[SpecifierSet]:
    """What the metadata asks for without an extra, on some Python that is still used."""
    for line in HeaderParser().parsestr(metadata).get_all("Requires-Dist") or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if requirement.name == "transformers" and (marker is None or marker.evaluate({"extra": "", "python_version": "3.11"})):
            yield requirement.specifier


def _imported(library: str, texts: dict[str, str]) -> set[str]:
    """The names of transformers that are imported whenever the library is."""
    names: set[str] = set()
    waiting, seen = list(LIBRARIES[library]), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen or path not in texts:
            continue
        seen.add(path)
        for node in ast.parse(texts[path]).body:
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "transformers":
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                waiting += _modules(path, node, library)
    return names


def _modules(path: str, node: ast.ImportFrom, library: str) -> Iterator[str]:
    """The files that an import from the library itself may mean, with the packages around them."""
    parts = path.split("/")[: -node.level] if node.level else []
    parts += (node.module or "").split(".") if node.module else []
    if parts[:1] != [library]:
        return
    for ends in (parts, *([*parts, alias.name] for alias in node.names)):
        yield "/".join(ends) + ".py"
        yield from ("/".join([*ends[:length], "__init__.py"]) for length in range(1, len(ends) + 1))


def _tightest(bounds: list[str]) -> list[str]:
    """The bounds without those that another one holds already."""
    parts = list(dict.fromkeys(str(one) for bound in bounds for one in SpecifierSet(bound)))
    known = knowledge.load().releases("transformers")
    kept = {part: {release for release in known if SpecifierSet(part).contains(release)} for part in parts}
    chosen: list[str] = []
    for part in sorted(parts, key=lambda one: (len(kept[one]), one)):
        together = set(known).intersection(*(kept[one] for one in chosen)) if chosen else set(known)
        if not together <= kept[part]:
            chosen.append(part)
    return sorted(chosen, key=lambda one: one.startswith("<"))


if __name__ == "__main__":
    sys.exit(main())
