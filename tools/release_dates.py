"""When each release of transformers that knowledge lists came out: printed as the table `[releases.dates]` of its file.

usage: python tools/release_dates.py [FILE]

FILE is what https://pypi.org/pypi/transformers/json answers; without it that address is asked.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

from gcheck_lint import knowledge

ADDRESS = "https://pypi.org/pypi/transformers/json"


def main(file: str | None) -> None:
    if file is not None:
        text = Path(file).read_text(encoding="utf-8")
    else:
        with urllib.request.urlopen(ADDRESS) as answer:
            text = answer.read().decode()
    uploaded = {release: files[0]["upload_time"][:10] for release, files in json.loads(text)["releases"].items() if files}
    print("[releases.dates]")
    for release in knowledge.load().releases("transformers"):
        print(f'"{release}" = {uploaded[release]}')


if __name__ == "__main__":
    main(*sys.argv[1:2] or [None])
