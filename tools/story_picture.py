"""docs/images/story-light.svg, story-dark.svg: the tutorial's script as `gclint story` draws it, for the README and the site.

There is one for each colour scheme: what shows them chooses by its own, which may be another than that of the system.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import finding_picture

from gcheck_lint.config.settings import Settings
from gcheck_lint.report import markup, picture
from gcheck_lint.report.stories import Told
from gcheck_lint.run import pipeline, telling

_TITLE: Final = (
    "What a training script does to its model, line by line: it generates in train mode with gradient checkpointing on"
)


def light(_: str = "") -> str:
    """For a light page."""
    return _written(markup.LIGHT)


def dark(_: str = "") -> str:
    """For a dark one."""
    return _written(markup.DARK)


def _written(colours: str) -> str:
    settings = Settings(target_transformers=finding_picture.TARGET)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.py"
        path.write_text(finding_picture.script(), encoding="utf-8")
        story = telling.tell(str(path), settings)
        found = pipeline.check(story.module.source, settings).diagnostics
    findings = tuple(one for one in found if settings.shows(one.severity))
    drawn = picture.inline(Told("train.py", story, findings=findings), has_list=False, is_narrow=True)
    style = f"<title>{_TITLE}</title>\n<style>\n.gclint {{ {colours} }}\n{picture.UNCOLOURED}</style>\n"
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(">\n", f">\n{style}", 1) + "\n"
