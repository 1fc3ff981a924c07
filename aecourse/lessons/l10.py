"""Lesson 10: what does not fit, in images and in time series."""

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_AREA, _SHARE, _PRECISION, _F1 = "AUROC", "fraction", "average precision", "F1"
_MEASURES = {
    "squares": "squared error",
    "cosine": "cosine",
    "blurred": "cosine of blurred images",
}
_COPIES = {
    "mean": "the mean training image as a copy",
    "pca": "PCA's copy",
    "nearest": "nearest training image",
    "plain": "autoencoder's copy",
    "denoising": "denoising autoencoder's copy",
    "variational": "variational autoencoder's copy",
}
_OWN_NAMES = {
    ("pca", "squares"): "digits_pca_auroc",
    ("nearest", "squares"): "digits_nearest_auroc",
    ("nearest", "cosine"): "digits_cosine_auroc",
    ("plain", "cosine"): "digits_copy_cosine_auroc",
}
_SCORES = {
    "ink_score": "ink alone",
    "svm_score": "one-class SVM",
    "forest_score": "isolation forest",
    "variational_reconstruction": "VAE, reconstruction in nats",
    "variational_kl": "VAE, KL of the code",
    "variational_bound": "VAE, bound: reconstruction + KL",
}
_THINGS = {"blank": "a blank page", "gray": "a page of gray 0.1", "ones": "ones"}
_DETECTORS = {
    "range": "distance from the middle of the range",
    "difference": "difference from an earlier value",
    "seasonal": "seasonal mean",
    "pca": "windowed PCA",
    "nearest": "nearest window",
    "dense": "dense autoencoder",
    "conv": "convolutional autoencoder",
}
_KINDS = (
    "spike",
    "level shift",
    "flat middle",
    "missing peak",
    "changed shape",
    "changed frequency",
)

METRICS = {
    **{
        f"digits_{name}_auroc": Metric(_AREA, "higher", f"digits, {words}")
        for name, words in _SCORES.items()
    },
    **{
        _OWN_NAMES.get((copy, measure), f"digits_{copy}_{measure}_auroc"): Metric(
            _AREA, "higher", f"digits, {words}, by {by}"
        )
        for copy, words in _COPIES.items()
        for measure, by in _MEASURES.items()
    },
    "digits_best_auroc": Metric(
        _AREA, "higher", "digits, the network and measure chosen on held-out images"
    ),
    "digits_best_held_auroc": Metric(_AREA, "higher", "the same on the held-out images"),
    "digits_best_worst_auroc": Metric(_AREA, "higher", "the same, the worst normal digit"),
    "digits_best_false_alarms": Metric(
        _SHARE, "lower", "false alarms on test images, 5 % asked for"
    ),
    "digits_best_found": Metric(_SHARE, "higher", "anomalies found then, chosen autoencoder"),
    "digits_plain_found": Metric(_SHARE, "higher", "anomalies found, autoencoder, squared error"),
    "digits_pca_found": Metric(_SHARE, "higher", "anomalies found, PCA, squared error"),
    "digits_nearest_blurred_found": Metric(
        _SHARE, "higher", "anomalies found, nearest training image, blurred"
    ),
    **{
        f"eights_{thing}_{copy}_{measure}_passed": Metric(
            _SHARE, "lower", f"eights more anomalous than {words}: {_COPIES[copy]}, by {by}"
        )
        for copy in ("pca", "plain", "denoising", "variational", "nearest")
        for measure, by in _MEASURES.items()
        if measure != "cosine"
        for thing, words in _THINGS.items()
    },
    "eights_ones_kl_passed": Metric(
        _SHARE, "lower", "eights more anomalous than ones: KL of the VAE's code"
    ),
    **{
        f"series_{name}_auprc": Metric(_PRECISION, "higher", f"series, {words}")
        for name, words in _DETECTORS.items()
    },
    "series_random_auprc": Metric(_PRECISION, "higher", "series, a random score"),
    "series_best_auprc": Metric(
        _PRECISION, "higher", "series, the autoencoder chosen on the stretch before"
    ),
    **{
        f"series_{name}_{kind.replace(' ', '_')}_auprc": Metric(
            _PRECISION, "higher", f"series, {kind}: {words}"
        )
        for kind in _KINDS
        for name, words in (("best", "chosen autoencoder"), ("rival", "the best baseline"))
    },
    **{
        f"series_{name}_found": Metric(
            _SHARE, "higher", f"events found at a false alarm in 20 days: {words}"
        )
        for name, words in {**_DETECTORS, "random": "a random score"}.items()
    },
    **{
        f"series_{name}_{how}": Metric(_F1, "higher", f"{words}: best F1{what}")
        for name, words in (("random", "a random score"), ("best", "chosen autoencoder"))
        for how, what in (("f1", ""), ("adjusted_f1", " after point adjustment"))
    },
}

PROMISES = (
    Promise(
        "ink alone is a weak detector",
        "digits_ink_score_auroc",
        below(0.6, fast=0.75),
        ("a perfect detector", 1.0),
    ),
    Promise(
        "the chosen autoencoder is ahead of PCA's squared error",
        "digits_best_auroc",
        above(1.02, fast=1.0, of="digits_pca_auroc"),
        ("PCA", "digits_pca_auroc"),
    ),
    Promise(
        "and not behind the nearest training image by cosine",
        "digits_best_auroc",
        above(1.0, fast=0.97, of="digits_cosine_auroc"),
        ("ink alone", "digits_ink_score_auroc"),
    ),
    Promise(
        "its AUROC is high",
        "digits_best_auroc",
        above(0.98, fast=0.88, drawn=0.91),
        ("the distance to the mean image", "digits_mean_squares_auroc"),
    ),
    Promise(
        "it is not clearly ahead of the nearest training image with the same measure",
        "digits_best_auroc",
        below(1.0, fast=1.01, drawn=1.01, of="digits_nearest_blurred_auroc"),
        ("a perfect detector", 1.0),
    ),
    Promise(
        "an autoencoder's squared error is behind PCA with a better measure",
        "digits_plain_squares_auroc",
        below(0.995, fast=1.0, of="digits_pca_blurred_auroc"),
        ("PCA with that measure", "digits_pca_blurred_auroc"),
    ),
    Promise(
        "the threshold keeps what it says, nearly",
        "digits_best_false_alarms",
        below(0.08, fast=0.3),
        ("an alarm for every image", 1.0),
    ),
    Promise(
        "most anomalies are found then",
        "digits_best_found",
        above(0.9, fast=0.4, drawn=0.6),
        ("alarms at random, 5 %", 0.05),
    ),
    Promise(
        "ones pass the network of eights by squared error, as a typical 8 does",
        "eights_ones_plain_squares_passed",
        above(0.33, fast=0.1),
        ("a detector that is right", 0.0),
    ),
    Promise(
        "by the cosine of blurred images they are noticed",
        "eights_ones_plain_blurred_passed",
        below(0.15, fast=0.35),
        ("as a typical 8", 0.5),
    ),
    Promise(
        "by the cosine of blurred images, a gray page does not pass the nearest training image",
        "eights_gray_nearest_blurred_passed",
        below(0.05),
        ("as a typical 8", 0.5),
    ),
    Promise(
        "the nearest window is far ahead of windowed PCA",
        "series_nearest_auprc",
        above(1.5, fast=1.2, of="series_pca_auprc"),
        ("windowed PCA", "series_pca_auprc"),
    ),
    Promise(
        "the chosen autoencoder is close to the nearest window",
        "series_best_auprc",
        above(0.92, fast=0.5, of="series_nearest_auprc"),
        ("a random score", "series_random_auprc"),
    ),
    Promise(
        "the convolutional autoencoder is far ahead of windowed PCA",
        "series_conv_auprc",
        above(0.85, fast=0.3, of="series_nearest_auprc"),
        ("a random score", "series_random_auprc"),
    ),
    Promise(
        "it finds days blended half and half with a day at double speed",
        "series_best_changed_frequency_auprc",
        above(0.8, fast=0.3),
        ("a random score, about", 0.05),
    ),
    Promise(
        "the dense autoencoder finds many events at few false alarms",
        "series_dense_found",
        above(0.65, fast=0.3),
        ("a random score", "series_random_found"),
    ),
    Promise(
        "point adjustment lifts a random score",
        "series_random_adjusted_f1",
        above(0.7, fast=0.6),
        ("the same score as it is", "series_random_f1"),
    ),
)

HEADLINES = (
    Headline(
        "digits_best_auroc",
        "one digit is normal, the others are found: mean AUROC of the chosen autoencoder",
        beside="digits_nearest_blurred_auroc",
        beside_words="the nearest training image, by the same measure",
    ),
    Headline(
        "series_best_auprc",
        "anomalies in a time series: average precision of the chosen autoencoder",
        beside="series_nearest_auprc",
        beside_words="the nearest window of the past",
    ),
)


def _two_groups(normal, anomalous, seed):
    random = np.random.default_rng(seed)
    return random.integers(0, 8, normal).astype(float), random.integers(2, 10, anomalous) + 0.0


def _area(normal, anomalous, tie=0.5):
    above, level = (anomalous[:, None] > normal), (anomalous[:, None] == normal)
    return np.mean(above + tie * level)


AREA = Exercise(
    name="area",
    gives="a single number",
    inputs=lambda: [_two_groups(12, 9, 1), _two_groups(7, 11, 2)],
    right=_area,
    mistakes={
        "pairs with equal scores are left out; each counts half.": (
            lambda normal, anomalous: _area(normal, anomalous, 0.0)
        ),
        "pairs with equal scores count fully; each counts half.": (
            lambda normal, anomalous: _area(normal, anomalous, 1.0)
        ),
        "the order is reversed: an anomaly should have the higher score.": (
            lambda normal, anomalous: 1 - _area(normal, anomalous)
        ),
        "compare each score with each, as a table: anomalous[:, None] > normal.": (
            lambda normal, anomalous: np.mean(anomalous > normal)
        ),
        "compare each score with each, as a table: normal[:, None] < anomalous.": (
            lambda normal, anomalous: np.mean(normal < anomalous)
        ),
        "that is a count; divide by the number of pairs.": (
            lambda normal, anomalous: _area(normal, anomalous) * normal.size * anomalous.size
        ),
    },
    otherwise="compare every anomalous score with every normal one; a tie is half a success.",
    praise="the area under the curve is a share of pairs.",
)


def _normal_scores(count, allowed, seed):
    return np.random.default_rng(seed).permutation(np.arange(1.0, count + 1) ** 1.5), allowed


def _threshold(normal_scores, allowed, place=0):
    return np.sort(normal_scores)[::-1][allowed + place]


THRESHOLD = Exercise(
    name="threshold",
    gives="a single number",
    inputs=lambda: [
        _normal_scores(20, 3, 3),
        _normal_scores(33, 5, 4),
        _normal_scores(20, 0, 5),
        _normal_scores(20, 15, 6),
    ],
    right=_threshold,
    mistakes={
        "one alarm too few: a score *at* the threshold is no alarm.": (
            lambda normal_scores, allowed: _threshold(normal_scores, allowed - 1)
        ),
        "one alarm too few, except for `allowed = 0`: a score *at* the threshold is no alarm.": (
            lambda normal_scores, allowed: _threshold(normal_scores, allowed - 1 if allowed else 0)
        ),
        "for `allowed = 0` that asks for a score behind the last one.": (
            lambda normal_scores, allowed: np.sort(normal_scores)[len(normal_scores) - allowed]
        ),
        "that is counted from the smallest score; alarms are the largest.": (
            lambda normal_scores, allowed: np.sort(normal_scores)[allowed]
        ),
        "one alarm too many: exactly `allowed` scores lie above it.": (
            lambda normal_scores, allowed: _threshold(normal_scores, allowed, 1)
        ),
        "an interpolated quantile lets a fraction of an alarm pass; sort and count.": (
            lambda normal_scores, allowed: np.quantile(
                normal_scores, 1 - allowed / len(normal_scores)
            )
        ),
    },
    otherwise="sort the scores, the largest first; which one has `allowed` scores before it?",
    praise="no anomaly was needed for it.",
)


def _with_blank(count, seed):
    """Images and copies; one image is blank, another's copy is, and an image is faint."""
    random = np.random.default_rng(seed)
    images, copies = random.random((count, 5, 4)), random.random((count, 5, 4))
    images[1], copies[2] = 0, 0
    images[3] *= 1e-3
    return images, copies


def _cosines(images, copies):
    products = np.sum(images * copies, axis=(1, 2))
    lengths = [np.sqrt(np.sum(each**2, axis=(1, 2))) for each in (images, copies)]
    return products, lengths[0] * lengths[1]


def _angle(images, copies, blank=1.0):
    products, lengths = _cosines(images, copies)
    return np.where(lengths > 0, 1 - products / np.maximum(lengths, 1e-12), blank)


ANGLE = Exercise(
    name="angle",
    gives="one number for each image",
    inputs=lambda: [_with_blank(4, 6), _with_blank(6, 7)],
    right=_angle,
    mistakes={
        "a blank image counts as a perfect copy; it should count as wholly unlike, 1.": (
            lambda images, copies: _angle(images, copies, 0.0)
        ),
        "0 / 0 is NaN: where the image or the copy is blank, give 1.": (
            lambda images, copies: _angle(images, copies, np.nan)
        ),
        "a blank copy is like a blank image: there the angle is 0 / 0 as well, and should be 1.": (
            lambda images, copies: _angle(
                images, copies, np.where(copies.any(axis=(1, 2)), 1.0, np.nan)
            )
        ),
        "that is the cosine, which is large for what is alike; take 1 minus it.": (
            lambda images, copies: 1 - _angle(images, copies)
        ),
        "that is the angle itself; give 1 minus its cosine.": (
            lambda images, copies: np.where(
                _cosines(images, copies)[1] > 0, np.arccos(1 - _angle(images, copies)), 1
            )
        ),
        "divide by the lengths of both, the image and the copy.": (
            lambda images, copies: 1 - _cosines(images, copies)[0]
        ),
        "that is one number for the whole batch; give one for each image.": (
            lambda images, copies: (
                1 - np.sum(images * copies) / np.sqrt(np.sum(images**2) * np.sum(copies**2))
            )
        ),
    },
    otherwise="sum of products over both lengths, image by image, 1 minus that; 0/0 counts as 1.",
    praise="twice as much ink in the same places changes nothing.",
)


def _window_errors(count, width, seed):
    return (np.random.default_rng(seed).random((count, width)),)


def _steps(errors):
    count, width = errors.shape
    total, held = np.zeros(count + width - 1), np.zeros(count + width - 1)
    for offset in range(width):
        total[offset : offset + count] += errors[:, offset]
        held[offset : offset + count] += 1
    return total, held


STEP_SCORES = Exercise(
    name="step_scores",
    gives="one number for each step of the series, count + width - 1 of them",
    inputs=lambda: [_window_errors(7, 3, 8), _window_errors(9, 4, 9)],
    right=lambda errors: np.divide(*_steps(errors)),
    mistakes={
        "those are sums; steps at the ends are in fewer windows, so take means.": (
            lambda errors: _steps(errors)[0]
        ),
        "divide by the number of windows that hold the step, which is smaller at the ends.": (
            lambda errors: _steps(errors)[0] / errors.shape[1]
        ),
        "that gives each window one number; each of its steps has an error of its own.": (
            lambda errors: np.divide(
                *_steps(np.repeat(errors.mean(axis=1, keepdims=True), errors.shape[1], axis=1))
            )
        ),
        "window i begins at step i; here the steps run backwards within a window.": (
            lambda errors: np.divide(*_steps(errors[:, ::-1]))
        ),
    },
    otherwise="step t is at offset t - i of window i; average over the windows that hold it.",
    praise="a step is judged by every window that it is part of.",
)

CLAIMS = (
    Claim(
        "What an autoencoder copies badly is an anomaly",
        "*Autoencoder学习*",
        "eights_gray_variational_squares_passed",
        0.5,
        "A gray page, a VAE of eights: the share of eights with a larger error; 0.5 is typical",
    ),
    Claim(
        "An autoencoder finds more anomalies than PCA",
        "common advice",
        "digits_plain_squares_auroc",
        "digits_pca_auroc",
        "Ten digits, squared error for both",
        margin=0.005,
    ),
    Claim(
        "The measure of unlikeness matters more than the network",
        "this lesson's skeptic",
        "digits_pca_blurred_auroc",
        "digits_plain_squares_auroc",
        "PCA with the cosine of blurred images, against an autoencoder with squared error",
        margin=0.005,
    ),
    Claim(
        "A network finds more anomalies than a search for the nearest example",
        "common belief",
        "digits_best_auroc",
        "digits_nearest_blurred_auroc",
        "Ten digits, both with the measure that suits them best",
        margin=0.002,
    ),
    Claim(
        "Anomalies have unusual codes",
        "common advice about VAEs",
        "digits_variational_kl_auroc",
        0.5,
        "The KL of a VAE's code as a score; 0.5 is chance",
    ),
    Claim(
        "An autoencoder on windows finds more than the nearest window",
        "many demonstrations, by leaving it out",
        "series_best_auprc",
        "series_nearest_auprc",
        "Six kinds of anomalies; each detector was tuned on the stretch before",
    ),
)

LESSON = Description(
    name="10_anomaly_detection",
    title="Anomaly detection",
    idea="what does not fit: reconstruction against baselines that need no network",
    minutes=8,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(AREA, THRESHOLD, ANGLE, STEP_SCORES),
)
