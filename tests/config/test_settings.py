"""Which file counts, which layer wins, and what a mistake is told."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
import tomli

from gcheck_lint import __version__
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
        ("select = 'GCK101'", "gclint.toml select must be a list of strings"),
        ("possible = 1", "gclint.toml possible must be true or false, not 1"),
        (
            "fail-on = 'warn'",
            "gclint.toml fail-on must be one of info, warning, error, not 'warn'; did you mean `warning`?",
        ),
        ("target-transformers = '4.46'", "gclint.toml target-transformers: `4.46` is not a version specifier"),
        ("target-trl = 1", "gclint.toml target-trl must be a string"),
        ("per-file-ignores = ['x']", "must be a table"),
        ("[per-file-ignores]\nx = ['GCK9']", "unknown rule `GCK9` in gclint.toml per-file-ignores"),
        ("select = [", "gclint.toml is not valid TOML"),
    ],
)
def test_mistakes(toml: str, words: str) -> None:
    assert words in fail(toml)


@pytest.mark.parametrize(
    ("file", "text", "place", "marked"),
    [
        ("gclint.toml", "possible = true\nselekt = []\n", (2, 1), "selekt"),
        ("gclint.toml", "select = [\n  'GCK1',\n  'GCK1O1', # typo\n]\n", (3, 4), "GCK1O1"),
        ("gclint.toml", "# select = ['GCK9']\nselect = ['GCK9']", (2, 12), "GCK9"),
        ("gclint.toml", "text = '''\nselect = ['GCK9']\n'''\n", (1, 1), "text"),
        ("gclint.toml", "'fail-on' = 'warn'\n", (1, 14), "warn"),
        ("gclint.toml", "possible=1", (1, 1), "possible"),
        ("gclint.toml", "target-trl = '2.0'\n", (1, 15), "2.0"),
        ("gclint.toml", "[per-file-ignores]\n'a' = ['GCK1']\n'b' = ['GCK9']\n", (3, 9), "GCK9"),
        ("gclint.toml", "select = []\n[tool.gclint]\n", (2, 2), "tool"),
        ("gclint.toml", "select = [\n\n", (3, 1), ""),
        ("gclint.toml", "select = [\r\n'GCK9'\r\n]\r\n", (2, 2), "GCK9"),
        ("pyproject.toml", "[project]\nname = 'x'\n\n[tool.gclint]\nselct = []\n", (5, 1), "selct"),
        ("pyproject.toml", "tool.gclint.selct = []\n", (1, 13), "selct"),
        ("pyproject.toml", "[tool]\ngclint = { possible = true, selct = [] }\n", (2, 29), "selct"),
        ("pyproject.toml", "[tool.other]\nselct = []\n[tool.gclint]\nselct = []\n", (4, 1), "selct"),
        ("pyproject.toml", "[tool]\ngclint = 1\n", (2, 1), "gclint"),
        (".gclint.toml", "jobs = 0\n", (1, 1), "jobs"),
    ],
)
def test_mistakes_have_a_place(file: str, text: str, place: tuple[int, int], marked: str) -> None:
    Path(file).write_bytes(text.encode())
    with pytest.raises(SettingsError) as caught:
        Resolver(KNOWN).at(Path.cwd())
    spot = caught.value.spot
    assert spot is not None
    assert (spot.name, spot.row, spot.column) == (file, *place)
    assert str(caught.value) == f"{file}:{place[0]}:{place[1]}: {caught.value.message}"
    line = spot.text.split("\n")[spot.row - 1]
    assert line[spot.column - 1 : spot.end - 1] == marked


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("gclint.toml", "[tool.gclint]\nselect = []", "in gclint.toml the keys belong at the top level, without"),
        ("gclint.toml", "[lint]\nselect = []", "in gclint.toml the keys belong at the top level, without a table [lint]"),
        (".gclint.toml", "[gclint]\nselect = []", "in .gclint.toml the keys belong at the top level, without a table [gclint]"),
        ("pyproject.toml", "[tool.gclint.lint]\nselect = []", "its keys belong directly in [tool.gclint]"),
    ],
)
def test_a_table_that_belongs_elsewhere(file: str, text: str, words: str) -> None:
    Path(file).write_text(text)
    with pytest.raises(SettingsError) as caught:
        Resolver(KNOWN).at(Path.cwd())
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("head", "begin", "end", "tail"),
    [
        ("[per-file-ignores]", "", " = ['GCK1']", ""),
        ("exclude = [", "  ", ",", "]\n"),
        ("exclude = [", "# a = 1\n", ",  # b = 1", "]\n"),
        ("exclude = [", "'a = 1', ", ",", "]\n"),
    ],
)
def test_a_place_is_found_in_a_long_file(head: str, begin: str, end: str, tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By halves: a file of some thousand lines is not parsed a thousand times."""
    many = "".join(f"{begin}'pattern-{number}'{end}\n" for number in range(3_000))
    text = f"{head}\n{many}{tail}[selekt]\n"
    Path("gclint.toml").write_text(text)
    parsed: list[int] = []
    plain = tomli.loads
    monkeypatch.setattr(tomli, "loads", lambda text: parsed.append(1) or plain(text))
    with pytest.raises(SettingsError) as caught:
        Resolver(KNOWN).at(Path.cwd())
    assert caught.value.spot is not None
    assert (caught.value.spot.row, caught.value.spot.column) == (text.split("\n").index("[selekt]") + 1, 2)
    assert len(parsed) < 150


def test_a_hidden_file_wins() -> None:
    Path(".gclint.toml").write_text("fail-on = 'error'\n")
    assert settle("fail-on = 'warning'").fail_on == "error"
    assert settle("fail-on = 'warning'").file == Path(".gclint.toml").absolute()


def test_the_version_that_is_asked_for() -> None:
    assert settle(f"required-version = '=={__version__}'").required_version == f"=={__version__}"
    assert settle("required-version = '>=0.0.1'").required_version == ">=0.0.1"
    # a file for another gclint may hold what this one does not know
    told = fail("unheard-of = 1\nrequired-version = '>=99'")
    assert (
        told == f"gclint.toml:2:21: gclint.toml required-version: these settings require gclint >=99, and this is {__version__}"
    )
    assert "`newest` is not a version specifier" in fail("required-version = 'newest'")
    assert "must be a string" in fail("required-version = 1")


def test_a_project_keeps_its_cache_to_itself() -> None:
    assert settle("cache-dir = '.cache/gclint'").cache_dir == str(Path(".cache/gclint").absolute())
    for elsewhere in ("/tmp/x", "../x", "~/x", ".", "a/../.."):
        assert "a project's cache must be inside the project" in fail(f"cache-dir = '{elsewhere}'"), elsewhere
    Path("link").symlink_to("/tmp")
    assert "must be inside the project" in fail("cache-dir = 'link/x'")
    assert "must name a folder" in fail("cache-dir = ''")
    assert settle(cache_dir="/tmp/x").cache_dir == "/tmp/x"  # who types it means it


@pytest.mark.parametrize("value", ["0", "-1", "true", "'2'", "1.5", "1000000"])
def test_jobs_are_a_number_that_a_machine_could_have(value: str) -> None:
    assert "gclint.toml jobs must be a number from 1 to 1000" in fail(f"jobs = {value}")
    assert settle("jobs = 3").jobs == 3


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own settings file."""
    home = tmp_path / "home" / "gclint"
    home.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home.parent))  # by which Linux finds the folder
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: home)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return home / "gclint.toml"


def test_the_users_own_file_counts_where_no_project_has_one(own: Path) -> None:
    own.write_text("fail-on = 'error'\ncache-dir = '/tmp/mine'\njobs = 2\n")
    settings = Resolver(KNOWN).at(Path.cwd())
    assert (settings.fail_on, settings.cache_dir, settings.jobs, settings.file) == ("error", "/tmp/mine", 2, own)
    assert settings.origins["fail-on"] == f"{own} fail-on"
    assert Resolver(KNOWN, isolated=True).at(Path.cwd()).fail_on == "info"
    assert Resolver(KNOWN, [options(fail_on="warning")]).at(Path.cwd()).fail_on == "warning"
    Path("gclint.toml").write_text("possible = true\n")
    settings = Resolver(KNOWN).at(Path.cwd())
    assert (settings.fail_on, settings.possible, settings.cache_dir) == ("info", True, None)
    assert Resolver(KNOWN, file=Path("gclint.toml")).at(Path.cwd()).fail_on == "info"


def test_a_mistake_in_the_users_own_file(own: Path) -> None:
    own.write_text("selekt = []\n")
    with pytest.raises(SettingsError, match=r"gclint\.toml:1:1: unknown key `selekt`"):
        Resolver(KNOWN).at(Path.cwd())


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
