"""Sliders that redraw a figure: as an object, and in JupyterLab in a real browser."""

from base64 import b64decode
from contextlib import contextmanager
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

from aecourse import plots
from aecourse.notebook import animate, explore
import nbformat
import numpy as np
from PIL import Image
import pytest

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)


def shade(x, digit):
    return plots.image_rows({f"digit {digit}": np.full((1, 28, 28), (x + 1) / 2)})


def test_a_slider_redraws_the_figure_with_its_value():
    calls = []

    def draw(**values):
        calls.append(values)
        return shade(**values)

    explorer = explore(draw, alt="a gray square", x=(-1.0, 1.0), digit=(0, 9))
    assert calls == [{"x": 0.0, "digit": 0}]
    before = explorer._image.value
    explorer.sliders["x"].value = 0.5
    explorer.sliders["digit"].value = 7
    assert calls[1:] == [{"x": 0.5, "digit": 0}, {"x": 0.5, "digit": 7}]
    assert explorer._image.value != before
    assert type(explorer.sliders["digit"].value) is int


def test_where_widgets_are_not_available_there_is_a_still_picture_and_words():
    explorer = explore(shade, alt="a gray square", x=(-1.0, 1.0), digit=(0, 9))
    bundle, metadata = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert b64decode(bundle["image/png"])[:4] == b"\x89PNG"
    assert b64decode(bundle["image/png"])[25] == 3, "no palette"
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == "a gray square"


def test_an_animation_plays_without_a_player_and_has_a_still_picture():
    frames = [shade(x, 3) for x in (-1.0, 0.0, 1.0)]
    bundle, metadata = animate(frames, alt="a square that darkens")._repr_mimebundle_()
    gif = Image.open(io.BytesIO(b64decode(bundle["text/html"].split("base64,")[1])))
    assert gif.format == "GIF" and gif.n_frames == 3 and gif.info["loop"] == 0
    means, stays, colors = [], [], set()
    for frame in range(3):
        gif.seek(frame)
        stays.append(gif.info["duration"])
        colors |= {color for _, color in gif.convert("RGB").getcolors(1 << 20)}
        means.append(np.asarray(gif.convert("L")).mean())
    assert means[0] > means[1] > means[2]
    assert stays == [150, 150, 2000]
    assert len(colors) <= 3 * 32, "as many bytes as it has colors"
    assert metadata == {"image/png": {"alt": "a square that darkens"}}
    assert b64decode(bundle["image/png"])[:4] == b"\x89PNG"
    assert (
        'alt="a square that darkens"' in bundle["text/html"] and "http" not in bundle["text/html"]
    )


def test_without_figures_there_is_no_animation():
    with pytest.raises(ValueError, match="figures is empty"):
        animate([], alt="nothing")


# In a browser.

CELL = """
from aecourse import plots
from aecourse.notebook import explore
import numpy as np
def shade(x):
    return plots.image_rows({"gray": np.full((1, 28, 28), (x + 1) / 2)})
explore(shade, alt="a gray square", x=(-1.0, 1.0))
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def started(*command, **how):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def until(what, seconds=90):
    """The first true value of `what()`."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if found := what():
                return found
        except OSError as error:
            last = error
        time.sleep(0.3)
    raise AssertionError(f"waited {seconds} s in vain: {last}")


class Page:
    """A browser's page, over the DevTools protocol."""

    def __init__(self, port):
        import websocket

        def page():
            with urlopen(f"http://127.0.0.1:{port}/json") as answer:
                return next(t for t in json.load(answer) if t["type"] == "page")

        self.socket = websocket.create_connection(
            until(page)["webSocketDebuggerUrl"], suppress_origin=True, timeout=60
        )
        self.count = 0

    def send(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.count:
            pass
        return answer["result"]

    def value(self, expression):
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def press(self, key, code, modifiers=0):
        for kind in ("rawKeyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=modifiers,
                windowsVirtualKeyCode=code,
            )  # fmt: skip

    def click(self, selector):
        box = until(
            lambda: self.value(
                f"(() => {{ const e = document.querySelector({selector!r}); if (!e) return null;"
                "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                "return r.width ? [r.x + r.width / 2, r.y + r.height / 2] : null })()"
            )
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left",
                clickCount=1,
            )  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_jupyterlab_moving_the_slider_changes_the_picture(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "explore.ipynb")
    lab_port, chrome_port = free_port(), free_port()
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "HOME": str(tmp_path)}
    lab = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={lab_port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{lab_port}"
    chrome = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900",
        f"--remote-debugging-port={chrome_port}", f"--user-data-dir={tmp_path / 'chrome'}",
        "about:blank",
    ]  # fmt: skip
    with started(*lab, env=env), started(*chrome, env=env):
        until(lambda: urlopen(f"{address}/api").status == 200)
        page = Page(chrome_port)
        page.send("Page.navigate", url=f"{address}/lab/tree/explore.ipynb")
        page.click(".jp-Notebook .jp-CodeCell .cm-content")
        picture = "document.querySelector('.jp-OutputArea img.widget-image')?.src"

        def run_until_shown():
            if not page.value(picture):
                page.press("Enter", 13, modifiers=2)  # Ctrl+Enter; ignored before a kernel is there
                time.sleep(5)
            return page.value(picture)

        before = until(run_until_shown, seconds=120)
        page.click(".jp-OutputArea .noUi-handle, .jp-OutputArea .ui-slider-handle")
        for _ in range(5):
            page.press("ArrowRight", 39)
        until(lambda: page.value(picture) != before, seconds=30)
        readout = page.value("document.querySelector('.widget-readout').textContent")
        assert float(readout) > 0
