"""Nothing is lost: interrupted trainings resume exactly, finished ones come back."""

import inspect
import json
import os
from pathlib import Path
import subprocess
import sys
import textwrap
import time

from aecourse import models, training
from aecourse.models import Autoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
from aecourse.training import Run, batches, set_seed
import keras
import numpy as np
import pytest

IMAGES = np.random.default_rng(0).random((70, 28, 28)).astype(np.float32)
HOW = {"epochs": 4, "batch_size": 16}


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def build(learning_rate=1e-3):
    """A network with dropout: its random state must survive a restart too."""
    set_seed(0)
    model = Autoencoder(
        build_dense_encoder(3, hidden=(12,), dropout=0.3), build_dense_decoder(3, hidden=(12,))
    )
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="mean_squared_error")
    return model


def folders(runs):
    return sorted(path.parent for path in runs.glob("*/*/settings.json"))


def stop_after(epochs):
    """A picture function that interrupts, as the stop button does, in its n-th epoch."""
    calls = []

    def picture(model):
        calls.append(1)
        if len(calls) == epochs:
            raise KeyboardInterrupt

    return picture


# The order of examples.


def order(epoch, **how):
    dataset = batches(np.arange(10), batch_size=4, first_batch=3 * epoch, **how)
    return [batch.numpy().tolist() for batch in dataset.take(3)]


def test_every_epoch_holds_every_example_once_and_ends_with_a_partial_batch():
    found = order(0)
    assert [len(batch) for batch in found] == [4, 4, 2]
    assert sorted(sum(found, [])) == list(range(10))


def test_order_is_a_function_of_seed_and_epoch():
    assert order(3, seed=5) == order(3, seed=5)
    assert order(3, seed=5) != order(4, seed=5)
    assert order(3, seed=5) != order(3, seed=6)
    two_epochs = batches(np.arange(10), batch_size=4, seed=5, first_batch=6).take(6)
    assert [b.numpy().tolist() for b in two_epochs][3:] == order(3, seed=5)
    later = batches(np.arange(10), batch_size=4, seed=5, first_batch=10).take(2)
    assert [b.numpy().tolist() for b in later] == order(3, seed=5)[1:]


def test_targets_stay_with_their_inputs():
    dataset = batches(np.arange(10), 10 * np.arange(10), batch_size=4)
    for inputs, targets in dataset.take(5):
        np.testing.assert_array_equal(10 * inputs.numpy(), targets.numpy())


# A run and its folder.


def test_a_run_leaves_settings_log_summaries_and_a_model_without_optimizer(runs):
    history = Run("01_autoencoder", latent_dim=3, part="a:b?/c").fit(build(), IMAGES, **HOW)
    (folder,) = folders(runs)
    assert folder.parent == runs / "01_autoencoder"
    assert "latent_dim=3" in folder.name and not set(folder.name) & set('<>:"/\\|?*')
    kept = {path.name for path in folder.iterdir()}
    assert kept == {"settings.json", "log.csv", "tensorboard", "model.keras"}
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["epochs"] == 4 and settings["latent_dim"] == 3
    rows = (folder / "log.csv").read_text().splitlines()
    assert rows[0] == "epoch,loss" and len(rows) == 5
    assert float(rows[-1].split(",")[1]) == pytest.approx(history["loss"][-1])
    saved = keras.saving.load_model(folder / "model.keras")
    assert getattr(saved, "optimizer", None) is None


def test_summaries_hold_losses_code_histograms_and_pictures(runs):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    Run("lesson").fit(build(), IMAGES, **HOW)
    events = EventAccumulator(str(folders(runs)[0] / "tensorboard"), {"tensors": 0}).Reload()
    assert set(events.Tags()["tensors"]) == {"loss", "codes", "input | reconstruction"}
    assert [event.step for event in events.Tensors("loss")] == [1, 2, 3, 4]


def test_a_finished_run_reloads_and_says_which(runs, capsys):
    trained = build()
    history = Run("lesson", part="a").fit(trained, IMAGES, **HOW)
    other = build()
    other.set_weights([w + 1 for w in other.get_weights()])
    capsys.readouterr()
    again = Run("lesson", part="a").fit(other, IMAGES, **HOW, train=False)
    said = capsys.readouterr().out
    assert folders(runs)[0].name in said and "4 epochs" in said and str(runs) not in said
    assert again == history
    for one, two in zip(trained.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_reload_takes_only_a_run_with_the_same_settings_and_else_trains(runs, capsys):
    Run("lesson", part="a").fit(build(), IMAGES, **HOW)
    for run, model, how in (
        (Run("lesson", part="b"), build(), HOW),
        (Run("lesson", part="a"), build(), {**HOW, "epochs": 2}),
        (Run("lesson", part="a"), build(learning_rate=0.1), HOW),
    ):
        before = len(folders(runs))
        run.fit(model, IMAGES, **how, train=False)
        assert "No finished run" in capsys.readouterr().out
        assert len(folders(runs)) == before + 1
    Run("lesson", part="a").fit(build(), 1 - IMAGES, **HOW, train=False)
    assert "No finished run" in capsys.readouterr().out


def test_reload_takes_the_latest(runs):
    first, second = build(), build()
    second.set_weights([w + 1 for w in second.get_weights()])
    for model in (first, second):
        Run("lesson").fit(model, IMAGES, **HOW)
    other = build()
    Run("lesson").fit(other, IMAGES, **HOW, train=False)
    np.testing.assert_array_equal(other.get_weights()[0], second.get_weights()[0])


def test_a_run_that_is_fitted_twice_has_the_history_of_the_second_time(runs):
    run = Run("lesson")
    run.fit(build(), IMAGES, **HOW)
    assert len(run.fit(build(), IMAGES, **HOW)["loss"]) == HOW["epochs"]


@pytest.mark.parametrize("count, at_once", [(48, 12), (44, 11), (68, 1)])
def test_steps_taken_several_at_once_are_those_of_single_ones(runs, count, at_once):
    """68 images are 17 steps, a prime: two at once would take one of the next epoch's."""
    images = np.random.default_rng(1).random((count, 28, 28)).astype("float32")
    steps, used = count // 4, []
    single = build()
    single.fit(batches(images, batch_size=4), steps_per_epoch=steps, epochs=2, shuffle=False)
    model = build()
    note = lambda model: used.append(model.steps_per_execution)  # noqa: E731
    Run("lesson").fit(model, images, epochs=2, batch_size=4, picture=note)
    assert used == [at_once] * 2 and model.steps_per_execution == 1
    assert model.optimizer.iterations == single.optimizer.iterations == 2 * steps
    for one, two in zip(single.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


# Interrupt and resume.


def test_an_interrupt_keeps_the_last_epoch_and_resumes_to_the_same_weights(runs, capsys):
    straight = build()
    history = Run("lesson", part="straight").fit(straight, IMAGES, **HOW)
    stopped = build()
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(stopped, IMAGES, **HOW, picture=stop_after(3))
    assert "run again to resume" in capsys.readouterr().out
    resumed = build(), Run("lesson")
    assert resumed[1].fit(resumed[0], IMAGES, **HOW) == history
    assert "after epoch 3" in capsys.readouterr().out
    for one, two in zip(straight.get_weights(), resumed[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert len(folders(runs)) == 2 and not list(runs.glob("*/*/checkpoint.npz"))


CHILD = """
    import hashlib, os, sys, time
    sys.path.insert(0, {tests!r})
    import numpy as np
    import test_training as t

    def picture(model):
        print("epoch done", flush=True)
        time.sleep(float(sys.argv[1]))

    model = t.build()
    t.Run("lesson").fit(model, t.IMAGES, **t.HOW, picture=picture)
    print("digest", hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest())
"""


def child(pause, runs):
    code = textwrap.dedent(CHILD.format(tests=str(Path(__file__).parent)))
    return subprocess.Popen(
        [sys.executable, "-c", code, str(pause)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "AECOURSE_RUNS": str(runs)},
    )


def test_a_killed_process_resumes_in_a_fresh_one_with_exactly_the_same_weights(tmp_path):
    straight = child(0, tmp_path / "straight").communicate()[0]
    killed = child(60, tmp_path / "killed")
    while "epoch done" not in killed.stdout.readline():
        pass
    killed.kill()
    killed.communicate()
    resumed = child(0, tmp_path / "killed").communicate()[0]
    assert "Resuming" in resumed and "after epoch 1" in resumed
    assert straight.splitlines()[-1].startswith("digest ")
    assert resumed.splitlines()[-1] == straight.splitlines()[-1]


def test_two_kernels_on_one_lesson_do_not_share_a_folder(runs):
    busy = child(60, runs)
    while "epoch done" not in busy.stdout.readline():
        pass
    try:
        Run("lesson").fit(build(), IMAGES, **HOW)
    finally:
        busy.kill()
        busy.communicate()
    finished = [(f / "model.keras").exists() for f in folders(runs)]
    assert sorted(finished) == [False, True]


def test_a_run_that_another_kernel_has_just_finished_is_not_resumed(runs, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(build(), IMAGES, **HOW, picture=stop_after(3))
    matching = Run._matching

    def finished_meanwhile(self, name):
        found = matching(self, name)
        for folder in found:
            (folder / "checkpoint.npz").unlink()
        return found

    monkeypatch.setattr(Run, "_matching", finished_meanwhile)
    run = Run("lesson")
    assert len(run.fit(build(), IMAGES, **HOW)["loss"]) == HOW["epochs"]
    assert len(folders(runs)) == 2 and not list(runs.glob("*/*/lock"))


MEMORY = """
    import gc
    import numpy as np
    from aecourse.models import Autoencoder
    from aecourse.networks import build_dense_decoder, build_dense_encoder
    from aecourse.training import Run

    def now():
        gc.collect()
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 1e6

    used = []
    for number in range(4):
        wide = dict(hidden=(4000, 1000))
        model = Autoencoder(build_dense_encoder(3, **wide), build_dense_decoder(3, **wide))
        model.compile(optimizer="adam", loss="mean_squared_error")
        Run("lesson", number=number).fit(
            model, np.zeros((64, 28, 28), np.float32), epochs=1, batch_size=64
        )
        weights = sum(w.nbytes for w in model.get_weights()) / 1e6
        del model
        used.append(now())
    print(weights, *used)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="reads memory as Linux tells it")
def test_models_that_nobody_holds_take_no_memory(runs):
    """TensorFlow would keep the weights and Adam's two numbers for each, of every model. These are
    large, because what the C library holds varies by some 30 MB from one model to the next."""
    command = [sys.executable, "-c", textwrap.dedent(MEMORY)]
    found = subprocess.run(command, capture_output=True, text=True)
    weights, *used = map(float, found.stdout.splitlines()[-1].split())
    assert used[-1] - used[1] < weights, f"{used} MB after each model of {weights} MB"


def test_a_loss_that_is_no_number_stops_training_and_is_not_resumed(runs):
    broken = IMAGES.copy()
    broken[0] = np.nan
    with pytest.raises(FloatingPointError, match="loss is no longer a finite number"):
        Run("lesson").fit(build(), broken, **HOW)
    assert not list(runs.glob("*/*/checkpoint.npz"))


def test_a_terminal_gets_one_line_an_epoch(capsys):
    Run("lesson").fit(build(), IMAGES, **HOW)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"epoch {n} of 4" for n in (1, 2, 3, 4)]


def test_time_left_counts_the_epochs_of_this_process(monkeypatch):
    progress = training._Progress(None, epochs=10, steps=4, picture=None, alt="")
    said = []
    monkeypatch.setattr(progress.live, "update", lambda text, **how: said.append(text))
    clock = iter([0.0, 6.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    progress.on_epoch_begin(8)  # resumed: two of ten epochs are left
    progress.on_train_batch_end(1, {"loss": 0.5})  # half an epoch took 6 seconds
    assert said == ["epoch 9 of 10: loss 0.5000; about 18 s left"]


MODELS = [each for each in vars(models).values() if isinstance(each, type)]


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_saves_everything_that_it_takes(kind):
    """Else a reloaded model would quietly have the default instead."""
    takes = [
        name
        for name, parameter in inspect.signature(kind.__init__).parameters.items()
        if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    assert takes == [*kind.NETWORKS, *kind.SETTINGS]


def test_the_rate_falls_to_zero_over_all_epochs_of_a_training_and_not_before():
    adam = training.falling_adam(0.004, count=250, epochs=4, batch_size=100)  # 4 times 3 batches

    def rate_after(steps):
        adam.iterations.assign(steps)
        return float(adam.learning_rate)

    assert [rate_after(0), rate_after(6), rate_after(12)] == pytest.approx([0.004, 0.002, 0.0])
    assert rate_after(11) > 0
