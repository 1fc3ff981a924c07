"""Batch normalization after a training with noise: its statistics measured anew."""

from typing import Any

from aecourse import door
from aecourse.backend import keras

layers = keras.layers

_BATCH = 500
"""Images whose means and variances are taken at once."""


def reestimate_batch_norm(network: keras.Model, images: Any) -> None:
    """Measure the means and variances of a network's batch normalization anew, on `images`.

    In training, batch normalization averages what its layers see then: images with noise, behind
    dropout. `predict` uses these moving averages for images without noise, whose means and
    variances are others. Here each layer's become the mean of those of batches of images (n, ...)
    as they are, without the network's GaussianNoise and Dropout; n should be some hundreds. The
    learned weights stay. Give the images that were trained on, never those to be measured on.

    Averages over batches of fixed weights, "precise" batch normalization: Wu and Johnson 2021
    (*Rethinking "Batch" in BatchNorm*, arXiv 2105.07576). Without the noise: lesson 06. Raises
    ValueError for a network without batch normalization or without inputs (a whole model), and for
    images that are not finite numbers of its input's shape.
    """
    if not getattr(network, "inputs", None):
        raise ValueError(
            f"The network is a {type(network).__name__} without inputs of its own; give one that "
            "goes from images to outputs, such as model.encoder."
        )
    images = door.numbers(images, "images", shape=network.input_shape[1:])
    normalizations = []

    def without_noise(layer):
        if isinstance(layer, layers.BatchNormalization):
            normalizations.append(layer)
        noisy = isinstance(layer, (layers.GaussianNoise, layers.Dropout))
        return layers.Identity() if noisy else layer

    # A second network around the same layers, so what these learn here the first one has.
    calm = keras.models.clone_model(network, clone_function=without_noise, recursive=True)
    if not normalizations:
        raise ValueError("This network has no batch normalization: there is nothing to measure.")
    momenta = [layer.momentum for layer in normalizations]
    try:
        for first in range(0, len(images), _BATCH):
            batch = images[first : first + _BATCH]
            for layer in normalizations:  # then the average over batches counts images evenly
                layer.momentum = first / (first + len(batch))
            calm(batch, training=True)
    finally:
        for layer, momentum in zip(normalizations, momenta, strict=True):
            layer.momentum = momentum
