"""Pages that need nothing but themselves: the pictures of stories, and the findings of a run with the picture of each file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gcheck_lint.report import picture
from gcheck_lint.report.markup import escaped
from gcheck_lint.report.stories import Told

_STYLE: Final = """\
body.gclint { margin: 0 auto; padding: 16px 24px; max-width: 1280px; background: var(--page); color: var(--ink);
  color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
.gclint h1 { font-size: 22px; } .gclint h2 { font-size: 17px; overflow-wrap: anywhere; border-bottom: 1px solid var(--line); }
.gclint .picture { overflow-x: auto; } .gclint .picture svg { max-width: 100%; min-width: 900px; height: auto; }
"""


def of_stories(told: Sequence[Told]) -> str:
    """The pictures of files below each other."""
    parts = ["<h1>What the scripts do to their models</h1>"]
    for one in told:
        parts += ["<section>", f"<h2>{escaped(one.path)}</h2>", framed(one), "</section>"]
    return page("gclint story", parts)


def framed(told: Told, has_list: bool = True) -> str:
    """A picture that scrolls within its frame where the window is narrow."""
    return f'<div class="picture" tabindex="0" role="group" aria-label="timeline">{picture.inline(told, has_list)}</div>'


def page(title: str, parts: Sequence[str], style: str = "", script: str = "") -> str:
    """One document. It may load nothing, and run nothing but `script`."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escaped(title)}</title>",
            f"<style>\n{picture.STYLE}{_STYLE}{style}</style>",
            '</head>\n<body class="gclint">\n<main>',
            *parts,
            "</main>",
            *([f"<script>{script}</script>"] if script else []),
            "</body>\n</html>\n",
        ]
    )


def _policy(script: str) -> str:
    """What a browser lets the page do: be styled, and run this one script, by its hash."""
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    runs = f"; script-src 'sha256-{digest}'" if script else ""
    return f"default-src 'none'; style-src 'unsafe-inline'{runs}"
