"""What a copy of an image loses, how near an image is to real ones, how its digit was written.

Images are arrays (n, 28, 28) in [0, 1], and errors are per pixel.
"""

from aecourse.door import numbers
import numpy as np

_EPSILON = 1e-7
"""How far from 0 and 1 a probability is kept inside a logarithm; the same as in Keras."""

_ANY_SIZE, _THIS = (None, None), "this measure"


def _pair(images, copies, **how):
    images = numbers(images, "images", **how)
    return images, numbers(copies, "copies", shape=images.shape[1:], count=len(images))


def mean_squared_error(images: np.ndarray, copies: np.ndarray) -> float:
    """Mean over images and pixels of (image - copy)^2. Arrays (n, 28, 28) in [0, 1].

    Raises ValueError for arrays of different shapes and for numbers that are not finite, as all
    functions here do.
    """
    images, copies = _pair(images, copies)
    return float(np.mean(np.square(images - copies), dtype=np.float64))


def binary_cross_entropy(images: np.ndarray, copies: np.ndarray) -> float:
    """Mean over images and pixels of -x log y - (1 - x) log(1 - y), in nats per pixel.

    images x (n, 28, 28) in [0, 1]; copies y, likewise. With gray pixels it does not reach zero
    even for a perfect copy: see `gray_entropy`. Raises ValueError for images beyond [0, 1].
    """
    images, copies = _pair(images, copies, unit=_THIS)
    copies = np.clip(copies, _EPSILON, 1 - _EPSILON)
    terms = images * np.log(copies) + (1 - images) * np.log1p(-copies)
    return -float(np.mean(terms, dtype=np.float64))


def gray_entropy(images: np.ndarray) -> float:
    """The least cross-entropy any copy can have, in nats per pixel: that of the images."""
    return binary_cross_entropy(images, images)


def psnr(images: np.ndarray, copies: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels, mean over images (n, 28, 28) in [0, 1].

    Of one image: 10 log10(1 / MSE); 10 dB more are a tenth of the squared error. An exact copy
    counts as 100 dB. The mean is taken over decibels, so it differs from the PSNR of the mean MSE.
    Raises ValueError for images beyond [0, 1].
    """
    images, copies = _pair(images, copies, unit=_THIS, shape=_ANY_SIZE)
    errors = np.mean(np.square(images - copies), axis=(1, 2), dtype=np.float64)
    return float(np.mean(-10 * np.log10(np.maximum(errors, 1e-10))))


def ssim(images: np.ndarray, copies: np.ndarray) -> float:
    """Structural similarity, mean over images (n, 28, 28) in [0, 1]; 1 for an exact copy.

    Compares means, contrasts and correlation in a Gaussian window of 1.5 pixels (Wang, Bovik,
    Sheikh and Simoncelli 2004, equation 13, K1 = 0.01, K2 = 0.03). Raises ValueError for images
    beyond [0, 1].
    """
    from scipy.ndimage import gaussian_filter

    def smooth(values):
        return gaussian_filter(values, sigma=(0, 1.5, 1.5), truncate=3.5)

    def similarity(x, y):
        mean_x, mean_y = smooth(x), smooth(y)
        variances = smooth(x * x) - mean_x**2 + smooth(y * y) - mean_y**2
        covariance = smooth(x * y) - mean_x * mean_y
        c1, c2 = 0.01**2, 0.03**2
        means = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        return means * (2 * covariance + c2) / (variances + c2)

    images, copies = _pair(images, copies, unit=_THIS, shape=_ANY_SIZE)
    total = 0.0
    for start in range(0, len(images), 500):  # a few images at a time: memory
        part = slice(start, start + 500)
        total += similarity(images[part].astype(np.float64), copies[part].astype(np.float64)).sum()
    return float(total / images.size)


def nearest_distances(images: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Squared error per pixel from each image (n, 28, 28) to the most similar of the gallery
    (m, 28, 28): (n,). Small for what looks like a real digit.

    """
    from sklearn.metrics import pairwise_distances_argmin_min

    images = numbers(images, "images")
    gallery = numbers(gallery, "gallery", shape=images.shape[1:])
    rows, known = (each.reshape(len(each), -1) for each in (images, gallery))
    _, squares = pairwise_distances_argmin_min(rows, known, metric="sqeuclidean")
    return squares / rows.shape[1]


def slant(images: np.ndarray) -> np.ndarray:
    """How far each digit leans to the right, as a slope (n,): 0 is upright, 1 is 45 degrees.

    images: (n, 28, 28), row 0 on top. From the ink's moments: minus the covariance of column and
    row over the variance of the row. A digit's own shape counts too, so compare like with like.
    """
    images = numbers(images, "images", shape=_ANY_SIZE).astype(np.float64)
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    ink = images / np.maximum(images.sum(axis=(1, 2), keepdims=True), _EPSILON)

    def mean(values):
        return np.sum(ink * values, axis=(1, 2))

    row, column = mean(rows), mean(columns)
    spread = np.maximum(mean(rows**2) - row**2, _EPSILON)
    return -(mean(rows * columns) - row * column) / spread


def thickness(images: np.ndarray) -> np.ndarray:
    """Half the width of the pen's line in each image (n, 28, 28), in pixels (n,).

    A line of length L and width w holds ink L w and has two edges of length L, so ink over edge
    is w / 2. The edge's length is the total variation, which blur does not change.
    """
    images = numbers(images, "images", shape=_ANY_SIZE).astype(np.float64)
    images = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    down, across = np.diff(images, axis=1)[:, :, :-1], np.diff(images, axis=2)[:, :-1]
    edge = np.sqrt(down**2 + across**2).sum(axis=(1, 2))
    return images.sum(axis=(1, 2)) / np.maximum(edge, _EPSILON)
