"""Digits drawn from strokes: the data set that needs no network and no file.

The strokes of a digit (see `strokes`) are jittered, bent, slanted, turned and scaled, then
rendered: a line's density on the pixel grid is a sum of separable Gaussians, so a batch of
images is one batched matrix product. Everything random comes from `numpy.random.RandomState`,
whose stream NumPy keeps frozen (NEP 19), in blocks of 500 images with a seed each: a small
request is a prefix of a large one, costs in proportion, and gives the same bytes in every
process on a machine.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from aecourse.datasets.strokes import VARIANTS
import numpy as np

SIZE = 28
"""Pixels along a side."""

FACTORS = {
    "variant": "which way of writing the digit: an index into strokes.VARIANTS[label]",
    "slant": "shear to the right, as a slope: 0 is upright, 0.5 leans strongly",
    "rotation": "turn, in radians, clockwise",
    "width": "width over the template's: below 1 is narrow",
    "thickness": "half the width of the line where its ink is full, in pixels",
    "curvature": "0 joins the points of a stroke by straight lines, 1 by a smooth curve",
    "wobble": "standard deviation of the hand's error at each point, over the digit's height",
    "pressure": "unevenness of the ink along the pen's path, as a standard deviation of its log",
}
"""Name -> what the factor means; every drawn digit comes with one number for each."""

NEUTRAL = {
    "variant": 0,
    "slant": 0.0,
    "rotation": 0.0,
    "width": 1.0,
    "thickness": 0.9,
    "curvature": 1.0,
    "wobble": 0.0,
    "pressure": 0.0,
}
"""The style of `draw(labels)` where nothing else is asked for."""

_BLOCK = 500  # images that share a random stream
_SAMPLES = 64  # points along the pen's path
_BOX = 20.0  # pixels that the longer side of a digit fills
_ASPECT = 0.85  # width over height of the templates' box
_WARP = 1.2  # how far the paper bends, over the hand's wobble
_EDGE = 0.65  # pixels from full ink to a tenth of it
_HANDS = {
    "slant": (0.18, 0.28),
    "rotation": (0.0, 0.12),
    "width": (0.05, 0.22),
    "thickness": (-0.05, 0.33),
    "curvature": (1.0, 0.15),
    "wobble": (-2.75, 0.3),
    "pressure": (-0.95, 0.35),
}
"""How people vary: mean and standard deviation of a normal distribution, clipped at 2.5 of them;
of the factor's logarithm for width, thickness, wobble and pressure, which are positive."""

_SPLITS = {"train": 101, "test": 202}


@cache
def _pen(label, variant):
    """Template of one variant: its points (c, 2), the two bases (k, c) that turn points into
    the pen's path (straight lines, smooth curve), and the strokes' slices of that path."""
    from scipy.interpolate import CubicSpline

    strokes = VARIANTS[label][variant].strokes
    points = np.concatenate([np.array(stroke.points, float) for stroke in strokes])
    lengths = [
        np.linalg.norm(np.diff(np.array(stroke.points, float), axis=0), axis=1).sum()
        for stroke in strokes
    ]
    counts = np.maximum(8, np.round(_SAMPLES * np.array(lengths) / sum(lengths))).astype(int)
    counts[np.argmax(counts)] += _SAMPLES - counts.sum()
    straight = np.zeros((_SAMPLES, len(points)))
    smooth = np.zeros((_SAMPLES, len(points)))
    slices = []
    row = column = 0
    for stroke, count in zip(strokes, counts, strict=True):
        own = np.array(stroke.points, float)
        knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(own, axis=0), axis=1))])
        times = np.linspace(0, knots[-1], count)
        rows, columns = slice(row, row + count), slice(column, column + len(own))
        identity = np.eye(len(own))
        straight[rows, columns] = np.stack(
            [np.interp(times, knots, unit) for unit in identity], axis=1
        )
        bends = [0, *stroke.corners, len(own) - 1]
        for start, stop in zip(bends[:-1], bends[1:], strict=True):
            inside = (times >= knots[start]) & (times <= knots[stop])
            curve = CubicSpline(
                knots[start : stop + 1], identity[start : stop + 1], bc_type="natural"
            )
            smooth[row + np.flatnonzero(inside), columns] = curve(times[inside])
        slices.append(rows)
        row, column = row + count, column + len(own)
    return points, straight, smooth, tuple(slices)


def _warped(paths, amount, random):
    """Bend the paper: a smooth displacement of standard deviation `amount` (n,), two waves long."""
    n = len(paths)
    waves = random.standard_normal((n, 2, 2, 2))  # image, wave, its frequency in x and y, ...
    phases = random.uniform(0, 2 * np.pi, (n, 2, 2))
    sizes = random.standard_normal((n, 2, 2)) * amount[:, None, None]
    moved = paths.copy()
    for wave in range(2):
        for axis in range(2):
            angle = 2.5 * (paths @ waves[:, wave, axis, :, None])[..., 0]
            moved[..., axis] += sizes[:, wave, axis, None] * np.sin(
                angle + phases[:, wave, axis, None]
            )
    return moved


def _paths(labels, factors, random):
    """The pen's paths (n, k, 2) in template units, and where the pen is down: bool (n, k - 1)."""
    n = len(labels)
    paths = np.empty((n, _SAMPLES, 2))
    down = np.ones((n, _SAMPLES - 1), bool)
    noise = random.standard_normal((n, 16, 2))
    apart = random.standard_normal((n, 2, 2))
    for label in range(10):
        for variant in range(len(VARIANTS[label])):
            chosen = np.flatnonzero((labels == label) & (factors["variant"] == variant))
            if not len(chosen):
                continue
            points, straight, smooth, slices = _pen(label, variant)
            wobble = factors["wobble"][chosen, None, None]
            hand = points + wobble * noise[chosen, : len(points)]
            bend = factors["curvature"][chosen, None, None]
            drawn = (1 - bend) * (straight @ hand) + bend * (smooth @ hand)
            for stroke, rows in enumerate(slices[1:]):
                drawn[:, rows] += wobble * apart[chosen, stroke, None]
                down[chosen, rows.start - 1] = False
            paths[chosen] = drawn
    return _warped(paths, _WARP * factors["wobble"], random), down


def _render(labels, factors, random):
    """Images (n, 28, 28) uint8 for labels (n,) and factors, name -> (n,)."""
    paths, down = _paths(labels, factors, random)
    x = (paths[..., 0] - 0.5) * (_ASPECT * factors["width"])[:, None]
    y = paths[..., 1] - 0.5
    x = x - factors["slant"][:, None] * y
    cosine, sine = np.cos(factors["rotation"])[:, None], np.sin(factors["rotation"])[:, None]
    x, y = cosine * x - sine * y, sine * x + cosine * y
    # MNIST's frame: the longer side fills 20 pixels, the center of mass is in the middle.
    thickness = factors["thickness"]
    extent = np.maximum(np.ptp(x, axis=1), np.ptp(y, axis=1))
    scale = (_BOX - 2 * thickness - _EDGE) / extent
    x, y = x * scale[:, None], y * scale[:, None]
    # Every point lays down the ink of half of either step beside it, more or less firmly.
    steps = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)) * down
    ink = (np.pad(steps, ((0, 0), (1, 0))) + np.pad(steps, ((0, 0), (0, 1)))) / 2
    uneven = random.standard_normal((len(labels), 2)).clip(-2.5, 2.5)
    along = np.linspace(-1, 1, _SAMPLES)
    swing = uneven[:, :1] * along + uneven[:, 1:] * np.cos(np.pi * along)
    ink *= np.exp(factors["pressure"][:, None] * swing)
    mass = ink / ink.sum(axis=1, keepdims=True)
    x += (SIZE - 1) / 2 - (mass * x).sum(axis=1, keepdims=True)
    y += (SIZE - 1) / 2 - (mass * y).sum(axis=1, keepdims=True)
    # The cross-section is min(1, gain * exp(-d^2 / 2 sigma^2)): 1 up to a distance of `thickness`,
    # and a tenth at _EDGE pixels more, which fixes gain and sigma.
    log_gain = np.log(10) / ((1 + _EDGE / thickness) ** 2 - 1)
    sigma = thickness / np.sqrt(2 * log_gain)
    density = ink * (np.exp(log_gain) / (sigma * np.sqrt(2 * np.pi)))[:, None]
    pixels = np.arange(SIZE)
    slope = -0.5 / sigma[:, None, None] ** 2
    across = np.exp(slope * (x[..., None] - pixels) ** 2)
    down = np.exp(slope * (y[..., None] - pixels) ** 2) * density[..., None]
    gray = np.minimum(1.0, down.transpose(0, 2, 1) @ across)
    return np.round(255 * gray).astype(np.uint8)


def _sample_factors(labels, random):
    """A style for every label, as people vary: name -> (n,)."""
    n = len(labels)
    choice = random.uniform(size=n)
    variant = np.zeros(n, dtype=np.int64)
    for label in range(10):
        weights = np.cumsum([variant.weight for variant in VARIANTS[label]])
        of_label = labels == label
        variant[of_label] = np.searchsorted(weights / weights[-1], choice[of_label])
    normal = random.standard_normal((n, len(_HANDS))).clip(-2.5, 2.5)
    style = {
        name: center + spread * normal[:, column]
        for column, (name, (center, spread)) in enumerate(_HANDS.items())
    }
    for name in ("width", "thickness", "wobble", "pressure"):
        style[name] = np.exp(style[name])
    return {"variant": variant, **style}


def draw(labels: Sequence[int], *, seed: int = 0, **factors: Any) -> np.ndarray:
    """Draw digits in the style you ask for: `draw([3, 8], slant=0.4, thickness=1.5)`.

    labels: int (n,), 0 to 9. factors: any of `FACTORS`, a number or an array (n,); those not
    given are `NEUTRAL`. seed: of the hand's wobble. Gives float32 (n, 28, 28) in [0, 1].
    Raises ValueError for a label, factor name or value that cannot be drawn.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not np.isin(labels, range(10)).all():
        raise ValueError("labels must be a sequence of whole numbers from 0 to 9.")
    unknown = set(factors) - set(FACTORS)
    if unknown:
        raise ValueError(f"No factor {sorted(unknown)}; the factors are {', '.join(FACTORS)}.")
    full = {
        name: np.broadcast_to(np.asarray(factors.get(name, NEUTRAL[name]), float), labels.shape)
        for name in FACTORS
    }
    for name, values in full.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite.")
    for name in ("width", "thickness"):
        if (full[name] <= 0).any():
            raise ValueError(f"{name} must be positive.")
    for label in np.unique(labels):
        ways, asked = len(VARIANTS[label]), full["variant"][labels == label]
        if not np.isin(asked, range(ways)).all():
            raise ValueError(f"Digit {label} has variants 0 to {ways - 1}.")
    return _render(labels, full, np.random.RandomState(seed)).astype(np.float32) / np.float32(255)


def sample(count: int, split: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """The first `count` digits of a split, "train" or "test".

    Gives images float32 (count, 28, 28) in [0, 1], labels int32 (count,), and the factors,
    name -> (count,). The same digits for every count, in every process.
    """
    images = np.empty((count, SIZE, SIZE), np.float32)
    labels = np.empty(count, np.int32)
    factors = {name: np.empty(count, np.float32) for name in FACTORS}
    for block, start in enumerate(range(0, count, _BLOCK)):
        random = np.random.RandomState([_SPLITS[split], block])
        of_block = random.randint(0, 10, size=_BLOCK)
        style = _sample_factors(of_block, random)
        stop = min(start + _BLOCK, count)
        images[start:stop] = _render(of_block, style, random)[: stop - start]
        labels[start:stop] = of_block[: stop - start]
        for name, values in style.items():
            factors[name][start:stop] = values[: stop - start]
    images /= np.float32(255)
    return images, labels, factors
