"""The VAE's two losses, their balance and their gradients; saving, resuming, counting."""

from aecourse import metrics
from aecourse.models import VariationalAutoencoder, bernoulli_nats, gaussian_kl
from aecourse.networks import (
    build_conv_decoder,
    build_conv_encoder,
    build_dense_decoder,
    build_dense_encoder,
)
import interrupted
import keras
import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((10, 28, 28)).astype(np.float32)


def small(optimizer="adam", **weights):
    keras.utils.set_random_seed(0)
    model = VariationalAutoencoder(
        build_dense_encoder(3, hidden=(16,), gaussian=True),
        build_dense_decoder(3, hidden=(16,)),
        **weights,
    )
    model.compile(optimizer=optimizer)
    return model


def kl(mean, log_var):
    return gaussian_kl(tf.constant([mean], tf.float32), tf.constant([log_var], tf.float32)).numpy()


# The KL divergence.


def test_the_kl_of_the_prior_is_zero_and_of_nothing_else():
    assert kl([0, 0], [0, 0])[0] == 0
    for mean, log_var in (([0.1, 0], [0, 0]), ([0, 0], [0.1, 0]), ([0, 0], [0, -0.1])):
        assert kl(mean, log_var)[0] > 0


@pytest.mark.parametrize("mean, log_var", [(0.0, -2.0), (1.5, 0.0), (-2.0, 1.0), (0.7, -4.0)])
def test_the_kl_agrees_with_its_integral_away_from_the_prior(mean, log_var):
    z, step = np.linspace(-12, 12, 200_001, retstep=True)
    log_q = -0.5 * (z - mean) ** 2 / np.exp(log_var) - 0.5 * log_var
    integrand = np.exp(log_q) / np.sqrt(2 * np.pi) * (log_q + 0.5 * z**2)
    np.testing.assert_allclose(kl([mean], [log_var])[0], integrand.sum() * step, rtol=1e-4)


def test_dimensions_add_up_and_codes_do_not_mix():
    mean, log_var = RANDOM.standard_normal((2, 5, 4)).astype(np.float32)
    whole = gaussian_kl(mean, log_var).numpy()
    parts = sum(gaussian_kl(mean[:, [d]], log_var[:, [d]]).numpy() for d in range(4))
    assert whole.shape == (5,)
    np.testing.assert_allclose(whole, parts, rtol=1e-5)


# The reconstruction.


def test_bernoulli_nats_are_the_cross_entropy_summed_over_pixels():
    copies = RANDOM.random(IMAGES.shape).astype(np.float32)
    found = bernoulli_nats(IMAGES, copies).numpy()
    assert found.shape == (10,)
    assert found.mean() == pytest.approx(784 * metrics.binary_cross_entropy(IMAGES, copies), 1e-5)


def test_certain_pixels_stay_finite():
    certain = np.ones((1, 28, 28), np.float32)
    assert np.isfinite(bernoulli_nats(1 - certain, certain).numpy()).all()


# Reparameterization.


def test_a_sample_has_the_mean_and_spread_it_was_asked_for():
    model = small()
    mean = np.tile(np.float32([[1.0, -2.0]]), (40_000, 1))
    z = model.sample(mean, np.full_like(mean, np.log(0.25))).numpy()
    np.testing.assert_allclose(z.mean(axis=0), [1, -2], atol=0.02)
    np.testing.assert_allclose(z.std(axis=0), [0.5, 0.5], atol=0.02)
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.02


def test_the_gradient_passes_through_a_sample():
    model = small()
    mean, log_var = tf.fill((50_000, 1), 1.5), tf.fill((50_000, 1), -1.0)
    with tf.GradientTape() as tape:
        tape.watch([mean, log_var])
        value = tf.reduce_sum(model.sample(mean, log_var) ** 2) / 50_000
    slopes = [float(tf.reduce_sum(g)) for g in tape.gradient(value, [mean, log_var])]
    np.testing.assert_allclose(slopes, [3.0, np.exp(-1)], atol=0.05)


# The model.


class TwoPixels(keras.Model):
    """Mean w x, log-variance v for an image of two pixels, as an encoder."""

    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(), initializer="ones", name="w")
        self.v = self.add_weight(shape=(), initializer="zeros", name="v")
        self.build((None, 1, 2))

    def build(self, input_shape):
        self.built = True

    @property
    def input_shape(self):
        return (None, 1, 2)

    def call(self, images, training=False):
        mean = self.w * tf.reduce_sum(images, axis=[1, 2])[:, None]
        return [mean, self.v + tf.zeros_like(mean)]


@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.0, 1.0), (2.0, 0.5)])
def test_the_objective_by_hand_on_two_pixels(weights):
    kl_weight, reconstruction_weight = weights
    codes = keras.Input((1,))
    pixels = keras.layers.Dense(2, activation="sigmoid", kernel_initializer="ones")(codes)
    decoder = keras.Model(codes, keras.layers.Reshape((1, 2))(pixels))
    model = VariationalAutoencoder(
        TwoPixels(), decoder, kl_weight=kl_weight, reconstruction_weight=reconstruction_weight
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    noise = np.array([[0.3], [-1.1]], np.float32)
    model.sample = lambda mean, log_var: mean + tf.exp(0.5 * log_var) * noise
    images = np.array([[[1.0, 0.2]], [[0.0, 0.5]]], np.float32)
    logs = model.train_on_batch(images, return_dict=True)

    x, mean = images[:, 0], images.sum(axis=(1, 2))[:, None]
    z = mean + noise  # w = 1, v = 0
    p = 1 / (1 + np.exp(-z))  # the same for both pixels
    reconstruction = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=1).mean()
    by_hand_kl = 0.5 * (mean**2).mean()
    assert logs["reconstruction"] == pytest.approx(reconstruction, rel=1e-5)
    assert logs["kl"] == pytest.approx(by_hand_kl, rel=1e-5)
    total = reconstruction_weight * reconstruction + kl_weight * by_hand_kl
    assert logs["loss"] == pytest.approx(total, rel=1e-5)

    to_z = (p - x).sum(axis=1, keepdims=True)  # d reconstruction / dz
    slope_w = reconstruction_weight * (to_z * mean).mean() + kl_weight * (mean * mean).mean()
    slope_v = reconstruction_weight * (to_z * 0.5 * noise).mean()  # d KL / dv = 0 at v = 0
    assert float(model.encoder.w) == pytest.approx(1 - 0.1 * slope_w, rel=1e-4)
    assert float(model.encoder.v) == pytest.approx(-0.1 * slope_v, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_every_weight_learns_and_the_shown_losses_add_up(kind):
    if kind == "dense":
        model = small()
    else:
        model = VariationalAutoencoder(
            build_conv_encoder(3, filters=(4, 8), gaussian=True), build_conv_decoder(3)
        )
        model.compile(optimizer="adam")
    before = [w.numpy() for w in model.trainable_weights]
    logs = model.fit(IMAGES, epochs=3, batch_size=4, verbose=0).history
    for old, new in zip(before, model.trainable_weights, strict=True):
        assert not np.array_equal(old, new.numpy()), new.path
    np.testing.assert_allclose(logs["loss"], np.add(logs["reconstruction"], logs["kl"]), rtol=1e-5)


def test_a_partial_batch_counts_by_its_images():
    model = small()
    mean, log_var = model.encoder(IMAGES)
    expected = gaussian_kl(mean, log_var).numpy().mean()
    for batch_size in (4, 10):
        logs = model.evaluate(IMAGES, batch_size=batch_size, verbose=0, return_dict=True)
        assert logs["kl"] == pytest.approx(expected, rel=1e-5)
        assert logs["loss"] == pytest.approx(logs["reconstruction"] + logs["kl"], rel=1e-6)


def test_evaluate_changes_no_weight_and_predict_is_the_same_every_time():
    model = small()
    before = [w.numpy() for w in model.weights]
    model.evaluate(IMAGES, verbose=0)
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())
    first, second = (model.predict(IMAGES, verbose=0) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, model.decoder(model.encoder(IMAGES)[0]), atol=1e-6)


def test_without_reconstruction_the_clouds_become_the_prior():
    model = small(keras.optimizers.Adam(0.02), reconstruction_weight=0.0)
    model.fit(IMAGES, epochs=150, verbose=0)
    mean, log_var = model.encoder(IMAGES)
    assert np.abs(mean).max() < 0.2 and np.abs(log_var).max() < 0.2


def test_saving_keeps_weights_optimizer_and_settings(tmp_path):
    model = small(kl_weight=3.0, reconstruction_weight=0.5)
    model.fit(IMAGES, epochs=2, verbose=0)
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    assert (again.kl_weight, again.reconstruction_weight) == (3.0, 0.5)
    assert int(again.optimizer.iterations) == int(model.optimizer.iterations) > 0
    np.testing.assert_array_equal(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0)
    )


def test_resume_equals_uninterrupted(tmp_path, monkeypatch):
    whole, parts = interrupted.twice(small, IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


# The importance-weighted bound.


def test_the_bound_tightens_towards_the_true_likelihood():
    """A decoder that ignores its code: then p(x) is known, and every code weighs p(z)/q(z|x)."""
    model = small()
    for weight in model.decoder.weights:
        if weight.path.endswith("kernel"):
            weight.assign(tf.zeros_like(weight))
    truth = bernoulli_nats(IMAGES, model.decoder(np.zeros((10, 3), "float32"))).numpy()
    tight = model.importance_weighted_bound(IMAGES, samples=10_000, batch_size=4)
    assert tight.shape == (10,)
    np.testing.assert_allclose(tight, truth, atol=0.1)
    mean, log_var = model.encoder(IMAGES)
    elbo = truth.mean() + gaussian_kl(mean, log_var).numpy().mean()
    many = np.mean([model.importance_weighted_bound(IMAGES, samples=1) for _ in range(200)])
    assert many == pytest.approx(elbo, abs=0.1)
