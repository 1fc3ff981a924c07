"""Data of the learner's own: a digit, drawn or photographed, prepared as MNIST's digits were; a
folder of images, made one size (`images`); a time series in a CSV file (`table`)."""

from aecourse.datasets.own.images import FORMATS, digit, folder, picture
from aecourse.datasets.own.table import OwnSeries, series

__all__ = ["FORMATS", "OwnSeries", "digit", "folder", "picture", "series"]
