"""What a classifier learns from invented images: the classification accuracy score (lesson 09)."""

from aecourse.backend import keras
from aecourse.networks import build_conv_classifier
from aecourse.settings import profile
from aecourse.training.pipeline import falling_adam, set_seed
from aecourse.training.run import Run
import numpy as np


def accuracy_on_real(
    images: np.ndarray,
    labels: np.ndarray,
    digits,
    *,
    part: str,
    seed: int | None = None,
    train: bool = True,
) -> float:
    """Share of real test digits, 0 to 1, that a classifier reads which learned from these images
    alone: Ravuri and Vinyals 2019, *Classification Accuracy Score*.

    images: (n, 28, 28) in [0, 1]; labels: int (n,). digits: a `datasets.Digits`, of which the test
    digits are read. part: a name for the run. The classifier is the reader's network, and begins
    with the same weights whatever it learns from. Raises ValueError for images without as many
    labels.
    """
    set_seed(seed)
    model = build_conv_classifier(filters=(32, 64))
    how = dict(epochs=profile.pick(fast=4, full=3), batch_size=profile.pick(fast=32, full=128))
    model.compile(
        optimizer=falling_adam(2e-3, count=len(images), **how),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    Run("student", part=part, dataset=digits.name).fit(
        model, images, labels, **how, seed=seed, train=train
    )
    said = model.predict(digits.x_test, batch_size=500, verbose=0).argmax(axis=1)
    return float(np.mean(said == digits.y_test))
