"""Networks for windows of a series: a bottleneck that is one, runs that survive (lesson 10)."""

from aecourse.models import Autoencoder
from aecourse.networks import build_window_decoder, build_window_encoder
from aecourse.training import Run, set_seed
import keras
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)
WINDOWS = RANDOM.standard_normal((70, 16)).astype("float32")
HOW = dict(epochs=3, batch_size=16)  # the last batch has 6 windows
KINDS = {"dense": (), "convolutions": (4, 8)}
each_kind = pytest.mark.parametrize("filters", KINDS.values(), ids=KINDS)


def autoencoder(filters, latent_dim=3, **how):
    set_seed(0)
    shape = dict(length=16, hidden=(12,))
    encoder = build_window_encoder(latent_dim, filters=filters, **shape, **how)
    decoder = build_window_decoder(latent_dim, filters=filters[::-1], **shape)
    model = Autoencoder(encoder, decoder)
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mean_squared_error")
    return model


@each_kind
def test_all_that_passes_is_the_code(filters):
    model = autoencoder(filters)
    assert model.encoder.output_shape == (None, 3) == model.decoder.input_shape
    assert model.decoder.output_shape == (None, 16) == model.encoder.input_shape
    copies = model.predict(WINDOWS, verbose=0)
    assert np.allclose(
        copies,
        model.decoder.predict(model.encoder.predict(WINDOWS, verbose=0), verbose=0),
        atol=1e-6,
    )


@each_kind
def test_values_of_any_size_and_sign_are_copied(filters):
    windows = 5 * np.sin(RANDOM.uniform(0, 6, (200, 1)) + np.arange(16) / 3).astype("float32") - 3
    model = autoencoder(filters, latent_dim=4)
    model.fit(windows, epochs=60, batch_size=20, verbose=0)
    errors = np.square(windows - model.predict(windows, verbose=0)).mean()
    assert errors < 0.1 * windows.var()


@each_kind
def test_noise_comes_in_training_only(filters):
    model = autoencoder(filters, noise=0.5)
    quiet = [model(WINDOWS, training=False).numpy() for _ in range(2)]
    loud = [model(WINDOWS, training=True).numpy() for _ in range(2)]
    assert np.array_equal(*quiet) and not np.array_equal(*loud)


@each_kind
def test_a_run_trains_is_reloaded_and_saved(filters, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))
    model, again = autoencoder(filters), autoencoder(filters)
    history = Run("10_lesson").fit(model, WINDOWS, **HOW)
    assert history["loss"][-1] < history["loss"][0]
    Run("10_lesson").fit(again, WINDOWS, **HOW, train=False)
    assert "Reloaded" in capsys.readouterr().out
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded.predict(WINDOWS, verbose=0), model.predict(WINDOWS, verbose=0))


def test_a_length_that_cannot_be_halved_is_refused_in_a_sentence():
    for build in (build_window_encoder, build_window_decoder):
        with pytest.raises(ValueError, match="length is 18; each of the 2 .* a multiple of 4"):
            build(3, length=18, filters=(4, 4))
    assert build_window_encoder(np.int64(3), length=np.int64(18)).output_shape == (None, 3)
