"""The course's reader: one small classifier of digits, trained once, then frozen and asked."""

from aecourse import metrics
from aecourse.backend import keras
from aecourse.door import numbers
from aecourse.networks import build_conv_classifier
from aecourse.settings import profile
from aecourse.training.pipeline import falling_adam, set_seed
from aecourse.training.run import Run
import numpy as np


class Reader:
    """A trained classifier as a function: images (n, 28, 28) -> probabilities (n, 10).

    What it says of an image that is no digit is an opinion: hold it against what it says of real
    digits, of a blank page and of the mean image.
    """

    def __init__(self, model: keras.Model):
        self.model = model
        model.trainable = False

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of the ten classes, float32 (n, 10). Raises ValueError for what is no
        array of images."""
        from scipy.special import softmax

        images = numbers(images, "images", shape=self.model.input_shape[1:])
        return softmax(self.model.predict(images, batch_size=500, verbose=0), axis=1)

    def read(self, images: np.ndarray) -> np.ndarray:
        """The class that it finds most probable: int (n,)."""
        return self(images).argmax(axis=1)

    def judge(self, images: np.ndarray) -> dict[str, float]:
        """`metrics.confidence`, `effective_classes` (as "classes") and `variety` of images that
        were invented: only together, and beside those of real digits, do they say something."""
        probabilities = self(images)
        return {
            "confidence": metrics.confidence(probabilities),
            "classes": metrics.effective_classes(probabilities),
            "variety": metrics.variety(images, probabilities.argmax(axis=1)),
        }


def frozen_reader(digits) -> Reader:
    """The reader of a data set: a small convolutional network, trained on its training images for
    three epochs in the full profile, or reloaded where any lesson has trained it on the same ones.

    digits: a `datasets.Digits`. Its weights depend on the data and on `AECOURSE_SEED`, and on
    nothing that a lesson did before; Python's, NumPy's and TensorFlow's random numbers begin anew
    before and after it.
    """
    set_seed()
    model = build_conv_classifier(filters=(32, 64))
    how = dict(epochs=profile.pick(fast=6, full=3), batch_size=profile.pick(fast=32, full=128))
    model.compile(
        optimizer=falling_adam(2e-3, count=len(digits.x_train), **how),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    run = Run("reader", dataset=digits.name)
    run.fit(model, digits.x_train, digits.y_train, **how, train=False)
    set_seed()
    return Reader(model)
