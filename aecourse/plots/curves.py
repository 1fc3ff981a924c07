"""Figures of numbers: curves, dots, bars, histograms, counts."""

from collections.abc import Mapping, Sequence
import textwrap

from aecourse.door import numbers
from aecourse.plots.style import (
    COLORS,
    Figure,
    at,
    in_style,
    legend_above,
    listed,
    new_figure,
    table_in_words,
    three_digits,
    wrapped,
)
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
import numpy as np

MARKERS = "osD^v*"
"""Of curves, one for each color."""


def _label_each_x(axis, values):
    """On a logarithmic axis, a tick at every positive value that leaves room for its label."""
    axis.set_xscale("log", base=2)
    values = np.unique(values)[np.unique(values) > 0]
    ticks = list(values[:1])
    for value in values[1:]:
        room = 0.022 * max(len(f"{tick:g}") for tick in (ticks[-1], value))
        if np.log(value / ticks[-1]) >= room * np.log(values[-1] / values[0]):
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
    """Lines with markers, each named at its end. series: name -> (x, y); levels: name -> a dashed
    horizontal line.

    alt: the figure in words, made from the first and last values without it.
    """
    figure, axes = new_figure(size=(7.6, 3.8))
    axis, levels, ends = axes[0, 0], levels or {}, []
    for place, (name, (x, y)) in enumerate(series.items()):
        again, of = divmod(place, len(MARKERS))  # where colors come again, lines are dashed
        (line,) = axis.plot(x, y, "--" if again else "-", marker=MARKERS[of], markersize=5)
        known = np.flatnonzero(np.isfinite(y))
        if len(known):
            ends.append((name, x[known[-1]], y[known[-1]], line.get_color()))
    for (name, value), style in zip(levels.items(), ("--", ":", "-.") * 9, strict=False):
        axis.axhline(value, color="0.35", linestyle=style)
        ends.append((name, None, value, "0.35"))
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
    _name_at_the_right(axis, ends)
    parts = [
        f"{name} from {y[0]:.4g} at {x[0]:.4g} to {y[-1]:.4g} at {x[-1]:.4g}"
        for name, (x, y) in series.items()
        if len(y)
    ]
    lines = [part for level in levels.items() for part in at(level)]
    figure.alt = alt or f"Curves of {ylabel} over {xlabel}: " + listed(parts + lines)
    return figure


def _name_at_the_right(axis, ends):
    """Names beside the axes, at the heights of what they name, but never one over another.

    ends: (name, x, y, color) each; x None for a line across the axes.
    """
    axis.autoscale_view()
    low, high = axis.get_xlim(), axis.get_ylim()
    axis.set(xlim=low, ylim=high)  # as they are from here on, so that heights hold
    to_axes = axis.transData - axis.transAxes
    line_height = 0.068  # of the axes, about, of a figure of this size
    places = []
    for name, x, y, color in ends:
        point = to_axes.transform((low[1] if x is None else x, y))
        places.append([textwrap.fill(name, 24), point, color])
    places.sort(key=lambda place: place[1][1])
    sizes = [line_height * (1 + text.count("\n")) for text, _, _ in places]
    heights = [float(np.clip(point[1], 0, 1)) for _, point, _ in places]
    for _ in range(200):
        for lower in range(len(heights) - 1):
            need = (sizes[lower] + sizes[lower + 1]) / 2
            short = need - (heights[lower + 1] - heights[lower])
            if short > 0:
                heights[lower] -= short / 2
                heights[lower + 1] += short / 2
    for (text, point, color), height in zip(places, heights, strict=True):
        axis.annotate(
            text, point, (1.025, height), xycoords="axes fraction", textcoords="axes fraction",
            va="center", color=color, annotation_clip=False,
            arrowprops=dict(arrowstyle="-", color=color, lw=0.8, alpha=0.6, shrinkA=0, shrinkB=0),
        )  # fmt: skip


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
    bottom = 0 if 0 <= np.min(y) < np.max(y) / 2 else None  # 0 belongs in sight where it is not far
    axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(bottom, None))
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
    seeds: Mapping[str, Sequence[float]] | None = None,
    alt: str = "",
) -> Figure:
    """Horizontal bars, their values in a column beside them. baseline: (name, value), a dashed
    line; seeds: name of a bar -> what other seeds measured, drawn as dots.

    alt: the figure in words, made from the values without it.
    """
    figure, axes = new_figure(size=(7.0, 0.5 * len(values) + 1.1))
    axis = axes[0, 0]
    _bars(axis, values, seeds or {})
    if baseline:
        axis.axvline(baseline[1], color="0.35", linestyle="--", label=baseline[0])
    if axis.get_legend_handles_labels()[1]:
        legend_above(axis)
    axis.set(xlabel=xlabel)
    parts = [f"{name} {three_digits(value)}" for name, value in values.items()]
    figure.alt = alt or f"Bars of {xlabel}: " + listed(parts + at(baseline))
    return figure


def _bars(axis, values, seeds):
    places = np.arange(len(values))
    axis.barh(places, list(values.values()), color=COLORS[0], height=0.6)
    for place, (name, value) in zip(places, values.items(), strict=True):
        axis.text(
            1.02, place, three_digits(value), transform=axis.get_yaxis_transform(), va="center"
        )
        found = np.asarray(seeds.get(name, ()), dtype=float)
        label = "" if axis.get_legend_handles_labels()[1] else "the course's runs, a dot a seed"
        axis.scatter(
            found, np.full(len(found), place), s=22, c=COLORS[1], ec="black", lw=0.6, zorder=3,
            label=label if len(found) else "",
        )  # fmt: skip
    axis.set_yticks(places, list(values))
    axis.invert_yaxis()
    axis.margins(x=0.06)
    axis.grid(False, axis="y")


@in_style
def measures(
    rows: Mapping[str, Mapping[str, float]],
    *,
    limits: Mapping[str, tuple[float, float]] | None = None,
    alt: str = "",
) -> Figure:
    """Several measures of the same things: a row a thing, a panel of bars a measure, side by side.

    rows: name -> measure -> value, the same measures in each; limits: measure -> (low, high) of
    its axis. alt: the figure in words, made from the values without it.
    """
    names, parts = table_in_words(rows, "measures")
    width = 2.6 * len(names) + 1.8
    figure, axes = new_figure(1, len(names), size=(width, 0.36 * len(rows) + 0.8))
    for column, (axis, measure) in enumerate(zip(axes[0], names, strict=True)):
        _bars(axis, {name: row[measure] for name, row in rows.items()}, {})
        if column:
            axis.set_yticklabels([])
        axis.set(title=wrapped(measure, axis), xlim=(limits or {}).get(measure))
        axis.locator_params(axis="x", nbins=4)
    figure.alt = alt or "Bars of several measures: " + listed(parts)
    return figure


@in_style
def games(
    rows: Mapping[str, np.ndarray],
    *,
    xlabel: str,
    level: tuple[str, float] | None = None,
    marks: tuple[str, Mapping[str, float]] | None = None,
    log_x: bool = True,
    alt: str = "",
) -> Figure:
    """One row a setting, one dot a repetition, and a bar at their median. rows: name -> (n,);
    level: (name, value), a dashed line; marks: (name, row -> value), a hollow diamond in each of
    these rows, also in one without dots; alt: the figure in words, made from the medians without
    it. ValueError: a mark of no row."""
    name, marked = marks or ("", {})
    if strangers := [row for row in marked if row not in rows]:
        raise ValueError(f"expected marks of rows, but there is no row {', '.join(strangers)}")
    figure, axes = new_figure(size=(6.8, 0.3 * len(rows) + 1.1))
    axis = axes[0, 0]
    places = {row: place for place, row in enumerate(rows)}
    dotted = {row: values for row, values in rows.items() if len(values)}
    for row, values in dotted.items():
        place = places[row]
        axis.scatter(values, np.full(len(values), place), s=16, alpha=0.5, lw=0, c=COLORS[0])
        axis.plot([np.median(values)] * 2, [place - 0.35, place + 0.35], c=COLORS[5], lw=2.5)
    if marked:
        heights = [places[row] for row in marked]
        how = dict(s=34, marker="D", fc="none", ec="black", lw=1.2, zorder=3, label=name)
        axis.scatter(list(marked.values()), heights, **how)
    if level:
        axis.axvline(level[1], color="0.35", linestyle="--", label=level[0])
    if level or marked:
        legend_above(axis)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set(xlabel=xlabel)
    if log_x:
        axis.set_xscale("log")
        axis.autoscale_view()
        _label_log(axis.xaxis)
    axis.invert_yaxis()
    parts = [
        f"{row} {np.median(values):.3g} ({len(values)} dots)" for row, values in dotted.items()
    ] + [f"{row} ({name}) {value:.3g}" for row, value in marked.items()]
    figure.alt = alt or f"Medians of {xlabel}: " + listed(parts + at(level))
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
