"""The shared reader: trained once, the same for whoever asks, frozen."""

import random

from aecourse import datasets
from aecourse.training import Progress, frozen_reader, set_seed
import keras
import numpy as np
import pytest


@pytest.fixture(scope="module")
def digits():
    return datasets.load("drawn", train=600, test=100)


@pytest.fixture(scope="module", autouse=True)
def fast(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECOURSE_PROFILE", "fast")
        patch.setenv("AECOURSE_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(scope="module")
def reader(digits, fast):
    return frozen_reader(digits)


def test_it_reads_and_gives_probabilities(reader, digits):
    probabilities = reader(digits.x_test)
    assert probabilities.shape == (100, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (reader.read(digits.x_test) == digits.y_test).mean() > 0.6
    assert (reader.read(digits.x_test) == probabilities.argmax(axis=1)).all()
    with pytest.raises(ValueError, match="shape"):
        reader(np.zeros((3, 784)))


def test_it_judges_what_trivial_answers_give_away(reader, digits):
    real, blank = reader.judge(digits.x_test), reader.judge(np.zeros((5, 28, 28)))
    means = np.stack([digits.x_train[digits.y_train == k].mean(axis=0) for k in range(10)])
    assert list(real) == ["confidence", "classes", "variety"]
    assert real["classes"] > 8 > 1.01 > blank["classes"]
    assert real["confidence"] > blank["confidence"]
    assert real["variety"] > 0.1 > 1e-6 > blank["variety"]
    assert reader.judge(means)["variety"] < real["variety"] / 3
    assert real["confidence"] == pytest.approx(reader(digits.x_test).max(axis=1).mean())


def test_it_is_frozen(reader):
    assert not reader.model.trainable_variables


def test_it_is_the_same_whatever_a_lesson_did_before_and_is_trained_once(reader, digits, capsys):
    random.seed(99)
    again = frozen_reader(digits)
    assert "Reloaded" in capsys.readouterr().out
    np.testing.assert_array_equal(again(digits.x_test), reader(digits.x_test))


def test_trained_anew_it_is_the_same_one(reader, digits, monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    random.seed(99)
    keras.layers.Dense(3).build((None, 3))  # somebody else's weights
    anew = frozen_reader(digits)
    np.testing.assert_allclose(anew(digits.x_test), reader(digits.x_test), atol=1e-4)


def test_what_follows_does_not_depend_on_whether_it_was_trained_or_loaded(reader, digits):
    def first_weights():
        layer = keras.layers.Dense(3)
        layer.build((None, 3))
        return layer.kernel.numpy().tolist(), random.random()

    frozen_reader(digits)
    after = first_weights()
    set_seed()
    assert after == first_weights()


def test_plain_keras_shows_its_progress_in_one_line_without_times(capsys):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    x = np.zeros((10, 4), "float32")
    model.fit(x, x[:, :1], epochs=2, batch_size=5, verbose=0, callbacks=[Progress()])
    assert capsys.readouterr().out == "epoch 1 of 2: loss 0.0000\nepoch 2 of 2: loss 0.0000\n"
