"""What the lessons claim, as functions of arrays: NumPy in, plain numbers out.

A metric takes whole test sets and never trains the model it measures. Errors are per pixel on
images in [0, 1]; accuracies are fractions in [0, 1].
"""

from collections.abc import Sequence

import numpy as np

_EPSILON = 1e-7
"""How far from 0 and 1 a probability is kept inside a logarithm; the same as in Keras."""


_PENALTIES = (0.001, 0.01, 0.1)
"""Inverse strengths of the penalty that a probe chooses from."""


def _pair(images, copies):
    images, copies = np.asarray(images), np.asarray(copies)
    if images.shape != copies.shape:
        raise ValueError(
            f"images have shape {images.shape}, their copies {copies.shape}; "
            "the two must be the same, for example (batch, 28, 28)."
        )
    return images, copies


def mean_squared_error(images: np.ndarray, copies: np.ndarray) -> float:
    """Mean over images and pixels of (image - copy)^2. Arrays (n, 28, 28) in [0, 1]."""
    images, copies = _pair(images, copies)
    return float(np.mean(np.square(images - copies), dtype=np.float64))


def binary_cross_entropy(images: np.ndarray, copies: np.ndarray) -> float:
    """Mean over images and pixels of -x log y - (1 - x) log(1 - y), in nats per pixel.

    images x (n, 28, 28) in [0, 1]; copies y, likewise. With gray pixels it does not reach zero
    even for a perfect copy: see `gray_entropy`.
    """
    images, copies = _pair(images, copies)
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
    """
    images, copies = _pair(images, copies)
    errors = np.mean(np.square(images - copies), axis=(1, 2), dtype=np.float64)
    return float(np.mean(-10 * np.log10(np.maximum(errors, 1e-10))))


def ssim(images: np.ndarray, copies: np.ndarray) -> float:
    """Structural similarity, mean over images (n, 28, 28) in [0, 1]; 1 for an exact copy.

    Compares means, contrasts and correlation in a Gaussian window of 1.5 pixels (Wang, Bovik,
    Sheikh and Simoncelli 2004, equation 13, K1 = 0.01, K2 = 0.03).
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

    images, copies = _pair(images, copies)
    total = 0.0
    for start in range(0, len(images), 500):  # a few images at a time: memory
        part = slice(start, start + 500)
        total += similarity(images[part].astype(np.float64), copies[part].astype(np.float64)).sum()
    return float(total / images.size)


def nearest_distances(images: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Squared error per pixel from each image (n, 28, 28) to the most similar of the gallery
    (m, 28, 28): (n,). Small for what looks like a real digit."""
    rows, known = images.reshape(len(images), -1), gallery.reshape(len(gallery), -1)
    squares = np.square(rows).sum(1)[:, None] - 2 * rows @ known.T + np.square(known).sum(1)
    return np.maximum(squares.min(axis=1), 0) / rows.shape[1]


def slant(images: np.ndarray) -> np.ndarray:
    """How far each digit leans to the right, as a slope (n,): 0 is upright, 1 is 45 degrees.

    images: (n, 28, 28), row 0 on top. From the ink's moments: minus the covariance of column and
    row over the variance of the row. A digit's own shape counts too, so compare like with like.
    """
    images = np.asarray(images, np.float64)
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
    images = np.pad(np.asarray(images, np.float64), ((0, 0), (1, 1), (1, 1)))
    down, across = np.diff(images, axis=1)[:, :, :-1], np.diff(images, axis=2)[:, :-1]
    edge = np.sqrt(down**2 + across**2).sum(axis=(1, 2))
    return images.sum(axis=(1, 2)) / np.maximum(edge, _EPSILON)


def probe_accuracy(
    train_features: np.ndarray,
    train_labels: np.ndarray,
    test_features: np.ndarray,
    test_labels: np.ndarray,
    *,
    hidden: Sequence[int] = (),
) -> float:
    """Test accuracy of a small classifier on features (n, ...): what can be read from them.

    Without hidden layers it is logistic regression, which finds what is linearly readable; the
    strength of its penalty is the one that does best on a held-out fifth of the training set.
    hidden: units of each layer of a network (an MLP probe) instead, which stops where a held-out
    tenth says so. Features are standardized with the training set's mean and spread.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_features = train_features.reshape(len(train_features), -1)
    test_features = test_features.reshape(len(test_features), -1)
    if hidden:
        network = MLPClassifier(hidden, early_stopping=True, random_state=0)
        network = make_pipeline(StandardScaler(), network).fit(train_features, train_labels)
        return float(network.score(test_features, test_labels))
    kept = len(train_features) * 4 // 5

    def probe(strength, part):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300))
        return model.fit(train_features[part], train_labels[part])

    def held_out_accuracy(strength):
        model = probe(strength, slice(0, kept))
        return model.score(train_features[kept:], train_labels[kept:])

    best = probe(max(_PENALTIES, key=held_out_accuracy), slice(None))
    return float(best.score(test_features, test_labels))


def sliced_wasserstein(
    codes: np.ndarray, drawn: np.ndarray, *, scale: float = 1.0, directions: int = 100
) -> float:
    """Sliced Wasserstein-1 distance between two clouds of as many points (n, dim), over `scale`.

    Both are projected on random directions; in one dimension the distance is the mean gap between
    sorted values; the result is its mean over directions (Bonneel and others 2015). scale: the
    prior's `std`, which makes it a number without unit. Not zero even for two clouds drawn from
    one distribution: see `sliced_wasserstein_floor`. Raises ValueError for different shapes.
    """
    codes, drawn = np.asarray(codes, np.float64), np.asarray(drawn, np.float64)
    if codes.shape != drawn.shape or codes.ndim != 2:
        raise ValueError(f"codes are {codes.shape} and drawn {drawn.shape}; both must be (n, dim).")
    random = np.random.default_rng(0).standard_normal((codes.shape[1], directions))
    unit = random / np.linalg.norm(random, axis=0)
    gaps = np.abs(np.sort(codes @ unit, axis=0) - np.sort(drawn @ unit, axis=0))
    return float(gaps.mean() / scale)


def sliced_wasserstein_floor(prior, *, count: int = 10_000, pairs: int = 5) -> float:
    """`sliced_wasserstein` of a prior (one of `aecourse.priors`) against itself: the mean over
    pairs of clouds of `count` draws, in units of the prior's std."""
    clouds = [np.asarray(prior.sample(count, seed=1000 + i)) for i in range(2 * pairs)]
    distances = [
        sliced_wasserstein(one, other, scale=prior.std)
        for one, other in zip(clouds[::2], clouds[1::2], strict=True)
    ]
    return float(np.mean(distances))


def wasserstein(values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Wasserstein-1 distance of samples (n, games), each column its own, to a distribution given
    by its quantiles (n,) at the levels (i + 1/2) / n: (games,), in the unit of the values.

    In one dimension the cheapest transport pairs the smallest with the smallest, so it is the
    mean gap of sorted values. Raises ValueError for other shapes.
    """
    values, quantiles = np.asarray(values, np.float64), np.asarray(quantiles, np.float64)
    if values.ndim != 2 or quantiles.shape != values.shape[:1]:
        raise ValueError(
            f"values are {values.shape} and quantiles {quantiles.shape}; they must be (n, games) "
            "and (n,)."
        )
    return np.abs(np.sort(values, axis=0) - np.sort(quantiles)[:, None]).mean(axis=0)


def kolmogorov_smirnov(codes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The largest gap between the cumulative distributions of two clouds (n, dim) and (m, dim),
    of each number of a code on its own: (dim,), 0 for the same values, 1 for values apart."""
    from scipy.stats import ks_2samp

    pairs = zip(np.transpose(codes), np.transpose(drawn), strict=True)
    return np.array([ks_2samp(one, other).statistic for one, other in pairs])


def two_sample_accuracy(
    codes: np.ndarray, drawn: np.ndarray, *, hidden: Sequence[int] = (64, 64)
) -> float:
    """How well a classifier tells two clouds (n, dim) and (m, dim) apart: accuracy on halves that
    it did not see. 0.5 is chance, where n = m: it cannot (Lopez-Paz and Oquab 2017).

    The classifier is a network with layers of `hidden` units, on standardized codes.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    points = np.concatenate([codes, drawn])
    labels = np.repeat([0, 1], [len(codes), len(drawn)])
    x, x_test, y, y_test = train_test_split(
        points, labels, test_size=0.5, random_state=0, stratify=labels
    )
    network = MLPClassifier(hidden, early_stopping=True, random_state=0)
    return float(make_pipeline(StandardScaler(), network).fit(x, y).score(x_test, y_test))


def parzen_log_likelihood(
    samples: np.ndarray, images: np.ndarray, *, bandwidth: float
) -> np.ndarray:
    """log p(image) of each image (n, ...) under a Parzen window, in nats (n,).

    A normal of standard deviation `bandwidth` sits on each of the samples (m, ...), and p is their
    mean (Breuleux, Bengio and Vincent 2011). The bandwidth is to be chosen on images that are
    neither trained on nor tested with. A rough measure: in 784 dimensions it says little about
    the model (Theis, van den Oord and Bethge 2016).
    """
    if not bandwidth > 0:
        raise ValueError(f"bandwidth is {bandwidth}; it must be positive.")
    from scipy.special import logsumexp

    known = np.asarray(samples, np.float32).reshape(len(samples), -1)
    rows = np.asarray(images, np.float32).reshape(len(images), -1)
    lengths, found = np.square(known).sum(1), []
    for start in range(0, len(rows), 500):  # a few images at a time: memory
        part = rows[start : start + 500]
        squares = np.square(part).sum(1)[:, None] - 2 * part @ known.T + lengths
        found.append(logsumexp(-squares.astype(np.float64) / (2 * bandwidth**2), axis=1))
    constant = np.log(len(known)) + 0.5 * rows.shape[1] * np.log(2 * np.pi * bandwidth**2)
    return np.concatenate(found) - constant
