"""Lesson 01: copying through a bottleneck, beside PCA."""

from itertools import pairwise

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_BCE, _MSE, _ACC = "nats per pixel", "squared gray level", "fraction"

SWEEP_SIZES = (2, 4, 8, 16, 32, 64)
"""Code sizes that the lesson compares."""

DECODED = {
    "real": "real test digits",
    "box": "decoded random points of the box",
    "fitted": "decoded points of a normal distribution fitted to the codes",
}
"""Sets of images that the reader judges, with the start of their metrics' names."""

METRICS = {
    "ae64_train_bce": Metric(_BCE, "lower", "784-64-784, training loss of the last epoch"),
    "ae64_test_bce": Metric(_BCE, "lower", "784-64-784, test cross-entropy"),
    "twin64_test_bce": Metric(
        _BCE, "lower", "784-64-784, trained as the deeper network, test cross-entropy"
    ),
    "best64_test_bce": Metric(_BCE, "lower", "784-512-64-512-784, test cross-entropy"),
    "mean_image_test_bce": Metric(_BCE, "lower", "the mean training image, test cross-entropy"),
    "gray_floor_bce": Metric(_BCE, "lower", "a perfect copy's cross-entropy on the test set"),
    "ae2_test_mse": Metric(_MSE, "lower", "784-1000-1000-2, test squared error"),
    "pca2_test_mse": Metric(_MSE, "lower", "PCA with 2 components, test squared error"),
    "linear2_test_mse": Metric(_MSE, "lower", "784-2-784 without activations, test squared error"),
    "linear2_pca_angle": Metric(
        "degrees", "lower", "largest angle between the planes of 784-2-784 and of PCA"
    ),
    "random_plane_angle": Metric(
        "degrees", "lower", "largest angle between a random plane and PCA's"
    ),
    "mean_image_test_mse": Metric(_MSE, "lower", "the mean training image, test squared error"),
    "hole_share": Metric(
        _ACC, "lower", "random points farther from a code than 99 % of codes from each other"
    ),
    **{
        f"{name}_{measure}": Metric(unit, better, f"{words}: {meaning}")
        for name, words in DECODED.items()
        for measure, unit, better, meaning in (
            ("confidence", _ACC, "higher", "how sure the reader is of a class"),
            ("classes", "classes", "higher", "effective number of classes that it reads"),
            ("variety", "gray level", "higher", "how much images of one class differ"),
        )
    },
    **{
        f"{name}_error_left": Metric(
            _ACC, "lower", f"{words}: error with a 64-number code over the mean image's"
        )
        for name, words in (
            ("digits", "digits"),
            ("shuffled", "digits, each pixel shuffled across images"),
            ("noise", "random pixels"),
        )
    },
    "shuffled_linear_limit": Metric(
        _ACC, "lower", "shuffled pixels: variance outside the 64 largest variances, share"
    ),
    "noise_linear_limit": Metric(
        _ACC, "lower", "random pixels: variance outside the 64 largest variances, share"
    ),
    **{
        f"{name}_probe_accuracy": Metric(_ACC, "higher", f"logistic regression on {words}")
        for name, words in (
            ("pixels", "784 pixels"),
            ("codes64", "64 code numbers"),
            ("pca64", "64 PCA components"),
            ("random64", "64 random projections"),
        )
    },
    **{
        f"sweep_{kind}{size}_test_mse": Metric(
            _MSE, "lower", f"{words} {size} numbers, test squared error"
        )
        for size in SWEEP_SIZES
        for kind, words in (("ae", "784-256-k-256-784 with k ="), ("pca", "PCA with"))
    },
    **{
        f"sweep_{kind}_step": Metric(
            "ratio", "lower", f"{words}: error over that of the next smaller code, the largest"
        )
        for kind, words in (("ae", "784-256-k-256-784"), ("pca", "PCA"))
    },
    "sweep_ae_over_pca": Metric(
        "ratio", "lower", "784-256-k-256-784: error over that of PCA with k numbers, the largest"
    ),
    "sweep_mean_image_over_pca": Metric(
        "ratio", "lower", "the mean image: error over that of PCA with the largest code"
    ),
}

PROMISES = (
    Promise(
        "two numbers copy a digit better than the mean image does",
        "ae2_test_mse",
        below(0.037, fast=0.064, drawn=0.050),
        ("the mean image", "mean_image_test_mse"),
    ),
    Promise(
        "it copies better than PCA with as many numbers",
        "ae2_test_mse",
        below(0.75, fast=1.1, drawn=0.85, of="pca2_test_mse"),
        ("the mean image", "mean_image_test_mse"),
    ),
    Promise(
        "PCA beats the mean image",
        "pca2_test_mse",
        below(0.9, of="mean_image_test_mse"),
        ("the mean image", "mean_image_test_mse"),
    ),
    Promise(
        "codes leave holes in the plane",
        "hole_share",
        above(0.35, fast=0.05),
        ("points spread like the codes", 0.01),
    ),
    Promise(
        "random points of the box give fewer kinds of digits than there are",
        "box_classes",
        below(0.75, fast=0.95, of="real_classes"),
        ("real test digits", "real_classes"),
    ),
    Promise(
        "digits can be compressed",
        "digits_error_left",
        below(0.17, fast=0.7, drawn=0.19),
        ("the mean image", 1.0),
    ),
    Promise(
        "independent pixels of unequal variance can be compressed a little",
        "shuffled_error_left",
        below(0.86, fast=0.995),
        ("the mean image", 1.0),
    ),
    Promise(
        "but no better than by keeping the 64 pixels that vary most",
        "shuffled_error_left",
        above(1.0, of="shuffled_linear_limit"),
        ("the network on digits", "digits_error_left"),
    ),
    Promise(
        "independent pixels of equal variance can hardly be compressed",
        "noise_error_left",
        above(0.94),
        ("64 of the 784 pixels, kept as they are", "noise_linear_limit"),
    ),
    Promise(
        "64 numbers copy far better than the mean image",
        "ae64_train_bce",
        below(0.0755, fast=0.205, drawn=0.066),
        ("the mean image", "mean_image_test_bce"),
    ),
    Promise(
        "so does the deeper network",
        "best64_test_bce",
        below(0.070, fast=0.205, drawn=0.059),
        ("the mean image", "mean_image_test_bce"),
    ),
    Promise(
        "with the same training, hidden layers make better copies",
        "best64_test_bce",
        below(0.97, fast=1.0, of="twin64_test_bce"),
        ("the network without hidden layers", "twin64_test_bce"),
    ),
    Promise(
        "its cross-entropy stays above the floor",
        "best64_test_bce",
        above(1.1, fast=1.0, drawn=1.15, of="gray_floor_bce"),
        ("a perfect copy", "gray_floor_bce"),
    ),
    Promise(
        "the code nearly replaces the pixels",
        "codes64_probe_accuracy",
        above(0.98, fast=0.945, drawn=0.965, of="pixels_probe_accuracy"),
        ("64 random projections", "random64_probe_accuracy"),
    ),
    Promise(
        "the smallest code of the sweep beats the mean image",
        "sweep_ae2_test_mse",
        below(0.8, fast=0.98, drawn=0.87, of="mean_image_test_mse"),
        ("the mean image", "mean_image_test_mse"),
    ),
    Promise(
        "every larger code copies better",
        "sweep_ae_step",
        below(0.85),
        ("a larger code that adds nothing", 1.0),
    ),
    Promise(
        "so does every larger PCA",
        "sweep_pca_step",
        below(0.92),
        ("more components that add nothing", 1.0),
    ),
    Promise(
        "no size of code is far behind PCA",
        "sweep_ae_over_pca",
        below(0.95, fast=1.8),
        ("the mean image", "sweep_mean_image_over_pca"),
    ),
    Promise(
        "without activations it is no better than PCA",
        "linear2_test_mse",
        above(0.99, of="pca2_test_mse"),
        ("the autoencoder with activations", "ae2_test_mse"),
    ),
    Promise(
        "but close to it",
        "linear2_test_mse",
        below(1.005, fast=1.02, of="pca2_test_mse"),
        ("the mean image", "mean_image_test_mse"),
    ),
    Promise(
        "and its plane is that of PCA",
        "linear2_pca_angle",
        below(5, fast=30),
        ("a random plane", "random_plane_angle"),
    ),
)

HEADLINES = (
    Headline(
        "ae2_test_mse",
        "a digit from 2 numbers, squared error per pixel",
        beside="pca2_test_mse",
        beside_words="PCA with 2 numbers",
    ),
    Headline(
        "ae64_train_bce",
        "a digit from 64 numbers, no hidden layer, training cross-entropy per pixel",
        beside="gray_floor_bce",
        beside_words="a perfect copy",
        reference="0.0752 (hands-on-ai)",
    ),
    Headline(
        "best64_test_bce",
        "a digit from 64 numbers, a deeper network, test cross-entropy per pixel",
        beside="ae64_test_bce",
        beside_words="no hidden layer",
    ),
)


def _weights(sizes):
    return sum(before * after for before, after in pairwise(sizes))


PARAMETER_COUNT = Exercise(
    name="parameter_count",
    gives="a single number",
    inputs=lambda: [([5, 3],), ([784, 64, 784],), ([784, 1000, 1000, 2],)],
    right=lambda sizes: _weights(sizes) + sum(sizes[1:]),
    mistakes={
        "that counts the weights only; each output has a bias as well.": _weights,
        "the input layer has no biases: it computes nothing.": (
            lambda sizes: _weights(sizes) + sum(sizes)
        ),
        "a layer has a bias for each of its *outputs*, not inputs.": (
            lambda sizes: _weights(sizes) + sum(sizes[:-1])
        ),
        "a bias belongs to a single output; a layer has more than one.": (
            lambda sizes: _weights(sizes) + len(sizes) - 1
        ),
        "those are the biases; each output also has a weight for each input.": (
            lambda sizes: sum(sizes[1:])
        ),
        "only the first layer is counted; go on to the last.": (
            lambda sizes: (sizes[0] + 1) * sizes[1]
        ),
        "parameters of consecutive layers are multiplied; add them.": (
            lambda sizes: int(np.prod([(m + 1) * n for m, n in pairwise(sizes)], dtype=float))
        ),
    },
    otherwise="the number is off; go through the layers in pairs, [5, 3, 2] has (5, 3) and (3, 2).",
    praise="with [784, 64, 784] it is the number that the model reported.",
)


def _around_a_mean(count, kept, seed):
    random = np.random.default_rng(seed)
    mean = random.random(20)
    components = np.linalg.qr(random.standard_normal((20, kept)))[0].T
    return mean + random.standard_normal((count, 20)), components, mean


PCA_COPY = Exercise(
    name="pca_copy",
    gives="a copy for each image, with as many pixels",
    inputs=lambda: [_around_a_mean(6, 2, 3), _around_a_mean(6, 2, 4), _around_a_mean(4, 3, 5)],
    right=lambda images, components, mean: (images - mean) @ components.T @ components + mean,
    mistakes={
        "those are the codes; a decoder has to bring them back to pixels.": (
            lambda images, components, mean: (images - mean) @ components.T
        ),
        "the copies lack the mean image: what was subtracted must be added back.": (
            lambda images, components, mean: (images - mean) @ components.T @ components
        ),
        "subtract the mean before projecting, and add it at the end.": (
            lambda images, components, mean: images @ components.T @ components
        ),
        "the mean is added at the end but not subtracted before projecting.": (
            lambda images, components, mean: images @ components.T @ components + mean
        ),
        "use the mean that is handed in, not the mean of these few images.": (
            lambda images, components, mean: (
                (images - images.mean(axis=0)) @ components.T @ components + images.mean(axis=0)
            )
        ),
        "the images came out as they went in; they have to pass through the code.": (
            lambda images, components, mean: images
        ),
    },
    otherwise="the copies are off. Encode: (images - mean) @ components.T; then decode.",
    praise="two matrix products: PCA is an autoencoder without an activation.",
)


def _codes_and_query(count, place, wanted, seed):
    """Codes of 8 numbers, and one that lies near one of them without being it."""
    random = np.random.default_rng(seed)
    codes = random.standard_normal((count, 8)) * np.linspace(1, 5, 8)
    return codes, codes[place] + random.standard_normal(8), wanted


def _by_distance(codes, query):
    return np.argsort(np.linalg.norm(codes - query, axis=1))


NEAREST_CODES = Exercise(
    name="nearest_codes",
    gives="the indices of the nearest codes, as many as `count` says",
    inputs=lambda: [_codes_and_query(40, 7, 5, 4), _codes_and_query(40, 30, 3, 5)],
    right=lambda codes, query, count: _by_distance(codes, query)[:count],
    mistakes={
        "those are the distances; give the indices of the codes.": (
            lambda codes, query, count: np.sort(np.linalg.norm(codes - query, axis=1))[:count]
        ),
        "those are the codes themselves; give their indices.": (
            lambda codes, query, count: codes[_by_distance(codes, query)[:count]]
        ),
        "those are the farthest codes; sort the other way round.": (
            lambda codes, query, count: _by_distance(codes, query)[::-1][:count]
        ),
        "the right ones, but the nearest comes first.": (
            lambda codes, query, count: _by_distance(codes, query)[:count][::-1]
        ),
        "that sorts all codes; stop after `count` of them.": (
            lambda codes, query, count: _by_distance(codes, query)
        ),
        "the nearest one is left out: the query need not be among the codes.": (
            lambda codes, query, count: _by_distance(codes, query)[1 : count + 1]
        ),
        "a scalar product favors long codes; use the distance to the query.": (
            lambda codes, query, count: np.argsort(-(codes @ query))[:count]
        ),
        "absolute differences are summed; Euclidean distance squares them first.": (
            lambda codes, query, count: np.argsort(np.abs(codes - query).sum(axis=1))[:count]
        ),
        "differences of either sign cancel in that sum; square them first.": (
            lambda codes, query, count: np.argsort((codes - query).sum(axis=1))[:count]
        ),
        "only the first number of each code is compared; sum over all of them.": (
            lambda codes, query, count: np.argsort(np.abs(codes - query)[:, 0])[:count]
        ),
        "that sums over the codes; a distance is a sum over the numbers of one code.": (
            lambda codes, query, count: np.argsort(np.linalg.norm(codes - query, axis=0))[:count]
        ),
    },
    otherwise="these are not the nearest by Euclidean distance; which axis is summed?",
    praise="searching 64 numbers an image instead of 784 is what codes are good for.",
)


def _positive_codes(count, size, seed):
    random = np.random.default_rng(seed)
    return random.gamma(2.0, 1.0, (count, size)) * np.arange(1, size + 1)


def _upper_half(codes):
    return codes > np.median(codes, axis=0)


HASH_CODES = Exercise(
    name="hash_codes",
    gives="a bit for each number of each code",
    inputs=lambda: [(_positive_codes(200, 6, 5),), (_positive_codes(60, 4, 6),)],
    right=_upper_half,
    mistakes={
        "those are numbers, not bits; a comparison such as codes > ... gives bits.": (
            lambda codes: _upper_half(codes).astype(int)
        ),
        "every bit is set: these codes are never negative, so 0 separates nothing.": (
            lambda codes: codes > 0
        ),
        "one threshold for all columns; each number of the code needs its own.": (
            lambda codes: codes > np.median(codes)
        ),
        "the medians run along the wrong axis: over the images, not the numbers.": (
            lambda codes: codes > np.median(codes, axis=1, keepdims=True)
        ),
        "the mean is pulled up by large values; with the median, half are set.": (
            lambda codes: codes > codes.mean(axis=0)
        ),
        "halfway between smallest and largest is pulled up by one large value; use the median.": (
            lambda codes: codes > (codes.min(axis=0) + codes.max(axis=0)) / 2
        ),
        "the bits are turned round: the *upper* half of each column gets True.": (
            lambda codes: codes < np.median(codes, axis=0)
        ),
        "those are the thresholds; compare the codes with them.": (
            lambda codes: np.median(codes, axis=0)
        ),
    },
    otherwise="the bits are off; compare each column with its own median.",
    praise="64 bits an image: that is a semantic hash (Salakhutdinov and Hinton, 2009).",
)

CLAIMS = (
    Claim(
        "An autoencoder reduces dimension better than PCA",
        "*Autoencoder学习*",
        "ae2_test_mse",
        "pca2_test_mse",
        "Two numbers; with more of them the lead becomes smaller",
    ),
    Claim(
        "A linear autoencoder is PCA",
        "textbooks (Baldi and Hornik 1989)",
        "linear2_test_mse",
        "pca2_test_mse",
        same=True,
    ),
    Claim(
        "The code can replace the pixels as features",
        "*自动编码器原理及构建*",
        "codes64_probe_accuracy",
        "pixels_probe_accuracy",
        "Logistic regression on 64 numbers and on 784 pixels",
        same=True,
        margin=0.01,
    ),
    Claim(
        "Compression needs correlation: shuffled pixels cannot be compressed",
        "*A wizard's guide to Adversarial Autoencoders*",
        "shuffled_error_left",
        1.0,
        "Shuffled pixels are independent; some vary more than others, and keeping those helps",
        same=True,
        margin=0.1,
    ),
    Claim(
        "Independent pixels of equal variance cannot be compressed",
        "the same, with this condition",
        "noise_error_left",
        1.0,
        same=True,
        margin=0.1,
    ),
    Claim(
        "Hidden layers make a better autoencoder",
        "common advice",
        "best64_test_bce",
        "twin64_test_bce",
        "The same code, images, epochs and schedule",
    ),
    Claim(
        "Random points of a plain code decode into few kinds of digits",
        "*Intuitively Understanding Variational Autoencoders*",
        "real_classes",
        "box_classes",
        "Points spread evenly over the box of all codes",
    ),
)

LESSON = Description(
    name="01_autoencoder",
    title="Autoencoders",
    idea="copy through a bottleneck; PCA beside it; what random codes decode to; how small a code",
    minutes=5,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(PARAMETER_COUNT, PCA_COPY, NEAREST_CODES, HASH_CODES),
)
