"""Networks from images to codes."""

from collections.abc import Sequence

from aecourse.backend import keras
from aecourse.networks.blocks import (
    IMAGE_SHAPE,
    dense_stack,
    noise_layers,
    normalized,
    whole,
    with_channels,
)

layers = keras.layers


def _code_heads(tensor, latent_dim, gaussian, classes, activation=None):
    """The last layer of an encoder: a code; or its mean and log-variance; or logits and a code."""
    latent_dim, classes = whole(latent_dim), whole(classes)
    if gaussian and (classes or activation):
        raise ValueError(
            f"gaussian=True, classes={classes} and code_activation={activation!r} do not go "
            "together: an encoder gives [z_mean, z_log_var], both linear, or [logits, codes]; "
            "leave out one of them."
        )
    if gaussian:
        return [layers.Dense(latent_dim, name=name)(tensor) for name in ("z_mean", "z_log_var")]
    codes = layers.Dense(latent_dim, activation=activation, name="codes")(tensor)
    return [layers.Dense(classes, name="logits")(tensor), codes] if classes else codes


def build_dense_encoder(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    activation: str = "relu",
    code_activation: str | None = None,
    dropout: float = 0.0,
    noise: float = 0.0,
    gaussian: bool = False,
    classes: int = 0,
    batch_norm: bool = False,
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """Images (batch, 28, 28) -> codes (batch, latent_dim), through fully connected layers.

    hidden: units of each layer; code_activation: None gives a linear code, which can be any
    point of the plane; dropout: fraction of each hidden layer silenced in training; noise: its
    standard deviation, at most 1, added to the images in training; gaussian: give
    [z_mean, z_log_var], each (batch, latent_dim), instead of a code; classes: where it is not 0,
    give [logits, codes], the logits (batch, classes); batch_norm: normalize each hidden layer over
    the batch; image_shape: of an image, (height, width) or with channels. Raises ValueError for
    gaussian with classes or with a code_activation, and Keras' own for sizes below 1, an unknown
    activation, or dropout or noise outside [0, 1].
    """
    images = keras.Input(tuple(image_shape), name="images")
    seen = noise_layers(noise, image_shape=image_shape)(images) if noise else images
    tensor = dense_stack(layers.Flatten()(seen), hidden, activation, dropout, batch_norm=batch_norm)
    heads = _code_heads(tensor, latent_dim, gaussian, classes, code_activation)
    return keras.Model(images, heads, name="encoder")


def build_conv_encoder(
    latent_dim: int,
    *,
    filters: Sequence[int] = (32, 64),
    activation: str = "relu",
    noise: float = 0.0,
    gaussian: bool = False,
    classes: int = 0,
    batch_norm: bool = False,
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """Images (batch, 28, 28) -> codes (batch, latent_dim), through 3 x 3 convolutions.

    Each convolution halves the side (stride 2): 28, 14, 7 for two of them. noise, gaussian,
    classes, batch_norm, image_shape and errors: as in `build_dense_encoder`.
    """
    images = keras.Input(tuple(image_shape), name="images")
    seen = noise_layers(noise, image_shape=image_shape)(images) if noise else images
    tensor = layers.Reshape(with_channels(image_shape))(seen)
    for count in filters:
        how = dict(strides=2, padding="same")
        tensor = normalized(layers.Conv2D, activation, batch_norm, whole(count), 3, **how)(tensor)
    heads = _code_heads(layers.Flatten()(tensor), latent_dim, gaussian, classes)
    return keras.Model(images, heads, name="encoder")
