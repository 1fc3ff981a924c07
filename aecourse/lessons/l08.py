"""Lesson 08: a small image in, a large one out."""

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_DB, _SSIM, _ACC, _GRAY = "decibels", "similarity", "fraction", "gray levels"
_RESIZED = {
    "nearest": "each pixel repeated",
    "bilinear": "bilinear resizing",
    "bicubic": "bicubic resizing",
    "lanczos": "Lanczos resizing",
    "linear": "best linear map",
}
_NEAR = {"neighbor": "nearest training image", "nearest10": "mean of the ten nearest"}
_LEARNED = {"code": "through a code of 64 numbers", "subpixel": "sub-pixel network"}
_TRIED = {
    "blank": "a blank page, whatever the input",
    "mean_image": "the mean training image, whatever the input",
    "shifted": "the original, moved by one pixel",
    "blurred": "the original, blurred",
}
_CODES = {f"code{side}": f"code of 64 numbers, sees {side} x {side}" for side in (14, 7)} | {
    "wide14": "the same with 784 numbers, sees 14 x 14"
}
_TWINS = {
    "more": "sub-pixel network, 7 to 28, goes on with squares alone",
    "chosen": "its twin with a discriminator",
}
_PICKED = {
    "bicubic": "bicubic resizing",
    "bicubic_moved": "bicubic resizing, moved back by half a pixel",
    "linear": "best linear map, made for means",
    "linear_moved": "the same map, moved back by half a pixel",
    "network": "sub-pixel network, trained on means",
    "network_moved": "the same network, moved back by half a pixel",
    "own_linear": "best linear map, made for every second pixel",
}


def _both(names):
    """PSNR and SSIM on test images of each: metric -> Metric. names: metric -> words."""
    return {
        metric: Metric(unit, "higher", f"{words}: {what}")
        for name, words in names.items()
        for metric, unit, what in (
            (f"{name}_test_psnr", _DB, "PSNR"),
            (f"{name}_test_ssim", _SSIM, "SSIM"),
        )
    }


def _from7(part, unit, better, what, names):
    return {
        f"sr7_{name}_{part}": Metric(unit, better, f"7 to 28, {words}: {what}")
        for name, words in names.items()
    }


_ALL = {**_RESIZED, **_NEAR, **_LEARNED}
_CHECKED = {n: w for n, w in _ALL.items() if n not in ("bilinear", "lanczos")}
_READ = {n: w for n, w in _CHECKED.items() if n != "nearest"}
_TOLD = {
    "real": "real digits",
    "sr7_neighbor": "7 to 28, nearest training image",
    **_TWINS,
}

METRICS = {
    **_both(_TRIED),
    **_both({f"sr14_{n}": f"14 to 28, {w}" for n, w in _RESIZED.items()}),
    **_both({f"sr7_{n}": f"7 to 28, {w}" for n, w in {**_RESIZED, **_NEAR}.items()}),
    **_both(_CODES),
    **_both({f"sr{side}": f"{side} to 28, sub-pixel network" for side in (14, 7)}),
    **_from7("repooled_error", _GRAY, "lower", "off when pooled again", _CHECKED),
    **_from7("consistent_psnr", _DB, "higher", "PSNR, made consistent", _CHECKED),
    "clean_read_accuracy": Metric(
        _ACC, "higher", "the reader, trained on real digits, reads the originals"
    ),
    **{
        f"clean_{when}_confidence": Metric(
            _ACC, better, f"how sure the reader is of originals when {when}"
        )
        for when, better in (("right", "higher"), ("wrong", "lower"))
    },
    "blank_read_accuracy": Metric(_ACC, "higher", "the reader reads blank pages"),
    "direct_read_accuracy": Metric(
        _ACC, "higher", "the reader's network, trained on the 7 x 7 images themselves"
    ),
    **_from7("read_accuracy", _ACC, "higher", "digits that the reader reads", _READ),
    **_from7("wrong_confidence", _ACC, "lower", "how sure the reader is when wrong", _READ),
    "neighbor_distance": Metric(
        _GRAY, "lower", "7 to 28, nearest training image: off from the test image"
    ),
    "best_count_psnr": Metric("images", "lower", "nearest images in the mean with the best PSNR"),
    "best_count_ssim": Metric("images", "lower", "nearest images in the mean with the best SSIM"),
    **{
        f"{name}_told_accuracy": Metric(_ACC, "lower", f"{words}: told from other, real digits")
        for name, words in _TOLD.items()
    },
    **_both(_TWINS),
    **{
        f"{name}_read_accuracy": Metric(_ACC, "higher", f"{words}: digits that the reader reads")
        for name, words in _TWINS.items()
    },
    **_both({f"picked_{n}": f"every second pixel, 14 to 28, {w}" for n, w in _PICKED.items()}),
}

PROMISES = (
    Promise(
        "PSNR prefers a blurred copy to a moved one",
        "blurred_test_psnr",
        above(1.05, of="shifted_test_psnr"),
        ("the moved copy", "shifted_test_psnr"),
    ),
    Promise(
        "SSIM prefers the moved one",
        "shifted_test_ssim",
        above(1.03, of="blurred_test_ssim"),
        ("the blurred copy", "blurred_test_ssim"),
    ),
    Promise(
        "the best linear map is ahead of Lanczos resizing",
        "sr14_linear_test_psnr",
        above(1.05, of="sr14_lanczos_test_psnr"),
        ("Lanczos resizing", "sr14_lanczos_test_psnr"),
    ),
    Promise(
        "the nearest training image is behind the best linear map in decibels",
        "sr7_neighbor_test_psnr",
        below(0.98, fast=0.99, of="sr7_linear_test_psnr"),
        ("the best linear map", "sr7_linear_test_psnr"),
    ),
    Promise(
        "in SSIM it is far ahead of resizing",
        "sr7_neighbor_test_ssim",
        above(1.3, fast=1.1, drawn=1.2, of="sr7_bicubic_test_ssim"),
        ("bicubic resizing", "sr7_bicubic_test_ssim"),
    ),
    Promise(
        "the mean of ten nearest is ahead of the nearest alone",
        "sr7_nearest10_test_psnr",
        above(1.1, of="sr7_neighbor_test_psnr"),
        ("the nearest alone", "sr7_neighbor_test_psnr"),
    ),
    Promise(
        "from 14 x 14 the sub-pixel network is far ahead of the best linear map",
        "sr14_test_psnr",
        above(1.25, fast=1.0, drawn=1.1, of="sr14_linear_test_psnr"),
        ("the best linear map", "sr14_linear_test_psnr"),
    ),
    Promise(
        "from 14 x 14 it is ahead of a network with a code",
        "sr14_test_psnr",
        above(1.15, fast=1.0, of="code14_test_psnr"),
        ("the network with a code", "code14_test_psnr"),
    ),
    Promise(
        "its results are close to the originals",
        "sr14_test_psnr",
        above(29.7, fast=21.3, drawn=32.0),
        ("Lanczos resizing", "sr14_lanczos_test_psnr"),
    ),
    Promise(
        "in SSIM, too",
        "sr14_test_ssim",
        above(0.985, fast=0.75, drawn=0.95),
        ("the mean image", "mean_image_test_ssim"),
    ),
    Promise(
        "from 7 x 7 it is ahead of the mean of ten nearest",
        "sr7_test_psnr",
        above(1.15, fast=1.0, drawn=1.05, of="sr7_nearest10_test_psnr"),
        ("the mean of ten nearest", "sr7_nearest10_test_psnr"),
    ),
    Promise(
        "its decibels are far above those of resizing",
        "sr7_test_psnr",
        above(21.5, fast=15.6),
        ("Lanczos resizing", "sr7_lanczos_test_psnr"),
    ),
    Promise(
        "and so is its SSIM",
        "sr7_test_ssim",
        above(0.92, fast=0.64),
        ("bicubic resizing", "sr7_bicubic_test_ssim"),
    ),
    Promise(
        "its results, pooled again, nearly give the input back",
        "sr7_subpixel_repooled_error",
        below(0.3, fast=0.8, of="sr7_neighbor_repooled_error"),
        ("the nearest training image", "sr7_neighbor_repooled_error"),
    ),
    Promise(
        "made consistent, the nearest training image is better",
        "sr7_neighbor_consistent_psnr",
        above(1.03, of="sr7_neighbor_test_psnr"),
        ("the image as it is", "sr7_neighbor_test_psnr"),
    ),
    Promise(
        "the reader reads what the network enlarged",
        "sr7_subpixel_read_accuracy",
        above(0.968, fast=0.6, drawn=0.87),
        ("a blank page", "blank_read_accuracy"),
    ),
    Promise(
        "when it is wrong, it is sure",
        "sr7_subpixel_wrong_confidence",
        above(0.7, fast=0.4, drawn=0.6),
        ("chance", 0.1),
    ),
    Promise(
        "real digits are not told from real digits",
        "real_told_accuracy",
        below(0.57, fast=0.62),
        ("the twin with squares alone", "more_told_accuracy"),
    ),
    Promise(
        "nor are the nearest training images",
        "sr7_neighbor_told_accuracy",
        below(0.58, fast=0.7),
        ("the twin with squares alone", "more_told_accuracy"),
    ),
    Promise(
        "with a discriminator, results are not always told from real digits",
        "chosen_told_accuracy",
        below(0.75, fast=0.97, drawn=0.965),
        ("told always", 1.0),
    ),
    Promise(
        "and lose decibels",
        "chosen_test_psnr",
        below(0.995, fast=0.999, of="more_test_psnr"),
        ("the twin without", "more_test_psnr"),
    ),
    Promise(
        "on every second pixel the network of means is lost",
        "picked_network_test_psnr",
        below(0.6, fast=0.85, of="sr14_test_psnr"),
        ("means", "sr14_test_psnr"),
    ),
    Promise(
        "moved back by half a pixel, it gets much of it back",
        "picked_network_moved_test_psnr",
        above(1.25, fast=1.1, of="picked_network_test_psnr"),
        ("not moved", "picked_network_test_psnr"),
    ),
    Promise(
        "a linear map that was made for them is ahead of it",
        "picked_own_linear_test_psnr",
        above(1.25, fast=1.02, of="picked_network_test_psnr"),
        ("the network of means", "picked_network_test_psnr"),
    ),
)

HEADLINES = (
    Headline(
        "sr14_test_psnr",
        "digits enlarged from 14 x 14 pixels, PSNR in decibels",
        beside="sr14_linear_test_psnr",
        beside_words="the best linear map",
    ),
    Headline(
        "sr7_test_psnr",
        "digits enlarged from 7 x 7 pixels",
        beside="sr7_nearest10_test_psnr",
        beside_words="the mean of the ten nearest training images",
    ),
    Headline(
        "sr7_subpixel_read_accuracy",
        "the digits that a classifier reads in these",
        beside="direct_read_accuracy",
        beside_words="the same classifier, trained on the 7 x 7 images themselves",
    ),
)


def _channels(rows, columns, factor, seed):
    random = np.random.default_rng(seed)
    return random.random((3, rows, columns, factor * factor)), factor


def _shuffled(channels, factor, axes=(0, 1, 3, 2, 4)):
    count, rows, columns, _ = channels.shape
    cells = channels.reshape(count, rows, columns, factor, factor)
    return cells.transpose(axes).reshape(count, rows * factor, columns * factor)


PIXEL_SHUFFLE = Exercise(
    name="pixel_shuffle",
    gives="images of `factor` times as many rows and columns",
    inputs=lambda: [_channels(2, 3, 2, 1), _channels(2, 3, 2, 2), _channels(3, 2, 3, 3)],
    right=_shuffled,
    mistakes={
        "the numbers stay in their order; exchange two axes before the last reshape.": (
            lambda channels, factor: _shuffled(channels, factor, (0, 1, 2, 3, 4))
        ),
        "the channels fill a cell column by column; fill it row by row.": (
            lambda channels, factor: _shuffled(channels, factor, (0, 1, 4, 2, 3))
        ),
        "each channel becomes a whole part of the image; its numbers belong to different cells.": (
            lambda channels, factor: (
                channels.reshape(*channels.shape[:3], factor, factor)
                .transpose(0, 3, 1, 4, 2)
                .reshape(len(channels), factor * channels.shape[1], factor * channels.shape[2])
            )
        ),
        "that repeats the mean of a cell; every channel is a pixel of its own.": (
            lambda channels, factor: (
                channels.mean(axis=3).repeat(factor, axis=1).repeat(factor, axis=2)
            )
        ),
    },
    otherwise="the numbers are not where they belong; channel factor * i + j is row i, column j.",
    praise="sub-pixel convolution is a convolution and this.",
)


def _results_and_small(rows, columns, factor, seed):
    random = np.random.default_rng(seed)
    results = random.random((4, rows * factor, columns * factor))
    return results, random.random((4, rows, columns))


def _pooled(results, small, pool=np.mean):
    count, rows, columns = small.shape
    factor = results.shape[1] // rows
    return pool(results.reshape(count, rows, factor, columns, factor), axis=(2, 4))


def _spread(small, results):
    factor = results.shape[1] // small.shape[1]
    return small.repeat(factor, axis=1).repeat(factor, axis=2)


def _consistent(results, small):
    return results + _spread(small - _pooled(results, small), results)


MAKE_CONSISTENT = Exercise(
    name="make_consistent",
    gives="images as large as the results",
    inputs=lambda: [
        _results_and_small(3, 3, 2, 4),
        _results_and_small(3, 3, 2, 5),
        _results_and_small(2, 3, 4, 6),
    ],
    right=_consistent,
    mistakes={
        "the difference has the wrong sign: what is missing is small - pooled.": (
            lambda results, small: results - _spread(small - _pooled(results, small), results)
        ),
        "each pixel gets a share of the difference; each needs all of it, a mean is no sum.": (
            lambda results, small: (
                results
                + _spread(small - _pooled(results, small), results)
                / (results.shape[1] // small.shape[1]) ** 2
            )
        ),
        "squares are summed; the small pixel is the mean of its square.": (
            lambda results, small: (
                results + _spread(small - _pooled(results, small, np.sum), results)
            )
        ),
        "the result is clipped; here it should not be.": (
            lambda results, small: np.clip(_consistent(results, small), 0, 1)
        ),
        "that repeats the small pixels; the result's own details are lost.": (
            lambda results, small: _spread(small, results)
        ),
        "squares are scaled; add a number, which changes as little as possible.": (
            lambda results, small: results * _spread(small / _pooled(results, small), results)
        ),
    },
    otherwise="pooled again it should be `small`, with one number added to each square.",
    praise="and where `small` comes from the original, no squared error can grow by it.",
)


def _gallery(count, seed):
    random = np.random.default_rng(seed)
    small, known = random.random((4, 5)), random.random((12, 5))
    return small, known, random.random((12, 6, 6)), count


def _distances(small, known, power=2):
    return (np.abs(small[:, None] - known[None]) ** power).sum(axis=2)


def _nearest_mean(small, known, gallery, count, distances=_distances):
    nearest = distances(small, known).argsort(axis=1)[:, :count]
    return gallery[nearest].mean(axis=1)


NEAREST_MEAN = Exercise(
    name="nearest_mean",
    gives="an image for each row of `small`",
    inputs=lambda: [_gallery(3, 7), _gallery(3, 8), _gallery(5, 9)],
    right=_nearest_mean,
    mistakes={
        "those are the farthest; sort from small to large distances.": (
            lambda small, known, gallery, count: _nearest_mean(
                small, known, gallery, count, lambda a, b: -_distances(a, b)
            )
        ),
        "that is the nearest alone; take the mean of `count` of them.": (
            lambda small, known, gallery, count: _nearest_mean(small, known, gallery, 1)
        ),
        "absolute differences are summed; Euclidean distance takes squares.": (
            lambda small, known, gallery, count: _nearest_mean(
                small, known, gallery, count, lambda a, b: _distances(a, b, 1)
            )
        ),
        "the nearest is left out; a test image is not in the gallery itself.": (
            lambda small, known, gallery, count: gallery[
                _distances(small, known).argsort(axis=1)[:, 1 : count + 1]
            ].mean(axis=1)
        ),
        "those are sums; divide by count.": (
            lambda small, known, gallery, count: count * _nearest_mean(small, known, gallery, count)
        ),
    },
    otherwise="argsort of the distances gives the nearest rows; average their originals.",
    praise="from 7 x 7 pixels no linear map does as well.",
)


def _pair(count, seed):
    random = np.random.default_rng(seed)
    images = random.random((count, 8, 8))
    noise = np.linspace(0.05, 0.4, count)[:, None, None] * random.standard_normal(images.shape)
    return images, images + noise


def _near(count, seed):
    """Images, and copies of an error as small as the number that is added to it."""
    images = np.random.default_rng(seed).random((count, 8, 8))
    return images, images + 1e-3


def _errors(images, copies):
    return np.mean((images - copies) ** 2, axis=(1, 2)) + 1e-6


DECIBEL_LOSS = Exercise(
    name="decibel_loss",
    gives="a single number",
    inputs=lambda: [
        _pair(5, 10),
        _pair(5, 11),
        _pair(3, 12),
        _pair(1, 13)[:1] * 2,
        _near(2, 14),
    ],
    right=lambda images, copies: np.mean(10 * np.log10(_errors(images, copies))),
    mistakes={
        "that is the PSNR, which training would make small; turn the sign round.": (
            lambda images, copies: np.mean(-10 * np.log10(_errors(images, copies)))
        ),
        "that is the logarithm of the mean error; take logarithms of each image first.": (
            lambda images, copies: 10 * np.log10(np.mean(_errors(images, copies)))
        ),
        "that is the natural logarithm; decibels take log10.": (
            lambda images, copies: np.mean(10 * np.log(_errors(images, copies)))
        ),
        "that is one number for each image; give their mean.": (
            lambda images, copies: 10 * np.log10(_errors(images, copies))
        ),
        "the factor 10 is missing: a bel has ten decibels.": (
            lambda images, copies: np.mean(np.log10(_errors(images, copies)))
        ),
        "add the small number to each MSE; below a floor the slope would be 0.": (
            lambda images, copies: np.mean(
                10 * np.log10(np.maximum(_errors(images, copies) - 1e-6, 1e-6))
            )
        ),
    },
    otherwise="MSE over axes (1, 2), plus 1e-6, 10 log10 of it, then the mean over images.",
    praise="up to the small number this is minus the PSNR.",
)

CLAIMS = (
    Claim(
        "An autoencoder that is fed small images enlarges them well",
        "*Autoencoder学习*",
        "code14_test_psnr",
        "sr14_linear_test_psnr",
        "Compared with the best linear map, 14 x 14 to 28 x 28",
    ),
    Claim(
        "Bicubic resizing is the baseline to beat",
        "many demonstrations",
        "sr14_bicubic_test_psnr",
        "sr14_linear_test_psnr",
        "Both are linear maps; only one was fitted to digits",
        same=True,
    ),
    Claim(
        "A higher PSNR is a better image",
        "common advice",
        "sr7_linear_test_ssim",
        "sr7_neighbor_test_ssim",
        "The best linear map has the higher PSNR; which has the higher SSIM?",
    ),
    Claim(
        "An enlarged image is easier to read",
        "common sense",
        "sr7_subpixel_read_accuracy",
        "direct_read_accuracy",
        "Read by classifiers of the enlarged and of the small images",
        margin=0.005,
    ),
    Claim(
        "What looks more real has the larger error",
        "Blau and Michaeli 2018",
        "more_test_psnr",
        "chosen_test_psnr",
        "The twin with a discriminator is harder to tell from real digits",
        margin=0.005,
    ),
)

LESSON = Description(
    name="08_super_resolution",
    title="Super-resolution",
    idea="small in, large out; seven baselines; sub-pixel convolution; a blur or a choice",
    minutes=11,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(PIXEL_SHUFFLE, MAKE_CONSISTENT, NEAREST_MEAN, DECIBEL_LOSS),
)
