"""Images of the learner's own: a digit, drawn or photographed, prepared as MNIST's digits were; a
folder of images, made one size.

Only formats that Pillow reads by itself are opened: others (EPS) it hands to another program.
"""

from collections.abc import Sequence
import os
from pathlib import Path
from typing import Any
import warnings

from aecourse import door
from aecourse.datasets.mnist import DataError, not_a_file
import numpy as np
from PIL import Image, ImageOps, ImageStat
from scipy import ndimage

FORMATS = {"PNG": ".png", "JPEG": ".jpg .jpeg", "GIF": ".gif", "BMP": ".bmp", "WEBP": ".webp"}
"""Format -> the endings of its files' names."""

_ENDINGS = " ".join(FORMATS.values()).split()
_LONGEST = 400  # pixels along the longer side that a picture is looked at with
_BOX = 20  # pixels that the longer side of a digit fills
_SIZE = 28


def _image(path, least):
    """The image in a file, RGB and upright; a large JPEG is read with at least `least` pixels a
    side. Behind what is transparent lies white paper, or black where the rest is bright."""
    if fault := not_a_file(path):
        raise DataError(f"{str(path)[:300]}: {fault}.", "Give the path of a PNG or JPEG.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=list(FORMATS)) as image:
                image.draft(None, (least, least))
                image = ImageOps.exif_transpose(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        most = Image.MAX_IMAGE_PIXELS // 10**6
        raise DataError(
            f"{path}: the image has more than {most} million pixels.", "Save a smaller one."
        ) from error
    except Exception as error:  # each format has its own for damaged files, and many of them
        raise DataError(
            f"{path}: this is no whole image of a known format ({', '.join(FORMATS)}).",
            "Save it anew as PNG or JPEG.",
        ) from error
    if image.mode.startswith("I"):  # of 16 bits, which Pillow would clip
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image = image.convert("RGBA")
    bright = ImageStat.Stat(image.convert("L"), image.getchannel("A")).mean[0] > 127
    paper = Image.new("RGBA", image.size, "black" if bright else "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def picture(path: str | Path) -> np.ndarray:
    """The image in a file, gray: float32 (height, width) in [0, 1], 0 black and 1 white, at most
    400 pixels along the longer side. Of its three colors the one that varies most is taken.

    Raises DataError where the file holds no image that can be read.
    """
    image = _image(path, _LONGEST)
    image.thumbnail((_LONGEST, _LONGEST))
    color = np.asarray(image, np.float32) / 255
    return color[..., color.std(axis=(0, 1)).argmax()]


def _paper(gray):
    """The paper's gray at each pixel: a quadratic surface, level at first, fitted again and again
    with less weight on what lies off it, as ink does. (Weights of Cauchy's kind; the limit from
    which a pixel lies off falls from 0.3 to 0.03.)"""
    y, x = (np.linspace(-1, 1, side) for side in gray.shape)
    y = y[:, None]
    terms = np.stack(np.broadcast_arrays(1 + 0 * x, x, y, x * x, x * y, y * y), axis=-1)
    few = tuple(slice(None, None, -(-side // 64)) for side in gray.shape)
    few_terms, values = terms[few].reshape(-1, 6), gray[few].reshape(-1)
    off = values - np.median(values)
    for limit in np.geomspace(0.3, 0.03, 20):
        weighted = few_terms.T / np.maximum(np.abs(off), limit) ** 2
        fit, *_ = np.linalg.lstsq(weighted @ few_terms, weighted @ values, rcond=None)
        off = values - few_terms @ fit
    return terms @ fit


def _ink(gray):
    """How much ink is on each pixel of a picture, 0 to 1; None where nothing stands out."""
    paper = _paper(gray)
    above = (gray - paper) / np.maximum(paper, 0.1)  # what ink takes is a share of the light
    low, high = np.quantile(above, [0.001, 0.999])
    ink, top = (above, high) if high > -low else (-above, -low)
    noise = 1.5 * np.median(np.abs(ink))
    if top < max(0.04, 6 * noise):
        return None
    full = np.median(ink[ink > top / 2])
    none = min(4 * noise, full / 2)
    ink = np.clip((ink - none) / (full - none), 0, 1)
    strokes, count = ndimage.label(ink > 0.1, np.ones((3, 3)))
    mass = ndimage.sum_labels(ink, strokes, range(count + 1))
    mass[0] = 0
    return np.where((mass > mass.max() / 20)[strokes], ink, 0)  # without specks


def digit(image: Any) -> np.ndarray:
    """A digit of the learner's own, prepared as MNIST's were: float32 (28, 28), 0 paper, 1 ink.

    image: the path of an image of one digit on plain paper that fills it, dark on bright or bright
    on dark, drawn or photographed; or a gray picture (height, width). The ink is told from the
    paper, cut out, scaled so that its longer side fills 20 pixels, and placed with its center of
    mass at pixel (14, 14), or half a pixel beside it (LeCun and others 1998, section III.A).
    Raises DataError where a file holds no image that can be read or no ink stands out, ValueError
    for an array that is no picture.
    """
    named = f"{image}: " if isinstance(image, str | os.PathLike) else ""
    gray = picture(image) if named else door.numbers([image], "image", shape=(None, None))[0]
    ink = _ink(gray / max(1, gray.max()))
    if ink is None:
        raise DataError(
            f"{named}the image is blank: no ink stands out.", "Draw with a thick, dark pen."
        )
    (box,) = ndimage.find_objects((ink > 0.1).astype(int))
    ink = Image.fromarray(ink[box].astype(np.float32))
    scale = _BOX / max(ink.size)
    ink = np.asarray(ink.resize([max(1, round(scale * side)) for side in ink.size], Image.BOX))
    places = []
    for middle, side in zip(ndimage.center_of_mass(ink), ink.shape, strict=True):
        start = min(max(round(_SIZE / 2 - middle), 0), _SIZE - side)
        places.append(slice(start, start + side))
    page = np.zeros((_SIZE, _SIZE), np.float32)
    page[tuple(places)] = ink / ink.max()  # the line of a thin pen is gray by now
    return page


def folder(path: str | Path, *, size: Sequence[int] = (_SIZE, _SIZE)) -> np.ndarray:
    """The images of a folder in the order of their names: float32 (n, height, width) in [0, 1].

    size: height and width. Each image is made gray (0 black, 1 white: for ink on paper take 1
    minus it), scaled to cover that size, and cropped in the middle. One printed line names what
    was passed over. Raises DataError where there is no image, and for one that cannot be read.
    """
    if np.shape(size) != (2,):
        raise ValueError(f"size is {size!r}; expected (height, width).")
    path, (height, width) = Path(path), size
    try:
        files = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise DataError(f"{path}: {not_a_file(path) or error}.", "Give a folder.") from error
    chosen = [each for each in files if each.suffix.lower() in _ENDINGS]
    others = [each.name for each in files if each not in chosen]
    if not chosen:
        raise DataError(
            f"{path}: no images are in this folder ({' '.join(_ENDINGS)}).", "Put some there."
        )
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        print(f"Passed over, as they are no images: {', '.join(others[:5])}{more}.")
    images = (_image(each, 2 * max(size)).convert("L") for each in chosen)
    fitted = [np.asarray(ImageOps.fit(image, (width, height)), np.float32) for image in images]
    return np.stack(fitted) / 255
