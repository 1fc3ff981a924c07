"""How good invented images are, asked of a classifier that was trained on real ones.

Three numbers that only say something together, and only beside what they are for real images, for a
blank page and for the mean image: an image that no class fits gives little confidence, one image
again and again has one class, and one image a class has no variety.
"""

from aecourse.door import labels as whole
from aecourse.door import numbers
import numpy as np


def confidence(probabilities: np.ndarray) -> float:
    """The mean over images of the largest of a classifier's probabilities (n, classes).

    1 / classes where it cannot tell, 1 where it is always sure (and perhaps wrong). Raises
    ValueError for numbers beyond [0, 1], as all functions of probabilities here do.
    """
    return float(_probabilities(probabilities).max(axis=1).mean())


def effective_classes(probabilities: np.ndarray) -> float:
    """How many classes a classifier sees among images, from 1 to `classes`: exp of the entropy of
    the classes' shares, each image counted for its most probable class.

    10 where ten classes are seen alike often, 2 where two are; the perplexity of information
    theory. probabilities: (n, classes). The Inception score (Salimans and others 2016) takes
    the mean probabilities instead, and thus finds many classes in a blank page that it reads with
    doubt.
    """
    found = _probabilities(probabilities)
    shares = np.bincount(found.argmax(axis=1), minlength=found.shape[1]) / len(found)
    shares = shares[shares > 0]
    return float(np.exp(-np.sum(shares * np.log(shares))))


def variety(images: np.ndarray, labels: np.ndarray) -> float:
    """How much images (n, ...) of one class differ: the root of their mean squared distance, per
    pixel, from the mean of their class; in gray levels.

    labels: (n,), the class of each. 0 for one image a class again and again; independent pixels
    differ more than any digits do. Raises ValueError for images without as many labels.
    """
    images = numbers(images, "images").astype(np.float64)
    labels = whole(labels, "labels", count=len(images))
    total = 0.0
    for label in np.unique(labels):
        members = images[labels == label]
        total += np.square(members - members.mean(axis=0)).sum()
    return float(np.sqrt(total / images.size))


def _probabilities(given):
    return numbers(given, "probabilities", shape=(None,), unit="a classifier's softmax")
