"""The parts that networks are made of: stacks of layers, noise, distortions, inputs with labels."""

from collections.abc import Sequence
from typing import Any

from aecourse.backend import keras

layers = keras.layers

IMAGE_SHAPE = (28, 28)
"""Height and width of every image in the course."""


def dense_stack(
    tensor: Any, units: Sequence[int], activation: str, dropout: float, *, batch_norm: bool = False
) -> Any:
    """A tensor (batch, features) through fully connected layers of `units`, each with its
    activation, and `dropout` (0: none) behind it: (batch, units[-1])."""
    for width in units:
        tensor = normalized(layers.Dense, activation, batch_norm, width)(tensor)
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
    codes = keras.Input((latent_dim,), name="codes")
    if not classes:
        return codes, codes
    labels = keras.Input((), dtype="int32", name="labels")
    one_hot = layers.CategoryEncoding(classes, output_mode="one_hot")(labels)
    return [codes, labels], layers.Concatenate()([codes, one_hot])


def noise_layers(std: float) -> keras.Sequential:
    """Images (batch, 28, 28) -> images with normal noise of `std`, clipped to [0, 1].

    The noise is drawn anew for every batch, in training only; otherwise images in [0, 1] pass
    as they are. See `datasets.corruptions.gaussian_noise` for noise that stays the same. Raises
    ValueError, Keras' own, for a std outside [0, 1].
    """
    clip = layers.ReLU(max_value=1.0)
    return keras.Sequential([keras.Input(IMAGE_SHAPE), layers.GaussianNoise(std), clip])


@keras.saving.register_keras_serializable("aecourse")
class RandomAffine(layers.Layer):
    """In training, a small random distortion of each image (batch, 28, 28), anew each time.

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
        ops, shape = keras.ops, keras.ops.shape(images)
        draws = keras.random.uniform((6, shape[0]), -1, 1, seed=self.seed_generator)
        angle, shear = self.amounts["rotation"] * draws[0], self.amounts["shear"] * draws[1]
        wide, high = 1 + self.amounts["scale"] * draws[2], 1 + self.amounts["scale"] * draws[3]
        # Where each pixel (x, y) of the result is taken from: a x + b y + c, d x + e y + f.
        a, b = wide * ops.cos(angle), wide * (shear * ops.cos(angle) - ops.sin(angle))
        d, e = high * ops.sin(angle), high * (shear * ops.sin(angle) + ops.cos(angle))
        middle = (IMAGE_SHAPE[0] - 1) / 2
        c = middle - (a + b) * middle + self.amounts["shift"] * draws[4]
        f = middle - (d + e) * middle + self.amounts["shift"] * draws[5]
        none = ops.zeros_like(a)
        maps = ops.stack([a, b, c, d, e, f, none, none], axis=1)
        return ops.image.affine_transform(images[..., None], maps)[..., 0]

    def compute_output_shape(self, input_shape) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), **self.amounts}
