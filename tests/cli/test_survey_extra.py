"""`gclint survey` without its extra: it says what to install, and nothing else of gclint loads any of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.invocation import run

_OWN = "from gcheck_lint.cli.entry import gclint; gclint.main({words!r})"
_PARTS = ("dask", "distributed", "pyarrow", "cryptography")


@pytest.mark.parametrize("lacking", _PARTS)
def test_says_what_to_install(lacking: str, tmp_path: Path) -> None:
    (tmp_path / "many" / "one").mkdir(parents=True)
    code = f"import sys; sys.modules[{lacking!r}] = None; {_OWN.format(words=['survey', 'many', '--out', 'out'])}"
    done = run([sys.executable, "-c", code], tmp_path)
    assert done.returncode == 2, done.stderr
    assert 'pip install "gcheck-lint[survey]"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_check_loads_none_of_it(repo: Path) -> None:
    told = f"sys.stderr.write(str(sorted(set(sys.modules) & {set(_PARTS)!r})))"
    code = f"import atexit, sys; atexit.register(lambda: {told}); {_OWN.format(words=['check', '-q', '--no-cache', '.'])}"
    done = run([sys.executable, "-c", code], repo)
    assert (done.returncode, done.stderr) == (1, "[]")
