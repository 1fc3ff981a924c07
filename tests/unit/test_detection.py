"""Measures of detection: the library's numbers, and answers known by hand."""

from aecourse import metrics
from hypothesis import given, settings
from hypothesis import strategies as some
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

RANDOM = np.random.default_rng(0)
LABELED = some.lists(
    some.tuples(some.integers(-3, 3), some.booleans()), min_size=2, max_size=40
).filter(lambda pairs: len({anomalous for _, anomalous in pairs}) == 2)


@settings(deadline=None)
@given(LABELED)
def test_areas_are_those_of_scikit_learn_with_ties_and_without(pairs):
    scores, anomalous = (np.array(part) for part in zip(*pairs, strict=True))
    for spread in (0, 1e-3 * RANDOM.standard_normal(len(scores))):
        given = scores + spread
        assert metrics.auroc(given, anomalous) == pytest.approx(roc_auc_score(anomalous, given))
        expected = average_precision_score(anomalous, given)
        assert metrics.average_precision(given, anomalous) == pytest.approx(expected)
        every = [f1_score(anomalous, given >= threshold) for threshold in given]
        assert metrics.best_f1(given, anomalous) == pytest.approx(max(every))


def test_areas_by_hand():
    anomalous = [False, False, True, True]
    assert metrics.auroc([1, 2, 3, 4], anomalous) == 1
    assert metrics.auroc([4, 3, 2, 1], anomalous) == 0
    assert metrics.auroc([1, 3, 2, 4], anomalous) == 0.75  # 3 of 4 pairs
    assert metrics.auroc([5, 5, 5, 5], anomalous) == 0.5
    # From the top: right (precision 1), wrong, right (precision 2/3); half the recall each.
    assert metrics.average_precision([1, 3, 2, 4], anomalous) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.average_precision([5, 5, 5, 5], anomalous) == 0.5  # the share of anomalies
    assert metrics.best_f1([1, 3, 2, 4], anomalous) == pytest.approx(0.8)


def test_only_the_order_counts_and_the_area_of_chance_is_what_it_should_be():
    scores, anomalous = RANDOM.random(20_000), RANDOM.random(20_000) < 0.1
    for measure, chance in ((metrics.auroc, 0.5), (metrics.average_precision, 0.1)):
        assert measure(scores, anomalous) == pytest.approx(measure(np.exp(3 * scores), anomalous))
        assert abs(measure(scores, anomalous) - chance) < 0.03


def test_a_threshold_lets_no_more_false_alarms_through_than_was_asked():
    scores = RANDOM.permutation(np.arange(200.0))
    for share in (0, 0.001, 0.005, 0.05, 0.5, 0.995, 1):
        threshold = metrics.threshold_at(scores, share)
        assert (scores > threshold).sum() == int(200 * share + 1e-9)
    assert metrics.threshold_at([1, 1, 1, 2], 0.25) == 1
    assert metrics.threshold_at([1, 1, 1, 1], 0.5) == 1  # ties: fewer alarms, never more
    with pytest.raises(ValueError, match="false_alarms is 5"):
        metrics.threshold_at(scores, 5)


def test_an_event_is_found_by_one_alarm_and_a_day_has_one_maximum():
    scores = [0, 5, 0, 0, 1, 1, 0, 9]
    spans = [(0, 2), (4, 6), (6, 7)]
    assert metrics.share_found(scores, spans, 4) == pytest.approx(1 / 3)
    assert metrics.share_found(scores, spans, 0) == pytest.approx(2 / 3)
    assert metrics.share_found(scores, spans, 5) == 0, "above, not at"
    assert metrics.block_maxima(scores, 3).tolist() == [5, 1]
    assert metrics.block_maxima(scores, 8).tolist() == [9]


def test_point_adjustment_fills_events_and_makes_chance_look_good():
    scores, spans = np.array([0.0, 5, 0, 0, 1, 1, 0, 9]), [(0, 3), (4, 6)]
    assert metrics.point_adjusted(scores, spans).tolist() == [5, 5, 5, 0, 1, 1, 0, 9]
    assert scores[0] == 0, "the scores that were given stay"
    spans = [(start, start + 48) for start in range(100, 9000, 480)]
    anomalous = np.zeros(9600, bool)
    for start, end in spans:
        anomalous[start:end] = True
    chance = RANDOM.random(9600)
    assert metrics.best_f1(chance, anomalous) < 0.25
    assert metrics.best_f1(metrics.point_adjusted(chance, spans), anomalous) > 0.7


@pytest.mark.parametrize("measure", [metrics.auroc, metrics.average_precision, metrics.best_f1])
def test_what_is_no_pair_of_scores_and_labels_is_refused(measure):
    with pytest.raises(ValueError, match="Nothing is anomalous among 3"):
        measure([1, 2, 3], [0, 0, 0])
    with pytest.raises(ValueError, match="Nothing is normal"):
        measure([1, 2, 3], [1, 1, 1])
    with pytest.raises(ValueError, match="anomalous has 2 labels; expected 3"):
        measure([1, 2, 3], [0, 1])
    with pytest.raises(ValueError, match="no finite numbers"):
        measure([1, np.nan, 3], [0, 1, 1])


@pytest.mark.parametrize("spans", [[], [(3, 3)], [(-1, 2)], [(2, 9)]])
def test_events_outside_the_series_are_refused(spans):
    for measure in (
        lambda: metrics.share_found(np.zeros(8), spans, 0),
        lambda: metrics.point_adjusted(np.zeros(8), spans),
    ):
        with pytest.raises(ValueError, match="spans has"):
            measure()
    with pytest.raises(ValueError, match="length is 9; the series has 8 steps"):
        metrics.block_maxima(np.zeros(8), 9)
