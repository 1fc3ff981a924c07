"""Every figure of the course, in one style. Functions take arrays and return the Figure.

Nothing here trains, and nothing calls `plt.show()`: a notebook displays the figure that a cell
ends with. Colors are told apart by readers with any kind of color vision, and classes are named
in the picture too.
"""

from collections.abc import Mapping, Sequence

from matplotlib.colors import ListedColormap
import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np

COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#000000",
    "#999999",
    "#7A4FBF",
)
"""Ten colors for ten digits: those of Okabe and Ito (2008), a gray and a violet."""

_STYLE = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.prop_cycle": plt.cycler(color=COLORS[:6]),
    "legend.frameon": False,
}


def _figure(*shape, size):
    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(*shape, figsize=size, squeeze=False, layout="constrained")
    plt.close(figure)  # the returned figure is shown once, by the cell that ends with it
    return figure, axes


def _legend_above(axis):
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)


def _show_image(axis, image, limits=(0, 1)):
    axis.imshow(image, cmap="gray_r", vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
    axis.spines[:].set(visible=True, color="0.85")


def image_rows(
    rows: Mapping[str, np.ndarray],
    *,
    titles: Sequence[str] | None = None,
    limits: tuple[float, float] | None = (0, 1),
):
    """Labeled rows of pictures, one column an example. rows: name -> (n, height, width).

    titles: n words above the columns; limits: the values shown as white and black, None for
    each row's own smallest and largest.
    """
    count = max(len(images) for images in rows.values())
    figure, axes = _figure(len(rows), count, size=(0.85 * count + 1.3, 0.9 * len(rows) + 0.2))
    for row, (name, images) in enumerate(rows.items()):
        images = np.asarray(images)
        shown = limits or (images.min(), images.max())
        for column, axis in enumerate(axes[row]):
            if column < len(images):
                _show_image(axis, images[column], shown)
            else:
                axis.set_visible(False)
            if row == 0 and titles is not None:
                axis.set_title(titles[column])
        axes[row, 0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def image_grid(images: np.ndarray, *, title: str = ""):
    """A table of pictures without gaps. images: (rows, columns, height, width) in [0, 1]."""
    rows, columns, height, width = images.shape
    figure, axes = _figure(1, 1, size=(0.55 * columns + 0.4, 0.55 * rows + 0.4))
    sheet = images.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    _show_image(axes[0, 0], sheet)
    axes[0, 0].set_title(title)
    return figure


def decoded_plane(decode, *, x, y, count: int = 15, title: str = ""):
    """What a two-number decoder makes of a grid of codes, laid out as the codes are.

    decode: codes (n, 2) -> images (n, height, width); x, y: (low, high) of each number.
    """
    across, up = np.linspace(*x, count), np.linspace(*y, count)
    codes = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)
    images = np.asarray(decode(codes.astype(np.float32)))
    height, width = images.shape[1:]
    sheet = images.reshape(count, count, height, width).transpose(0, 2, 1, 3)
    figure, axes = _figure(1, 1, size=(6.5, 6.5))
    half_x, half_y = (across[1] - across[0]) / 2, (up[1] - up[0]) / 2
    axes[0, 0].imshow(
        sheet.reshape(count * height, count * width),
        cmap="gray_r",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        extent=(x[0] - half_x, x[1] + half_x, y[0] - half_y, y[1] + half_y),
        aspect="auto",
    )
    axes[0, 0].set(xlabel="first number of the code", ylabel="second number", title=title)
    axes[0, 0].grid(False)
    return figure


def latent_scatter(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray | None]],
    *,
    points: np.ndarray | None = None,
    zoom: float = 100.0,
    reach: float | None = None,
):
    """Codes in the plane, a color a digit, each digit named where its codes are densest.

    panels: title -> (codes (n, 2), labels (n,), or None for gray dots). points: (m, 2), marked
    and numbered from 1 in every panel. zoom: the percentage of codes that the axes must hold;
    below 100 leaves out the farthest, and the title says so. reach: draw every panel from -reach
    to reach instead.
    """
    side = min(5.6, 11.2 / len(panels))  # three panels are as wide as two: a page
    figure, axes = _figure(1, len(panels), size=(side * len(panels) + 0.4, side - 0.4))
    outline = [effects.withStroke(linewidth=3, foreground="white")]
    for axis, (title, (codes, labels)) in zip(axes[0], panels.items(), strict=True):
        codes = np.asarray(codes)
        if labels is None:
            axis.scatter(*codes.T, c="0.45", s=3, lw=0)
        else:
            axis.scatter(
                *codes.T, c=labels, cmap=ListedColormap(COLORS), vmin=-0.5, vmax=9.5, s=3, lw=0
            )
        for label in [] if labels is None else np.unique(labels):
            middle = np.median(codes[labels == label], axis=0)
            axis.text(
                *middle, str(label), ha="center", va="center", weight="bold", size=14,
                color=COLORS[label], path_effects=outline,
            )  # fmt: skip
        if points is not None:
            axis.scatter(*np.asarray(points).T, marker="X", s=90, c="black", ec="white", zorder=3)
            for number, point in enumerate(points, 1):
                axis.annotate(
                    str(number), point, (7, 5), textcoords="offset points",
                    weight="bold", path_effects=outline, zorder=4,
                )  # fmt: skip
        if reach is not None:
            axis.set(xlim=(-reach, reach), ylim=(-reach, reach))
        elif zoom < 100:
            tail = (100 - zoom) / 2
            low, high = np.percentile(codes, [tail, 100 - tail], axis=0)
            margin = 0.04 * (high - low)
            axis.set(
                xlim=(low[0] - margin[0], high[0] + margin[0]),
                ylim=(low[1] - margin[1], high[1] + margin[1]),
            )
            title += f" (the middle {zoom:g} %)"
        axis.locator_params(nbins=6)
        axis.set(title=title, xlabel="first number of the code", ylabel="second number")
    return figure


def place_and_image(
    codes: np.ndarray, labels: np.ndarray, *, point: Sequence[float], image: np.ndarray
):
    """A point of the plane among codes (n, 2) with labels (n,), beside its image (28, 28)."""
    figure, axes = _figure(1, 2, size=(7.6, 3.8))
    plane, picture = axes[0]
    plane.scatter(*codes.T, c=labels, cmap=ListedColormap(COLORS), vmin=-0.5, vmax=9.5, s=3, lw=0)
    plane.scatter(*point, marker="X", s=120, c="black", ec="white", zorder=3)
    plane.set(xlabel="first number of the code", ylabel="second number")
    _show_image(picture, image)
    picture.set_title("its image")
    return figure


def curves(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    xlabel: str,
    ylabel: str,
    levels: Mapping[str, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
):
    """Lines with markers. series: name -> (x, y); levels: name -> a dashed horizontal line."""
    figure, axes = _figure(1, 1, size=(6.4, 3.8))
    axis = axes[0, 0]
    for (name, (x, y)), marker in zip(series.items(), "osD^v*" * len(series), strict=False):
        axis.plot(x, y, marker=marker, markersize=5, label=name)
    for (name, value), style in zip((levels or {}).items(), ("--", ":", "-.") * 9, strict=False):
        axis.axhline(value, color="0.35", linestyle=style, label=name)
    if log_x:
        axis.set_xscale("log", base=2)
        ticks = sorted({value for x, _ in series.values() for value in x})
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
    if log_y:
        axis.set_yscale("log")
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.legend()
    return figure


def scatter(
    x: np.ndarray,
    y: np.ndarray,
    *,
    xlabel: str,
    ylabel: str,
    level: tuple[str, float] | None = None,
):
    """One dot for each pair of x (n,) and y (n,). level: (name, value), a dashed line."""
    figure, axes = _figure(1, 1, size=(6.4, 3.8))
    axis = axes[0, 0]
    axis.scatter(x, y, s=14, alpha=0.6, lw=0)
    if level:
        axis.axhline(level[1], color="0.35", linestyle="--", label=level[0])
        _legend_above(axis)
    axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, None))
    return figure


def bars(values: Mapping[str, float], *, xlabel: str, baseline: tuple[str, float] | None = None):
    """Horizontal bars with their values written out. baseline: (name, value), a dashed line."""
    figure, axes = _figure(1, 1, size=(6.4, 0.5 * len(values) + 1.1))
    axis = axes[0, 0]
    drawn = axis.barh(list(values), list(values.values()), color=COLORS[0], height=0.6)
    axis.bar_label(drawn, fmt="%.3f", padding=4)
    if baseline:
        axis.axvline(baseline[1], color="0.35", linestyle="--", label=baseline[0])
        _legend_above(axis)
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.set(xlabel=xlabel)
    axis.grid(False, axis="y")
    return figure


def games(
    rows: Mapping[str, np.ndarray],
    *,
    xlabel: str,
    level: tuple[str, float] | None = None,
    log_x: bool = True,
):
    """One row a setting, one dot a repetition, and a bar at their median. rows: name -> (n,);
    level: (name, value), a dashed line."""
    figure, axes = _figure(1, 1, size=(6.8, 0.3 * len(rows) + 1.1))
    axis = axes[0, 0]
    for place, values in enumerate(rows.values()):
        axis.scatter(values, np.full(len(values), place), s=16, alpha=0.5, lw=0, c=COLORS[0])
        axis.plot([np.median(values)] * 2, [place - 0.35, place + 0.35], c=COLORS[5], lw=2.5)
    if level:
        axis.axvline(level[1], color="0.35", linestyle="--", label=level[0])
        _legend_above(axis)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set(xscale="log" if log_x else "linear", xlabel=xlabel)
    axis.invert_yaxis()
    return figure


def game(
    x: np.ndarray,
    *,
    densities: Mapping[str, np.ndarray],
    decisions: Mapping[str, np.ndarray],
    noise: np.ndarray,
    values: np.ndarray,
    title: str = "",
):
    """One game on the line: above, densities (filled) and discriminators over x, each (n,);
    below, a line from each noise value (m,) to the value made of it (m,)."""
    figure, axes = _figure(2, 1, size=(6.4, 5.0))
    above, below = axes[:, 0]
    for (name, density), color in zip(densities.items(), COLORS, strict=False):
        above.fill_between(x, density, color=color, alpha=0.35, lw=0, label=name)
    styles = zip(decisions.items(), ("-", "--"), COLORS[5:1:-2], strict=False)
    for (name, decision), style, color in styles:
        above.plot(x, decision, style, color=color, lw=2, label=name)
    above.set(xlim=(x[0], x[-1]), ylim=(0, 1.05), ylabel="density, or D", title=title)
    above.legend(loc="upper right", fontsize=9)
    below.plot([noise, values], [np.ones(len(noise)), np.zeros(len(noise))], c=COLORS[0], lw=0.6)
    below.set(xlim=(x[0], x[-1]), xlabel="value")
    below.set_yticks([0, 1], ["G(z)", "z"])
    return figure


def histograms(
    values: Mapping[str, np.ndarray], *, x: tuple[float, float], xlabel: str, bins: int = 30
):
    """Panels side by side, one a name, of values (n,) between x = (low, high): the share in each
    bin, on one scale."""
    figure, axes = _figure(1, len(values), size=(min(11.2, 3.7 * len(values)), 2.8))
    edges = np.linspace(*x, bins + 1)
    heights = [
        axis.hist(found, edges, weights=np.full(len(found), 1 / len(found)), color=COLORS[0])[0]
        for axis, found in zip(axes[0], values.values(), strict=True)
    ]
    for axis, name in zip(axes[0], values, strict=True):
        axis.set(title=name, xlabel=xlabel, xlim=x, ylim=(0, 1.05 * np.max(heights)))
        axis.label_outer()
    axes[0, 0].set(ylabel="share")
    return figure


def matrix(counts: np.ndarray, *, xlabel: str, ylabel: str):
    """Counts (rows, columns), written out on squares that are the darker the more they hold."""
    figure, axes = _figure(1, 1, size=(4.6, 4.6))
    axis = axes[0, 0]
    most = max(1, counts.max())
    axis.imshow(counts, cmap="Blues", vmin=0, vmax=1.6 * most)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axis.text(column, row, f"{count}", ha="center", va="center", fontsize=9)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.set(xticks=range(counts.shape[1]), yticks=range(counts.shape[0]))
    axis.grid(False)
    return figure
