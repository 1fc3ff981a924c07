"""One training uninterrupted, and one killed and resumed: what tests of resuming compare."""

import shutil

from aecourse.training import Run
import keras
import numpy as np


def twice(build, images, folder, monkeypatch, *, targets=None, epochs=4, killed_after=2, **fitting):
    """(weights, history) of a model from `build` trained in one go, and of one that goes on from
    what was on disk after `killed_after` epochs of that training."""
    whole, parts, saved = folder / "whole", folder / "parts", []
    save = Run._save_checkpoint

    def save_and_copy(run, model):
        save(run, model)
        saved.append(len(run.history["epoch"]))
        if saved == list(range(1, killed_after + 1)):
            shutil.copytree(whole, parts, ignore=shutil.ignore_patterns("lock"))

    def fit(model, runs):
        monkeypatch.setenv("AECOURSE_RUNS", str(runs))
        run = Run("t", part="resume")
        history = run.fit(model, images, targets, epochs=epochs, batch_size=4, seed=3, **fitting)
        return model.get_weights(), history

    with monkeypatch.context() as patched:
        patched.setattr(Run, "_save_checkpoint", save_and_copy)
        straight = fit(build(), whole)
        model = build()
        keras.utils.set_random_seed(99)  # what a new process would not share
        resumed = fit(model, parts)
    assert saved == [*range(1, epochs + 1), *range(killed_after + 1, epochs + 1)]
    return straight, resumed


def assert_same(whole, parts):
    assert whole[1] == parts[1]
    for one, other in zip(whole[0], parts[0], strict=True):
        np.testing.assert_array_equal(one, other)
