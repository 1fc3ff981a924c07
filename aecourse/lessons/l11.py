"""Lesson 11: clusters without labels, and what they are scored by."""

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np
from scipy.optimize import linear_sum_assignment

_SHARE, _INDEX, _NATS = "fraction", "index", "nats"
_SUFFIXES = {
    "test_accuracy": (_SHARE, "matched one to one"),
    "majority": (_SHARE, "by majority vote"),
    "nmi": (_INDEX, "normalized mutual information"),
    "ari": (_INDEX, "adjusted Rand index"),
}
"""Of a metric's name -> unit, and the measure in words."""
_METHODS = {
    "": "information and smoothness",
    "_kmeans": "k-means on pixels",
    "_pca": "k-means on 50 principal components",
    "_codes": "k-means on an autoencoder's codes",
    "_mixture": "Gaussian mixture on an autoencoder's codes",
    "_short_aae": "adversarial autoencoder, a short training",
    "_short_aae_smooth": "adversarial autoencoder with smoothness, a short training",
    "_aae": "adversarial autoencoder, a longer training",
    "_aae_smooth": "adversarial autoencoder with smoothness, a longer training",
    "_tiny": "information and smoothness, two epochs of a small network",
    "_rough": "information without smoothness",
    "_best": "the recorded experiment",
    "_falling": "the recorded experiment, learning rate falling to 0",
    "_short_trial": "the recorded experiment, trial step 0.1",
    "_louder": "the recorded experiment, ten times the weight on both entropies",
}
"""Ways to cluster, as in a metric's name; smoothness: the virtual adversarial loss."""
_TRIVIAL = {
    "random10": "ten random clusters",
    "random30": "thirty random clusters",
    "one": "all images in one cluster",
    "each": "a cluster for each image",
}
_UNEVEN = {
    "uneven_even": "unequal digits, an even prior",
    "uneven_kmeans": "unequal digits, k-means",
    "uneven_sound": "equal digits, as many images",
}
_COUNTS = (10, 16, 30)
_ONLY = {
    **dict.fromkeys(("_short_aae", "_short_aae_smooth"), (16,)),
    **dict.fromkeys(("_tiny", "_rough", "_best", "_falling", "_short_trial", "_louder"), (10,)),
}
"""Numbers of clusters of the ways that are not measured with all of them."""
_STABLE = (5, 10, 20)
"""Numbers of clusters whose agreement between two seeds is measured."""


def _measured(names):
    """A metric for each name and measure: name -> words."""
    return {
        f"{name}_{suffix}": Metric(unit, "higher", f"{words}: {measure}")
        for name, words in names.items()
        for suffix, (unit, measure) in _SUFFIXES.items()
    }


METRICS = {
    **_measured(_TRIVIAL),
    **_measured(
        {
            f"clusters{count}{method}": f"{count} clusters, {words}"
            for method, words in _METHODS.items()
            for count in _ONLY.get(method, _COUNTS)
        }
    ),
    **_measured({"hdbscan": "HDBSCAN on an autoencoder's codes, noise counts as wrong"}),
    "hdbscan_noise": Metric(_SHARE, "lower", "HDBSCAN: images in no cluster"),
    "hdbscan_count": Metric("clusters", "lower", "HDBSCAN: number of clusters"),
    **{
        f"clusters{count}_most": Metric(
            _SHARE, "higher", f"{count} clusters of equal size: the most that matching can give"
        )
        for count in _COUNTS[1:]
    },
    **_measured(_UNEVEN),
    **{
        f"clusters{count}{method}_loss": Metric(
            _NATS, "lower", f"{count} clusters, {_METHODS[method]}: loss of the last epoch"
        )
        for method in ("_best", "_falling", "_short_trial", "_louder", "_aae", "_aae_smooth")
        for count in _ONLY.get(method, _COUNTS)
    },
    "plane_few_test_accuracy": Metric(
        _SHARE, "higher", "two numbers, a hundred labels: nearest neighbors in the plane"
    ),
    "plane_none_test_accuracy": Metric(
        _SHARE, "higher", "two numbers, no labels: nearest neighbors in the plane"
    ),
    "plane_pca_test_accuracy": Metric(
        _SHARE, "higher", "two principal components: nearest neighbors in the plane"
    ),
    **{
        f"stable{count}_ari": Metric(
            _INDEX, "higher", f"{count} clusters: agreement of two seeds (adjusted Rand index)"
        )
        for count in _STABLE
    },
}

_CHANCE = ("ten random clusters", "random10_test_accuracy")

PROMISES = (
    Promise(
        "a cluster for each image: the majority vote is fooled",
        "each_majority",
        above(0.99),
        ("all images in one cluster", "one_majority"),
    ),
    Promise(
        "but the adjusted Rand index is not",
        "each_ari",
        below(0.01),
        ("the labels themselves", 1.0),
    ),
    Promise(
        "k-means on pixels finds half of the digits",
        "clusters10_kmeans_test_accuracy",
        above(0.45, fast=0.3, drawn=0.3),
        _CHANCE,
    ),
    Promise(
        "three times as many clusters raise its majority vote by themselves",
        "clusters30_kmeans_majority",
        above(1.2, fast=1.1, drawn=1.12, of="clusters10_kmeans_majority"),
        ("ten clusters", "clusters10_kmeans_majority"),
    ),
    Promise(
        "information and smoothness leave k-means on pixels behind",
        "clusters10_test_accuracy",
        above(1.3, fast=0.7, drawn=1.4, of="clusters10_kmeans_test_accuracy"),
        _CHANCE,
    ),
    Promise(
        "ten clusters find most digits",
        "clusters10_test_accuracy",
        above(0.7, fast=0.25, drawn=0.6),
        _CHANCE,
    ),
    Promise(
        "without smoothness they are far behind",
        "clusters10_rough_test_accuracy",
        below(0.65, fast=1.0, drawn=0.7, of="clusters10_test_accuracy"),
        ("with it", "clusters10_test_accuracy"),
    ),
    Promise(
        "thirty clusters: majority vote ahead of k-means with as many",
        "clusters30_majority",
        above(1.1, fast=0.7, of="clusters30_kmeans_majority"),
        ("thirty random clusters", "random30_majority"),
    ),
    Promise(
        "two numbers and a hundred labels: a better map than two principal components",
        "plane_few_test_accuracy",
        above(1.7, fast=1.1, of="plane_pca_test_accuracy"),
        ("two principal components", "plane_pca_test_accuracy"),
    ),
    Promise(
        "unequal digits under an even prior: far fewer are right",
        "uneven_even_test_accuracy",
        below(0.7, fast=0.9, of="clusters10_test_accuracy"),
        ("the ten clusters of equal digits", "clusters10_test_accuracy"),
    ),
    Promise(
        "the recorded experiment finds all ten digits",
        "clusters10_best_test_accuracy",
        above(0.97),
        _CHANCE,
    ),
)

HEADLINES = (
    Headline(
        "clusters10_test_accuracy",
        "ten clusters without a label, matched one to one with the digits",
        beside="clusters10_kmeans_test_accuracy",
        beside_words="k-means on pixels",
    ),
    Headline(
        "clusters10_best_test_accuracy",
        "the same, the recorded experiment",
        beside="clusters10_kmeans_test_accuracy",
        beside_words="k-means on pixels",
    ),
)


def _groups(count, classes, seed):
    """Clusters in which two labels share one and another label is split, with some noise."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % classes)
    clusters = np.where(labels == 1, 0, labels)
    clusters[(labels == 2) & (random.random(count) < 0.5)] = 1
    clusters = np.where(random.random(count) < 0.15, random.integers(0, classes, count), clusters)
    return random.permutation(classes)[clusters], labels


def _counted(counts):
    """Clusters and labels of so many images; counts: a row a cluster, a column a label."""
    pairs = np.repeat(np.argwhere(np.ones_like(counts)), np.ravel(counts), axis=0)
    return tuple(np.random.default_rng(3).permutation(pairs).T)


_DISPUTED = [[0, 1, 0], [1, 5, 3], [1, 4, 0]], [[1, 4, 0], [0, 2, 1], [1, 5, 4]]
"""Counts whose best matching leaves out the largest, and is another for shares of a cluster, for
their logarithms, or for their squares."""


def _counts(clusters, labels):
    counts = np.zeros((clusters.max() + 1, labels.max() + 1))
    np.add.at(counts, (clusters, labels), 1)
    return counts


def _matched(clusters, labels):
    counts = _counts(clusters, labels)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return counts[rows, columns].sum() / len(labels)


def _cheapest(clusters, labels):
    counts = _counts(clusters, labels)
    rows, columns = linear_sum_assignment(counts)
    return counts[rows, columns].sum() / len(labels)


def _counted_once(clusters, labels):
    counts = np.zeros((clusters.max() + 1, labels.max() + 1))
    counts[clusters, labels] += 1
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return counts[rows, columns].sum() / len(labels)


def _largest_first(clusters, labels):
    counts, right = _counts(clusters, labels), 0
    while counts.max() > 0:
        row, column = np.unravel_index(counts.argmax(), counts.shape)
        right += counts[row, column]
        counts[row], counts[:, column] = 0, 0
    return right / len(labels)


MATCHED = Exercise(
    name="matched",
    gives="a single number",
    inputs=lambda: [_groups(60, 5, 1), _groups(80, 6, 2), *map(_counted, _DISPUTED)],
    right=_matched,
    mistakes={
        "that is the majority vote: two clusters may take the same label.": (
            lambda clusters, labels: _counts(clusters, labels).max(axis=1).sum() / len(labels)
        ),
        "each label takes its largest cluster there, but a cluster may be taken twice.": (
            lambda clusters, labels: _counts(clusters, labels).max(axis=0).sum() / len(labels)
        ),
        "the number of a cluster is only a name: match clusters with labels first.": (
            lambda clusters, labels: np.mean(clusters == labels)
        ),
        "that is a count; divide by the number of images.": (
            lambda clusters, labels: _matched(clusters, labels) * len(labels)
        ),
        "`counts[clusters, labels] += 1` counts a pair that repeats once only: use np.add.at.": (
            _counted_once
        ),
        "the largest pair first is not always best: match all pairs together.": _largest_first,
        "linear_sum_assignment looks for the smallest sum unless told maximize=True.": _cheapest,
    },
    otherwise="count how many images are in each pair of cluster and label, and match the pairs.",
    praise="renaming the clusters changes nothing.",
)


def _probable(count, classes, seed, unused=()):
    """Rows of probabilities, one of them sure; no image is in the clusters `unused`."""
    random = np.random.default_rng(seed)
    logits = 3 * random.standard_normal((count, classes))
    logits[:, unused] = -np.inf
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    probabilities[0] = np.eye(classes)[1]
    return (probabilities,)


def _entropy(probabilities):
    logs = np.log(np.where(probabilities > 0, probabilities, 1.0))
    return -np.sum(probabilities * logs, axis=-1)


def _information(probabilities):
    return _entropy(probabilities.mean(axis=0)) - _entropy(probabilities).mean()


INFORMATION = Exercise(
    name="information",
    gives="a single number, in nats",
    inputs=lambda: [_probable(8, 4, 3), _probable(11, 3, 4), _probable(9, 4, 5, [2])],
    right=_information,
    mistakes={
        "the sign is turned round: it is the entropy of the mean minus the mean entropy.": (
            lambda probabilities: -_information(probabilities)
        ),
        "that is the entropy of the mean alone; an unsure network would have it too.": (
            lambda probabilities: _entropy(probabilities.mean(axis=0))
        ),
        "the mean entropy is subtracted, not added.": (
            lambda probabilities: (
                _entropy(probabilities.mean(axis=0)) + _entropy(probabilities).mean()
            )
        ),
        "that is in bits; nats take the natural logarithm.": (
            lambda probabilities: _information(probabilities) / np.log(2)
        ),
        "an entropy sums over the clusters; you took the mean over them.": (
            lambda probabilities: _information(probabilities) / probabilities.shape[1]
        ),
        "0 log 0 counts as 0, but NumPy gives NaN for it.": (
            lambda probabilities: _information(probabilities) * np.nan
        ),
        "a cluster without images has a 0 in the mean row too; there 0 log 0 is 0 as well.": (
            lambda probabilities: (
                _information(probabilities) if probabilities.any(axis=0).all() else np.nan
            )
        ),
    },
    otherwise="entropy of the mean over images, minus the mean of the images' entropies.",
    praise="sure of each image, and using all clusters: both at once.",
)


def _two_ways(count, seed):
    random = np.random.default_rng(seed)
    one = random.integers(0, 4, count)
    other = np.where(random.random(count) < 0.3, random.integers(0, 5, count), (one + 1) % 4)
    return one, other


def _together(groups):
    return groups[:, None] == groups[None]


def _pairs(one, other, counts=lambda first, second: first == second):
    above_diagonal = np.triu_indices(len(one), 1)
    return np.mean(counts(_together(one), _together(other))[above_diagonal])


def _adjusted(one, other):
    from sklearn.metrics import adjusted_rand_score

    return adjusted_rand_score(one, other)


AGREEMENT = Exercise(
    name="agreement",
    gives="a single number",
    inputs=lambda: [_two_ways(14, 5), _two_ways(20, 6)],
    right=_pairs,
    mistakes={
        "the numbers of clusters are only names: ask of pairs of images, together or apart.": (
            lambda one, other: np.mean(one == other)
        ),
        "pairs that are apart in both count as agreement too.": (
            lambda one, other: _pairs(one, other, np.logical_and)
        ),
        "leave out the pairs of an image with itself, which always agree.": (
            lambda one, other: np.mean(_together(one) == _together(other))
        ),
        "that is the adjusted index; here the plain share of pairs is asked for.": (_adjusted),
        "that is the share of pairs on which they differ.": (
            lambda one, other: 1 - _pairs(one, other)
        ),
    },
    otherwise="for each pair of different images: do both put them together, or both apart?",
    praise="no label was needed for it.",
)


def _slopes(count, radius, seed):
    """Slopes, of which one image's are 0 and another's tiny."""
    slopes = np.random.default_rng(seed).standard_normal((count, 4, 3))
    slopes[1] = 0
    slopes[2] *= 1e-9
    return slopes, radius


def _lengths(slopes):
    return np.sqrt(np.square(slopes).sum(axis=(1, 2), keepdims=True))


def _step(slopes, radius):
    return radius * slopes / np.maximum(_lengths(slopes), 1e-30)


WORST_STEP = Exercise(
    name="worst_step",
    gives="a step for each image, of the shape of `slopes`",
    inputs=lambda: [_slopes(4, 2.0, 7), _slopes(6, 0.5, 8)],
    right=_step,
    mistakes={
        "each image's step should have the length `radius`; here all together have it.": (
            lambda slopes, radius: radius * slopes / np.sqrt(np.square(slopes).sum())
        ),
        "those steps have the length 1; multiply by `radius`.": (
            lambda slopes, radius: _step(slopes, 1.0)
        ),
        "that divides by the square of the length; take its root.": (
            lambda slopes, radius: radius * slopes / np.maximum(_lengths(slopes) ** 2, 1e-30)
        ),
        "that goes downhill, where the answer changes least: the slope points uphill.": (
            lambda slopes, radius: -_step(slopes, radius)
        ),
        "the length of an image's step is over all its pixels, not row by row.": (
            lambda slopes, radius: (
                radius * slopes / np.maximum(np.linalg.norm(slopes, axis=2, keepdims=True), 1e-30)
            )
        ),
        "a slope of 0 has no direction: give a step of 0, not NaN.": (
            lambda slopes, radius: np.where(_lengths(slopes) > 0, _step(slopes, radius), np.nan)
        ),
        "a floor like 1e-6 shortens the step where a slope is tiny; it is there for 0 / 0 only.": (
            lambda slopes, radius: radius * slopes / np.maximum(_lengths(slopes), 1e-6)
        ),
    },
    otherwise="divide each image's slope by its own length, however small, and multiply by the "
    "radius.",
    praise="the length is fixed, the direction is the worst.",
)

CLAIMS = (
    Claim(
        "Clusters of an autoencoder's codes are better than clusters of pixels",
        "common advice",
        "clusters10_codes_test_accuracy",
        "clusters10_kmeans_test_accuracy",
        "k-means for both, ten clusters",
    ),
    Claim(
        "Information alone finds the digits",
        "a natural first try",
        "clusters10_rough_test_accuracy",
        "clusters10_kmeans_test_accuracy",
        "The same network without virtual adversarial training, against k-means on pixels",
    ),
)

LESSON = Description(
    name="11_clusters",
    title="Clusters without labels",
    idea="groups that nobody named: a categorical code, information and smoothness, k-means beside",
    minutes=10,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(MATCHED, INFORMATION, AGREEMENT, WORST_STEP),
    experiments={
        "11_clusters_best": "information and smoothness, a wide network, more epochs",
        "11_clusters_falling": "the same with a learning rate that falls to 0",
        "11_clusters_short_trial": "the same with a trial step of 0.1",
        "11_clusters_louder": "the same with ten times the weight on both entropies",
        "11_clusters_aae": "the adversarial autoencoder with 10, 16 and 30 clusters",
        "11_clusters_aae_smooth": "the same with virtual adversarial training",
    },
)
