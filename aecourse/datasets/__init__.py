"""The course's data: MNIST where it can be had, digits drawn by the course where it cannot.

`load` is the one way in. It gives the same `Digits` whichever data set it is, and says in one
line which data the numbers below come from.
"""

from dataclasses import dataclass

from aecourse import settings
from aecourse.datasets import drawn, mnist
from aecourse.datasets.mnist import DataError
import numpy as np

__all__ = ["DataError", "Digits", "load"]

TRAIN, TEST = 60_000, 10_000


@dataclass(frozen=True)
class Digits:
    """Training and test digits.

    x_train, x_test: float32 (n, 28, 28) in [0, 1], 0 is paper and 1 is ink.
    y_train, y_test: int32 (n,), the digit.
    name: "mnist" or "drawn".
    factors: {"train": {name: (n,)}, "test": {...}}, how each digit was drawn (the names are
    those of `drawn.FACTORS`); None for MNIST, whose writers told nobody.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    name: str
    factors: dict | None = None


def _load_mnist(train, test):
    arrays, place = mnist.find()
    digits = Digits(
        x_train=arrays["x_train"][:train].astype(np.float32) / np.float32(255),
        y_train=arrays["y_train"][:train].astype(np.int32),
        x_test=arrays["x_test"][:test].astype(np.float32) / np.float32(255),
        y_test=arrays["y_test"][:test].astype(np.int32),
        name="mnist",
    )
    return digits, f"MNIST, from {place}"


def _load_drawn(train, test):
    x_train, y_train, train_factors = drawn.sample(train, "train")
    x_test, y_test, test_factors = drawn.sample(test, "test")
    factors = {"train": train_factors, "test": test_factors}
    digits = Digits(x_train, y_train, x_test, y_test, "drawn", factors)
    return digits, "digits drawn by the course"


def load(name: str | None = None, *, train: int | None = None, test: int | None = None) -> Digits:
    """Training and test digits; prints one line that says which.

    name: "mnist", "drawn" or "auto" (MNIST if it can be had, else drawn digits); None asks
    `AECOURSE_DATASET`, which is "auto" unless set. train, test: how many digits, 60 000 and
    10 000 unless given; a smaller number gives the first ones and costs less.
    Raises DataError where MNIST was asked for, or a file was given, and it cannot be used.
    """
    name = settings.dataset() if name is None else name
    if name not in settings.DATASETS:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(settings.DATASETS)}.")
    counts = []
    for what, count, most in (("train", train, TRAIN), ("test", test, TEST)):
        count = most if count is None else count
        if not 1 <= count <= most:
            raise ValueError(f"{what} is {count}; there are 1 to {most} such digits.")
        counts.append(count)
    if name == "drawn":
        digits, what = _load_drawn(*counts)
    else:
        try:
            digits, what = _load_mnist(*counts)
        except DataError as error:
            given = settings.data_path() is not None or _dropped()
            if name == "mnist" or given:
                raise
            digits, what = _load_drawn(*counts)
            what += f" ({' '.join(error.fault.split()).rstrip('.')})"
    print(f"Data: {what}; {counts[0]} training and {counts[1]} test images.")
    return digits


def _dropped():
    """Whether the learner put something named like MNIST into the project's data folder."""
    folder = settings.data_folder()
    return folder is not None and mnist.holds_mnist(folder)
