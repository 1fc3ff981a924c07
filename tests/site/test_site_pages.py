"""Every page in a real browser: pictures, formulas, accessibility, narrow, large, dark, printed."""

import json
from pathlib import Path

from browser import browser as chromium
from browser import until
import pytest

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")  # axe-core, from npm

READY = """(async () => {
  document.querySelectorAll("img").forEach(picture => picture.loading = "eager");
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.allSettled([...document.images].map(picture => picture.decode()));
  return true;
})()"""

# What sticks out of the window, beside what scrolls on its own.
WIDE = """(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = node => node && node !== document.body &&
    (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
  const out = [...document.querySelectorAll("article *, .bd-header-article *")].filter(node => {
    const box = node.getBoundingClientRect();
    return box.width && box.left < width && box.right > width + 1 && !scrolls(node.parentElement);
  });
  return out.map(node => node.outerHTML.slice(0, 200));
})()"""

# What is cut on paper, where nothing scrolls.
CUT = """[...document.querySelectorAll("article pre, article .cell_output, article table")]
  .filter(node => node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right >
    document.documentElement.clientWidth + 1)
  .map(node => node.outerHTML.slice(0, 200))"""

PALE = """[...document.querySelectorAll("article img")]
  .filter(picture => getComputedStyle(picture).backgroundColor !== "rgb(255, 255, 255)")
  .map(picture => picture.alt)"""

# Once no color is on its way to that of the other scheme.
VIOLATIONS = """Promise.allSettled(document.getAnimations().map(change => change.finished))
  .then(() => axe.run(document, {resultTypes: ["violations"]})).then(found => found.violations
  .filter(rule => ["serious", "critical"].includes(rule.impact))
  .map(rule => [rule.id, rule.nodes.length, ...rule.nodes.slice(0, 4).map(node => node.html)]))"""


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """A browser's page. Without a Chromium this fails, rather than that nothing is checked."""
    with chromium(tmp_path_factory.mktemp("home")) as page:
        yield page


@pytest.fixture(scope="module")
def opened(page, address, name):
    """The page of a name, with all that it shows; a test says how it looks at it."""
    look(page)
    page.open(f"{address}/{name}")
    until(
        lambda: page.value(f"location.pathname === '/{name}' && document.readyState") == "complete"
    )
    assert wait(page, READY)
    return page


def look(page, width=1280, scheme="light", media=""):
    """How wide the window is, light or dark, on paper or not."""
    size = dict(width=width, height=900, deviceScaleFactor=1, mobile=False)
    page.send("Emulation.setDeviceMetricsOverride", **size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.send("Emulation.setEmulatedMedia", media=media, features=[feature])


def wait(page, promise):
    """What a promise gives."""
    how = dict(awaitPromise=True, returnByValue=True)
    found = page.send("Runtime.evaluate", expression=promise, **how)
    assert "exceptionDetails" not in found, found["exceptionDetails"]
    return found["result"].get("value")


def test_pictures_and_formulas_are_shown_and_all_comes_from_the_site(opened, address):
    look(opened)
    broken = "[...document.images].filter(i => !i.naturalWidth).map(i => i.src.slice(0, 99))"
    assert opened.value(broken) == []
    formulas = "[...document.querySelectorAll('.math')]"
    unset = f"{formulas}.filter(f => !f.querySelector('mjx-container')).map(f => f.textContent)"
    assert opened.value(unset) == []
    assert opened.value("[...document.querySelectorAll('mjx-merror')].map(e => e.title)") == []
    fetched = "performance.getEntriesByType('resource').map(f => [f.name, f.responseStatus])"
    for name, status in opened.value(fetched):
        assert name.startswith((address, "data:")) and status in (0, 200), (name, status)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_or_critical_violation(opened, scheme):
    look(opened, scheme=scheme)
    until(lambda: opened.value("document.documentElement.dataset.theme") == scheme)
    opened.send("Runtime.evaluate", expression=AXE)
    found = wait(opened, VIOLATIONS)
    assert found == [], json.dumps(found, indent=1)


def test_pictures_are_seen_on_white_in_dark_mode(opened):
    look(opened, scheme="dark")
    until(lambda: opened.value("document.documentElement.dataset.theme") == "dark")
    assert opened.value(PALE) == []


@pytest.mark.parametrize("width", [320, 640], ids=["320 px", "200 %"])
def test_nothing_sticks_out_of_a_narrow_window_or_a_large_page(opened, width):
    look(opened, width=width)
    assert opened.value(WIDE) == []


def test_nothing_is_cut_on_paper(opened):
    look(opened, width=720, media="print")
    assert opened.value(CUT) == []
    assert opened.value(WIDE) == []
    hidden = "[...document.querySelectorAll('.bd-sidebar, .bd-header-article, #pst-back-to-top')]"
    assert opened.value(f"{hidden}.every(part => !part.checkVisibility())")
    assert opened.send("Page.printToPDF")["data"].startswith("JVBERi0")  # %PDF-


def test_the_search_finds_a_word(page, address):
    look(page)
    page.open(f"{address}/search.html?q=posterior")
    found = "[...document.querySelectorAll('#search-results li a')].map(link => link.href).join()"
    until(lambda: "variational_autoencoder.html" in (page.value(found) or ""))
