"""Measures of clusters: names count for nothing, worthless answers get what they are worth."""

from itertools import permutations

from aecourse import metrics
from hypothesis import given, settings
from hypothesis import strategies as some
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)
LABELS = np.arange(600) % 10
MEASURES = (
    metrics.one_to_one_accuracy,
    metrics.one_to_one_limit,
    metrics.majority_accuracy,
    metrics.mutual_information,
    metrics.rand_index,
)
PAIRS = some.lists(some.tuples(some.integers(0, 3), some.integers(0, 3)), min_size=2, max_size=30)


@settings(deadline=None)  # the first example imports SciPy
@given(PAIRS, some.permutations(range(4)), some.permutations(range(4)))
def test_other_names_of_clusters_and_of_labels_change_nothing(pairs, names, others):
    clusters, labels = np.array(pairs).T
    renamed = np.array(names)[clusters], np.array(others)[labels]
    for measure in MEASURES:
        assert measure(*renamed) == pytest.approx(measure(clusters, labels), abs=1e-9)
    order = np.random.default_rng(0).permutation(len(labels))
    for measure in MEASURES:
        found = measure(clusters[order], labels[order])
        assert found == pytest.approx(measure(clusters, labels), abs=1e-9)


@settings(deadline=None)
@given(PAIRS)
def test_matching_is_the_best_of_all_ways_and_the_vote_never_below_it(pairs):
    clusters, labels = np.array(pairs).T
    ways = [np.mean(np.array(names)[clusters] == labels) for names in permutations(range(4))]
    found = metrics.one_to_one_accuracy(clusters, labels)
    assert found == pytest.approx(max(ways))
    assert found <= metrics.majority_accuracy(clusters, labels) + 1e-12
    assert found <= metrics.one_to_one_limit(clusters, labels) + 1e-12


def test_the_labels_themselves_are_perfect_and_worthless_answers_are_not():
    assert set(metrics.cluster_scores(LABELS, LABELS).values()) == {1.0}
    one = metrics.cluster_scores(np.zeros(600, int), LABELS)
    assert one == pytest.approx({"one-to-one": 0.1, "majority": 0.1, "NMI": 0, "ARI": 0})
    each = metrics.cluster_scores(np.arange(600), LABELS)
    assert each["majority"] == 1 and each["ARI"] == pytest.approx(0)
    assert each["one-to-one"] == pytest.approx(10 / 600) and each["NMI"] > 0.4
    for count in (10, 30):
        found = metrics.cluster_scores(RANDOM.integers(0, count, 600), LABELS)
        assert abs(found["ARI"]) < 0.02 and found["one-to-one"] < 0.25
    assert found["majority"] > 0.15 and found["NMI"] > 0.05, "more clusters alone raise both"


def test_noise_counts_as_wrong_and_is_no_cluster():
    clusters = np.where(np.arange(600) < 300, LABELS, -1)
    assert metrics.one_to_one_accuracy(clusters, LABELS) == 0.5
    assert metrics.majority_accuracy(clusters, LABELS) == 0.5
    assert metrics.cluster_scores(np.full(600, -1), LABELS)["majority"] == 0


@pytest.mark.parametrize(("count", "expected"), [(10, 1.0), (16, 10 / 16), (30, 1 / 3), (5, 0.5)])
def test_what_matching_can_give_with_clusters_of_equal_size(count, expected):
    labels, clusters = np.arange(2400) % 10, np.repeat(np.arange(count), 2400 // count)
    found = metrics.one_to_one_limit(clusters, labels[: len(clusters)])
    assert found == pytest.approx(expected, abs=0.01)


def test_two_clusterings_are_compared_without_labels():
    shifted = (LABELS + 3) % 10
    assert metrics.rand_index(LABELS, shifted) == metrics.mutual_information(LABELS, shifted) == 1
    halves = LABELS // 2
    assert 0.5 < metrics.rand_index(LABELS, halves) < 0.9


@pytest.mark.parametrize(
    ("clusters", "words"),
    [
        (np.eye(10), r"clusters has the shape \(10, 10\).*give p.argmax\(axis=1\)"),
        (np.zeros(10), "holds float64"),
        (np.full(10, -2), "clusters has -2; expected -1"),
        (np.zeros(9, int), "labels has 10 labels; expected 9"),
    ],
)
def test_what_is_no_clustering_is_refused(clusters, words):
    for measure in (metrics.one_to_one_accuracy, metrics.majority_accuracy):
        with pytest.raises(ValueError, match=words):
            measure(clusters, np.arange(10))
