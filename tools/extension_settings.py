"""The settings in the VS Code extension's manifest that are keys of `gclint.toml`: they say what the JSON schema says.

Their names, scopes and order stay as they stand in editors/vscode/package.json; `gclint.configuration` gets all keys, so that the
editor completes and checks what is written into it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import settings_schema

from gcheck_lint.lsp.options import KEYS

_PREFIX: Final = "gclint."
_BLOCK: Final = re.compile(r'^    "configuration": (\{\n.*?^    \})', re.M | re.S)
_SELECTORS: Final = {"$ref": "#/definitions/selectors"}


def rewritten(text: str) -> str:
    """The manifest with its settings as they have to be."""
    found = _BLOCK.search(text)
    if found is None:
        raise ValueError("the manifest has no settings")
    settings = json.loads(found[1])
    schema = json.loads(settings_schema.written())
    keys, selectors = schema["properties"], _selectors(schema["definitions"]["selectors"])
    for name, said in settings["properties"].items():
        setting = name.removeprefix(_PREFIX)
        if setting == "configuration":
            said["properties"] = {key: _resolved(one, selectors) for key, one in keys.items()}
            said["additionalProperties"] = False
        elif setting in KEYS:
            key = KEYS[setting]
            said["markdownDescription"] = f"{keys[key]['description']} In `gclint.toml`: `{key}`."
            if keys[key].get("allOf") == [_SELECTORS]:
                said["items"] = selectors["items"]
    block = json.dumps(settings, indent=2, ensure_ascii=False).replace("\n", "\n    ")
    return text[: found.start(1)] + block + text[found.end(1) :]


def _selectors(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of selectors with one pattern, where the schema has several kinds: VS Code shows only the former as a list."""
    item = schema["items"]
    named, coded = (one for one in item["anyOf"])
    names = "|".join(name for name in named["enum"] if name.islower())
    return {
        "type": "array",
        "items": {"type": "string", "pattern": f"{coded['pattern']}|^({names})$", "patternErrorMessage": item["description"]},
    }


def _resolved(key: dict[str, Any], selectors: dict[str, Any]) -> dict[str, Any]:
    """A key without references, since the settings of VS Code have no definitions."""
    said = {name: value for name, value in key.items() if name not in {"allOf", "default", "examples"}}
    if "allOf" in key:
        said.update(selectors)
    if said.get("additionalProperties") == _SELECTORS:
        said["additionalProperties"] = selectors
    return said
