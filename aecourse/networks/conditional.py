"""Networks of a conditional VAE: both take what is known of an image as a second input."""

from collections.abc import Sequence
import math

from aecourse.backend import keras
from aecourse.networks.blocks import IMAGE_SHAPE, dense_stack, whole

layers = keras.layers


def _condition(condition):
    """The input that takes a condition, and it as numbers (batch, features)."""
    if isinstance(condition, Sequence):
        known = keras.Input(tuple(whole(size) for size in condition), name="conditions")
        return known, layers.Flatten()(known)
    labels = keras.Input((), dtype="int32", name="conditions")
    return labels, layers.CategoryEncoding(whole(condition), output_mode="one_hot")(labels)


def build_conditional_encoder(
    latent_dim: int,
    *,
    condition: int | Sequence[int] = 10,
    hidden: Sequence[int] = (512, 512),
    activation: str = "relu",
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """[images (batch, 28, 28), conditions] -> [z_mean, z_log_var], each (batch, latent_dim).

    condition: how many classes, where conditions are labels, int (batch,); or the shape of one,
    where they are known pixels, such as (14, 14). Both inputs are joined before the first of the
    fully connected `hidden` layers. Raises ValueError, Keras' own, for sizes below 1 or an unknown
    activation.
    """
    images = keras.Input(tuple(image_shape), name="images")
    known, features = _condition(condition)
    tensor = layers.Concatenate()([layers.Flatten()(images), features])
    tensor = dense_stack(tensor, hidden, activation, 0.0)
    heads = [layers.Dense(whole(latent_dim), name=name)(tensor) for name in ("z_mean", "z_log_var")]
    return keras.Model([images, known], heads, name="encoder")


def build_conditional_decoder(
    latent_dim: int,
    *,
    condition: int | Sequence[int] = 10,
    hidden: Sequence[int] = (512, 512),
    activation: str = "relu",
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """[codes (batch, latent_dim), conditions] -> images (batch, 28, 28) in [0, 1].

    Arguments and errors: as in `build_conditional_encoder`.
    """
    codes = keras.Input((whole(latent_dim),), name="codes")
    known, features = _condition(condition)
    tensor = dense_stack(layers.Concatenate()([codes, features]), hidden, activation, 0.0)
    pixels = layers.Dense(math.prod(image_shape), activation="sigmoid")(tensor)
    images = layers.Reshape(tuple(image_shape), name="images")(pixels)
    return keras.Model([codes, known], images, name="decoder")
