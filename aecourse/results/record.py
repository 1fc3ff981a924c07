"""What a run measured, as a file: a JSON record for a lesson or experiment, data set and seed.

`write` checks the metrics that it is handed against their descriptions and knows no lesson. A
lesson calls it through `Lesson.record`, an experiment through `lessons.record_experiment`.
"""

from collections.abc import Mapping
import json
import math
from pathlib import Path
import platform
import re
import sys
import time
from typing import NamedTuple

from aecourse import files, machine, settings

_PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn")
_KINDS = {"lesson": str, "dataset": str, "profile": str, "seed": int, "metrics": dict}
"""What every record has, by which it is known."""


class Metric(NamedTuple):
    """unit: of the value; better: "lower" or "higher"; meaning: in words, for tables and cards."""

    unit: str
    better: str
    meaning: str


def peak_memory_mb() -> float:
    """The most memory this process has held so far, in megabytes."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    status = Path("/proc/self/status")
    if status.is_file():  # Linux, whose getrusage counts the process that started this one too
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def write(
    name: str,
    values: Mapping[str, float],
    *,
    known: Mapping[str, Metric],
    dataset: str,
    seed: int | None = None,
    since: float | None = None,
    **about: str,
) -> Path:
    """Write what the lesson or experiment `name` measured on `dataset` ("mnist", "drawn", ...).

    values: metric -> a number; one that is not finite is left out, and a line says so. known: the
    metrics it may have. The record says profile, seed (None: `AECOURSE_SEED`), versions, minutes
    since `since` (in seconds of the monotonic clock; None: when the course was imported), peak
    memory, and what else it is told (`code`, see `code.code_of`). It goes to `AECOURSE_RESULTS`,
    and replaces one of the same name, data set, profile and seed. Gives the file's path. Raises
    ValueError for an unknown metric.
    """
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(
            f"{name} has no metric {', '.join(unknown)}; its lesson's METRICS name it."
        )
    metrics = {}
    for metric, value in values.items():
        value = float(value)
        if not math.isfinite(value):
            print(f"{metric} is {value}, which is no result: it is left out.")
            continue
        unit, better, _ = known[metric]
        metrics[metric] = {"value": value, "unit": unit, "better": better}
    seed = settings.seed() if seed is None else seed
    since = settings.STARTED if since is None else since
    content = {
        "lesson": name,
        "dataset": dataset,
        "profile": settings.profile.name,
        "seed": seed,
        "versions": {
            "python": platform.python_version(),
            **{package: machine.version_of(package) or "unknown" for package in _PACKAGES},
        },
        "minutes": round((time.monotonic() - since) / 60, 2),
        "peak_memory_mb": round(peak_memory_mb()),
        "metrics": metrics,
        **about,
    }
    path = settings.results_folder() / _file_name(name, dataset, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace_text(path, json.dumps(content, indent=2) + "\n")
    return path


def _file_name(name, dataset, seed):
    return f"{name}-{dataset}-{settings.profile.name}-seed{seed}.json"


def is_written(
    name: str, *, dataset: str, seed: int | None = None, code: str | None = None
) -> bool:
    """Whether there is a record in this profile, among your own or the course's; with `code`, one
    that was made with that code."""
    file_name = _file_name(name, dataset, settings.seed() if seed is None else seed)
    paths = [folder / file_name for folder in (settings.results_folder(), course_folder())]
    found = _read(path for path in paths if path.is_file())
    return any(code is None or entry.get("code") == code for entry in found)


def course_folder() -> Path:
    """Where the course's own records are: docs/results of the checkout, or what a wheel brings."""
    root = settings.project_root()
    return root / "docs" / "results" if root else Path(__file__).parent / "records"


def read(folder: Path) -> list[dict]:
    """The records in a folder, in the order of name, data set (MNIST first) and seed. A file that
    is no record is passed over, and a line names it; among the course's own that is a ValueError.
    """
    records = _read(files.finished(folder, "*.json"))
    return sorted(records, key=lambda r: (r["lesson"], r["dataset"] != "mnist", r["seed"]))


def _read(paths):
    """The records in these files; see `read`."""
    for path in paths:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # empty, cut off, or not for us to read
            content = None
        if _is_record(content):
            yield content
        elif path.parent == course_folder():
            raise ValueError(f"{path} is no record. Restore it, or remove it and record it again.")
        else:
            print(f"{path} is no record, and is passed over.")


def _is_record(content):
    return isinstance(content, dict) and all(
        isinstance(content.get(key), kind) for key, kind in _KINDS.items()
    )


def values(records: list[dict], metric: str, *, dataset: str, profile: str = "full") -> list[float]:
    """A metric's values over the seeds, in those records that have it."""
    return [
        entry["metrics"][metric]["value"]
        for entry in records
        if (entry["dataset"], entry["profile"]) == (dataset, profile) and metric in entry["metrics"]
    ]
