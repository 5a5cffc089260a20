"""The pages of the rules that a wheel ships: what `gclint rule CODE` says, for a browser and for an editor, without a network.

They lead to each other and nowhere else. What is in them comes out of the cards alone.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from gcheck_lint import __version__
from gcheck_lint.report import explained
from gcheck_lint.rulebook import cards
from gcheck_lint.rulebook.cards import Card

_CODE: Final = re.compile(r"\bGCK\d{3}\b")
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --code: #8882; --link: light-dark(#0b57d0, #8ab4f8); }
body { background: Canvas; color: CanvasText; font: 1rem/1.6 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
a { color: var(--link); }
pre, code { font-family: ui-monospace, monospace; font-size: .9em; background: var(--code); border-radius: 4px; }
code { padding: .1em .3em; }
pre { padding: .8em 1em; overflow-x: auto; }
pre code { padding: 0; background: none; font-size: 1em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .4em .7em; text-align: left; vertical-align: top; }
footer, nav { font-size: .9em; margin: 1.5rem 0; }
"""


def written(folder: Path) -> list[Path]:
    """Writes the page of each rule into a folder, as HTML and as Markdown, and an index."""
    folder.mkdir(parents=True, exist_ok=True)
    known = cards.load()
    texts = {"index.html": index()}
    for code, card in known.items():
        texts[f"{code}.html"] = page(card)
        texts[f"{code}.md"] = explained.markdown(card) + "\n"
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def page(card: Card) -> str:
    """One rule."""
    body = html(explained.markdown(card), card.code)
    nav = f'<nav><a href="index.html">All rules</a> · <code>gclint rule {card.code}</code> · <code>gclint story FILE</code></nav>'
    return _whole(f"{card.code} {card.slug}", f"{nav}\n<main>\n{body}</main>")


def index() -> str:
    """All rules."""
    rows = "".join(
        f'<tr><td><a href="{code}.html">{code}</a></td><td>{card.slug}</td><td>{card.severity}</td>'
        f"<td>{explained.fix(card)}</td><td>{html(card.sentence, code, inline=True)}</td></tr>\n"
        for code, card in cards.load().items()
    )
    head = "<tr><th>rule</th><th>name</th><th>severity</th><th>fix</th><th>what happens</th></tr>\n"
    return _whole("Rules of gclint", f"<main>\n<h1>Rules</h1>\n<table>\n{head}{rows}</table>\n</main>")


def html(markdown: str, code: str, inline: bool = False) -> str:
    """Markdown as HTML, with the codes of other rules as links to their pages."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("rules", lambda state: _linked(state, code))
    made = str(parser.renderInline(markdown) if inline else parser.render(markdown))
    return made.replace("<pre>", '<pre tabindex="0">')  # what scrolls sideways can be scrolled with the keyboard, too


def _linked(state: StateCore, own: str) -> None:
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        children: list[Token] = []
        around: Token | None = None
        for token in block.children:
            if token.type in ("link_open", "link_close"):
                around = token if token.nesting > 0 else around
                children += [token] if around is not None and "://" in str(around.attrs["href"]) else []
                around = around if token.nesting > 0 else None
            else:
                children += _pieces(token, own) if token.type == "text" and around is None else [token]
        block.children = children


def _pieces(token: Token, own: str) -> list[Token]:
    known = cards.load()
    pieces: list[Token] = []
    last = 0
    for found in _CODE.finditer(token.content):
        if found[0] == own or found[0] not in known:
            continue
        pieces += [
            _text(token.content[last : found.start()]),
            Token("link_open", "a", 1, attrs={"href": f"{found[0]}.html"}),
            _text(found[0]),
            Token("link_close", "a", -1),
        ]
        last = found.end()
    return [*pieces, _text(token.content[last:])]


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _whole(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
<footer>gclint {__version__}</footer>
</body>
</html>
"""
