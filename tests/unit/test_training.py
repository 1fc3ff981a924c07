"""Nothing is lost: interrupted trainings resume exactly, finished ones come back."""

import hashlib
import inspect
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import textwrap
import time
from unittest import mock

from aecourse import models, notebook, training
from aecourse.models import Autoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
from aecourse.training import Run, batches, callbacks, checkpoint, pipeline, set_seed
import keras
import nbclient
import nbformat
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
    assert kept == {"settings.json", "log.csv", "tensorboard", "model.keras", "lock"}
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
    assert set(events.Tags()["tensors"]) == {"loss", "codes", "input | output"}
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


@pytest.mark.parametrize("count, at_once", [(48, 12), (68, 16), (66, 16)])
def test_steps_taken_several_at_once_are_those_of_single_ones(runs, count, at_once):
    """68 images are 17 steps, a prime: the second call takes what is left, and no batch of the
    next epoch. 66 are as many, of which the last is half."""
    images = np.random.default_rng(1).random((count, 28, 28)).astype("float32")
    steps, used = -(-count // 4), []
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
    with pytest.raises(KeyboardInterrupt, match="as it was after epoch 3; run again to resume"):
        Run("lesson").fit(stopped, IMAGES, **HOW, picture=stop_after(3))
    assert capsys.readouterr().out.splitlines()[-1] == "stopped in epoch 3 of 4"
    resumed = build(), Run("lesson")
    assert resumed[1].fit(resumed[0], IMAGES, **HOW) == history
    assert "after epoch 3" in capsys.readouterr().out
    for one, two in zip(straight.get_weights(), resumed[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert len(folders(runs)) == 2 and not list(runs.glob("*/*/checkpoint.npz"))


STOPPED_CELL = """
import sys
sys.path.insert(0, {tests!r})
import test_training as t
t.Run("lesson").fit(t.build(), t.IMAGES, **t.HOW, picture=t.stop_after(2))
"""


def test_in_a_notebook_an_interrupt_is_one_line_and_stops_run_all(runs):
    cells = STOPPED_CELL.format(tests=str(Path(__file__).parent)), "print('went on')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    stopped, after = notebook.cells
    (error,) = [output for output in stopped.outputs if output.output_type == "error"]
    assert len(error.traceback) == 1 and "after epoch 2; run again to resume" in error.traceback[0]
    shown = [output.data["text/plain"] for output in stopped.outputs if "data" in output]
    assert shown == ["stopped in epoch 2 of 4"] and not after.outputs


def digest(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()


CHILD = """
    import sys, time
    sys.path.insert(0, {tests!r})
    import numpy as np
    import test_training as t

    def picture(model):
        print("epoch done", flush=True)
        time.sleep(float(sys.argv[1]))

    model = t.build()
    t.Run("lesson").fit(model, t.IMAGES, **t.HOW, picture=picture)
    print("digest", t.digest(model))
"""


def child(pause, runs):
    code = textwrap.dedent(CHILD.format(tests=str(Path(__file__).parent)))
    return subprocess.Popen(
        [sys.executable, "-c", code, str(pause)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "AECOURSE_RUNS": str(runs)},
    )


def test_two_kernels_share_no_folder_and_the_killed_one_resumes_to_exactly_the_same_weights(runs):
    busy, straight = child(60, runs), build()
    while "epoch done" not in busy.stdout.readline():
        pass
    try:
        Run("lesson").fit(straight, IMAGES, **HOW)
    finally:
        busy.kill()
        busy.communicate()
    finished = {(folder / "model.keras").exists(): folder for folder in folders(runs)}
    assert len(folders(runs)) == 2 and set(finished) == {False, True}
    shutil.rmtree(finished[True])
    resumed = child(0, runs).communicate()[0]
    assert "Resuming" in resumed and "after epoch 1" in resumed
    assert resumed.splitlines()[-1] == f"digest {digest(straight)}"


def test_a_run_that_another_kernel_has_just_finished_is_not_resumed(runs, monkeypatch, capsys):
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(build(), IMAGES, **HOW, picture=stop_after(3))
    matching = Run._matching

    def finished_meanwhile(self, name):
        found = matching(self, name)
        for folder in found:
            (folder / "checkpoint.npz").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Run, "_matching", finished_meanwhile)
    run = Run("lesson")
    assert len(run.fit(build(), IMAGES, **HOW)["loss"]) == HOW["epochs"]
    assert len(folders(runs)) == 2 and "damaged" not in capsys.readouterr().out


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
        Run("lesson").fit(build(), broken, checked=False, **HOW)
    assert not list(runs.glob("*/*/checkpoint.npz"))


def test_a_terminal_gets_one_line_an_epoch(capsys):
    Run("lesson").fit(build(), IMAGES, **HOW)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"epoch {n} of 4" for n in (1, 2, 3, 4)]


def test_time_left_counts_the_epochs_of_this_process_and_not_what_the_first_step_costs(
    monkeypatch,
):
    progress = callbacks.Progress(epochs=10, steps=4, picture=None)
    said = []
    monkeypatch.setattr(progress.live, "update", lambda text, **how: said.append(text))
    clock = iter([100.0, 106.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    progress.on_epoch_begin(8)  # resumed: two of ten epochs are left
    progress.on_train_batch_end(0, {"loss": 0.7})  # paid for compiling
    progress.on_train_batch_end(2, {"loss": 0.5})  # half an epoch took 6 seconds
    assert said == ["epoch 9 of 10: loss 0.7000", "epoch 9 of 10: loss 0.5000; about 15 s left"]


def test_a_bar_is_as_full_as_the_training_is_far_and_takes_what_keras_tells(monkeypatch):
    progress = callbacks.Progress()
    progress.set_params({"epochs": 4, "steps": None})
    progress.on_train_begin()
    assert (progress.epochs, progress.steps) == (4, 1)
    progress = callbacks.Progress(epochs=4, steps=10)
    progress.set_params({"epochs": 1, "steps": 1})
    progress.on_train_begin()
    full = []
    monkeypatch.setattr(progress.live, "update", lambda text, *, done, **how: full.append(done))
    progress.on_epoch_begin(1)
    progress.on_train_batch_end(4, {})
    progress.stopped()
    progress.on_epoch_end(1)
    assert full == pytest.approx([1.5 / 4, 1 / 4, 2 / 4])
    assert [callbacks._clock(seconds) for seconds in (1, 99, 100, 151)] == [
        "5 s",
        "100 s",
        "2 min",
        "3 min",
    ]


def test_an_image_has_two_sides_and_perhaps_one_or_three_channels():
    def found(*shapes):
        image = callbacks._first_image([np.zeros(shape) for shape in shapes])
        return image if image is None else image.shape

    assert found((4, 5), (4, 9, 8), (4, 7, 7)) == (4, 9, 8, 1)
    assert found((4, 9, 8, 3)) == (4, 9, 8, 3) and found((4, 9, 8, 1)) == (4, 9, 8, 1)
    assert found((4, 9, 8, 2)) is None and found((4, 5), (4, 9, 8, 3, 1)) is None


def test_eight_pictures_are_shown_whether_input_and_output_have_one_size(monkeypatch, tmp_path):
    shown = []
    monkeypatch.setattr(
        callbacks.tf.summary,
        "image",
        lambda name, images, max_outputs: shown.append((name, tuple(images.shape), max_outputs)),
    )
    for x, size in ((np.zeros((9, 6, 6)), 6), (np.zeros((9, 4, 4)), 4)):
        images = keras.Input((size, size))
        summaries = callbacks.Summaries(tmp_path, x, None)
        summaries.set_model(keras.Model(images, keras.layers.ZeroPadding1D(6 - size)(images)))
        summaries.draw()
    assert shown == [
        ("input | output", (8, 6, 12, 1), 8),
        ("input", (8, 4, 4, 1), 8),
        ("output", (8, 8, 4, 1), 8),
    ]


def test_folders_of_one_second_are_numbered_from_the_second_on(runs, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda form: "20260101-000000")
    made = [Run("lesson", part="a")._new_folder() for _ in range(3)]
    assert [folder.name for folder in made] == [
        f"20260101-000000_part=a{ending}" for ending in ("", "_2", "_3")
    ]
    lines = (made[0] / "settings.json").read_text().splitlines()
    assert '  "part": "a"' in lines, "each on a line of its own, for people"


def test_as_many_steps_at_once_as_fill_an_epoch_up_to_sixteen(monkeypatch):
    model = build()

    def at_once(steps, **how):
        with pipeline.several_steps_at_once(model, steps, **how):
            return model.steps_per_execution

    assert [at_once(steps, finite=True) for steps in (1, 7, 16, 17)] == [1, 7, 16, 16]
    assert [at_once(steps, finite=False) for steps in (1, 7, 12, 17, 20, 32)] == [
        1,
        7,
        12,
        1,
        10,
        16,
    ]
    assert at_once(10, finite=True, single=True) == 1 == model.steps_per_execution
    model.steps_per_execution = 3
    assert at_once(10, finite=True) == 3 and at_once(2, finite=True) == 2
    monkeypatch.setattr(model, "_distribute_strategy", mock.Mock(num_replicas_in_sync=2))
    assert at_once(10, finite=True) == 1


def test_data_goes_to_the_one_gpu_where_it_fits_beside_a_model(monkeypatch):
    stream = pipeline.InMemory(IMAGES, batch_size=4, seed=0)
    devices = []
    monkeypatch.setattr(pipeline.tf.config, "list_physical_devices", lambda kind: devices)
    assert not pipeline.belongs_on_device([stream])
    devices.append("a GPU")
    monkeypatch.setattr(pipeline, "FITS_ON_DEVICE", 2 * IMAGES.nbytes)
    assert pipeline.belongs_on_device([stream, stream])
    assert not pipeline.belongs_on_device(3 * [stream])
    two = mock.Mock(num_replicas_in_sync=2)
    monkeypatch.setattr(pipeline.tf.distribute, "get_strategy", lambda: two)
    assert not pipeline.belongs_on_device([stream])


def test_a_batch_of_two_streams_is_a_pair_and_of_one_is_none():
    streams = [pipeline.InMemory(IMAGES[:n], batch_size=4, seed=0) for n in (8, 6)]
    one = pipeline.Epochs(streams[:1], steps=1, on_device=True).find([np.array([1, 2])])
    np.testing.assert_array_equal(one, IMAGES[1:3])
    pair = pipeline.Epochs(streams, steps=1, on_device=True).find([np.array([1, 2]), np.array([3])])
    assert [len(part) for part in pair] == [2, 1]


def test_validation_data_without_an_end_needs_a_number_of_steps():
    data = pipeline.tf.data.Dataset.from_tensors((IMAGES[:4], IMAGES[:4])).repeat()
    found = Run("t").fit(build(), IMAGES, **HOW, validation_data=data, validation_steps=1)
    assert len(found["val_loss"]) == HOW["epochs"]
    with pytest.raises(ValueError, match="has no end; give validation_steps"):
        Run("t").fit(build(), IMAGES, **HOW, validation_data=data)


def test_a_run_of_one_epoch_reloads(runs):
    history = Run("lesson").fit(build(), IMAGES, **{**HOW, "epochs": 1})
    again = Run("lesson").fit(build(), IMAGES, **{**HOW, "epochs": 1}, train=False)
    assert again == history and len(folders(runs)) == 1


def test_the_time_left_stays_the_same_for_a_while_and_the_display_keeps_its_place(monkeypatch):
    clocks = [callbacks._clock(seconds) for seconds in np.linspace(90, 1, 900)]
    changes = sum(one != other for one, other in zip(clocks, clocks[1:], strict=False))
    assert clocks[-1] == "5 s" and changes <= 18
    shown = []
    live = notebook.Live()
    monkeypatch.setattr(live, "_notebook", True)
    monkeypatch.setattr(live, "_handle", mock.Mock())
    live._handle.update = lambda bundle, raw: shown.append(bundle["text/html"])
    for text, picture in (("a", ""), ("a longer line", ""), ("b", "<img>"), ("no picture", None)):
        live.update(text, done=0.5, picture=picture)
    first, second, third, last = shown
    assert first.split("<code>")[0] == second.split("<code>")[0], "the line moves the bar"
    assert "height: 16em" in first and "<img>" in third and "16em" not in third + last


def test_losses_are_read_back_twice_a_second_and_no_more_often(monkeypatch):
    read, now = [], [0.0]

    class Loss:
        def __float__(self):
            read.append(now[0])
            return 1.0

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = callbacks.Progress(epochs=1, steps=100, picture=None)
    finite = callbacks.Finite(lambda: None)
    monkeypatch.setattr(finite, "_model", object(), raising=False)
    progress.on_epoch_begin(0)
    for step in range(100):  # ten seconds
        now[0] = 0.1 * step
        for watching in (finite, progress):
            watching.on_train_batch_end(step, {"loss": Loss()})
    assert len(read) <= 2 * 2 * 10 + 2


# As Keras users know it.


def test_the_seed_that_is_set_is_that_of_weights_order_and_run(monkeypatch, runs):
    monkeypatch.setenv("AECOURSE_SEED", "5")
    assert set_seed() == 5
    Run("seeded").fit(plain(), IMAGES, IMAGES, epochs=1, batch_size=35)
    (known,) = (runs / "seeded").glob("*/settings.json")
    assert json.loads(known.read_text(encoding="utf-8"))["seed"] == 5


def plain(activation="relu", **compiling):
    """A learner's own functional model."""
    set_seed(0)
    images = keras.Input((28, 28))
    hidden = keras.layers.Dense(8, activation=activation)(keras.layers.Flatten()(images))
    pixels = keras.layers.Dense(784, activation="sigmoid")(hidden)
    model = keras.Model(images, keras.layers.Reshape((28, 28))(pixels))
    model.compile(**{"optimizer": "adam", "loss": "mean_squared_error", **compiling})
    return model


class Unsaved(keras.Model):
    """A learner's own class, which Keras cannot build from a configuration."""

    def __init__(self, activation):
        super().__init__()
        self.flat, self.hidden = keras.layers.Flatten(), keras.layers.Dense(8, activation)
        self.pixels, self.shaped = keras.layers.Dense(784), keras.layers.Reshape((28, 28))

    def call(self, images):
        return self.shaped(self.pixels(self.hidden(self.flat(images))))


def unsaved():
    set_seed(0)
    model = Unsaved(lambda x: keras.ops.maximum(x, 0))
    model.compile(optimizer="adam", loss="mean_squared_error")
    return model


def assert_equal_weights(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("make", [plain, unsaved])
def test_a_learners_own_model_resumes_and_is_kept(make, runs, capsys):
    straight, stopped, resumed, reloaded = make(), make(), make(), make()
    Run("lesson", part="straight").fit(straight, IMAGES, IMAGES, **HOW)
    capsys.readouterr()
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(stopped, IMAGES, IMAGES, **HOW, picture=stop_after(2))
    said = capsys.readouterr().out
    assert ("has no get_config" in said.splitlines()[0]) == (make is unsaved)
    Run("lesson").fit(resumed, IMAGES, IMAGES, **HOW)
    assert "Resuming" in capsys.readouterr().out
    assert_equal_weights(straight, resumed)
    history = Run("lesson").fit(reloaded, IMAGES, IMAGES, **HOW, train=False)
    assert "Reloaded" in capsys.readouterr().out and len(history["loss"]) == 4
    assert_equal_weights(straight, reloaded)


@pytest.mark.parametrize(
    "given",
    [
        IMAGES.astype(float),
        list(IMAGES),
        keras.ops.convert_to_tensor(IMAGES),
    ],
    ids=["float64", "list", "tensor"],
)
def test_a_run_takes_what_fit_takes(given):
    expected, model = plain(), plain()
    history = Run("lesson", part="array").fit(expected, IMAGES, IMAGES, **HOW)
    assert Run("lesson").fit(model, given, given, **HOW) == history
    assert_equal_weights(expected, model)


def test_a_dataset_trains_and_says_what_cannot_be_resumed_exactly(capsys):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((IMAGES, IMAGES)).batch(16)
    single, model = plain(), plain()
    single.fit(data, epochs=3, verbose=0, shuffle=False)
    history = Run("lesson").fit(model, data, epochs=3)
    assert "in another order" in capsys.readouterr().out
    assert len(history["loss"]) == 3
    assert_equal_weights(single, model)
    with pytest.raises(ValueError, match="steps_per_epoch"):
        Run("lesson").fit(plain(), data.repeat(), epochs=1)
    endless = plain()
    Run("lesson").fit(endless, data.repeat(), epochs=2, steps_per_epoch=3)
    assert endless.optimizer.iterations == 6
    with pytest.raises(ValueError, match="neither y nor sample_weight"):
        Run("lesson").fit(plain(), data, epochs=1, batch_size=4)


def test_everything_else_is_handed_on_to_keras():
    class Counts(keras.callbacks.Callback):
        epochs, batches = 0, 0

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += 1

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1

    counts, model = Counts(), plain(metrics=["mae"])
    weights = np.linspace(0, 1, len(IMAGES))[:, None]  # a column, as Keras wants it for pictures
    history = Run("lesson").fit(
        model, IMAGES, IMAGES, epochs=2, batch_size=16, sample_weight=weights,
        validation_split=0.2, callbacks=[counts],
    )  # fmt: skip
    assert set(history) == {"epoch", "loss", "mae", "val_loss", "val_mae"}
    assert (counts.epochs, counts.batches) == (2, 2 * 4)  # each of 56 images' batches was seen
    expected = plain(metrics=["mae"])
    expected.set_weights(model.get_weights())
    held_out = IMAGES[56:], IMAGES[56:], weights[56:].astype("float32")
    found = expected.evaluate(*held_out[:2], sample_weight=held_out[2], verbose=0, return_dict=True)
    assert history["val_loss"][-1] == pytest.approx(found["loss"], rel=1e-5)


def test_early_stopping_ends_a_finished_run(runs):
    stopping = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=9.0)
    history = Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, callbacks=[stopping])
    assert len(history["loss"]) == 2
    assert {path.name for path in folders(runs)[0].glob("*.keras")} == {"model.keras"}
    assert len(Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, train=False)["loss"]) == 2


@pytest.mark.parametrize(
    "how, words",
    [
        ({"shuffle": True}, "takes no shuffle"),
        ({"initial_epoch": 2}, "takes no initial_epoch"),
        ({"epochs": 0}, "epochs is 0"),
        ({"y": IMAGES[:9]}, "9 and 70 examples"),
        ({"x": IMAGES[:0], "y": IMAGES[:0]}, "x has no examples"),
        ({"labeled": (IMAGES, IMAGES)}, "not both"),
    ],
)
def test_what_would_break_a_run_is_refused_in_a_sentence(how, words, runs):
    given = {"x": IMAGES, "y": IMAGES, **HOW, **how}
    with pytest.raises(ValueError, match=words):
        Run("lesson").fit(plain(), **given)
    assert not list(runs.glob("*/*"))
    with pytest.raises(ValueError, match="Compile the model first"):
        Run("lesson").fit(keras.Sequential([keras.Input((28, 28))]), IMAGES, **HOW)


# What a run is.


def test_layers_activations_and_weights_of_losses_belong_to_a_run(capsys):
    Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW)
    for other in (
        plain("tanh"),
        plain(loss="mae"),
        plain(loss_weights=[2.0]),
        plain(metrics=["mae"]),
    ):
        Run("lesson").fit(other, IMAGES, IMAGES, **HOW, train=False)
        assert "No finished run" in capsys.readouterr().out
    keras.layers.Dense(1)  # Keras numbers the next model's layers differently
    Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, train=False)
    assert "Reloaded" in capsys.readouterr().out


def test_parameters_are_the_same_however_they_are_written(tmp_path, capsys):
    named = dict(
        hidden=(32, np.int64(3)), rate=np.float32(0.5), folder=tmp_path, layers=np.arange(2)
    )
    Run("lesson", **named).fit(plain(), IMAGES, IMAGES, **HOW)
    Run("lesson", **named).fit(plain(), IMAGES, IMAGES, **HOW, train=False)
    assert "Reloaded" in capsys.readouterr().out


def test_a_model_that_was_trained_goes_on_and_says_so(runs, capsys):
    model = plain()
    Run("lesson").fit(model, IMAGES, IMAGES, **HOW)
    first, weights = folders(runs), model.get_weights()
    capsys.readouterr()
    Run("lesson").fit(model, IMAGES, IMAGES, **HOW)
    assert "has been trained before" in capsys.readouterr().out
    assert model.optimizer.iterations == 2 * 4 * 5 and len(folders(runs)) == 2
    (second,) = set(folders(runs)) - set(first)
    assert json.loads((second / "settings.json").read_text())["first_weights"]
    # From the same weights the second training is found again, and from others it is not.
    again = plain()
    Run("lesson").fit(again, IMAGES, IMAGES, **HOW, train=False)
    for a, b in zip(weights, again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    Run("lesson").fit(again, IMAGES, IMAGES, **HOW, train=False)
    assert f"Reloaded lesson/{second.name}" in capsys.readouterr().out
    assert_equal_weights(again, model)


def test_a_model_trained_by_keras_alone_goes_on_as_well(capsys):
    model = plain()
    model.fit(IMAGES, IMAGES, verbose=0)
    Run("lesson").fit(model, IMAGES, IMAGES, **HOW)
    assert "has been trained before" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["model.keras", "log.csv"])
def test_a_damaged_finished_run_is_passed_over_and_named(name, runs, capsys):
    Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW)
    (folder,) = folders(runs)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2] if name == "model.keras" else b"")
    Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, train=False)
    said = capsys.readouterr().out
    assert f"Passed over lesson/{folder.name}" in said and len(folders(runs)) == 2


@pytest.mark.parametrize("damage", [lambda c: c[:99], lambda c: b"", lambda c: c[:-40] + c[-20:]])
def test_a_damaged_checkpoint_is_passed_over_and_named(damage, runs, capsys):
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, picture=stop_after(2))
    path = folders(runs)[0] / "checkpoint.npz"
    path.write_bytes(damage(path.read_bytes()))
    model, fresh = plain(), plain()
    Run("lesson").fit(model, IMAGES, IMAGES, **HOW)
    assert "checkpoint is damaged" in capsys.readouterr().out
    Run("lesson", part="fresh").fit(fresh, IMAGES, IMAGES, **HOW)
    assert_equal_weights(model, fresh)


def test_an_interrupt_in_the_first_epoch_leaves_the_model_as_it_was(capsys):
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    model, before = plain(), plain()
    with pytest.raises(KeyboardInterrupt, match="the model is as it was before"):
        Run("lesson").fit(model, IMAGES, IMAGES, **HOW, callbacks=[Stops()])
    assert "stopped in epoch 1 of 4" in capsys.readouterr().out
    assert_equal_weights(model, before)
    history = Run("lesson").fit(model, IMAGES, IMAGES, **HOW)
    assert history == Run("lesson", part="b").fit(before, IMAGES, IMAGES, **HOW)
    assert "trained before" not in capsys.readouterr().out


def test_a_run_killed_between_its_last_checkpoint_and_its_log_is_finished(runs, monkeypatch):
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(Run, "_finish", lambda self, model: sys.exit())
        Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW)
    (folders(runs)[0] / "log.csv").unlink()
    assert len(Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW)["loss"]) == 4
    assert len(Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, train=False)["loss"]) == 4
    assert len(folders(runs)) == 1


def test_a_lock_is_held_by_one_however_they_come_and_go(runs):
    """The lock's file stays, so that whoever opened it earlier waits for the same lock."""
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW, picture=stop_after(2))
    (folder,) = folders(runs)
    waiting = os.open(folder / "lock", os.O_RDWR)
    Run("lesson").fit(plain(), IMAGES, IMAGES, **HOW)
    assert os.path.sameopenfile(waiting, os.open(folder / "lock", os.O_RDWR))


# Several inputs, other sizes, a second stream.


def two_inputs():
    """From an image and a number to an image of another size."""
    set_seed(0)
    image, number = keras.Input((28, 28)), keras.Input((1,))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(image), number])
    pixels = keras.layers.Dense(14 * 14, activation="sigmoid")(joined)
    model = keras.Model([image, number], keras.layers.Reshape((14, 14))(pixels))
    model.compile(optimizer="adam", loss="mean_squared_error")
    return model


@pytest.mark.parametrize("kind", [tuple, list])
def test_several_inputs_and_another_size_train_resume_and_are_shown(kind, runs, capsys):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    x = kind((IMAGES, np.arange(70.0)[:, None] / 70))
    y = IMAGES[:, ::2, ::2]
    straight, resumed = two_inputs(), two_inputs()
    Run("lesson", part="straight").fit(straight, x, y, **HOW)
    with pytest.raises(KeyboardInterrupt):
        Run("lesson").fit(two_inputs(), x, y, **HOW, picture=stop_after(2))
    Run("lesson").fit(resumed, x, y, **HOW)
    assert_equal_weights(straight, resumed)
    assert "No pictures" not in capsys.readouterr().out
    events = EventAccumulator(str(folders(runs)[0] / "tensorboard"), {"tensors": 0}).Reload()
    assert {"loss", "input", "output"} == set(events.Tags()["tensors"])


def test_a_picture_that_cannot_be_made_costs_no_epoch(capsys):
    class Odd(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(28)

        def call(self, inputs, training=False):
            return self.dense(inputs)

        def train_step(self, data):
            return {"loss": 0.5}

        def example_inputs(self, x, y):
            raise RuntimeError("no picture of this")

    model = Odd()
    model.compile(optimizer="adam")
    assert len(Run("lesson").fit(model, IMAGES, **HOW)["loss"]) == 4
    assert capsys.readouterr().out.count("no picture of this") == 1


def test_a_second_stream_has_an_order_of_its_own():
    one, other = (pipeline.InMemory(np.arange(40), batch_size=40, seed=3, stream=i) for i in (0, 1))
    first, second = (next(iter(each.indices(0))).numpy() for each in (one, other))
    assert sorted(first) == sorted(second) and (first != second).any()


def test_batches_gathered_on_the_device_are_those_of_the_host(monkeypatch):
    host, device = build(), build()
    history = Run("lesson", part="host").fit(host, IMAGES, **HOW)
    used = []
    on_device = pipeline.InMemory.on_device
    monkeypatch.setattr(
        pipeline.InMemory, "on_device", lambda self: used.append(1) or on_device(self)
    )
    monkeypatch.setattr(training.data, "belongs_on_device", lambda streams: True)
    assert Run("lesson", part="device").fit(device, IMAGES, **HOW) == history
    assert used and "train_step" not in vars(device)
    assert_equal_weights(host, device)


def test_a_checkpoint_of_another_model_leaves_the_model_alone(tmp_path):
    one, other = plain(), two_inputs()
    checkpoint.save(tmp_path / "c.npz", other, {})
    before = one.get_weights()
    with pytest.raises(checkpoint.Damaged, match="another model"):
        checkpoint.restore(tmp_path / "c.npz", one)
    for a, b in zip(before, one.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


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
