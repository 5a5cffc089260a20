"""Options of a command line that ask for checkpointing, and that nothing in the program reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from gcheck_lint.python.option_reads import is_unread
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.events import OptionUnread
from gcheck_lint.story.domain.values import Constant
from gcheck_lint.story.interpreter.interpreter import Interpreter

# an option whose help says so is there for another reason
_SAYS_SO: Final = re.compile(
    r"deprecat|ignor|unused|not used|no effect|nothing|support|compat|legacy|placeholder|todo|not implement|planned|no-op", re.I
)


def note_unread(interpreter: Interpreter, call: Call, field: str, option: str) -> None:
    """An option that the script itself declares. What another module declares may be there for other scripts."""
    if field not in interpreter.knowledge.arguments["checkpointing_options"]:
        return
    site = interpreter.site(call.node)
    said = call.passed.keywords.get("help", Constant(""))
    if site.inner is not None or site.module is not interpreter.module:
        return
    if not isinstance(said, Constant) or _SAYS_SO.search(str(said.value)):
        return
    key = ("read", field)
    if key not in interpreter.remembered:
        interpreter.remembered[key] = Constant(not _is_unread(interpreter, field))
    if interpreter.remembered[key] == Constant(False):
        interpreter.emit(OptionUnread, call.node, [], option=option)


def _is_unread(interpreter: Interpreter, field: str) -> bool:
    module, resolver = interpreter.module, interpreter.modules.resolver
    texts = [(Path(module.path).stem, module.plain)] if resolver is None else resolver.texts(module)
    return texts is not None and is_unread(texts, field)
