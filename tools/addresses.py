"""The public addresses out of address.toml, written wherever they are needed.

| place | what |
| --- | --- |
| src/gcheck_lint/rulebook/addresses.py | what findings link to |
| pyproject.toml | [project.urls] |
| CITATION.cff, .github/ISSUE_TEMPLATE/config.yml, SECURITY.md | between the marks `addresses` |
| editors/vscode/package.json | repository, homepage, bugs; publisher, and that it is private while there is none |
| README.md, docs/ | the placeholders, and what is said while there are placeholders |

While address.toml is empty the documents keep their placeholders: no address is invented.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import tomli

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = "address.toml"
CLONE, OWNER = "ADDRESS-OF-GCLINT", "OWNER/gclint"  # the placeholders: what is cloned; the same as GitHub's `uses:` names it
_BLOCK: Final = re.compile(
    r"(?P<start># addresses\n|<!-- addresses -->\n).*?(?P<end>^(?:# /addresses|<!-- /addresses -->))", re.S | re.M
)
_HELPS: Final = "What helps most is the smallest repository that shows it, and the output of `gclint --version`."
_SAID: Final = r"<!-- no address -->(?:(?!<!--).)*<!-- /no address -->"
_UNKNOWN: Final = re.compile(rf"(?<=\n\n){_SAID}\n\n?|(?:(?<=\S)[ \n])?{_SAID}", re.S)  # a paragraph, or a part of one
_FIELDS: Final = re.compile(r'^  "(?:repository|homepage|bugs|private)": .*\n', re.M)
NOBODY: Final = "gclint"  # the publisher while there is none: a package has to name one


@dataclass(frozen=True, slots=True)
class Addresses:
    """Each without a slash at its end; empty while it is not known."""

    repository: str
    site: str
    publisher: str = ""

    @property
    def owner(self) -> str:
        """`owner/name` of a repository on GitHub; empty elsewhere."""
        parts = urlsplit(self.repository)
        return parts.path.strip("/") if parts.hostname == "github.com" else ""


@cache
def read(root: Path = ROOT) -> Addresses:
    """What address.toml says. Raises ValueError where it is no address."""
    data = tomli.loads((root / FILE).read_text(encoding="utf-8"))
    said = {name: data[name].rstrip("/") for name in ("repository", "site")}
    for name, address in said.items():
        if address and not re.fullmatch(r"https://[\w.-]+(?:/[\w.~-]+)*", address):
            raise ValueError(f"{FILE}: {name} is no address: {address}")
    publisher = data.get("publisher", "")
    if publisher and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", publisher):
        raise ValueError(f"{FILE}: publisher is no identifier: {publisher}")
    return Addresses(**said, publisher=publisher)


def module(_: str = "") -> str:
    """src/gcheck_lint/rulebook/addresses.py."""
    known = read()
    return f'''"""The public addresses, written by `tools/generate.py` out of address.toml. Empty: not known yet."""

from __future__ import annotations

from typing import Final

REPOSITORY: Final = "{known.repository}"
SITE: Final = "{known.site}"
'''


def _between(text: str, lines: list[str]) -> str:
    found = _BLOCK.search(text)
    if found is None:
        raise ValueError("the marks of the addresses are missing")
    inside = "".join(f"{line}\n" for line in lines)
    return f"{text[: found.end('start')]}{inside}{text[found.start('end') :]}"


def project(text: str) -> str:
    """pyproject.toml."""
    known = read()
    rows = {
        "Documentation": known.site,
        "Rules": known.site and f"{known.site}/rules/",
        "Repository": known.repository,
        "Issues": known.repository and f"{known.repository}/issues",
        "Changelog": known.site and f"{known.site}/changelog/",
    }
    lines = [f'{name} = "{address}"' for name, address in rows.items() if address]
    return _between(text, ["[project.urls]", *lines] if lines else [])


def citation(text: str) -> str:
    """CITATION.cff."""
    known = read()
    rows = {"repository-code": known.repository, "url": known.site}
    return _between(text, [f'{name}: "{address}"' for name, address in rows.items() if address])


def issues(text: str) -> str:
    """.github/ISSUE_TEMPLATE/config.yml."""
    known = read()
    lines: list[str] = []
    for name, url, about in (
        ("Documentation", known.site, "What each rule means, and how it is put right."),
        ("Vulnerability", known.repository and _reports(known), "A violation of a guarantee in SECURITY.md."),
    ):
        lines += [f"  - name: {name}", f"    url: {url}", f"    about: {about}"] if url else []
    return _between(text, ["contact_links:", *lines] if lines else [])


def security(text: str) -> str:
    """SECURITY.md."""
    known = read()
    if not known.repository:
        words = [
            "There is no address for private reports yet: **[address to be named before the first release]**. Until then",
            "please open an issue that asks for a way to report one, without saying what it is.",
            _HELPS,
        ]
    else:
        words = [f"Report it privately at <{_reports(known)}>.", _HELPS]
    return _between(text, words)


def extension(text: str) -> str:
    """editors/vscode/package.json."""
    known = read()
    rows = []
    if known.repository:
        where = f'"url": "{known.repository}.git", "directory": "editors/vscode"'
        rows.append(f'  "repository": {{ "type": "git", {where} }},\n')
        rows.append(f'  "bugs": {{ "url": "{known.repository}/issues" }},\n')
    if known.site:
        rows.append(f'  "homepage": "{known.site}/editors/",\n')
    if not known.publisher:
        rows.append('  "private": true,\n')  # the release workflow uploads it to no marketplace
    bare = _FIELDS.sub("", text)
    bare = re.sub(r'^(  "publisher": ).*\n', rf'\1"{known.publisher or NOBODY}",\n', bare, count=1, flags=re.M)
    return re.sub(r'^(  "license": .*\n)', lambda match: match[1] + "".join(rows), bare, count=1, flags=re.M)


def document(text: str) -> str:
    """A page: the placeholders, and what is said while there are any."""
    known = read()
    if not known.repository:
        return text
    filled = _UNKNOWN.sub("", text).replace(CLONE, known.repository)
    return filled.replace(OWNER, known.owner or OWNER)


def _reports(known: Addresses) -> str:
    return f"{known.repository}/security/advisories/new" if known.owner else f"{known.repository}/issues"


PLACES: Final[dict[str, Callable[[str], str]]] = {
    "src/gcheck_lint/rulebook/addresses.py": module,
    "pyproject.toml": project,
    "CITATION.cff": citation,
    ".github/ISSUE_TEMPLATE/config.yml": issues,
    "SECURITY.md": security,
    "editors/vscode/package.json": extension,
    "README.md": document,
    **{f"docs/{path.name}": document for path in sorted((ROOT / "docs").glob("*.md"))},
}
