"""What full runs measured: one JSON record for a lesson, a data set and a seed, and the tables.

`record` is the last call of a lesson. `python -m aecourse.results` writes `docs/RESULTS.md` and
the table in the README anew from the records in `docs/results`.
"""

from importlib.metadata import version
import json
import math
from pathlib import Path
import platform
import re
import statistics
import sys
import time
from typing import NamedTuple

from aecourse import files, settings


class Metric(NamedTuple):
    """unit: of the value; better: "lower" or "higher"; meaning: in words, for the tables."""

    unit: str
    better: str
    meaning: str


_BCE, _MSE, _ACC = "nats per pixel", "squared gray level", "fraction"
_DB, _SSIM, _NATS = "decibels", "similarity", "nats per image"
_STDS, _CORRELATION = "standard deviations of the prior", "correlation"
_NOISY = "the test set with noise 0.4"
_DENOISERS = {
    "conv": "convolutional denoiser",
    "dense": "dense twin, as many parameters",
    "linear": "best linear denoiser",
}

SWEEP_SIZES = (2, 4, 8, 16, 32, 64)
"""Code sizes that lesson 01 compares."""

_VALUE = "unit of the values"
GAMES = {
    "floor": "10 000 real values",
    "source": "source 004's setting",
    "best": "the better setting",
    **{
        f"source_{change}": f"source 004's setting, {words}"
        for change, words in (
            ("not_aligned", "not aligned"),
            ("not_stratified", "independent noise"),
            ("not_stretched", "noise from [0, 1]"),
            ("not_pretrained", "D not pretrained"),
            ("three_steps", "three steps of D for one of G"),
            ("penalty", "gradient penalty"),
            ("large", "larger networks"),
            ("rates", "the better setting's rates"),
            ("fast", "D twenty times as fast"),
            ("saturating", "saturating loss"),
            ("relu", "ReLU"),
        )
    },
    **{
        f"best_{change}": f"the better setting, {words}"
        for change, words in (
            ("aligned", "aligned"),
            ("not_stratified", "independent noise"),
            ("not_stretched", "noise from [0, 1]"),
            ("pretrained", "D pretrained"),
            ("three_steps", "three steps of D for one of G"),
            ("no_penalty", "no gradient penalty"),
            ("small", "6 and 5 units"),
            ("fast", "D twenty times as fast"),
            ("saturating", "saturating loss"),
            ("tanh", "tanh"),
            ("rates", "equal rates"),
            ("larger", "128 and 128 units"),
        )
    },
    "pairs_aligned": "D sees pairs, aligned",
    "pairs_not_aligned": "D sees pairs, not aligned",
}
"""The settings that lesson 07 compares, in words."""

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
    **{
        f"{name}_test_bce": Metric(_BCE, "lower", f"{words}: denoised, test cross-entropy")
        for name, words in (
            *_DENOISERS.items(),
            ("copier", "784-64-784 trained on clean digits only"),
            ("classic", "784-64-784, 10 clean epochs, 10 noisy"),
            ("one_tensor", "784-256-784, one noise tensor for all batches, then new noise"),
            ("fixed_noise", "784-256-784, one noise for each image, then new noise"),
            ("fresh_noise", "784-256-784, fresh noise"),
        )
    },
    "classic_train_bce": Metric(
        _BCE, "lower", "784-64-784, 10 clean epochs, 10 noisy: training loss of the last epoch"
    ),
    "linear_test_mse": Metric(_MSE, "lower", "best linear denoiser, test squared error"),
    "noisy_psnr": Metric(_DB, "higher", f"{_NOISY} itself"),
    **{
        f"{name}_test_psnr": Metric(_DB, "higher", f"{words}, {_NOISY}")
        for name, words in (
            *_DENOISERS.items(),
            ("median", "median filter, 3 x 3"),
            ("noisy_target", "784-256-784 trained towards noisy targets"),
        )
    },
    "noisy_ssim": Metric(_SSIM, "higher", f"{_NOISY} itself"),
    **{
        f"{name}_test_ssim": Metric(_SSIM, "higher", f"{words}, {_NOISY}")
        for name, words in _DENOISERS.items()
    },
    **{
        f"{name}_read_accuracy": Metric(_ACC, "higher", f"a classifier of clean digits reads {of}")
        for name, of in (
            ("clean", "clean digits"),
            ("noisy", "noisy ones"),
            ("linear", "what the best linear denoiser makes of them"),
            ("dense", "what the dense twin makes of them"),
            ("conv", "what the convolutional denoiser makes of them"),
        )
    },
    **{
        f"vae{size}_test_{part}nats": Metric(_NATS, "lower", f"VAE, {size} numbers, gray: {words}")
        for size in (2, 20)
        for part, words in (
            ("", "test loss"),
            ("reconstruction_", "its reconstruction part"),
            ("kl_", "its KL part"),
        )
    },
    "vae20_dense_part_test_nats": Metric(
        _NATS, "lower", "small dense VAE, 20 numbers, 20 000 images: test loss"
    ),
    "vae20_conv_part_test_nats": Metric(
        _NATS, "lower", "small convolutional VAE, 20 numbers, 20 000 images: test loss"
    ),
    "vae2_binary_test_nats": Metric(
        _NATS, "lower", "VAE, 2 numbers, images rounded to 0 or 1: minus the ELBO, test"
    ),
    "vae2_iwae_nats": Metric(
        _NATS, "lower", "the same VAE, importance-weighted bound, 100 draws, test"
    ),
    **{
        f"{name}_distance": Metric(
            _MSE, "lower", f"{words}: distance to the nearest of 10 000 real digits"
        )
        for name, words in (
            ("plain2_sample", "plain code, 2 numbers, drawn from a fitted normal"),
            ("vae2_sample", "VAE with the same networks, 2 numbers, drawn from the prior"),
            ("plain20_prior_sample", "plain code, 20 numbers, drawn from N(0, I)"),
            ("plain20_sample", "plain code, 20 numbers, drawn from a fitted normal"),
            ("vae20_sample", "VAE with the same networks, 20 numbers, drawn from the prior"),
            ("real_digit", "real test digits"),
            ("pixel_midpoint", "halfway between the pixels of two digits"),
            ("code_midpoint", "halfway between their codes, 20 numbers"),
        )
    },
    "collapsed_kl_nats": Metric(_NATS, "lower", "KL of a VAE whose KL weighs 100"),
    "slip_kl_nats": Metric(
        _NATS, "lower", "KL of a VAE whose reconstruction is a mean over pixels"
    ),
    **{
        f"{factor}_share_{where}": Metric(
            _ACC, "higher", f"step along the {factor} direction, {words}: effect over the true one"
        )
        for factor in ("slant", "thickness")
        for where, words in (("drawn", "drawn digits"), ("test", "test digits"))
    },
    "aae_training_sliced_w1": Metric(
        _STDS, "lower", "AAE, 2 numbers: 10 000 training codes, distance to the prior"
    ),
    "prior_sliced_w1": Metric(
        _STDS, "lower", "two clouds drawn from N(0, I): sliced Wasserstein distance, the floor"
    ),
    **{
        f"{name}_{what}": Metric(unit, "lower", f"{words}: {of}")
        for name, words in (
            ("aae", "AAE, 2 numbers"),
            ("vae", "VAE twin"),
            ("plain", "plain twin"),
        )
        for what, unit, of in (
            ("sliced_w1", _STDS, "test codes, sliced Wasserstein distance to the prior"),
            ("two_sample_accuracy", _ACC, "test codes told from draws of the prior (chance 0.5)"),
            ("ks", _ACC, "test codes, largest Kolmogorov-Smirnov gap of a number to the prior"),
            ("test_mse", _MSE, "test squared error"),
        )
    },
    **{
        f"{name}_{what}": Metric(unit, "lower", f"{words}: {of}")
        for name, words in (
            ("aae", "AAE, points drawn from the prior, decoded"),
            ("plain", "plain twin, the same points"),
            ("plain_box", "plain twin, points from the box of its codes"),
        )
        for what, unit, of in (
            ("top3_share", _ACC, "share of the three commonest digits"),
            ("draw_distance", _MSE, "distance to the nearest of 10 000 real digits"),
        )
    },
    "mixture_petal_accuracy": Metric(
        _ACC, "higher", "AAE, mixture of ten Gaussians: test codes in their own digit's petal"
    ),
    **{
        f"{name}_sliced_w1": Metric(_STDS, "lower", f"AAE, {words}: distance of test codes to it")
        for name, words in (("mixture", "mixture of ten Gaussians"), ("roll", "Swiss roll"))
    },
    **{
        f"{name}_{what}": Metric(unit, "lower", f"short AAE, {words}: {of}")
        for name, words in (
            ("short", "unchanged"),
            ("dropout", "dropout 0.25 and 0.2"),
            ("still", "the same dropout, still encoder for the discriminator"),
            ("source_rates", "rates 6e-4, 8e-4, 8e-4"),
            ("three_adams", "an Adam for each phase, rate 2e-3"),
            ("std1", "prior of standard deviation 1"),
            ("left_out", "encoder left out of the generator phase"),
            ("weak", "discriminator of one layer of two units"),
            ("strong", "discriminator far faster than the encoder"),
            ("batch_norm", "batch normalization in the discriminator"),
        )
        for what, unit, of in (
            ("sliced_w1", _STDS, "distance of test codes to the prior"),
            ("test_mse", _MSE, "test squared error"),
            ("discriminator", _NATS, "the discriminator's last training loss"),
        )
    },
    "parzen_nats": Metric(
        _NATS, "higher", "Parzen window on 10 000 decoded draws, 8 numbers, std 5: test digits"
    ),
    "parzen_training_nats": Metric(
        _NATS, "higher", "Parzen window on 10 000 training digits in their place"
    ),
    "judge_test_accuracy": Metric(_ACC, "higher", "the judge, a CNN: test accuracy"),
    **{
        f"{name}{what}": Metric(unit, better, f"{words}: {of}")
        for name, words in (
            ("", "supervised AAE, labels for the discriminator too"),
            ("usual_", "the usual supervised AAE"),
            ("short_", "small supervised AAE, 20 000 images"),
            ("free_", "the same without adversarial phases"),
            ("large_", "the same with a style of 64 numbers"),
        )
        for what, unit, better, of in (
            ("judge_agreement", _ACC, "higher", "drawn styles, the judge reads the asked digit"),
            ("real_judge_agreement", _ACC, "higher", "styles of test digits, the same"),
            ("style_test_mse", _MSE, "lower", "test squared error"),
            ("style_consistency", _CORRELATION, "higher", "drawn styles and their images' codes"),
            ("style_sliced_w1", _STDS, "lower", "distance of test styles to the prior"),
            ("style_digit_sliced_w1", _STDS, "lower", "the same, one digit's, mean over ten"),
            ("style_logistic_probe_accuracy", _ACC, "lower", "digits read from styles, logistic"),
            ("style_mlp_probe_accuracy", _ACC, "lower", "digits read from styles, MLP"),
        )
    },
    "prior_style_sliced_w1": Metric(
        _STDS, "lower", "two clouds drawn from N(0, I), 6 numbers: sliced Wasserstein distance"
    ),
    "prior_style_digit_sliced_w1": Metric(
        _STDS, "lower", "two clouds of a tenth as many draws: the same"
    ),
    **{
        f"unlabeled_{kind}_probe_accuracy": Metric(
            _ACC, "higher", f"AAE without labels, 6 numbers: digits read from the code, {kind}"
        )
        for kind in ("logistic", "mlp")
    },
    **{
        f"{factor}_{what}": Metric(unit, "higher", f"drawn digits, {factor}: {of}")
        for factor in ("slant", "thickness", "width")
        for what, unit, of in (
            ("r2", "R squared", "predicted linearly from the style code"),
            ("kept", _CORRELATION, "measured in a digit and in another digit of the same style"),
        )
    },
    **{
        f"{name}_w1_median": Metric(_VALUE, "lower", f"Wasserstein-1 to N(-1, 1), median: {words}")
        for name, words in GAMES.items()
    },
    **{
        f"{name}_ks_median": Metric("probability", "lower", f"Kolmogorov-Smirnov, median: {words}")
        for name, words in list(GAMES.items())[:3]
    },
    **{
        f"{name}_{what}": Metric(unit, better, f"{words}: {of}")
        for name, words in (("source", "source 004's setting"), ("best", "the better setting"))
        for what, unit, better, of in (
            ("std_median", _VALUE, "higher", "standard deviation, median (the truth: 1)"),
            (
                "d_off",
                "probability",
                "lower",
                "how far D is from 0.5 where real values are, median",
            ),
            ("monotone_share", "fraction", "higher", "games with a monotone generator"),
            ("collapsed_share", "fraction", "lower", "two hills: games that found one of them"),
            (
                "unit_collapsed_share",
                "fraction",
                "lower",
                "two hills, noise from [0, 1]: games that found one of them",
            ),
        )
    },
    **{
        f"{name}_accuracy": Metric(_ACC, "lower", f"a fresh discriminator, median: {words}")
        for name, words in (
            ("retrained_discriminator", "the better setting"),
            ("source_retrained", "source 004's setting"),
        )
    },
    **{
        f"{network}_{labels}_{column}_test_accuracy": Metric(
            _ACC, "higher", f"{words}, {labels} labels, {of}: test accuracy"
        )
        for network, words in (
            ("conv", "convolutional network, distortions"),
            ("dense", "dense network"),
        )
        for labels in ("100", "1000", "all")
        for column, of in (
            ("aae", "semi-supervised AAE"),
            ("alone", "labels alone"),
            ("vat", "semi-supervised AAE with virtual adversarial training"),
            ("alone_vat", "labels alone with virtual adversarial training"),
            ("only_vat", "virtual adversarial training, no AAE"),
        )
    },
    "lesson_test_accuracy": Metric(
        _ACC, "higher", "the lesson's network, 1000 labels, semi-supervised AAE: test accuracy"
    ),
    "lesson_alone_test_accuracy": Metric(
        _ACC, "higher", "the lesson's network, 1000 labels alone: test accuracy"
    ),
    **{
        f"small{name}_test_accuracy": Metric(_ACC, "higher", f"small dense AAE, {words}")
        for name, words in (
            ("", "20 000 images, 1000 labels: test accuracy"),
            ("_alone", "the same network on the labels alone"),
            ("_vat", "with virtual adversarial training"),
            ("_alone_vat", "labels alone with virtual adversarial training"),
            ("_only_vat", "virtual adversarial training, no AAE"),
            ("_dropped", "trained on without labels"),
            ("_kept", "trained on as long with labels"),
            ("_uneven", "a prior in which 0 is five times as frequent"),
            ("_mean", "reconstruction a mean over pixels"),
        )
    },
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
    status = Path("/proc/self/status")
    if status.is_file():  # Linux, whose getrusage counts the process that started this one too
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) * 1024 / 1e6
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
    path = settings.results_folder() / _file_name(lesson, dataset, seed)
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
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace_text(path, json.dumps(content, indent=2) + "\n")
    return path


def _file_name(lesson, dataset, seed):
    return f"{lesson}-{dataset}-{settings.profile.name}-seed{seed}.json"


def is_recorded(lesson: str, *, dataset: str, seed: int | None = None) -> bool:
    """Whether a lesson has a record in this profile, among your own or the course's."""
    folders, root = [settings.results_folder()], settings.project_root()
    if root is not None:
        folders.append(root / "docs" / "results")
    name = _file_name(lesson, dataset, settings.seed() if seed is None else seed)
    return any((folder / name).is_file() for folder in folders)


def read_records(folder: Path) -> list[dict]:
    """The records in a folder, in the order of lesson, data set and seed."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(records, key=lambda r: (r["lesson"], r["dataset"] != "mnist", r["seed"]))


def recorded(dataset: str = "mnist") -> dict[str, list[float]]:
    """Metric -> its values over the seeds, in the course's own full runs; {} outside a checkout."""
    root, values = settings.project_root(), {}
    for entry in read_records(root / "docs" / "results") if root else ():
        if (entry["dataset"], entry["profile"]) == (dataset, "full"):
            for name, metric in entry["metrics"].items():
                values.setdefault(name, []).append(metric["value"])
    return values


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


def _versions(entries):
    found = {", ".join(f"{k} {v}" for k, v in e["versions"].items()) for e in entries}
    return "; ".join(sorted(found))


def _described(name, entries):
    """The first cells of a metric's row: its name, what it is, its value over the seeds."""
    values = [e["metrics"][name]["value"] for e in entries if name in e["metrics"]]
    return f"`{name}` | {METRICS[name].meaning} | {_mean_and_spread(values)}"


def results_page(records: list[dict]) -> str:
    """`docs/RESULTS.md`: every metric of every recorded lesson."""
    lines = [
        "# Results",
        "",
        "Measured on the test set by full runs of the notebooks; the records are in `results/`.",
        "This page is made from them by `python -m aecourse.results`. A value is the mean over",
        "the seeds ± their standard deviation. Minutes and memory are of a whole lesson, on two",
        "cores; a few of them, most of those on drawn digits, beside other work.",
    ]
    groups = _groups(records)
    single = {key: each for key, each in groups.items() if len(each[0]["metrics"]) == 1}
    for (lesson, dataset), entries in groups.items():
        if (lesson, dataset) in single:
            continue
        lines += [
            "",
            f"## {lesson}, {dataset}",
            "",
            f"Seeds {', '.join(str(e['seed']) for e in entries)}; "
            f"{_span([e['minutes'] for e in entries], '.1f')} minutes; "
            f"peak memory {_span([e['peak_memory_mb'] for e in entries], '.0f')} MB; "
            f"{_versions(entries)}.",
            "",
            "| metric | what | value | unit | better |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name in entries[0]["metrics"]:
            row = [_described(name, entries), *METRICS[name][:2]]
            lines.append(f"| {' | '.join(row)} |")
    if single:
        every = [entry for entries in single.values() for entry in entries]
        lines += [
            "",
            "## Benchmarks",
            "",
            "A training each, beside other work, so minutes vary; those of "
            "`benchmarks/thousand_labels.py` on one core. "
            f"{_versions(every).capitalize()}.",
            "",
            "| metric | what | value | unit | better | data set | seeds | minutes | MB |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
    for (_, dataset), entries in single.items():
        (name,) = entries[0]["metrics"]
        seeds = ", ".join(str(e["seed"]) for e in entries)
        minutes = _span([e["minutes"] for e in entries], ".1f")
        memory = _span([e["peak_memory_mb"] for e in entries], ".0f")
        row = [_described(name, entries), *METRICS[name][:2], dataset, seeds, minutes, memory]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


HEADLINES = (
    ("01_autoencoder", "ae64_train_bce", "0.0752 (source 001)"),
    ("01_autoencoder", "ae64_test_bce", ""),
    ("01_autoencoder", "best64_test_bce", ""),
    ("01_autoencoder", "ae2_test_mse", "PCA: the next row"),
    ("01_autoencoder", "pca2_test_mse", ""),
    ("02_denoising", "conv_test_bce", "0.0839 (keras-io, 150 epochs)"),
    ("02_denoising", "dense_test_bce", ""),
    ("02_denoising", "linear_test_bce", ""),
    ("02_denoising", "conv_test_psnr", ""),
    ("02_denoising", "noisy_psnr", ""),
    ("03_variational_autoencoder", "vae2_test_nats", "146.9 (keras-io, training loss)"),
    ("03_variational_autoencoder", "vae20_test_nats", ""),
    ("03_variational_autoencoder", "vae2_binary_test_nats", "155.9 (TensorFlow's tutorial)"),
    ("03_variational_autoencoder", "vae2_iwae_nats", ""),
    ("04_adversarial_autoencoder", "aae_sliced_w1", ""),
    ("04_adversarial_autoencoder", "vae_sliced_w1", ""),
    ("04_adversarial_autoencoder", "prior_sliced_w1", ""),
    ("04_adversarial_autoencoder", "aae_two_sample_accuracy", "0.5: chance"),
    ("04_adversarial_autoencoder", "aae_test_mse", ""),
    ("04_adversarial_autoencoder", "vae_test_mse", ""),
    ("aae_likelihood", "parzen_nats", "340 (the paper)"),
    ("aae_likelihood", "parzen_training_nats", ""),
    ("05_style_and_content", "judge_agreement", ""),
    ("05_style_and_content", "usual_judge_agreement", ""),
    ("05_style_and_content", "style_mlp_probe_accuracy", "0.1: chance"),
    ("05_style_and_content", "usual_style_mlp_probe_accuracy", "0.1: chance"),
    ("05_style_and_content", "style_consistency", ""),
    ("05_style_and_content", "style_test_mse", ""),
    ("06_thousand_labels", "lesson_test_accuracy", "0.984 (the paper, dense network)"),
    ("06_thousand_labels", "lesson_alone_test_accuracy", "0.913 (the paper, dense network)"),
    *(
        (f"06_{network}_{labels}_{column}", f"{network}_{labels}_{column}_test_accuracy", reference)
        for network, labels, references in (
            ("dense", 100, ("0.742 (the paper)", "0.981 (the paper)", "")),
            ("dense", 1000, ("0.913 (the paper)", "0.984 (the paper)", "")),
            ("dense", "all", ("", "0.992 (the paper)", "")),
            ("conv", 100, ("0.742 (the paper, dense)", "0.981 (the paper, dense)", "")),
            ("conv", 1000, ("", "", "")),
            ("conv", "all", ("", "", "")),
        )
        for column, reference in zip(("alone", "aae", "vat"), references, strict=True)
    ),
    ("07_gan_1d", "source_w1_median", "the floor: two rows below"),
    ("07_gan_1d", "best_w1_median", ""),
    ("07_gan_1d", "floor_w1_median", ""),
    ("07_gan_1d", "retrained_discriminator_accuracy", "0.5: chance"),
    ("drawn_transfer", "drawn_to_mnist_accuracy", ""),
)
"""(lesson, metric, what to hold it against): the rows of the README's table."""


def readme_table(records: list[dict]) -> str:
    """The README's results table: the headline of each lesson on both data sets."""
    groups = _groups(records)
    lines = [
        "| lesson | measured | MNIST (07: N(-1, 1)) | seeds | drawn digits | reference |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for headline, name, reference in HEADLINES:
        cells = {"mnist": ("", ""), "drawn": ("", "")}
        for (lesson, dataset), entries in groups.items():
            values = [e["metrics"][name]["value"] for e in entries if name in e["metrics"]]
            if lesson == headline and values:
                cells["drawn" if dataset == "drawn" else "mnist"] = (
                    _mean_and_spread(values),
                    str(len(values)),
                )
        if cells["mnist"][0] or cells["drawn"][0]:
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
