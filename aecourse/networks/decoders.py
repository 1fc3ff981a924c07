"""Networks from codes to images."""

from collections.abc import Sequence

from aecourse.backend import keras
from aecourse.networks.blocks import IMAGE_SHAPE, codes_and_labels, dense_stack

layers = keras.layers


def build_dense_decoder(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    activation: str = "relu",
    dropout: float = 0.0,
    classes: int = 0,
) -> keras.Model:
    """Codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1], fully connected.

    hidden: units of each layer; dropout: fraction of each that is silenced in training; classes:
    where it is not 0 the network takes [codes, labels], labels int (batch,) below `classes`, and
    the label joins the code as a one-hot vector. Raises ValueError, Keras' own, for sizes below 1,
    an unknown activation or a dropout outside [0, 1].
    """
    inputs, tensor = codes_and_labels(latent_dim, classes)
    tensor = dense_stack(tensor, hidden, activation, dropout)
    pixels = layers.Dense(IMAGE_SHAPE[0] * IMAGE_SHAPE[1], activation="sigmoid")(tensor)
    return keras.Model(inputs, layers.Reshape(IMAGE_SHAPE, name="images")(pixels), name="decoder")


def build_conv_decoder(
    latent_dim: int, *, filters: Sequence[int] = (64, 32), activation: str = "relu"
) -> keras.Model:
    """Codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1], from a 7 x 7 grid upwards.

    Each of the two transposed convolutions doubles the side: 7, 14, 28. Raises ValueError for
    another number of filters, and Keras' own for sizes below 1 or an unknown activation.
    """
    if len(filters) != 2:
        raise ValueError(f"filters has {len(filters)} entries; 7 -> 14 -> 28 takes exactly two.")
    codes = keras.Input((latent_dim,), name="codes")
    tensor = layers.Dense(7 * 7 * filters[0], activation=activation)(codes)
    tensor = layers.Reshape((7, 7, filters[0]))(tensor)
    for count in filters:
        tensor = layers.Conv2DTranspose(count, 3, strides=2, padding="same", activation=activation)(
            tensor
        )
    pixels = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(tensor)
    return keras.Model(codes, layers.Reshape(IMAGE_SHAPE, name="images")(pixels), name="decoder")
