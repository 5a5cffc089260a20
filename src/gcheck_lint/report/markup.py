"""Text in SVG and HTML: what others wrote is only shown, never obeyed, and every document can be read by an XML parser."""

from __future__ import annotations

import html
import re
from typing import Final

from gcheck_lint.report.paint import TAB, clean

# what XML 1.0 has no way to say
_FORBIDDEN: Final = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# of both colour schemes; every pair of ink and ground has a contrast of 4.5 and more
LIGHT: Final = """\
--page: #ffffff; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; --band: #f6f8fa; --on: #0969da; --on-ink: #ffffff;
  --off: #dfe4ea; --train: #8250df; --error: #c4212c; --warning: #8a5d00; --info: #0969da;"""
DARK: Final = """\
--page: #0d1117; --ink: #f0f6fc; --dim: #9aa4ae; --line: #3d444d; --band: #161b22; --on: #58a6ff; --on-ink: #0d1117;
  --off: #2f3742; --train: #bc8cff; --error: #ff7b72; --warning: #e3b341; --info: #58a6ff;"""
COLOURS: Final = f"""\
.gclint {{ {LIGHT} }}
@media (prefers-color-scheme: dark) {{ .gclint {{ {DARK} }} }}
"""


def escaped(text: str) -> str:
    """A text as content, or as the value of an attribute in quotes."""
    shown = clean(text.replace("\t", " " * TAB))
    return html.escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", shown))


def on_lines(texts: list[str]) -> str:
    """Texts below each other in a `<title>`; empty ones are left out. No line of the document begins with one of them."""
    return "&#10;".join(escaped(text) for text in texts if text)
