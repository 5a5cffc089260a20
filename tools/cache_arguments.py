#!/usr/bin/env python3
"""Which models take `use_cache=…` where they are loaded: `python tools/cache_arguments.py TABLE`, then `--knowledge TABLE …`.

Run it with the Python of each release that is to be looked at (with torch), a TABLE for each. For each class of a model type it
writes a folder with a config.json and no weights worth the name, and calls `from_pretrained(folder, use_cache=False)`.
What its constructor is called with is held against its signature as Python would do it; it is not run. Three kinds of load:

- plain: the config.json is what the class's config writes; `has` where there is `use_cache` in it
- said: the same with `use_cache` at its top, as one may have it that is older than the config within the config
- beside: the config is passed as an object

A line of TABLE is a class, a release and what comes of the three: `taken` by the config, `dropped` by the constructor, `raises` a
TypeError, or the name of another error; then the config within its config in which the switch lies (`-`: in none). With
`--knowledge` any Python makes src/gcheck_lint/knowledge/cache_arguments.txt of all TABLEs.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import struct
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path

KNOWLEDGE = Path(__file__).parents[1] / "src" / "gcheck_lint" / "knowledge" / "cache_arguments.txt"
_HEAD = """\
# Classes that refuse `use_cache` where they are loaded. A line that begins with `=`: the versions in which they do whatever they
# load, those in which they do unless their config.json has it at its top, and the config within their config in which the switch
# lies (-: none). By tools/cache_arguments.py with
# {releases}.
"""


class _Reached(BaseException):
    """The constructor was called; `rest` are the keywords besides the config."""

    def __init__(self, rest):  # type: ignore[no-untyped-def]
        self.rest = rest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, nargs="+")
    parser.add_argument("--knowledge", action="store_true", help="make the file of knowledge of the tables")
    args = parser.parse_args()
    if args.knowledge:
        KNOWLEDGE.write_text(_knowledge(args.table), encoding="utf-8")
        return 0
    warnings.simplefilter("ignore")
    import transformers

    transformers.utils.logging.set_verbosity_error()
    release = transformers.__version__
    seen = [f"{name} {release} {' '.join(_looked_at(cls, kind))}\n" for name, cls, kind in _classes(transformers)]
    args.table[0].write_text("".join(sorted(seen)), encoding="utf-8")
    return 0


def _knowledge(tables: list[Path]) -> str:
    """Classes by when they refuse it: whatever they load, and unless their config.json has it; and where their switch lies."""
    seen: dict[str, dict[tuple[int, ...], list[str]]] = {}
    for table in tables:
        for name, release, *rest in (line.split() for line in table.read_text(encoding="utf-8").splitlines()):
            seen.setdefault(name, {})[_key(release)] = rest
    releases = sorted({release for by_release in seen.values() for release in by_release})
    groups: dict[str, list[str]] = {}
    for name, by_release in seen.items():
        if any(rest[2] != "raises" for rest in by_release.values()):
            continue  # its constructor takes anything, or it can't be looked at
        always = _span([by_release.get(one) for one in releases], releases, ["raises", "raises"])
        unless = _span([by_release.get(one) for one in releases], releases, ["raises", "taken"])
        if always != "-" or unless != "-":
            parts = {rest[3] for rest in by_release.values() if rest[0] != "has"}
            groups.setdefault(f"= {always} {unless} {parts.pop() if len(parts) == 1 else '-'}", []).append(name)
    told = "".join(
        f"{head}\n" + "\n".join(textwrap.wrap(" ".join(sorted(names)), 130, initial_indent=" ", subsequent_indent=" ")) + "\n"
        for head, names in sorted(groups.items())
    )
    return _HEAD.format(releases=", ".join(".".join(map(str, one)) for one in releases)) + told


def _span(seen: list[list[str] | None], releases: list[tuple[int, ...]], wanted: list[str]) -> str:
    """The releases in which it comes out so: what lies between two, and has no such class, is let in."""
    here = [(release, one[:2] == wanted) for release, one in zip(releases, seen, strict=True) if one is not None]
    hit = [release for release, is_so in here if is_so]
    if not hit:
        return "-"
    if not all(is_so for release, is_so in here if hit[0] <= release <= hit[-1]):
        raise SystemExit(f"a span with a hole: {seen}")
    others = [release for release, is_so in here if not is_so]
    line = [release for release in releases if release[0] == hit[0][0]]  # 4 or 5: the two have laws of their own
    first = hit[0] if any(line[0] <= other < hit[0] for other in others) else line[0]
    last = hit[-1] if any(hit[-1] < other <= line[-1] for other in others) else None
    bound = f">={_text(first)}"
    return f"{bound},<={_text(last)}" if last else f"{bound},<{line[0][0] + 1}" if line[-1] != releases[-1] else bound


def _text(release: tuple[int, ...]) -> str:
    return re.sub(r"(\.0)+$", "", ".".join(map(str, release)))


def _key(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _classes(transformers):  # type: ignore[no-untyped-def]
    """Each class that an Auto class knows, with the config of its type."""
    from transformers.models.auto import modeling_auto
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    found: dict[str, str] = {}
    for table in (getattr(modeling_auto, name) for name in dir(modeling_auto) if name.endswith("_MAPPING_NAMES")):
        for kind, made in table.items():
            for name in [made] if isinstance(made, str) else made:
                found.setdefault(name, kind)
    for name, kind in sorted(found.items()):
        try:
            cls = getattr(transformers, name, None)
            own = cls is not None and hasattr(cls, "from_pretrained") and cls.config_class is CONFIG_MAPPING[kind]
        except Exception as error:
            print(f"{name}: {type(error).__name__}", file=sys.stderr)
            continue
        if own:
            yield name, cls, cls.config_class


def _looked_at(cls, kind):  # type: ignore[no-untyped-def]
    try:
        config = kind()
        written = json.loads(config.to_json_string())
    except Exception as error:
        return [*[type(error).__name__] * 3, "-"]
    has = "use_cache" in written
    return [
        "has" if has else _loaded(cls, written),
        _loaded(cls, {**written, "use_cache": True}),
        _loaded(cls, written, config=config),
        _part(config),
    ]


def _part(config):  # type: ignore[no-untyped-def]
    try:
        text = config.get_text_config(decoder=True)
    except Exception:
        return "-"
    held = [name for name, value in vars(config).items() if value is text and hasattr(text, "use_cache")]
    return held[0].lstrip("_") if held else "-"


def _loaded(cls, written, **more):  # type: ignore[no-untyped-def]
    before = cls.__init__
    signature = inspect.signature(before)

    def init(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        signature.bind(self, *args, **kwargs)
        raise _Reached(kwargs)

    init.__signature__ = signature
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(written), encoding="utf-8")
        (Path(folder) / "model.safetensors").write_bytes(_weights())
        cls.__init__ = init
        try:
            cls.from_pretrained(folder, use_cache=False, **more)
        except _Reached as reached:
            return "dropped" if "use_cache" in reached.rest else "taken"
        except TypeError as error:
            return "raises" if "use_cache" in str(error) else "TypeError"
        except Exception as error:
            return type(error).__name__
        finally:
            cls.__init__ = before
    return "?"


def _weights() -> bytes:
    head = json.dumps({"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(head)) + head + b"\0" * 4


if __name__ == "__main__":
    sys.exit(main())
