"""A training in JupyterLab, in a real browser: watched, stopped, gone on with; on a dark page and
in a narrow window."""

import json

from aecourse.exercises import COLORS, Feedback
from browser import browser, jupyterlab, needs_chromium, until
import nbformat.v4 as nb
import pytest

TRAINING = """
from aecourse import plots
from aecourse.exercises import Feedback
from aecourse.models import Autoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
from aecourse.training import Run
import numpy as np

images = np.random.default_rng(0).random((20_000, 28, 28), "float32")
model = Autoencoder(build_dense_encoder(2, hidden=(64,)), build_dense_decoder(2, hidden=(64,)))
model.compile("adam", "mean_squared_error")
"""
FIT = """
run = Run("comfort")
picture = lambda model: plots.image_rows({"original": images[:10]}, alt="Ten images")
run.fit(model, images, epochs=300, batch_size=100, picture=picture)
"""
ANSWER = """
Feedback("correct", "that is it.")
"""
CELLS = "[...document.querySelectorAll('.jp-CodeCell')]"
WIDE = """(() => {
  const edge = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect().right;
  return [...document.querySelectorAll(".jp-OutputArea-output *")]
    .filter(part => part.getBoundingClientRect().right > edge + 1).map(part => part.outerHTML);
})()"""


class Lab:
    """A notebook in JupyterLab."""

    def __init__(self, page):
        self.page = page

    def does(self, command, **how):
        """Start a command of JupyterLab."""
        asked = f"jupyterapp.commands.execute({command!r}, {json.dumps(how)})"
        assert self.page.value(f"!!{asked}")

    def shows(self, number, what):
        """A JavaScript expression about a cell's output, named `output`."""
        output = f"{CELLS}[{number}].querySelector('.jp-OutputArea')"
        return self.page.value(f"(output => output && ({what}))({output})")

    def run(self, number):
        """Run a cell as a learner does: click into it, Ctrl+Enter."""
        self.page.value(f"{CELLS}[{number}].querySelector('.cm-content').dataset.at = {number}")
        self.page.click(f"[data-at='{number}']")
        self.page.press("Enter", 13, control=True)

    def theme(self, name):
        self.does("apputils:change-theme", theme=f"JupyterLab {name}")
        until(lambda: self.page.value("document.body.dataset.jpThemeName") == f"JupyterLab {name}")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    root, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells = [nb.new_code_cell(source.strip()) for source in (TRAINING, FIT, ANSWER)]
    book = nb.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    (root / "own.ipynb").write_text(nb.writes(book), encoding="utf-8")
    told = "--LabApp.expose_app_in_browser=True"
    with jupyterlab(root, home, told) as address, browser(home) as page:
        page.open(f"{address}/lab/tree/own.ipynb")
        page.click(".jp-CodeCell .cm-content")
        until(lambda: page.value("document.body.innerText.includes('| Idle')"))
        yield Lab(page)


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("status", COLORS)
def test_feedback_is_read_on_a_light_and_on_a_dark_page(status):
    """A contrast of 4.5, as WCAG asks (level AA), on the pages of JupyterLab and of the site."""
    on_white, on_black = COLORS[status]
    assert on_white in Feedback(status)._repr_html_() and on_black in Feedback(status)._repr_html_()
    assert 1.05 / (luminance(on_white) + 0.05) >= 4.5
    for page in ("#111111", "#121212"):
        assert (luminance(on_black) + 0.05) / (luminance(page) + 0.05) >= 4.5


@needs_chromium
def test_a_training_is_watched_stopped_and_gone_on_with(lab):
    done = "Number(output.querySelector('progress')?.value || 0)"
    lab.run(0)
    lab.run(1)
    first = until(lambda: lab.shows(1, done), 120)
    until(lambda: lab.shows(1, done) > first and lab.shows(1, "!!output.querySelector('img')"))
    assert lab.shows(1, "output.querySelector('img').alt") == "Ten images"
    heights = {lab.shows(1, "output.getBoundingClientRect().height") for _ in range(20)}
    assert len(heights) == 1, "what stands below jumps"
    lab.page.click("[data-command='notebook:interrupt-kernel']")
    until(lambda: "Interrupted." in lab.shows(1, "output.innerText"))
    said = lab.shows(1, "output.innerText")
    assert "run again to resume" in said and "Traceback" not in said
    epoch = said.split("as it was after epoch ")[1].split(";")[0]
    lab.run(1)
    until(lambda: f"after epoch {epoch} " in lab.shows(1, "output.innerText"), 60)
    until(lambda: lab.shows(1, done) >= int(epoch) / 300)
    lab.page.press("Escape", 27)
    for _ in range(2):
        lab.page.press("i", 73)
    until(lambda: "Interrupted." in lab.shows(1, "output.innerText"))


@needs_chromium
def test_what_is_said_is_read_in_both_themes_and_fits_a_narrow_window(lab):
    lab.run(2)
    until(lambda: lab.shows(2, "!!output.querySelector('span[style]')"))
    color = "getComputedStyle(output.querySelector('span[style]')).color"
    for theme, place in (("Light", 0), ("Dark", 1)):
        lab.theme(theme)
        wanted = [int(COLORS["correct"][place][at : at + 2], 16) for at in (1, 3, 5)]
        until(lambda w=wanted: lab.shows(2, color) == f"rgb({', '.join(map(str, w))})", 10)
    size = dict(width=400, height=800, deviceScaleFactor=1, mobile=False)
    lab.page.send("Emulation.setDeviceMetricsOverride", **size)
    lab.does("application:toggle-left-area")
    until(lambda: lab.page.value(WIDE) == [], 10)
