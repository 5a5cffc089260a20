#!/usr/bin/env python3
"""Which models keep the cache's switch in a config within their config: `python tools/composite_configs.py TABLE`.

Run it with the Python of each release that is to be looked at (with torch), oldest first: it makes the config of each model type,
asks `get_text_config(decoder=True)` for the config of the part that writes text, sets `use_cache` on the whole, and looks
whether the part has it. That is added to TABLE: a line for each class, with the newest release in which the switch reached
the part, and the newest in which it did not (`-`: in none). src/gcheck_lint/knowledge/composites.txt has the first two words of
the lines that have the third.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    table = parser.parse_args().table
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    known = {name: (reached, kept) for name, reached, kept in (line.split() for line in lines if not line.startswith("#"))}
    warnings.simplefilter("ignore")
    import transformers

    transformers.utils.logging.set_verbosity_error()
    for name, reached in sorted(_looked_at(transformers).items()):
        last, kept = known.get(name, ("-", "-"))
        known[name] = (transformers.__version__, kept) if reached else (last, transformers.__version__)
    told = "".join(f"{name} {' '.join(both)}\n" for name, both in sorted(known.items()))
    table.write_text(told, encoding="utf-8")
    return 0


def _looked_at(transformers):  # type: ignore[no-untyped-def]
    """Each class whose models have a cache: whether a switch on their config is what the part that writes text reads."""
    from transformers.models.auto import modeling_auto
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    classes: dict[str, set[str]] = {}
    for table in (getattr(modeling_auto, name) for name in dir(modeling_auto) if name.endswith("_MAPPING_NAMES")):
        for kind, made in table.items():
            classes.setdefault(kind, set()).update([made] if isinstance(made, str) else made)
    found: dict[str, bool] = {}
    for kind in sorted(CONFIG_MAPPING.keys()):
        try:
            config = CONFIG_MAPPING[kind]()
            text = config.get_text_config(decoder=True)
        except Exception as error:
            print(f"{kind}: {type(error).__name__}", file=sys.stderr)
            continue
        part = text is not config and any(value is text for value in vars(config).values())
        if not hasattr(text, "use_cache"):
            continue
        config.use_cache = False
        for name in sorted(classes.get(kind, ())):
            if getattr(getattr(transformers, name, None), "config_class", None) is type(config):
                found[name] = not part or text.use_cache is False
    return found


if __name__ == "__main__":
    sys.exit(main())
