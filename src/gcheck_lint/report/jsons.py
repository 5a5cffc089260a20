"""JSON that is safe in a log: what a terminal or a build service would obey is escaped, and any name can be written as UTF-8."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

# controls; letters that turn the text around or are not seen; line breaks to some viewers; half a pair, which is also how a byte
# of a file name is kept that is no UTF-8
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_SUSPECT: Final = re.compile(r"[^\x00-\x7e]|#(?=#)")  # also the first `#` of a command to Azure Pipelines


def dumps(value: Any, **options: Any) -> str:
    """Like `json.dumps`; what is escaped stands within texts, so a reader gets what was meant."""
    return _SUSPECT.sub(_escaped, json.dumps(value, ensure_ascii=False, **options))


def _escaped(match: re.Match[str]) -> str:
    letter = match[0]
    if letter == "#":
        return "\\u0023"
    return json.dumps(letter)[1:-1] if unicodedata.category(letter) in _UNSEEN else letter
