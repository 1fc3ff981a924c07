"""The experiment behind lesson 06's table: what its trainings see, how its columns differ."""

import importlib.util
from pathlib import Path
import sys

from aecourse import datasets, lessons
from aecourse.lessons.l06 import METRICS
from aecourse.metrics import one_to_one_accuracy
from aecourse.models import bernoulli_nats
from aecourse.networks import RandomAffine
from aecourse.results import record
from aecourse.training import Run, reestimate_batch_norm
import keras
import numpy as np
import pytest
import tensorflow as tf

PATH = Path(__file__).parents[2] / "experiments" / "thousand_labels.py"
HELD_OUT, TRAIN, TEST = 60, 1_160, 40
LONG = [("dense", "100"), ("dense", "1000")]
EPOCHS = dict.fromkeys(LONG, 100) | {("conv", "1000"): 20}
ROWS = [(network, labels) for network in ("dense", "conv") for labels in ("100", "1000", "all")]


def numbered(first, count):
    """Black images; the first pixel tells which it is."""
    images = np.zeros((count, 28, 28), np.float32)
    images[:, 0, 0] = (first + np.arange(count)) / 2**12  # exact, and a gray
    return images


def numbers(images):
    return (2**12 * images[:, 0, 0]).astype(int)


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def experiment():
    module = loaded(PATH)
    assert module.HELD_OUT == 5_000
    module.HELD_OUT = HELD_OUT  # as many images would only be read in more time
    build = module.build_encoder

    def build_encoder(*what, **how):
        encoder = build(*what, **how)
        encoder.run_eagerly = True  # each graph would be used once
        return encoder

    module.build_encoder = build_encoder
    return module


@pytest.fixture
def trained(experiment, monkeypatch):
    """A function (network, labels, column) -> (model, all that reached `fit`, what was recorded),
    with the classifier's weights as they were then, and how well it read the test images.

    Nothing is trained; after epoch k the accuracy on held-out images is said to be k / 1000. Test
    images are numbered from 0, training images from 1 000.
    """
    random = np.random.default_rng(1)
    digits = datasets.Digits(
        x_train=numbered(1_000, TRAIN),
        y_train=random.permutation(np.arange(TRAIN, dtype=np.int32) % 10),
        x_test=numbered(0, TEST),
        y_test=random.integers(0, 10, TEST).astype(np.int32),
        name="drawn",
        factors=None,
    )
    seen, recorded = {}, {}
    monkeypatch.setattr(datasets, "load", lambda: digits)
    monkeypatch.setenv("AECOURSE_PROFILE", "full")
    monkeypatch.setattr(record, "is_written", lambda *_, **__: False)
    monkeypatch.setattr(
        lessons, "record_experiment", lambda name, **how: recorded.update(how, name=name)
    )

    def fit(self, model, x, y=None, *, labeled=None, **how):
        labeled = (x, y) if labeled is None else labeled
        model.run_eagerly = True
        seen.update(how, model=model, x=x, labeled=labeled, digits=digits)
        seen["moving"] = share_right(model, digits.x_test, digits.y_test)
        seen["weights"] = [weight.numpy() for weight in classifier(model).weights]
        epochs = np.arange(1, how["epochs"] + 1)
        return {"epoch": list(epochs), "val_accuracy": list(epochs / 1000)}

    monkeypatch.setattr(Run, "fit", fit)

    def measured_anew(encoder, images):
        seen.update(measured=images, measured_of={id(weight) for weight in encoder.weights})
        reestimate_batch_norm(encoder, images)

    monkeypatch.setattr(experiment, "reestimate_batch_norm", measured_anew)

    def train(network, labels, column):
        seen.clear()
        recorded.clear()
        if column == "short_class_prior":
            monkeypatch.setitem(sys.modules, "thousand_labels", experiment)
            other = loaded(PATH.with_name("class_prior.py"))
            monkeypatch.setattr(other, "reestimate_batch_norm", measured_anew)
            other.measure(test=True)
        else:
            experiment.measure(network, labels, column, test=True)
        return seen["model"], dict(seen), dict(recorded)

    return train


def classifier(model):
    """The network from images to logits."""
    if hasattr(model, "encoder"):
        return keras.Model(model.encoder.input, model.encoder.outputs[0])
    return model.layers[-1]


def read_by(model, images):
    return np.argmax(classifier(model)(images, training=False), axis=1)


def share_right(model, images, labels):
    return np.mean(read_by(model, images) == labels)


def noise_of(model):
    """Standard deviation of the noise on the images in training."""
    layers = [part for layer in model.layers for part in (layer, *getattr(layer, "layers", ()))]
    return sum(part.stddev for part in layers if isinstance(part, keras.layers.GaussianNoise))


def expected_record(name, seen):
    """What is recorded of a column: accuracies with the averages measured anew, on test images and
    on those held out; with the moving averages, the one on test images, and those on the way. Of
    models with a decoder, the reconstruction of held-out images. With 100 labels, also the accuracy
    of each digit, and the one after the classes were renamed as fits the test labels best."""
    epochs, digits, model = seen["epochs"], seen["digits"], seen["model"]
    after = {f"{name}_after_{k}": k / 1000 for k in (1, 2, 5, 10, 20, 50, 100) if k <= epochs}
    tests = digits.x_test, digits.y_test
    expected = after | {
        "name": f"06_{name}",
        "dataset": "drawn",
        "script": str(PATH),
        f"{name}_moving_test_accuracy": seen["moving"],
        f"{name}_held_out_accuracy": share_right(model, *seen["validation_data"]),
        f"{name}_test_accuracy": share_right(model, *tests),
    }
    if hasattr(model, "decoder"):
        images = seen["validation_data"][0]
        logits, styles = model.encoder(images, training=False)
        nats = bernoulli_nats(images, model.decode(tf.nn.softmax(logits), styles))
        expected[f"{name}_held_out_reconstruction"] = pytest.approx(np.mean(nats), rel=1e-5)
    if "_100_" in name:
        renamed = one_to_one_accuracy(read_by(model, tests[0]), tests[1])
        assert renamed > share_right(model, *tests)
        expected[f"{name}_renamed_test_accuracy"] = renamed
        for digit in np.unique(tests[1]):
            its = tests[1] == digit
            expected[f"{name}_digit_{digit}_test_accuracy"] = share_right(
                model, tests[0][its], tests[1][its]
            )
    return expected


@pytest.mark.parametrize("network, labels", ROWS)
def test_what_each_column_sees_and_what_it_does_not(network, labels, experiment, trained):
    first = {}
    for column in experiment.COLUMNS:
        model, seen, recorded = trained(network, labels, column)
        digits, (labeled, named) = seen["digits"], seen["labeled"]
        at = numbers(labeled) - 1_000

        # No test image and no held-out one reaches `fit`; labels are those of the training set.
        learned = np.concatenate([numbers(seen["x"]), numbers(labeled)]) - 1_000
        assert learned.min() >= HELD_OUT and learned.max() < TRAIN
        assert (numbers(seen["validation_data"][0]) == 1_000 + np.arange(HELD_OUT)).all()
        np.testing.assert_array_equal(named, digits.y_train[at])

        # As many of each digit, each once, and the same in all columns.
        assert len(set(at)) == len(at)
        if labels == "all":
            assert len(at) == TRAIN - HELD_OUT
        else:
            assert (np.bincount(named) == int(labels) // 10).all()
        assert (at == first.setdefault("chosen", at)).all()

        # The columns "alone" see nothing without a label; the others see all that is not held out.
        alone = column.startswith("alone")
        every = HELD_OUT + np.arange(TRAIN - HELD_OUT)
        assert set(numbers(seen["x"]) - 1_000) == (set(at) if alone else set(every))

        # Twins: the same network, initialization, steps and falling learning rate.
        reader, with_vat = classifier(model), "vat" in column
        weights = seen["weights"]
        for ours, others in zip(
            weights, first.setdefault(f"weights {with_vat}", weights), strict=True
        ):
            np.testing.assert_array_equal(ours, others)
        several = getattr(model, "optimizers", {})
        optimizer = several.get("autoencoder") or model.optimizer
        rate, steps = optimizer.get_config()["learning_rate"], seen["steps_per_epoch"]
        same = rate["config"], seen["epochs"], steps
        epochs = EPOCHS.get((network, labels), 5)
        assert same == first.setdefault("how", same)
        assert (same[0]["decay_steps"], seen["epochs"], steps) == (epochs * 550, epochs, 550)
        assert model.jit_compile == (network == "dense" and column != "alone")

        # What is recorded is said of the network that was trained, after batch normalization was
        # measured anew, on the images it learned from and no other.
        assert recorded == expected_record(f"{network}_{labels}_{column}", seen)
        np.testing.assert_array_equal(seen["measured"], seen["x"])
        assert {id(weight) for weight in reader.weights} <= seen["measured_of"]

        # Distortions are the convolutional network's; noise where no adversarial step is.
        augment = model.augment if hasattr(model, "augment") else model.layers[0]
        assert isinstance(augment, RandomAffine) == (network == "conv")
        random_images = np.random.default_rng(0).random((8, 28, 28)).astype(np.float32)
        once, again = (reader(random_images, training=True).numpy() for _ in range(2))
        assert np.array_equal(once, again) == with_vat
        noise, reconstruction = (0.5, 1) if (network, labels) in LONG else (0.3, 0.1)
        assert noise_of(reader) == (0 if with_vat else noise)
        if column != "alone":
            weights = model.loss_weights
            assert weights["virtual_adversarial"] == (10 if with_vat else 0)
            assert model.vat_radius == (0.5 if (network, labels) == ("dense", "100") else 2)
            copies = column in ("aae", "vat", "alone_aae")
            assert (weights["reconstruction"], weights["generator"]) == (
                (reconstruction, 1) if copies else (0, 0)
            )
            assert weights["classification"] == 10


def test_the_words_of_a_row_say_its_steps(experiment):
    for network, labels in ROWS:
        recipe = experiment.RECIPES.get((network, labels), experiment.DEMONSTRATION)
        steps = recipe.epochs * experiment.STEPS
        written = f"{steps:_}".replace("_", " ") if steps >= 10_000 else f"{steps}"
        words = METRICS[f"{network}_{labels}_aae_test_accuracy"].meaning
        assert f" {written} steps," in words


CHANGED = {
    "short_aae": {},
    "short_weak": {"reconstruction": 0.1},
    "short_quiet": {"noise": 0.3},
    "short_weak_quiet": {"reconstruction": 0.1, "noise": 0.3},
    "short_strict": {"generator": 5.0},
    "short_prior": {"reconstruction": 0.0},
    "short_copies": {"generator": 0.0},
}


def test_the_shorter_columns_change_one_thing_of_the_long_one_and_nothing_else(experiment, trained):
    """Weak and quiet together change two, and say so."""
    assert set(experiment.SHORTER) == set(CHANGED) | {"short_alone"}
    first, sound = {}, {"reconstruction": 1, "generator": 1, "noise": 0.5}
    for column in experiment.SHORTER:
        model, seen, recorded = trained("dense", "1000", column)
        reader, alone = classifier(model), column == "short_alone"
        if not alone:
            named = ("reconstruction", "generator", "classification", "virtual_adversarial")
            found = {name: model.loss_weights[name] for name in named}
            unchanged = sound | {"classification": 10, "virtual_adversarial": 0}
            assert found | {"noise": noise_of(reader)} == unchanged | CHANGED[column]
        # The twin on labels alone is a classifier and nothing else; it has the noise of the model.
        assert alone == (not hasattr(model, "encoder")) and (not alone or noise_of(reader) == 0.5)
        at = set(numbers(seen["labeled"][0]))
        stream = set(numbers(seen["x"]))
        assert stream == (at if alone else {*range(1_000 + HELD_OUT, 1_000 + TRAIN)})
        weights = seen["weights"]
        for ours, others in zip(weights, first.setdefault("weights", weights), strict=True):
            np.testing.assert_array_equal(ours, others)
        how = at, seen["epochs"], seen["steps_per_epoch"], seen["batch_size"]
        assert how == first.setdefault("how", how) and how[1:] == (20, 550, 100)
        assert recorded == expected_record(f"dense_1000_{column}", seen)


def test_class_prior_only_is_the_twin_of_priors_only_without_a_prior_of_the_styles(trained):
    twin, of_twin, _ = trained("dense", "1000", "short_prior")
    model, seen, recorded = trained("dense", "1000", "short_class_prior")
    assert model.loss_weights == twin.loss_weights and model.jit_compile == twin.jit_compile
    assert noise_of(classifier(model)) == noise_of(classifier(twin))
    for phase, optimizer in model.optimizers.items():
        ours, others = optimizer.get_config(), twin.optimizers[phase].get_config()
        assert ours == others | {"name": ours["name"]}
    for ours, others in zip(seen["weights"], of_twin["weights"], strict=True):
        np.testing.assert_array_equal(ours, others)
    for what in ("x", "labeled", "validation_data", "epochs", "steps_per_epoch", "batch_size"):
        np.testing.assert_equal(seen[what], of_twin[what])
    np.testing.assert_array_equal(seen["measured"], seen["x"])
    expected = expected_record("dense_1000_short_class_prior", seen)
    del expected["dense_1000_short_class_prior_held_out_reconstruction"]  # of no trained decoder
    assert recorded == expected | {"script": str(PATH.with_name("class_prior.py"))}

    # Nothing asks the styles for anything: the one discriminator does not see them.
    networks = model.label_discriminator, model.style_discriminator
    assert [bool(network.trainable_weights) for network in networks] == [True, False]
    styles = np.random.default_rng(0).normal(0, 9, (5, 10))
    assert not np.any(model.style_discriminator(styles))
    assert np.any(twin.style_discriminator(styles))


def test_a_trial_of_another_length_is_not_recorded(experiment, trained, monkeypatch):
    lengths, falling_adam = [], experiment.falling_adam
    monkeypatch.setattr(lessons, "record_experiment", lambda *_, **__: pytest.fail("recorded"))

    def adam(rate, **how):
        lengths.append(how["epochs"])
        return falling_adam(rate, **how)

    monkeypatch.setattr(experiment, "falling_adam", adam)
    command = [str(PATH), "dense", "1000", "short_aae", "--epochs", "3"]
    monkeypatch.setattr("sys.argv", command)
    experiment.main()
    assert set(lengths) == {3}
    monkeypatch.setattr("sys.argv", [*command, "--test"])
    with pytest.raises(SystemExit):
        experiment.main()
