"""Figures of images: in labeled rows, in a grid, over the plane of their codes."""

from collections.abc import Callable, Mapping, Sequence

from aecourse.door import numbers
from aecourse.plots.style import Figure, in_style, listed, new_figure
from matplotlib.collections import PolyCollection
import numpy as np

_GRAY = dict(cmap="gray_r", interpolation="nearest")


@in_style
def image_rows(
    rows: Mapping[str, np.ndarray],
    *,
    titles: Sequence[str] | None = None,
    limits: tuple[float, float] | None = (0, 1),
    alt: str = "",
) -> Figure:
    """Labeled rows of pictures, one column an example. rows: name -> (n, height, width).

    titles: n words above the columns; limits: the values shown as white and black, None for
    each row's own smallest and largest; alt: the figure in words, made from the names without it.
    """
    how = dict(shape=(None, None), checked=False)
    rows = {name: numbers(images, name, **how) for name, images in rows.items()}
    count = max(len(images) for images in rows.values())
    if titles is not None and len(titles) != count:
        raise ValueError(f"There are {len(titles)} titles; expected {count}, one a column.")
    height = 0.9 * len(rows) + (0.2 if titles is None else 0.5)
    figure, axes = new_figure(size=(0.85 * count + 1.3, height))
    axis, frames = axes[0, 0], []  # one for all pictures: one for each takes five times as long
    for row, images in enumerate(rows.values()):
        low, high = limits or (images.min(), images.max())
        up, across = 0.46 * np.array(images.shape[1:]) / max(images.shape[1:])
        for column, image in enumerate(images):
            place = (column - across, column + across, row + up, row - up)
            axis.imshow(image, extent=place, vmin=low, vmax=high, **_GRAY)
            left, right, bottom, top = place
            frames.append([(left, bottom), (left, top), (right, top), (right, bottom)])
    axis.add_collection(PolyCollection(frames, facecolors="none", edgecolors="0.85", lw=0.8))
    axis.set(xlim=(-0.5, count - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axis.set_xticks([] if titles is None else range(count), titles)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    parts = (f"{name} ({len(images)})" for name, images in rows.items())
    figure.alt = alt or "Images in rows, with how many of each: " + listed(parts)
    return figure


@in_style
def image_grid(images: np.ndarray, *, title: str = "", alt: str = "") -> Figure:
    """A table of pictures without gaps. images: (rows, columns, height, width) in [0, 1].

    alt: the figure in words, made from the title without it.
    """
    images = numbers(images, "images", shape=(None, None, None), checked=False)
    rows, columns, height, width = images.shape
    figure, axes = new_figure(size=(0.55 * columns + 0.4, 0.55 * rows + 0.4))
    sheet = images.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    axis = axes[0, 0]
    axis.imshow(sheet, vmin=0, vmax=1, **_GRAY)
    axis.set(xticks=[], yticks=[], title=title)
    axis.spines[:].set(visible=True, color="0.85")
    axis.grid(False)
    named = f": {title}" if title else ""
    figure.alt = alt or f"A grid of images, {rows} rows of {columns} columns{named}."
    return figure


@in_style
def decoded_plane(
    decode: Callable[[np.ndarray], np.ndarray],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    count: int = 15,
    title: str = "",
    alt: str = "",
) -> Figure:
    """What a two-number decoder makes of a grid of codes, laid out as the codes are.

    decode: codes (n, 2) -> images (n, height, width); x, y: (low, high) of each number; count: of
    images in each direction, two at least; alt: the figure in words, made from the limits without
    it.
    """
    if count < 2:
        raise ValueError(f"count is {count}; expected 2 or more, from the lowest to the highest.")
    across, up = np.linspace(*x, count), np.linspace(*y, count)
    codes = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)
    images = decode(codes.astype(np.float32))
    images = numbers(images, "what decode gives", shape=(None, None), count=len(codes))
    height, width = images.shape[1:]
    sheet = images.reshape(count, count, height, width).transpose(0, 2, 1, 3)
    figure, axes = new_figure(size=(6.5, 6.5))
    half_x, half_y = (across[1] - across[0]) / 2, (up[1] - up[0]) / 2
    axes[0, 0].imshow(
        sheet.reshape(count * height, count * width),
        vmin=0,
        vmax=1,
        extent=(x[0] - half_x, x[1] + half_x, y[0] - half_y, y[1] + half_y),
        aspect="auto",
        **_GRAY,
    )
    axes[0, 0].set(xlabel="first number of the code", ylabel="second number", title=title)
    axes[0, 0].grid(False)
    named = f"{title}: " if title else ""
    figure.alt = alt or (
        f"{named}{count} by {count} images decoded from codes in the plane, the first number from "
        f"{x[0]:.3g} to {x[1]:.3g}, the second from {y[0]:.3g} to {y[1]:.3g}."
    )
    return figure
