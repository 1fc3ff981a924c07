"""The parts that networks are made of: stacks of layers, noise, distortions, inputs with labels."""

from collections.abc import Sequence
from typing import Any

from aecourse.backend import keras
import numpy as np

layers = keras.layers

IMAGE_SHAPE = (28, 28)
"""Height and width of every image in the course; a builder takes others, also with channels."""


def whole(size: Any) -> Any:
    """A whole number of NumPy's as Python's, which Keras asks for; what is none stays as it is."""
    return int(size) if isinstance(size, np.integer) else size


def with_channels(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """(height, width) or (height, width, channels) -> (height, width, channels)."""
    return (*image_shape, 1) if len(image_shape) == 2 else tuple(image_shape)


def dense_stack(
    tensor: Any, units: Sequence[int], activation: str, dropout: float, *, batch_norm: bool = False
) -> Any:
    """A tensor (batch, features) through fully connected layers of `units`, each with its
    activation, and `dropout` (0: none) behind it: (batch, units[-1])."""
    for width in units:
        tensor = normalized(layers.Dense, activation, batch_norm, whole(width))(tensor)
        if dropout:
            tensor = layers.Dropout(dropout)(tensor)
    return tensor


def normalized(
    layer: type, activation: str, batch_norm: bool, *args: Any, **how: Any
) -> keras.layers.Layer:
    """A layer with its activation, batch normalization (Ioffe and Szegedy 2015) between them."""
    if not batch_norm:
        return layer(*args, activation=activation, **how)
    parts = layer(*args, use_bias=False, **how), layers.BatchNormalization(momentum=0.95)
    return keras.Sequential([*parts, layers.Activation(activation)])


def codes_and_labels(latent_dim: int, classes: int) -> tuple[Any, Any]:
    """A network's inputs, codes alone or [codes, labels], and the tensor that joins them, labels
    as one-hot vectors: (batch, latent_dim + classes)."""
    codes, classes = keras.Input((whole(latent_dim),), name="codes"), whole(classes)
    if not classes:
        return codes, codes
    labels = keras.Input((), dtype="int32", name="labels")
    one_hot = layers.CategoryEncoding(classes, output_mode="one_hot")(labels)
    return [codes, labels], layers.Concatenate()([codes, one_hot])


def noise_layers(std: float, *, image_shape: Sequence[int] = IMAGE_SHAPE) -> keras.Sequential:
    """Images (batch, *image_shape) -> images with normal noise of `std`, clipped to [0, 1].

    The noise is drawn anew for every batch, in training only; otherwise images in [0, 1] pass
    as they are. See `datasets.corruptions.gaussian_noise` for noise that stays the same. Raises
    ValueError, Keras' own, for a std outside [0, 1].
    """
    clip = layers.ReLU(max_value=1.0)
    return keras.Sequential([keras.Input(tuple(image_shape)), layers.GaussianNoise(std), clip])


@keras.saving.register_keras_serializable("aecourse")
class RandomAffine(layers.Layer):
    """In training, a small random distortion of each image, anew each time: (batch, height,
    width), or with channels.

    The plane is turned, sheared and scaled about the middle, then shifted; each amount is drawn
    evenly from both sides of none. rotation: at most, in radians; shear: horizontal, in pixels a
    pixel; scale: at most, as a share; shift: at most, in pixels.
    """

    def __init__(self, *, rotation=0.15, shear=0.15, scale=0.1, shift=2.0, **kwargs):
        super().__init__(**kwargs)
        self.amounts = dict(rotation=rotation, shear=shear, scale=scale, shift=shift)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images, training=False) -> keras.KerasTensor:
        if not training:
            return images
        images = keras.ops.cast(images, self.compute_dtype)
        ops, shape = keras.ops, keras.ops.shape(images)
        draws = keras.random.uniform((6, shape[0]), -1, 1, seed=self.seed_generator)
        angle, shear = self.amounts["rotation"] * draws[0], self.amounts["shear"] * draws[1]
        wide, high = 1 + self.amounts["scale"] * draws[2], 1 + self.amounts["scale"] * draws[3]
        # Where each pixel (x, y) of the result is taken from: a x + b y + c, d x + e y + f.
        a, b = wide * ops.cos(angle), wide * (shear * ops.cos(angle) - ops.sin(angle))
        d, e = high * ops.sin(angle), high * (shear * ops.sin(angle) + ops.cos(angle))
        y, x = ((side - 1) / 2 for side in images.shape[1:3])  # the middle
        c = x - (a + b) * x + b * (x - y) + self.amounts["shift"] * draws[4]
        f = y - (d + e) * y + d * (y - x) + self.amounts["shift"] * draws[5]
        none = ops.zeros_like(a)
        maps = ops.stack([a, b, c, d, e, f, none, none], axis=1)
        if len(images.shape) == 4:
            return ops.image.affine_transform(images, maps)
        return ops.image.affine_transform(images[..., None], maps)[..., 0]

    def compute_output_shape(self, input_shape) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), **self.amounts}
