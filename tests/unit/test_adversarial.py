"""Phases: each has its own loss, variables and optimizer, and touches nothing else. Priors."""

import inspect

from aecourse import networks
from aecourse.models import AdversarialAutoencoder
from aecourse.networks import (
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Categorical, Gaussian, GaussianMixture, SwissRoll
from aecourse.training import Run
import interrupted
import keras
import numpy as np
import pytest
import tensorflow as tf

IMAGES = np.random.default_rng(0).random((10, 28, 28)).astype(np.float32)
PHASES = ("reconstruction", "discriminator", "generator")


def small(dropout=0.0, prior=None, still_encoder=False, schedules=None, **compiling):
    keras.utils.set_random_seed(0)
    model = AdversarialAutoencoder(
        build_dense_encoder(2, hidden=(16,), dropout=dropout),
        build_dense_decoder(2, hidden=(16,), dropout=dropout),
        build_dense_discriminator(2, hidden=(8,), dropout=dropout),
        prior or Gaussian(dim=2, std=5.0),
        still_encoder=still_encoder,
        schedules=schedules,
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
        model.prior.sample = lambda count, seed, labels, drawn=drawn: tf.constant(drawn)
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
    assert [int(o.iterations.numpy()) for o in model.optimizers.values()] == [1, 1, 1]
    for phase, optimizer in model.optimizers.items():
        assert len(optimizer.variables) >= 2 * len(model.phase_variables(phase))


@pytest.mark.parametrize("how", [{"steps_per_execution": 2}, {}])
def test_it_trains_with_one_step_and_several_steps_at_once(how):
    model = small(learning_rate=0.01, **how)
    before = weights(model)
    history = model.fit(IMAGES, batch_size=4, epochs=2, verbose=0).history
    assert moved(before, weights(model)) == {"encoder", "decoder", "discriminator"}
    assert set(history) == set(PHASES) and np.isfinite(list(history.values())).all()
    assert int(model.optimizers["generator"].iterations.numpy()) == 6


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
    whole, parts = interrupted.twice(lambda: small(dropout=0.2), IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


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


# One optimizer for several phases.


def shared(weight=10.0, **how):
    """weight: the generator's, a number or a schedule."""
    both = keras.optimizers.Adam(0.003, beta_1=0.5)
    alone = keras.optimizers.Adam(0.003, beta_1=0.5)
    optimizers = {"reconstruction": both, "discriminator": alone, "generator": both}
    way = "schedules" if callable(weight) else "loss_weights"
    return small(optimizers=optimizers, **{way: {"generator": weight}}, **how)


def test_one_optimizer_can_serve_two_phases_and_saves_as_one(tmp_path):
    model = shared()
    model.fit(IMAGES, batch_size=5, epochs=2, verbose=0)
    assert [int(o.iterations.numpy()) for o in model.optimizers.values()] == [8, 4, 8]
    model.save(tmp_path / "aae.keras")
    again = keras.saving.load_model(tmp_path / "aae.keras")
    assert again.weight_now("generator") == 10.0
    assert again.get_compile_config() == model.get_compile_config()
    assert again.optimizers["generator"] is again.optimizers["reconstruction"]
    assert again.optimizers["generator"] is not again.optimizers["discriminator"]
    for phase in PHASES:
        ours, others = model.optimizers[phase].variables, again.optimizers[phase].variables
        for one, two in zip(ours, others, strict=True):
            np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_resume_equals_uninterrupted_with_a_shared_optimizer(tmp_path, monkeypatch):
    whole, parts = interrupted.twice(shared, IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


def test_a_run_with_another_weight_is_another_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    how = dict(epochs=1, batch_size=5)
    Run("t").fit(shared(weight=10.0), IMAGES, **how)
    for weight, said in ((10.0, "Reloaded"), (20.0, "No finished run")):
        capsys.readouterr()
        Run("t").fit(shared(weight=weight), IMAGES, train=False, **how)
        assert said in capsys.readouterr().out


def test_the_weight_scales_the_generator_s_step_and_not_its_shown_loss():
    steps, losses = {}, {}
    for weight in (1.0, 4.0):
        model = small(optimizers=only("generator"), loss_weights={"generator": weight})
        before = weights(model)["encoder"]
        losses[weight] = model.train_on_batch(IMAGES, return_dict=True)["generator"]
        after = weights(model)["encoder"]
        steps[weight] = [b - a for a, b in zip(before, after, strict=True)]
    assert losses[1.0] == pytest.approx(losses[4.0])
    for one, four in zip(steps[1.0], steps[4.0], strict=True):
        np.testing.assert_allclose(4 * one, four, rtol=1e-3, atol=1e-7)


RISING = keras.optimizers.schedules.PolynomialDecay(10.0, 4, end_learning_rate=50.0)


def test_a_rising_weight_is_the_schedule_s_at_each_step_and_is_saved(tmp_path):
    model, seen = shared(weight=RISING), []
    for _ in range(6):
        model.train_on_batch(IMAGES)
        seen.append(float(model.weight_now("generator")))
    assert seen == [20.0, 30.0, 40.0, 50.0, 50.0, 50.0]
    model.save(tmp_path / "aae.keras")
    again = keras.saving.load_model(tmp_path / "aae.keras")
    assert again.schedules["generator"].get_config() == RISING.get_config()
    assert float(again.weight_now("generator")) == 50.0


def test_a_step_uses_the_schedule_s_weight():
    moves = []
    for weight in (20.0, RISING):  # 20 after the first batch
        model = shared(weight=weight)
        model.train_on_batch(IMAGES)
        moves.append(model.encoder.get_weights())
    for one, other in zip(*moves, strict=True):
        np.testing.assert_array_equal(one, other)


def test_resume_equals_uninterrupted_with_a_rising_weight(tmp_path, monkeypatch):
    whole, parts = interrupted.twice(lambda: shared(weight=RISING), IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_of_weight_zero_steps_and_moves_nothing(phase):
    model = small(loss_weights=dict.fromkeys(PHASES, 0.0) | {phase: 1.0}, learning_rate=0.01)
    before = weights(model)
    model.train_on_batch(IMAGES)
    assert moved(before, weights(model)) == set(model.PHASES[phase])
    assert [int(o.iterations.numpy()) for o in model.optimizers.values()] == [1, 1, 1]


def test_every_phase_s_weight_may_have_a_schedule():
    model = small(schedules={phase: RISING for phase in PHASES[:2]})
    model.fit(IMAGES, batch_size=5, verbose=0)
    assert [float(model.weight_now(phase)) for phase in PHASES] == [30.0, 30.0, 1.0]


@pytest.mark.parametrize(
    "how, message",
    [
        (dict(loss_weights={"kl": 1.0}), "names kl; .* are reconstruction, discriminator, gen"),
        (dict(schedules={"kl": RISING}), "schedules names kl; the losses of AdversarialAuto"),
        (
            dict(schedules={"generator": RISING}, loss_weights={"generator": 1.0}),
            "generator has a schedule",
        ),
        (dict(metrics=["mean_squared_error"]), "AdversarialAutoencoder takes no metrics"),
        (dict(weighted_metrics=["mean_squared_error"]), "takes no weighted_metrics"),
        (dict(loss="mean_squared_error"), "takes no loss"),
        (dict(optimizer="adam"), "takes no optimizer: .*optimizers="),
        (dict(optimizers={"generator": "adam"}), "optimizers names generator; the phases of"),
        (dict(learning_rate={"all": 0.1}), "learning_rate names all; the phases of"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(how, message):
    with pytest.raises(ValueError, match=message) as refused:
        small(**how)
    assert "\n" not in str(refused.value) and ". " not in str(refused.value)


def test_sample_weights_are_refused_in_fit_and_evaluate():
    model, how = small(), dict(sample_weight=np.ones(10), verbose=0)
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="whole number for each example"):
            method(IMAGES, IMAGES, **how)
        with pytest.raises(ValueError, match="takes no sample_weight: its discriminators"):
            method(IMAGES, **how)


def test_a_file_brings_back_how_it_was_compiled(tmp_path):
    model = small(loss_weights={"generator": 4.0}, jit_compile=True, steps_per_execution=2)
    model.save(tmp_path / "aae.keras")
    again = keras.saving.load_model(tmp_path / "aae.keras")
    assert again.loss_weights == {"reconstruction": 1.0, "discriminator": 1.0, "generator": 4.0}
    assert again.jit_compile is True and again.steps_per_execution == 2


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_it_trains_in_half_precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = small(learning_rate=0.01)
        losses = model.fit(IMAGES, epochs=10, verbose=0).history
    finally:
        keras.config.set_dtype_policy(before)
    assert losses["reconstruction"][-1] < losses["reconstruction"][0]
    assert np.isfinite(list(losses.values())).all()


@pytest.mark.parametrize(
    ("policy", "how", "scaled"),
    [
        ("mixed_float16", {}, True),
        ("mixed_float16", {"auto_scale_loss": False}, False),
        ("mixed_bfloat16", {}, False),
        ("float32", {}, False),
    ],
)
def test_losses_are_scaled_where_small_gradients_would_be_lost(policy, how, scaled):
    before, scaling = keras.config.dtype_policy(), keras.optimizers.LossScaleOptimizer
    own = scaling(keras.optimizers.SGD())
    keras.config.set_dtype_policy(policy)
    try:
        model = small(**how)
        given = small(optimizers=dict.fromkeys(PHASES, own), **how)
    finally:
        keras.config.set_dtype_policy(before)
    assert {isinstance(each, scaling) for each in model.optimizers.values()} == {scaled}
    assert all(each is own for each in given.optimizers.values()), "scaled twice"


def test_a_run_with_another_prior_is_another_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    how = dict(epochs=1, batch_size=5)
    Run("t").fit(shared(prior=Gaussian(dim=2, std=5.0)), IMAGES, **how)
    for std, said in ((5.0, "Reloaded"), (1.0, "No finished run")):
        capsys.readouterr()
        Run("t").fit(shared(prior=Gaussian(dim=2, std=std)), IMAGES, train=False, **how)
        assert said in capsys.readouterr().out


WITH_DROPOUT = [
    name
    for name in networks.__all__
    if name.startswith("build_")
    and "dropout" in inspect.signature(getattr(networks, name)).parameters
]


@pytest.mark.parametrize("name", WITH_DROPOUT)
def test_dropout_reaches_every_network_that_takes_it(name):
    build = getattr(networks, name)
    keras.utils.set_random_seed(0)
    how = dict(hidden=(16,), dropout=0.5)
    network = build(**how) if "classifier" in name else build(2, **how)
    given = np.random.default_rng(0).random((4, *network.input_shape[1:])).astype("float32")
    still, again, trained = (network(given, training=t).numpy() for t in (False, False, True))
    np.testing.assert_array_equal(still, again)
    assert np.abs(still - trained).max() > 1e-3
    how["dropout"] = 0.0
    network = build(**how) if "classifier" in name else build(2, **how)
    np.testing.assert_array_equal(*(network(given, training=t) for t in (False, True)))


# Labels.

LABELS = (np.arange(10) % 10).astype(np.int32)


def labeled(decoder=10, discriminator=10, prior=None, **compiling):
    keras.utils.set_random_seed(0)
    model = AdversarialAutoencoder(
        build_dense_encoder(2, hidden=(16,)),
        build_dense_decoder(2, hidden=(16,), classes=decoder),
        build_dense_discriminator(2, hidden=(8,), classes=discriminator),
        prior or Gaussian(dim=2),
    )
    model.compile(**compiling)
    return model


@pytest.mark.parametrize("decoder, discriminator", [(10, 10), (10, 0), (0, 10)])
def test_labels_reach_the_networks_that_take_them_and_no_other(decoder, discriminator):
    model = labeled(decoder, discriminator)
    assert model.takes_labels
    other = (LABELS + 1) % 10
    codes = model.encoder(IMAGES)
    changes = {
        "decoder": not np.allclose(model.decode(codes, LABELS), model.decode(codes, other)),
        "discriminator": not np.allclose(model.judge(codes, LABELS), model.judge(codes, other)),
    }
    assert changes == {"decoder": decoder > 0, "discriminator": discriminator > 0}


@pytest.mark.parametrize("how", [{}, {"jit_compile": True}, {"steps_per_execution": 2}])
def test_it_learns_from_images_and_labels_with_a_partial_batch(how):
    model = labeled(**how)
    before = weights(model)
    history = model.fit(IMAGES, LABELS, batch_size=4, epochs=2, verbose=0).history
    assert moved(before, weights(model)) == {"encoder", "decoder", "discriminator"}
    assert set(history) == set(PHASES) and np.isfinite(list(history.values())).all()
    model.jit_compile = False  # XLA would compile each of the shapes below, which takes seconds
    whole = model.evaluate(IMAGES, LABELS, batch_size=10, verbose=0, return_dict=True)
    parts = model.evaluate(IMAGES, LABELS, batch_size=4, verbose=0, return_dict=True)
    assert parts["reconstruction"] == pytest.approx(whole["reconstruction"], rel=1e-5)
    assert model.predict((IMAGES, LABELS), verbose=0).shape == IMAGES.shape
    assert model(model.example_inputs(IMAGES, LABELS)).shape == IMAGES.shape


def test_a_run_with_other_labels_is_another_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    Run("t").fit(labeled(), IMAGES, LABELS, epochs=1, batch_size=5)
    other = LABELS.copy()
    other[-1] = 0
    for labels, said in ((LABELS, "Reloaded"), (other, "No finished run")):
        capsys.readouterr()
        Run("t").fit(labeled(), IMAGES, labels, train=False, epochs=1, batch_size=5)
        assert said in capsys.readouterr().out


def test_a_picture_is_of_images_and_of_labels_where_they_are_taken():
    assert small().example_inputs(IMAGES, LABELS) is IMAGES
    copies = labeled(discriminator=0)(labeled().example_inputs(IMAGES, LABELS))
    assert copies.shape == IMAGES.shape
    assert labeled(decoder=0).example_inputs(IMAGES, LABELS) == (IMAGES, LABELS)


def test_without_the_labels_it_says_who_misses_them():
    with pytest.raises(ValueError, match=r"The decoder takes labels: give them.*fit\(images"):
        labeled().fit(IMAGES, verbose=0)
    with pytest.raises(ValueError, match="The discriminator takes labels"):
        labeled(decoder=0).evaluate(IMAGES, verbose=0)


def test_drawn_points_come_from_the_part_of_their_label_where_it_is_seen():
    prior = GaussianMixture(length=0.01, breadth=0.01)
    told, blind = labeled(prior=prior), labeled(discriminator=0, prior=prior)
    middles = prior.sample(10, seed=1, labels=LABELS).numpy()
    np.testing.assert_allclose(told.draw(IMAGES, LABELS), middles, atol=0.2)
    assert not np.allclose(blind.draw(IMAGES, LABELS), middles, atol=0.2)


def test_a_labeled_model_saves_and_resumes(tmp_path, monkeypatch):
    model = labeled()
    model.fit(IMAGES, LABELS, verbose=0)
    model.save(tmp_path / "aae.keras")
    again = keras.saving.load_model(tmp_path / "aae.keras")
    pair = (IMAGES, LABELS)
    np.testing.assert_array_equal(model.predict(pair, verbose=0), again.predict(pair, verbose=0))
    whole, parts = interrupted.twice(labeled, IMAGES, tmp_path, monkeypatch, targets=LABELS)
    interrupted.assert_same(whole, parts)


# Priors.


@pytest.mark.parametrize(
    "prior",
    [
        Gaussian(dim=3, std=2.0),
        GaussianMixture(parts=3, distance=3.0, length=2.0, breadth=0.5),
        SwissRoll(parts=4, turns=3.0, radius=5.0, breadth=1.0),
        Categorical(parts=5),
    ],
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
    petal = codes.sample(20_000, seed=1, labels=np.full(20_000, 7)).numpy()
    angle = 2 * np.pi * 7 / 10
    expected = [3 * np.cos(angle), 3 * np.sin(angle)]
    np.testing.assert_allclose(petal.mean(axis=0), expected, atol=0.02)


@pytest.mark.parametrize("wrong", [{"std": 0}, {"std": -1.0}, {"std": float("nan")}, {"dim": 0}])
def test_a_prior_without_a_spread_is_refused(wrong):
    with pytest.raises(ValueError, match="must be a positive"):
        Gaussian(**wrong)


@pytest.mark.parametrize("prior", [Gaussian, GaussianMixture, SwissRoll, Categorical])
def test_no_argument_of_a_prior_may_be_zero(prior):
    arguments = [*inspect.signature(prior).parameters]
    arguments.remove("weights") if "weights" in arguments else None
    assert arguments
    for argument in arguments:
        with pytest.raises(ValueError, match=argument):
            prior(**{argument: 0})
