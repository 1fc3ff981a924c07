"""Metrics against closed forms and against the sums by hand."""

import subprocess
import sys

from aecourse import metrics
from aecourse.datasets import drawn
from aecourse.priors import Gaussian
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RANDOM = np.random.default_rng(0)


def test_importing_the_metrics_imports_none_of_the_large_libraries():
    code = (
        "import sys; import aecourse.metrics\n"
        "print([m for m in ('sklearn', 'scipy', 'tensorflow', 'keras') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout.strip() == "[]", found.stderr


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
    with pytest.raises(ValueError, match=r"copies has the shape \(n, 28\); expected"):
        metric(np.zeros((4, 28, 28)), np.zeros((28, 28)))


def test_a_probe_reads_what_is_linear_and_not_what_is_absent():
    labels = RANDOM.integers(0, 10, 600)
    readable = np.eye(10)[labels] + 0.1 * RANDOM.standard_normal((600, 10))
    absent = RANDOM.standard_normal((600, 10))
    for features, low, high in ((readable, 0.99, 1.0), (absent, 0.0, 0.25)):
        half = features[:300], labels[:300], features[300:], labels[300:]
        assert low <= metrics.probe_accuracy(*half) <= high


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


def test_nearest_distances_are_those_of_every_pair_whatever_the_type_of_the_numbers():
    images, gallery = RANDOM.random((70, 5, 4)), RANDOM.random((300, 5, 4))
    by_hand = np.square(images[:, None] - gallery).mean(axis=(2, 3)).min(axis=1)
    for kind in ("float64", "float32"):
        found = metrics.nearest_distances(images.astype(kind), gallery.astype(kind))
        np.testing.assert_allclose(found, by_hand, rtol=1e-5)
    with pytest.raises(ValueError):
        metrics.nearest_distances(images, gallery[:, :4])


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
    with pytest.raises(ValueError, match="drawn has 9 examples; expected 4000"):
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


def test_a_parzen_window_is_the_same_in_parts():
    """More distances than fit the memory that it takes, in the order of the images."""
    samples, images = RANDOM.random((2000, 2, 2)), RANDOM.random((3000, 2, 2))
    whole = metrics.parzen_log_likelihood(samples, images, bandwidth=0.1)
    parts = [metrics.parzen_log_likelihood(samples, images[i::3], bandwidth=0.1) for i in range(3)]
    for start, part in enumerate(parts):
        np.testing.assert_allclose(whole[start::3], part, rtol=1e-6)


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


def test_psnr_is_of_differences_whatever_the_images():
    images = 0.5 + 0.1 * RANDOM.random((2, 28, 28))
    assert metrics.psnr(images, images - 0.1) == pytest.approx(20)


def test_ssim_agrees_with_its_equation_by_hand():
    """Wang and others (2004): a Gaussian window of 11 x 11; of faint images, so that the constants
    count."""
    images = 0.03 * RANDOM.random((2, 28, 28))
    copies = images + 0.02 * RANDOM.random(images.shape)
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2

    def mean(values):
        padded = np.pad(values, ((0, 0), (5, 5), (5, 5)), mode="symmetric")
        return np.tensordot(sliding_window_view(padded, (11, 11), axis=(1, 2)), window)

    x, y = mean(images), mean(copies)
    spreads = mean(images**2) - x**2 + mean(copies**2) - y**2
    contrast = (2 * (mean(images * copies) - x * y) + 0.03**2) / (spreads + 0.03**2)
    by_hand = (2 * x * y + 0.01**2) / (x**2 + y**2 + 0.01**2) * contrast
    assert metrics.ssim(images, copies) == pytest.approx(by_hand.mean(), rel=1e-9)


def test_ink_measures_the_same_at_a_border_and_on_a_page_of_another_shape():
    digits = drawn.draw([3, 5])[:, 3:25, 3:25]
    wide, high = (np.pad(digits, ((0, 0), *more)) for more in (((3, 3), (3, 0)), ((0, 3), (3, 3))))
    bars = np.zeros((4, 20, 20))
    bars[0, :, :2] = bars[1, :, -2:] = bars[2, :2] = bars[3, -2:] = 1
    for measure in (metrics.slant, metrics.thickness):
        np.testing.assert_allclose(measure(wide), measure(high), rtol=1e-6)
    np.testing.assert_allclose(metrics.thickness(bars), metrics.thickness(bars)[0])
    assert metrics.thickness(bars)[0] == pytest.approx(40 / 44, rel=0.05)  # ink over edge


def test_a_classifier_s_measures_are_the_same_at_every_call_and_of_halves():
    one, other = RANDOM.standard_normal((101, 2)), RANDOM.standard_normal((101, 2)) + 0.5
    found = {metrics.two_sample_accuracy(one, other) for _ in range(3)}
    assert len(found) == 1
    assert (found.pop() * 101) % 1 == pytest.approx(0, abs=1e-9)  # right ones of 101 not seen
    labels = RANDOM.integers(0, 2, 101)  # nothing to read, so that chance decides
    probes = {metrics.probe_accuracy(one, labels, other, labels, hidden=(8,)) for _ in range(3)}
    assert len(probes) == 1


def test_a_probe_chooses_the_penalty_that_suits_its_features():
    def accuracies(features, labels, strength):
        """Of the probe and of logistic regression with one penalty, on what neither saw."""
        halves = features[:500], labels[:500], features[500:], labels[500:]
        alone = make_pipeline(StandardScaler(), LogisticRegression(C=strength))
        return metrics.probe_accuracy(*halves), alone.fit(*halves[:2]).score(*halves[2:])

    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 3000)
    common = random.standard_normal((3000, 1))
    # What all share tells the label: a strong penalty finds it, a weak one learns the noise.
    many = common + 0.6 * labels[:, None] + random.standard_normal((3000, 150))
    probe, weak = accuracies(many, labels, 0.1)
    assert probe > weak + 0.02
    # What two do not share tells it: small, so that a strong penalty passes it over.
    close = common + 0.4 * np.stack([labels, 0 * labels], axis=1)
    probe, strong = accuracies(close, labels, 0.001)
    assert probe > strong + 0.05


# What a classifier says of invented images.


def probabilities(*rows):
    return np.array(rows, dtype=float)


def test_confidence_is_the_mean_of_the_largest_probability():
    assert metrics.confidence(probabilities([0.7, 0.2, 0.1], [0.1, 0.4, 0.5])) == pytest.approx(0.6)
    assert metrics.confidence(np.full((4, 10), 0.1)) == pytest.approx(0.1)


@pytest.mark.parametrize("classes", [1, 2, 5, 10])
def test_classes_that_are_read_alike_often_all_count(classes):
    read = np.eye(10)[np.arange(60) % classes]
    assert metrics.effective_classes(read) == pytest.approx(classes)
    sure, doubtful = read, 0.5 * read + 0.05  # doubt changes the confidence alone
    assert metrics.effective_classes(doubtful) == metrics.effective_classes(sure)
    assert metrics.confidence(doubtful) < metrics.confidence(sure)


def test_a_rare_class_counts_for_less_than_one():
    read = np.eye(10)[[0] * 9 + [1]]
    expected = np.exp(-0.9 * np.log(0.9) - 0.1 * np.log(0.1))
    assert metrics.effective_classes(read) == pytest.approx(expected) and 1 < expected < 2


def test_a_blank_page_read_with_doubt_is_one_class():
    page = np.repeat(probabilities([0.11, *[0.89 / 9] * 9]), 50, axis=0)
    assert metrics.effective_classes(page) == pytest.approx(1)


def test_probabilities_are_looked_at():
    for measure in (metrics.confidence, metrics.effective_classes):
        with pytest.raises(ValueError, match=r"needs values in \[0, 1\]"):
            measure(probabilities([3.0, -1.0]))
        with pytest.raises(ValueError, match="shape"):
            measure(np.full(10, 0.1))


def test_variety_is_what_images_of_one_class_differ():
    images = np.zeros((4, 28, 28))
    images[1] = 1  # half a gray level from the mean of its class, everywhere
    images[2:] = 0.3
    assert metrics.variety(images, [0, 0, 1, 1]) == pytest.approx(np.sqrt(0.25 / 2))
    assert metrics.variety(images[:2], [0, 0]) == pytest.approx(0.5)


def test_one_image_a_class_has_no_variety_however_many_classes():
    images = RANDOM.random((3, 28, 28))[[0, 1, 2, 0, 1, 2]]
    assert metrics.variety(images, [0, 1, 2, 0, 1, 2]) == pytest.approx(0, abs=1e-9)
    assert metrics.variety(images, [0] * 6) > 0.1
    with pytest.raises(ValueError, match="6"):
        metrics.variety(images, [0])
