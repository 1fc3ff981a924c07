"""Upscalers start as a linear map, learn a correction, and survive everything that a training may
meet (lesson 08)."""

from aecourse import lessons, metrics
from aecourse.models import Autoencoder, adversarial_loss
from aecourse.models.phases import PhasedModel
from aecourse.networks import (
    build_conv_classifier,
    build_dense_decoder,
    build_dense_encoder,
    build_subpixel_upscaler,
    channels_to_pixels,
    pixels_to_channels,
)
from aecourse.training import Run, set_seed
import interrupted
import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((70, 28, 28), "float32")
HOW = dict(epochs=3, batch_size=16)  # the last batch has 6 images


def pooled(side):
    cell = 28 // side
    return IMAGES.reshape(len(IMAGES), side, cell, side, cell).mean(axis=(2, 4))


def best_linear(small):
    """The least squares of the rows, by the library: what the lesson finds in closed form."""
    rows = np.concatenate([small.reshape(len(small), -1), np.ones((len(small), 1))], axis=1)
    solved, *_ = np.linalg.lstsq(rows, IMAGES.reshape(len(IMAGES), -1), rcond=None)
    return solved[:-1], solved[-1]


def upscaler(side=7, share=1.0, **how):
    """share: of the best linear map."""
    set_seed(0)
    how = dict(filters=(8, 8), **how)
    start = tuple(share * part for part in best_linear(pooled(side)))
    model = build_subpixel_upscaler((side, side), start, **how)
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mean_squared_error")
    return model


def through_code():
    set_seed(0)
    encoder = build_dense_encoder(3, hidden=(12,), image_shape=(7, 7))
    model = Autoencoder(encoder, build_dense_decoder(3, hidden=(12,)))
    model.compile(optimizer="adam", loss="mean_squared_error")
    return model


BOTH = pytest.mark.parametrize("make", [upscaler, through_code])


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))


@pytest.mark.parametrize(("side", "context"), [(7, 0), (7, 3), (14, 0), (14, 3)])
def test_before_training_it_is_the_linear_map_clipped(side, context):
    small, (weights, bias) = pooled(side), best_linear(pooled(side))
    expected = np.clip(small.reshape(len(small), -1) @ weights + bias, 0, 1).reshape(-1, 28, 28)
    found = upscaler(side, context=context).predict(small, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_best_linear_map_has_a_smaller_error_than_any_resizing():
    """Repeating each pixel is a linear map, too; clipping to [0, 1] brings no pixel farther."""
    small = pooled(7)
    repeated = small.repeat(4, axis=1).repeat(4, axis=2)
    best = upscaler().predict(small, verbose=0)
    assert metrics.mean_squared_error(IMAGES, best) < metrics.mean_squared_error(IMAGES, repeated)


def test_training_moves_the_correction_and_leaves_the_linear_map():
    model, small = upscaler(share=0.5, context=2), pooled(7)
    before = model.evaluate(small, IMAGES, verbose=0)
    start = [np.copy(part) for part in model.get_layer("start").get_weights()]
    Run("lesson").fit(model, small, IMAGES, epochs=10, batch_size=16)
    assert model.evaluate(small, IMAGES, verbose=0) < before
    assert np.abs(model.get_layer("correction").get_weights()[0]).max() > 0
    for one, same in zip(start, model.get_layer("start").get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
    found = model.predict(small, verbose=0)
    assert found.min() >= 0 and found.max() <= 1


@BOTH
def test_small_images_go_through_fit_save_and_reload(make, tmp_path, capsys):
    model, small = make(), pooled(7)
    history = Run("lesson").fit(model, small, IMAGES, **HOW)
    assert len(history["loss"]) == 3 and history["loss"][-1] < history["loss"][0]
    results = model.predict(small, batch_size=32, verbose=0)
    assert results.shape == IMAGES.shape
    error = metrics.mean_squared_error(IMAGES, results)
    found = model.evaluate(small, IMAGES, verbose=0, return_dict=True)["loss"]
    assert found == pytest.approx(error, rel=1e-4)
    model.save(tmp_path / "model.keras")
    saved = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(saved.predict(small, verbose=0), results, atol=1e-6)
    again = make()
    Run("lesson").fit(again, small, IMAGES, **HOW, train=False)
    assert "Reloaded" in capsys.readouterr().out
    np.testing.assert_allclose(again.predict(small, verbose=0), results, atol=1e-6)


@BOTH
def test_an_interrupted_training_resumes_to_the_same_weights(make, tmp_path, monkeypatch):
    both = interrupted.twice(make, pooled(7), tmp_path, monkeypatch, targets=IMAGES)
    interrupted.assert_same(*both)


@pytest.mark.parametrize("shape", [(8, 12), (28, 28)])
def test_channels_become_pixels_as_in_tensorflow_and_back(shape):
    tensor = RANDOM.random((3, shape[0] // 4, shape[1] // 4, 16), "float32")
    images = channels_to_pixels(tensor, shape)
    np.testing.assert_array_equal(images, tf.nn.depth_to_space(tensor, 4)[..., 0])
    np.testing.assert_array_equal(pixels_to_channels(images, tensor.shape[1:3]), tensor)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (dict(grid=(5, 7)), r"\(7, 7\) cannot be divided into a grid of \(5, 7\)"),
        (dict(image_shape=(30, 28)), r"\(30, 28\) cannot be divided"),
        (dict(filters=()), "filters is empty"),
    ],
)
def test_what_cannot_be_built_is_refused(how, message):
    with pytest.raises(ValueError, match=message):
        build_subpixel_upscaler((7, 7), best_linear(pooled(7)), **how)


# The network that chooses: a class of the lesson itself.


def chooser(rates, pull=100.0):
    """The lesson's `Chooser` with small networks, compiled with a learning rate a phase."""
    notebook = nbformat.read(lessons.find("08").notebook(), 4)
    (source,) = [cell.source for cell in notebook.cells if "class Chooser(" in cell.source]
    names = dict(keras=keras, tf=tf, PhasedModel=PhasedModel, adversarial_loss=adversarial_loss)
    exec(source, names)
    small = upscaler(share=0.5)
    judge = build_conv_classifier(filters=(8,), hidden=(), classes=1, dropout=0.0)
    model = names["Chooser"](small, judge, pull)
    model.compile(learning_rate=rates)
    return model


def believed(model, images):
    """The mean logit of the discriminator, high for what it takes for originals."""
    return float(np.mean(model.discriminator.predict(images, verbose=0)))


def test_a_network_that_chooses_makes_its_results_pass_for_originals():
    model, small = chooser({"discriminator": 0.0, "upscaler": 1e-3}), pooled(7)
    before = believed(model, model.predict(small, verbose=0))
    Run("lesson").fit(model, small, IMAGES, epochs=5, batch_size=16)
    assert believed(model, model.predict(small, verbose=0)) > before + 0.01


def test_without_pull_it_minimizes_squared_error_alone():
    model, small = chooser({"discriminator": 0.0, "upscaler": 1e-3}, pull=0.0), pooled(7)
    before = metrics.mean_squared_error(IMAGES, model.predict(small, verbose=0))
    Run("lesson").fit(model, small, IMAGES, epochs=5, batch_size=16)
    assert metrics.mean_squared_error(IMAGES, model.predict(small, verbose=0)) < before


def test_its_discriminator_takes_originals_for_originals_and_not_results():
    model, small = chooser({"discriminator": 1e-2, "upscaler": 0.0}), pooled(7)
    Run("lesson").fit(model, small, IMAGES, epochs=10, batch_size=16)
    assert believed(model, IMAGES) > 0 > believed(model, model.predict(small, verbose=0))
