"""Networks do what their arguments say and refuse what they cannot do (more of them with the
models that take them)."""

from aecourse import networks
from aecourse.backend import keras
from aecourse.models import Autoencoder, VariationalAutoencoder
import numpy as np
import pytest
from scipy import ndimage

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((6, 28, 28)).astype("float32")
CODES = RANDOM.standard_normal((6, 2)).astype("float32")
LABELS = np.arange(6) % 3
ENCODERS = pytest.mark.parametrize(
    "encoder", [networks.build_dense_encoder, networks.build_conv_encoder]
)


@ENCODERS
def test_an_encoder_is_gaussian_or_gives_labels_and_drops_neither_silently(encoder):
    with pytest.raises(ValueError, match="gaussian=True, classes=10 .* leave out one"):
        encoder(2, gaussian=True, classes=10)
    assert [tuple(head.shape) for head in encoder(2, gaussian=True).outputs] == [(None, 2)] * 2
    assert [tuple(head.shape) for head in encoder(2, classes=10).outputs] == [(None, 10), (None, 2)]


def test_a_gaussian_encoder_has_linear_heads_and_says_so():
    with pytest.raises(ValueError, match="code_activation='tanh'"):
        networks.build_dense_encoder(2, gaussian=True, code_activation="tanh")


@ENCODERS
def test_an_encoder_sees_noise_in_training_only(encoder):
    network = encoder(3, noise=0.5)
    still = network(IMAGES, training=False).numpy()
    np.testing.assert_array_equal(still, network(IMAGES, training=False))
    assert np.abs(still - network(IMAGES, training=True)).max() > 1e-3


@ENCODERS
def test_batch_normalization_undoes_the_scale_of_a_layer(encoder):
    """In training a hidden layer is normalized: twice as strong an image has the same code."""
    network = encoder(3, batch_norm=True)
    one, twice = (network(scale * IMAGES, training=True).numpy() for scale in (10, 20))
    np.testing.assert_allclose(one, twice, atol=0.02)
    plain = encoder(3)
    one, twice = (plain(scale * IMAGES, training=True).numpy() for scale in (10, 20))
    assert np.abs(one - twice).max() > 0.05


@pytest.mark.parametrize(
    "build", [networks.build_dense_decoder, networks.build_dense_discriminator]
)
def test_a_network_with_classes_listens_to_the_label(build):
    network = build(2, hidden=(16,), classes=3)
    told, other = (np.asarray(network([CODES, labels])) for labels in (LABELS, LABELS[::-1]))
    changed = np.abs(told - other).reshape(6, -1).max(axis=1) > 1e-6
    np.testing.assert_array_equal(changed, LABELS[::-1] != LABELS)
    assert len(build(2, hidden=(16,)).inputs) == 1


@pytest.mark.parametrize(
    "build, wrong, message",
    [
        (networks.build_conv_decoder, dict(latent_dim=2, filters=(8,)), "filters has 1 entries"),
        (networks.build_parallel_dense, dict(seeds=()), "seeds is empty"),
        (networks.build_dense_encoder, dict(latent_dim=0), "units=0"),
        (networks.build_dense_encoder, dict(latent_dim=2, dropout=2), "rate=2"),
        (networks.build_dense_encoder, dict(latent_dim=2, noise=-1), "stddev=-1"),
        (networks.build_dense_decoder, dict(latent_dim=2, activation="rellu"), "rellu"),
        (networks.build_dense_classifier, dict(classes=0), "units=0"),
    ],
)
def test_what_cannot_be_built_is_refused_as_the_docstring_says(build, wrong, message):
    assert "Raises ValueError" in build.__doc__
    with pytest.raises(ValueError, match=message):
        build(**wrong)


def test_every_builder_documents_its_errors_and_gives_a_network_of_its_kind():
    builders = [name for name in networks.__all__ if name.startswith("build_")]
    assert len(builders) == 13
    for name in builders:
        doc = getattr(networks, name).__doc__
        assert "Raises" in doc or "errors: as in" in doc, name


def test_the_seed_decides_the_first_weights():
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return networks.build_conv_encoder(2).get_weights()

    for one, same in zip(weights(1), weights(1), strict=True):
        np.testing.assert_array_equal(one, same)
    assert np.abs(weights(1)[0] - weights(2)[0]).max() > 0


SHAPES = [(32, 48), (8, 12, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("conv", [False, True])
@pytest.mark.parametrize("gaussian", [False, True])
def test_images_of_another_size_and_with_channels_go_through(shape, conv, gaussian):
    encode, decode = (
        (networks.build_conv_encoder, networks.build_conv_decoder)
        if conv
        else (networks.build_dense_encoder, networks.build_dense_decoder)
    )
    encoder = encode(3, image_shape=shape, noise=0.1, gaussian=gaussian)
    decoder = decode(3, image_shape=shape)
    model = (VariationalAutoencoder if gaussian else Autoencoder)(encoder, decoder)
    model.compile(optimizer="adam", **({} if gaussian else {"loss": "binary_crossentropy"}))
    images = np.random.default_rng(0).random((4, *shape), "float32")
    model.fit(images, verbose=0)
    assert model(images).shape == images.shape
    assert networks.build_conv_classifier(image_shape=shape, classes=4)(images).shape == (4, 4)


def test_a_side_that_cannot_be_halved_twice_is_refused():
    with pytest.raises(ValueError, match=r"image_shape is \(28, 30\); the sides must be multiples"):
        networks.build_conv_decoder(2, image_shape=(28, 30))


@pytest.mark.parametrize("shape", [(21, 41), (41, 21, 2)])
def test_distortions_of_another_size_are_about_its_middle(shape):
    """A mark in the middle stays there, whatever is turned, sheared and scaled about it."""
    images = np.zeros((50, *shape), np.float32)
    images[:, shape[0] // 2, shape[1] // 2] = 1
    distorted = networks.RandomAffine(shift=0.0)(images, training=True).numpy()
    np.testing.assert_allclose(distorted[:, shape[0] // 2, shape[1] // 2], 1, atol=1e-4)
    assert np.abs(distorted - images).max() > 0.02


def test_a_distortion_shears_then_turns_then_scales_about_the_middle_and_shifts(monkeypatch):
    """Against SciPy's affine map of the matrices' product, every amount of its own size."""
    draws = np.array([[0.9], [0.8], [-0.7], [0.6], [0.5], [-0.4]], "float32")
    monkeypatch.setattr(keras.random, "uniform", lambda shape, low, high, seed: draws)
    # Nothing at the edge, where the two take another value for what lies half outside.
    image = np.pad(RANDOM.random((24, 34), "float32"), 3)
    layer = networks.RandomAffine(rotation=0.3, shear=0.2, scale=0.25, shift=3.0)
    found = np.asarray(layer(image[None], training=True))[0]
    angle, shear, wide, high, right, down = 0.27, 0.16, 1 - 0.175, 1.15, 1.5, -1.2
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix = np.diag([wide, high]) @ turn @ [[1, shear], [0, 1]]  # of (x, y)
    matrix = matrix[::-1, ::-1]  # of (row, column)
    middle = np.array([29 / 2, 39 / 2])
    offset = middle - matrix @ middle + [down, right]
    expected = ndimage.affine_transform(image, matrix, offset, order=1)
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_each_convolution_halves_the_side_and_looks_at_three_by_three_pixels():
    encoder = networks.build_conv_encoder(2)
    layers = [each for each in encoder.layers if isinstance(each, keras.layers.Conv2D)]
    assert [each.output.shape[1:] for each in layers] == [(14, 14, 32), (7, 7, 64)]
    assert {each.kernel_size for each in layers} == {(3, 3)}


@pytest.mark.parametrize(
    ("build", "activations"),
    [
        (lambda **how: networks.build_dense_decoder(2, hidden=(5, 4), **how), "relu relu sigmoid"),
        (lambda **how: networks.build_conv_decoder(2, **how), "relu relu relu sigmoid"),
        (lambda: networks.build_dense_classifier(hidden=(5,)), "relu linear"),
        (lambda: networks.build_conv_classifier(hidden=(5,)), "relu relu relu linear"),
        (lambda: networks.build_dense_discriminator(2, hidden=(5, 4)), "relu relu linear"),
        (lambda: networks.build_parallel_dense((0, 1)), "tanh tanh linear"),
    ],
)
def test_hidden_layers_are_nonlinear_and_the_last_gives_pixels_or_logits(build, activations):
    def found(**how):
        layers = [each for each in build(**how).layers if hasattr(each, "activation")]
        return " ".join(each.activation.__name__ for each in layers)

    assert found() == activations
    if "sigmoid" in activations:
        assert found(activation="tanh") == activations.replace("relu", "tanh")


def test_inputs_and_outputs_of_networks_have_names():
    found = {
        (model.name, model.inputs[0].name, model.output_names[0])
        for model in (
            networks.build_dense_decoder(2),
            networks.build_conv_decoder(2),
            networks.build_dense_classifier(),
            networks.build_conv_classifier(),
            networks.build_dense_discriminator(2),
            networks.build_parallel_dense((0,), name="generator"),
        )
    }
    found = {(name, *rest[:1]) if name == "generator" else (name, *rest) for name, *rest in found}
    assert found == {
        ("decoder", "codes", "images"),
        ("classifier", "inputs", "logits"),
        ("classifier", "images", "logits"),
        ("discriminator", "codes", "logit"),
        ("generator", "inputs"),
    }


def test_dropout_is_where_and_as_much_as_it_is_asked_for():
    def rates(model):
        return [each.rate for each in model.layers if isinstance(each, keras.layers.Dropout)]

    how = dict(hidden=(5, 4), dropout=0.2)
    assert rates(networks.build_dense_decoder(2, **how)) == [0.2, 0.2]
    assert rates(networks.build_dense_classifier(**how)) == [0.2, 0.2]
    assert rates(networks.build_dense_discriminator(2, **how)) == [0.2, 0.2]
    assert rates(networks.build_conv_classifier(**how)) == [0.2]
    assert rates(networks.build_conv_classifier()) == [0.3]
    assert not rates(networks.build_dense_discriminator(2))


def test_each_transposed_convolution_doubles_the_side_and_each_of_a_classifier_halves_it():
    kinds = keras.layers.Conv2D, keras.layers.Conv2DTranspose
    for model, shapes in (
        (networks.build_conv_decoder(2), [(14, 14, 64), (28, 28, 32), (28, 28, 1)]),
        (networks.build_conv_classifier(), [(14, 14, 16), (7, 7, 32)]),
    ):
        layers = [each for each in model.layers if isinstance(each, kinds)]
        assert [each.output.shape[1:] for each in layers] == shapes
        if model.name == "decoder":
            assert layers[0].input.shape[1:] == (7, 7, 64)
        assert {each.kernel_size for each in layers} == {(3, 3)}


def test_every_network_side_by_side_has_weights_and_offsets_of_its_own():
    model = networks.build_parallel_dense((0, 1), inputs=4, hidden=(3,))
    shapes = [tuple(each.shape) for each in model.weights]
    assert shapes == [(2, 4, 3), (2, 1, 3), (2, 3, 1), (2, 1, 1)]
