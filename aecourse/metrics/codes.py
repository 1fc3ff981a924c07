"""What latent codes hold, and how far a cloud of them is from a prior's or from another cloud.

Codes are arrays (n, dim); a classifier that is trained here looks at codes and never at a model.
"""

from collections.abc import Sequence

from aecourse.door import labels, numbers
import numpy as np

_ANY = (None,)

_PENALTIES = (0.001, 0.01, 0.1)
"""Inverse strengths of the penalty that a probe chooses from."""


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
    strength of its penalty is the one that does best on a held-out fifth of the training set, the
    last one: the examples must come mixed (sorted by label, they give another, wrong number).
    hidden: units of each layer of a network (an MLP probe) instead, which stops where a held-out
    tenth says so. Features are standardized with the training set's mean and spread. Raises
    ValueError for features without as many labels, and scikit-learn's own for a single class.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_features = numbers(train_features, "train_features")
    test_features = numbers(test_features, "test_features", shape=train_features.shape[1:])
    train_labels = labels(train_labels, "train_labels", count=len(train_features))
    test_labels = labels(test_labels, "test_labels", count=len(test_features))
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
    codes = numbers(codes, "codes", shape=_ANY).astype(np.float64)
    drawn = numbers(drawn, "drawn", shape=codes.shape[1:], count=len(codes)).astype(np.float64)
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
    values = numbers(values, "values", shape=_ANY).astype(np.float64)
    quantiles = numbers(quantiles, "quantiles", shape=(), count=len(values)).astype(np.float64)
    return np.abs(np.sort(values, axis=0) - np.sort(quantiles)[:, None]).mean(axis=0)


def kolmogorov_smirnov(codes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The largest gap between the cumulative distributions of two clouds (n, dim) and (m, dim),
    of each number of a code on its own: (dim,), 0 for the same values, 1 for values apart.

    Raises ValueError for codes of different dimension.
    """
    from scipy.stats import ks_2samp

    codes = numbers(codes, "codes", shape=_ANY)
    pairs = zip(codes.T, numbers(drawn, "drawn", shape=codes.shape[1:]).T, strict=True)
    return np.array([ks_2samp(one, other).statistic for one, other in pairs])


def two_sample_accuracy(
    codes: np.ndarray, drawn: np.ndarray, *, hidden: Sequence[int] = (64, 64)
) -> float:
    """How well a classifier tells two clouds (n, dim) and (m, dim) apart: accuracy on halves that
    it did not see. 0.5 is chance, where n = m: it cannot (Lopez-Paz and Oquab 2017).

    The classifier is a network with layers of `hidden` units, on standardized codes. Raises
    ValueError for clouds of different dimension.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    codes = numbers(codes, "codes", shape=_ANY)
    drawn = numbers(drawn, "drawn", shape=codes.shape[1:])
    points = np.concatenate([codes, drawn])
    labels = np.repeat([0, 1], [len(codes), len(drawn)])
    x, x_test, y, y_test = train_test_split(
        points, labels, test_size=0.5, random_state=0, stratify=labels
    )
    network = MLPClassifier(hidden, early_stopping=True, random_state=0)
    return float(make_pipeline(StandardScaler(), network).fit(x, y).score(x_test, y_test))
