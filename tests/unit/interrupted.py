"""One training uninterrupted, and the same stopped and resumed: what tests of resuming compare."""

from aecourse.training import Run
import keras
import numpy as np
import pytest


def twice(build, images, folder, monkeypatch, *, targets=None, epochs=4, stop_after=2, **fitting):
    """(weights, history) of a model from `build` trained in one go, and stopped and resumed."""

    def fit(model):
        run = Run("t", part="resume")
        history = run.fit(model, images, targets, epochs=epochs, batch_size=4, seed=3, **fitting)
        return model.get_weights(), history

    monkeypatch.setenv("AECOURSE_RUNS", str(folder / "whole"))
    whole = fit(build())
    monkeypatch.setenv("AECOURSE_RUNS", str(folder / "parts"))
    save = Run._save_checkpoint

    def save_and_interrupt(run, model):
        save(run, model)
        if len(run.history["epoch"]) == stop_after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Run, "_save_checkpoint", save_and_interrupt)
        fit(build())
    model = build()
    keras.utils.set_random_seed(99)  # what a new process would not share
    return whole, fit(model)


def assert_same(whole, parts):
    assert whole[1] == parts[1]
    for one, other in zip(whole[0], parts[0], strict=True):
        np.testing.assert_array_equal(one, other)
