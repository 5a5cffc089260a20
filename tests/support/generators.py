"""The scripts that write generated parts of the repository, as modules."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.support.paths import ROOT


def load(name: str) -> ModuleType:
    """The generator of this name, without running it."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
