"""Figures of latent codes: clouds in the plane."""

from collections.abc import Mapping

from aecourse.door import labels as whole
from aecourse.door import numbers
from aecourse.plots.style import (
    COLORS,
    DARK,
    OUTLINE,
    PER_DIGIT,
    Figure,
    in_style,
    listed,
    new_figure,
    wrapped,
)
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
import numpy as np


def _places(axis, codes, labels, points):
    """Where to name each label: at the median of its codes, but a quarter of an inch, a name's
    height, from the other names and from the numbered points."""
    if labels is None:
        return []
    width, height = axis.figure.get_size_inches()
    size = np.array([width / axis.get_gridspec().ncols - 0.5, height - 0.9])  # of the axes, about
    axis.autoscale_view()  # the limits are those of the codes from here on, not only when drawn
    to_axes = axis.transData - axis.transAxes
    medians = [np.median(codes[labels == label], axis=0) for label in np.unique(labels)]
    places = to_axes.transform(medians) * size
    turns = np.linspace(0, 2 * np.pi, len(places), endpoint=False)
    places += 1e-3 * np.stack([np.cos(turns), np.sin(turns)], axis=1)  # no two are the same
    marks = to_axes.transform(np.empty((0, 2)) if points is None else points) * size
    marks = np.concatenate([marks, marks + 0.15])  # with the number beside each
    for _ in range(300):
        gaps = places[:, None] - np.concatenate([places, marks])
        far = np.maximum(np.linalg.norm(gaps, axis=-1, keepdims=True), 1e-9)
        places += (0.5 * np.maximum(0.25 - far, 0) * gaps / far).sum(axis=1)
    return to_axes.inverted().transform(places / size)


@in_style
def latent_scatter(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray | None]],
    *,
    points: np.ndarray | None = None,
    zoom: float = 100.0,
    reach: float | None = None,
    alt: str = "",
) -> Figure:
    """Codes in the plane, a color a digit, each digit named at the median of its codes
    or, where names would collide, next to it.

    panels: title -> (codes (n, 2), labels (n,), or None for gray dots). points: (m, 2), marked
    and numbered from 1 in every panel. zoom: the percentage of codes that the axes must hold;
    below 100 leaves out the farthest, and the title says so. reach: draw every panel from -reach
    to reach instead. alt: the figure in words, made from the titles without it.
    """
    side = min(5.6, 11.2 / len(panels))  # three panels are as wide as two: a page
    figure, axes = new_figure(1, len(panels), size=(side * len(panels) + 0.4, side - 0.4))
    parts = []
    for axis, (title, (codes, labels)) in zip(axes[0], panels.items(), strict=True):
        codes = numbers(codes, title, shape=(2,))
        if labels is not None:
            labels = whole(labels, f"{title}: y", classes=len(COLORS), count=len(codes))
        digits = [] if labels is None else np.unique(labels)
        parts.append(f"{title} ({len(codes)} codes of {len(digits) or 'no'} classes)")
        if labels is None:
            axis.scatter(*codes.T, c="0.45", s=3, lw=0)
        else:
            axis.scatter(*codes.T, c=labels, **PER_DIGIT)
        if points is not None:
            axis.scatter(*np.asarray(points).T, marker="X", s=90, c="black", ec="white", zorder=3)
            for number, point in enumerate(points, 1):
                axis.annotate(
                    str(number), point, (7, 5), textcoords="offset points",
                    weight="bold", path_effects=OUTLINE, zorder=4,
                )  # fmt: skip
        if reach is not None:
            axis.set(xlim=(-reach, reach), ylim=(-reach, reach))
        elif zoom < 100:
            tail = (100 - zoom) / 2
            low, high = np.percentile(codes, [tail, 100 - tail], axis=0)
            margin = np.maximum(0.04 * (high - low), 1e-6)
            axis.set(
                xlim=(low[0] - margin[0], high[0] + margin[0]),
                ylim=(low[1] - margin[1], high[1] + margin[1]),
            )
            title += f" (the middle {zoom:g} %)"
        for label, place in zip(digits, _places(axis, codes, labels, points), strict=True):
            axis.text(
                *place, str(label), ha="center", va="center", weight="bold", size=14,
                color=COLORS[label], path_effects=OUTLINE,
            )  # fmt: skip
        axis.locator_params(nbins=6)
        axis.set(
            title=wrapped(title, axis), xlabel="first number of the code", ylabel="second number"
        )
    figure.alt = alt or "Latent codes as dots in the plane: " + listed(parts)
    return figure


@in_style
def class_planes(
    codes: np.ndarray, labels: np.ndarray, *, zoom: float = 99.0, alt: str = ""
) -> Figure:
    """A small plane for each class: its codes in its color, over all others in gray.

    codes: (n, 2); labels: (n,); zoom: the percentage of codes that the axes must hold, in each
    direction. alt: the figure in words, made from the counts without it.
    """
    codes = numbers(codes, "codes", shape=(2,))
    labels = whole(labels, "labels", classes=len(COLORS), count=len(codes))
    digits, columns = np.unique(labels), 5
    rows = -(-len(digits) // columns)
    figure, axes = new_figure(rows, columns, size=(9.6, 2.0 * rows))
    tail = (100 - zoom) / 2
    low, high = np.percentile(codes, [tail, 100 - tail], axis=0)
    margin = np.maximum(0.04 * (high - low), 1e-6)
    low, high = low - margin, high + margin
    for axis in axes.flat[len(digits) :]:
        axis.set_visible(False)
    for axis, digit in zip(axes.flat, digits, strict=False):
        own = labels == digit
        axis.scatter(*codes[~own].T, c="0.85", s=2, lw=0, rasterized=True)
        axis.scatter(*codes[own].T, color=DARK[digit], s=3, lw=0, rasterized=True)
        axis.text(
            0.04, 0.96, str(digit), transform=axis.transAxes, va="top", weight="bold", size=15,
            color=DARK[digit], path_effects=OUTLINE,
        )  # fmt: skip
        axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[])
        axis.grid(False)
        axis.spines[:].set(visible=True, color="0.8")
    figure.supxlabel("first number of the code")
    figure.supylabel("second number")
    parts = (f"{digit} ({np.sum(labels == digit)} codes)" for digit in digits)
    figure.alt = alt or "The plane of codes, once for each class: " + listed(parts)
    return figure


@in_style
def thumbnails(
    codes: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    count: int = 24,
    title: str = "",
    alt: str = "",
) -> Figure:
    """Images drawn where their codes lie, in the color of their class.

    The axes are stretched so that between any two ticks lie as many codes as between any other
    two: arms far out shrink, crowds open up. The page has count by count places; each shows one
    of the images whose codes lie there, the nearest to its middle.

    codes: (n, 2); images: (n, height, width) in [0, 1]; labels: (n,). alt: the figure in words,
    made from the counts without it.
    """
    codes = numbers(codes, "codes", shape=(2,))
    images = numbers(images, "images", shape=(None, None), count=len(codes))
    labels = whole(labels, "labels", classes=len(COLORS), count=len(codes))
    ranks = codes.argsort(axis=0, kind="stable").argsort(axis=0) / len(codes)
    cells = np.floor(ranks * count).astype(int)
    off = np.square(ranks * count - cells - 0.5).sum(axis=1)
    height, width = images.shape[1:]
    sheet = np.ones((count * height, count * width, 3))
    shown = {}
    for example in off.argsort()[::-1]:  # the nearest to the middle comes last, and stays
        shown[tuple(cells[example])] = example
    for (column, row), example in shown.items():
        top, left = (count - 1 - row) * height, column * width
        ink = images[example][..., None]
        color = np.array(to_rgb(DARK[labels[example]]))
        sheet[top : top + height, left : left + width] = 1 - ink * (1 - color)
    figure, axes = new_figure(size=(7.6, 7.2))
    axis = axes[0, 0]
    axis.imshow(sheet, extent=(0, 1, 0, 1), aspect="auto", interpolation="lanczos")
    ticks = np.linspace(0, 1, 5)
    for set_ticks, values in ((axis.set_xticks, codes[:, 0]), (axis.set_yticks, codes[:, 1])):
        set_ticks(ticks, [f"{value:.2g}" for value in np.quantile(values, ticks)])
    axis.grid(False)
    axis.set(
        title=title,
        xlabel="first number of the code (a quarter of the codes between two ticks)",
        ylabel="second number",
    )
    axis.legend(
        handles=[Patch(color=DARK[digit], label=str(digit)) for digit in np.unique(labels)],
        loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1, handleheight=1,
    )  # fmt: skip
    figure.alt = alt or (
        f"{len(shown)} of {len(images)} images, each where its code lies in the plane, "
        f"in the colors of {len(np.unique(labels))} classes."
    )
    return figure
