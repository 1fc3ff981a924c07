"""What a classifier learns from images that were handed to it: the ceiling, chance, and a mistake
that it must notice."""

import dataclasses

from aecourse import datasets, settings
from aecourse.training import Run, accuracy_on_real, student
import numpy as np
import pytest


@pytest.fixture(scope="module")
def digits():
    return datasets.load("drawn", train=1600, test=300)


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))
    assert settings.profile.name == "fast"


@pytest.fixture(scope="module")
def real(digits, tmp_path_factory):
    """The accuracy after real digits, and the folder of that run."""
    folder = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AECOURSE_RUNS", str(folder))
        found = accuracy_on_real(digits.x_train, digits.y_train, digits, part="real")
    return found, folder


def test_it_reads_after_real_digits_and_guesses_after_random_labels(digits, real):
    """Random labels say nothing of the image: what is left is chance."""
    mixed = np.random.default_rng(0).permutation(digits.y_train)
    chance = accuracy_on_real(digits.x_train, mixed, digits, part="mixed")
    assert real[0] > 0.6 and chance < 0.3


def test_it_is_scored_by_the_test_digits_and_their_own_labels(digits, real, monkeypatch):
    """Labels turned round there are turned round for the score, and nothing else is looked at."""
    train = digits.x_train, digits.y_train
    turned = dataclasses.replace(digits, y_test=(digits.y_test + 1) % 10)
    blank = dataclasses.replace(digits, x_test=0 * digits.x_test)
    monkeypatch.setenv("AECOURSE_RUNS", str(real[1]))
    assert accuracy_on_real(*train, turned, part="real", train=False) < 0.3 < real[0]
    assert accuracy_on_real(*train, blank, part="real", train=False) < 0.3


def test_its_first_weights_and_its_order_are_the_seed_s(digits, monkeypatch):
    began = []

    class Began(Run):
        def fit(self, model, *arrays, seed, **how):
            began.append((model.get_weights()[0].sum(), seed))

    monkeypatch.setattr(student, "Run", Began)
    for seed in (3, 4, 3):
        accuracy_on_real(digits.x_train, digits.y_train, digits, part="seed", seed=seed)
    (one, other, again), seeds = zip(*began, strict=True)
    assert one == again != other and seeds == (3, 4, 3)


def test_the_same_images_give_the_same_score(digits):
    one, other = (
        accuracy_on_real(digits.x_train[:300], digits.y_train[:300], digits, part=part)
        for part in ("one", "other")
    )
    assert one == other


def test_images_without_as_many_labels_are_refused(digits):
    with pytest.raises(ValueError, match="labels|lengths|examples"):
        accuracy_on_real(digits.x_train, digits.y_train[:-1], digits, part="short")
