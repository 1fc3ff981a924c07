"""Detectors of anomalies that train no network: what lesson 10's autoencoders are compared with.

Scores are higher for what fits less. Images are (n, 28, 28); a series is an array x (n,).
"""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA

_AT_ONCE = 500
"""Images or windows that are compared with all known ones in one product: memory."""


def unit_rows(images: np.ndarray) -> np.ndarray:
    """Images as rows of length 1, (n, pixels); a blank image stays blank."""
    rows = np.reshape(images, (len(images), -1))
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def unlike(images: np.ndarray, copies: np.ndarray, *, blur: float) -> dict[str, np.ndarray]:
    """How unlike images and their copies are by three measures, each (n,): "squares", the squared
    error per pixel; "cosine", 1 minus the cosine of the angle between the two as vectors;
    "blurred", the same after a Gaussian blur of `blur` pixels. A blank image or copy has cosine 0.
    """
    soft = [gaussian_filter(each, sigma=(0, blur, blur)) for each in (images, copies)]
    return {
        "squares": np.square(images - copies).mean(axis=(1, 2)),
        "cosine": 1 - np.sum(unit_rows(images) * unit_rows(copies), axis=1),
        "blurred": 1 - np.sum(unit_rows(soft[0]) * unit_rows(soft[1]), axis=1),
    }


def unlike_nearest(images: np.ndarray, normal: np.ndarray, *, blur: float) -> dict[str, np.ndarray]:
    """As `unlike`, each image compared with the one of the normal images (m, 28, 28) that is most
    like it by the same measure."""
    scores = {"squares": [], "cosine": [], "blurred": []}
    rows = normal.reshape(len(normal), -1)
    soft = unit_rows(gaussian_filter(normal, sigma=(0, blur, blur)))
    squares = np.square(rows).sum(axis=1)
    lengths = np.maximum(np.sqrt(squares), 1e-6)
    for part in np.array_split(images, -(-len(images) // _AT_ONCE)):
        seen = part.reshape(len(part), -1)
        products = seen @ rows.T
        own = np.square(seen).sum(axis=1)
        scores["squares"].append((own + (squares - 2 * products).min(axis=1)) / rows.shape[1])
        cosines = (products / lengths).max(axis=1) / np.maximum(np.sqrt(own), 1e-6)
        scores["cosine"].append(1 - cosines)
        blurred = unit_rows(gaussian_filter(part, sigma=(0, blur, blur)))
        scores["blurred"].append(1 - (blurred @ soft.T).max(axis=1))
    return {measure: np.concatenate(parts) for measure, parts in scores.items()}


def windows(x: np.ndarray, width: int) -> np.ndarray:
    """All stretches of `width` steps of a series (n,), one for each first step:
    (n - width + 1, width). Raises ValueError, NumPy's own, for a series that is shorter."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(x, width))


def per_step(errors: np.ndarray) -> np.ndarray:
    """Errors of the steps of sliding windows (m, width) -> a score for each step of the series,
    (m + width - 1,): the mean over the windows that hold it."""
    count, width = errors.shape
    total, held = np.zeros(count + width - 1), np.zeros(count + width - 1)
    for offset in range(width):
        total[offset : offset + count] += errors[:, offset]
        held[offset : offset + count] += 1
    return total / held


def by_copies(width: int, copy: Callable[[np.ndarray], np.ndarray]) -> Callable:
    """A detector, series (n,) -> scores (n,), from a function that copies windows (m, width): the
    squared error of the copy, `per_step`."""

    def detect(x):
        seen = windows(x, width)
        return per_step(np.square(seen - copy(seen)))

    return detect


def windowed_pca(known: np.ndarray, width: int, count: int) -> Callable:
    """A detector that projects windows on the first `count` principal components of the windows of
    a known series (n,)."""
    pca = PCA(count, random_state=0).fit(windows(known, width))
    return by_copies(width, lambda seen: pca.inverse_transform(pca.transform(seen)))


def nearest_window(known: np.ndarray, width: int) -> Callable:
    """A detector whose copy of a window is the most similar window of a known series (n,), by
    squared error; of every second step, which halves the work."""
    stored = windows(known, width)[::2]
    squares = np.square(stored).sum(axis=1)

    def copy(seen):
        parts = np.array_split(seen, -(-len(seen) // _AT_ONCE))
        places = [(squares - 2 * part @ stored.T).argmin(axis=1) for part in parts]
        return stored[np.concatenate(places)]

    return by_copies(width, copy)


def seasonal_mean(known: np.ndarray, free: np.ndarray, period: int) -> Callable:
    """A detector (series (n,), free (n,) bool) -> scores (n,): the squared distance from the mean
    of the known series at this step of the period, over its variance there; free days and others
    apart. Series begin at the first step of a period."""
    days, free_days = known.reshape(-1, period), free[::period]
    means = np.stack([days[free_days == kind].mean(axis=0) for kind in (False, True)])
    spreads = np.stack([days[free_days == kind].std(axis=0) for kind in (False, True)])

    def detect(x, free):
        step, kind = np.arange(len(x)) % period, np.asarray(free).astype(int)
        return np.square((x - means[kind, step]) / spreads[kind, step])

    return detect
