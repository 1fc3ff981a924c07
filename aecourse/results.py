"""What full runs measured: one JSON record for a lesson, a data set and a seed, and the tables.

`record` is the last call of a lesson. `python -m aecourse.results` writes `docs/RESULTS.md` and
the table in the README anew from the records in `docs/results`.
"""

from importlib.metadata import version
import json
import math
from pathlib import Path
import platform
import statistics
import sys
import time
from typing import NamedTuple

from aecourse import settings


class Metric(NamedTuple):
    """unit: of the value; better: "lower" or "higher"; meaning: in words, for the tables."""

    unit: str
    better: str
    meaning: str


_BCE, _MSE, _ACC = "nats per pixel", "squared gray level", "fraction"

SWEEP_SIZES = (2, 4, 8, 16, 32, 64)
"""Code sizes that lesson 01 compares."""

METRICS = {
    "blank_test_mse": Metric(_MSE, "lower", "a white page, test squared error"),
    "small16_test_mse": Metric(_MSE, "lower", "784-128-16-128-784, test squared error"),
    "ae64_train_bce": Metric(_BCE, "lower", "784-64-784, training loss of the last epoch"),
    "ae64_test_bce": Metric(_BCE, "lower", "784-64-784, test cross-entropy"),
    "best64_test_bce": Metric(_BCE, "lower", "784-512-64-512-784, test cross-entropy"),
    "ae2_test_mse": Metric(_MSE, "lower", "784-1000-1000-2, test squared error"),
    "pca2_test_mse": Metric(_MSE, "lower", "PCA with 2 components, test squared error"),
    "linear2_test_mse": Metric(_MSE, "lower", "784-2-784 without activations, test squared error"),
    "mean_image_test_mse": Metric(_MSE, "lower", "the mean training image, test squared error"),
    "gray_floor_bce": Metric(_BCE, "lower", "a perfect copy's cross-entropy on the test set"),
    "gap_rank_correlation": Metric(
        "Spearman's rho",
        "lower",
        "random points of the plane: distance to the nearest code against distance to real digits",
    ),
    "hole_share": Metric(
        "fraction", "lower", "random points farther from a code than 99 % of codes from each other"
    ),
    "random_points_top3_share": Metric(
        "fraction", "lower", "random points of the plane: share of the three commonest digits"
    ),
    "pixels_probe_accuracy": Metric(_ACC, "higher", "logistic regression on 784 pixels"),
    "codes64_probe_accuracy": Metric(_ACC, "higher", "logistic regression on 64 code numbers"),
    "pca64_probe_accuracy": Metric(_ACC, "higher", "logistic regression on 64 PCA components"),
    "random64_probe_accuracy": Metric(
        _ACC, "higher", "logistic regression on 64 random projections"
    ),
    "noise_error_left": Metric(
        "fraction", "lower", "random pixels: error with a 64-number code over the mean image's"
    ),
    "digits_error_left": Metric(
        "fraction", "lower", "digits: error with the same network over the mean image's"
    ),
    "drawn_to_mnist_accuracy": Metric(
        _ACC, "higher", "a CNN trained on drawn digits alone reads MNIST's test digits"
    ),
    **{
        f"sweep_{kind}{size}_test_mse": Metric(
            _MSE, "lower", f"{words} {size} numbers, test squared error"
        )
        for size in SWEEP_SIZES
        for kind, words in (("ae", "784-256-k-256-784 with k ="), ("pca", "PCA with"))
    },
}
"""Name -> metric. A name that is not here cannot be recorded."""

_PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn")


def peak_memory_mb() -> float:
    """The most memory this process has held so far, in megabytes."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def record(lesson: str, *, dataset: str, seed: int | None = None, **metrics: float) -> Path:
    """Write what a lesson measured on the test set of `dataset` ("mnist" or "drawn").

    The record says profile, seed, versions, minutes since the course was imported and peak
    memory. It goes to `AECOURSE_RESULTS`, and replaces one of the same lesson, data set, profile
    and seed (None: `AECOURSE_SEED`). Gives the file's path. Raises ValueError for a name that
    `METRICS` does not have, or a value that is no finite number.
    """
    unknown = sorted(set(metrics) - set(METRICS))
    if unknown:
        raise ValueError(f"No metric {', '.join(unknown)}: add it to METRICS in {__name__}.")
    values = {}
    for name, value in metrics.items():
        value = float(value)
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}, which is no result.")
        unit, better, _ = METRICS[name]
        values[name] = {"value": value, "unit": unit, "better": better}
    profile, seed = settings.profile.name, settings.seed() if seed is None else seed
    content = {
        "lesson": lesson,
        "dataset": dataset,
        "profile": profile,
        "seed": seed,
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in _PACKAGES},
        },
        "minutes": round((time.monotonic() - settings.STARTED) / 60, 2),
        "peak_memory_mb": round(peak_memory_mb()),
        "metrics": values,
    }
    folder = settings.results_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lesson}-{dataset}-{profile}-seed{seed}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def read_records(folder: Path) -> list[dict]:
    """The records in a folder, in the order of lesson, data set and seed."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(records, key=lambda r: (r["lesson"], r["dataset"] != "mnist", r["seed"]))


def _groups(records):
    """(lesson, dataset) -> its full-profile records."""
    groups = {}
    for entry in records:
        if entry["profile"] == "full":
            groups.setdefault((entry["lesson"], entry["dataset"]), []).append(entry)
    return groups


def _mean_and_spread(values):
    """Mean, and the standard deviation over seeds where there are several."""
    text = f"{statistics.fmean(values):.4f}"
    return f"{text} ± {statistics.stdev(values):.4f}" if len(values) > 1 else text


def _span(values, form):
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"


def results_page(records: list[dict]) -> str:
    """`docs/RESULTS.md`: every metric of every recorded lesson."""
    lines = [
        "# Results",
        "",
        "Measured on the test set by full runs of the notebooks; the records are in `results/`.",
        "This page is made from them by `python -m aecourse.results`. A value is the mean over",
        "the seeds ± their standard deviation. Minutes and memory are of a whole lesson, on two",
        "cores.",
    ]
    for (lesson, dataset), entries in _groups(records).items():
        versions = [", ".join(f"{k} {v}" for k, v in e["versions"].items()) for e in entries]
        lines += [
            "",
            f"## {lesson}, {dataset}",
            "",
            f"Seeds {', '.join(str(e['seed']) for e in entries)}; "
            f"{_span([e['minutes'] for e in entries], '.1f')} minutes; "
            f"peak memory {_span([e['peak_memory_mb'] for e in entries], '.0f')} MB; "
            f"{'; '.join(sorted(set(versions)))}.",
            "",
            "| metric | what | value | unit | better |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name in entries[0]["metrics"]:
            values = [e["metrics"][name]["value"] for e in entries if name in e["metrics"]]
            unit, better, meaning = METRICS[name]
            row = [f"`{name}`", meaning, _mean_and_spread(values), unit, better]
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


HEADLINES = (
    ("01_autoencoder", "ae64_train_bce", "0.0752 (source 001)"),
    ("01_autoencoder", "ae64_test_bce", ""),
    ("01_autoencoder", "best64_test_bce", ""),
    ("01_autoencoder", "ae2_test_mse", "PCA: the next row"),
    ("01_autoencoder", "pca2_test_mse", ""),
    ("drawn_transfer", "drawn_to_mnist_accuracy", ""),
)
"""(lesson, metric, what to hold it against): the rows of the README's table."""


def readme_table(records: list[dict]) -> str:
    """The README's results table: the headline of each lesson on both data sets."""
    groups = _groups(records)
    lines = [
        "| lesson | measured | MNIST | seeds | drawn digits | reference |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for headline, name, reference in HEADLINES:
        cells = {"mnist": ("", ""), "drawn": ("", "")}
        for (lesson, dataset), entries in groups.items():
            values = [e["metrics"][name]["value"] for e in entries if name in e["metrics"]]
            if lesson == headline and values:
                cells[dataset] = _mean_and_spread(values), str(len(values))
        row = [headline, METRICS[name].meaning, *cells["mnist"], cells["drawn"][0], reference]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


_START, _END = "<!-- results: made by python -m aecourse.results -->", "<!-- end of results -->"


def with_table(readme: str, table: str) -> str:
    """The README's text with its results table replaced."""
    before, rest = readme.split(_START)
    return f"{before}{_START}\n{table}\n{_END}{rest.split(_END)[1]}"


def main():
    root = settings.project_root()
    if root is None:
        raise SystemExit("The tables are made in a checkout of the course; this is not one.")
    records = read_records(root / "docs" / "results")
    (root / "docs" / "RESULTS.md").write_text(results_page(records), encoding="utf-8")
    readme = root / "README.md"
    text = with_table(readme.read_text(encoding="utf-8"), readme_table(records))
    readme.write_text(text, encoding="utf-8")
    print(f"{len(records)} records: docs/RESULTS.md and the README's table are written.")


if __name__ == "__main__":
    main()
