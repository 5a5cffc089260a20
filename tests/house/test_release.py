"""A release: what stands in its way is named, and the addresses reach every place."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
import tomli

from gcheck_lint import __version__
from tests.support.clients import needs
from tests.support.paths import ROOT

REPOSITORY, SITE = "https://github.com/somebody/gclint", "https://somebody.example/gclint"


@pytest.fixture(scope="module")
def addresses() -> ModuleType:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import addresses

        return addresses
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def release(addresses: ModuleType) -> ModuleType:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import release

        return release
    finally:
        sys.path.pop(0)


@pytest.fixture
def tree(tmp_path: Path, addresses: ModuleType) -> Path:
    """What a release looks at."""
    for place in ("*.md", "docs", "rules", "examples", "editors/vscode/*.*", "address.toml", "CITATION.cff", "pyproject.toml"):
        for path in ROOT.glob(place):
            into = tmp_path / path.relative_to(ROOT)
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(path, into) if path.is_dir() else shutil.copy(path, into)
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    for name in ("__init__.py", "rulebook/addresses.py"):
        (tmp_path / "src" / "gcheck_lint" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "src" / "gcheck_lint" / name, tmp_path / "src" / "gcheck_lint" / name)
    (tmp_path / "address.toml").write_text('repository = ""\nsite = ""\n', encoding="utf-8")
    known = addresses.read()
    for path in (tmp_path / "docs").glob("*.md"):  # as if none were known
        text = path.read_text(encoding="utf-8")
        for name, placeholder in ((known.repository, addresses.CLONE), (known.owner, addresses.OWNER)):
            text = text.replace(name, placeholder) if name else text
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def filled(tree: Path, addresses: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with addresses in all places."""
    text = f'repository = "{REPOSITORY}/"\nsite = "{SITE}"\npublisher = "somebody-else"\n'
    (tree / "address.toml").write_text(text, encoding="utf-8")
    known = addresses.read(tree)
    monkeypatch.setattr(addresses, "read", lambda root=None: known)
    for name, written in addresses.PLACES.items():
        path = tree / name
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
    return tree


def test_documents_name_this_version(release: ModuleType) -> None:
    assert list(release.named_versions(ROOT, __version__)) == []


def test_release_is_refused_without_addresses(tree: Path, release: ModuleType) -> None:
    found = list(release.obstacles(tree))
    assert "address.toml: repository is empty" in found
    assert "address.toml: site is empty" in found


def test_release_is_refused_without_a_date(filled: Path, release: ModuleType) -> None:
    changelog = filled / "CHANGELOG.md"
    text = re.sub(r"^(## \S+ )\(.*\)$", r"\1(unreleased)", changelog.read_text(encoding="utf-8"), count=1, flags=re.M)
    changelog.write_text(text, encoding="utf-8")
    assert list(release.obstacles(filled)) == [f"CHANGELOG.md: {__version__} has no date (--date writes it)"]
    release.dated(filled, "2026-12-24")
    assert list(release.obstacles(filled)) == []
    assert f"## {__version__} (2026-12-24)\n" in changelog.read_text(encoding="utf-8")
    release.dated(filled, "2026-12-25")
    assert (filled / "CITATION.cff").read_text(encoding="utf-8").count("date-released: 2026-12-25\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        "    rev: v0.0.9",
        "      - uses: somebody/gclint@v0.0.9",
        "      - uses: somebody/gclint@0123456789abcdef0123456789abcdef01234567 # v0.0.9",
        'pip install "gcheck-lint[lsp]==0.0.9"',
        "uvx gcheck-lint@0.0.9",
        "pip install dist/gcheck_lint-0.0.9-py3-none-any.whl",
        "| gclint | 0.0.9 | all of them |",
    ],
)
def test_release_is_refused_where_a_document_names_another_version(line: str, filled: Path, release: ModuleType) -> None:
    release.dated(filled, "2026-12-24")
    page = filled / "docs" / "ci.md"
    page.write_text(f"{line}\n", encoding="utf-8")
    assert list(release.obstacles(filled)) == [f"docs/ci.md:1: it names 0.0.9, and {__version__} is about to be made"]


def test_release_is_refused_where_a_rule_or_the_extension_is_of_another_version(filled: Path, release: ModuleType) -> None:
    release.dated(filled, "2026-12-24")
    rule, notes = filled / "rules" / "GCK203-generate-while-checkpointing.md", filled / "editors" / "vscode" / "CHANGELOG.md"
    rule.write_text(re.sub("^since = .*$", 'since = "99.0.0"', rule.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    notes.write_text(notes.read_text(encoding="utf-8").replace(f"## {__version__}", "## 0.0.9"), encoding="utf-8")
    assert list(release.obstacles(filled)) == [
        f"rules/{rule.name}: its `since` is 99.0.0, and {__version__} is about to be made",
        f"editors/vscode/CHANGELOG.md: it does not begin with {__version__}",
    ]


def test_addresses_reach_every_place(filled: Path) -> None:
    def said(name: str) -> str:
        return (filled / name).read_text(encoding="utf-8")

    urls = tomli.loads(said("pyproject.toml"))["project"]["urls"]
    assert urls["Repository"] == REPOSITORY
    assert urls["Documentation"] == SITE
    extension = json.loads(said("editors/vscode/package.json"))
    assert extension["repository"] == {"type": "git", "url": f"{REPOSITORY}.git", "directory": "editors/vscode"}
    assert extension["publisher"] == "somebody-else"
    assert "private" not in extension
    assert f'SITE: Final = "{SITE}"' in said("src/gcheck_lint/rulebook/addresses.py")
    assert f"<{REPOSITORY}/security/advisories/new>" in said("SECURITY.md")
    assert f'repository-code: "{REPOSITORY}"' in said("CITATION.cff")
    assert f"repo: {REPOSITORY}\n" in said("docs/pre-commit.md")
    assert "no address" not in said("docs/ci.md") + said("docs/pre-commit.md")


def test_extension_without_a_publisher_is_private(addresses: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "editors" / "vscode" / "package.json").read_text(encoding="utf-8")
    monkeypatch.setattr(addresses, "read", lambda root=None: addresses.Addresses(REPOSITORY, SITE))
    without = addresses.extension(text)
    said = json.loads(without)
    assert (said["publisher"], said["private"]) == (addresses.NOBODY, True)
    monkeypatch.setattr(addresses, "read", lambda root=None: addresses.Addresses(REPOSITORY, SITE, "somebody-else"))
    assert json.loads(addresses.extension(without))["publisher"] == "somebody-else"


def test_page_of_the_package_has_whole_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("hatchling")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from readme_metadata import absolute

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert absolute(text, "") == text
    made = absolute(text, REPOSITORY)
    assert f"({REPOSITORY}/raw/main/docs/images/finding.svg)" in made
    assert f'src="{REPOSITORY}/raw/main/docs/images/story-light.svg"' in made
    assert f'srcset="{REPOSITORY}/raw/main/docs/images/story-dark.svg"' in made
    assert f"[LICENSE]({REPOSITORY}/blob/main/LICENSE)" in made
    assert [one for one in re.findall(r"\]\(([^)]+)\)", made) if not one.startswith("https://")] == []


def test_a_page_without_placeholders_reads_well(addresses: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "read", lambda root=None: addresses.Addresses(REPOSITORY, SITE))
    said = "<!-- no address -->Later.<!-- /no address -->"
    for text, made in (
        (f"One.\n\n{said}\n\nTwo.\n", "One.\n\nTwo.\n"),
        (f"One. {said}\n\nTwo.\n", "One.\n\nTwo.\n"),
        (f"One.\n{said}\n\nTwo.\n", "One.\n\nTwo.\n"),
        (f"clone {addresses.CLONE}, uses: {addresses.OWNER}@x\n", f"clone {REPOSITORY}, uses: somebody/gclint@x\n"),
    ):
        assert addresses.document(text) == made


def test_addresses_that_change_leave_nothing_of_the_old_ones(
    filled: Path, addresses: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "read", lambda root=None: addresses.Addresses("", ""))
    for name, written in addresses.PLACES.items():
        if not name.endswith(".md") or name == "SECURITY.md":
            assert written((filled / name).read_text(encoding="utf-8")) == written((ROOT / name).read_text(encoding="utf-8"))


def test_what_is_no_address_is_refused(tree: Path, addresses: ModuleType) -> None:
    (tree / "address.toml").write_text('repository = "github.com/x"\nsite = ""\n', encoding="utf-8")
    with pytest.raises(ValueError, match="repository is no address"):
        addresses.read(tree)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/*[a-z]*-*.yml"),
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/crash.yml"),
        ("vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("vendor.citation-file-format", "CITATION.cff"),
    ],
)
def test_forms_follow_their_schemas(schema: str, place: str, filled: Path) -> None:
    needs("check_jsonschema")
    from check_jsonschema import main
    from click.testing import CliRunner

    files = [str(path) for root in (ROOT, filled) for path in sorted(root.glob(place))]
    assert files
    done = CliRunner().invoke(main, ["--builtin-schema", schema, *files])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", ["false-alarm", "missed-fault", "crash"])
def test_forms_ask_for_the_story(name: str) -> None:
    assert "gclint story" in (ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8")
