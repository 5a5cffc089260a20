#!/usr/bin/env python3
"""Builds the site into build/website/site: `make site`, or `python tools/website/build.py` with the extra `site` installed.

The pages are docs/, rules/ and the few documents that they lead to; nothing is written for the site alone. A link or an anchor
that leads nowhere ends the build, and so does a page that is in no menu.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools"), str(HERE)]

import addresses
import charts
import check
import references
import timelines
import tutorial

import rules
from gcheck_lint.rulebook import cards

# documents that lie elsewhere, under the names that they have on the site
ELSEWHERE: Final = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security-policy.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "rules/README.md": "rule-template.md",
    "README.md": "index.md",
}
USERS: Final = {
    "Start": {"Install": "install", "Tutorial": "tutorial", "FAQ": "faq", "Comparison": "comparison", "Changelog": "changelog"},
    "Guide": {
        "Guide": "guide",
        "Existing repositories": "adopting",
        "Recipes": "recipes",
        "Many repositories": "survey",
        "Logs": "logs",
        "Frameworks": "frameworks",
        "Versions": "versions",
        "Output formats": "output-formats",
        "Public scripts": "found-in-the-wild",
        "Accuracy": "accuracy",
        "Security": "security-policy",
    },
    "Editors and CI": {"Editors": "editors", "CI": "ci", "pre-commit": "pre-commit", "flake8": "flake8"},
}
DEVELOPERS: Final = {
    "How it works": "how-it-works",
    "Limits": "story-limits",
    "Evidence": "evidence",
    "Trials": "trials",
    "Performance": "performance",
    "Security tests": "security",
    "Contributing": "contributing",
    "Writing a rule": "writing-a-rule",
    "Rule template": "rule-template",
    "Code of conduct": "code-of-conduct",
}
# what the search leaves out: tables that name each message of each rule, and would be found before the rule's own page
UNSEARCHED: Final = {"evidence.md": "# Evidence", "logs.md": "## Recognised messages"}
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_RULE: Final = re.compile(r"rules/(GCK\d{3})-[\w-]+\.md")
_PICTURES: Final = re.compile(r"^(?:!\[([^\]]*)\]\(images/[^)]*\)\n?)+", re.M)
_COMMENT: Final = re.compile(r"^<!--(?:(?!-->).)*-->\n|<!--.*?-->", re.S | re.M)


def main() -> int:
    work = ROOT / "build" / "website"
    site = work / "site"
    shutil.rmtree(work, ignore_errors=True)
    pages = work / "pages"
    drawn = {code: timelines.html(timelines.of(card)) for code, card in cards.load().items()}
    write(pages, drawn)
    (work / "zensical.toml").write_text(config(pages), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", str(work / "zensical.toml")]
    done = subprocess.run(command, cwd=work, check=False, capture_output=True, text=True)
    if done.returncode:
        print(re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr))
        return 1
    for code in cards.load():
        fill(site / "rules" / code / "index.html", code, drawn[code])
    found = list(check.faults(site))
    print("\n".join(found) or f"{sum(1 for _ in site.rglob('index.html'))} pages in {site.relative_to(ROOT)}")
    return int(bool(found))


def write(pages: Path, drawn: Mapping[str, str]) -> None:
    """All pages, as Markdown. `drawn`: the pictures of each rule's page; none where it has no story."""
    (pages / "rules").mkdir(parents=True)
    (pages / "images").mkdir()
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        text = tutorial.pictured(text, pages / "images") if path.name == "tutorial.md" else _PICTURES.sub(framed, text)
        (pages / path.name).write_text(unsearched(path.name, prepared(text, "docs")), encoding="utf-8")
    for name, page in ELSEWHERE.items():
        if page != "index.md":
            text = (ROOT / name).read_text(encoding="utf-8")
            (pages / page).write_text(prepared(text, str(Path(name).parent)), encoding="utf-8")
    for code, card in cards.load().items():
        page = rules.page(card, place(code) if drawn.get(code) else "")
        (pages / "rules" / f"{code}.md").write_text(relinked(page, "rules", "../"), encoding="utf-8")
    (pages / "rules" / "index.md").write_text(relinked(rules.index(), "rules", "../"), encoding="utf-8")
    (pages / "versions.md").write_text(versions(), encoding="utf-8")
    for picture in (ROOT / "docs").rglob("*.svg"):
        into = pages / picture.relative_to(ROOT / "docs")
        into.parent.mkdir(exist_ok=True)
        shutil.copy(picture, into)
    (pages / "assets").mkdir()
    for name in ("extra.css", "extra.js"):
        shutil.copy(HERE / name, pages / "assets")
    with (pages / "assets" / "extra.css").open("a", encoding="utf-8") as style:
        style.write(timelines.STYLE)


def place(code: str) -> str:
    """Where the pictures of a rule's page go: they are no Markdown, and the search need not know them."""
    return f'<div data-timelines="{code}"></div>'


def fill(page: Path, code: str, drawn: str) -> None:
    """Puts them there. Raises ValueError where a built page has no such place."""
    if not drawn:
        return
    text = page.read_text(encoding="utf-8")
    if text.count(place(code)) != 1:
        raise ValueError(f"{page.name} of {code} has no place for its pictures")
    page.write_text(text.replace(place(code), drawn), encoding="utf-8")


def framed(found: re.Match[str]) -> str:
    """Pictures of text in a frame: on a phone they scroll in it, where they would be too small to be read."""
    return (
        f'<div class="gclint-terminal gclint-wide" role="group" aria-label="{found[1]}" markdown>\n{found[0].rstrip()}\n</div>\n'
    )


def prepared(text: str, folder: str) -> str:
    """A document of a folder of the repository as a page at the root of the site."""
    text = _COMMENT.sub("", text)
    return relinked(text if folder == "." else references.linked(text), folder, "")


def unsearched(name: str, text: str) -> str:
    """A page with what the search leaves out of it marked. Raises ValueError where it has no such heading."""
    heading = UNSEARCHED.get(name)
    if heading is None:
        return text
    if f"{heading}\n" not in text:
        raise ValueError(f"{name} has no heading `{heading}`")
    if heading.startswith("# "):
        return f"---\nsearch:\n  exclude: true\n---\n{text}"
    return text.replace(f"{heading}\n", f"{heading} {{ data-search-exclude }}\n", 1)


def versions() -> str:
    """Rules by versions of transformers."""
    words = (
        "The table shows on which versions of transformers the examples of each rule had the effect. "
        "[Evidence](evidence.md) lists every run, with the versions of the other libraries; rule pages list version ranges."
    )
    return relinked(f"# Versions\n\n{words}\n\n{charts.table()}\n", "docs", "")


def config(pages: Path) -> str:
    """zensical.toml with the navigation. Raises ValueError where a page is in no menu."""
    families = {title: [code for code in cards.load() if code.startswith(prefix)] for prefix, title in rules.FAMILIES.items()}
    listed_rules = [_entry(title, [f'"rules/{code}.md"' for code in codes]) for title, codes in families.items()]
    menus = [("Home", '"index.md"'), *((title, _menu(entries)) for title, entries in USERS.items())]
    menus.insert(3, ("Rules", f'["rules/index.md", {", ".join(listed_rules)}]'))
    menus.append(("Develop", _menu(DEVELOPERS)))
    nav = ",\n  ".join(f'{{ "{title}" = {entries} }}' for title, entries in menus)
    listed = set(re.findall(r'"([\w/-]+\.md)"', nav))
    there = {path.relative_to(pages).as_posix() for path in pages.rglob("*.md")}
    if listed != there:
        raise ValueError(f"in a menu or a page, and not in both: {sorted(listed ^ there)}")
    known = addresses.read()
    said = [f'site_url = "{known.site}/"'] if known.site else []
    said += [f'repo_url = "{known.repository}"'] if known.repository else []
    text = (HERE / "zensical.toml").read_text(encoding="utf-8")
    return text.replace("[project]\n", "\n".join(["[project]", f"nav = [\n  {nav},\n]", *said, ""]), 1)


def _entry(title: str, pages: list[str]) -> str:
    return f'{{ "{title}" = [{", ".join(pages)}] }}'


def _menu(entries: dict[str, str]) -> str:
    return "[" + ", ".join(f'{{ "{title}" = "{page}.md" }}' for title, page in entries.items()) + "]"


def relinked(text: str, folder: str, up: str) -> str:
    """Links between documents as links between pages; what is no page leads to the repository, or is plain words without one.

    `folder` is where the document lies, `up` leads from its page to the root of the site.
    """

    def link(found: re.Match[str]) -> str:
        picture, words, target, anchor = found[1], found[2], found[3], found[4] or ""
        if "://" in target or not target:
            return found[0]
        name = (ROOT / folder / target).resolve().relative_to(ROOT).as_posix()
        if name in ELSEWHERE:
            return f"[{words}]({up}{ELSEWHERE[name]}{anchor})"
        if name.startswith("docs/"):
            return f"{picture}[{words}]({up}{name.removeprefix('docs/')}{anchor})"
        if rule := _RULE.fullmatch(name):
            return f"[{words}]({up}rules/{rule[1]}.md{anchor})"
        known = addresses.read().repository
        return f"[{words}]({known}/blob/main/{name})" if known else words

    return references.outside_fences(text, lambda part: _LINK.sub(link, part))


if __name__ == "__main__":
    sys.exit(main())
