"""The real JupyterLab with jupyterlab-lsp, set up with the very blocks of docs/editors.md and driven in Chromium.

Installing it takes long, so it is `make jupyterlab` that runs them; GCLINT_JUPYTER names its `jupyter`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import missing, needs
from tests.support.paths import ROOT

JUPYTER = os.environ.get("GCLINT_JUPYTER", "")
CELLS = (
    "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n\n"
    'model = AutoModelForCausalLM.from_pretrained("gpt2")\nmodel.gradient_checkpointing_enable()',
    "%matplotlib inline\n!ls",
    'args = TrainingArguments(output_dir="out")\ntrainer = Trainer(model=model, args=args)\ntrainer.train()',
    'print("a long way down")\nmodel.generate("x")\nmodel.config.use_cache = False  # noqa: GCK101\ntrainer.save_model("out")',
)
MARKED = {
    "model.gradient_checkpointing_enable()",
    'model.generate("x")',
    "model.config.use_cache",
    "# noqa: GCK101",
    'trainer.save_model("out")',
}
pytestmark = pytest.mark.skipif(not JUPYTER, reason="GCLINT_JUPYTER names no jupyter; `make jupyterlab` installs one")


def blocks() -> list[str]:
    """The blocks of the page: the server's settings, and the user's."""
    text = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    section = text[text.index("## JupyterLab\n") :].split("\n## ", 1)[0]
    return re.findall(r"^```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


@dataclass
class Lab:
    """JupyterLab in a browser."""

    address: str
    driver: Any
    settings: Path

    def open(self, name: str) -> None:
        self.driver.get(f"{self.address}lab/tree/{name}?reset")

    def marked(self) -> list[str]:
        """The code below which there is a line, in its order."""
        found = self.driver.execute_script("return [...document.querySelectorAll('.cm-lintRange')].map(one => one.innerText)")
        return [str(one) for one in found]

    def word(self, text: str) -> Any:
        """A piece of code that is coloured as one."""
        from selenium.webdriver.common.by import By

        return next(one for one in self.driver.find_elements(By.CSS_SELECTOR, ".cm-line span") if one.text == text)

    def panels(self) -> str:
        """What is shown on hover."""
        shown = "[...document.querySelectorAll('.lsp-hover, .cm-tooltip-lint')].map(one => one.innerText).join('\\n')"
        return str(self.driver.execute_script(f"return {shown}"))

    def until(self, wanted: Callable[[], bool]) -> None:
        end = time.monotonic() + 90
        while not wanted():
            assert time.monotonic() < end, f"never as wanted; marked: {self.marked()}"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    needs("selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        missing("chromium", "apt-get install chromium chromium-driver")
    folder = tmp_path_factory.mktemp("jupyterlab")
    written = dict(zip(("jupyter_server_config.d/gclint.json", _SETTINGS), blocks(), strict=True))
    for name, text in written.items():
        path = folder / "home" / ".jupyter" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    work = folder / "work"
    work.mkdir()
    (work / "train.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    (work / "train.py").write_text("\n".join(CELLS[:1] + CELLS[2:]) + "\n", encoding="utf-8")
    tools = folder / "bin"
    tools.mkdir()
    (tools / "gclint").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gcheck_lint "$@"\n', encoding="utf-8")
    (tools / "gclint").chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("lab", "--allow-root", "--no-browser", f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={work}")
    variables = {**os.environ, "HOME": str(folder / "home"), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([JUPYTER, *words], cwd=work, env=variables, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/"
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1500,1000"):
        options.add_argument(word)
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        answers(address, server, folder / "log")
        yield Lab(address, made, folder / "home" / ".jupyter" / _SETTINGS)
    finally:
        made.quit()
        server.terminate()
        server.wait(60)


_SETTINGS = "lab/user-settings/@jupyter-lsp/jupyterlab-lsp/plugin.jupyterlab-settings"


def notebook() -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "id": f"cell{number}", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
        for number, text in enumerate(CELLS)
    ]
    language = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": language}, "nbformat": 4, "nbformat_minor": 5}


def answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Waits until JupyterLab is there."""
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}lab", timeout=10):
                return
        except OSError:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, log.read_text(encoding="utf-8")
            time.sleep(0.2)


@pytest.mark.parametrize("name", ["train.ipynb", "train.py"])
def test_findings_show_up(name: str, lab: Lab) -> None:
    lab.open(name)
    lab.until(lambda: set(lab.marked()) == MARKED)


def test_what_is_typed_in_a_cell_is_checked_with_the_others(lab: Lab) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    lab.open("train.ipynb")
    lab.until(lambda: set(lab.marked()) == MARKED)
    cell = lab.driver.find_elements(By.CSS_SELECTOR, ".jp-CodeCell .cm-content")[1]
    cell.click()
    ActionChains(lab.driver).key_down(Keys.CONTROL).send_keys(Keys.END).key_up(Keys.CONTROL).perform()
    ActionChains(lab.driver).send_keys(Keys.ENTER, "model.gradient_checkpointing_disable()").perform()
    lab.until(lambda: not {'model.generate("x")', "model.gradient_checkpointing_enable()"} & set(lab.marked()))


def test_hovering_tells_what_happens(lab: Lab) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    lab.open("train.ipynb")
    lab.until(lambda: set(lab.marked()) == MARKED)
    ActionChains(lab.driver).key_down(Keys.CONTROL).move_to_element(lab.word("gradient_checkpointing_enable")).perform()
    lab.until(lambda: "checkpointing on" in lab.panels())
    ActionChains(lab.driver).key_up(Keys.CONTROL).perform()


def test_the_places_of_a_finding_are_named_by_what_stands_there(lab: Lab) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    lab.open("train.ipynb")
    lab.until(lambda: set(lab.marked()) == MARKED)
    there = ActionChains(lab.driver).move_to_element(lab.word("save_model"))
    for _ in range(4):  # a mouse that has never stood still over the word has not asked
        there.pause(0.2).move_by_offset(2, 0)
    there.perform()
    lab.until(lambda: "`trainer.train()`: trained here" in lab.panels())
    assert "train.ipynb:" not in lab.panels()


def test_settings_reach_the_server(lab: Lab) -> None:
    written = lab.settings.read_text(encoding="utf-8")
    lab.settings.write_text(written.replace('"run": "onType"', '"ignore": ["GCK203"]'), encoding="utf-8")
    try:
        lab.open("train.ipynb")
        lab.until(lambda: set(lab.marked()) == MARKED - {'model.generate("x")'})
    finally:
        lab.settings.write_text(written, encoding="utf-8")
