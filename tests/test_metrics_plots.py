"""Metrics against closed forms; figures that are returned, not shown."""

from aecourse import metrics, plots
import matplotlib.pyplot as plt
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)


def test_mean_squared_error_of_a_constant_difference():
    images = np.full((3, 28, 28), 0.5)
    assert metrics.mean_squared_error(images, images - 0.2) == pytest.approx(0.04)
    assert metrics.mean_squared_error(images, images) == 0


def test_binary_cross_entropy_by_hand():
    images, copies = np.array([[1.0, 0.0]]), np.array([[0.25, 0.5]])
    assert metrics.binary_cross_entropy(images, copies) == pytest.approx((np.log(4 * 2)) / 2)
    assert np.isfinite(metrics.binary_cross_entropy(images, 1 - images))


def test_cross_entropy_of_float32_images_is_the_same_as_of_float64():
    images = RANDOM.random((50, 28, 28))
    copies = RANDOM.random((50, 28, 28))
    copies[:, 0] = 1.0
    wide = metrics.binary_cross_entropy(images, copies)
    narrow = metrics.binary_cross_entropy(images.astype("float32"), copies.astype("float32"))
    assert narrow == pytest.approx(wide, rel=0.02)


def test_no_copy_has_less_cross_entropy_than_the_images_themselves():
    images = RANDOM.random((5, 28, 28))
    floor = metrics.gray_entropy(images)
    assert metrics.gray_entropy(np.full((1, 2), 0.5)) == pytest.approx(np.log(2))
    assert metrics.gray_entropy(np.round(images)) == pytest.approx(0, abs=1e-5)
    for copies in (images * 0.99, images**1.1, np.full_like(images, 0.5)):
        assert metrics.binary_cross_entropy(images, copies) > floor


@pytest.mark.parametrize("metric", [metrics.mean_squared_error, metrics.binary_cross_entropy])
def test_shapes_that_would_broadcast_are_refused(metric):
    with pytest.raises(ValueError, match="must be the same"):
        metric(np.zeros((4, 28, 28)), np.zeros((28, 28)))


def test_a_probe_reads_what_is_linear_and_not_what_is_absent():
    labels = RANDOM.integers(0, 10, 600)
    readable = np.eye(10)[labels] + 0.1 * RANDOM.standard_normal((600, 10))
    absent = RANDOM.standard_normal((600, 10))
    for features, low, high in ((readable, 0.99, 1.0), (absent, 0.0, 0.25)):
        half = features[:300], labels[:300], features[300:], labels[300:]
        assert low <= metrics.probe_accuracy(*half) <= high


IMAGES = RANDOM.random((6, 28, 28))
CODES, LABELS = RANDOM.standard_normal((40, 2)), np.arange(40) % 10
FIGURES = {
    "rows": lambda: plots.image_rows({"a": IMAGES, "b": IMAGES[:3]}, titles="abcdef"),
    "own limits": lambda: plots.image_rows({"a": IMAGES * 9}, limits=None),
    "plane": lambda: plots.decoded_plane(
        lambda codes: np.ones((len(codes), 28, 28)), x=(-1, 1), y=(0, 2), count=3
    ),
    "scatter": lambda: plots.latent_scatter(
        {"one": (CODES, LABELS), "two": (CODES, LABELS)}, points=CODES[:2]
    ),
    "dots": lambda: plots.scatter(CODES[:, 0], CODES[:, 1], xlabel="x", ylabel="y", level=("l", 1)),
    "curves": lambda: plots.curves(
        {"a": ([1, 2, 4], [3, 2, 1])}, xlabel="x", ylabel="y", levels={"z": 1}, log_x=True
    ),
    "bars": lambda: plots.bars({"a": 1, "b": 2}, xlabel="x", baseline=("chance", 0.1)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_returned_closed_and_can_be_drawn(name, tmp_path):
    figure = FIGURES[name]()
    assert not plt.get_fignums(), "the figure would be shown twice"
    figure.savefig(tmp_path / "figure.png")


def test_the_decoded_plane_puts_each_image_at_its_code():
    def decode(codes):  # ink where the first number is high; more where the second is
        return np.ones((len(codes), 2, 2)) * (codes[:, :1, None] + 10 * codes[:, 1:, None])

    axis = plots.decoded_plane(decode, x=(0, 1), y=(0, 1), count=2).axes[0]
    sheet = axis.images[0].get_array()
    assert [sheet[0, 0], sheet[0, -1], sheet[-1, 0], sheet[-1, -1]] == [10, 11, 0, 1]


def test_the_ten_colors_differ_in_gray_or_hue():
    assert len(set(plots.COLORS)) == 10
