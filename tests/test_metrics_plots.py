"""Metrics against closed forms; figures that are returned, not shown."""

from aecourse import metrics, plots
from aecourse.datasets import drawn
from aecourse.priors import Gaussian
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
    "games": lambda: plots.games({"a": [0.1, 0.2], "b": [1, 2]}, xlabel="x", level=("l", 0.1)),
    "game": lambda: plots.game(
        np.linspace(-1, 1, 5),
        densities={"p": np.ones(5), "q": np.zeros(5)},
        decisions={"D": np.ones(5) / 2},
        noise=np.arange(3),
        values=np.arange(3),
    ),
    "matrix": lambda: plots.matrix(np.eye(3, dtype=int), xlabel="x", ylabel="y"),
    "histograms": lambda: plots.histograms({"a": CODES[:, 0], "b": [0]}, x=(-1, 1), xlabel="x"),
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


# Denoising: decibels, similarity, what a digit's ink tells.


def test_psnr_of_known_errors_is_a_mean_over_images():
    images = np.zeros((2, 28, 28))
    copies = np.stack([np.full((28, 28), 0.1), np.full((28, 28), 0.01)])
    assert metrics.psnr(images, copies) == pytest.approx((20 + 40) / 2)
    assert metrics.psnr(images, images) == 100


def test_ssim_is_one_for_a_copy_and_agrees_with_its_formula_on_constants():
    images = RANDOM.random((3, 28, 28))
    assert metrics.ssim(images, images) == pytest.approx(1)
    flat = np.full((1, 28, 28), 0.5)
    c1 = 0.01**2
    by_hand = (2 * 0.5 * 0.2 + c1) / (0.5**2 + 0.2**2 + c1)  # no contrast on either side
    assert metrics.ssim(flat, flat * 0.4) == pytest.approx(by_hand, rel=1e-6)


def test_ssim_asks_for_structure_where_squared_error_does_not():
    images = RANDOM.random((700, 28, 28))  # more than one part of the computation
    darker, shuffled = images - 0.3, RANDOM.permuted(images, axis=2)
    assert metrics.ssim(images, darker) > metrics.ssim(images, shuffled) + 0.3
    halves = [metrics.ssim(images[:350], darker[:350]), metrics.ssim(images[350:], darker[350:])]
    assert metrics.ssim(images, darker) == pytest.approx(np.mean(halves))


def test_nearest_distances_find_the_image_itself_and_the_nearest_other():
    gallery = RANDOM.random((30, 28, 28))
    found = metrics.nearest_distances(gallery[:3] + np.array([0, 0.1, 0.2])[:, None, None], gallery)
    np.testing.assert_allclose(found, [0, 0.01, 0.04], atol=1e-9)


@pytest.mark.parametrize("label", range(10))
def test_slant_and_thickness_follow_how_a_digit_was_drawn(label):
    labels = np.full(30, label)
    leans = [metrics.slant(drawn.draw(labels, slant=s, wobble=0.05)).mean() for s in (-0.3, 0, 0.3)]
    assert np.diff(leans) == pytest.approx([0.3, 0.3], abs=0.1)
    widths = [metrics.thickness(drawn.draw(labels, thickness=t)).mean() for t in (0.8, 1.2, 1.6)]
    assert np.diff(widths) == pytest.approx([0.4, 0.4], abs=0.2)


def test_measures_of_ink_are_finite_on_a_blank_page():
    blank = np.zeros((2, 28, 28))
    assert np.isfinite(metrics.slant(blank)).all() and (metrics.thickness(blank) == 0).all()


# Clouds of codes.


def test_sliced_wasserstein_of_a_shift_and_of_a_scale():
    cloud = RANDOM.standard_normal((4000, 2))
    assert metrics.sliced_wasserstein(cloud, RANDOM.permutation(cloud)) == pytest.approx(0)
    shift = metrics.sliced_wasserstein(cloud, cloud + np.array([3.0, 4.0]))
    assert shift == pytest.approx(5 * 2 / np.pi, rel=0.1)  # mean |cosine| over directions
    assert metrics.sliced_wasserstein(cloud, cloud + 1, scale=2.0) == pytest.approx(
        metrics.sliced_wasserstein(cloud, cloud + 1) / 2
    )
    wide = metrics.sliced_wasserstein(cloud, 3 * cloud)
    assert wide == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.05)  # 2 E|z|
    with pytest.raises(ValueError, match="both must be"):
        metrics.sliced_wasserstein(cloud, cloud[:9])


def test_the_floor_of_sliced_wasserstein_falls_with_the_root_of_the_count():
    prior = Gaussian(dim=2, std=5.0)
    few, many = (metrics.sliced_wasserstein_floor(prior, count=n) for n in (500, 8000))
    assert few / many == pytest.approx(4, rel=0.35)
    assert many == pytest.approx(
        metrics.sliced_wasserstein_floor(Gaussian(dim=2, std=1.0), count=8000), rel=1e-3
    )


def test_two_clouds_are_told_apart_only_where_they_differ():
    one, same = RANDOM.standard_normal((2, 2000, 2))
    assert abs(metrics.two_sample_accuracy(one, same) - 0.5) < 0.05
    ring = one / np.linalg.norm(one, axis=1, keepdims=True)
    assert metrics.two_sample_accuracy(ring, same) > 0.7  # no line separates these: 0.5
    assert metrics.two_sample_accuracy(one, same + 9) > 0.99


def test_a_parzen_window_is_the_mean_of_normals():
    samples, images = RANDOM.random((3, 2, 2)), RANDOM.random((700, 2, 2))
    found = metrics.parzen_log_likelihood(samples, images, bandwidth=0.3)
    squares = np.square(images[:, None] - samples[None]).sum(axis=(2, 3))
    densities = np.exp(-squares / (2 * 0.09)) / (2 * np.pi * 0.09) ** 2
    np.testing.assert_allclose(found, np.log(densities.mean(axis=1)), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="bandwidth is 0"):
        metrics.parzen_log_likelihood(samples, images, bandwidth=0)


def test_kolmogorov_smirnov_of_a_shift_is_that_of_the_number_that_moved():
    line = np.linspace(0, 1, 1000, endpoint=False)
    codes = np.stack([line, line], axis=1)
    np.testing.assert_allclose(
        metrics.kolmogorov_smirnov(codes, codes + [0, 0.25]), [0, 0.25], atol=0.002
    )
    np.testing.assert_allclose(metrics.kolmogorov_smirnov(codes, codes + [2, 0]), [1, 0])


def test_an_mlp_probe_reads_what_logistic_regression_cannot():
    random = np.random.default_rng(3)
    features = random.uniform(-1, 1, (4000, 2))
    labels = (features[:, 0] * features[:, 1] > 0).astype(int)  # no straight line parts them
    halves = features[:3000], labels[:3000], features[3000:], labels[3000:]
    assert metrics.probe_accuracy(*halves) < 0.6
    assert metrics.probe_accuracy(*halves, hidden=(32, 32)) > 0.9
    wrong = features[:3000], random.permutation(labels[:3000]), features[3000:], labels[3000:]
    assert metrics.probe_accuracy(*wrong, hidden=(32, 32)) < 0.6


def test_panels_of_codes_can_share_their_axes_and_go_without_labels():
    codes = np.array([[0.0, 1.0], [5.0, -3.0]])
    figure = plots.latent_scatter({"codes": (codes, np.array([1, 2])), "p": (codes, None)}, reach=2)
    for axis in figure.axes:
        assert axis.get_xlim() == axis.get_ylim() == (-2, 2)
    assert [len(axis.texts) for axis in figure.axes] == [2, 0]


def test_a_place_and_its_image_stand_side_by_side():
    codes, image = np.zeros((4, 2)), np.eye(28)
    figure = plots.place_and_image(codes, np.arange(4), point=(1.5, -0.5), image=image)
    plane, picture = figure.axes
    np.testing.assert_array_equal(plane.collections[-1].get_offsets(), [[1.5, -0.5]])
    np.testing.assert_array_equal(picture.images[0].get_array(), image)
