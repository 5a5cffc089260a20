"""The JSON schema of the settings, out of their keys: what editors complete and check in `gclint.toml` and `[tool.gclint]`."""

from __future__ import annotations

import json
from typing import Any

import tomli

from gcheck_lint.config.keys import ALL, KEYS, MOST_JOBS, Key
from gcheck_lint.prefilter.words import RULES


def written() -> str:
    """The whole file."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "gclint",
        "description": "Settings of gclint: gclint.toml, .gclint.toml, or the table [tool.gclint] of a pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "definitions": {"selectors": {"type": "array", "items": _selector()}},
        "properties": {key.name: _property(key) for key in KEYS.values()},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _selector() -> dict[str, Any]:
    digits = sorted({code.removeprefix("GCK")[:count] for code in RULES for count in range(1, 4)})
    begun = "|".join(digits)
    return {
        "description": "A code, a prefix of a code, a name, or ALL.",
        "anyOf": [
            {"enum": [ALL, *RULES, *RULES.values()]},
            {"type": "string", "pattern": f"^([Gg][Cc][Kk]({begun})?|[Aa][Ll][Ll])$"},
        ],
    }


def _property(key: Key) -> dict[str, Any]:
    said = {"description": key.text, **_type(key)}
    if key.default is not None:
        said["default"] = key.default
    return {**said, "examples": [tomli.loads(f"x = {key.example}")["x"]]}


def _type(key: Key) -> dict[str, Any]:
    match key.kind:
        case "selectors":
            return {"allOf": [{"$ref": "#/definitions/selectors"}]}
        case "patterns":
            return {"type": "array", "items": {"type": "string"}}
        case "ignores":
            return {"type": "object", "additionalProperties": {"$ref": "#/definitions/selectors"}}
        case "flag":
            return {"type": "boolean"}
        case "choice":
            return {"enum": list(key.choices)}
        case "seconds":
            return {"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000}
        case "count":
            return {"type": "integer", "minimum": 1, "maximum": MOST_JOBS}
        case _:
            return {"type": "string"}
