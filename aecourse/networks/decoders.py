"""Networks from codes to images."""

from collections.abc import Sequence
import math

from aecourse.backend import keras
from aecourse.networks.blocks import (
    IMAGE_SHAPE,
    codes_and_labels,
    dense_stack,
    whole,
    with_channels,
)

layers = keras.layers


def build_dense_decoder(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    activation: str = "relu",
    dropout: float = 0.0,
    classes: int = 0,
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """Codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1], fully connected.

    hidden: units of each layer; dropout: fraction of each that is silenced in training; classes:
    where it is not 0 the network takes [codes, labels], labels int (batch,) below `classes`, and
    the label joins the code as a one-hot vector; image_shape: of an image, (height, width) or with
    channels. Raises ValueError, Keras' own, for sizes below 1,
    an unknown activation or a dropout outside [0, 1].
    """
    inputs, tensor = codes_and_labels(latent_dim, classes)
    tensor = dense_stack(tensor, hidden, activation, dropout)
    pixels = layers.Dense(math.prod(image_shape), activation="sigmoid")(tensor)
    images = layers.Reshape(tuple(image_shape), name="images")(pixels)
    return keras.Model(inputs, images, name="decoder")


def build_conv_decoder(
    latent_dim: int,
    *,
    filters: Sequence[int] = (64, 32),
    activation: str = "relu",
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """Codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1], from a 7 x 7 grid upwards.

    Each of the two transposed convolutions doubles the side: 7, 14, 28. image_shape: of an image,
    (height, width) or with channels; sides are multiples of 4. Raises ValueError for other sides
    and another number of filters, and Keras' own for sizes below 1 or an unknown activation.
    """
    if len(filters) != 2:
        raise ValueError(f"filters has {len(filters)} entries; 7 -> 14 -> 28 takes exactly two.")
    height, width, channels = with_channels(image_shape)
    if height % 4 or width % 4:
        raise ValueError(f"image_shape is {tuple(image_shape)}; the sides must be multiples of 4.")
    filters = [whole(count) for count in filters]
    grid = height // 4, width // 4, filters[0]
    codes = keras.Input((whole(latent_dim),), name="codes")
    tensor = layers.Reshape(grid)(layers.Dense(math.prod(grid), activation=activation)(codes))
    for count in filters:
        tensor = layers.Conv2DTranspose(count, 3, strides=2, padding="same", activation=activation)(
            tensor
        )
    pixels = layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(tensor)
    images = layers.Reshape(tuple(image_shape), name="images")(pixels)
    return keras.Model(codes, images, name="decoder")
