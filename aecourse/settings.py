"""Every environment variable of the course, and the profile: read here and nowhere else.

Each is optional. A value that cannot be used is an error that names the variable.
"""

from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
import os
from pathlib import Path
import tempfile
import time
from typing import Any
from uuid import uuid4

STARTED = time.monotonic()
"""When this process imported the course, in seconds of the monotonic clock."""

PROFILES = ("fast", "full")
DATASETS = ("auto", "mnist", "drawn")


class SettingError(ValueError):
    """An environment variable of the course holds something unusable."""


def _choice(variable, choices, default):
    value = os.environ.get(variable, "").strip().lower() or default
    if value not in choices:
        raise SettingError(f"{variable} is {value!r}; it must be one of {', '.join(choices)}.")
    return value


def _path(variable):
    value = os.environ.get(variable, "").strip()
    try:
        return Path(value).expanduser() if value else None
    except RuntimeError as error:
        raise SettingError(f"{variable} is {value!r}; no such home folder is known.") from error


def _home():
    """The home folder; the one for temporary files where none is known, as to some containers."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir())


def _kept_in(variable):
    """A folder of the reader's own. A relative path starts in the checkout: a kernel runs in the
    folder of its notebook, and must find what a terminal finds."""
    path = _path(variable)
    return path and (project_root() or Path.cwd()) / path


def project_root() -> Path | None:
    """The checkout this package runs from, or None when it was installed without one."""
    root = Path(__file__).resolve().parent.parent
    return root if (root / "notebooks").is_dir() and (root / "pyproject.toml").is_file() else None


def elsewhere() -> str:
    """Where lessons and docs are, as a sentence for an installation without a checkout; with the
    address of the course where the package knows it."""
    try:
        urls = metadata("aecourse").get_all("Project-URL", [])
    except PackageNotFoundError:
        urls = []
    known = dict(url.split(", ", 1) for url in urls)
    where = f"git clone {known['Repository']}" if "Repository" in known else "the course's folder"
    return f"Lessons and docs are not in this installation; they are in a checkout: {where}."


def dataset() -> str:
    """`AECOURSE_DATASET`: which data `datasets.load()` gives: auto (default), mnist or drawn."""
    return _choice("AECOURSE_DATASET", DATASETS, "auto")


def data_path() -> Path | None:
    """`AECOURSE_DATA`: a folder or file that holds MNIST, or None.

    A relative path starts here, or in the checkout: notebooks run in a folder of their own.
    """
    path, root = _path("AECOURSE_DATA"), project_root()
    if path is None or root is None or os.path.lexists(path) or not os.path.lexists(root / path):
        return path
    return root / path


def data_folder() -> Path | None:
    """The project's own `data` folder, or None when there is no checkout."""
    root = project_root()
    return root / "data" if root else None


def keras_folder() -> Path:
    """Where Keras keeps downloaded data sets (`KERAS_HOME` moves it)."""
    return (_path("KERAS_HOME") or _home() / ".keras") / "datasets"


def offline() -> bool:
    """`AECOURSE_OFFLINE`: true when nothing may be downloaded."""
    value = os.environ.get("AECOURSE_OFFLINE", "").strip().lower()
    if value not in ("", "0", "1", "false", "true", "no", "yes"):
        raise SettingError(f"AECOURSE_OFFLINE is {value!r}; set it to 1 or 0.")
    return value in ("1", "true", "yes")


@cache
def _writable(folder):
    """Whether a folder, or the nearest above it that is there, takes a file and gives it back.

    Tried, once a process: `os.access` knows no access lists, and on Windows says yes to any folder.
    """
    nearest = next(filter(os.path.exists, (folder, *folder.parents)), folder)
    trial = nearest / f".trial-{uuid4().hex}"
    with suppress(OSError):
        try:
            trial.touch(exist_ok=False)
            return True
        finally:
            trial.unlink(missing_ok=True)
    return False


def runs_folders() -> list[Path]:
    """`AECOURSE_RUNS`: where runs are looked for; the first is where they are kept.

    Unless it is set, that is `runs` in the checkout, else here. Where that cannot be written, as in
    a checkout that a class shares, it is `aecourse-runs` in the home folder, and then `runs`.
    """
    given = _kept_in("AECOURSE_RUNS")
    if given is not None:
        return [given]
    runs = (project_root() or Path.cwd()) / "runs"
    if _writable(runs):
        return [runs]
    return [_home() / "aecourse-runs", runs]


def runs_folder() -> Path:
    """Where runs are kept; see `runs_folders`."""
    return runs_folders()[0]


def results_folder() -> Path:
    """`AECOURSE_RESULTS`: where `results.record` writes (default `results` among the runs)."""
    return _kept_in("AECOURSE_RESULTS") or runs_folder() / "results"


def seed() -> int:
    """`AECOURSE_SEED`: the seed of a lesson, 0 unless set; recorded runs use 0, 1, 2."""
    value = os.environ.get("AECOURSE_SEED", "").strip() or "0"
    if not value.isdecimal() or int(value) >= 2**32:
        raise SettingError(f"AECOURSE_SEED is {value!r}; it must be a whole number from 0.")
    return int(value)


def child_variables(**values) -> dict[str, str]:
    """This process's environment with variables of the course changed, for a process of its own:
    `child_variables(SEED=1)` sets `AECOURSE_SEED`."""
    return {**os.environ, **{f"AECOURSE_{name}": str(value) for name, value in values.items()}}


class Profile:
    """How much work a lesson does: `fast` (what tests run) or `full` (what a learner runs)."""

    @property
    def name(self) -> str:
        """`AECOURSE_PROFILE`: full (default) or fast."""
        return _choice("AECOURSE_PROFILE", PROFILES, "full")

    def pick(self, *, fast, full) -> Any:
        """The value for the profile in force: `EPOCHS = profile.pick(fast=1, full=20)`."""
        return fast if self.name == "fast" else full

    def __repr__(self):
        return f"<profile {self.name}>"


profile = Profile()


def untuned(options: Any) -> Any:
    """`tf.data.Options` of a training's batches: what may be tuned is fixed, so without the thread
    that tunes it. Where all cores are busy, that thread (TensorFlow 2.21) may miss that an epoch
    has ended, and wakes up as much later as the epoch took."""
    options.autotune.enabled = False
    return options


if os.environ.get("AECOURSE_PROFILE", "").strip().lower() != "fast":
    # Convolutions on small images are up to three times as fast with oneDNN, which TensorFlow takes
    # by itself on the newest processors only. It adds in another order, as more threads do.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
