"""Detectors without a network do what their words say (lesson 10)."""

from aecourse.models import detectors
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((7, 28, 28)).astype("float32")
NORMAL = RANDOM.random((40, 28, 28)).astype("float32")
MEASURES = ("squares", "cosine", "blurred")


def test_a_copy_is_like_its_image_and_only_squares_see_how_much_ink_there_is():
    same = detectors.unlike(IMAGES, IMAGES, blur=1.0)
    faint = detectors.unlike(IMAGES, 0.5 * IMAGES, blur=1.0)
    for measure in MEASURES:
        assert np.allclose(same[measure], 0, atol=1e-6)
    assert np.allclose(faint["cosine"], 0, atol=1e-6) and (faint["squares"] > 0.05).all()
    blank = detectors.unlike(0 * IMAGES, IMAGES, blur=1.0)
    assert np.array_equal(blank["cosine"], np.ones(7)), "wholly unlike"
    assert np.allclose(faint["squares"], (0.25 * IMAGES**2).mean(axis=(1, 2)))


def test_a_blur_forgives_a_stroke_beside_its_place():
    lines = np.zeros((1, 28, 28), "float32")
    lines[:, 4:24, 13] = 1
    moved = np.roll(lines, 1, axis=2)
    found = detectors.unlike(lines, moved, blur=1.0)
    assert found["cosine"] == pytest.approx(1) and found["blurred"] < 0.4


def test_the_nearest_is_the_least_unlike_of_all_by_each_measure():
    found = detectors.unlike_nearest(IMAGES, NORMAL, blur=1.0)
    for number, image in enumerate(IMAGES):
        each = np.broadcast_to(image, NORMAL.shape)
        every = detectors.unlike(each, NORMAL, blur=1.0)
        for measure in MEASURES:
            assert found[measure][number] == pytest.approx(every[measure].min(), abs=1e-5)
    among = detectors.unlike_nearest(NORMAL[:3], NORMAL, blur=1.0)
    assert all(np.allclose(among[measure], 0, atol=1e-5) for measure in MEASURES)


def test_many_images_and_windows_are_taken_a_few_at_a_time(monkeypatch):
    series = RANDOM.random(60)
    whole = detectors.unlike_nearest(IMAGES, NORMAL, blur=1.0)
    windows = detectors.nearest_window(series, 8)(series[::-1])
    monkeypatch.setattr(detectors, "_AT_ONCE", 3)
    for measure, scores in detectors.unlike_nearest(IMAGES, NORMAL, blur=1.0).items():
        assert np.allclose(scores, whole[measure], atol=1e-6)
    assert np.allclose(detectors.nearest_window(series, 8)(series[::-1]), windows)


def test_windows_begin_at_each_step_and_a_step_has_the_mean_of_those_that_hold_it():
    found = detectors.windows(np.arange(6.0), 3)
    assert found.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert detectors.per_step(found).tolist() == [0, 1, 2, 3, 4, 5]
    errors = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert detectors.per_step(errors).tolist() == [1, 2.5, 4]


def test_what_was_seen_before_has_no_error_and_what_is_new_has():
    wave = np.sin(np.arange(400) / 5)
    odd = wave.copy()
    odd[200:204] += 2
    for detect in (detectors.windowed_pca(wave, 20, 3), detectors.nearest_window(wave, 20)):
        scores = detect(odd)
        assert scores.shape == odd.shape
        assert scores[200:204].min() > 3 * scores[:150].max()
        assert detect(wave).max() < 0.05


def test_the_seasonal_mean_knows_the_time_of_day_and_free_days():
    days = np.tile([0.0, 1, 2, 1], 28).reshape(28, 4)
    free = np.arange(28) % 7 >= 5
    days[free] *= 0.5
    noisy = days + 0.1 * RANDOM.standard_normal(days.shape)
    detect = detectors.seasonal_mean(noisy.ravel(), free.repeat(4), 4)
    assert detect(noisy.ravel(), free.repeat(4)).mean() == pytest.approx(1)
    assert detect(days.ravel(), ~free.repeat(4)).mean() > 5
