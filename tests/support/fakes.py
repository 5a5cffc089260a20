"""Two fake rules over plain trees, so that the outer layers are tested without the story.

GCK101 flags `x.gradient_checkpointing_enable()` while the file has no `use_cache = False`; its safe fix adds one.
GCK201 flags `x.save_pretrained()` while a `use_cache = False` is there and no `use_cache = True`; its fix adds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import libcst as cst
import pytest

import gcheck_lint.checks
import gcheck_lint.story
from gcheck_lint.findings.diagnostics import Certainty, Fix, Safety, Severity
from gcheck_lint.prefilter import triage
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Module, Site

SCRIPT = """\
model = load()
model.gradient_checkpointing_enable()
train(model)
model.save_pretrained("out")
"""
FIXED = """\
model = load()
model.gradient_checkpointing_enable()
model.config.use_cache = False
train(model)
model.config.use_cache = True
model.save_pretrained("out")
"""


@dataclass(frozen=True)
class Finding:
    site: Site
    message: str
    severity: Severity = Severity.WARNING
    label: str = "here"
    help: str = "Mend it"
    related: tuple[tuple[Site, str], ...] = ()
    fix: Fix | None = None
    versions: str = "transformers >=4.53"
    condition: str = ""
    certainty: Certainty = Certainty.SURE
    told_there: bool = False
    elsewhere: Site | None = None

    def others(self) -> Iterator[tuple[str, Site]]:
        return ((label, site) for site, label in self.related)


def calls(module: Module, method: str) -> Iterator[tuple[Site, str]]:
    """The calls of a method, with the text of what it is called on."""
    found: list[cst.Call] = []

    class Finder(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - LibCST's own naming
            if isinstance(node.func, cst.Attribute) and node.func.attr.value == method:
                found.append(node)

    module.tree.visit(Finder())
    for node in found:
        assert isinstance(node.func, cst.Attribute)
        yield Site(module, node), module.text(node.func.value)


def checkpointing(module: Module) -> Iterable[Finding]:
    if "use_cache = False" in module.source.text:
        return
    for site, owner in calls(module, "gradient_checkpointing_enable"):
        made = edits.insert_after(site, f"{owner}.config.use_cache = False")
        fix = Fix("Turn the cache off", made, Safety.SAFE, group=owner) if made else None
        related = tuple((save, "saved here") for save, _ in calls(module, "save_pretrained"))
        yield Finding(site, f"`{owner}` trains with the cache on", fix=fix, related=related, help="Turn the cache off")


def saving(module: Module) -> Iterable[Finding]:
    if "use_cache = False" not in module.source.text or "use_cache = True" in module.source.text:
        return
    for site, owner in calls(module, "save_pretrained"):
        made = edits.insert_before(site, f"{owner}.config.use_cache = True")
        fix = Fix("Turn the cache on again", made, Safety.SAFE, group=owner) if made else None
        yield Finding(site, f"`{owner}` is saved with the cache off", fix=fix)


def changed(run: Callable[[Module], Iterable[Finding]], **fields: Any) -> Callable[[Module], Iterable[Finding]]:
    """The same check, its findings with other fields."""
    return lambda module: [replace(finding, **fields) for finding in run(module)]


def unsafe(run: Callable[[Module], Iterable[Finding]]) -> Callable[[Module], Iterable[Finding]]:
    """The same check, its fixes unsafe."""
    return lambda module: [
        replace(finding, fix=finding.fix and replace(finding.fix, safety=Safety.UNSAFE)) for finding in run(module)
    ]


def _tell(module: Module, target: object, program: object, *, binding: object = None) -> Module:
    module.cuts = [1, 2] if "monster" in module.source.text else []  # type: ignore[attr-defined]
    module.conditions = SimpleNamespace(unanswered=0)  # type: ignore[attr-defined]
    module.make_room = lambda: None  # type: ignore[attr-defined]
    module.asks = lambda: None  # type: ignore[attr-defined]
    module.left_out = frozenset()  # type: ignore[attr-defined]
    return module


def install(monkeypatch: pytest.MonkeyPatch, **runs: Callable[[Module], Iterable[Finding]]) -> None:
    """Puts fake checks (code -> run) in the place of the real ones."""
    names = {"GCK101": "checkpointing-with-cache", "GCK104": "cache-switch-without-effect", "GCK201": "cache-off-saved"}
    registry = {code: SimpleNamespace(code=code, slug=names[code], rule="", run=run) for code, run in runs.items()}
    monkeypatch.setattr(gcheck_lint.checks, "registry", lambda: registry)
    monkeypatch.setattr(triage, "ANY_NEED", (("@checkpointing",), ("@cache",)))
    monkeypatch.setattr(gcheck_lint.story, "interpret", _tell)
    monkeypatch.setattr(gcheck_lint.story, "Target", SimpleNamespace(of=lambda **versions: versions))


def script(name: str = "train.py", text: str = SCRIPT) -> Path:
    """Writes a script into the working folder."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path
