"""Lesson 00: is this machine ready, the two data sets, how a lesson works."""

from aecourse.exercises import Exercise
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_MSE = "squared gray level"

METRICS = {
    "blank_test_mse": Metric(_MSE, "lower", "a blank page, test squared error"),
    "mean_image_test_mse": Metric(_MSE, "lower", "the mean training image, test squared error"),
    "small16_test_mse": Metric(_MSE, "lower", "784-128-16-128-784, test squared error"),
    "drawn_to_mnist_accuracy": Metric(
        "fraction", "higher", "a CNN trained on drawn digits alone reads MNIST's test digits"
    ),
}

PROMISES = (
    Promise(
        "the mean image beats the blank page",
        "mean_image_test_mse",
        below(1.0, of="blank_test_mse"),
        ("the blank page", "blank_test_mse"),
    ),
    Promise(
        "but not by a factor of two",
        "mean_image_test_mse",
        above(0.5, of="blank_test_mse"),
        ("a perfect copy", 0.0),
    ),
    Promise(
        "the small autoencoder leaves the mean image behind",
        "small16_test_mse",
        below(0.020, fast=0.055, drawn=0.022),
        ("the mean image", "mean_image_test_mse"),
    ),
)

HEADLINES = (
    Headline(
        "small16_test_mse",
        "a digit from 16 numbers, squared error per pixel",
        beside="mean_image_test_mse",
        beside_words="the mean image",
    ),
    Headline("drawn_to_mnist_accuracy", "a network that has only seen drawn digits reads MNIST"),
)


def _images(count, seed):
    return np.random.default_rng(seed).random((count, 28, 28))


FLATTEN_IMAGES = Exercise(
    name="flatten_images",
    gives="one row of 784 numbers for each image",
    inputs=lambda: [(_images(3, 0).astype("float32"),), (_images(5, 1),)],
    right=lambda images: images.reshape(len(images), 784),
    mistakes={
        "the pixels come column after column; go row after row.": lambda images: images.transpose(
            0, 2, 1
        ).reshape(len(images), 784),
        "the images are in another order.": lambda images: images[::-1].reshape(-1, 784),
    },
    otherwise="the pixels are in the wrong order or of the wrong image.",
    praise="a dense layer sees an image like this, as 784 numbers in a row.",
)


def _squares(images, copies):
    return (np.asarray(images) - copies) ** 2


SQUARED_ERROR = Exercise(
    name="squared_error",
    gives="a single number",
    inputs=lambda: [(_images(5, 1), _images(5, 2)), (_images(3, 3), 2 * _images(3, 4))],
    right=lambda images, copies: _squares(images, copies).mean(),
    mistakes={
        "that is one number for each image; take the mean over the images too.": (
            lambda images, copies: _squares(images, copies).mean(axis=(1, 2))
        ),
        "pixels are summed; the error *per pixel* is a mean over them.": (
            lambda images, copies: _squares(images, copies).sum(axis=(1, 2)).mean()
        ),
        "everything is summed; take the mean, over pixels and images.": (
            lambda images, copies: _squares(images, copies).sum()
        ),
        "that is the absolute error; square the differences first.": (
            lambda images, copies: np.abs(images - copies).mean()
        ),
        "that is its square root; leave the mean of the squares as it is.": (
            lambda images, copies: np.sqrt(_squares(images, copies).mean())
        ),
        "that squares the mean difference, in which errors of either sign cancel; square first.": (
            lambda images, copies: (images - copies).mean() ** 2
        ),
    },
    otherwise="the number is off; subtract, square, then take the mean.",
    praise="this is the number that lessons call MSE.",
)


def _of_each(images, labels, function):
    return np.stack([function(images[labels == digit]) for digit in range(10)])


def _labeled(count, seed):
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(10), random.integers(0, 10, count - 10)])
    return random.random((count, 28, 28)) * (1 + labels[:, None, None]) / 10, labels


CLASS_MEANS = Exercise(
    name="class_means",
    gives="a mean image for each of the ten digits",
    inputs=lambda: [_labeled(60, 2), _labeled(35, 3)],
    right=lambda images, labels: _of_each(images, labels, lambda of: of.mean(axis=0)),
    mistakes={
        "that is one mean image; give ten, the images of one digit at a time.": (
            lambda images, labels: images.mean(axis=0)
        ),
        "all ten are the mean of *all* images; pick those with labels == digit.": (
            lambda images, labels: np.stack([images.mean(axis=0)] * 10)
        ),
        "those are sums; divide by how many images each digit has.": (
            lambda images, labels: _of_each(images, labels, lambda of: of.sum(axis=0))
        ),
        "that is the first image of each digit; take the mean of all of them.": (
            lambda images, labels: _of_each(images, labels, lambda of: of[0])
        ),
    },
    otherwise="some digits are wrong; is row 3 the mean of images[labels == 3]?",
    praise="and each mean is a blurred digit, which no single pen ever drew.",
)

LESSON = Description(
    name="00_start_here",
    title="Start here",
    idea="is this machine ready, the two data sets, how a lesson works",
    minutes=1,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    exercises=(FLATTEN_IMAGES, SQUARED_ERROR, CLASS_MEANS),
    experiments={"drawn_transfer": "a network that has only ever seen drawn digits reads MNIST"},
)
