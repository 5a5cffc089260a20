#!/usr/bin/env python3
"""Which keywords trainers and their arguments take, by release: `python tools/keyword_table.py FOLDER_OF_WHEELS`.

Reads the constructors in each wheel, without running them: the parameters of `__init__`, the fields of a dataclass, those of the
classes of the same library that it inherits from, and whatever a decorator of `__init__` names (old keywords that are handed on).
Writes src/gcheck_lint/knowledge/keywords.txt: for each library the releases that were looked at, and for each class its keywords,
`name+4.46.3` where a release was the first to have it, `name-5.0.0` where one was the first without it. One that comes back is
told without. `**` says that in some release anything is taken, `<Base` that a class of another library takes the rest.

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

OUT = ROOT / "src" / "gcheck_lint" / "knowledge" / "keywords.txt"
_METHODS = ("SFT", "DPO", "ORPO", "KTO", "CPO", "BCO", "GRPO", "RLOO", "Reward", "PRM", "GKD", "OnlineDPO", "XPO", "NashMD")
CLASSES = {
    "transformers": ("Trainer", "Seq2SeqTrainer", "TrainingArguments", "Seq2SeqTrainingArguments"),
    "trl": tuple(f"{name}{kind}" for name in _METHODS for kind in ("Trainer", "Config")),
}
_WHEEL = re.compile(r"(?P<library>[a-z]+)-(?P<version>[^-]+)-")
_FILE = re.compile(r"trainer|training_args|config", re.IGNORECASE)
_ANYTHING = "**"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path)
    wheels = sorted(parser.parse_args().wheels.glob("*.whl"))
    OUT.write_text("".join(_section(library, wheels) for library in CLASSES), encoding="utf-8")
    return 0


def _section(library: str, wheels: list[Path]) -> str:
    found: dict[Version, dict[str, set[str]]] = {}
    for wheel in wheels:
        match = _WHEEL.match(wheel.name)
        if match is not None and match["library"] == library:
            found[Version(match["version"])] = _taken(library, wheel)
    missing = set(knowledge.load().releases(library)) - {str(version) for version in found}
    if missing:
        raise SystemExit(f"no wheels of {library} {', '.join(sorted(missing))}")
    lines = [f"{library} {' '.join(map(str, sorted(found)))}"]
    for cls in CLASSES[library]:
        there = {version: taken[cls] for version, taken in sorted(found.items()) if cls in taken}
        words = [*_words(there)]
        if words:
            lines += textwrap.wrap(f"{cls} {' '.join(words)}", 150, initial_indent=" ", subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def _words(there: dict[Version, set[str]]) -> Iterator[str]:
    """The keywords of a class, each with the release that had it first and the first without it."""
    versions = list(there)
    for name in sorted(set().union(*there.values())):
        has = [name in there[version] for version in versions]
        first = has.index(True)
        gone = next((at for at in range(first, len(has)) if not has[at]), None)
        if (gone is not None and any(has[gone:])) or name == _ANYTHING or name.startswith("<"):
            yield name
            continue
        yield name + (f"+{versions[first]}" if first else "") + (f"-{versions[gone]}" if gone is not None else "")


def _taken(library: str, wheel: Path) -> dict[str, set[str]]:
    """What the constructors of a wheel take, by class."""
    nodes: dict[str, list[ast.ClassDef]] = {}
    with zipfile.ZipFile(wheel) as files:
        for path in files.namelist():
            if path.startswith(f"{library}/") and path.endswith(".py") and _FILE.search(path) and "/models/" not in path:
                for node in ast.parse(files.read(path).decode("utf-8")).body:
                    if isinstance(node, ast.ClassDef):
                        nodes.setdefault(node.name, []).append(node)
    return {name: _of_class(name, nodes, ()) for name in CLASSES[library] if name in nodes}


def _of_class(name: str, nodes: dict[str, list[ast.ClassDef]], above: tuple[str, ...]) -> set[str]:
    """What a class takes; of several of one name (some only lead to where it has moved) all that any of them does."""
    taken: set[str] = set()
    for node in nodes[name]:
        init = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
        fields = {one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)}
        bases = [_last(base) for base in node.bases]
        if init is None:
            taken |= fields
        else:
            taken |= _of_init(init)
        if init is None or init.args.kwarg is not None:
            for base in bases:
                if base in nodes and base not in above:
                    taken |= _of_class(base, nodes, (*above, name))
                elif base:
                    taken.add(f"<{base}")
    return taken


def _of_init(init: ast.FunctionDef) -> set[str]:
    taken = {one.arg for one in (*init.args.args[1:], *init.args.kwonlyargs)}
    if init.args.kwarg is not None:
        taken.add(_ANYTHING)
    parts = (node for decorator in init.decorator_list for node in ast.walk(decorator))
    texts = (node.value for node in parts if isinstance(node, ast.Constant))
    return taken | {text for text in texts if isinstance(text, str) and text.isidentifier()}


def _last(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


if __name__ == "__main__":
    sys.exit(main())
