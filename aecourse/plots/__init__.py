"""Every figure of the course, in one style. Functions take arrays and return the Figure.

Nothing here trains, and nothing calls `plt.show()`: a notebook displays the figure that a cell
ends with. Colors are told apart by readers with any kind of color vision, and classes are named
in the picture too. A figure's `alt` says in words what it shows.
"""

from aecourse.plots.codes import class_planes, latent_scatter, thumbnails
from aecourse.plots.curves import (
    bars,
    curves,
    games,
    histograms,
    measures,
    scatter,
)
from aecourse.plots.images import decoded_plane, image_grid, image_rows
from aecourse.plots.series import timelines
from aecourse.plots.style import COLORS, Figure
from aecourse.plots.tables import matrix, shaded

__all__ = [
    "COLORS",
    "Figure",
    "bars",
    "class_planes",
    "curves",
    "decoded_plane",
    "games",
    "histograms",
    "image_grid",
    "image_rows",
    "latent_scatter",
    "matrix",
    "measures",
    "scatter",
    "shaded",
    "thumbnails",
    "timelines",
]
