"""The conditional VAE: two inputs through everything that a training may meet, the bound by hand,
and a label that the networks ignore (lesson 09)."""

import functools

from aecourse.models import ConditionalVAE, VariationalAutoencoder, bernoulli_nats, gaussian_kl
from aecourse.networks import build_conditional_decoder, build_conditional_encoder
from aecourse.training import Run, set_seed
import interrupted
import keras
import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((10, 28, 28), "float32")
LABELS = np.arange(10, dtype="int32") % 4
SEEN = RANDOM.random((10, 7, 28), "float32")
HOW = dict(epochs=3, batch_size=4)  # the last batch has 2 images


def build(condition, **compiling):
    set_seed(0)
    how = dict(condition=condition, hidden=(16,))
    model = ConditionalVAE(build_conditional_encoder(3, **how), build_conditional_decoder(3, **how))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), **compiling)
    return model


def of_labels(**compiling):
    return build(4, **compiling)


def of_pixels(**compiling):
    return build((7, 28), **compiling)


BOTH = pytest.mark.parametrize(
    ("make", "conditions"), [(of_labels, LABELS), (of_pixels, SEEN)], ids=["labels", "pixels"]
)


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))


@BOTH
def test_both_inputs_reach_both_networks(make, conditions):
    model, others = make(), conditions[::-1].copy()
    mean, log_var = model.encoder([IMAGES, conditions])
    assert mean.shape == log_var.shape == (10, 3)
    assert np.abs(mean - model.encoder([IMAGES, others])[0]).max() > 1e-3
    codes = np.zeros((10, 3), "float32")
    images = model.decode(codes, conditions)
    assert images.shape == IMAGES.shape and np.min(images) >= 0 and np.max(images) <= 1
    assert np.abs(images - model.decode(codes, others)).max() > 1e-3


@BOTH
def test_both_inputs_go_through_fit_evaluate_save_and_reload(make, conditions, tmp_path, capsys):
    make = functools.partial(make, metrics=["mean_squared_error"])
    model = make()
    before = [weight.numpy() for weight in model.trainable_weights]
    history = Run("lesson").fit(model, IMAGES, conditions, **HOW)
    for old, new in zip(before, model.trainable_weights, strict=True):
        assert not np.array_equal(old, new.numpy()), new.path
    np.testing.assert_allclose(history["loss"], np.add(history["reconstruction"], history["kl"]))
    copies = model.predict((IMAGES, conditions), batch_size=3, verbose=0)
    model.save(tmp_path / "model.keras")
    again = make()
    run = Run("lesson")
    run.fit(again, IMAGES, conditions, **HOW, train=False)
    assert run.history == history and "Reloaded" in capsys.readouterr().out
    for each in (again, keras.saving.load_model(tmp_path / "model.keras")):
        np.testing.assert_allclose(each.predict((IMAGES, conditions), verbose=0), copies, atol=1e-6)
    model.sample = lambda mean, log_var: mean
    found = model.evaluate(IMAGES, conditions, batch_size=4, verbose=0, return_dict=True)
    assert found["mean_squared_error"] == pytest.approx(np.mean((copies - IMAGES) ** 2), rel=1e-4)
    by_hand = bernoulli_nats(IMAGES, copies).numpy().mean()
    assert found["reconstruction"] == pytest.approx(by_hand, rel=1e-5)
    by_hand = gaussian_kl(*model.encoder([IMAGES, conditions])).numpy().mean()
    assert found["kl"] == pytest.approx(by_hand, rel=1e-5, abs=1e-6)


@BOTH
def test_an_interrupted_training_resumes_to_the_same_weights(
    make, conditions, tmp_path, monkeypatch
):
    both = interrupted.twice(make, IMAGES, tmp_path, monkeypatch, targets=conditions)
    interrupted.assert_same(*both)


def test_weights_of_the_losses_and_of_images_count():
    model = of_labels(loss_weights={"kl": 2.0})
    model.sample = lambda mean, log_var: mean
    weights = np.float32([0, 1, 2, 3, 0.5, 1, 0, 4, 1, 1])
    found = model.evaluate(
        IMAGES, LABELS, sample_weight=weights, batch_size=10, verbose=0, return_dict=True
    )
    mean, log_var = model.encoder([IMAGES, LABELS])
    copies = model.decode(mean, LABELS)
    reconstruction = np.mean(weights * bernoulli_nats(IMAGES, copies))
    kl = np.mean(weights * gaussian_kl(mean, log_var))
    assert found["loss"] == pytest.approx(reconstruction + 2 * kl, rel=1e-5)


def deaf(model):
    """The model with networks that ignore their conditions, and a VAE of the same weights."""
    parts = []
    for network in (model.encoder, model.decoder):
        first = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
        kernel, bias = first.get_weights()
        own = kernel.shape[0] - 4
        kernel[own:] = 0
        first.set_weights([kernel, bias])
        alone = network.inputs[0]
        silent = keras.ops.zeros_like(keras.ops.sum(alone, axis=range(1, len(alone.shape))))
        parts.append(keras.Model(alone, network([alone, keras.ops.cast(silent, "int32")])))
    vae = VariationalAutoencoder(*parts)
    vae.compile()
    return vae


def test_the_bound_of_a_model_that_ignores_its_label_is_the_unconditional_one():
    model = of_labels()
    Run("lesson").fit(model, IMAGES, LABELS, **HOW)
    vae = deaf(model)
    noise = RANDOM.standard_normal((40, 3)).astype("float32")
    for each in (model, vae):
        each.sample = lambda mean, log_var: mean + tf.exp(0.5 * log_var) * noise[: len(mean)]
    how = dict(samples=8, batch_size=5)
    expected = vae.importance_weighted_bound(IMAGES, **how)
    for labels in (LABELS, LABELS[::-1]):
        found = model.importance_weighted_bound(IMAGES, labels, **how)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert expected.std() > 0.1


def test_the_bound_with_one_sample_is_the_loss_and_more_samples_tighten_it():
    model = of_labels()
    Run("lesson").fit(model, IMAGES, LABELS, epochs=30, batch_size=4)
    many = np.repeat(IMAGES, 500, axis=0), np.repeat(LABELS, 500)
    one = model.importance_weighted_bound(*many, samples=1, batch_size=1000)
    loss = model.evaluate(*many, batch_size=1000, verbose=0, return_dict=True)["loss"]
    assert one.mean() == pytest.approx(loss, rel=1e-3)
    tight = model.importance_weighted_bound(IMAGES, LABELS, samples=2000, batch_size=2)
    assert np.all(tight < one.reshape(10, -1).mean(axis=1))


@pytest.mark.parametrize(
    ("make", "conditions", "message"),
    [
        (of_labels, None, r"The networks take conditions: give them, as in fit\(images, labels\)"),
        (of_labels, LABELS + 1, "y has 4 in example 3; expected whole numbers from 0 to 3"),
        (of_labels, LABELS[:9], "y has 9 labels; expected 10"),
        (of_labels, np.eye(10), "one-hot"),
        (of_pixels, SEEN[:9], "y has 9 examples; expected 10"),
        (of_pixels, LABELS, r"y has the shape \(n\); expected \(n, 7, 28\)"),
        (of_pixels, SEEN * np.nan, "y has values that are no finite numbers"),
    ],
)
def test_conditions_that_cannot_be_meant_are_refused(make, conditions, message):
    model = make()
    for take in (model.fit, model.evaluate, model.importance_weighted_bound):
        with pytest.raises(ValueError, match=message):
            take(IMAGES, conditions)


def test_labels_of_any_width_are_taken():
    model = of_labels()
    model.sample = lambda mean, log_var: mean
    losses = [
        model.evaluate(IMAGES, labels, verbose=0)
        for labels in (LABELS, LABELS.astype("int64"), LABELS.astype("uint8"), list(LABELS))
    ]
    assert losses[0] == losses[1] == losses[2] == losses[3]
