"""The site, built strictly and tried in a real browser: Chromium of Debian, driven by Selenium."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint.rulebook import cards
from tests.support.clients import missing, needs
from tests.support.invocation import gclint, run
from tests.support.paths import ROOT
from tests.support.samples import CODES, DEFECT

AXE = "4.14.1"
PHONE, DESK = (360, 740), (1280, 900)
UNTOLD = ("GCK001", "GCK002")  # of files that can't be read there is no story
LOGGED = "Caching is incompatible with gradient checkpointing in LlamaDecoderLayer"


@pytest.fixture(scope="module")
def site() -> Path:
    """The site as `make site` builds it."""
    needs("zensical")
    done = run([sys.executable, str(ROOT / "tools" / "website" / "build.py")], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build" / "website" / "site"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Browser:
    """Chromium, and what the tests ask of it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, url: str, size: tuple[int, int] = DESK, scheme: str = "light") -> None:
        """A page in a window of some size, for somebody who likes it light or dark."""
        self.resize(size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get(url)

    def resize(self, size: tuple[int, int]) -> None:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    @contextlib.contextmanager
    def without_search(self) -> Iterator[None]:
        """Pages don't read the index of the search, which takes most of their time."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*search*"]})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})

    def ask(self, script: str) -> Any:
        return self.driver.execute_script(f"return {script}")

    def until(self, script: str) -> Any:
        """What a script says as soon as it says something; fails after ten seconds."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if found := self.ask(script):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}")

    def still(self, script: str) -> Any:
        """What a script says once it has said the same for half a second: a search answers for each letter that is typed."""
        end = time.monotonic() + 10
        said, since = self.until(script), time.monotonic()
        while time.monotonic() < end:
            time.sleep(0.05)
            if (now := self.ask(script)) != said:
                said, since = now, time.monotonic()
            elif said and time.monotonic() - since > 0.5:
                return said
        raise AssertionError(f"never still: {script}")

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        chain = ActionChains(self.driver)
        for key in keys:
            if key.startswith("Control+"):
                chain = chain.key_down(Keys.CONTROL).send_keys(key[-1]).key_up(Keys.CONTROL)
            else:
                chain = chain.send_keys(getattr(Keys, key, key))
        chain.perform()

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window, as soon as its scripts have put its tables into frames."""
        end = time.monotonic() + 2
        while True:
            wider = int(self.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
            if wider <= 0 or time.monotonic() > end:
                return wider
            time.sleep(0.05)

    def violations(self, axe: str) -> list[tuple[str, str]]:
        """What axe-core calls serious or critical: the rule, and the first place."""
        self.driver.execute_script(axe)
        run = "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations))"
        found = self.driver.execute_async_script(f"const done = arguments[arguments.length - 1]; {run}")
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        return [(one["id"], one["nodes"][0]["html"][:200] + one["nodes"][0]["failureSummary"]) for one in grave]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    needs("selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        missing("chromium", "apt-get install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield Browser(made)
    made.quit()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("npm") is None:
        missing("npm", "apt-get install npm")
    folder = tmp_path_factory.mktemp("axe")
    done = run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"axe-core@{AXE}"], folder)
    assert done.returncode == 0, done.stderr
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def test_each_rule_has_its_page(site: Path) -> None:
    for code in cards.load():
        text = (site / "rules" / code / "index.html").read_text(encoding="utf-8")
        for section in ("how-to-fix-it", "example", "why", "versions", "evidence", "what-does-not-help", "references"):
            assert f'id="{section}"' in text, f"{code}: {section}"
        assert "data-timelines" not in text
        has_story = code not in UNTOLD
        assert ('id="line-by-line"' in text) is has_story, code
        assert (text.count('<svg class="gclint"') in (1, 2)) is has_story, code
        assert len(text) < 100_000, f"{code}: a page is light"


def test_build_sees_what_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "website"))
    import check

    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<h1 id="there">A</h1><a href="../">up</a>', encoding="utf-8")
    words = (
        '<a href="a/#there">1</a><a href="a/#gone">2</a><a href="b/">3</a><a href="https://example.org/">4</a>'
        '<a href="../x">5</a>'
        '<script src="https://example.org/x.js"></script><img src="no.svg"><p>\n| --- | --- |</p><pre>\n| --- |</pre>'
    )
    (tmp_path / "index.html").write_text(words, encoding="utf-8")
    assert list(check.faults(tmp_path)) == [
        "index.html: a/#gone: there is no such section",
        "index.html: b/ leads nowhere",
        "index.html: ../x leads nowhere",
        "index.html: it loads https://example.org/x.js",
        "index.html: it lacks no.svg",
        "index.html: this Markdown is not read: | --- | --- |",
    ]


def test_search_finds_a_rule_by_what_the_log_says(browser: Browser, address: str) -> None:
    browser.open(address)
    browser.press("Control+k")
    browser.press(LOGGED)
    found = browser.still(_LINKS.replace("WORD", LOGGED.split()[-1]))
    # before the tables of all messages and of all runs; the first one is chosen already
    assert found[0].startswith(f"{address}rules/GCK203/")
    browser.press("ENTER")
    browser.until("location.pathname.endsWith('/rules/GCK203/')")
    assert LOGGED in browser.ask("document.querySelector('article').textContent")


# the links that search shows for words that end so; its window is a tree of its own
_LINKS = """(function () {
  const found = [];
  (function look(tree) {
    for (const one of tree.querySelectorAll('*')) {
      if (one.shadowRoot) look(one.shadowRoot);
      else if (one.tagName === 'A' && /[?]h=.*WORD/.test(one.href) && one.getClientRects().length) found.push(one.href);
    }
  })(document);
  return found.length ? found : null;
})()"""


def test_rule_pages_do_not_scroll_sideways(browser: Browser, address: str) -> None:
    wide = {}
    with browser.without_search():
        for code in ("", *cards.load()):
            browser.open(f"{address}rules/{code}", PHONE)
            wide[code, "phone"] = browser.overflow()
            browser.resize(DESK)
            wide[code, "desk"] = browser.overflow()
            assert browser.ask(_RUN_OVER) == [], code
    assert {page: pixels for page, pixels in wide.items() if pixels > 0} == {}


@pytest.mark.parametrize("page", ["", "tutorial", "guide", "comparison", "versions", "frameworks", "ci", "accuracy"])
def test_pages_do_not_scroll_sideways_on_a_phone(page: str, browser: Browser, address: str) -> None:
    browser.open(f"{address}{page}", PHONE)
    assert browser.overflow() <= 0


def test_dark_and_light(browser: Browser, address: str) -> None:
    def lightness() -> float:
        color = browser.ask("getComputedStyle(document.body).backgroundColor")
        return sum(float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]) / 3

    browser.open(f"{address}rules/GCK203/", scheme="light")
    assert lightness() > 200
    browser.open(f"{address}rules/GCK203/", scheme="dark")
    assert lightness() < 50
    words = browser.ask("getComputedStyle(document.querySelector('.gclint-versions .version')).fill")
    assert min(float(part) for part in words[words.index("(") + 1 : -1].split(",")[:3]) > 150
    ink = "getComputedStyle(document.querySelector('.gclint-timeline text')).fill"
    assert _lightness(browser.ask(ink)) > 200
    # the button goes on to the light one, and the next page knows
    browser.ask("document.querySelector('label[title=\"Switch to light mode\"]').click()")
    browser.until("document.body.dataset.mdColorScheme === 'default'")
    assert _lightness(browser.ask(ink)) < 80
    browser.open(address, scheme="dark")
    pictures = (
        "[...document.querySelectorAll('img[src*=story]')].filter(one => one.offsetHeight).map(one => one.src.split('/').pop())"
    )
    assert browser.ask(pictures) == ["story-light.svg#only-light"]
    assert browser.ask("document.body.dataset.mdColorScheme") == "default"
    browser.ask("localStorage.clear()")


def test_keyboard(browser: Browser, address: str) -> None:
    focused: Callable[[], str] = lambda: browser.ask("document.activeElement.textContent.trim()")  # noqa: E731
    browser.open(f"{address}rules/GCK203/")
    browser.press("TAB")
    assert focused() == "Skip to content"
    browser.press("ENTER")
    assert browser.ask("location.hash") == "#__skip"
    browser.open(f"{address}rules/GCK203/", PHONE)
    # what scrolls sideways can be reached
    browser.until("document.querySelector('pre > code[tabindex=\"0\"]')")
    browser.until("document.querySelectorAll('.gclint-timeline[tabindex=\"0\"][aria-label]').length === 2")
    scrolled = "(document.querySelector('.gclint-timeline').focus(), document.querySelector('.gclint-timeline').scrollLeft)"
    assert browser.ask(scrolled) == 0
    browser.press("RIGHT", "RIGHT")
    browser.until("document.querySelector('.gclint-timeline').scrollLeft > 0")
    browser.open(address)
    for _ in range(30):
        browser.press("TAB")
        if focused() == "Rules":
            break
    browser.press("ENTER")
    browser.until("location.pathname.endsWith('/rules/')")
    browser.press("Control+k")
    browser.press("use_cache")
    links = _LINKS.replace("WORD", "use_cache")
    browser.until(links)
    browser.press("ESCAPE")
    browser.until(f"!({links})")


@pytest.mark.parametrize(
    ("page", "scheme"),
    [
        ("", "light"),
        ("rules/GCK203/", "light"),
        ("rules/GCK203/", "dark"),
        ("rules/", "light"),
        ("tutorial/", "light"),
        ("tutorial/", "dark"),
        ("comparison/", "dark"),
        ("versions/", "light"),
    ],
)
def test_axe_has_nothing_serious_to_say(page: str, scheme: str, browser: Browser, address: str, axe: str) -> None:
    browser.open(f"{address}{page}", scheme=scheme)
    assert browser.violations(axe) == []


def test_pages_load_nothing_from_elsewhere_and_have_no_errors(browser: Browser, address: str) -> None:
    for page in ("", "rules/GCK203/", "tutorial/"):
        browser.driver.get_log("browser")
        browser.open(f"{address}{page}")
        loaded = browser.ask("performance.getEntriesByType('resource').map(one => one.name)")
        assert [one for one in loaded if not one.startswith((address, "data:", "blob:"))] == []
        assert [one["message"] for one in browser.driver.get_log("browser") if one["level"] == "SEVERE"] == []


def _lightness(color: str) -> float:
    """How light a colour of CSS is, from 0 to 255."""
    return sum(float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]) / 3


def _written(folder: Path, *words: str) -> str:
    """The address of a page that gclint writes about a script with findings."""
    (folder / "train.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(folder, *words, "train.py")
    assert done.stderr == ""
    (folder / "page").with_suffix(f".{words[-1]}").write_text(done.stdout, encoding="utf-8")
    return (folder / "page").with_suffix(f".{words[-1]}").as_uri()


@pytest.mark.parametrize("words", [("story", "--output-format", "html"), ("check", "--output-format", "html")])
def test_pages_that_gclint_writes(words: tuple[str, ...], browser: Browser, axe: str, tmp_path: Path) -> None:
    page = _written(tmp_path, *words)
    browser.driver.get_log("browser")
    for scheme, is_light in (("light", True), ("dark", False)):
        browser.open(page, scheme=scheme)
        assert browser.overflow() <= 0
        assert (_lightness(browser.ask("getComputedStyle(document.body).backgroundColor")) > 128) is is_light
        assert (_lightness(browser.ask("getComputedStyle(document.querySelector('svg text')).fill")) > 128) is not is_light
        assert [one["message"] for one in browser.driver.get_log("browser") if one["level"] == "SEVERE"] == []
        browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})  # axe is no script of the page
        browser.open(page, scheme=scheme)
        assert browser.violations(axe) == []
        browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
        browser.driver.get_log("browser")
    browser.open(page, PHONE)
    assert browser.overflow() <= 0  # a picture scrolls within its frame


def test_report_leaves_out_what_is_not_ticked(browser: Browser, tmp_path: Path) -> None:
    browser.open(_written(tmp_path, "check", "--output-format", "html"))
    seen = "[...document.querySelectorAll('article')].filter(one => one.offsetHeight).map(one => one.dataset.rule)"
    assert browser.ask(seen) == CODES
    browser.ask("document.querySelector('input[value=error]').click()")
    assert browser.ask(seen) == CODES[1:]
    assert browser.ask("document.getElementById('left').textContent") == "1"
    browser.ask(f"document.querySelector('input[value={CODES[1]}]').click()")
    assert browser.ask("document.querySelector('section.file').offsetHeight") == 0
    browser.ask("document.querySelector('input[value=error]').click()")
    assert browser.ask(seen) == CODES[:1]


def test_picture_by_itself(browser: Browser, tmp_path: Path) -> None:
    picture = _written(tmp_path, "story", "--output-format", "svg")
    for scheme, is_light in (("light", True), ("dark", False)):
        browser.open(picture, scheme=scheme)
        assert (_lightness(browser.ask("getComputedStyle(document.querySelector('.back')).fill")) > 128) is is_light
        assert browser.ask("document.documentElement.getBoundingClientRect().width") <= DESK[0]
        # no word runs into the lanes or over the edge
        assert browser.ask(_RUN_OVER) == []


# texts of the pictures that end behind their edge, or lines of source that end behind where the first bar begins
_RUN_OVER = """[...document.querySelectorAll('svg.gclint')].flatMap(picture => {
  const edge = picture.viewBox.baseVal.width, bars = [...picture.querySelectorAll('.bar')].map(one => one.getBBox());
  const left = Math.min(edge, ...bars.map(box => box.x)), low = Math.max(0, ...bars.map(box => box.y + box.height));
  return [...picture.querySelectorAll('text')].filter(one => {
    const box = one.getBBox(), end = box.x + box.width;
    return end > edge || (one.closest('.row') && box.y < low && box.x < left - 8 && end > left);
  }).map(one => one.textContent);
})"""


def test_pages_of_the_wheel(browser: Browser, axe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import rule_pages

    rule_pages.written(tmp_path)
    for code in ("index", "GCK203", "GCK302"):
        for size in (PHONE, DESK):
            browser.open((tmp_path / f"{code}.html").as_uri(), size)
            assert browser.overflow() <= 0, (code, size)
    for scheme in ("light", "dark"):
        browser.open((tmp_path / "GCK203.html").as_uri(), scheme=scheme)
        assert browser.violations(axe) == []
