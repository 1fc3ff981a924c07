"""Networks have the shapes they promise; the autoencoder learns, counts and survives saving."""

from aecourse import metrics
from aecourse.models import Autoencoder
from aecourse.networks import (
    build_conv_classifier,
    build_conv_decoder,
    build_conv_encoder,
    build_dense_classifier,
    build_dense_decoder,
    build_dense_encoder,
    noise_layers,
)
from aecourse.training import Run
import keras
import numpy as np
import pytest

IMAGES = np.random.default_rng(0).random((10, 28, 28)).astype(np.float32)


def small(loss="mean_squared_error", optimizer="adam", **compiling):
    keras.utils.set_random_seed(0)
    model = Autoencoder(build_dense_encoder(3, hidden=(16,)), build_dense_decoder(3, hidden=(16,)))
    model.compile(optimizer=optimizer, loss=loss, **compiling)
    return model


@pytest.mark.parametrize(
    "encoder, decoder",
    [(build_dense_encoder, build_dense_decoder), (build_conv_encoder, build_conv_decoder)],
)
def test_encoders_and_decoders_have_the_promised_shapes(encoder, decoder):
    codes = encoder(5).predict(IMAGES, verbose=0)
    assert codes.shape == (10, 5)
    copies = decoder(5).predict(100 * codes, verbose=0)
    assert copies.shape == (10, 28, 28) and copies.min() >= 0 and copies.max() <= 1


def test_codes_are_linear_unless_asked_otherwise():
    far = 50 * IMAGES - 25
    assert build_dense_encoder(8)(far).numpy().min() < 0
    assert build_dense_encoder(8, code_activation="relu")(far).numpy().min() == 0


@pytest.mark.parametrize("encoder", [build_dense_encoder, build_conv_encoder])
def test_a_gaussian_encoder_gives_any_mean_and_any_log_variance(encoder):
    far = 500 * IMAGES - 250
    z_mean, z_log_var = encoder(8, gaussian=True)(far)
    assert z_mean.shape == z_log_var.shape == (10, 8)
    assert z_mean.numpy().min() < 0 < z_mean.numpy().max()
    assert z_log_var.numpy().min() < 0 < z_log_var.numpy().max()
    assert not np.allclose(z_mean, z_log_var)


def test_noise_layers_draw_anew_in_training_and_are_silent_otherwise():
    layers = noise_layers(0.4)
    np.testing.assert_array_equal(layers(IMAGES, training=False), IMAGES)
    gray = np.full((200, 28, 28), 0.5, np.float32)
    first, second = (layers(gray, training=True).numpy() for _ in range(2))
    assert first.min() >= 0 and first.max() <= 1 and not np.array_equal(first, second)
    inside = np.mean((first > 0) & (first < 1))  # |noise| < 0.5, that is 1.25 deviations
    assert inside == pytest.approx(0.789, abs=0.01)
    assert not np.array_equal(first[0], first[1])


def test_a_denoiser_goes_on_with_the_weights_of_a_copier():
    encoder = build_dense_encoder(3, hidden=(16,))
    copier = Autoencoder(encoder, build_dense_decoder(3, hidden=(16,)))
    denoiser = Autoencoder(keras.Sequential([noise_layers(0.4), encoder]), copier.decoder)
    denoiser.compile(optimizer="adam", loss="binary_crossentropy")
    before = copier.predict(IMAGES, verbose=0)
    np.testing.assert_allclose(denoiser.predict(IMAGES, verbose=0), before, atol=1e-6)
    denoiser.fit(IMAGES, epochs=2, verbose=0)
    assert not np.allclose(copier.predict(IMAGES, verbose=0), before)


def test_a_code_may_be_several_tensors(tmp_path, monkeypatch):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    images = keras.Input((28, 28))
    flat = keras.layers.Flatten()(images)
    parts = [keras.layers.Dense(size)(flat) for size in (2, 3)]
    inputs = [keras.Input((size,)) for size in (2, 3)]
    pixels = keras.layers.Dense(784, activation="sigmoid")(keras.layers.Concatenate()(inputs))
    decoder = keras.Model(inputs, keras.layers.Reshape((28, 28))(pixels))
    model = Autoencoder(keras.Model(images, parts), decoder)
    model.compile(optimizer="adam", loss="mean_squared_error")
    Run("t", part="several").fit(model, IMAGES, epochs=1, batch_size=4)
    again = keras.saving.load_model(next(tmp_path.rglob("model.keras")), compile=False)
    np.testing.assert_array_equal(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0)
    )


@pytest.mark.parametrize("classifier", [build_dense_classifier(), build_conv_classifier()])
def test_classifiers_give_logits(classifier):
    logits = classifier.predict(IMAGES, verbose=0)
    assert logits.shape == (10, 10) and not np.allclose(logits.sum(axis=1), 1)
    assert classifier.layers[-1].activation is keras.activations.linear


def test_a_classifier_takes_codes_too_and_without_hidden_layers_it_is_one_matrix():
    assert build_dense_classifier((64,)).count_params() == 65 * 10


def test_the_classic_networks_have_their_published_sizes():
    classic = Autoencoder(build_dense_encoder(64, hidden=()), build_dense_decoder(64, hidden=()))
    assert classic.count_params() == 101_200  # source 001
    deep = build_dense_encoder(2).count_params()
    assert deep == 785 * 1000 + 1001 * 1000 + 1001 * 2  # source 000


def test_dropout_is_on_in_training_only():
    encoder = build_dense_encoder(3, hidden=(50,), dropout=0.5)
    still = encoder(IMAGES, training=False).numpy()
    assert np.array_equal(still, encoder(IMAGES, training=False).numpy())
    assert not np.array_equal(still, encoder(IMAGES, training=True).numpy())


@pytest.mark.parametrize("loss", ["mean_squared_error", "binary_crossentropy"])
def test_one_step_of_gradient_descent_is_the_one_computed_by_hand(loss):
    model = small(loss, keras.optimizers.SGD(0.1))
    bias = model.decoder.layers[-2].bias  # before the sigmoid
    copies, before = model.predict(IMAGES, verbose=0), bias.numpy()
    model.train_on_batch(IMAGES)
    error = (copies - IMAGES).reshape(10, 784)
    slope = 2 * (copies * (1 - copies)).reshape(10, 784) if loss == "mean_squared_error" else 1
    by_hand = before - 0.1 * (error * slope).mean(axis=0) / 784
    np.testing.assert_allclose(bias.numpy(), by_hand, atol=1e-7)
    assert not np.allclose(bias.numpy(), before, atol=1e-7)


def test_every_weight_learns():
    model = small()
    before = [w.numpy() for w in model.trainable_weights]
    model.fit(IMAGES, epochs=3, verbose=0)
    for old, new in zip(before, model.trainable_weights, strict=True):
        assert not np.array_equal(old, new.numpy()), new.path


def test_loss_is_the_mean_over_images_with_a_partial_batch_as_well():
    model = small()
    expected = metrics.mean_squared_error(IMAGES, model.predict(IMAGES, verbose=0))
    assert model.evaluate(IMAGES, batch_size=4, verbose=0) == pytest.approx(expected, rel=1e-5)
    frozen = small(optimizer=keras.optimizers.SGD(0.0))
    history = frozen.fit(IMAGES, batch_size=4, verbose=0).history
    assert history["loss"][0] == pytest.approx(expected, rel=1e-5)


def test_it_learns_to_copy_and_can_be_given_another_target():
    targets = 1 - IMAGES
    model = small(optimizer=keras.optimizers.Adam(0.01))
    many = [np.tile(part, (12, 1, 1)) for part in (IMAGES, targets)]
    model.fit(*many, epochs=5, batch_size=5, verbose=0)
    copies = model.predict(IMAGES, verbose=0)
    to_target = metrics.mean_squared_error(targets, copies)
    assert to_target < 0.7 * metrics.mean_squared_error(IMAGES, copies)
    assert model.evaluate(IMAGES, targets, verbose=0) == pytest.approx(to_target, rel=1e-4)


def test_evaluate_changes_nothing():
    model = small()
    before = [w.numpy() for w in model.weights]
    model.evaluate(IMAGES, verbose=0)
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_a_saved_model_reloads_with_its_optimizer(tmp_path):
    model = small()
    model.fit(IMAGES, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0)
    )
    assert int(again.optimizer.iterations.numpy()) == int(model.optimizer.iterations.numpy()) > 0
    for either in (model, again):
        either.fit(IMAGES, epochs=1, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0), atol=1e-6
    )


# As in Keras.

TARGETS = 1 - IMAGES
WEIGHTS = np.float32([0, 1, 2, 3, 0.5, 1, 0, 4, 1, 1])


def test_metrics_compare_the_copy_with_the_target_in_fit_evaluate_and_after_reload(tmp_path):
    model = small(optimizer=keras.optimizers.SGD(0.0), metrics=["mean_absolute_error"])
    names = {"loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"}
    history = model.fit(IMAGES, validation_data=(IMAGES, TARGETS), batch_size=4, verbose=0).history
    assert set(history) == names
    copies = model.predict(IMAGES, verbose=0)
    to_images, to_targets = (np.abs(copies - y).mean() for y in (IMAGES, TARGETS))
    assert history["mean_absolute_error"][0] == pytest.approx(to_images, rel=1e-5)
    assert history["val_mean_absolute_error"][0] == pytest.approx(to_targets, rel=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for each in (model, again):
        found = each.evaluate(IMAGES, TARGETS, batch_size=4, verbose=0)
        squares = metrics.mean_squared_error(TARGETS, copies)
        assert found == pytest.approx([squares, to_targets], rel=1e-4)


def test_sample_weights_loss_weights_and_metrics_are_those_of_keras():
    how = dict(loss="mean_squared_error", loss_weights=[3.0], metrics=["mean_absolute_error"])
    model = small(optimizer=keras.optimizers.SGD(0.5), **how)
    twin = keras.models.clone_model(keras.Sequential([model.encoder, model.decoder]))
    twin.set_weights(model.get_weights())
    twin.compile(optimizer=keras.optimizers.SGD(0.5), **how)
    fitting = dict(shuffle=False, epochs=2, batch_size=4, verbose=0)
    ours = model.fit(IMAGES, TARGETS, sample_weight=WEIGHTS, **fitting).history
    # Of images Keras wants a weight (1,) each: it does not broadcast (batch,) to their rows.
    theirs = twin.fit(IMAGES, TARGETS, sample_weight=WEIGHTS[:, None], **fitting).history
    assert set(ours) == set(theirs)
    for name, losses in theirs.items():
        np.testing.assert_allclose(ours[name], losses, rtol=1e-5)
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("shape", [(10,), (10, 1), (10, 28)])
def test_the_weighted_loss_is_divided_by_the_number_of_images(shape):
    model = small(weighted_metrics=["mean_absolute_error"])
    copies = model.predict(IMAGES, verbose=0)
    weights = np.broadcast_to(WEIGHTS[(slice(None), *[None] * (len(shape) - 1))], shape)
    found = model.evaluate(IMAGES, TARGETS, sample_weight=weights, batch_size=4, verbose=0)
    squares = ((copies - TARGETS) ** 2).mean(axis=(1, 2))
    assert found[0] == pytest.approx(np.mean(WEIGHTS * squares), rel=1e-5)
    to_inputs = model.evaluate(IMAGES, sample_weight=weights, batch_size=4, verbose=0)
    squares = ((copies - IMAGES) ** 2).mean(axis=(1, 2))
    assert to_inputs[0] == pytest.approx(np.mean(WEIGHTS * squares), rel=1e-5)
    errors = np.abs(copies - TARGETS).mean(axis=(1, 2))
    assert found[1] == pytest.approx(np.average(errors, weights=WEIGHTS), rel=1e-5)


def test_it_has_no_losses_of_its_own_to_weigh_by_schedules():
    falling = keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.9)
    networks = build_dense_encoder(3, hidden=()), build_dense_decoder(3, hidden=())
    with pytest.raises(ValueError, match="schedules names loss; the losses of Autoencoder .* none"):
        Autoencoder(*networks, schedules={"loss": falling})


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_it_trains_in_half_precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = small(optimizer=keras.optimizers.Adam(0.01))
        losses = model.fit(IMAGES, epochs=10, verbose=0).history["loss"]
    finally:
        keras.config.set_dtype_policy(before)
    assert losses[-1] < losses[0]


def test_a_picture_shows_what_went_in():
    assert small().example_inputs(IMAGES, TARGETS) is IMAGES
