"""What the lessons claim, as functions of arrays: NumPy in, plain numbers out.

A metric takes whole test sets and never trains the model it measures. Errors are per pixel on
images in [0, 1]; accuracies are fractions in [0, 1].
"""

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


def probe_accuracy(
    train_features: np.ndarray,
    train_labels: np.ndarray,
    test_features: np.ndarray,
    test_labels: np.ndarray,
) -> float:
    """Test accuracy of logistic regression on features (n, ...): how linearly readable they are.

    Features are standardized with the training set's mean and spread. The strength of the penalty
    is the one that does best on a held-out fifth of the training set.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_features = train_features.reshape(len(train_features), -1)
    kept = len(train_features) * 4 // 5

    def probe(strength, part):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300))
        return model.fit(train_features[part], train_labels[part])

    def held_out_accuracy(strength):
        model = probe(strength, slice(0, kept))
        return model.score(train_features[kept:], train_labels[kept:])

    best = probe(max(_PENALTIES, key=held_out_accuracy), slice(None))
    return float(best.score(test_features.reshape(len(test_features), -1), test_labels))
