"""What enters the course: the right result, or one sentence before the first step."""

import os
import subprocess
import sys

from aecourse import door, files, metrics, plots
from aecourse.backend import keras, tf
from aecourse.models import (
    GAN,
    AdversarialAutoencoder,
    Autoencoder,
    ClusteringAAE,
    ConditionalVAE,
    InformationMaximizer,
    SemiSupervisedAAE,
    VariationalAutoencoder,
    bernoulli_nats,
)
from aecourse.models.base import admitted
from aecourse.networks import (
    RandomAffine,
    build_conditional_decoder,
    build_conditional_encoder,
    build_conv_encoder,
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
    build_parallel_dense,
)
from aecourse.plots.style import in_style, new_figure
from aecourse.priors import Categorical, Gaussian
from aecourse.training import Run, set_seed
from aecourse.training.data import admit
import matplotlib.pyplot as plt
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((24, 28, 28), "float32")
LABELS = np.arange(24) % 3
HOW = dict(epochs=1, batch_size=8)
SMALL = dict(hidden=(4,))


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    return tmp_path


# Small models of each family; compiling them would take longer than all they are asked to do here.


def autoencoder(loss="binary_crossentropy"):
    model = Autoencoder(build_dense_encoder(2, **SMALL), build_dense_decoder(2, **SMALL))
    model.compile(optimizer="adam", loss=loss, run_eagerly=True)
    return model


def variational():
    encoder = build_dense_encoder(2, gaussian=True, **SMALL)
    model = VariationalAutoencoder(encoder, build_dense_decoder(2, **SMALL))
    model.compile(optimizer="adam", run_eagerly=True)
    return model


def conditional():
    how = dict(condition=3, **SMALL)
    model = ConditionalVAE(build_conditional_encoder(2, **how), build_conditional_decoder(2, **how))
    model.compile(optimizer="adam", run_eagerly=True)
    return model


def adversarial():
    networks = build_dense_encoder(2, **SMALL), build_dense_decoder(2, classes=3, **SMALL)
    model = AdversarialAutoencoder(
        *networks, build_dense_discriminator(2, **SMALL), Gaussian(dim=2)
    )
    model.compile(run_eagerly=True)
    return model


def semi_supervised(kind=SemiSupervisedAAE):
    model = kind(
        build_conv_encoder(2, classes=3, filters=(2, 2)),
        build_dense_decoder(5, **SMALL),
        build_dense_discriminator(3, **SMALL),
        build_dense_discriminator(2, **SMALL),
        Categorical(parts=3),
        Gaussian(dim=2),
        RandomAffine(),
    )
    model.compile(run_eagerly=True)
    return model


def clustering():
    return semi_supervised(ClusteringAAE)


def information():
    model = InformationMaximizer(build_dense_encoder(3, **SMALL))
    model.compile(optimizer="adam", run_eagerly=True)
    return model


def classifier():
    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", run_eagerly=True)
    return model


FAMILIES = {
    autoencoder: lambda x, y: dict(x=x),
    variational: lambda x, y: dict(x=x),
    conditional: lambda x, y: dict(x=x, y=y),
    adversarial: lambda x, y: dict(x=x, y=y),
    semi_supervised: lambda x, y: dict(x=x, labeled=(x, y)),
    clustering: lambda x, y: dict(x=x),
    information: lambda x, y: dict(x=x),
    classifier: lambda x, y: dict(x=x, y=y),
}
families = pytest.mark.parametrize("build", FAMILIES, ids=lambda build: build.__name__)


def history(build, x, y, how=HOW, **more):
    set_seed(0)
    return Run("door", **{k: str(v)[:9] for k, v in more.items()}).fit(
        build(), **FAMILIES[build](x, y), **how, **more
    )


@families
def test_whatever_can_be_meant_becomes_what_the_same_float32_becomes(build):
    model, binary = build(), (IMAGES > 0.5).astype("float32")
    meant = {
        "float32": (binary, LABELS),
        "float64": (binary.astype("float64"), LABELS),
        "bool": (binary > 0.5, LABELS),
        "bytes": (binary.astype("uint8"), LABELS.astype("uint8")),
        "a list": (list(binary), list(map(int, LABELS))),
        "a tensor": (tf.constant(binary), tf.constant(LABELS)),
        "with a channel": (binary[..., None], LABELS.astype("float32")),
    }
    for name, (x, y) in meant.items():
        given = FAMILIES[build](x, y)
        found = admit(model, given["x"], given.get("y", given.get("labeled")))
        arrays = [array for array in keras.tree.flatten(found) if array is not None]
        assert len(arrays) == 1 + np.size(list(given)[1:]) + ("labeled" in given), name
        for array in arrays:
            expected = binary if array.ndim == 3 else LABELS
            np.testing.assert_array_equal(array, expected, err_msg=name)
            assert build is classifier or array.dtype in ("float32", "int32"), name


@pytest.mark.parametrize("build", [conditional, semi_supervised, classifier])
def test_a_list_of_booleans_with_a_channel_trains_as_float32_does(build):
    binary = IMAGES > 0.5
    found = history(build, list(binary[..., None]), list(LABELS))
    for loss, values in history(build, binary.astype("float32"), LABELS).items():
        assert found[loss] == pytest.approx(values, rel=1e-5), loss


@families
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda x, y: (x[y == 77], y[y == 77]), "x has no examples"),
        (lambda x, y: (x[:, :27], y), r"x has the shape \(n, 27, 28\); expected \(n, 28, 28\)"),
        (lambda x, y: (np.stack([x] * 3, axis=-1), y), r"x has the shape \(n, 28, 28, 3\)"),
        (lambda x, y: (np.where(np.arange(24) == 5, np.nan, x.T).T, y), "first in example 5"),
        (lambda x, y: (x.astype(complex), y), "x holds complex128; expected real numbers"),
        (lambda x, y: ([x[0], x[1, :3]], y[:2]), "x is no array"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(build, spoil, words, runs):
    with pytest.raises(ValueError, match=words):
        history(build, *spoil(IMAGES, LABELS))
    assert not list(runs.glob("*/*")), "a folder is left of a run that never began"


@pytest.mark.parametrize(
    "build", [autoencoder, variational, adversarial, semi_supervised, clustering]
)
def test_a_cross_entropy_asks_for_values_between_0_and_1(build, runs):
    bytes_, signed = 255 * IMAGES, 2 * IMAGES - 1
    for images in (bytes_, signed):
        with pytest.raises(ValueError, match=r"needs values in \[0, 1\], such as"):
            history(build, images, LABELS)
    assert history(build, signed, LABELS, checked=False)["epoch"] == [1]


def test_a_squared_error_and_inputs_that_are_no_targets_take_any_numbers():
    signed = 2 * IMAGES - 1
    Run("door").fit(autoencoder("mse"), signed, **HOW)
    Run("door").fit(autoencoder(), signed, IMAGES, **HOW)
    with pytest.raises(ValueError, match=r"y runs from -1 to .*; a cross-entropy .* needs"):
        Run("door").fit(autoencoder(), IMAGES, np.round(signed), **HOW)


@pytest.mark.parametrize(
    ("build", "given"),
    [
        (adversarial, lambda labels: dict(y=labels)),
        (semi_supervised, lambda labels: dict(labeled=(IMAGES, labels))),
        (classifier, lambda labels: dict(y=labels)),
    ],
)
@pytest.mark.parametrize("wrong", [3, -1, 0.5])
def test_a_label_beyond_the_classes_is_named(build, given, wrong):
    labels = np.where(np.arange(24) == 7, wrong, LABELS)
    words = f"y has {wrong}.* in example 7; expected whole numbers from 0 to 2"
    with pytest.raises(ValueError, match=words):
        Run("door").fit(build(), IMAGES, **given(labels), **HOW)


@pytest.mark.parametrize("build", [autoencoder, classifier])
def test_targets_of_another_length_are_refused(build):
    targets = IMAGES if build is autoencoder else LABELS
    with pytest.raises(ValueError, match="There are 20 and 24 examples"):
        Run("door").fit(build(), IMAGES, targets[:20], **HOW)


def test_an_uncompiled_model_is_told_to_be_compiled():
    model = Autoencoder(build_dense_encoder(2, **SMALL), build_dense_decoder(2, **SMALL))
    with pytest.raises(ValueError, match=r"Compile the model first: model.compile\("):
        Run("door").fit(model, IMAGES, **HOW)


def test_the_first_batch_of_a_dataset_is_looked_at():
    for images, words in ((IMAGES[:, 1:], "x has the shape"), (255 * IMAGES, r"needs values in")):
        with pytest.raises(ValueError, match=words):
            Run("door").fit(
                variational(), tf.data.Dataset.from_tensor_slices(images).batch(8), epochs=1
            )


def test_validation_data_passes_the_same_door_and_may_have_weights_without_a_target():
    given = ((IMAGES > 0.5), None, np.ones(24))
    found = Run("door").fit(autoencoder(), IMAGES, validation_data=given, **HOW)
    assert np.isfinite(found["val_loss"]).all()
    with pytest.raises(ValueError, match=r"needs values in \[0, 1\]"):
        Run("door").fit(autoencoder(), IMAGES, validation_data=(255 * IMAGES,), **HOW)


@pytest.mark.parametrize("build", [variational, adversarial])
def test_keras_own_fit_of_a_model_of_the_course_has_the_same_door(build):
    given = {"y": LABELS} if build is adversarial else {}
    for method in ("fit", "evaluate"):
        getattr(build(), method)((IMAGES > 0.5)[..., None], **given, verbose=0)
        with pytest.raises(ValueError, match=r"needs values in \[0, 1\]"):
            getattr(build(), method)(255 * IMAGES, **given, verbose=0)


def test_a_game_is_told_what_it_takes():
    networks = (build_parallel_dense(np.arange(5), **SMALL) for _ in range(2))
    model = GAN(*networks)
    model.compile()
    values = np.zeros((3, 8, 5), "float64")
    Run("door").fit(model, values, values, epochs=1, batch_size=1)
    with pytest.raises(ValueError, match="takes noise beside the values"):
        Run("door").fit(model, values, epochs=1)
    with pytest.raises(ValueError, match=r"noise has the shape \(n, 8, 4\); expected \(n, n, 5\)"):
        Run("door").fit(model, values, values[..., :4], epochs=1)


def test_a_bound_is_one_number_an_image_whatever_the_images_are_made_of():
    model, bounds = variational(), []
    binary = IMAGES > 0.5
    for images in (binary, binary[..., None], binary.astype("float64"), list(binary)):
        model.seed_generator.state.assign([0, 7])
        bounds.append(model.importance_weighted_bound(images, samples=3))
        assert bounds[-1].shape == (24,)
        np.testing.assert_allclose(bounds[-1], bounds[0], rtol=1e-6)
    with pytest.raises(ValueError, match=r"needs values in \[0, 1\]"):
        model.importance_weighted_bound(255 * IMAGES)


def test_numbers_of_numpy_are_numbers(capsys):
    whole, part = np.int64, np.float32
    set_seed(whole(3))
    np.testing.assert_array_equal(
        Gaussian(dim=2).sample(whole(4), seed=whole(3)), Gaussian(dim=2).sample(4, seed=3)
    )
    model = Autoencoder(
        build_dense_encoder(whole(2), hidden=(whole(4),), dropout=part(0.1)),
        build_dense_decoder(whole(2), hidden=np.array([4])),
    )
    model.compile(optimizer="adam", loss="mse")
    how = dict(epochs=whole(1), batch_size=whole(8), seed=whole(3), steps_per_epoch=whole(2))
    Run("door", latent_dim=whole(2)).fit(model, IMAGES, **how)
    Run("door", latent_dim=2).fit(model, IMAGES, train=False, **how)
    assert "Reloaded door/" in capsys.readouterr().out


CHANNELS_FIRST = """
import numpy as np
from aecourse.backend import keras
from aecourse.models import Autoencoder
from aecourse.networks import build_conv_decoder, build_conv_encoder
assert keras.config.floatx() == "float32"
model = Autoencoder(build_conv_encoder(2), build_conv_decoder(2))
model.compile(optimizer="adam", loss="mse")
model.fit(np.zeros((8, 28, 28)), verbose=0)
print(model(np.zeros((1, 28, 28))).shape)
"""


def test_a_keras_json_with_channels_first_and_float64_changes_nothing(tmp_path):
    own = '{"image_data_format": "channels_first", "floatx": "float64"}'
    (tmp_path / "keras.json").write_text(own)
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", CHANNELS_FIRST], env=environment, capture_output=True, text=True
    )
    assert found.stdout.strip() == "(1, 28, 28)", found.stderr[-1000:]


@pytest.mark.skipif(os.name != "posix", reason="a shell closes descriptors on POSIX systems")
def test_the_course_starts_without_a_standard_error():
    code = "from aecourse.backend import keras; print(keras.__name__)"
    replaced = (
        f"import io, os, sys; sys.stderr = io.StringIO(); os.close(2); {code}"  # as a host does
    )
    for command in (f'-c "{code}" 2>&-', f'-c "{replaced}"'):
        found = subprocess.run(
            f'exec "{sys.executable}" {command}', shell=True, stdout=subprocess.PIPE, text=True
        )
        assert (found.returncode, found.stdout.strip()) == (0, "keras")


def test_labels_are_whole_numbers_one_an_example():
    for given in ([0, 1, 2], np.array([[0], [1], [2]], "uint8"), [0.0, 1.0, 2.0]):
        found = door.labels(given, classes=3)
        assert found.dtype == np.int32 and found.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"give y.argmax\(axis=1\)"):
        door.labels(np.eye(3))
    for kind in (bool, "uint8", "uint64", "float16", "float64"):
        assert door.labels(np.array([0, 1], kind)).tolist() == [0, 1]
    assert door.labels([2**31 - 1]).tolist() == [2**31 - 1]
    for beyond in (3_000_000_000, 2.0**31, -1):
        with pytest.raises(ValueError, match="in example 1; expected whole numbers from 0, below"):
            door.labels([0, beyond])


def test_numbers_keep_the_width_of_floats_and_mend_a_channel():
    assert door.numbers([[1.0]]).dtype == np.float64
    assert door.numbers(np.zeros((2, 3), "uint8")).dtype == np.float32
    assert door.numbers(np.zeros((2, 3, 1)), shape=(3,)).shape == (2, 3)
    assert door.numbers(np.zeros((2, 3)), shape=(3, 1)).shape == (2, 3, 1)
    for given in (3, [], np.zeros((0, 2)), ["a"], None):
        with pytest.raises(ValueError, match="^x "):
            door.numbers(given)
    for convert in (door.numbers, door.labels):
        with pytest.raises(ValueError, match=r"has the shape \(5, 0\); expected examples that"):
            convert(np.zeros((5, 2))[:, 2:])


PIXELS, CODES = (IMAGES > 0.5).astype("float32"), 5 * RANDOM.random((24, 2), "float32").round(1)
MEASURES = {
    "mean_squared_error": lambda x: metrics.mean_squared_error(x, PIXELS[::-1]),
    "binary_cross_entropy": lambda x: metrics.binary_cross_entropy(x, IMAGES),
    "psnr": lambda x: metrics.psnr(x, IMAGES),
    "ssim": lambda x: metrics.ssim(x, IMAGES),
    "nearest_distances": lambda x: metrics.nearest_distances(x, IMAGES),
    "slant": metrics.slant,
    "thickness": metrics.thickness,
    "parzen_log_likelihood": lambda x: metrics.parzen_log_likelihood(x, IMAGES, bandwidth=0.2),
    "probe_accuracy": lambda x: metrics.probe_accuracy(x, list(LABELS), x, tf.constant(LABELS)),
    "two_sample_accuracy": lambda x: metrics.two_sample_accuracy(
        [row[0] for row in x], IMAGES[:, 0]
    ),
    "image_rows": lambda x: plots.image_rows({"x": x}).axes[0].images[3].get_array(),
    "image_grid": lambda x: plots.image_grid([x]).axes[0].images[0].get_array(),
}


@pytest.mark.parametrize("name", MEASURES)
def test_measures_and_figures_take_what_fit_takes(name):
    expected = np.asarray(MEASURES[name](PIXELS), float)
    tensors = [tf.cast(PIXELS, kind) for kind in ("float32", "float16", "bfloat16", "bool")]
    for images in (PIXELS.astype("uint8"), list(PIXELS), PIXELS[..., None], *tensors):
        found = np.asarray(MEASURES[name](images), float)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in MEASURES if not name.startswith("image_")])
def test_a_measure_of_nothing_or_of_what_is_no_number_is_refused(name):
    for images, words in (
        (IMAGES[:0], "no examples|no array"),
        (IMAGES * np.nan, "finite numbers"),
    ):
        with pytest.raises(ValueError, match=words):
            MEASURES[name](images)


@pytest.mark.parametrize("measure", [metrics.binary_cross_entropy, metrics.psnr, metrics.ssim])
def test_a_measure_on_the_scale_of_images_asks_for_it(measure):
    with pytest.raises(ValueError, match=r"images runs from .* needs values in \[0, 1\]"):
        measure(255 * IMAGES, IMAGES)


def test_codes_and_labels_of_a_figure_pass_the_door():
    plots.latent_scatter({"codes": (list(CODES), [int(label) for label in LABELS])})
    with pytest.raises(ValueError, match="codes: y has 3 labels; expected 24"):
        plots.latent_scatter({"codes": (CODES, LABELS[:3])})
    with pytest.raises(ValueError, match=r"codes has the shape \(n, 28, 28\); expected \(n, 2\)"):
        plots.latent_scatter({"codes": (IMAGES, LABELS)})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (dict(batch_size=0), "batch_size is 0; a training takes a whole number, 1 or more"),
        (dict(batch_size=2.5), "batch_size is 2.5"),
        (dict(steps_per_epoch=-2), "steps_per_epoch is -2"),
        (dict(epochs=1.5), "epochs is 1.5"),
        (dict(y=IMAGES[:20], validation_split=0.2), "There are 20 and 24 examples"),
        (dict(validation_split=1.5), "validation_split is 1.5; it must be between 0 and 1"),
        (dict(validation_data=(IMAGES, IMAGES[:3])), "There are 3 and 24 examples"),
        (dict(validation_data=(IMAGES, None, np.ones(24) * np.nan)), "sample_weight has values"),
        (dict(validation_data=()), "validation_data has 0 parts; expected x, y, sample_weight"),
        (
            dict(validation_data=tf.data.Dataset.from_tensors(IMAGES).repeat()),
            "validation_data has no end; give validation_steps",
        ),
        (dict(x={"images": IMAGES}), "x is a dict; the network takes one input"),
        (dict(x=tf.data.Dataset.from_tensors(IMAGES).take(0), batch_size=None), "no batches"),
        (
            dict(x=tf.data.Dataset.from_tensors(IMAGES[..., None]), batch_size=None),
            "The Dataset gives batches of the shapes .* Reshape them",
        ),
    ],
)
def test_what_keras_would_stumble_over_is_refused_before_a_folder_is_made(how, words, runs):
    with pytest.raises(ValueError, match=words):
        Run("door").fit(variational(), **{"x": IMAGES, **HOW, **how})
    assert not list(runs.glob("*/*"))


@pytest.mark.parametrize("build", [adversarial, semi_supervised, classifier])
def test_a_model_that_needs_a_target_asks_for_it(build, runs):
    with pytest.raises(ValueError, match="labels|y is missing"):
        Run("door").fit(build(), IMAGES, **HOW)
    assert not list(runs.glob("*/*"))


@pytest.mark.parametrize(
    "how", [dict(validation_split=0.25), dict(validation_data=(255 * IMAGES,))]
)
def test_what_is_not_checked_is_not_checked_in_validation_either(how):
    model = autoencoder()
    found = Run("door").fit(model, 255 * IMAGES, checked=False, **how, **HOW)
    assert len(found["val_loss"]) == 1
    with pytest.raises(ValueError, match="needs values in"):
        model.evaluate(255 * IMAGES, verbose=0)


def test_a_loss_that_is_missing_after_some_epochs_is_a_gap_in_the_history():
    how = dict(validation_data=(IMAGES,), validation_freq=2, epochs=3, batch_size=8)
    found = Run("door").fit(autoencoder(), IMAGES, **how)["val_loss"]
    assert np.isnan(found).tolist() == [True, False, True]


def test_callbacks_are_none_one_or_several_as_in_keras():
    stop = keras.callbacks.EarlyStopping("loss")
    for callbacks in (None, stop, [stop]):
        Run("door").fit(autoencoder(), IMAGES, callbacks=callbacks, **HOW)


def test_inputs_by_name_and_several_outputs_train_as_in_keras():
    inputs = {name: keras.Input((28, 28), name=name) for name in "ab"}
    flat = [keras.layers.Flatten()(each) for each in inputs.values()]
    model = keras.Model(inputs, [keras.layers.Dense(1)(each) for each in flat])
    model.compile(optimizer="adam", loss=["mse", "mse"])
    targets = [np.ones((24, 1)), np.zeros((24, 1))]
    Run("door").fit(model, {"a": IMAGES, "b": IMAGES}, targets, **HOW)
    with pytest.raises(ValueError, match=r"\"b\""):
        Run("door").fit(model, {"a": IMAGES, "c": IMAGES}, targets, **HOW)


def test_a_column_of_labels_is_labels():
    Run("door").fit(classifier(), IMAGES, LABELS[:, None], **HOW)
    with pytest.raises(ValueError, match="expected whole numbers from 0 to 2"):
        Run("door").fit(classifier(), IMAGES, LABELS[:, None] + 1, **HOW)


def test_an_encoder_with_a_channel_learns_with_a_decoder_without():
    encoder = build_dense_encoder(2, image_shape=(28, 28, 1), **SMALL)
    model = Autoencoder(encoder, build_dense_decoder(2, **SMALL))
    model.compile(optimizer="adam", loss="mse")
    for images in (IMAGES, IMAGES[..., None]):
        assert Run("door").fit(model, images, **HOW)["loss"][0] < 1


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.image_rows({}),
        lambda: plots.latent_scatter({}),
        lambda: plots.bars({}, xlabel="x"),
        lambda: plots.curves({}, xlabel="x", ylabel="y"),
        lambda: plots.games({}, xlabel="x"),
        lambda: plots.histograms({"a": []}, x=(0, 1), xlabel="x"),
        lambda: plots.scatter([], [], xlabel="x", ylabel="y"),
        lambda: plots.matrix(np.zeros((0, 2), int), xlabel="x", ylabel="y"),
        lambda: plots.matrix([1, 2], xlabel="x", ylabel="y"),
        lambda: plots.image_rows({"a": IMAGES[:3]}, titles=["one"]),
        lambda: plots.latent_scatter({"a": (CODES * np.nan, LABELS)}, zoom=90),
        lambda: plots.latent_scatter({"a": (CODES, LABELS + 8)}),
        lambda: plots.latent_scatter({"a": (CODES * np.nan, None)}),
        lambda: plots.timelines({"a": {"b": [0, np.nan]}}, xlabel="x"),
        lambda: plots.decoded_plane(lambda codes: codes, x=(0, 1), y=(0, 1), count=1),
    ],
)
def test_a_figure_of_nothing_or_of_what_does_not_fit_is_refused(draw):
    refused(draw, "nothing to draw|no examples|expected|finite")


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda: plots.latent_scatter(CODES), "panels as a dictionary"),
        (lambda: plots.latent_scatter(panels=CODES), "panels as a dictionary"),
        (lambda: plots.latent_scatter({"a": CODES}), "2 arrays for each name.* 'a'"),
        (lambda: plots.curves({"a": [1, 2, 3]}, xlabel="x", ylabel="y"), "2 arrays .* 'a'"),
        (lambda: plots.curves({"a": 3}, xlabel="x", ylabel="y"), "2 arrays .* 'a'"),
        (lambda: plots.image_rows(IMAGES), "rows as a dictionary"),
        (lambda: plots.bars([1, 2], xlabel="x"), "values as a dictionary"),
    ],
)
def test_what_is_drawn_by_names_is_asked_for_with_names(draw, words):
    refused(draw, words)


def test_a_figure_of_a_lesson_s_own_may_ask_for_nothing():
    drawn = in_style(lambda: new_figure(size=(2, 2))[0])()
    assert isinstance(drawn, plots.Figure)


def refused(draw, words):
    plt.close("all")
    own = plt.figure()
    with pytest.raises(ValueError, match=words):
        draw()
    assert plt.get_fignums() == [own.number], "Jupyter would show an empty figure"
    plt.close(own)


@pytest.mark.skipif(os.name != "posix", reason="a path of that length is another error elsewhere")
def test_a_place_for_runs_that_cannot_be_is_named(monkeypatch):
    monkeypatch.setenv("AECOURSE_RUNS", "x" * 5000)
    with pytest.raises(OSError, match="Runs need a folder to write in"):
        Run("door").fit(autoencoder(), IMAGES, **HOW)
    with pytest.raises(ValueError, match="expected a name such as '01_autoencoder'"):
        Run("")


def test_a_killed_save_leaves_nothing_for_good(runs):
    """Also where the training was killed before its first checkpoint, and is never resumed."""
    with pytest.raises(KeyboardInterrupt):
        Run("door").fit(autoencoder(), IMAGES, **HOW, picture=stopping)
    (folder,) = runs.glob("door/*")
    (folder / "checkpoint.npz").unlink()
    (folder / f"{files.PART}0123-model.keras").write_bytes(b"x" * 100)
    Run("door").fit(autoencoder(), IMAGES, **HOW)
    assert not list(runs.glob(f"door/*/{files.PART}*"))


def stopping(model):
    raise KeyboardInterrupt


def test_a_learners_own_model_has_the_same_door_and_the_same_way_past_it():
    def build():
        pixels = keras.Sequential([keras.Input((28, 28)), keras.layers.Dense(28, "sigmoid")])
        pixels.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy())
        return pixels

    for scale in (1.5, 255):
        with pytest.raises(ValueError, match=r"y runs from .* needs values in"):
            Run("door").fit(build(), scale * IMAGES, scale * IMAGES, **HOW)
        Run("door").fit(build(), scale * IMAGES, scale * IMAGES, checked=False, **HOW)
    Run("door").fit(build(), 255 * IMAGES, IMAGES, **HOW)  # inputs may be anything
    with pytest.raises(ValueError, match="x has values that are no finite numbers"):
        Run("door").fit(build(), IMAGES * np.nan, IMAGES, **HOW)


@pytest.mark.parametrize(
    "more",
    [dict(y=IMAGES), dict(batch_size=8), dict(validation_split=0.5), dict(sample_weight=LABELS)],
    ids=lambda more: [*more][0],
)
def test_a_dataset_brings_all_that_it_is_trained_with(more):
    batches = tf.data.Dataset.from_tensors((IMAGES, IMAGES))
    with pytest.raises(ValueError, match="it brings its targets and its batches itself"):
        Run("door").fit(autoencoder(), batches, epochs=1, **more)


@pytest.mark.parametrize("convert", [door.numbers, door.labels])
def test_as_many_as_there_must_be(convert):
    assert len(convert([1, 0, 1], count=3)) == 3
    with pytest.raises(ValueError, match="has 3 .*expected 4"):
        convert([1, 0, 1], count=4)


def test_no_image_is_paired_with_every_copy():
    with pytest.raises(ValueError, match="[Ii]ncompatible|rank"):
        bernoulli_nats(tf.zeros((4, 28, 28, 1)), tf.fill((4, 28, 28), 0.5))


def test_what_rounding_adds_to_one_is_no_fault_and_a_hundredth_is():
    assert door.numbers(np.array([1 + 1e-7, -1e-7]), unit="a test").shape == (2,)
    for beyond in (1.01, -0.01):
        with pytest.raises(ValueError, match=r"needs values in \[0, 1\]"):
            door.numbers(np.array([0.5, beyond]), unit="a test")


@pytest.mark.parametrize(
    "loss",
    ["sparse_categorical_crossentropy", keras.losses.SparseCategoricalCrossentropy()],
    ids=["by name", "as an object"],
)
def test_labels_are_looked_at_however_their_loss_is_given(loss):
    model = classifier()
    model.compile(optimizer="adam", loss=loss)
    with pytest.raises(ValueError, match="expected whole numbers from 0 to 2"):
        Run("door").fit(model, IMAGES, LABELS + 1, **HOW)


def test_each_of_several_inputs_has_its_own_shape():
    pair = np.zeros((4, 2)), np.zeros((4, 3))
    shapes = [(None, 2), (None, 3)]
    for given, known in (
        (pair, shapes),
        (dict(zip("ab", pair, strict=True)), dict(zip("ab", shapes, strict=True))),
    ):
        admitted(given, "x", known)
    for given, known in ((pair, shapes[::-1]), ({"b": pair[1]}, {"a": (None, 3), "b": (None, 2)})):
        with pytest.raises(ValueError, match="shape"):
            admitted(given, "x", known)


def test_inputs_have_the_encoders_shape_and_targets_the_decoders():
    encoder = build_dense_encoder(2, hidden=(), image_shape=(28, 28, 1))
    model = Autoencoder(encoder, build_dense_decoder(2, hidden=()))
    model.compile(loss="binary_crossentropy")
    x, y = model.admit(np.zeros((4, 28, 28)))
    assert (x.shape, y.shape) == ((4, 28, 28, 1), (4, 28, 28))
    beyond = np.full((4, 28, 28), 2.0)
    assert model.admit(x, beyond, checked=False)[1].max() == 2
    with pytest.raises(ValueError, match="cross-entropy"):
        model.admit(x, beyond)
