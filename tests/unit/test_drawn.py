"""Drawn digits: a split of its own for tests, hands that vary, a pen that follows its template."""

from aecourse import metrics
from aecourse.datasets import drawn
from aecourse.datasets.strokes import VARIANTS, Stroke, Variant
import numpy as np
import pytest

MIDDLE = 13.5
BAR = Stroke(((0.5, 0), (0.5, 0.5), (0.5, 1)))
LEFT, RIGHT = Stroke(((0, 0), (0, 1))), Stroke(((1, 0), (1, 1)))


@pytest.fixture(scope="module")
def styles():
    """Split -> all of its labels and factors; its images are not drawn."""
    blank = np.zeros((drawn._BLOCK, 28, 28), np.uint8)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drawn, "_render", lambda labels, *_: blank[: len(labels)])
        sizes = {"train": 60_000, "test": 10_000}
        return {split: drawn.sample(size, split)[1:] for split, size in sizes.items()}


@pytest.fixture
def toy(monkeypatch):
    """A function that draws one image of given strokes: `toy(LEFT, RIGHT, slant=0.2)`."""

    def draw(*strokes, **factors):
        monkeypatch.setitem(VARIANTS, 0, (Variant("toy", 1, strokes),))
        drawn._pen.cache_clear()
        return drawn.draw([0], **factors)[0]

    yield draw
    drawn._pen.cache_clear()


def sides(image):
    """Width and height of the ink, from where it is a tenth."""
    return [np.ptp(np.flatnonzero((image > 0.09).any(axis=axis))) + 1 for axis in (0, 1)]


# Splits and hands.


def test_no_test_digit_is_a_training_digit_and_none_is_drawn_twice(styles):
    hands = {
        split: {tuple(row) for row in np.stack(list(factors.values()), axis=1)}
        for split, (_, factors) in styles.items()
    }
    assert [len(hands["train"]), len(hands["test"])] == [60_000, 10_000]
    assert not hands["train"] & hands["test"]


def test_digits_are_as_frequent_as_each_other_and_variants_as_they_weigh(styles):
    labels, factors = styles["train"]
    for digit, variants in VARIANTS.items():
        own = factors["variant"][labels == digit].astype(int)
        assert len(own) / len(labels) == pytest.approx(0.1, abs=0.01)
        weights = np.array([variant.weight for variant in variants], float)
        np.testing.assert_allclose(np.bincount(own) / len(own), weights / weights.sum(), atol=0.025)


def test_hands_vary_around_their_middle_and_none_is_extreme(styles):
    _, factors = styles["train"]
    for name, (center, spread) in drawn._HANDS.items():
        positive = name in ("width", "thickness", "wobble", "pressure")
        far = ((np.log(factors[name]) if positive else factors[name]) - center) / spread
        assert far.mean() == pytest.approx(0, abs=0.02) and far.std() > 0.95
        assert abs(far).max() == pytest.approx(2.5, abs=1e-3)
    alike = np.corrcoef([factors[name] for name in drawn._HANDS]) - np.eye(len(drawn._HANDS))
    assert abs(alike).max() < 0.02  # no factor tells another


def test_a_digit_looks_as_its_factors_say():
    images, labels, factors = drawn.sample(300, "test")
    again = drawn.draw(labels, seed=1, **factors)  # in the same style, by another hand

    def alike(others):
        return np.mean(
            [np.corrcoef(*map(np.ravel, pair))[0, 1] for pair in zip(images, others, strict=True)]
        )

    assert alike(again) > alike(drawn.draw(labels, seed=1)) + 0.05
    assert np.corrcoef(metrics.slant(images), metrics.slant(again))[0, 1] > 0.7
    assert np.corrcoef(metrics.thickness(images), metrics.thickness(again))[0, 1] > 0.9


# The pen.


def test_templates_fill_their_box_step_by_step_and_turn_within_a_stroke():
    for variants in VARIANTS.values():
        assert len({variant.name for variant in variants}) == len(variants)
        for variant in variants:
            whole = np.concatenate([stroke.points for stroke in variant.strokes])
            assert variant.weight > 0 and whole.min() >= 0 and whole.max() <= 1.05
            assert np.ptp(whole[:, 1]) > 0.88
            for stroke in variant.strokes:
                steps = np.linalg.norm(np.diff(stroke.points, axis=0), axis=1)
                assert steps.min() > 0.1 and steps.max() < 0.75
                assert all(0 < corner < len(steps) for corner in stroke.corners)


@pytest.mark.parametrize("digit", VARIANTS)
def test_the_longer_side_of_a_digit_fills_twenty_pixels_about_its_center_of_mass(digit):
    labels = np.full(3, digit)
    for variant in range(len(VARIANTS[digit])):
        images = drawn.draw(labels, variant=variant, thickness=[0.6, 0.9, 1.5])
        assert all(19 <= max(sides(image)) <= 21 for image in images)
        for axis in (1, 2):
            places = images.sum(axis=3 - axis) @ np.arange(28) / images.sum(axis=(1, 2))
            assert abs(places - MIDDLE).max() < 0.95  # where lines cross, ink is not added


def test_a_line_is_full_up_to_its_thickness_and_a_tenth_of_that_a_little_farther(toy):
    for distance in (1.5, 2.5):  # from the line to the middle of a pixel
        place = round(MIDDLE + distance)
        for side in (place, 27 - place):
            assert toy(BAR, thickness=distance)[14, side] == 1
            thinner = toy(BAR, thickness=distance - drawn._EDGE)
            assert thinner[14, side] == pytest.approx(0.1, abs=0.01)


def test_ink_is_even_along_a_line_and_over_the_strokes_but_for_the_hand_s_pressure(toy):
    along = toy(BAR).sum(axis=1)[7:21]
    np.testing.assert_allclose(along, along.mean(), rtol=0.01)
    long, short = toy(LEFT, Stroke(((1, 0), (1, 0.5)))).reshape(28, 2, 14).sum(axis=(0, 2))
    assert (long - short) / long == pytest.approx(0.5, abs=0.06)  # but for the round ends
    for seed in (0, 1):
        uneven = toy(BAR, pressure=0.3, thickness=0.5, seed=seed)[7:21].sum(axis=1)
        assert np.ptp(uneven) > 0.1 * uneven.mean()
        assert abs(uneven - along).max() > 0.1  # another hand than the one before
        along = uneven


def test_between_strokes_the_pen_is_up(toy):
    two, three = toy(LEFT, RIGHT), toy(LEFT, BAR, RIGHT)
    assert max(two[:, 9:19].max(), three[:, [9, 10, 17, 18]].max()) < 0.02
    for image in (two, three):
        np.testing.assert_allclose(image, image[:, ::-1], atol=0.05)
        np.testing.assert_allclose(image, image[::-1], atol=0.05)
    crossed = toy(BAR, Stroke(((0, 0.5), (1, 0.5))))
    assert max(crossed[4:10, 4:10].max(), crossed[18:24, 18:24].max()) < 0.02


def test_factors_are_a_slope_a_turn_and_a_width(toy):
    for amount in (-0.4, 0, 0.4):
        slants = metrics.slant([toy(BAR, slant=amount), toy(BAR, rotation=amount)])
        np.testing.assert_allclose(slants, [amount, np.tan(amount)], atol=0.02)
    for width in (0.5, 0.8, 1.1):  # of a box of which the height is 20 pixels, ink included
        columns = toy(LEFT, RIGHT, width=width).sum(axis=0)
        apart = 2 * np.average(abs(np.arange(28) - MIDDLE), weights=columns)
        assert apart / (20 - 2 * 0.9 - drawn._EDGE) == pytest.approx(0.85 * width, abs=0.01)


def test_the_pen_turns_smoothly_but_at_corners_and_where_it_joins_points_by_lines(toy):
    points = ((0, 0), (0.5, 1), (1, 0))
    smooth, sharp, straight, between = (
        toy(Stroke(points, corners), curvature=curvature)
        for corners, curvature in (((), 1), ((1,), 1), ((), 0), ((), 0.5))
    )
    np.testing.assert_allclose(sharp, straight, atol=0.01)
    assert sides(smooth[18:])[0] > sides(sharp[18:])[0] + 1  # a round foot is wider
    assert sides(smooth[18:])[0] >= sides(between[18:])[0] >= sides(sharp[18:])[0]
    assert abs(between - smooth).max() > 0.1 and abs(between - sharp).max() > 0.1


def test_a_hand_s_wobble_is_of_its_size_and_moves_strokes_apart(toy):
    labels = np.zeros(400, int)
    # Errors at both ends would lean a bar by 2 ** 0.5 wobbles; the bent paper adds to that.
    for bar, turned in ((BAR, False), (Stroke(((0, 0.5), (0.5, 0.5), (1, 0.5))), True)):
        toy(bar)
        length = 0.85 if turned else 1 / 0.85
        for wobble in (0.01, 0.03):
            images = drawn.draw(labels, wobble=wobble)
            leans = metrics.slant(images.transpose(0, 2, 1) if turned else images)
            assert 1.2 < leans.std() * length / wobble / 2**0.5 < 2
            assert abs(leans.mean()) < 0.3 * wobble
    toy(LEFT, RIGHT)
    heights = drawn.draw(labels, wobble=0.05).reshape(400, 28, 2, 14).sum(axis=3)
    tops = (heights > 0.5).argmax(axis=1)
    assert np.mean(tops[:, 0] != tops[:, 1]) > 0.3 and abs(np.diff(tops).mean()) < 0.4


def test_a_digit_is_drawn_the_same_alone_and_in_company():
    labels, styles = [1, 0, 5], dict(slant=[0.3, 0, -0.2], thickness=[0.6, 1.5, 1], width=[1, 2, 1])
    together = drawn.draw(labels, **styles)
    for i, label in enumerate(labels):
        (alone,) = drawn.draw([label], **{name: values[i] for name, values in styles.items()})
        np.testing.assert_allclose(together[i], alone, atol=0.01)


def test_a_seed_decides_the_hand():
    one, same, other = (drawn.draw([3, 3], wobble=0.05, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other) and not np.array_equal(*one)
