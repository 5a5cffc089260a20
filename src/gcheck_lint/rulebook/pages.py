"""Where a rule can be read: on the site, else in this installation, so that each link works without a network, too."""

from __future__ import annotations

import functools
from typing import Final

from gcheck_lint.rulebook import addresses, folder

FOLDER: Final = "pages"  # beside the cards of a wheel; a checkout has no pages, and links to its cards


def public(code: str) -> str | None:
    """The rule's page on the site; None without a site, or without such a rule."""
    return f"{addresses.SITE}/rules/{code}/" if addresses.SITE and code in folder.files() else None


@functools.cache
def url(code: str) -> str | None:
    """For a browser: on the site, else the page in this installation. None without such a rule."""
    return public(code) or _installed(code, f"{code}.html")


@functools.cache
def document(code: str) -> str | None:
    """For an editor, which shows text: on the site, else the page in this installation as Markdown."""
    return public(code) or _installed(code, f"{code}.md")


def _installed(code: str, name: str) -> str | None:
    card = folder.files().get(code)
    if card is None:
        return None
    page = card.parent / FOLDER / name
    return (page if page.is_file() else card).as_uri()
