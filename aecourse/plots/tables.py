"""Numbers in a table whose squares are shaded: many things by several measures at a glance."""

from collections.abc import Mapping
import textwrap

from aecourse.plots.style import Figure, in_style, listed, new_figure, three_digits
import numpy as np


@in_style
def shaded(
    rows: Mapping[str, Mapping[str, float]],
    *,
    limits: tuple[float, float] = (0, 1),
    label: str = "",
    bold: bool = True,
    alt: str = "",
) -> Figure:
    """A number in each square, the darker the larger. rows: name -> column -> value, the same
    columns in each; NaN leaves a square empty. limits: the values shown white and darkest; label:
    what the numbers are; bold: print the largest of each column so. alt: the figure in words, made
    from the values without it."""
    columns = list(next(iter(rows.values())))
    for name, row in rows.items():
        if list(row) != columns:
            raise ValueError(f"{name} has the columns {list(row)}; expected {columns}, as row 1.")
    values = np.array([[row[column] for column in columns] for row in rows.values()], float)
    figure, axes = new_figure(size=(1.15 * len(columns) + 2.6, 0.38 * len(rows) + 0.9))
    axis, (low, high) = axes[0, 0], limits
    axis.imshow(values, cmap="Blues", vmin=low, vmax=low + 1.5 * (high - low), aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            best = bold and value == np.nanmax(values[:, column])
            weight = "bold" if best else "normal"
            words = three_digits(value)
            axis.text(column, row, words, ha="center", va="center", fontsize=9, fontweight=weight)
    axis.set_xticks(range(len(columns)), [textwrap.fill(column, 12) for column in columns])
    axis.set_yticks(range(len(rows)), list(rows))
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    if label:
        axis.set_xlabel(label)
    parts = [
        f"{name}: " + ", ".join(f"{what} {three_digits(value)}" for what, value in row.items())
        for name, row in rows.items()
    ]
    figure.alt = alt or f"A table of {label or 'values'}: " + listed(parts)
    return figure
