"""The VAE's two losses, their balance and their gradients; saving, resuming, counting."""

import functools

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


def small(optimizer="adam", hidden=(16,), schedules=None, **compiling):
    keras.utils.set_random_seed(0)
    model = VariationalAutoencoder(
        build_dense_encoder(3, hidden=hidden, gaussian=True),
        build_dense_decoder(3, hidden=hidden),
        schedules=schedules,
    )
    model.compile(optimizer=optimizer, **compiling)
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
    model = VariationalAutoencoder(TwoPixels(), decoder)
    model.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss_weights={"kl": kl_weight, "reconstruction": reconstruction_weight},
    )
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
    assert float(model.encoder.w.numpy()) == pytest.approx(1 - 0.1 * slope_w, rel=1e-4)
    assert float(model.encoder.v.numpy()) == pytest.approx(-0.1 * slope_v, rel=1e-4, abs=1e-7)


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
    model = small(keras.optimizers.Adam(0.02), loss_weights={"reconstruction": 0.0})
    model.fit(np.tile(IMAGES, (30, 1, 1)), batch_size=10, epochs=5, verbose=0)
    mean, log_var = model.encoder(IMAGES)
    assert np.abs(mean).max() < 0.2 and np.abs(log_var).max() < 0.2


def test_saving_keeps_weights_optimizer_and_settings(tmp_path):
    model = small(loss_weights={"kl": 3.0, "reconstruction": 0.5})
    model.fit(IMAGES, epochs=2, verbose=0)
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    assert again.get_compile_config()["loss_weights"] == {"kl": 3.0, "reconstruction": 0.5}
    assert (again.weight_now("kl"), again.weight_now("reconstruction")) == (3.0, 0.5)
    assert int(again.optimizer.iterations.numpy()) == int(model.optimizer.iterations.numpy()) > 0
    np.testing.assert_array_equal(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0)
    )


def test_resume_equals_uninterrupted(tmp_path, monkeypatch):
    whole, parts = interrupted.twice(small, IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


# Weights of losses.

RISING = keras.optimizers.schedules.PolynomialDecay(0.0, 4, end_learning_rate=2.0)


def test_a_scheduled_weight_is_the_schedule_s_at_each_batch_and_is_saved(tmp_path):
    model, seen = small(keras.optimizers.SGD(0.0), schedules={"kl": RISING}), []
    for _ in range(5):
        model.reset_metrics()
        logs = model.train_on_batch(IMAGES, return_dict=True)
        seen.append((logs["loss"] - logs["reconstruction"]) / logs["kl"])
    np.testing.assert_allclose(seen, [0.5, 1.0, 1.5, 2.0, 2.0], rtol=1e-3)
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    assert again.schedules["kl"].get_config() == RISING.get_config()
    assert again.loss_weights == {"reconstruction": 1.0}
    assert float(again.weight_now("kl")) == 2.0


def test_evaluate_counts_no_batch_for_the_schedule():
    model = small(schedules={"kl": RISING})
    model.train_on_batch(IMAGES)
    model.evaluate(IMAGES, batch_size=4, verbose=0)
    assert float(model.weight_now("kl")) == 0.5


def test_resume_equals_uninterrupted_with_a_schedule(tmp_path, monkeypatch):
    build = functools.partial(small, schedules={"kl": RISING})
    whole, parts = interrupted.twice(build, IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


@pytest.mark.parametrize(
    "how, message",
    [
        (dict(loss_weights={"beta": 1.0}), "names beta; .* are reconstruction, kl"),
        (dict(schedules={"beta": RISING}), "names beta; .* are reconstruction, kl"),
        (dict(schedules={"kl": RISING}, loss_weights={"kl": 1.0}), "kl has a schedule .* one of"),
        (dict(schedules={"kl": 2.0}), r"2.0 for kl; expected .*loss_weights=\{'kl'"),
        (dict(loss_weights={"kl": RISING}), r"for kl; expected a finite number .*schedules=\{'kl'"),
        (dict(loss_weights={"kl": float("nan")}), "nan for kl; expected a finite number"),
        (dict(loss_weights=[1.0, 1.0]), "expected a dictionary"),
        (dict(loss="mse"), "brings its own losses"),
    ],
)
def test_a_weight_that_cannot_be_meant_is_refused_in_one_sentence(how, message):
    with pytest.raises(ValueError, match=message) as refused:
        small(**how)
    assert "\n" not in str(refused.value) and ". " not in str(refused.value)


# As in Keras.


def fixed(**compiling):
    """A model whose samples have the same noise each time."""
    model = small(keras.optimizers.SGD(1e-4), **compiling)
    model.sample = lambda mean, log_var: mean + 0.3 * tf.exp(0.5 * log_var)
    return model


WEIGHTS = np.float32([0, 1, 2, 3, 0.5, 1, 0, 4, 1, 1])


@pytest.mark.parametrize("shape", [(10,), (10, 1)])
def test_sample_weights_weigh_each_image_s_losses(shape):
    model = fixed()
    mean, log_var = model.encoder(IMAGES)
    copies = model.decoder(model.sample(mean, log_var))
    expected = {
        "reconstruction": np.mean(WEIGHTS * bernoulli_nats(IMAGES, copies)),
        "kl": np.mean(WEIGHTS * gaussian_kl(mean, log_var)),
    }
    expected["loss"] = sum(expected.values())
    how = dict(sample_weight=WEIGHTS.reshape(shape), batch_size=4, verbose=0)
    found = model.evaluate(IMAGES, IMAGES, return_dict=True, **how)
    assert found == pytest.approx(expected, rel=1e-5)
    model.optimizer.learning_rate = 0.0
    history = model.fit(IMAGES, **how).history
    assert {name: losses[0] for name, losses in history.items()} == pytest.approx(found, rel=1e-5)


def test_an_image_of_weight_two_moves_the_model_as_one_that_is_there_twice():
    one, other = fixed(), fixed()
    weights = np.where(np.arange(10) < 3, 2, 1).astype(np.float32)
    one.train_on_batch(IMAGES, IMAGES, sample_weight=weights)
    twice = np.concatenate([IMAGES, IMAGES[:3]])
    other.optimizer.learning_rate = 1e-4 * 13 / 10  # the sum is divided by the number of images
    other.train_on_batch(twice)
    for ours, others, before in zip(
        one.get_weights(), other.get_weights(), fixed().get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, others, atol=1e-6)
        assert ours.dtype.kind != "f" or np.abs(ours - before).max() > 1e-5


def test_weights_of_single_pixels_are_refused():
    with pytest.raises(ValueError, match=r"expected one number for each image, \(batch,\)"):
        small().evaluate(IMAGES, IMAGES, sample_weight=IMAGES, verbose=0)


def test_metrics_compare_the_copy_with_the_target_in_fit_evaluate_and_after_reload(tmp_path):
    model = fixed(metrics=["mean_absolute_error"])
    model.optimizer.learning_rate = 0.0
    targets = 1 - IMAGES
    history = model.fit(IMAGES, validation_data=(IMAGES, targets), batch_size=4, verbose=0).history
    shown = ("loss", "reconstruction", "kl", "mean_absolute_error")
    assert set(history) == {*shown, *(f"val_{name}" for name in shown)}
    copies = model.decoder(model.sample(*model.encoder(IMAGES))).numpy()
    to_images, to_targets = (np.abs(copies - y).mean() for y in (IMAGES, targets))
    assert history["mean_absolute_error"][0] == pytest.approx(to_images, rel=1e-5)
    assert history["val_mean_absolute_error"][0] == pytest.approx(to_targets, rel=1e-5)
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    again.sample = model.sample
    for each in (model, again):
        found = each.evaluate(IMAGES, targets, verbose=0, return_dict=True)
        assert found["mean_absolute_error"] == pytest.approx(to_targets, rel=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_it_trains_in_half_precision_with_losses_in_float32(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = small(keras.optimizers.Adam(0.01))
        losses = model.fit(IMAGES, epochs=10, verbose=0).history["loss"]
        bound = model.importance_weighted_bound(IMAGES, samples=3)
    finally:
        keras.config.set_dtype_policy(before)
    assert losses[-1] < losses[0] and np.isfinite(bound).all()


def test_losses_are_computed_in_float32_whatever_they_get():
    copies = RANDOM.random(IMAGES.shape).astype(np.float32)
    for kind in ("float16", "bfloat16", "float64"):
        images, rough = tf.cast(IMAGES, kind), tf.cast(copies, kind)
        found = bernoulli_nats(images, rough)
        assert found.dtype == "float32"
        by_hand = 784 * metrics.binary_cross_entropy(
            *(tf.cast(t, "float64").numpy() for t in (images, rough))
        )
        assert found.numpy().mean() == pytest.approx(by_hand, rel=1e-3)
        assert gaussian_kl(images[:, 0], rough[:, 0]).dtype == "float32"


# The importance-weighted bound.


def test_the_bound_tightens_towards_the_true_likelihood():
    """A decoder that ignores its code: then p(x) is known, and every code weighs p(z)/q(z|x)."""
    pixels, codes = keras.Input((2, 2)), keras.Input((3,))
    flat = keras.layers.Flatten()(pixels)
    encoder = keras.Model(pixels, [keras.layers.Dense(3)(flat) for _ in range(2)])
    constant = keras.layers.Dense(4, activation="sigmoid", kernel_initializer="zeros")(codes)
    decoder = keras.Model(codes, keras.layers.Reshape((2, 2))(constant))
    decoder.layers[1].bias.assign([1.0, -1.0, 0.5, 2.0])
    model, images = VariationalAutoencoder(encoder, decoder), IMAGES[:, :2, :2]
    truth = bernoulli_nats(images, decoder(np.zeros((10, 3), "float32"))).numpy()
    tight = model.importance_weighted_bound(images, samples=10_000, batch_size=4)
    assert tight.shape == (10,)
    np.testing.assert_allclose(tight, truth, atol=0.1)
    mean, log_var = model.encoder(images)
    elbo = truth + gaussian_kl(mean, log_var).numpy()
    assert np.all(elbo > truth + 0.2)
    many = model.importance_weighted_bound(np.repeat(images, 4000, axis=0), samples=1)
    np.testing.assert_allclose(many.reshape(10, 4000).mean(axis=1), elbo, atol=0.1)
