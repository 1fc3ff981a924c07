"""Figures of time series: values over time, with events marked."""

from collections.abc import Mapping, Sequence

from aecourse.door import numbers
from aecourse.plots.style import COLORS, Figure, in_style, legend_above, listed, new_figure
import numpy as np


@in_style
def timelines(
    panels: Mapping[str, Mapping[str, np.ndarray]],
    *,
    xlabel: str,
    events: Mapping[str, Sequence[tuple[int, int]]] | None = None,
    levels: Mapping[str, float] | None = None,
    per_unit: int = 1,
    columns: int = 1,
    alt: str = "",
) -> Figure:
    """Panels, each with lines of values over the steps of a series.

    panels: name -> line -> values (n,); events: panel -> (start, end) in steps, shaded from the
    first step to the last; levels: panel -> a dashed line across; per_unit: steps in a unit of the
    x axis, such as 48 for days; columns: of panels. alt: the figure in words, made from the names
    without it.
    """
    events, levels, rows = events or {}, levels or {}, -(-len(panels) // columns)
    size = (9.0, 1.55 * rows + 0.7)
    figure, axes = new_figure(rows, columns, size=size)
    for axis, (panel, lines) in zip(axes.flat, panels.items(), strict=False):
        for number, (name, values) in enumerate(lines.items()):
            values = numbers(values, name, shape=())
            again, of = divmod(number, len(COLORS))  # where colors come again, lines are dashed
            how = dict(color=COLORS[of], lw=1.4, label=name, zorder=3 - number)
            axis.plot(np.arange(len(values)) / per_unit, values, "--" if again else "-", **how)
        for start, end in events.get(panel, ()):
            how = dict(color=COLORS[1], alpha=0.25, lw=0)
            axis.axvspan((start - 0.5) / per_unit, (end - 0.5) / per_unit, **how)
        if panel in levels:
            axis.axhline(levels[panel], color="0.35", linestyle="--")
        axis.set_title(panel, loc="right")
        axis.margins(x=0.01)
        axis.locator_params(axis="y", nbins=4)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    if any(len(lines) > 1 for lines in panels.values()):
        legend_above(axes[0, 0])
    figure.supxlabel(xlabel)
    parts = (f"{panel} ({', '.join(lines)})" for panel, lines in panels.items())
    figure.alt = alt or f"Lines over {xlabel}: " + listed(parts)
    return figure
