"""Looks over the built pages: each link leads somewhere, nothing is loaded from elsewhere, no Markdown is left unread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_LOADS: Final = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_RELATIONS: Final = {
    "stylesheet",
    "icon",
    "preload",
    "modulepreload",
}  # what `link` loads; the others name a place
_UNREAD: Final = {"code", "pre", "script", "style", "svg"}  # what holds no prose


class Page(HTMLParser):
    """What a page links to, loads and can be linked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.words: list[str] = []
        self._skipped = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said[name] for name in ("id", "name") if said.get(name)}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag in _LOADS and said.get(_LOADS[tag]) and (tag != "link" or set(said.get("rel", "").split()) & _RELATIONS):
            self.loads.append(said[_LOADS[tag]])
        self._skipped += tag in _UNREAD

    def handle_endtag(self, tag: str) -> None:
        """Leaves it."""
        self._skipped -= tag in _UNREAD

    def handle_data(self, data: str) -> None:
        """Notes words that are no code."""
        if not self._skipped:
            self.words.append(data)


def faults(site: Path) -> Iterator[str]:
    """What is wrong, each in a line."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        if path.name == "404.html":
            continue
        for link in page.links:
            yield from (f"{name}: {what}" for what in _broken(link, path, site.resolve(), pages))
        for load in page.loads:
            if urlsplit(load).netloc:
                yield f"{name}: it loads {load}"
            elif not (path.parent / unquote(urlsplit(load).path)).exists():
                yield f"{name}: it lacks {load}"
        for left in re.findall(r"^\s*(?:\|[ -]+\|.*|```.*|#{2,} .*|[?!]{3}\+? \w+.*|.*\]\(\S*\).*)$", "".join(page.words), re.M):
            yield f"{name}: this Markdown is not read: {left.strip()[:80]}"


def _broken(link: str, page: Path, site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file() or site not in target.parents:
        yield f"{link} leads nowhere"
    elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors | {"__top"}:
        yield f"{link}: there is no such section"
