"""Phases: each has its own loss, variables and optimizer, and touches nothing else. Priors."""

from aecourse.models import AdversarialAutoencoder
from aecourse.networks import (
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Gaussian, GaussianMixture, SwissRoll
from aecourse.training import Run
import keras
import numpy as np
import pytest
import tensorflow as tf

IMAGES = np.random.default_rng(0).random((10, 28, 28)).astype(np.float32)
PHASES = ("reconstruction", "discriminator", "generator")


def small(dropout=0.0, prior=None, still_encoder=False, **compiling):
    keras.utils.set_random_seed(0)
    model = AdversarialAutoencoder(
        build_dense_encoder(2, hidden=(16,), dropout=dropout),
        build_dense_decoder(2, hidden=(16,), dropout=dropout),
        build_dense_discriminator(2, hidden=(8,), dropout=dropout),
        prior or Gaussian(dim=2, std=5.0),
        still_encoder=still_encoder,
    )
    model.compile(**compiling)
    return model


def only(phase, rate=0.1):
    """Optimizers of which only one phase's moves anything."""
    return {p: keras.optimizers.SGD(rate if p == phase else 0.0) for p in PHASES}


def weights(model):
    return {
        name: [w.numpy() for w in getattr(model, name).trainable_weights]
        for name in ("encoder", "decoder", "discriminator")
    }


def moved(before, after):
    return {
        name
        for name in before
        if any(not np.array_equal(a, b) for a, b in zip(before[name], after[name], strict=True))
    }


# The mechanism.


@pytest.mark.parametrize(
    "phase, networks",
    [
        ("reconstruction", {"encoder", "decoder"}),
        ("discriminator", {"discriminator"}),
        ("generator", {"encoder"}),
    ],
)
def test_each_phase_moves_its_own_weights_and_all_of_them(phase, networks):
    model = small(optimizers=only(phase))
    before = weights(model)
    model.train_on_batch(IMAGES)
    after = weights(model)
    assert moved(before, after) == networks
    for name in networks:
        for old, new in zip(before[name], after[name], strict=True):
            assert not np.array_equal(old, new)


def by_hand(model, images, rates, drawn):
    """The three phases with `tf.GradientTape`, as the paper has them; gives the losses."""
    encoder, decoder, judge = model.encoder, model.decoder, model.discriminator
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def descend(tape, loss, variables, rate):
        for variable, slope in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(rate * slope)
        return float(loss)

    with tf.GradientTape() as tape:
        y = decoder(encoder(images))
        pixels = images * tf.math.log(y) + (1 - images) * tf.math.log(1 - y)
        loss = -tf.reduce_sum(pixels) / len(images)
    networks = encoder.trainable_variables + decoder.trainable_variables
    losses = [descend(tape, loss, networks, rates[0])]
    with tf.GradientTape() as tape:
        real, fake = judge(drawn), judge(encoder(images))
        loss = cross_entropy(tf.ones_like(real), real) + cross_entropy(tf.zeros_like(fake), fake)
    losses.append(descend(tape, loss, judge.trainable_variables, rates[1]))
    with tf.GradientTape() as tape:
        fake = judge(encoder(images))
        loss = cross_entropy(tf.ones_like(fake), fake)
    losses.append(descend(tape, loss, encoder.trainable_variables, rates[2]))
    return losses


def test_three_steps_agree_with_three_steps_by_hand():
    rates = (0.001, 0.05, 0.02)
    optimizers = {p: keras.optimizers.SGD(r) for p, r in zip(PHASES, rates, strict=True)}
    model, twin = small(optimizers=optimizers), small()
    for step in range(3):
        drawn = np.random.default_rng(step).standard_normal((10, 2)).astype(np.float32)
        model.prior.sample = lambda count, seed, drawn=drawn: tf.constant(drawn)
        model.train_function = None  # the draws are constants of the graph
        logs = model.train_on_batch(IMAGES, return_dict=True)
        losses = by_hand(twin, IMAGES, rates, drawn)
        model.reset_metrics()
        np.testing.assert_allclose([logs[p] for p in PHASES], losses, rtol=1e-4)
    for name, ours in weights(model).items():
        for one, other in zip(ours, weights(twin)[name], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_learning_rate_for_all_phases_or_one_for_each():
    model = small(learning_rate=0.01)
    assert {float(o.learning_rate) for o in model.optimizers.values()} == {np.float32(0.01)}
    rates = dict(zip(PHASES, (0.1, 0.2, 0.3), strict=True))
    model = small(learning_rate=rates)
    found = {p: float(o.learning_rate) for p, o in model.optimizers.items()}
    assert found == pytest.approx(rates)
    for wrong in ({"generator": 0.1}, {**rates, "style": 0.1}):
        with pytest.raises(ValueError, match="the phases of AdversarialAutoencoder are recon"):
            small(learning_rate=wrong)


def test_there_is_no_optimizer_that_nobody_uses():
    model = small()
    assert model.optimizer is None
    model.train_on_batch(IMAGES)
    assert [int(o.iterations) for o in model.optimizers.values()] == [1, 1, 1]
    for phase, optimizer in model.optimizers.items():
        assert len(optimizer.variables) >= 2 * len(model.phase_variables(phase))


@pytest.mark.parametrize("how", [{"jit_compile": True}, {"steps_per_execution": 2}, {}])
def test_it_trains_compiled_and_several_steps_at_once(how):
    model = small(learning_rate=0.01, **how)
    before = weights(model)
    history = model.fit(IMAGES, batch_size=4, epochs=2, verbose=0).history
    assert moved(before, weights(model)) == {"encoder", "decoder", "discriminator"}
    assert set(history) == set(PHASES) and np.isfinite(list(history.values())).all()
    assert int(model.optimizers["generator"].iterations) == 6


def test_a_partial_batch_counts_by_its_images():
    model = small()
    expected = model.evaluate(IMAGES, batch_size=10, verbose=0, return_dict=True)
    found = model.evaluate(IMAGES, batch_size=4, verbose=0, return_dict=True)
    for name in ("reconstruction", "generator"):  # in which no prior is drawn
        assert found[name] == pytest.approx(expected[name], rel=1e-5)


def test_evaluate_moves_no_weight_and_callbacks_see_every_loss():
    seen = []
    model = small()
    before = weights(model)
    model.evaluate(IMAGES, verbose=0)
    assert not moved(before, weights(model))
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(set(logs)))
    model.fit(IMAGES, validation_data=(IMAGES,), callbacks=[watch], verbose=0)
    assert seen == [set(PHASES) | {f"val_{phase}" for phase in PHASES}]


def test_the_source_s_still_encoder_has_no_dropout_in_the_discriminator_phase():
    calls = []

    class Recorded(keras.layers.Layer):
        def call(self, inputs, training=False):
            calls.append(training)
            return inputs

    for still, expected in ((False, [True, True, True]), (True, [True, False, True])):
        twin = small()
        images = keras.Input((28, 28))
        recorded = keras.Model(images, Recorded()(twin.encoder(images)))
        model = AdversarialAutoencoder(
            recorded, twin.decoder, twin.discriminator, twin.prior, still_encoder=still
        )
        model.compile(run_eagerly=True)
        calls = []
        model.train_on_batch(IMAGES)
        assert calls == expected


@pytest.mark.parametrize("prior", [None, GaussianMixture(parts=4), SwissRoll()])
def test_saving_keeps_every_optimizer_and_the_prior(tmp_path, prior):
    model = small(prior=prior, learning_rate=dict(zip(PHASES, (0.1, 0.2, 0.3), strict=True)))
    model.fit(IMAGES, epochs=2, batch_size=4, verbose=0)
    model.save(tmp_path / "aae.keras")
    again = keras.saving.load_model(tmp_path / "aae.keras")
    assert repr(again.prior) == repr(model.prior)
    for phase, optimizer in model.optimizers.items():
        other = again.optimizers[phase]
        assert len(optimizer.variables) == len(other.variables)
        for one, two in zip(optimizer.variables, other.variables, strict=True):
            np.testing.assert_array_equal(one.numpy(), two.numpy())
    np.testing.assert_array_equal(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0)
    )


def test_resume_equals_uninterrupted_with_dropout_and_three_optimizers(tmp_path, monkeypatch):
    def run(name, stop_after=None):
        monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / name))
        model = small(dropout=0.2)
        if stop_after is not None:
            saving = Run._save_checkpoint

            def interrupt(self, of):
                saving(self, of)
                if len(self.history["epoch"]) == stop_after:
                    raise KeyboardInterrupt

            monkeypatch.setattr(Run, "_save_checkpoint", interrupt)
            with pytest.raises(KeyboardInterrupt):
                Run("t", part="aae").fit(model, IMAGES, epochs=4, batch_size=4, seed=3)
            monkeypatch.setattr(Run, "_save_checkpoint", saving)
            model = small(dropout=0.2)
            keras.utils.set_random_seed(99)  # what a new process would not share
        history = Run("t", part="aae").fit(model, IMAGES, epochs=4, batch_size=4, seed=3)
        return weights(model), history

    whole, parts = run("whole"), run("parts", stop_after=2)
    assert whole[1] == parts[1]
    assert not moved(whole[0], parts[0])


def test_it_learns_both_to_copy_and_to_look_like_the_prior():
    images = np.random.default_rng(1).random((512, 28, 28)).astype(np.float32)
    images[:256] *= 0.1
    model = small(prior=Gaussian(dim=2, std=1.0), learning_rate=0.003)
    model.encoder.layers[-1].bias.assign([4.0, -4.0])  # begins far from the prior
    before = model.encoder(images).numpy()
    start = model.evaluate(images, verbose=0, return_dict=True)
    model.fit(images, epochs=40, batch_size=64, verbose=0)
    after = model.encoder(images).numpy()
    assert np.abs(after.mean(axis=0)).max() < 0.5 * np.abs(before.mean(axis=0)).max()
    assert model.evaluate(images, verbose=0, return_dict=True)["reconstruction"] < (
        start["reconstruction"] - 20
    )


# Priors.


@pytest.mark.parametrize(
    "prior",
    [Gaussian(dim=3, std=2.0), GaussianMixture(), GaussianMixture(parts=3), SwissRoll()],
    ids=repr,
)
def test_a_prior_has_the_scale_it_says_and_the_seed_decides(prior):
    codes = prior.sample(200_000, seed=1).numpy()
    assert codes.shape == (200_000, prior.dim) and codes.dtype == np.float32
    assert np.sqrt(np.mean(codes**2)) == pytest.approx(prior.std, rel=0.01)
    np.testing.assert_array_equal(codes[:9], prior.sample(200_000, seed=1).numpy()[:9])
    assert not np.array_equal(codes[:9], prior.sample(200_000, seed=2).numpy()[:9])
    generator = keras.random.SeedGenerator(1)
    first, second = (prior.sample(5, seed=generator).numpy() for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("prior", [GaussianMixture(), SwissRoll()], ids=repr)
def test_labels_choose_parts_that_together_are_the_prior(prior):
    labels = np.repeat(np.arange(10), 2000)
    codes = prior.sample(len(labels), seed=1, labels=labels).numpy()
    means = np.stack([codes[labels == k].mean(axis=0) for k in range(10)])
    apart = np.linalg.norm(means[:, None] - means[None], axis=-1) + 9 * np.eye(10)
    assert apart.min() > 0.3
    shares = np.linspace(2, 98, 25)
    drawn = np.percentile(prior.sample(20_000, seed=2), shares, axis=0)
    np.testing.assert_allclose(np.percentile(codes, shares, axis=0), drawn, atol=0.15)


def test_petals_lie_where_they_should():
    codes = GaussianMixture(distance=3.0, length=0.5, breadth=0.1)
    petal = codes.sample(20_000, seed=1, labels=np.zeros(20_000, int)).numpy()
    np.testing.assert_allclose(petal.mean(axis=0), [3, 0], atol=0.02)
    np.testing.assert_allclose(petal.std(axis=0), [0.5, 0.1], atol=0.01)


@pytest.mark.parametrize("wrong", [{"std": 0}, {"std": -1.0}, {"std": float("nan")}, {"dim": 0}])
def test_a_prior_without_a_spread_is_refused(wrong):
    with pytest.raises(ValueError, match="must be a positive"):
        Gaussian(**wrong)
