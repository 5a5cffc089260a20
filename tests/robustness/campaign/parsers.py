"""Whatever reads what others wrote, in this process: nothing is raised but what says what is wrong with it."""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from random import Random
from typing import Any, Final

from lsprotocol import types

from gcheck_lint.config import dependencies
from gcheck_lint.config.bounds import refusal
from gcheck_lint.config.globs import Glob
from gcheck_lint.config.installs import of_cells, of_header
from gcheck_lint.config.keys import KEYS
from gcheck_lint.config.selectors import parse
from gcheck_lint.config.settings import Resolver
from gcheck_lint.errors import GclintError, UsageError
from gcheck_lint.findings import comments, suppressions
from gcheck_lint.logs import causes, phrases, scan
from gcheck_lint.lsp import documents, options
from gcheck_lint.lsp.units import Units
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.python.program import Met
from gcheck_lint.report import logs
from gcheck_lint.report.paint import Paint, clean, lay, named, plain
from gcheck_lint.run import baseline, diff_base, entries, pipeline
from gcheck_lint.text import git, magics, notebook
from gcheck_lint.text.source import Source, UnreadableError, from_bytes
from gcheck_lint.text.spans import LineIndex
from gcheck_lint.versions import Specifier, is_version
from tests.robustness.campaign.corpus import notebooks, scripts
from tests.robustness.campaign.mutations import letters, mutated, mutated_bytes, replaced, value
from tests.robustness.campaign.recipes import launch_recipes

_SPECIFIERS: Final = (
    ">=4.46,<5", "==4.40.1", "~=4.30", "!=4.53.*", ">=4.25", "<=5.0.0rc1", "===4.40", "^4.40", "~4.4", "*", "", ">=4,<3", "4.40.1", ">=1!2.0",
    ">4.40||<4.2", "==4.40.0+cu121", ">=4.46.dev0", "latest", ">= 4.46 , < 5", "==" + "9" * 40, "<4.0.0.0.0.0.0", "v4.40", "=4.40.1=py311_0",
)  # fmt: skip
_REQUIREMENTS: Final = (
    "transformers>=4.46,<5\n", "transformers[torch]==4.40.1 ; python_version < '3.12'\n", "-r other.txt\n", "-e .\n", "trl @ https://x/y.whl\n",
    "# comment\n", "peft==0.14 --hash=sha256:aa \\\n    --hash=sha256:bb\n", "torch\n", "--index-url https://x\n", "transformers @ git+https://x@main\n",
)  # fmt: skip
_FILES: Final = {
    "requirements.txt": "".join(_REQUIREMENTS),
    "pyproject.toml": '[project]\nname = "a"\ndependencies = ["transformers>=4.46,<5", "trl"]\n[project.optional-dependencies]\ndev = ["peft==0.14"]\n'
    '[tool.poetry.dependencies]\npython = "^3.10"\ntransformers = {version = "^4.40", optional = true}\n[tool.uv]\ndev-dependencies = ["torch>=2"]\n'
    '[dependency-groups]\ntest = ["trl>=0.9", {include-group = "x"}]\n[tool.hatch.envs.default]\ndependencies = ["peft"]\n',
    "setup.cfg": "[options]\ninstall_requires =\n    transformers>=4.40\n    trl\n[options.extras_require]\nall = peft==0.14\n",
    "setup.py": "from setuptools import setup\nREQ = ['transformers>=4.40']\nsetup(install_requires=REQ + ['trl==0.9'], extras_require={'a': ['peft']})\n",
    "environment.yml": "name: a\ndependencies:\n  - python=3.11\n  - transformers=4.40.1=py311_0\n  - pip:\n    - trl>=0.9\n    - -r requirements.txt\n",
    "Pipfile": '[packages]\ntransformers = ">=4.40"\ntrl = {version = "*"}\n',
    "pixi.toml": '[dependencies]\ntransformers = ">=4.40,<5"\n[pypi-dependencies]\ntrl = { version = "==0.9" }\n',
    "poetry.lock": '[[package]]\nname = "transformers"\nversion = "4.40.1"\n\n[[package]]\nname = "trl"\nversion = "0.9.4"\n',
    "uv.lock": 'version = 1\n[[package]]\nname = "transformers"\nversion = "4.40.1"\nsource = { registry = "x" }\n',
    "Pipfile.lock": '{"default": {"transformers": {"version": "==4.40.1"}}, "develop": {"trl": {"version": "==0.9"}}}',
}  # fmt: skip
_WORDS: Final = (
    *KEYS, *RULES, *RULES.values(), *_SPECIFIERS, "ALL", "GCK2", "GCK", "full", "sarif", "warning", "error", "info", "tests/*", "**/x.py", "!a", "../x.toml",
    "gclint", "tool", "lint", "lint.run", "lint.select", "settings", "configuration", "configurationPreference", "editorFirst", "editorOnly", "onSave",
    "enable", "unsafeFixes", "exclude", "targetTransformers", "codeAction.fixViolation.enable", "a\0b", "\ud800", "é", "x" * 300, "~", "/", "",
)  # fmt: skip
_PATTERNS: Final = (
    "*",
    "**",
    "**/",
    "/",
    "?",
    "[ab]",
    "[!a]",
    "[z-a]",
    "[",
    "]",
    "a",
    "bc",
    ".py",
    "!",
    "\\",
    "{a,b}",
    "é",
    "\n",
    "..",
    "tests/",
)
_LOGGED: Final = (
    'Traceback (most recent call last):\n  File "/home/me/train.py", line 3, in <module>\n    main()\nRuntimeError: ',
    '{"rank": 3, "message": "x", "exc_info": "Traceback (most recent call last):\\n  File \\"a.py\\", line 1\\n"}', "\x1b[33mWARNING\x1b[0m ",
    "  3%|▎   | 3/100 [00:01<00:40]\r", "transformers version: 4.57.1", "transformers==" + "9" * 30, "[rank0]: ", "/a/b.py:3: UserWarning: ", "\x1b]8;;",
    "incompatible with", "::error::x", "##vso[task]", "gradient_checkpointing=True", "\0", "x" * 5_000, " " * 500, "\n" * 50, "é梯",
)  # fmt: skip
_URIS: Final = (
    "file:///a/b.py", "file:///c%3A/x.py", "untitled:Untitled-1", "vscode-notebook-cell:/a/b.ipynb#W0", "file://host/x", "file:///%00", "file:///%ff%fe",
    "", "x", "http://[::1", "file:///a%2Fb", "file:////", "jupyter:///x.py?y#z", "file:///" + "a/" * 200,
)  # fmt: skip


@functools.cache
def _folder() -> Path:
    """An empty folder of this process."""
    made = tempfile.TemporaryDirectory(prefix="gclint-campaign-")
    _kept.append(made)
    return Path(made.name).resolve()


_kept: list[tempfile.TemporaryDirectory[str]] = []


def toml(told: Any) -> str:
    """A value as TOML has it, or nearly."""
    if isinstance(told, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {toml(one)}" for name, one in told.items()) + "}"
    if isinstance(told, list):
        return f"[{', '.join(map(toml, told))}]"
    return repr(told).lower() if isinstance(told, (bool, int, float)) else json.dumps(str(told))


def settings(random: Random) -> None:
    """Settings: typed, or refused in one line that says where."""
    lines = []
    for _ in range(random.randint(0, 5)):
        key = KEYS[random.choice(list(KEYS))]
        name = key.name if random.random() < 0.9 else mutated(random, key.name)
        example = key.example or "1"
        lines.append(f"{name} = {example if random.random() < 0.4 else toml(value(random, _WORDS))}\n")
    text = "".join(lines)
    if random.random() < 0.5:
        text = mutated(random, text, _WORDS)
    path = _folder() / "gclint.toml"
    if random.random() < 0.3:
        path, text = _folder() / "pyproject.toml", f"[project]\nname = 'a'\n[tool.gclint]\n{text}"
    with written(path, text):
        try:
            found = Resolver(RULES, file=path).at(_folder())
        except GclintError as error:
            spot = getattr(error, "spot", None)
            assert len(str(error)) < 2_000, error
            assert "\n" not in str(error), error
            assert spot is None or 1 <= spot.row <= spot.text.count("\n") + 1, spot
            return
    assert found.enabled <= set(RULES)
    found.excludes(Path("/x/train.py"))


def versions(random: Random) -> None:
    """Version specifiers: sets whose cuts and unions hold what they must, or refused."""
    texts = [mutated(random, random.choice(_SPECIFIERS), _SPECIFIERS, _SPECIFIERS) for _ in range(2)]
    found = []
    for text in texts:
        try:
            found.append(Specifier.parse(text))
        except GclintError as error:
            assert len(str(error)) < 1_000 + len(text)
    Specifier.parse.cache_clear()  # type: ignore[attr-defined]  # a method behind `functools.cache`
    for one in found:
        refusal("transformers", one)
        for name in one.named():
            assert is_version(name), name
            one.contains(name)
    if len(found) == 2:
        both = found[0].both(found[1])
        for name in ("4.25.0", "4.46.3", "5.0.0"):
            if both is not None and both.contains(name):
                assert found[0].contains(name), (texts, name)
                assert found[1].contains(name), (texts, name)


def dependency_files(random: Random) -> None:
    """Files that name dependencies: what can be read of them, and a warning of a line for the rest."""
    name = random.choice(list(_FILES))
    text = mutated(random, _FILES[name], (*_FILES.values(),), (*_SPECIFIERS, *_REQUIREMENTS))
    path = _folder() / name
    with written(path, text):
        found = dependencies.read_folder(_folder())
    for warning in found.warnings:
        assert "\n" not in warning, warning
        assert "Traceback" not in warning


@contextlib.contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    path.write_bytes(
        text.encode(
            "utf-8",
            "surrogateescape" if all(letter >= "\udc80" for letter in text if "\ud800" <= letter <= "\udfff") else "replace",
        )
    )
    try:
        yield
    finally:
        path.unlink()


def installs(random: Random) -> None:
    """What scripts and cells say that they install."""
    header = "# /// script\n# requires-python = '>=3.10'\n# dependencies = ['transformers>=4.46', 'trl']\n# ///\nimport x\n"
    of_header(mutated(random, header, _SPECIFIERS, _SPECIFIERS))
    cell = "%pip install -U transformers==4.40 'trl>=0.9' -r x.txt && pip install peft\n!pip3 install torch\n"
    of_cells([mutated(random, cell, _SPECIFIERS), letters(random, 20)])


def notebook_files(random: Random) -> None:
    """Notebooks: refused, or read so that nothing is lost and an edit changes nothing else."""
    text = random.choice(notebooks())
    if random.random() < 0.5:
        with contextlib.suppress(ValueError):
            text = json.dumps(
                replaced(random, json.loads(text), ("cells", "source", "code", "cell_type", "x\n", "%%bash\n")),
                indent=random.choice((None, 1)),
            )
    if random.random() < 0.7:
        text = mutated(random, text)
    data = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.2:
        data = mutated_bytes(random, data)
    try:
        source = notebook.source_of("a.ipynb", data)
    except UnreadableError:
        return
    if source is None:
        return
    assert isinstance(source, notebook.Program)
    assert source.notebook.edited(()) == data, "not byte for byte"
    for cell in source.notebook.cells:
        assert source.text[cell.start :].startswith(cell.reading.code[: len(cell.text)])
        source.notebook.place(LineIndex(source.text).position(cell.start))


def magic_lines(random: Random) -> None:
    """Cells as IPython reads them: as long as they were, row by row."""
    cell = random.choice(
        ("%pip install trl\nx = !ls\ny = %time f(x)\n?x\nx??\n!{a} b\n", "%%bash\nls\n", "%%time\nx = 1\n", *scripts()[:20])
    )
    text = mutated(random, cell)
    read = magics.read(text)
    assert len(read.code) >= len(text.rstrip()) or read.fault is not None or read.lead, (text, read.code)
    magics.blank(text)
    magics.without_shell(text)


def encodings(random: Random) -> None:
    """Files as bytes: refused with the row of the byte, or text that becomes the same bytes again."""
    text = random.choice(scripts())
    name = random.choice(
        (
            "utf-8",
            "latin-1",
            "utf-16",
            "cp1252",
            "shift_jis",
            "koi8-r",
            "utf-7",
            "utf-8-sig",
            "hex",
            "idna",
            "rot13",
            "nope",
            "a\0b",
            "utf_32",
        )
    )
    head = f"# -*- coding: {name} -*-\n" if random.random() < 0.7 else ""
    try:
        data = (head + text[: random.randint(0, 2_000)]).encode(name if random.random() < 0.5 else "utf-8", "replace")
    except (LookupError, ValueError):
        data = (head + text).encode()
    data = mutated_bytes(random, data)
    try:
        source = from_bytes("a.py", data)
    except UnreadableError as error:
        assert 1 <= error.row <= data.count(b"\n") + data.count(b"\r") + 1
        return
    if source.encoding in ("utf-8", "iso-8859-1", "cp1252", "koi8-r"):
        assert source.to_bytes(source.text) == data, "not byte for byte"
    else:  # some read what they would write otherwise; the fixer asks, and leaves such a file alone
        with contextlib.suppress(UnicodeEncodeError):
            source.to_bytes(source.text)


def comment_lines(random: Random) -> None:
    """Suppression comments: places within the text, and a `# noqa` that is written once silences from then on."""
    lines = ("x = 1  # noqa: GCK201, E501\n", "# gclint: ignore[GCK2]\n", "# gclint: disable[cache-off-saved]\n", "# gclint: enable\n", "# flake8: noqa: GCK1\n",
             "x = '''\n# noqa\n'''\n", "f(a,  # gclint: ignore\n  b)\n", "# gclint: file-ignore[]\n", "# noqa : gck201 because\n")  # fmt: skip
    text = mutated(random, "".join(random.choices(lines, k=random.randint(1, 6))), lines)
    source = Source("a.py", text)
    for one in comments.read(source, RULES):
        assert 0 <= one.start < one.end <= len(text), (one, text)
    outcome = suppressions.silence(source, [], RULES, set(RULES))
    for diagnostic in outcome.unused:
        for edit in diagnostic.fix.edits if diagnostic.fix is not None else ():
            assert 0 <= edit.start <= edit.end <= len(text), (edit, text)


@functools.cache
def _entry() -> tuple[Source, Any]:
    source = Source("train.py", scripts()[0])
    report = pipeline.check(source, Resolver(RULES, isolated=True).at(_folder()))
    assert report.diagnostics
    met = Met({("a", "b", ("c",)): "d"}, {"a": True}, {"b": "c"}, {"d": "e"})
    return source, entries.written(entries.Entry.of("key", report, met))


def cache_entries(random: Random) -> None:
    """Entries of the cache that have been changed: none, or one whose places lie within the text."""
    source, told = _entry()
    for _ in range(random.choice((1, 1, 2, 4))):
        told = replaced(random, told, ("key", "train.py", "GCK201", "cache-off-saved", "safe", "warning", "", "\ud800"))
    try:
        text = json.dumps(told)
        if random.random() < 0.3:
            text = mutated(random, text)
        entry = entries.read(entries.Entry, json.loads(text))
        report = entry.report(source)
        entry.met()
    except (ValueError, RecursionError):  # what `Cache.load` takes for no entry
        return
    lines = LineIndex(source.text)
    for one in report.diagnostics:
        assert 1 <= one.span.start.row <= len(lines) + 1
        for edit in one.fix.edits if one.fix is not None else ():
            assert 0 <= edit.start <= edit.end <= len(source.text)
            assert edit.path == source.path


def baselines(random: Random) -> None:
    """Baselines: read, or refused in a line."""
    entry = {"path": "train.py", "rule": "GCK201", "statement": "x", "fingerprint": "ab"}
    told: Any = {"version": 1, "findings": [entry, dict(entry, path="b.py")]}
    for _ in range(random.choice((0, 1, 2))):
        told = replaced(random, told, (*entry, *entry.values(), "a\0b", "\ud800", "x" * 5_000))
    text = json.dumps(told)
    path = _folder() / "known.json"
    with written(path, mutated(random, text) if random.random() < 0.5 else text):
        try:
            found = baseline.load(str(path))
            found.fixed()
            found.write([])
            again = baseline.load(str(path))
        except UsageError as error:
            assert len(str(error)) < 6_000
            return
    assert again.fixed() == [] or again.entries == found.entries


def patterns(random: Random) -> None:
    """Patterns of files, quick whatever they are."""
    text = "".join(random.choices(_PATTERNS, k=random.randint(0, 12)))
    Glob(text, PurePath("/r")).matches(PurePath("/r", *random.choices(("a", "bc", "x.py", "é"), k=random.randint(1, 5))))
    with contextlib.suppress(GclintError):
        parse(mutated(random, random.choice(_WORDS), _WORDS, _WORDS), RULES, "here")


def editor_options(random: Random) -> None:
    """What an editor says of its settings: never an error, and settings or an error in a line."""
    told = [value(random, _WORDS, 4) for _ in range(random.randint(0, 3))]
    if random.random() < 0.6:
        told.append({random.choice(_WORDS): value(random, _WORDS) for _ in range(random.randint(1, 6))})
    if random.random() < 0.3:
        told = [{"settings": {"gclint": told[-1]}}] if told else []
    found = options.read(*told)
    with contextlib.suppress(GclintError):
        found.alone(_folder())
        found.settings(_folder(), _folder())


def editor_places(random: Random) -> None:
    """Places as a client counts them, and the names of its files."""
    text = "".join(random.choices(("a", "é", "𝕏", "\n", "\r\n", "\r", "\t", "\u2028", "\ud800"), k=random.randint(0, 30)))
    lines, units = LineIndex(text), Units(random.choice(("utf-8", "utf-16", "utf-32")))
    place = types.Position(random.choice((0, 1, 5, 2**31 - 1)), random.choice((0, 1, 3, 2**31 - 1)))
    offset = units.offset(lines, place)
    assert 0 <= offset <= len(text)
    at = random.randint(0, len(text))
    assert lines.offset(lines.position(at)) == at
    if at == 0 or text[at - 1 : at + 1] != "\r\n":
        assert units.offset(lines, units.position(lines, lines.position(at))) == at, (text, at, units)
    documents.path_of(mutated(random, random.choice(_URIS), _URIS))


class _Told:
    """A repository that answers anything."""

    def __init__(self, random: Random, before: bytes) -> None:
        self.random, self.before = random, before

    def ask(self, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[bytes] | None:
        random = self.random
        if random.random() < 0.05:
            return None
        if words[0] == "cat-file" and words[1] == "blob":
            told = self.before
        elif words[0] == "diff-index":
            told = mutated_bytes(random, b"R100\0old.py\0train.py\0R090\0a\0b\0")
        else:
            told = mutated_bytes(random, b"0123456789012345678901234567890123456789\n")
        return subprocess.CompletedProcess([], random.choice((0, 0, 0, 1, 128)), told, b"")


def git_answers(random: Random) -> None:
    """What git tells of another commit: the rows that have changed are rows of the text; the same text has none."""
    text = random.choice((*scripts()[:50], ""))[:1_500]
    other = mutated(random, text) if random.random() < 0.8 else text
    made = diff_base.Changes.__new__(diff_base.Changes)
    made._reference, made._bases, made._others, made._rows = "main", {}, {}, {}
    made._start, folder = _folder(), _folder()
    made._tops = {folder: folder}
    made._repositories = {folder: _Told(random, other.encode("utf-8", "replace"))}  # type: ignore[dict-item]
    try:
        found = made._compare(Source(str(folder / "train.py"), text))
    except UsageError:
        return
    if found is not None:
        assert all(1 <= row <= len(LineIndex(text)) or row in (0, len(text.splitlines()) + 1) for row in found), found
        if other == text and "\r" not in text:
            assert not found


def git_folders(random: Random) -> None:
    """What a `.git` says of where the repository is."""
    lines = ("gitdir: inner\n", "gitdir: ../x", "gitdir:\0", "gitdir: " + "a" * 5_000, "gitdir: /", "", "ref: refs/heads/main\n")
    with written(_folder() / ".git", mutated(random, random.choice(lines), lines)):
        git.of(_folder())


def shown_names(random: Random) -> None:
    """Names of files and source, as they are shown: nothing in them commands a terminal or a build service."""
    text = mutated(random, letters(random, 20), ("::error::x", "##vso[task]", "\x1b]8;;", "\x1b[2J", "##[group]"))
    for told in (clean(text), named(text), lay(text)[0]):
        assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in told), (text, told)
    for line in plain(text).splitlines():
        assert not line.lstrip().startswith(("::", "##vso[", "##[")), (text, line)


def training_logs(random: Random) -> None:
    """Logs, cut, flipped and mixed, in pieces of any size: the same is found however they come, and it lies in the log."""
    known = phrases.load()
    said = [one.text for one in known.known]
    parts = [random.choice(said) if random.random() < 0.5 else random.choice(_LOGGED) for _ in range(random.randint(1, 12))]
    data = random.choice(("\n", "\r", "\n[rank1]: ", " ")).join(parts).encode()
    for _ in range(random.randint(0, 3)):
        data = mutated_bytes(random, data)
    if random.random() < 0.1:
        data = data.decode("utf-8", "replace").encode("utf-16")
    whole = scan.scan([data], known)
    size = random.randint(1, max(len(data), 1))
    cut = scan.scan((data[at : at + size] for at in range(0, len(data), size)), known)
    assert (whole.heard, whole.lines, whole.versions) == (cut.heard, cut.lines, cut.versions), data
    for one in whole.heard.values():
        assert 1 <= one.first <= one.last <= whole.lines, (one, data)
    told = logs.Told([("a.log", whole)], causes.find([("a.log", whole)], known), [], ("src",), {})
    json.loads(logs.json(told))
    for line in logs.text(told, Paint(False), random.choice((None, 40, 100))).splitlines():
        assert clean(line) == line, (line, data)


KINDS: Final[dict[str, tuple[Callable[[Random], None], int]]] = {
    # what it does, and its share of a thousand inputs
    "settings": (settings, 40),
    "versions": (versions, 240),
    "dependency files": (dependency_files, 20),
    "installs": (installs, 120),
    "notebooks": (notebook_files, 60),
    "magics": (magic_lines, 40),
    "encodings": (encodings, 60),
    "comments": (comment_lines, 60),
    "cache entries": (cache_entries, 90),
    "baselines": (baselines, 40),
    "patterns": (patterns, 70),
    "editor options": (editor_options, 50),
    "editor places": (editor_places, 50),
    "git answers": (git_answers, 20),
    "git folders": (git_folders, 20),
    "shown names": (shown_names, 20),
    "training logs": (training_logs, 40),
    "launch recipes": (launch_recipes, 120),
}
