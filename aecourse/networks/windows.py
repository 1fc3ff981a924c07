"""Networks between windows of a time series and codes: fully connected, or with one-dimensional
convolutions. Values may be any numbers, so the output is linear."""

from collections.abc import Sequence

from aecourse.backend import keras
from aecourse.networks.blocks import dense_stack, whole

layers = keras.layers


def _checked(length, filters):
    length, filters = whole(length), [whole(count) for count in filters]
    if length % 2 ** len(filters):
        raise ValueError(
            f"length is {length}; each of the {len(filters)} convolutions halves it, so it must be "
            f"a multiple of {2 ** len(filters)}."
        )
    return length, filters


def build_window_encoder(
    latent_dim: int,
    *,
    length: int,
    filters: Sequence[int] = (),
    hidden: Sequence[int] = (128,),
    kernel: int = 5,
    noise: float = 0.0,
) -> keras.Model:
    """Windows (batch, length) -> codes (batch, latent_dim).

    filters: of each convolution over `kernel` steps, which halves the length (stride 2); empty for
    none; hidden: units of each fully connected layer behind them; noise: standard deviation of what
    is added to the windows in training. Raises ValueError for a length that cannot be halved as
    often, and Keras' own for sizes below 1.
    """
    length, filters = _checked(length, filters)
    windows = tensor = keras.Input((length,), name="windows")
    if noise:
        tensor = layers.GaussianNoise(noise)(tensor)
    if filters:
        tensor = layers.Reshape((length, 1))(tensor)
        how = dict(strides=2, padding="same", activation="relu")
        for count in filters:
            tensor = layers.Conv1D(count, whole(kernel), **how)(tensor)
        tensor = layers.Flatten()(tensor)
    tensor = dense_stack(tensor, hidden, "relu", 0.0)
    return keras.Model(
        windows, layers.Dense(whole(latent_dim), name="codes")(tensor), name="encoder"
    )


def build_window_decoder(
    latent_dim: int,
    *,
    length: int,
    filters: Sequence[int] = (),
    hidden: Sequence[int] = (128,),
    kernel: int = 5,
) -> keras.Model:
    """Codes (batch, latent_dim) -> windows (batch, length), a linear output.

    The mirror image of `build_window_encoder`: hidden layers first, then for each of `filters` a
    transposed convolution, which doubles the length. Raises ValueError as
    that does.
    """
    length, filters = _checked(length, filters)
    codes = keras.Input((whole(latent_dim),), name="codes")
    tensor = dense_stack(codes, hidden, "relu", 0.0)
    if not filters:
        return keras.Model(codes, layers.Dense(length, name="windows")(tensor), name="decoder")
    short = length // 2 ** len(filters)
    tensor = layers.Dense(short * filters[0], activation="relu")(tensor)
    tensor = layers.Reshape((short, filters[0]))(tensor)
    how = dict(strides=2, padding="same")
    for count in filters[1:]:
        tensor = layers.Conv1DTranspose(count, whole(kernel), activation="relu", **how)(tensor)
    tensor = layers.Conv1DTranspose(1, whole(kernel), **how)(tensor)
    return keras.Model(codes, layers.Reshape((length,), name="windows")(tensor), name="decoder")
