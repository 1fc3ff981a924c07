"""A real browser, and a JupyterLab for it to look at: what tests of pages drive."""

from contextlib import closing, contextmanager
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(what, seconds=60):
    """The first true value of `what()`."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if found := what():
                return found
        except OSError as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain: {last}")


@contextmanager
def started(*command, home, patience=20):
    """A process whose home and Jupyter folders are in an own folder, ended afterwards; killed
    where it has not ended after `patience` seconds."""
    jupyter = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA")}
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(home), **jupyter},
    )
    try:
        yield process
    finally:
        process.terminate()  # a server first ends its kernels, however long they take
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def jupyterlab(root, home, *options):
    """The address of a JupyterLab whose files are those of `root`; options: of its command."""
    port = free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={root}",
        *options,
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with started(*command, home=home):
        until(lambda: urlopen(f"{address}/api").status == 200)
        yield address


@contextmanager
def browser(home):
    """A `Page` of a Chromium without a window."""
    port = free_port()
    command = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900",
        f"--remote-debugging-port={port}", f"--user-data-dir={home / 'chromium'}", "about:blank",
    ]  # fmt: skip
    with started(*command, home=home), closing(Page(port)) as page:
        yield page


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
        self.send("Page.enable")

    def send(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.count:
            if answer.get("method") == "Page.javascriptDialogOpening":  # "Leave the page?" Yes.
                yes = {"id": 0, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
                self.socket.send(json.dumps(yes))
        if "error" in answer:  # a page that is being left answers so; `until` tries again
            raise OSError(answer["error"]["message"])
        return answer["result"]

    def close(self):
        self.socket.close()

    def open(self, address):
        self.send("Page.navigate", url=address)

    def value(self, expression):
        """What a JavaScript expression gives; None where it fails."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def press(self, key, number, *, control=False):
        """Press a key by its name and number, such as "Enter", 13 or "s", 83."""
        code = f"Key{key.upper()}" if len(key) == 1 else key
        for kind in ("rawKeyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=code, modifiers=2 * control,
                windowsVirtualKeyCode=number,
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
