"""Drawn time series: anomalies are where they are said to be, and nothing else changes."""

from aecourse.datasets import series
from aecourse.datasets.series import DAY, KINDS
from hypothesis import given, settings
from hypothesis import strategies as some
import numpy as np
import pytest


def with_all(strength=1.0, **how):
    how = dict(days=120, per_kind=5, first_day=30, seed=3) | how
    return series.make(**how, kinds=tuple(KINDS), strength=strength)


def changed(found):
    return found.values != found.normal


@settings(deadline=None, max_examples=25)
@given(
    days=some.integers(60, 150), first_day=some.integers(0, 500), seed=some.integers(0, 2**32 - 1)
)
def test_nothing_changes_outside_anomalies_and_each_changes_its_ends(days, first_day, seed):
    found = with_all(days=days, per_kind=3, first_day=first_day, seed=seed)
    assert found.values.dtype == np.float32 and found.values.shape == (days * DAY,)
    assert np.isfinite(found.values).all()
    assert not (changed(found) & ~found.labels).any()
    for each in found.anomalies:
        inside = changed(found)[each.start : each.end]
        assert 0 <= each.start < each.end <= len(found.values)
        # A day that is reversed or doubled may agree with itself at an end, where it is night.
        whole = each.kind in ("changed shape", "changed frequency")
        assert inside.mean() > 0.5 if whole else inside[[0, -1]].all()


def test_every_kind_comes_as_often_as_was_asked_and_days_apart():
    found = with_all()
    kinds = [each.kind for each in found.anomalies]
    assert {kind: kinds.count(kind) for kind in KINDS} == dict.fromkeys(KINDS, 5)
    days = np.array([each.start // DAY for each in found.anomalies])
    assert all(each.start // DAY == (each.end - 1) // DAY for each in found.anomalies)
    assert (np.diff(days) >= 3).all() and days[0] > 0 and days[-1] < 119
    assert np.array_equal(
        found.labels, np.isin(np.arange(120 * DAY), np.concatenate([
            np.arange(each.start, each.end) for each in found.anomalies
        ]))
    )  # fmt: skip


def test_the_fewest_days_that_hold_the_anomalies_do():
    days = 29 * 3 + 3
    assert len(with_all(days=days).anomalies) == 30
    with pytest.raises(ValueError, match=f"need {days} days, and days is {days - 1}"):
        with_all(days=days - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_strength_moves_values_evenly_from_nothing_to_the_whole_anomaly(kind):
    none, half, whole = (
        series.make(60, kinds=kind, per_kind=8, strength=strength) for strength in (0, 0.5, 1)
    )
    assert np.array_equal(none.values, none.normal)
    assert none.anomalies == half.anomalies == whole.anomalies
    middle = (none.values + whole.values) / 2
    assert np.allclose(half.values, middle, atol=1e-6) and changed(whole).any()


def of_kind(kind):
    found = series.make(60, kinds=kind, per_kind=8, seed=5)
    for each in found.anomalies:
        part = slice(each.start, each.end)
        yield found.values[part], found.normal[part], found.values[each.start - 1]


def test_each_kind_is_what_its_words_say():
    for values, normal, _ in of_kind("spike"):
        assert len(values) == 2 and np.allclose(np.abs(values - normal), 0.8, atol=1e-5)
    for values, normal, _ in of_kind("level shift"):
        assert 16 <= len(values) <= 32 and np.allclose(np.ptp(values - normal), 0, atol=1e-5)
    for values, _, before in of_kind("flat middle"):
        assert len(values) == 16 and np.allclose(values, before, atol=1e-6)
    for values, normal, _ in of_kind("missing peak"):
        assert (values <= normal + 1e-6).all() and (normal - values).max() > 0.2
    for values, normal, _ in of_kind("changed shape"):
        assert len(values) == DAY
        assert np.corrcoef(values, normal[::-1])[0, 1] > 0.97
        assert abs(values.max() - normal.max()) < 0.2, "no new range"
    for values, normal, _ in of_kind("changed frequency"):
        assert np.corrcoef(values[:24], normal[::2])[0, 1] > 0.9
        assert np.corrcoef(values[24:], normal[::2])[0, 1] > 0.9


def test_a_series_is_a_part_of_one_endless_series():
    whole = series.make(40, seed=2)
    assert np.array_equal(series.make(10, seed=2).values, whole.values[: 10 * DAY])
    later = series.make(15, first_day=25, seed=2)
    assert np.array_equal(later.values, whole.values[25 * DAY :]) and later.first_day == 25
    assert not np.array_equal(series.make(40, seed=1).values, whole.values)
    assert np.array_equal(with_all().values, with_all().values)


def test_days_have_peaks_weekends_have_lower_ones_and_the_level_rises():
    days = series.make(28, seed=1).normal.reshape(-1, DAY)
    weekend = np.arange(28) % 7 >= 5
    assert (days.argmax(axis=1)[~weekend] > 30).mean() > 0.8  # in the evening
    assert days.max(axis=1)[weekend].mean() < 0.95 * days.max(axis=1)[~weekend].mean()
    assert days[:, 12:44].mean() > 1.5 * days[:, :6].mean()
    year = 365 * DAY
    long = series.make(2 * 365, seed=1).normal
    assert 1.1 < long[year:].mean() / long[:year].mean() < 1.25


def test_each_step_knows_its_kind_and_whether_its_day_is_free():
    found = with_all(first_day=33)  # day 33 is a Saturday
    assert np.array_equal(found.kinds != "", found.labels)
    for each in found.anomalies:
        assert (found.kinds[each.start : each.end] == each.kind).all()
    assert found.free[: 2 * DAY].all() and not found.free[2 * DAY : 7 * DAY].any()
    assert found.free[7 * DAY]


def test_relative_values_are_those_over_the_mean_of_the_week_before():
    values = series.make(30, seed=4).values
    found, week = series.relative(values), 7 * DAY
    assert found.shape == values.shape and found.dtype == np.float32
    for step in (week, week + 1, 20 * DAY + 5):
        expected = values[step] / values[step - week : step].mean()
        assert found[step] == pytest.approx(expected, rel=1e-5)
    assert found[:week].mean() == pytest.approx(1, rel=1e-5)
    assert np.allclose(series.relative(7 * values), found, rtol=1e-5), "no unit"
    with pytest.raises(ValueError, match="100 steps; expected a week, 336"):
        series.relative(values[:100])
    with pytest.raises(ValueError, match="not positive"):
        series.relative(-values)


@pytest.mark.parametrize(
    "how, words",
    [
        (dict(days=0), "days is 0; expected a whole number, 1 or more"),
        (dict(days=2.5), "days is 2.5"),
        (dict(per_kind=0), "per_kind is 0"),
        (dict(first_day=-1), "first_day is -1"),
        (dict(seed=True), "seed is True"),
        (dict(kinds=("spike", "dip")), "kinds has 'dip'; the kinds are spike, level shift"),
        (dict(kinds=("spike", "spike")), "names one twice"),
        (dict(strength=1.5), "strength is 1.5; expected a number from 0 to 1"),
        (dict(strength=np.nan), "strength is nan"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(how, words):
    with pytest.raises(ValueError, match=words):
        series.make(**(dict(days=60) | how))
