"""The public addresses, written by `tools/generate.py` out of address.toml. Empty: not known yet."""

from __future__ import annotations

from typing import Final

REPOSITORY: Final = ""
SITE: Final = ""
