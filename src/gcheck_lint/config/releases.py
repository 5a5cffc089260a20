"""The oldest and the newest release of each library that knowledge knows, written by `tools/generate.py`."""

from __future__ import annotations

from typing import Final

OLDEST: Final[dict[str, str]] = {
    "diffusers": "0.21.4",
    "lightning": "1.9.5",
    "peft": "0.3.0",
    "torch": "1.13.1",
    "transformers": "4.25.1",
    "trl": "0.7.11",
}
NEWEST: Final[dict[str, str]] = {
    "diffusers": "0.42.1",
    "lightning": "2.6.6",
    "peft": "0.21.2",
    "torch": "2.13.0",
    "transformers": "5.23.0",
    "trl": "1.16.0",
}
