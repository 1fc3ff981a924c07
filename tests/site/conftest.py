"""Checks of the site, as `python docs/site/build.py` has made it: `pytest tests/site`."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import sys
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "docs" / "site"), str(ROOT / "tests" / "unit")]


def pytest_addoption(parser):
    built = ROOT / "build" / "site" / "html"
    parser.addoption("--site", type=Path, default=built, help="the folder of the site's pages")


@pytest.fixture(scope="session")
def site(pytestconfig):
    """The folder of the site's pages."""
    return pytestconfig.getoption("--site")


def pytest_generate_tests(metafunc):
    """A test that takes `name` runs for every page."""
    if "name" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--site")
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.html")]
        made = sorted(name for name in names if not name.startswith("_"))
        if not made:
            raise pytest.UsageError(f"No site in {folder}: run python docs/site/build.py first.")
        metafunc.parametrize("name", made, scope="module")  # page by page


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and writes no log."""

    def log_message(self, *about):
        pass


@pytest.fixture(scope="session")
def address(site):
    """Where the pages are served, without a slash at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
