"""What repositories of base models hold, as knowledge/bases.toml: entries are added, or take the place of older ones.

usage: python tools/base_table.py LISTING…

LISTING is a local file of one of two kinds (nothing is fetched). An answer of the hub (`https://huggingface.co/api/models/ID`):
its `siblings` are all files, so it also shows what is not there. Or lines
`id <TAB> yes|no <TAB> source <TAB> date`, where `source` says where that can be read (`owner/name@commit path:line`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import tomli

TABLE = Path(__file__).parent.parent / "src" / "gcheck_lint" / "knowledge" / "bases.toml"
FILE = "generation_config.json"
Entry = tuple[str, bool, str, str]  # id, whether the repository holds the file, source, date


def read(listing: Path) -> Iterator[Entry]:
    """The entries of a local file."""
    text = listing.read_text(encoding="utf-8")
    if listing.suffix == ".json":
        answer = json.loads(text)
        held = FILE in {file["rfilename"] for file in answer["siblings"]}
        yield answer["id"], held, f"https://huggingface.co/api/models/{answer['id']} {answer['sha']}", answer["lastModified"][:10]
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            name, held_there, source, date = line.split("\t")
            if held_there not in ("yes", "no"):
                raise ValueError(f"{listing}:{number}: `{held_there}` is neither yes nor no")
            yield name, held_there == "yes", source, date


def merged(known: list[Entry], found: list[Entry]) -> list[Entry]:
    """One entry for each id: the younger one."""
    newest: dict[str, Entry] = {}
    for entry in sorted([*known, *found], key=lambda entry: entry[3]):
        newest[entry[0]] = entry
    return sorted(newest.values(), key=lambda entry: entry[0].lower())


def written(head: str, entries: list[Entry]) -> str:
    """The table as it is on disk: what stands above its first entry, and the entries."""
    parts = [head.rstrip("\n")]
    for name, held, source, date in entries:
        lines = [f'id = "{name}"', f"generation_config = {str(held).lower()}", f'source = "{source}"', f"date = {date}"]
        parts.append("\n".join(["[[base]]", *lines]))
    return "\n\n".join(parts) + "\n"


def main(listings: list[str]) -> None:
    text = TABLE.read_text(encoding="utf-8")
    known = [
        (base["id"], base["generation_config"], base["source"], base["date"].isoformat())
        for base in tomli.loads(text).get("base", ())
    ]
    found = [entry for listing in listings for entry in read(Path(listing))]
    TABLE.write_text(written(text.partition("[[base]]")[0], merged(known, found)), encoding="utf-8")
    print(f"{TABLE.name}: {len(merged(known, found))} repositories")


if __name__ == "__main__":
    main(sys.argv[1:])
