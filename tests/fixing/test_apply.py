"""Fixes are applied to a fixpoint, taken back on doubt, and written without losing a byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Fix, Safety, Severity
from gcheck_lint.fixing import apply
from gcheck_lint.python.syntax import Module
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source, read
from gcheck_lint.text.spans import Edit
from tests.support import fakes

SETTINGS = Settings()


@pytest.fixture(autouse=True)
def _fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.install(monkeypatch, GCK101=fakes.checkpointing, GCK201=fakes.saving)
    monkeypatch.chdir(tmp_path)


def check(source: Source) -> FileReport:
    return pipeline.check(source, SETTINGS)


def mend(text: str, unsafe: bool = False, *others: Source) -> tuple[str, apply.Outcome]:
    outcome = apply.fix([check(one) for one in (Source("x.py", text), *others)], check, unsafe)
    return (outcome.changed["x.py"][1].text if outcome.changed else text), outcome


def test_a_fix_leads_on_to_the_next() -> None:
    text, outcome = mend(fakes.SCRIPT)
    assert text == fakes.FIXED
    assert [diagnostic.code for diagnostic in outcome.applied] == ["GCK101", "GCK201"]
    assert outcome.reports["x.py"].diagnostics == ()
    assert outcome.reverted == []


def test_nothing_to_do() -> None:
    text, outcome = mend(fakes.FIXED)
    assert (text, outcome.changed, outcome.applied) == (fakes.FIXED, {}, [])


def replacing(*edits: tuple[str, str], **fields: object) -> Callable[[Module], Iterable[fakes.Finding]]:
    """A check that finds each word of `edits` in the text and replaces it."""

    def run(module: Module) -> Iterable[fakes.Finding]:
        text = module.source.text
        for (site, _), (old, new) in zip(fakes.calls(module, "save_pretrained"), edits, strict=False):
            if old in text:
                at = text.index(old)
                fix = Fix("Replace", (Edit("x.py", at, at + len(old), new),), Safety.SAFE)
                yield fakes.Finding(site, "replace", fix=fix, **fields)  # type: ignore[arg-type]

    return run


def reverted(monkeypatch: pytest.MonkeyPatch, text: str, **runs: Callable[[Module], Iterable[fakes.Finding]]) -> str:
    fakes.install(monkeypatch, **runs)
    after, outcome = mend(text)
    assert after == text
    assert outcome.applied == []
    assert outcome.changed == {}
    (only,) = outcome.reverted
    return only.reason


SAVE = "use_cache\na = 1\nm.save_pretrained()\n"


def test_a_text_that_does_not_parse_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = reverted(monkeypatch, SAVE, GCK101=replacing(("a = 1", "a = = 1")))
    assert reason.startswith("the fixed text does not parse")


def test_a_finding_that_stays_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = reverted(monkeypatch, SAVE, GCK101=replacing(("a = ", "a = 2 * ")))
    assert reason == "the finding remains after it"


def test_a_finding_that_stays_is_known_when_its_statement_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = reverted(monkeypatch, SAVE, GCK101=replacing(("use_cache\n", "use_cache\n\n\n")))
    assert reason == "the finding remains after it"


def test_a_new_error_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def worse(module: Module) -> Iterable[fakes.Finding]:
        if "a = 2" in module.source.text:
            for site, _ in fakes.calls(module, "save_pretrained"):
                yield fakes.Finding(site, "worse", Severity.ERROR)

    reason = reverted(monkeypatch, SAVE, GCK101=replacing(("a = 1", "a = 2")), GCK201=worse)
    assert reason == "it causes a new error"


def test_a_rule_that_fails_on_the_new_text_takes_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(module: Module) -> Iterable[fakes.Finding]:
        if "a = 2" in module.source.text:
            raise RuntimeError
        return ()

    reason = reverted(monkeypatch, SAVE, GCK101=replacing(("a = 1", "a = 2")), GCK201=failing)
    assert reason == "GCK201 fails on the fixed text"


def test_a_letter_that_the_encoding_lacks_takes_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.install(monkeypatch, GCK101=replacing(("a = 1", "a = '€'")))
    source = Source("x.py", SAVE, encoding="latin-1")
    outcome = apply.fix([check(source)], check, unsafe=False)
    assert (outcome.changed, outcome.reverted[0].reason) == ({}, "the file's encoding (latin-1) has no '€'")


def test_fixes_that_undo_each_other_are_both_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.install(monkeypatch, GCK101=replacing(("a = 1", "a = 2")), GCK201=replacing(("a = 2", "a = 1")))
    text, outcome = mend(SAVE)
    assert (text, outcome.applied) == (SAVE, [])
    (only,) = outcome.reverted
    assert (only.diagnostic.code, only.reason) == ("GCK101", "it causes GCK201, whose own fix was reverted")


def test_fixes_that_add_lines_for_each_other_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def adding(line: str, after: str) -> Callable[[Module], Iterable[fakes.Finding]]:
        def run(module: Module) -> Iterable[fakes.Finding]:
            before, _, _ = module.source.text.partition("m.save_pretrained")
            if before.endswith(after):
                at = len(before)
                fix = Fix("Add", (Edit("x.py", at, at, f"{line}\n"),), Safety.SAFE)
                for site, _ in fakes.calls(module, "save_pretrained"):
                    yield fakes.Finding(site, "add", fix=fix)

        return run

    fakes.install(monkeypatch, GCK101=adding("a = 2", "a = 1\n"), GCK201=adding("a = 1", "a = 2\n"))
    text, outcome = mend(SAVE)
    assert (text, outcome.applied) == (SAVE, [])
    assert [(one.diagnostic.code, one.reason) for one in outcome.reverted] == [
        ("GCK101", "it causes GCK201, whose own fix was reverted")
    ]


@pytest.mark.parametrize("rules", [("GCK101", "GCK201"), ("GCK101", "GCK104", "GCK201")])
def test_fixes_that_never_write_the_same_come_to_an_end(rules: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each adds a line that was never there, and takes the next one's turn: no text comes twice, and none is right."""
    checks = 0

    def adding(turn: int) -> Callable[[Module], Iterable[fakes.Finding]]:
        def run(module: Module) -> Iterable[fakes.Finding]:
            nonlocal checks
            checks += 1
            assert checks < 500, "it runs away"
            lines = module.source.text.count("b = ")
            at = module.source.text.index("m.save_pretrained")
            if lines % len(rules) == turn:
                fix = Fix("Add", (Edit("x.py", at, at, f"b = {lines}\n"),), Safety.SAFE)
                for site, _ in fakes.calls(module, "save_pretrained"):
                    yield fakes.Finding(site, "add", fix=fix)

        return run

    fakes.install(monkeypatch, **{code: adding(turn) for turn, code in enumerate(rules)})
    text, outcome = mend(SAVE)
    assert (text, outcome.changed, outcome.applied) == (SAVE, {}, [])
    (only,) = outcome.reverted
    assert only.diagnostic.code == "GCK101"
    assert only.reason == f"it causes {rules[1]}, whose own fix was reverted"


def test_as_many_fixes_of_a_rule_as_it_has_findings_at_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    run = replacing(("a = 1", "a = 2"), ("b = 1", "b = 2"))

    def twice(module: Module) -> Iterable[fakes.Finding]:
        first = next(iter(fakes.calls(module, "save_pretrained")))[0]
        yield from (replace(one, site=first) for one in run(module))

    fakes.install(monkeypatch, GCK101=twice)
    text, outcome = mend("use_cache\na = 1\nb = 1\nm.save_pretrained(1)\nm.save_pretrained(2)\n")
    assert "a = 2\nb = 2\n" in text
    assert (len(outcome.applied), outcome.reverted) == (2, [])


def test_what_a_fix_brings_up_is_fixed_or_it_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def new(module: Module) -> Iterable[fakes.Finding]:
        if "a = 2" in module.source.text:
            for site, _ in fakes.calls(module, "save_pretrained"):
                yield fakes.Finding(site, "new")

    fakes.install(monkeypatch, GCK101=replacing(("a = 1", "a = 2"), ("b = 1", "b = 2")), GCK201=new)
    text, outcome = mend("use_cache\na = 1\nb = 1\nm.save_pretrained(1)\nm.save_pretrained(2)\n")
    assert "a = 1\nb = 2\n" in text
    (only,) = outcome.reverted
    assert only.reason == "it causes GCK201, which has no fix"


def test_one_bad_fix_does_not_hold_back_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    run = replacing(("a = 1", "a = = 1"), ("b = 1", "b = 2"))
    fakes.install(monkeypatch, GCK101=run)
    text, outcome = mend("use_cache\na = 1\nb = 1\nm.save_pretrained(1)\nm.save_pretrained(2)\n")
    assert "a = 1\nb = 2\n" in text
    assert len(outcome.applied) == len(outcome.reverted) == 1


def test_overlaps_and_groups_wait_for_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x.gradient_checkpointing_enable(); y.gradient_checkpointing_enable()\nuse = 1\n"
    # both findings vanish with the first fix: the second fix is not needed, and not made
    after, outcome = mend(text)
    assert after.count("use_cache = False") == 2  # two owners, two groups, one round
    same = "x.gradient_checkpointing_enable()\nx.gradient_checkpointing_enable()\n"
    after, outcome = mend(same)
    assert after.count("use_cache = False") == 1  # one group: the first made the second needless
    assert len(outcome.applied) == 1


def test_a_fix_that_touches_two_files_is_made_in_both_or_in_none(monkeypatch: pytest.MonkeyPatch) -> None:
    conf = Source("conf.py", "use_cache = 0\n")

    def both(content: str) -> Callable[[Module], Iterable[fakes.Finding]]:
        def run(module: Module) -> Iterable[fakes.Finding]:
            if module.path == "x.py" and "a = 1" in module.source.text:
                at = module.source.text.index("1")
                fix = Fix("Both", (Edit("x.py", at, at + 1, "2"), Edit("conf.py", 0, 0, content)), Safety.SAFE)
                for site, _ in fakes.calls(module, "save_pretrained"):
                    yield fakes.Finding(site, "both", fix=fix)

        return run

    fakes.install(monkeypatch, GCK101=both("("))
    text, outcome = mend(SAVE, False, conf)
    assert (text, outcome.changed) == (SAVE, {})
    fakes.install(monkeypatch, GCK101=both("# mended\n"))
    assert mend(SAVE)[1].changed == {}, "conf.py was not named, so it is not written"
    text, outcome = mend(SAVE, False, conf)
    assert "a = 2" in text
    assert outcome.changed["conf.py"][1].text == "# mended\nuse_cache = 0\n"


def test_suppressed_findings_are_not_fixed() -> None:
    text = fakes.SCRIPT.replace("enable()", "enable()  # noqa: GCK101")
    assert mend(text)[0] == text


BYTES = {
    "crlf": (fakes.SCRIPT.replace("\n", "\r\n").encode(), fakes.FIXED.replace("\n", "\r\n").encode()),
    "cr": (fakes.SCRIPT.replace("\n", "\r").encode(), fakes.FIXED.replace("\n", "\r").encode()),
    "bom": (b"\xef\xbb\xbf" + fakes.SCRIPT.encode(), b"\xef\xbb\xbf" + fakes.FIXED.encode()),
    "latin-1": (
        b"# coding: latin-1\n# \xe9\n" + fakes.SCRIPT.encode(),
        b"# coding: latin-1\n# \xe9\n" + fakes.FIXED.encode(),
    ),
    "form feed": (b"a = 1\n\x0c\n" + fakes.SCRIPT.encode(), b"a = 1\n\x0c\n" + fakes.FIXED.encode()),
    "no final newline": (fakes.SCRIPT.rstrip().encode(), fakes.FIXED.rstrip().encode()),
}


@pytest.mark.parametrize(("before", "after"), BYTES.values(), ids=BYTES.keys())
def test_bytes_outside_of_the_edits_survive(before: bytes, after: bytes) -> None:
    path = Path("x.py")
    path.write_bytes(before)
    outcome = apply.fix([check(read("x.py"))], check, unsafe=False)
    apply.write(outcome)
    assert path.read_bytes() == after


def fixed_file(path: Path) -> None:
    outcome = apply.fix([check(read(str(path)))], check, unsafe=False)
    apply.write(outcome)


def test_permissions_and_links_survive() -> None:
    real = Path("real/train.py")
    real.parent.mkdir()
    real.write_text(fakes.SCRIPT)
    real.chmod(0o754)
    link = Path("link.py")
    link.symlink_to("real/train.py")
    fixed_file(link)
    assert link.is_symlink()
    assert real.read_text() == fakes.FIXED
    assert real.stat().st_mode & 0o7777 == 0o754
    assert [path.name for path in Path("real").iterdir()] == ["train.py"]


def test_a_file_that_changed_meanwhile_is_left_alone() -> None:
    path = Path("x.py")
    path.write_text(fakes.SCRIPT)
    outcome = apply.fix([check(read("x.py"))], check, unsafe=False)
    path.write_text("mine\n")
    with pytest.raises(apply.WriteError, match="changed in the meantime"):
        apply.write(outcome)
    assert path.read_text() == "mine\n"


def test_a_file_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("x.py")
    path.write_text(fakes.SCRIPT)
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        with pytest.raises(apply.WriteError, match="read-only"):
            fixed_file(path)
    assert path.read_text() == fakes.SCRIPT


def test_a_name_of_full_length() -> None:
    path = Path("n" * 252 + ".py")
    path.write_text(fakes.SCRIPT)
    fixed_file(path)
    assert path.read_text() == fakes.FIXED


def test_the_group_survives_where_the_owner_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[int, int]] = []

    def chown(name: str, owner: int, group: int) -> None:
        if owner != -1:
            raise PermissionError
        kept.append((owner, group))

    monkeypatch.setattr("os.chown", chown)
    path = Path("x.py")
    path.write_text(fakes.SCRIPT)
    group = path.stat().st_gid
    fixed_file(path)
    assert (path.read_text(), kept) == (fakes.FIXED, [(-1, group)])


def test_a_line_put_right_goes_before_a_new_line_of_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def switch(module: Module) -> Iterable[fakes.Finding]:
        text = module.source.text
        for site, owner in fakes.calls(module, "gradient_checkpointing_enable"):
            if ".config.use_cache" not in text:
                at = module.extent(site.node)[1]
                fix = Fix("Add", (Edit("x.py", at, at, f"\n{owner}.config.use_cache = 0"),), Safety.SAFE, "off")
                yield fakes.Finding(site, "switch", fix=fix)
            if ".use_cache" in text and ".config" not in text:
                at = text.index("use_cache")
                yield fakes.Finding(site, "line", fix=Fix("Mend", (Edit("x.py", at, at, "config."),), Safety.SAFE, "off"))

    fakes.install(monkeypatch, GCK101=switch)
    text, outcome = mend("m.gradient_checkpointing_enable()\nm.use_cache = 0\n")
    assert text == "m.gradient_checkpointing_enable()\nm.config.use_cache = 0\n"
    assert [diagnostic.message for diagnostic in outcome.applied] == ["line"]
