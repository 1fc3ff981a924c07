"""Networks from small images to large ones (lesson 08)."""

from collections.abc import Sequence
from typing import Any

from aecourse.backend import keras
from aecourse.networks.blocks import IMAGE_SHAPE, whole
import numpy as np

layers = keras.layers


def build_subpixel_upscaler(
    small_shape: Sequence[int],
    start: tuple[np.ndarray, np.ndarray],
    *,
    filters: Sequence[int] = (64, 64, 64, 64),
    grid: Sequence[int] = (7, 7),
    context: int = 0,
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """Small images (batch, *small_shape) -> images (batch, 28, 28) in [0, 1]: a linear map, and
    what convolutions on a small grid add to it.

    Shi and others, *Real-Time Single Image and Video Super-Resolution* (2016): every 3 x 3
    convolution works on the `grid`, and the last one gives a channel for each pixel of a cell,
    which is then only moved to its place. start: (weights (pixels of a small image, pixels of a
    large one), bias (pixels of a large one,)) of the linear map, which is not trained; the
    correction is 0 before training. filters: of each convolution; context: channels that see the
    whole small image, through a dense layer. Raises ValueError where the grid does not divide both
    sizes or there are no filters, and Keras' own for sizes below 1.
    """
    small_shape, image_shape, grid = (
        tuple(map(whole, size)) for size in (small_shape, image_shape, grid)
    )
    for shape in (small_shape, image_shape):
        if len(shape) != 2 or shape[0] % grid[0] or shape[1] % grid[1]:
            raise ValueError(f"{shape} cannot be divided into a grid of {grid} cells.")
    if not filters:
        raise ValueError("filters is empty; give the channels of each convolution.")
    small = keras.Input(small_shape, name="small")
    flat = layers.Flatten()(small)
    linear = layers.Dense(image_shape[0] * image_shape[1], trainable=False, name="start")
    started = layers.Reshape(image_shape)(linear(flat))
    linear.set_weights([np.asarray(part, np.float32) for part in start])
    tensor = pixels_to_channels(small, grid)
    if context:
        seen = layers.Dense(grid[0] * grid[1] * whole(context), activation="relu")(flat)
        tensor = layers.Concatenate()([tensor, layers.Reshape((*grid, whole(context)))(seen)])
    for count in map(whole, filters):
        tensor = layers.Conv2D(count, 3, padding="same", activation="relu")(tensor)
    cell = (image_shape[0] // grid[0]) * (image_shape[1] // grid[1])
    last = layers.Conv2D(cell, 3, padding="same", kernel_initializer="zeros", name="correction")
    correction = channels_to_pixels(last(tensor), image_shape)
    summed = layers.Add()([started, correction])
    images = layers.ReLU(max_value=1.0, name="images")(summed)
    return keras.Model(small, images, name="upscaler")


def channels_to_pixels(tensor: Any, image_shape: Sequence[int]) -> Any:
    """(batch, rows, columns, channels) -> (batch, *image_shape): the channels of a cell become its
    pixels, row by row. TensorFlow's `depth_to_space`, for any cell and one channel in the end."""
    rows, columns = tensor.shape[1:3]
    high, wide = image_shape[0] // rows, image_shape[1] // columns
    tensor = layers.Reshape((rows, columns, high, wide))(tensor)
    return layers.Reshape(tuple(image_shape))(layers.Permute((1, 3, 2, 4))(tensor))


def pixels_to_channels(images: Any, grid: Sequence[int]) -> Any:
    """(batch, height, width) -> (batch, *grid, pixels of a cell): the way back."""
    (rows, columns), (height, width) = grid, images.shape[1:3]
    high, wide = height // rows, width // columns
    tensor = layers.Permute((1, 3, 2, 4))(layers.Reshape((rows, high, columns, wide))(images))
    return layers.Reshape((rows, columns, high * wide))(tensor)
