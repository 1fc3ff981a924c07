"""How likely images are under a density that is made of samples."""

from aecourse.door import numbers
import numpy as np


def parzen_log_likelihood(
    samples: np.ndarray, images: np.ndarray, *, bandwidth: float
) -> np.ndarray:
    """log p(image) of each image (n, ...) under a Parzen window, in nats (n,).

    A normal of standard deviation `bandwidth` sits on each of the samples (m, ...), and p is their
    mean (Breuleux, Bengio and Vincent 2011). The bandwidth is to be chosen on images that are
    neither trained on nor tested with. A rough measure: in 784 dimensions it says little about
    the model (Theis, van den Oord and Bethge 2016). Raises ValueError for a bandwidth that is not
    positive, for images of another size and for numbers that are not finite.
    """
    if not bandwidth > 0:
        raise ValueError(f"bandwidth is {bandwidth}; it must be positive.")
    from scipy.special import logsumexp
    from sklearn.metrics import pairwise_distances_chunked

    def log_sums(squares, start):
        return logsumexp(squares.astype(np.float64) / (-2 * bandwidth**2), axis=1)

    images = numbers(images, "images").astype(np.float32, copy=False)
    samples = numbers(samples, "samples", shape=images.shape[1:]).astype(np.float32, copy=False)
    rows, known = (each.reshape(len(each), -1) for each in (images, samples))
    parts = pairwise_distances_chunked(
        rows, known, metric="euclidean", squared=True, reduce_func=log_sums, working_memory=32
    )  # "sqeuclidean" gives the same numbers ten times slower
    constant = np.log(len(known)) + 0.5 * rows.shape[1] * np.log(2 * np.pi * bandwidth**2)
    return np.concatenate(list(parts)) - constant
