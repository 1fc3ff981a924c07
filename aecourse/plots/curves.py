"""Figures of numbers: curves, dots, bars, histograms, counts, games on the line."""

from collections.abc import Mapping, Sequence

from aecourse.door import numbers
from aecourse.plots.style import (
    COLORS,
    OUTLINE,
    Figure,
    at,
    in_style,
    legend_above,
    listed,
    new_figure,
    wrapped,
)
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
import numpy as np


def _label_each_x(axis, values):
    """On a logarithmic axis, a tick at every positive value that leaves room for its label."""
    axis.set_xscale("log", base=2)
    values = np.unique(values)[np.unique(values) > 0]
    ticks = list(values[:1])
    for value in values[1:]:
        if np.log(value / ticks[-1]) >= 0.045 * np.log(values[-1] / values[0]):
            ticks.append(value)
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xticks([], minor=True)


def _label_log(axis):
    """Labels that can be read off a logarithmic axis (x or y), also between powers of ten."""
    low, high = axis.get_view_interval()
    if high > 1000 * low:
        return  # powers of ten, Matplotlib's own
    steps = (1, 2, 5) if high > 30 * low else (1, 1.5, 2, 3, 5, 7)
    axis.set_major_locator(LogLocator(subs=steps) if high > 4 * low else MaxNLocator(6))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


@in_style
def curves(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    xlabel: str,
    ylabel: str,
    levels: Mapping[str, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    alt: str = "",
) -> Figure:
    """Lines with markers. series: name -> (x, y); levels: name -> a dashed horizontal line.

    alt: the figure in words, made from the first and last values without it.
    """
    figure, axes = new_figure(size=(6.4, 3.8))
    axis, levels = axes[0, 0], levels or {}
    for (name, (x, y)), marker in zip(series.items(), "osD^v*" * len(series), strict=False):
        axis.plot(x, y, marker=marker, markersize=5, label=name)
    for (name, value), style in zip(levels.items(), ("--", ":", "-.") * 9, strict=False):
        axis.axhline(value, color="0.35", linestyle=style, label=name)
    every_x = np.concatenate([x for x, _ in series.values()])
    if log_x:
        _label_each_x(axis, every_x)
    else:
        axis.locator_params(axis="x", integer=np.array_equal(every_x, np.round(every_x)))
    if log_y:
        axis.set_yscale("log")
        axis.autoscale_view()
        _label_log(axis.yaxis)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.legend()
    parts = [
        f"{name} from {y[0]:.4g} at {x[0]:.4g} to {y[-1]:.4g} at {x[-1]:.4g}"
        for name, (x, y) in series.items()
        if len(y)
    ]
    lines = [part for level in levels.items() for part in at(level)]
    figure.alt = alt or f"Curves of {ylabel} over {xlabel}: " + listed(parts + lines)
    return figure


@in_style
def scatter(
    x: np.ndarray,
    y: np.ndarray,
    *,
    xlabel: str,
    ylabel: str,
    level: tuple[str, float] | None = None,
    alt: str = "",
) -> Figure:
    """One dot for each pair of x (n,) and y (n,). level: (name, value), a dashed line.

    alt: the figure in words, made from the ranges without it.
    """
    figure, axes = new_figure(size=(6.4, 3.8))
    axis = axes[0, 0]
    axis.scatter(x, y, s=14, alpha=0.6, lw=0)
    if level:
        axis.axhline(level[1], color="0.35", linestyle="--", label=level[0])
        legend_above(axis)
    axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, None))
    parts = [
        f"{name} from {np.min(values):.4g} to {np.max(values):.4g}"
        for name, values in ((xlabel, x), (ylabel, y))
    ]
    figure.alt = alt or f"{len(x)} dots: " + listed(parts + at(level))
    return figure


@in_style
def bars(
    values: Mapping[str, float],
    *,
    xlabel: str,
    baseline: tuple[str, float] | None = None,
    alt: str = "",
) -> Figure:
    """Horizontal bars with their values written out. baseline: (name, value), a dashed line.

    alt: the figure in words, made from the values without it.
    """
    figure, axes = new_figure(size=(6.4, 0.5 * len(values) + 1.1))
    axis = axes[0, 0]
    drawn = axis.barh(list(values), list(values.values()), color=COLORS[0], height=0.6)
    axis.bar_label(drawn, fmt="%.3f", padding=4, path_effects=OUTLINE)
    if baseline:
        axis.axvline(baseline[1], color="0.35", linestyle="--", label=baseline[0])
        legend_above(axis)
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.set(xlabel=xlabel)
    axis.grid(False, axis="y")
    parts = [f"{name} {value:.3f}" for name, value in values.items()]
    figure.alt = alt or f"Bars of {xlabel}: " + listed(parts + at(baseline))
    return figure


@in_style
def games(
    rows: Mapping[str, np.ndarray],
    *,
    xlabel: str,
    level: tuple[str, float] | None = None,
    log_x: bool = True,
    alt: str = "",
) -> Figure:
    """One row a setting, one dot a repetition, and a bar at their median. rows: name -> (n,);
    level: (name, value), a dashed line; alt: the figure in words, made from the medians without it.
    """
    figure, axes = new_figure(size=(6.8, 0.3 * len(rows) + 1.1))
    axis = axes[0, 0]
    for place, values in enumerate(rows.values()):
        axis.scatter(values, np.full(len(values), place), s=16, alpha=0.5, lw=0, c=COLORS[0])
        axis.plot([np.median(values)] * 2, [place - 0.35, place + 0.35], c=COLORS[5], lw=2.5)
    if level:
        axis.axvline(level[1], color="0.35", linestyle="--", label=level[0])
        legend_above(axis)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set(xlabel=xlabel)
    if log_x:
        axis.set_xscale("log")
        axis.autoscale_view()
        _label_log(axis.xaxis)
    axis.invert_yaxis()
    parts = [
        f"{name} {np.median(values):.3g} ({len(values)} dots)" for name, values in rows.items()
    ]
    figure.alt = alt or f"Medians of {xlabel}: " + listed(parts + at(level))
    return figure


@in_style
def game(
    x: np.ndarray,
    *,
    densities: Mapping[str, np.ndarray],
    decisions: Mapping[str, np.ndarray],
    noise: np.ndarray,
    values: np.ndarray,
    title: str = "",
    alt: str = "",
) -> Figure:
    """One game on the line: above, densities (filled) and discriminators over x, each (n,);
    below, a line from each noise value (m,) to the value made of it (m,).

    alt: the figure in words, made from the names without it.
    """
    figure, axes = new_figure(2, 1, size=(6.4, 5.0))
    above, below = axes[:, 0]
    for (name, density), color in zip(densities.items(), COLORS, strict=False):
        above.fill_between(x, density, color=color, alpha=0.35, lw=0, label=name)
    styles = zip(decisions.items(), ("-", "--"), COLORS[5:1:-2], strict=False)
    for (name, decision), style, color in styles:
        above.plot(x, decision, style, color=color, lw=2, label=name)
    above.set(xlim=(x[0], x[-1]), ylim=(0, 1.05), ylabel="density, or D", title=title)
    above.legend(loc="upper right", fontsize=9, frameon=True, framealpha=0.85, edgecolor="none")
    below.plot([noise, values], [np.ones(len(noise)), np.zeros(len(noise))], c=COLORS[0], lw=0.6)
    below.set(xlim=(x[0], x[-1]), xlabel="value")
    below.set_yticks([0, 1], ["G(z)", "z"])
    named = f"{title}: " if title else ""
    figure.alt = alt or (
        f"{named}above, over the values from {x[0]:.3g} to {x[-1]:.3g}, "
        f"{', '.join([*densities, *decisions])}; below, lines from {len(noise)} noise values to "
        f"values between {np.min(values):.3g} and {np.max(values):.3g}."
    )
    return figure


@in_style
def histograms(
    values: Mapping[str, np.ndarray],
    *,
    x: tuple[float, float],
    xlabel: str,
    bins: int = 30,
    alt: str = "",
) -> Figure:
    """Panels side by side, one a name, of values (n,) between x = (low, high): the share in each
    bin, on one scale. alt: the figure in words, made from means and spreads without it."""
    values = {name: numbers(found, name, shape=()) for name, found in values.items()}
    figure, axes = new_figure(1, len(values), size=(min(11.2, 3.7 * len(values)), 2.8))
    edges = np.linspace(*x, bins + 1)
    heights = [
        axis.hist(found, edges, weights=np.full(len(found), 1 / len(found)), color=COLORS[0])[0]
        for axis, found in zip(axes[0], values.values(), strict=True)
    ]
    for axis, name in zip(axes[0], values, strict=True):
        axis.set(title=wrapped(name, axis), xlim=x, ylim=(0, 1.05 * np.max(heights)))
        axis.label_outer()
    axes[0, 0].set(ylabel="share")
    figure.supxlabel(xlabel)
    parts = [
        f"{name}, mean {np.mean(found):.3g}, standard deviation {np.std(found):.3g}"
        for name, found in values.items()
    ]
    figure.alt = alt or f"Histograms of {xlabel}: " + listed(parts)
    return figure


@in_style
def matrix(counts: np.ndarray, *, xlabel: str, ylabel: str, alt: str = "") -> Figure:
    """Counts (rows, columns), written out on squares that are the darker the more they hold.

    alt: the figure in words, made from the largest counts without it.
    """
    figure, axes = new_figure(size=(4.6, 4.6))
    axis, counts = axes[0, 0], np.asarray(counts)
    if counts.ndim != 2:
        raise ValueError(f"counts has the shape {counts.shape}; expected (rows, columns).")
    most = max(1, counts.max())
    axis.imshow(counts, cmap="Blues", vmin=0, vmax=1.6 * most)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axis.text(column, row, f"{count}", ha="center", va="center", fontsize=9)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.set(xticks=range(counts.shape[1]), yticks=range(counts.shape[0]))
    axis.grid(False)
    largest = np.argsort(counts, axis=None, kind="stable")[:-4:-1]
    places = (np.unravel_index(place, counts.shape) for place in largest)
    parts = (f"{counts[place]} at row {place[0]}, column {place[1]}" for place in places)
    figure.alt = alt or (
        f"Counts of {ylabel} (rows) against {xlabel} (columns), {counts.sum()} in all, "
        "the largest: " + listed(parts)
    )
    return figure
