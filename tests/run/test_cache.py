"""What the cache keeps is what would be found again, and nothing that goes wrong with it is the user's trouble."""

from __future__ import annotations

import dataclasses
import hmac
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint import __version__
from gcheck_lint.config.settings import Resolver, Settings, read_layer
from gcheck_lint.errors import UsageError
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.python import program
from gcheck_lint.run import aims, cache, entries, pipeline, ruling, runner, store
from gcheck_lint.run.cache import Cache
from gcheck_lint.run.discover import find
from tests.support.forks import gclint
from tests.support.invocation import run
from tests.support.samples import CODES, DEFECT

SECRET = b"kept to oneself, as long as it is"
HELPED = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
from helper import prepare

model = AutoModelForCausalLM.from_pretrained("gpt2")
prepare(model)
args = TrainingArguments("out", gradient_checkpointing=True)
Trainer(model=model, args=args, train_dataset=[]).train()
model.save_pretrained("out")
"""
TURNS_OFF = "def prepare(model):\n    model.config.use_cache = False\n"
LEAVES_ALONE = "def prepare(model):\n    pass\n"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really checked."""
    names: list[str] = []
    look = pipeline.look

    def noting(path: str, data: bytes, settings: Settings) -> pipeline.FileReport:
        names.append(path)
        return look(path, data, settings)

    monkeypatch.setattr(pipeline, "look", noting)
    return names


def check(**raw: object) -> list[pipeline.FileReport]:
    """A run of its own, as a new process would make it."""
    for known in (
        pipeline.program,
        aims.projects,
        program._roots,
        program.ancestors,
        program._packages_around,
        program.in_library,
    ):
        known.cache_clear()
    layer = read_layer({key.replace("_", "-"): value for key, value in raw.items()}, RULES, str, Path.cwd())
    files = find(["."], Resolver(RULES, [layer]))
    return runner.check(files, lambda: Cache(Path(".gclint_cache").absolute(), SECRET), jobs=1)


def files() -> list[Path]:
    return sorted(Path(".gclint_cache", __version__).iterdir())


def kept() -> dict[str, store.Kept]:
    (file,) = files()
    return store.read(file, SECRET).entries


def change_entry(change: Callable[[bytes], bytes], secret: bytes = SECRET) -> None:
    """Puts something else in the place of the only entry, as one could who has the secret."""
    (file,) = files()
    ((name, one),) = store.read(file, secret).entries.items()
    file.write_bytes(store.packed({name: dataclasses.replace(one, sealed=change(one.sealed))}, [], secret))


def test_second_run_says_the_same_and_checks_nothing(looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    Path("b.py").write_text(DEFECT.replace("use_cache = False", "use_cache = True") + "# noqa: GCK101\n")
    Path("clean.py").write_text("print()\n")
    first = check()
    assert looked == ["a.py", "b.py"]
    assert check() == first
    assert looked == ["a.py", "b.py"]
    assert [one.code for one in first[0].diagnostics] == CODES
    assert len(kept()) == 2


def test_folder_says_what_it_is(looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    check()
    root = Path(".gclint_cache")
    assert (root / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (root / ".gitignore").read_text().endswith("\n*\n")
    assert [file.suffix for file in files()] == [".cache"]


def _edit() -> None:
    Path("a.py").write_text(HELPED.replace("gpt2", "gpt3"))


def _edit_helper() -> None:
    Path("helper.py").write_text(LEAVES_ALONE)


def _delete_helper() -> None:
    Path("helper.py").unlink()


def _pin() -> None:
    Path("requirements.txt").write_text("transformers==4.46.3\n")


def _shadow_helper() -> None:
    Path("helper.py").rename("other.py")
    Path("src").mkdir()
    Path("src/helper.py").write_text(TURNS_OFF)


@pytest.mark.parametrize("change", [_edit, _edit_helper, _delete_helper, _pin, _shadow_helper])
def test_what_the_verdict_rests_on_has_changed(change: Callable[[], None], looked: list[str]) -> None:
    Path("a.py").write_text(HELPED)
    Path("helper.py").write_text(TURNS_OFF)
    check()
    check()
    assert looked.count("a.py") == 1
    change()
    after = check()
    assert looked.count("a.py") == 2
    Path(".gclint_cache").rename("elsewhere")
    assert check() == after


def test_repository_has_become_that_of_a_library(looked: list[str]) -> None:
    script = "from trl import SFTTrainer\n" + HELPED.replace("Trainer(model", "SFTTrainer(model").replace("helper", "trl.helper")
    Path("a.py").write_text(script)
    check()
    Path("trl").mkdir()
    Path("trl/__init__.py").touch()
    check()
    assert looked.count("a.py") == 2


def test_module_that_was_missing_is_there_now(looked: list[str]) -> None:
    Path("a.py").write_text(HELPED)
    before = check()
    Path("helper.py").write_text(TURNS_OFF)
    after = check()
    assert looked == ["a.py", "a.py"]
    assert [one.code for one in after[0].diagnostics] != [one.code for one in before[0].diagnostics]


def test_module_of_a_package_that_no_import_names(looked: list[str]) -> None:
    Path("a.py").write_text(
        HELPED.replace("from helper import prepare", "import tools").replace("prepare(", "tools.inner.prepare(")
    )
    Path("tools").mkdir()
    Path("tools/__init__.py").touch()
    check()
    Path("tools/inner.py").write_text(TURNS_OFF)
    after = check()
    assert looked.count("a.py") == 2
    assert "GCK201" in [one.code for one in after[0].diagnostics]


@pytest.mark.parametrize(
    "raw",
    [{"ignore": ["GCK201"]}, {"possible": True}, {"per_file_ignores": {"a.py": ["GCK2"]}}, {"unfixable": ["GCK2"]}]
    + [{f"target_{name}": ">=0.1"} for name in ("transformers", "trl", "peft", "torch")],
    ids=str,
)
def test_settings_that_count(raw: dict[str, object], looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    check()
    check(**raw)
    assert looked == ["a.py", "a.py"]


@pytest.mark.parametrize("raw", [{"output_format": "json"}, {"unsafe_fixes": True}, {"fail_on": "error"}], ids=str)
def test_settings_that_do_not(raw: dict[str, object], looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    check()
    check(**raw)
    assert looked == ["a.py"]


def test_every_setting_is_known_to_count_or_not() -> None:
    names = {one.name for one in dataclasses.fields(Settings)}
    assert names > cache._NO_PART
    assert names - cache._NO_PART == {
        "possible",
        "test_code",
        "ignore_noqa",
        "enabled",
        "fixable_codes",
        "per_file_ignores",
    }, "does it change a verdict?"


def test_gclint_itself_counts(looked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.py").write_text(DEFECT)
    check()
    monkeypatch.setattr(cache, "own", lambda: "another gclint")
    check()
    assert looked == ["a.py", "a.py"]


def test_what_gclint_is_made_of() -> None:
    own = cache.own()
    assert own == cache.own()
    for name in ("pipeline.py", "interpreter.py", "transformers.toml", "GCK201-cache-off-saved.md"):
        assert f"'{name}'" in own


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """An entry, sealed by ourselves, that says something else."""

    def damage(data: bytes) -> bytes:
        names = [one.name for one in dataclasses.fields(entries.Entry)]
        told = dict(zip(names, json.loads(data.partition(b"\n")[2]), strict=True))
        change(told)
        return _sealed(list(told.values()))

    return damage


def _fix(told: dict[str, Any]) -> Any:
    fields = [one.name for one in dataclasses.fields(Diagnostic)]
    return next(found for one in told["diagnostics"] if (found := one[fields.index("fix")]) is not None)


def _of(told: dict[str, Any], name: str, value: object) -> None:
    told["diagnostics"][0][[one.name for one in dataclasses.fields(Diagnostic)].index(name)] = value


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"GCK201", b"GCK202", 1),
        lambda data: b"\0" * len(data),
        lambda data: _sealed({}),
        lambda data: _sealed([1]),
        lambda data: _sealed([["x"] * 11]),
        lambda data: _sealed("[" * 100_000),
        lambda data: data.replace(b'"', b"'"),
        lambda data: (
            hmac.digest(b"another", data.partition(b"\n")[2], "sha256").hex().encode() + b"\n" + data.partition(b"\n")[2]
        ),
        _changed(lambda told: told.update(diagnostics=[{}])),
        _changed(lambda told: told.update(diagnostics=None)),
        _changed(lambda told: told.update(possible="1")),
        _changed(lambda told: told.update(possible=True)),
        _changed(lambda told: told.update(named=7)),
        _changed(lambda told: told.update(held={"trl": 1})),
        _changed(lambda told: told.update(read=[])),
        _changed(lambda told: told.update(key="other")),
        _changed(lambda told: _of(told, "path", "/etc/passwd")),
        _changed(lambda told: _of(told, "code", "GCK999")),
        _changed(lambda told: _of(told, "severity", 7)),
        _changed(lambda told: _of(told, "certainty", "certain")),
        _changed(lambda told: _of(told, "span", [[0, 1], [1, 1]])),
        _changed(lambda told: _of(told, "span", [[1, 1], [9999, 1]])),
        _changed(lambda told: _of(told, "span", [[2, 1], [1, 1]])),
        _changed(lambda told: _of(told, "statement", [1, 2])),
        _changed(lambda told: _of(told, "message", ["x"])),
        _changed(lambda told: _fix(told)[1].append(["/tmp/elsewhere.py", 0, 0, "import os\n"])),
        _changed(lambda told: _fix(told)[1][0].__setitem__(2, 10**9)),
        _changed(lambda told: _fix(told)[1][0].__setitem__(1, -1)),
        _changed(lambda told: _fix(told).__setitem__(2, "harmless")),
    ],
)
def test_damaged_entry_is_none(damage: Callable[[bytes], bytes], looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    first = check()
    change_entry(damage)
    assert check() == first
    assert looked == ["a.py", "a.py"]
    assert check() == first
    assert looked == ["a.py", "a.py"], "it was written anew"


def _sealed(value: object) -> bytes:
    return store.sealed((value if isinstance(value, str) else json.dumps(value)).encode(), SECRET)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:100],
        lambda data: data[:-1],
        lambda data: data.replace(b'"digests":0', b'"digests":1', 1),
        lambda data: b"\0" * len(data),
        lambda data: b"0" * 64 + data[64:],
        lambda data: data[:65] + b"[" * 100_000,
        lambda data: store.packed(kept(), [], b"another"),
        lambda data: store.packed({}, [], SECRET),
    ],
)
def test_damaged_file_holds_nothing(damage: Callable[[bytes], bytes], looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    first = check()
    (file,) = files()
    file.write_bytes(damage(file.read_bytes()))
    assert check() == first
    assert looked == ["a.py", "a.py"]
    assert check() == first
    assert looked == ["a.py", "a.py"], "it was written anew"


def test_an_index_of_another_shape_holds_nothing(tmp_path: Path) -> None:
    for index in (
        "{}",
        "[]",
        "7",
        '{"digests":-1,"entries":{}}',
        '{"digests":0,"entries":{"a":[1]}}',
        '{"digests":"x"}',
        "[" * 9_999,
    ):
        (tmp_path / "file").write_bytes(store._seal(index.encode(), SECRET) + b"\n" + index.encode() + b"\n")
        assert not store.read(tmp_path / "file", SECRET).entries


def test_runs_add_to_what_others_have_written(tmp_path: Path) -> None:
    place = tmp_path / "file"
    one, other = store.Store(place, SECRET), store.Store(place, SECRET)
    for number, each in enumerate((one, other)):
        assert each.text("a", "key") is None, "both have read before either writes"
        each.put(f"name {number}", "key", b"text %d" % number)
        each.note(bytes([number]) * store.DIGEST)
    one.write()
    other.write()
    again = store.Store(place, SECRET)
    assert [again.text(f"name {number}", "key") for number in range(2)] == [b"text 0", b"text 1"]
    assert all(again.knows(bytes([number]) * store.DIGEST) for number in range(2))
    assert again.text("name 0", "another") is None
    assert not again.is_changed


def test_what_was_not_asked_for_the_longest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    today = int(time.time() // 86_400)
    texts = {f"name {age}": store.Kept("key", today - age, store.sealed(b"x" * 100, SECRET)) for age in (0, 1, 2, 29, 31)}
    place = tmp_path / "file"
    place.write_bytes(store.packed(texts, [], SECRET))
    monkeypatch.setattr(store, "MOST", 3 * 165)
    one = store.Store(place, SECRET)
    assert one.text("name 29", "key") is not None
    one.write()
    assert sorted(store.read(place, SECRET).entries) == ["name 0", "name 1", "name 29"]


def test_files_that_are_ruled_out_are_not_looked_through_again(looked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MANY", 1)
    Path("a.py").write_text(DEFECT)
    Path("clean.py").write_text("print()\n")
    Path("silenced.py").write_text("print()  # gclint: ignore\n")
    Path("trains.py").write_text("from helper import trainer\n\ntrainer.train()\n")
    first, texts = check(), []
    of = ruling.of
    monkeypatch.setattr(ruling, "of", lambda path, *rest: (texts.append(path), of(path, *rest))[1])
    assert check() == first
    assert texts == ["a.py", "silenced.py", "trains.py"], "the last one goes by its modules as well"
    Path("clean.py").write_text(DEFECT)
    assert [len(one.diagnostics) for one in check()][:2] == [len(CODES)] * 2


def test_an_entry_says_all_that_a_report_does(looked: list[str]) -> None:
    """By the types of its fields, so a new field is kept as well."""
    Path("a.py").write_text(DEFECT)
    (report,) = check()
    for one in report.diagnostics:
        assert entries.read(Diagnostic, json.loads(json.dumps(entries.written(one)))) == one
    told = {one.name for one in dataclasses.fields(pipeline.FileReport)} - {"path", "source", "failures", "skipped", "hands_on"}
    assert told <= {one.name for one in dataclasses.fields(entries.Entry)}


@pytest.mark.skipif(os.name == "nt", reason="links and pipes are POSIX")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_entry_that_is_no_file(kind: str, looked: list[str]) -> None:
    Path("a.py").write_text(DEFECT)
    first = check()
    (entry,) = files()
    if kind == "link":
        entry.rename("real")
        entry.symlink_to(Path("real").absolute())
    else:
        entry.unlink()
        os.mkfifo(entry) if kind == "pipe" else entry.mkdir()
    assert check() == first
    assert looked == ["a.py", "a.py"]


def test_the_secret_is_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    first = cache.secret()
    key = tmp_path / "home" / "gclint" / "key"
    assert first == cache.secret() == key.read_bytes()
    assert len(first or b"") == 32
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    for spoil in (
        lambda: key.chmod(0o644),
        lambda: key.write_bytes(b"short"),
        lambda: (key.rename(tmp_path / "other"), key.symlink_to(tmp_path / "other")),
        lambda: (key.unlink(), os.mkfifo(key)),
    ):
        before = cache.secret()
        spoil()
        after = cache.secret()
        assert after is not None
        assert after != before
        assert not key.is_symlink()
        assert key.stat().st_mode & 0o777 == 0o600


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file is in its place")
    Path("a.py").write_text(DEFECT)
    told = gclint(tmp_path, "a.py", XDG_CACHE_HOME=str(tmp_path / "home"))
    assert (told.returncode, told.stderr) == (1, "")
    told = gclint(tmp_path, "a.py", "--cache-dir", "c", XDG_CACHE_HOME=str(tmp_path / "home"))
    assert told.returncode == 1
    assert told.stderr.startswith("warning: c is not used: ")


def test_what_a_checkout_brings_is_not_read(tmp_path: Path) -> None:
    """Neither the place where the cache once was, nor a whole cache of somebody else's in the folder that the user names."""
    Path("a.py").write_text(DEFECT)
    home = str(tmp_path / "theirs")
    assert gclint(tmp_path, "a.py", "--cache-dir", ".gclint_cache", XDG_CACHE_HOME=home).returncode == 1
    secret = Path(home, "gclint", "key").read_bytes()
    names = [one.name for one in dataclasses.fields(entries.Entry)]

    def forged(data: bytes) -> bytes:
        told = json.loads(data.partition(b"\n")[2])
        told[names.index("diagnostics")] = []
        return store.sealed(json.dumps(told, separators=(",", ":")).encode(), secret)

    change_entry(forged, secret)
    assert gclint(tmp_path, "a.py", "--cache-dir", ".gclint_cache", XDG_CACHE_HOME=home).returncode == 0, "it would be believed"
    assert gclint(tmp_path, "a.py").returncode == 1
    assert gclint(tmp_path, "a.py", "--cache-dir", ".gclint_cache").returncode == 1


def test_old_entries_go(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.py").write_text(DEFECT)
    check()
    (entry,) = files()
    old = entry.with_name("0" * 32 + ".cache")
    other = entry.parent.parent / "0.0.1" / f"{old.stem}.json"
    other.parent.mkdir()
    for path in (old, other):
        path.touch()
        os.utime(path, (1, 1))
    os.utime(entry.parent.parent / "cleared", (1, 1))
    Path("b.py").write_text(DEFECT)
    check()
    assert not old.exists()
    assert not other.exists()
    assert len(kept()) == 2


def test_folder_that_cannot_be_written() -> None:
    Path("a.py").write_text(DEFECT)
    Path(".gclint_cache").write_text("a file is in its place")
    assert [one.code for one in check()[0].diagnostics] == CODES


def test_notebook_and_fixes_come_back_whole(looked: list[str]) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": DEFECT.splitlines(True)}]
    Path("n.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    first = check()
    again = check()
    assert looked == ["n.ipynb"]
    assert again == first
    assert any(one.fix is not None for one in first[0].diagnostics)
    assert again[0].source is not None
    assert again[0].source.text == f"{DEFECT}\n"


def test_notebook_with_a_broken_cell_is_not_kept(looked: list[str]) -> None:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": text.splitlines(True)}
        for text in ("def (:\n", DEFECT)
    ]
    Path("n.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert check()[0].diagnostics == check()[0].diagnostics != ()
    assert looked == ["n.ipynb", "n.ipynb"]


def test_bug_is_not_kept(looked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.py").write_text(DEFECT)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_findings", lambda *_: 1 / 0)
        assert check()[0].failures
    assert not check()[0].failures


def _run_alone(folder: str, results: multiprocessing.Queue[list[str]]) -> None:
    os.chdir(folder)
    for _ in range(5):
        results.put([one.code for one in check()[0].diagnostics])


def test_runs_at_the_same_time(tmp_path: Path) -> None:
    Path("a.py").write_text(DEFECT)
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    results = context.Queue()
    runs = [context.Process(target=_run_alone, args=(str(tmp_path), results)) for _ in range(3)]
    for one in runs:
        one.start()
    told = [results.get(timeout=120) for _ in range(15)]
    for one in runs:
        one.join()
    assert told == [CODES] * 15
    assert [file.suffix for file in files()] == [".cache"], "nothing half-written is left"


def test_options(tmp_path: Path) -> None:
    Path("a.py").write_text(DEFECT)
    Path("pyproject.toml").write_text("[tool.gclint]\n")
    Path("sub").mkdir()
    home = {"XDG_CACHE_HOME": str(tmp_path / "home")}
    mine = tmp_path / "home" / "gclint"
    assert gclint(tmp_path, "--no-cache", "a.py", **home).returncode == 1
    assert gclint(tmp_path, "a.py", GCLINT_NO_CACHE="1", **home).returncode == 1
    assert not mine.exists()
    first = gclint(tmp_path / "sub", "../a.py", **home)
    assert first.returncode == 1
    assert (mine / "CACHEDIR.TAG").exists()
    again = run(["python", "-X", "importtime", "-m", "gcheck_lint", "../a.py"], tmp_path / "sub", **home)
    assert again.stdout == first.stdout
    assert "libcst" not in again.stderr
    assert gclint(tmp_path, "--cache-dir", "sub/c", "a.py", **home).returncode == 1
    assert (tmp_path / "sub/c/CACHEDIR.TAG").exists()
    assert not (tmp_path / ".gclint_cache").exists()
    cleaned = gclint(tmp_path / "sub", "clean", **home)
    assert (cleaned.returncode, cleaned.stderr) == (0, f"Deleted {mine}.\n")
    assert not mine.exists()
    assert (gclint(tmp_path, "clean", **home).returncode, gclint(tmp_path, "clean", **home).stderr) == (0, "")
    assert gclint(tmp_path, "clean", GCLINT_CACHE_DIR="sub/c", **home).returncode == 0
    assert not (tmp_path / "sub/c").exists()


def test_clean_removes_what_earlier_versions_left(tmp_path: Path) -> None:
    Path("a.py").write_text(DEFECT)
    Path("sub").mkdir()
    check()
    assert gclint(tmp_path / "sub", "clean").stderr.endswith(f"Deleted {tmp_path / '.gclint_cache'}.\n")
    assert not Path(".gclint_cache").exists()
    Path(".gclint_cache").mkdir()
    Path(".gclint_cache/precious").touch()
    assert gclint(tmp_path, "clean").returncode == 0
    assert Path(".gclint_cache/precious").exists()


def test_clean_deletes_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n")
    with pytest.raises(UsageError, match="is not a gclint cache"):
        cache.clean(folder)
    assert gclint(tmp_path, "clean", "--cache-dir", "precious").returncode == 2
    assert folder.exists()


def test_a_fix_sees_what_is_there_now(tmp_path: Path) -> None:
    Path("a.py").write_text(DEFECT)
    gclint(tmp_path, "a.py")
    assert gclint(tmp_path, "--fix", "a.py").returncode in (0, 1)
    assert Path("a.py").read_text() != DEFECT
    plain = gclint(tmp_path, "--no-cache", "a.py")
    assert gclint(tmp_path, "a.py").stdout == plain.stdout


def test_file_is_told_relative_to_where_gclint_runs(tmp_path: Path) -> None:
    Path("sub").mkdir()
    Path("sub/a.py").write_text(DEFECT)
    outer = gclint(tmp_path, "--output-format", "concise").stdout
    inner = gclint(tmp_path / "sub", "--output-format", "concise").stdout
    assert outer == inner.replace("a.py:", "sub/a.py:")
