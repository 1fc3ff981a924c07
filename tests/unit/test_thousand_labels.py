"""The experiment behind lesson 06's table: what its trainings see, how its columns differ."""

import importlib.util
from pathlib import Path

from aecourse import datasets, lessons
from aecourse.networks import RandomAffine
from aecourse.results import record
from aecourse.training import Run
import keras
import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "experiments" / "thousand_labels.py"
TRAIN, TEST = 6_500, 40
ROWS = [(network, labels) for network in ("dense", "conv") for labels in ("100", "1000", "all")]


def numbered(first, count):
    """Black images; the first pixel tells which it is."""
    images = np.zeros((count, 28, 28), np.float32)
    images[:, 0, 0] = first + np.arange(count)
    return images


def numbers(images):
    return images[:, 0, 0].astype(int)


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("thousand_labels", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def trained(experiment, monkeypatch):
    """A function (network, labels, column) -> (model, all that reached `fit`, what was recorded).

    Nothing is trained. Test images are numbered from 0, training images from 1 000.
    """
    random = np.random.default_rng(0)
    digits = datasets.Digits(
        x_train=numbered(1_000, TRAIN),
        y_train=random.integers(0, 10, TRAIN).astype(np.int32),
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
        seen.update(how, model=model, x=x, labeled=labeled, digits=digits)

    monkeypatch.setattr(Run, "fit", fit)

    def train(network, labels, column):
        seen.clear()
        recorded.clear()
        experiment.measure(network, labels, column, epochs=5, test=True)
        return seen["model"], dict(seen), dict(recorded)

    return train


def classifier(model):
    """The network from images to logits."""
    if hasattr(model, "encoder"):
        return keras.Model(model.encoder.input, model.encoder.outputs[0])
    return model.layers[-1]


@pytest.mark.parametrize("network, labels", ROWS)
def test_what_each_column_sees_and_what_it_does_not(network, labels, experiment, trained):
    first = {}
    for column in experiment.COLUMNS:
        model, seen, recorded = trained(network, labels, column)
        digits, (labeled, named) = seen["digits"], seen["labeled"]
        at = numbers(labeled) - 1_000

        # No test image and no held-out one reaches `fit`; labels are those of the training set.
        learned = np.concatenate([numbers(seen["x"]), numbers(labeled)]) - 1_000
        assert learned.min() >= experiment.HELD_OUT and learned.max() < TRAIN
        assert (numbers(seen["validation_data"][0]) == 1_000 + np.arange(experiment.HELD_OUT)).all()
        np.testing.assert_array_equal(named, digits.y_train[at])

        # As many of each digit, each once, and the same in all columns.
        assert len(set(at)) == len(at)
        if labels == "all":
            assert len(at) == TRAIN - experiment.HELD_OUT
        else:
            assert (np.bincount(named) == int(labels) // 10).all()
        assert (at == first.setdefault("chosen", at)).all()

        # The columns "alone" see nothing without a label; the others see all that is not held out.
        alone = column.startswith("alone")
        every = experiment.HELD_OUT + np.arange(TRAIN - experiment.HELD_OUT)
        assert set(numbers(seen["x"]) - 1_000) == (set(at) if alone else set(every))

        # Twins: the same network, initialization, steps and falling learning rate.
        reader, with_vat = classifier(model), "vat" in column
        weights = [weight.numpy() for weight in reader.weights]
        for ours, others in zip(
            weights, first.setdefault(f"weights {with_vat}", weights), strict=True
        ):
            np.testing.assert_array_equal(ours, others)
        several = getattr(model, "optimizers", {})
        optimizer = several.get("autoencoder") or model.optimizer
        rate, steps = optimizer.get_config()["learning_rate"], seen["steps_per_epoch"]
        same = rate["config"], seen["epochs"], steps
        assert same == first.setdefault("how", same) and same[0]["decay_steps"] == 5 * 550

        # What is recorded is the accuracy on the test images, of the network that was trained.
        read = np.argmax(reader.predict(digits.x_test, verbose=0), axis=1)
        assert recorded == {
            "name": f"06_{network}_{labels}_{column}",
            "dataset": "drawn",
            "script": str(PATH),
            f"{network}_{labels}_{column}_test_accuracy": np.mean(read == digits.y_test),
        }

        # Distortions are the convolutional network's; noise where no adversarial step is.
        augment = model.augment if hasattr(model, "augment") else model.layers[0]
        assert isinstance(augment, RandomAffine) == (network == "conv")
        random_images = np.random.default_rng(0).random((8, 28, 28)).astype(np.float32)
        once, again = (reader(random_images, training=True).numpy() for _ in range(2))
        assert np.array_equal(once, again) == with_vat
        if column != "alone":
            radius = 1.0 if (network, labels) == ("dense", "100") else 2.0
            weights = model.loss_weights
            smoothing = weights["virtual_adversarial"], model.vat_radius
            assert smoothing == ((10, radius) if with_vat else (0, 2))
            unlabeled = column in ("aae", "vat")
            assert (weights["reconstruction"], weights["generator"]) == (
                (0.1, 1) if unlabeled else (0, 0)
            )
            assert weights["classification"] == 10
