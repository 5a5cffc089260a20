"""JSON that is safe in a log: what a terminal or a build service would obey is escaped, and any name can be written as UTF-8."""

from __future__ import annotations

import json
import re
from typing import Any, Final

# DEL and the second set of controls; letters that turn the text around or are not seen; line breaks to some viewers; half a pair,
# which is also how a byte of a file name is kept that is no UTF-8; the first `#` of a command to Azure Pipelines
_UNSAFE: Final = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|#(?=#)")


def dumps(value: Any, **options: Any) -> str:
    """Like `json.dumps`; what is escaped stands within texts, so a reader gets what was meant."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False, **options))
