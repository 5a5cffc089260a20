"""Which file counts, which layer wins, and what a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Layer, Resolver, Settings, read_layer
from gcheck_lint.errors import SettingsError

KNOWN = {
    "GCK001": "unreadable-file",
    "GCK101": "checkpointing-with-cache",
    "GCK102": "arguments-with-cache",
    "GCK201": "cache-off-saved",
}
ALL = frozenset(KNOWN)


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def options(**raw: object) -> Layer:
    given = {key.replace("_", "-"): value for key, value in raw.items()}
    return read_layer(given, KNOWN, lambda key: f"--{key}", Path.cwd())


def settle(toml: str = "", **raw: object) -> Settings:
    Path("gclint.toml").write_text(toml)
    return Resolver(KNOWN, [options(**raw)]).at(Path.cwd())


def fail(toml: str = "", **raw: object) -> str:
    with pytest.raises(SettingsError) as caught:
        settle(toml, **raw)
    return str(caught.value)


@pytest.mark.parametrize(
    ("toml", "enabled"),
    [
        ("", ALL),
        ("select = ['ALL']", ALL),
        ("select = ['GCK1']", {"GCK101", "GCK102"}),
        ("select = ['gck101']", {"GCK101"}),
        ("select = ['cache-off-saved', 'GCK102']", {"GCK201", "GCK102"}),
        ("ignore = ['GCK1']", {"GCK001", "GCK201"}),
        ("ignore = ['GCK']", set()),
        ("select = ['GCK101']\nignore = ['GCK1']", {"GCK101"}),
        ("select = ['GCK1']\nignore = ['GCK101']", {"GCK102"}),
        ("select = ['GCK1']\nignore = ['GCK1']", set()),
        ("select = ['GCK101']\nextend-select = ['GCK201']", {"GCK101", "GCK201"}),
        ("select = []", set()),
    ],
)
def test_selection(toml: str, enabled: set[str]) -> None:
    assert settle(toml).enabled == enabled


def test_options_beat_the_file() -> None:
    assert settle("select = ['GCK101']\nignore = ['GCK2']", select=["GCK2"]).enabled == {"GCK201"}
    assert settle("select = ['GCK1']", ignore=["GCK101"]).enabled == {"GCK102"}
    assert settle("ignore = ['GCK201']", extend_select=["GCK201"]).enabled == ALL
    settings = settle("fail-on = 'error'\npossible = true", fail_on="warning")
    assert (settings.fail_on, settings.possible) == ("warning", True)
    assert settings.origins["fail-on"] == "--fail-on"
    assert settings.origins["possible"] == "gclint.toml possible"
    assert settings.origins["select"] == "default"


def test_fixable() -> None:
    settings = settle("unfixable = ['GCK1']")
    assert not settings.fixes("GCK101")
    assert settings.fixes("GCK201")
    assert not settle("fixable = ['GCK101']").fixes("GCK201")
    assert Settings().fixes("GCK999")


def test_defaults() -> None:
    settings = settle()
    assert settings.target_transformers is None
    assert settings.target_trl is None
    assert settings.respect_gitignore
    assert settings.excludes(Path("/x/venv"))
    assert not settings.excludes(Path("/x/src"))


def test_the_closest_file_counts_alone() -> None:
    Path("pyproject.toml").write_text("[tool.gclint]\nignore = ['GCK101']\nfail-on = 'error'\n")
    inner = Path("a/b")
    inner.mkdir(parents=True)
    resolver = Resolver(KNOWN)
    assert resolver.at(inner).fail_on == "error"
    Path("a/pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")  # no table of ours: passed over
    assert Resolver(KNOWN).at(inner).fail_on == "error"
    Path("a/gclint.toml").write_text("possible = true\n")
    settings = Resolver(KNOWN).at(inner)
    assert (settings.fail_on, settings.possible, settings.enabled) == ("info", True, ALL)
    assert settings.file == Path("a/gclint.toml").absolute()
    assert Resolver(KNOWN).at(Path.cwd()).fail_on == "error"


def test_gclint_toml_wins_over_pyproject() -> None:
    Path("pyproject.toml").write_text("[tool.gclint]\nfail-on = 'error'\n")
    assert settle("fail-on = 'warning'").fail_on == "warning"


def test_named_file_and_isolated() -> None:
    Path("gclint.toml").write_text("fail-on = 'warning'\n")
    Path("other.toml").write_text("fail-on = 'error'\n")
    assert Resolver(KNOWN, file=Path("other.toml")).at(Path.cwd()).fail_on == "error"
    assert Resolver(KNOWN, isolated=True).at(Path.cwd()).fail_on == "info"


def test_extend() -> None:
    Path("base").mkdir()
    Path("base/gclint.toml").write_text("ignore = ['GCK1']\nfail-on = 'error'\nexclude = ['gen']\n")
    settings = settle("extend = 'base/gclint.toml'\nfail-on = 'warning'\nextend-select = ['GCK101']")
    assert settings.fail_on == "warning"
    assert settings.enabled == ALL - {"GCK102"}
    assert settings.excludes(Path("base/gen").absolute())
    assert settings.origins["ignore"] == "base/gclint.toml ignore"
    Path("base/gclint.toml").write_text("extend = '../gclint.toml'\n")
    assert "extends itself" in fail("extend = 'base/gclint.toml'")
    assert "cannot read missing.toml" in fail("extend = 'missing.toml'")


def test_per_file_ignores() -> None:
    settings = settle("[per-file-ignores]\n'tests/*' = ['GCK1']\n'legacy.py' = ['ALL']\n'!src/**' = ['GCK201']")
    here = Path.cwd()
    assert not settings.reports("GCK101", here / "tests/a.py")
    assert settings.reports("GCK101", here / "tests/deep/a.py")
    assert not settings.reports("GCK001", here / "src/legacy.py")
    assert settings.reports("GCK201", here / "src/deep/a.py")
    assert not settings.reports("GCK201", here / "tool.py")


def test_patterns_are_relative_to_their_file() -> None:
    Path("sub").mkdir()
    Path("sub/gclint.toml").write_text("extend-exclude = ['gen/*.py']\n")
    settings = Resolver(KNOWN).at(Path("sub"))
    assert settings.excludes(Path("sub/gen/a.py").absolute())
    assert not settings.excludes(Path("gen/a.py").absolute())


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("selekt = []", "unknown key `selekt` in gclint.toml; did you mean `select`?"),
        ("extend_select = []", "did you mean `extend-select`?"),
        ("select = ['GCK1O1']", "unknown rule `GCK1O1` in gclint.toml select; did you mean `GCK101`?"),
        ("select = ['cache-off-safed']", "did you mean `cache-off-saved`?"),
        ("ignore = ['ZZZ']", "unknown rule `ZZZ` in gclint.toml ignore"),
        ("select = 'GCK101'", "gclint.toml select must be a list of texts"),
        ("possible = 1", "gclint.toml possible must be true or false, not 1"),
        (
            "fail-on = 'warn'",
            "gclint.toml fail-on must be one of info, warning, error, not 'warn'; did you mean `warning`?",
        ),
        ("target-transformers = '4.46'", "gclint.toml target-transformers: `4.46` is no version specifier"),
        ("target-trl = 1", "gclint.toml target-trl must be a text"),
        ("per-file-ignores = ['x']", "must be a table"),
        ("[per-file-ignores]\nx = ['GCK9']", "unknown rule `GCK9` in gclint.toml per-file-ignores"),
        ("select = [", "gclint.toml is not valid TOML"),
    ],
)
def test_mistakes(toml: str, words: str) -> None:
    assert words in fail(toml)


def test_mistakes_name_the_option_or_the_table() -> None:
    assert "in --select" in fail(select=["GCK9"])
    Path("pyproject.toml").write_text("[tool.gclint]\nselect = ['GCK9']\n")
    Path("gclint.toml").unlink()
    with pytest.raises(SettingsError, match=r"in pyproject\.toml \[tool.gclint\] select"):
        Resolver(KNOWN).at(Path.cwd())
    Path("pyproject.toml").write_text("[tool]\ngclint = 1\n")
    with pytest.raises(SettingsError, match="must be a table"):
        Resolver(KNOWN).at(Path.cwd())


def test_pyproject_that_is_no_utf8_is_an_error_and_a_bom_is_none() -> None:
    Path("pyproject.toml").write_bytes(b"\xef\xbb\xbf[tool.gclint]\nfail-on = 'error'\n")
    assert Resolver(KNOWN).at(Path.cwd()).fail_on == "error"
    Path("pyproject.toml").write_bytes(b"# \xff gclint\n")
    with pytest.raises(SettingsError, match=r"cannot read pyproject\.toml"):
        Resolver(KNOWN).at(Path.cwd())
