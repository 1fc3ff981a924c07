"""What unit tests and notebook tests share: the fast profile, drawn digits, a folder for runs.

A variable of the course that is already set wins, so the same tests run on real MNIST:
`AECOURSE_DATASET=mnist AECOURSE_DATA=... pytest notebooks`.
"""

import atexit
import json
import os
from pathlib import Path
import shutil
import tempfile

# TensorFlow would take it on the newest processors only, and sums in another order; without it a
# fast run is the same on all of them. (The import below would ask for it, as in the full profile.)
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

from aecourse import settings
from jupyter_client.manager import KernelManager
import nbval.kernel
import pytest

MOST_MEMORY_MB = 1500
collect_ignore_glob = ["notebooks/*-Copy*.ipynb"]  # a learner's own copies of lessons

# Servers of tests are on this machine: no proxy knows them.
besides = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
for name in ("no_proxy", "NO_PROXY"):
    os.environ[name] = ",".join(filter(None, (besides, "127.0.0.1,localhost")))
for name, usual in (("AECOURSE_PROFILE", "fast"), ("AECOURSE_DATASET", "drawn")):
    if not os.environ.get(name, "").strip():  # empty is unset, as in aecourse/settings.py
        os.environ[name] = usual
# Two lessons are tested at a time, and their steps are so small that handing work to a second
# thread takes longer than doing it.
for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(threads, "1")
if not os.environ.get("AECOURSE_RUNS", "").strip():
    os.environ["AECOURSE_RUNS"] = tempfile.mkdtemp(prefix="aecourse-runs-")
    atexit.register(shutil.rmtree, os.environ["AECOURSE_RUNS"], ignore_errors=True)


def _kernel_without_ports(**how):
    """A kernel reached through files. Two notebooks that start at once may pick the same port
    (it is free until one of them binds it), and then a kernel never answers."""
    folder = tempfile.mkdtemp(prefix="aecourse-kernel-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return KernelManager(transport="ipc", ip=str(Path(folder) / "k"), **how)


if os.name == "posix":
    nbval.kernel.KernelManager = _kernel_without_ports


def pytest_collectstart(collector):
    """A library's new message on stderr is no change of what a lesson says; and of a results card
    only the plain text is compared, which says what was kept, not the numbers a reader sees."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "text/html")


def pytest_itemcollected(item):
    """A cell that draws or trains may be silent for longer than nbval's five seconds."""
    if hasattr(item, "output_timeout"):
        item.output_timeout = 120


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """The cell in which a lesson records what it measured fails if its kernel took too much."""
    result = yield
    if "lesson.record(" in getattr(item, "cell", {}).get("source", ""):
        records = settings.results_folder().glob(f"{item.path.stem}-*.json")
        latest = max(records, key=lambda path: path.stat().st_mtime, default=None)
        assert latest, f"no record of the run among {settings.results_folder()}"
        peak = json.loads(latest.read_text(encoding="utf-8"))["peak_memory_mb"]
        assert peak <= MOST_MEMORY_MB, f"the kernel took {peak} MB, of {MOST_MEMORY_MB} at most"
    return result
