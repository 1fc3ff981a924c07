"""How well clusters agree with labels, and with each other. Labels only score here.

Clusters and labels are whole numbers (n,), one for each image; the number of a cluster is a name
and nothing more. Where `noise` is allowed, -1 says "in no cluster" (HDBSCAN's outliers): such an
image counts as wrong.
"""

from aecourse.door import labels as whole
import numpy as np


def _table(clusters, labels):
    """Counts (clusters, labels) of the images that are in a cluster, and how many images there
    are."""
    clusters = np.asarray(clusters)
    if clusters.dtype.kind not in "iu" or clusters.ndim != 1:
        raise ValueError(
            f"clusters has the shape {clusters.shape} and holds {clusters.dtype.name}; expected "
            "one whole number for each image, (n,). For probabilities, give p.argmax(axis=1)."
        )
    if clusters.size and clusters.min() < -1:
        raise ValueError(f"clusters has {clusters.min()}; expected -1 (noise) or a cluster from 0.")
    labels = whole(labels, "labels", count=len(clusters))
    kept = clusters >= 0
    counts = np.zeros((clusters.max() + 1 if kept.any() else 1, labels.max() + 1), int)
    np.add.at(counts, (clusters[kept], labels[kept]), 1)
    return counts, len(labels)


def _matched(worth):
    """The largest sum of `worth` (rows, columns) over pairs, no row and no column twice."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(worth, maximize=True)
    return float(worth[rows, columns].sum())


def one_to_one_accuracy(clusters: np.ndarray, labels: np.ndarray) -> float:
    """Share of images, 0 to 1, whose cluster is matched with their label, by the matching of
    clusters with labels that makes it largest, each at most once ("unsupervised accuracy": Xie,
    Girshick and Farhadi 2016; the matching: Kuhn 1955).

    clusters: int (n,), -1 for noise; labels: int (n,). Where there are more clusters than labels,
    the others count as wrong: see `one_to_one_limit`. Raises ValueError for other shapes, as all
    functions here do.
    """
    counts, total = _table(clusters, labels)
    return _matched(counts) / total


def one_to_one_limit(clusters: np.ndarray, labels: np.ndarray) -> float:
    """The most that `one_to_one_accuracy` could be with clusters and labels of these sizes,
    whichever images they held: 10 / 16 for 16 clusters and 10 labels, all alike in size."""
    counts, total = _table(clusters, labels)
    own = np.bincount(whole(labels, "labels"), minlength=counts.shape[1])
    return _matched(np.minimum(counts.sum(axis=1)[:, None], own)) / total


def majority_accuracy(clusters: np.ndarray, labels: np.ndarray) -> float:
    """Share of images, 0 to 1, that have the most frequent label of their cluster ("purity":
    Manning, Raghavan and Schütze 2008, section 16.3).

    It grows with the number of clusters by itself, and is 1 for one cluster an image.
    """
    counts, total = _table(clusters, labels)
    return float(counts.max(axis=1).sum()) / total


def mutual_information(clusters: np.ndarray, others: np.ndarray) -> float:
    """Normalized mutual information of two ways to group the same images (n,), 0 to 1: their
    mutual information over the mean of their entropies (Strehl and Ghosh 2002; scikit-learn's).

    It is 1 for the same groups under any names, and small, but not 0, for random ones: the more
    clusters, the larger. All noise is one more group.
    """
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(others, clusters))


def rand_index(clusters: np.ndarray, others: np.ndarray) -> float:
    """Adjusted Rand index of two ways to group the same images (n,): the share of pairs on which
    they agree (together or apart), so scaled that random groups have 0 and the same groups 1
    (Hubert and Arabie 1985; scikit-learn's). All noise is one more group."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(others, clusters))


def cluster_scores(clusters: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """The four measures of clusters (n,) against labels (n,): "one-to-one", "majority", "NMI" and
    "ARI"."""
    return {
        "one-to-one": one_to_one_accuracy(clusters, labels),
        "majority": majority_accuracy(clusters, labels),
        "NMI": mutual_information(clusters, labels),
        "ARI": rand_index(clusters, labels),
    }
