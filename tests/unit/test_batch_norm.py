"""Batch normalization's means and variances, measured anew without the noise of training."""

from aecourse.models import Autoencoder
from aecourse.networks import build_conv_encoder, build_dense_decoder, build_dense_encoder
from aecourse.training import reestimate_batch_norm, set_seed
import keras
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)
IMAGES = (RANDOM.random((1100, 28, 28)) < 0.2).astype(np.float32)  # mostly black, as digits are
HOW = dict(classes=3, batch_norm=True)
ENCODERS = pytest.mark.parametrize(
    "build",
    [
        lambda **how: build_dense_encoder(2, hidden=(12, 9), **HOW, **how),
        lambda **how: build_conv_encoder(2, filters=(4, 6), **HOW, **how),
    ],
    ids=["dense", "conv"],
)


@pytest.fixture(autouse=True)
def seed():
    set_seed(0)


def averages(network):
    return {v.path.split("/", 1)[-1]: v.numpy() for v in network.weights if "moving" in v.path}


def normalizations(network):
    return [
        part
        for layer in network.layers
        for part in getattr(layer, "layers", ())
        if isinstance(part, keras.layers.BatchNormalization)
    ]


@ENCODERS
def test_they_become_those_of_a_network_without_noise(build):
    """That is what a batch of all images says, in training, of the same weights."""
    noisy, quiet = build(noise=0.5), build()
    quiet.set_weights(noisy.get_weights())
    batch = IMAGES[:400]
    expected = [part.numpy() for part in quiet(batch, training=True)]
    far = [part.numpy() for part in noisy(batch, training=False)]
    reestimate_batch_norm(noisy, batch)
    for found, before, right in zip(noisy(batch, training=False), far, expected, strict=True):
        np.testing.assert_allclose(found, right, atol=1e-3)
        assert np.abs(before - right).max() > 0.1


@ENCODERS
def test_nothing_else_of_the_network_changes(build):
    network = build(noise=0.5)
    kept = {v.path: v.numpy() for v in network.weights if "moving" not in v.path}
    momenta = [layer.momentum for layer in normalizations(network)]
    reestimate_batch_norm(network, IMAGES)
    for variable in network.weights:
        if variable.path in kept:
            np.testing.assert_array_equal(variable, kept[variable.path])
    assert [layer.momentum for layer in normalizations(network)] == momenta and momenta
    one, other = (network(IMAGES[:50], training=True)[0].numpy() for _ in range(2))
    assert np.abs(one - other).max() > 1e-3  # its noise is where it was


def test_every_image_counts_as_much():
    """Also those of a last batch that is smaller: the first layer's mean is that of all images."""
    images = np.concatenate([IMAGES[:1000], 5 * IMAGES[1000:]])
    network = build_dense_encoder(2, hidden=(12,), **HOW)
    expected = (images.reshape(len(images), -1) @ network.weights[0].numpy()).mean(axis=0)
    reestimate_batch_norm(network, images)
    (mean,) = (v.numpy() for v in network.weights if "moving_mean" in v.path)
    np.testing.assert_allclose(mean, expected, atol=1e-4)


def test_dropout_is_left_out_as_well():
    networks = [build_dense_encoder(2, hidden=(12, 9), dropout=share, **HOW) for share in (0.5, 0)]
    networks[1].set_weights(networks[0].get_weights())
    for network in networks:
        reestimate_batch_norm(network, IMAGES)
    one, other = (averages(network).values() for network in networks)
    for found, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(found, right)


def test_a_part_of_a_network_shares_them():
    """A classifier made of an encoder's first head: what it learns of its images both have."""
    network = build_dense_encoder(2, hidden=(12, 9), noise=0.5, **HOW)
    before = averages(network)
    reestimate_batch_norm(keras.Model(network.input, network.outputs[0]), IMAGES)
    assert all(np.any(value != before[name]) for name, value in averages(network).items())


def test_a_noisy_training_is_read_better_afterwards():
    """Two kinds of images that noise makes gray: the averages of training fit neither."""
    labels = RANDOM.integers(0, 2, 1000)
    images = 0.1 * RANDOM.random((1000, 28, 28)).astype(np.float32)
    images[np.arange(1000), 14, 14 + labels] = 1.0
    encoder = build_dense_encoder(2, hidden=(16,), noise=0.5, **HOW)
    model = keras.Model(encoder.input, encoder.outputs[0])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss=loss)
    model.fit(images, labels, epochs=10, batch_size=50, verbose=0)
    before = model.evaluate(images, labels, verbose=0)
    reestimate_batch_norm(model, images)
    assert model.evaluate(images, labels, verbose=0) < before


@pytest.mark.parametrize(
    "given, message",
    [
        (IMAGES[:0], "images"),
        (IMAGES[:3, :14], "expected"),
        (np.full((3, 28, 28), np.nan), "images"),
    ],
)
def test_other_images_are_refused_and_nothing_changes(given, message):
    network = build_dense_encoder(2, hidden=(12,), **HOW)
    before = averages(network)
    with pytest.raises(ValueError, match=message):
        reestimate_batch_norm(network, given)
    for name, value in averages(network).items():
        np.testing.assert_array_equal(value, before[name])


def test_a_network_without_batch_normalization_is_told_so():
    with pytest.raises(ValueError, match="no batch normalization"):
        reestimate_batch_norm(build_dense_decoder(2, hidden=(4,)), np.zeros((3, 2)))


def test_a_whole_model_is_refused_and_its_encoder_named():
    encoder = build_dense_encoder(2, hidden=(4,), batch_norm=True)
    model = Autoencoder(encoder, build_dense_decoder(2, hidden=(4,)))
    for other in (model, keras.Sequential([keras.layers.BatchNormalization()])):
        with pytest.raises(ValueError, match=r"such as model\.encoder"):
            reestimate_batch_norm(other, IMAGES)
