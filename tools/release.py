#!/usr/bin/env python3
"""Makes a release, or says what stands in its way: `python tools/release.py`.

It refuses while address.toml is empty, a page keeps a placeholder, a document names another version or tag than the one about to
be made, the changelog has no date, or something is not committed. Then it builds the sdist and the wheel into dist/ and looks
whether licence, cards and rule pages are in them. `--date` writes today's date into CHANGELOG.md and CITATION.cff, `--tag` makes
the tag at the end. Nothing is uploaded: the release workflow does that when the tag is pushed, and asks this script once more.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import addresses
from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parent.parent
_VERSION: Final = r"(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)"
# how documents name a version of gclint: a tag of a hook or an action, a requirement, a wheel, a row of the comparison
_NAMED: Final = (
    re.compile(rf"^\s*rev: ['\"]?v{_VERSION}", re.M),
    re.compile(rf"\bgclint@v{_VERSION}"),
    re.compile(rf"\bgclint@\S+ # v{_VERSION}"),
    re.compile(rf"\bgcheck-lint(?:\[[\w,]+\])?(?:==|@){_VERSION}"),
    re.compile(rf"\bgcheck_lint-{_VERSION}"),
    re.compile(rf"^\| gclint \| {_VERSION} \|", re.M),
)
_SINCE: Final = re.compile(rf'^since = "{_VERSION}"$', re.M)
_HEAD: Final = re.compile(r"^## (?P<version>\S+) \((?P<date>[^)]*)\)$", re.M)


def version(root: Path) -> str:
    """The version about to be made."""
    text = (root / "src" / "gcheck_lint" / "__init__.py").read_text(encoding="utf-8")
    return re.findall(rf'^__version__ = "{_VERSION}"$', text, re.M)[0]


def documents(root: Path) -> list[Path]:
    """What people read."""
    folders = [
        *root.glob("*.md"),
        *(root / "docs").rglob("*.md"),
        *(root / "editors").glob("*/README.md"),
        *(root / "examples").glob("*.md"),
    ]
    return sorted(path for path in folders if path.name != "CHANGELOG.md")


def obstacles(root: Path) -> Iterator[str]:
    """What stands in the way of a release, each in a line."""
    wanted = version(root)
    known = addresses.read(root)
    for name in ("repository", "site"):
        if not getattr(known, name):
            yield f"{addresses.FILE}: {name} is empty"
    yield from named_versions(root, wanted)
    for path in documents(root):
        text = path.read_text(encoding="utf-8")
        for placeholder in (addresses.CLONE, addresses.OWNER, "to be named before the first release", "no address -->"):
            if placeholder in text:
                yield f"{path.relative_to(root)}: a placeholder is left: {placeholder}"
    head = _HEAD.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    date = head["date"] if head and head["version"] == wanted else None
    if date is None:
        yield f"CHANGELOG.md: it does not begin with {wanted}"
    elif not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        yield f"CHANGELOG.md: {wanted} has no date (--date writes it)"
    elif f"date-released: {date}\n" not in (root / "CITATION.cff").read_text(encoding="utf-8"):
        yield "CITATION.cff: it has another date than CHANGELOG.md (--date writes it)"


def named_versions(root: Path, wanted: str) -> Iterator[str]:
    """Places that name another version than the wanted one."""
    for path in documents(root):
        text = path.read_text(encoding="utf-8")
        for pattern in _NAMED:
            for found in pattern.finditer(text):
                if found[1] != wanted:
                    row = text.count("\n", 0, found.start(1)) + 1
                    yield f"{path.relative_to(root)}:{row}: it names {found[1]}, and {wanted} is about to be made"
    for path in sorted((root / "rules").glob("GCK*.md")):
        since = _SINCE.search(path.read_text(encoding="utf-8"))
        if since is None or Version(since[1]) > Version(wanted):
            yield f"rules/{path.name}: its `since` is {since[1] if since else 'missing'}, and {wanted} is about to be made"
    notes = re.search(r"^## (\S+)", (root / "editors" / "vscode" / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    if notes is None or notes[1] != wanted:
        yield f"editors/vscode/CHANGELOG.md: it does not begin with {wanted}"
    extension = json.loads((root / "editors" / "vscode" / "package.json").read_text(encoding="utf-8"))["version"]
    if extension != wanted:
        yield f"editors/vscode/package.json: its version is {extension}"
    if f"\nversion: {wanted}\n" not in (root / "CITATION.cff").read_text(encoding="utf-8"):
        yield f"CITATION.cff: its version is not {wanted}"


def dated(root: Path, day: str) -> None:
    """Writes the day of the release."""
    path = root / "CHANGELOG.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(_HEAD.sub(lambda head: f"## {head['version']} ({day})", text, count=1), encoding="utf-8")
    path = root / "CITATION.cff"
    text = re.sub(r"^date-released: .*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    path.write_text(re.sub(r"^(version: .*\n)", rf"\1date-released: {day}\n", text, flags=re.M), encoding="utf-8")


def built(root: Path, folder: Path) -> Iterator[str]:
    """Builds sdist and wheel into a folder, and says what they lack."""
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(root)], check=True, stdout=subprocess.DEVNULL)
    (sdist,) = folder.glob(f"gcheck_lint-{version(root)}.tar.gz")
    (wheel,) = folder.glob(f"gcheck_lint-{version(root)}-*.whl")
    cards = [path.stem[:6] for path in (root / "rules").glob("GCK*.md")]
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("LICENSE", "CHANGELOG.md", "address.toml", *(f"rules/{path.name}" for path in (root / "rules").glob("GCK*.md"))):
        if name not in names:
            yield f"{sdist.name}: {name} is missing"
    with zipfile.ZipFile(wheel) as archived:
        names = set(archived.namelist())
    wanted = [f"gcheck_lint-{version(root)}.dist-info/licenses/LICENSE"]
    wanted += [f"gcheck_lint/rulebook/{path.name}" for path in (root / "rules").glob("GCK*.md")]
    wanted += [f"gcheck_lint/rulebook/pages/{code}.html" for code in cards]
    yield from (f"{wheel.name}: {name} is missing" for name in wanted if name not in names)


def uncommitted(root: Path) -> bool:
    """Whether the work tree differs from its commit."""
    command = ["git", "-C", str(root), "status", "--porcelain"]
    return bool(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--date", action="store_true", help="write today's date, and no more")
    parser.add_argument("--check", action="store_true", help="only say what stands in the way")
    parser.add_argument("--tag", action="store_true", help="make the tag")
    parser.add_argument("--of", metavar="TAG", help="the tag that is being released, to be that of this version")
    options = parser.parse_args()
    if options.date:
        dated(ROOT, datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat())
        return 0
    found = list(obstacles(ROOT))
    if options.of not in (None, f"v{version(ROOT)}"):
        found.append(f"the tag is {options.of}, and the version {version(ROOT)}")
    if not options.check:
        found += ["something is not committed"] if uncommitted(ROOT) else []
        found += [] if found else built(ROOT, ROOT / "dist")
    for line in found:
        print(line)
    if found:
        print(f"no release: {len(found)} {'thing stands' if len(found) == 1 else 'things stand'} in the way", file=sys.stderr)
        return 1
    if options.tag:
        subprocess.run(
            ["git", "-C", str(ROOT), "tag", "--annotate", f"v{version(ROOT)}", "--message", f"gclint {version(ROOT)}"], check=True
        )
    print(f"gclint {version(ROOT)} can be released")
    return 0


if __name__ == "__main__":
    sys.exit(main())
