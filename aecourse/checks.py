"""Instant feedback on exercises: `checks.nearest_codes(my_function)`.

Each check calls the learner's function on small inputs and answers in one of three ways: not
attempted yet, not yet (with what is wrong and a hint), or correct. A check never shows the
solution; that is folded below the exercise in the notebook.
"""

from dataclasses import dataclass
import functools

import numpy as np


@dataclass(frozen=True)
class Feedback:
    """What a check says. status: "not attempted", "not yet" or "correct"."""

    status: str
    message: str = ""

    def __repr__(self):
        if self.status == "not attempted":
            return "Not attempted yet: replace the ... and run this cell again."
        return f"{self.status.capitalize()}: {self.message}"


class _NotYet(Exception):
    """What is wrong with an answer, and a hint."""


class _NotAttempted(Exception):
    """The stub is as it was."""


def _check(check):
    """Turn a function that raises `_NotYet`, or returns words of praise, into a check."""

    @functools.wraps(check)
    def run(answer):
        if not callable(answer):
            return Feedback("not yet", "hand in the function itself, without calling it.")

        def attempt(*arguments):
            result = answer(*arguments)
            if result is ... or (isinstance(result, tuple) and ... in result):
                raise _NotAttempted
            if result is None:
                raise _NotYet("your function gives None. Does it end with `return`?")
            return result

        try:
            return Feedback("correct", check(attempt))
        except _NotAttempted:
            return Feedback("not attempted")
        except _NotYet as hint:
            return Feedback("not yet", str(hint))
        except Exception as error:
            kind = type(error).__name__
            return Feedback("not yet", f"your function stopped with {kind}: {error}")

    return run


def _array(value, shape, meaning):
    """`value` as an array, which must have `shape`; meaning: what that shape stands for."""
    array = np.asarray(value)
    if array.shape != shape:
        raise _NotYet(f"the result has shape {array.shape}; expected {shape}: {meaning}.")
    return array


def _same(found, expected):
    return np.allclose(found, expected, rtol=1e-4, atol=1e-6)


# Lesson 00


@_check
def flatten_images(answer):
    """images (n, 28, 28) -> (n, 784), row after row."""
    images = np.random.default_rng(0).random((3, 28, 28)).astype(np.float32)
    right = images.reshape(3, 784)
    found = _array(answer(images), (3, 784), "one row of 784 numbers for each image")
    if not _same(found, right):
        if _same(found, images.transpose(0, 2, 1).reshape(3, 784)):
            raise _NotYet("the pixels come column after column; go row after row.")
        raise _NotYet("the pixels are in the wrong order or of the wrong image.")
    return "a dense layer sees an image like this, as 784 numbers in a row."


@_check
def squared_error(answer):
    """Two batches of images -> the mean squared error per pixel, one number."""
    random = np.random.default_rng(1)
    images, copies = random.random((2, 5, 28, 28))
    found = np.asarray(answer(images, copies))
    squares = (images - copies) ** 2
    if found.shape == (5,):
        raise _NotYet("that is one number for each image; take the mean over the images too.")
    found = _array(found, (), "a single number")
    if _same(found, squares.sum()) or _same(found, squares.sum(axis=(1, 2)).mean()):
        raise _NotYet("pixels are summed; the error *per pixel* is a mean over them.")
    if _same(found, np.abs(images - copies).mean()):
        raise _NotYet("that is the absolute error; square the differences first.")
    if _same(found, np.sqrt(squares.mean())):
        raise _NotYet("that is its square root; leave the mean of the squares as it is.")
    if not _same(found, squares.mean()):
        raise _NotYet("the number is off; subtract, square, then take the mean.")
    return "this is the number that lessons call MSE."


@_check
def class_means(answer):
    """images (n, 28, 28), labels (n,) -> the mean image of each digit (10, 28, 28)."""
    random = np.random.default_rng(2)
    labels = np.concatenate([np.arange(10), random.integers(0, 10, 50)])
    images = random.random((60, 28, 28)) * (1 + labels[:, None, None]) / 10
    right = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    result = np.asarray(answer(images, labels))
    if result.shape == (28, 28):
        raise _NotYet("that is one mean image; give ten, the images of one digit at a time.")
    found = _array(result, (10, 28, 28), "a mean image for each of the ten digits")
    if _same(found, np.broadcast_to(images.mean(axis=0), found.shape)):
        raise _NotYet("all ten are the mean of *all* images; pick those with labels == digit.")
    counts = np.bincount(labels)[:, None, None]
    if _same(found, right * counts):
        raise _NotYet("those are sums; divide by how many images each digit has.")
    if not _same(found, right):
        raise _NotYet("some digits are wrong; is row 3 the mean of images[labels == 3]?")
    return "and each mean is a blurred digit, which no single pen ever drew."


# Lesson 01


@_check
def parameter_count(answer):
    """Layer sizes such as [784, 64, 784] -> the weights and biases of the dense layers."""
    for sizes in ([5, 3], [784, 64, 784], [784, 1000, 1000, 2]):
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        weights = sum(inputs * outputs for inputs, outputs in pairs)
        right = weights + sum(sizes[1:])
        found = int(_array(answer(sizes), (), "a single number"))
        if found == right:
            continue
        if found == weights:
            raise _NotYet("that counts the weights only; each output has a bias as well.")
        if found == weights + sum(sizes):
            raise _NotYet("the input layer has no biases: it computes nothing.")
        if found == weights + sum(sizes[:-1]):
            raise _NotYet("a layer has a bias for each of its *outputs*, not inputs.")
        raise _NotYet(f"for {sizes} it gives {found}; the layers are {pairs}.")
    return "with [784, 64, 784] it is the number that the model reported."


@_check
def pca_copy(answer):
    """images (n, 784), components (k, 784), mean (784,) -> PCA's copies (n, 784)."""
    random = np.random.default_rng(3)
    mean = random.random(784)
    components = np.linalg.qr(random.standard_normal((784, 2)))[0].T
    images = mean + random.standard_normal((6, 784))
    project = components.T @ components
    right = (images - mean) @ project + mean
    result = np.asarray(answer(images, components, mean))
    if result.shape == (6, 2):
        raise _NotYet("those are the codes; a decoder has to bring them back to 784 numbers.")
    found = _array(result, (6, 784), "a copy of 784 pixels for each image")
    if _same(found, right - mean):
        raise _NotYet("the copies lack the mean image: what was subtracted must be added back.")
    if _same(found, images @ project):
        raise _NotYet("subtract the mean before projecting, and add it at the end.")
    if _same(found, images @ project + mean):
        raise _NotYet("the mean is added at the end but not subtracted before projecting.")
    if not _same(found, right):
        raise _NotYet("the copies are off. Encode: (images - mean) @ components.T; then decode.")
    return "two matrix products: PCA is an autoencoder without an activation."


@_check
def nearest_codes(answer):
    """codes (n, d), query (d,), count -> indices of the nearest codes, the nearest first."""
    random = np.random.default_rng(4)
    codes = random.standard_normal((40, 8)) * 3
    query = codes[7] + 0.1 * random.standard_normal(8)
    distances = np.linalg.norm(codes - query, axis=1)
    order = np.argsort(distances)
    found = _array(answer(codes, query, 5), (5,), "the indices of the 5 nearest codes")
    if _same(found, distances[order[:5]]):
        raise _NotYet("those are the distances; give the indices of the codes.")
    if np.array_equal(found, order[::-1][:5]):
        raise _NotYet("those are the farthest codes; sort the other way round.")
    if np.array_equal(found, order[:5][::-1]):
        raise _NotYet("the right five, but the nearest comes first.")
    if np.array_equal(found, np.argsort(-(codes @ query))[:5]):
        raise _NotYet("a scalar product favors long codes; use the distance to the query.")
    if not np.array_equal(found, order[:5]):
        raise _NotYet("these are not the nearest by Euclidean distance; which axis is summed?")
    return "searching 64 numbers an image instead of 784 is what codes are good for."


@_check
def hash_codes(answer):
    """codes (n, d) -> bool (n, d): in each column, True for the upper half of the images."""
    random = np.random.default_rng(5)
    codes = random.gamma(2.0, 1.0, (200, 6)) * np.arange(1, 7)
    found = _array(answer(codes), codes.shape, "a bit for each number of each code")
    if found.dtype != bool:
        raise _NotYet(f"the result is {found.dtype}; a comparison such as codes > ... gives bits.")
    if found.all():
        raise _NotYet("every bit is set: these codes are never negative, so 0 separates nothing.")
    if np.array_equal(found, codes > np.median(codes)):
        raise _NotYet("one threshold for all columns; each number needs its own median.")
    if np.array_equal(found, codes > np.median(codes, axis=1, keepdims=True)):
        raise _NotYet("the medians run along the wrong axis: over the images, not the numbers.")
    if np.array_equal(found, codes > codes.mean(axis=0)):
        raise _NotYet("the mean is pulled up by large values; with the median, half are set.")
    if not np.array_equal(found, codes > np.median(codes, axis=0)):
        raise _NotYet("about half of each column should be set: compare with the median.")
    return "64 bits an image: that is a semantic hash (Salakhutdinov and Hinton, 2009)."
