"""The one style of the course's figures: colors, sizes, and a Figure that says what it shows.

What a figure draws is for the modules beside this one.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
import functools
import inspect
import math
import textwrap
from typing import get_args, get_origin

from aecourse.notebook import in_notebook, png
from matplotlib.colors import ListedColormap
import matplotlib.figure
import matplotlib.patheffects as effects
import matplotlib.pyplot as plt

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

DARK = COLORS[:6] + ("#B8A400",) + COLORS[7:]
"""The same with a darker yellow, for dots and strokes on white."""

STYLE = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.titlesize": 11,
    "figure.labelsize": "medium",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "axes.prop_cycle": plt.cycler(color=COLORS[:6]),
    "legend.frameon": False,
}
"""Matplotlib's settings for every figure."""

PER_DIGIT = dict(cmap=ListedColormap(COLORS), vmin=-0.5, vmax=9.5, s=3, lw=0)
"""How dots are drawn whose colors `c` are labels."""

OUTLINE = (effects.withStroke(linewidth=3, foreground="white"),)
"""Keeps words readable on top of dots and lines."""


class Figure(matplotlib.figure.Figure):
    """A figure with `alt`, what it shows in words, which a notebook keeps beside the picture."""

    alt = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": b64encode(png(self)).decode(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


if in_notebook():
    # A formatter registered for Matplotlib's figures would come before the method above, or add a
    # second picture; one for ours that gives nothing leaves the picture to it.
    from IPython import get_ipython

    for kind in ("image/png", "image/svg+xml", "image/jpeg", "application/pdf"):
        get_ipython().display_formatter.formatters[kind].for_type(Figure, lambda figure: None)


def in_style(plot: Callable[..., Figure]) -> Callable[..., Figure]:
    """A function that makes a figure, run whole inside the style.

    The figure is closed for pyplot: it is shown once, by the cell that ends with it, and not at
    all where the function raises. What its first argument must be, it says in its annotation.
    """
    what = next(iter(inspect.signature(plot).parameters.values()), None)

    @functools.wraps(plot)
    def styled(*args, **how):
        if what:
            _admit(plot.__name__, what, args[0] if args else how.get(what.name))
        already = plt.get_fignums()
        try:
            with plt.rc_context(STYLE):
                figure = plot(*args, **how)
        finally:
            for number in set(plt.get_fignums()).difference(already):
                plt.close(number)
        figure.alt = " ".join(figure.alt.split())
        return figure

    return styled


def _admit(name, what, given):
    """Refuse, in a sentence, what a function that draws cannot take. what: its first parameter."""
    if _length(given) == 0:
        raise ValueError(f"There is nothing to draw: {name} was given {given!r}.")
    if get_origin(what.annotation) is not Mapping:
        return
    if not isinstance(given, Mapping) and not hasattr(given, "items"):
        raise ValueError(
            f"{name} draws things by their names: give {what.name} as a dictionary, "
            f"name -> what to draw; it is of type {type(given).__name__}."
        )
    each = get_args(what.annotation)[1]
    for key, value in given.items() if get_origin(each) is tuple else ():
        count = len(get_args(each))
        if _length(value) != count:
            raise ValueError(f"{name} takes {count} arrays for each name, in a tuple; see {key!r}.")


def _length(given):
    """How many parts there are, or None where a thing has none, such as a number or an iterator."""
    try:
        return len(given)
    except TypeError:
        return None


def new_figure(rows: int = 1, columns: int = 1, *, size: tuple[float, float]) -> tuple:
    """A Figure of size (width, height) in inches, and its axes, an array (rows, columns)."""
    return plt.subplots(
        rows, columns, figsize=size, squeeze=False, layout="constrained", FigureClass=Figure
    )


def legend_above(axis) -> None:
    """The legend between the axis and its title, where it hides nothing."""
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=2)


def wrapped(title: str, axis) -> str:
    """A title in lines that are no wider than its axis (a column of the figure)."""
    columns = axis.get_gridspec().ncols
    return textwrap.fill(title, int(11 * axis.figure.get_figwidth() / columns))


def three_digits(value: float) -> str:
    """A number with three significant digits; as a power of ten below 0.0001 and from a million."""
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3g}"  # NaN as well
    rounded = float(f"{value:.3g}")
    return f"{rounded:.{max(0, 2 - math.floor(math.log10(abs(rounded))))}f}"


def table_in_words(
    rows: Mapping[str, Mapping[str, float]], columns: str
) -> tuple[list[str], list[str]]:
    """The names of the columns of a table, name -> column -> value, and each row in words. columns:
    what they are. Raises ValueError where a row has others than the first."""
    names = list(next(iter(rows.values())))
    for name, row in rows.items():
        if list(row) != names:
            raise ValueError(
                f"{name} has the {columns} {list(row)}; expected {names}, as in row 1."
            )
    return names, [
        f"{name}: " + ", ".join(f"{what} {three_digits(value)}" for what, value in row.items())
        for name, row in rows.items()
    ]


def listed(parts: Iterable[str]) -> str:
    """Parts of an alt text as its end: "a; b; c."."""
    return "; ".join(parts) + "."


def at(level: tuple[str, float] | None) -> list[str]:
    """A dashed line (name, value) as a part of an alt text; none without it."""
    return [f"a dashed line at {level[1]:.4g}: {level[0]}"] if level else []
