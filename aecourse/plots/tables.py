"""Numbers in a table whose squares are shaded: counts, or many things by several measures."""

from collections.abc import Mapping
import textwrap

from aecourse.plots.style import Figure, in_style, listed, new_figure, table_in_words, three_digits
import numpy as np


def _squares(axis, values, words, low, high):
    """Draw values (rows, columns) as squares, white at `low` and darkest beyond `high`, with words
    in them: (row, column) -> text, how it is written."""
    axis.imshow(values, cmap="Blues", vmin=low, vmax=high, aspect="auto")
    for (row, column), (text, how) in words.items():
        axis.text(column, row, text, ha="center", va="center", fontsize=9, **how)
    axis.grid(False)


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
    columns, parts = table_in_words(rows, "columns")
    values = np.array([[row[column] for column in columns] for row in rows.values()], float)
    figure, axes = new_figure(size=(1.15 * len(columns) + 2.6, 0.38 * len(rows) + 0.9))
    axis, (low, high) = axes[0, 0], limits
    words = {}
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            best = bold and value == np.nanmax(values[:, column])
            how = dict(fontweight="bold" if best else "normal")
            words[row, column] = three_digits(value), how
    _squares(axis, values, words, low, low + 1.5 * (high - low))
    axis.set_xticks(range(len(columns)), [textwrap.fill(column, 12) for column in columns])
    axis.set_yticks(range(len(rows)), list(rows))
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    if label:
        axis.set_xlabel(label)
    figure.alt = alt or f"A table of {label or 'values'}: " + listed(parts)
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
    words = {place: (f"{count}", {}) for place, count in np.ndenumerate(counts) if count}
    _squares(axis, counts, words, 0, 1.6 * most)
    axis.set_aspect("equal")
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.set(xticks=range(counts.shape[1]), yticks=range(counts.shape[0]))
    largest = np.argsort(counts, axis=None, kind="stable")[:-4:-1]
    places = (np.unravel_index(place, counts.shape) for place in largest)
    parts = (f"{counts[place]} at row {place[0]}, column {place[1]}" for place in places)
    figure.alt = alt or (
        f"Counts of {ylabel} (rows) against {xlabel} (columns), {counts.sum()} in all, "
        "the largest: " + listed(parts)
    )
    return figure
