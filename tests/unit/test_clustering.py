"""Clusters without labels: no label gets in, the losses are the formulas, groups are found."""

from aecourse.models import SemiSupervisedAAE
from aecourse.models.clustering import ClusteringAAE, InformationMaximizer, entropy
from aecourse.networks import (
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Categorical, Gaussian
from aecourse.training import Run
from aecourse.training.data import Data
import interrupted
import keras
import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((24, 28, 28)).astype(np.float32)
LABELS = np.arange(24, dtype=np.int32) % 4


def information(radius=1.0, trial=10.0, batch_norm=False, clusters=4, rate=0.01, **weights):
    keras.utils.set_random_seed(0)
    network = build_dense_encoder(clusters, hidden=(16,), batch_norm=batch_norm)
    model = InformationMaximizer(network, vat_radius=radius, vat_trial=trial)
    model.compile(keras.optimizers.SGD(rate), loss_weights=weights)
    return model


def adversarial(kind=ClusteringAAE, rates=None, **weights):
    keras.utils.set_random_seed(0)
    model = kind(
        build_dense_encoder(3, hidden=(16,), classes=4),
        build_dense_decoder(7, hidden=(16,)),
        build_dense_discriminator(4, hidden=(8,)),
        build_dense_discriminator(3, hidden=(8,)),
        Categorical(parts=4),
        Gaussian(dim=3),
        keras.layers.Identity(),
    )
    optimizers = {p: keras.optimizers.SGD((rates or {}).get(p, 0.01)) for p in model.PHASES}
    model.compile(optimizers=optimizers, loss_weights=weights)
    return model


# No label reaches training.


@pytest.mark.parametrize("build", [information, adversarial])
def test_what_a_training_gets_are_the_images_and_nothing_else(build):
    how = dict(labeled=None, batch_size=8, seed=0, steps=None, validation_data=None)
    data = Data(build(), IMAGES, None, None, **how)
    (array,) = data.arrays
    np.testing.assert_array_equal(array, IMAGES)
    (batch,) = Data(build(), IMAGES, None, None, **how).streams[0].arrays
    assert batch.shape == IMAGES.shape


@pytest.mark.parametrize("build", [information, adversarial])
def test_labels_are_refused_however_they_are_given(build, monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    ways = (
        lambda: build().fit(IMAGES, LABELS),
        lambda: build().evaluate(IMAGES, LABELS),
        lambda: Run("t").fit(build(), IMAGES, LABELS, epochs=1),
        lambda: Run("t").fit(build(), IMAGES, labeled=(IMAGES, LABELS), epochs=1),
    )
    for way in ways:
        with pytest.raises(ValueError, match="was given y; it learns from images alone"):
            way()
    assert not list(tmp_path.glob("*/*"))


@pytest.mark.parametrize("build", [information, adversarial])
def test_weights_of_images_are_refused(build):
    with pytest.raises(ValueError, match="takes no sample_weight"):
        build().train_step((IMAGES, None, np.ones(24)))


# Information and smoothness.


def softmax(logits):
    odds = np.exp(np.float64(logits) - np.max(logits, axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def by_hand(p):
    return -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0), axis=-1)


def test_entropy_is_zero_for_a_sure_answer_and_largest_for_an_even_one():
    rows = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]], np.float32)
    np.testing.assert_allclose(entropy(rows), [0, np.log(4), np.log(2)], atol=1e-6)
    with tf.GradientTape() as tape:
        sure = tf.constant(rows[:1])
        tape.watch(sure)
        found = entropy(sure)
    assert np.isfinite(tape.gradient(found, sure)).all()


def test_the_shown_losses_are_the_formulas(monkeypatch):
    monkeypatch.setattr(InformationMaximizer, "virtual_adversarial_loss", lambda *given: 0.25)
    shares = dict(marginal_entropy=3.0, conditional_entropy=0.5, virtual_adversarial=2.0)
    model = information(rate=0.0, **shares)
    found = model.train_on_batch(IMAGES, return_dict=True)
    y = softmax(model(IMAGES))
    expected = {
        "marginal_entropy": by_hand(y.mean(axis=0)),
        "conditional_entropy": by_hand(y).mean(),
        "virtual_adversarial": 0.25,
    }
    signs = {"marginal_entropy": -1.0}
    expected["loss"] = sum(signs.get(n, 1) * shares[n] * value for n, value in expected.items())
    assert found == pytest.approx(expected, rel=1e-4)
    judged = model.test_on_batch(IMAGES, return_dict=True)
    entropies = ("marginal_entropy", "conditional_entropy")
    assert judged == pytest.approx({name: expected[name] for name in entropies}, rel=1e-4)


@pytest.mark.parametrize(
    ("weight", "rises"), [("marginal_entropy", True), ("conditional_entropy", False)]
)
def test_each_entropy_goes_its_own_way(weight, rises):
    others = dict.fromkeys(InformationMaximizer.LOSS_WEIGHTS, 0.0)
    model = information(rate=0.1, **{**others, weight: 1.0})
    before = model.evaluate(IMAGES, verbose=0, return_dict=True)[weight]
    for _ in range(10):
        model.train_on_batch(IMAGES)
    after = model.evaluate(IMAGES, verbose=0, return_dict=True)[weight]
    assert (after > before) == rises and abs(after - before) > 1e-3


def test_the_step_of_smoothness_is_lesson_06s():
    own, theirs = (kind.virtual_adversarial_loss for kind in (InformationMaximizer, ClusteringAAE))
    assert own is theirs is SemiSupervisedAAE.virtual_adversarial_loss


def two_kinds(count=64):
    """Images of two shapes under noise, and which each is."""
    kinds = RANDOM.integers(0, 2, count)
    shapes = np.zeros((2, 28, 28))
    shapes[0, 5:12, 5:23], shapes[1, 16:23, 5:23] = 1, 1
    return np.clip(shapes[kinds] + RANDOM.normal(0, 0.3, (count, 28, 28)), 0, 1), kinds


def test_it_finds_two_kinds_of_images_by_itself():
    images, kinds = two_kinds()
    model = information(clusters=2, batch_norm=True, radius=3.0)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(images, batch_size=32, epochs=25, verbose=0)
    found = np.asarray(model(np.float32(images))).argmax(axis=1)
    assert np.mean(found == kinds) in (0.0, 1.0)


def test_calling_it_gives_logits_and_moves_nothing():
    model = information(batch_norm=True)
    before = model.get_weights()
    assert model(IMAGES).shape == (24, 4)
    model.evaluate(IMAGES, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("build", [information, adversarial])
def test_resume_equals_uninterrupted(build, tmp_path, monkeypatch):
    whole, parts = interrupted.twice(build, IMAGES, tmp_path, monkeypatch)
    interrupted.assert_same(whole, parts)


@pytest.mark.parametrize("build", [information, adversarial])
def test_saving_keeps_weights_and_settings(build, tmp_path):
    model = build(virtual_adversarial=3.0)
    model.vat_radius, model.vat_trial = 0.5, 4.0
    model.train_on_batch(IMAGES)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert (again.vat_radius, again.vat_trial) == (0.5, 4.0)
    assert again.weight_now("virtual_adversarial") == 3.0
    np.testing.assert_allclose(model.predict(IMAGES), again.predict(IMAGES), atol=1e-6)


# The adversarial autoencoder.


def test_its_step_is_that_of_lesson_06_without_the_labels():
    ours = adversarial(reconstruction=0.1)
    theirs = adversarial(SemiSupervisedAAE, reconstruction=0.1, classification=0.0)
    found = ours.train_on_batch(IMAGES, return_dict=True)
    expected = theirs.train_on_batch(IMAGES, (IMAGES, LABELS), return_dict=True)
    assert set(found) == set(expected) - {"classification", "accuracy"}
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-5)
    for one, other in zip(ours.trainable_weights, theirs.trainable_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_smoothness_counts_only_with_a_weight(monkeypatch):
    def computed(*given):
        raise AssertionError

    monkeypatch.setattr(ClusteringAAE, "virtual_adversarial_loss", computed)
    adversarial().train_on_batch(IMAGES)
    with pytest.raises(AssertionError):
        adversarial(virtual_adversarial=1.0).train_on_batch(IMAGES)


def test_evaluation_shows_what_training_shows(monkeypatch):
    drawn = np.eye(4, dtype="float32")[np.arange(24) % 4], RANDOM.random((24, 3), np.float32)
    model = adversarial(rates=dict.fromkeys(ClusteringAAE.PHASES, 0.0))
    for prior, codes in zip((model.label_prior, model.style_prior), drawn, strict=True):
        monkeypatch.setattr(prior, "sample", lambda *given, codes=codes, **how: codes)
    found = model.train_on_batch(IMAGES, return_dict=True)
    assert model.test_on_batch(IMAGES, return_dict=True) == pytest.approx(found, rel=1e-5)
