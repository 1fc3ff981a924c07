"""What happens to a training on other people's machines: killed while it saves, a full disk, a
checkout that cannot be written, folders with any name. Nothing is lost but the epoch."""

from contextlib import contextmanager
import os
from pathlib import Path
import shutil
import subprocess
import sys

from aecourse import settings
from aecourse.results import recording
from aecourse.training import Run
import interrupted
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
import tensorflow as tf
import test_adversarial
from test_training import HOW, IMAGES, build, folders, stop_after

ROOT = Path(__file__).parents[2]
KEPT = {"settings.json", "log.csv", "tensorboard", "model.keras", "lock"}


def fit(**how):
    """(weights, history) of the small model after a run, begun or resumed."""
    model = build()
    history = Run("lesson").fit(model, IMAGES, **HOW, **how)
    return model.get_weights(), history


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """What `fit` gives when nothing goes wrong."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AECOURSE_RUNS", str(tmp_path_factory.mktemp("straight")))
        return fit()


def run_python(program, *arguments, course=ROOT, before=(), **variables):
    """A program in a process of its own, with the course from `course` and the tests' modules."""
    modules = os.pathsep.join([str(course), str(ROOT / "tests" / "unit")])
    own = {"PYTHONPATH": modules, "PYTHONUTF8": "1"}
    places = ("AECOURSE_RUNS", "AECOURSE_RESULTS", "AECOURSE_DATA")
    inherited = {name: value for name, value in os.environ.items() if name not in places}
    return subprocess.run(
        [sys.executable, *before, "-c", program, *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=course / "notebooks",
        env={**inherited, **own, **variables},
    )


# Killed while it saves.

KILLED = """
import io, os, sys
import keras
import numpy as np
import test_training as t

savez, save, saved = np.savez, keras.Model.save, []

def save_checkpoint(file, **arrays):
    whole = io.BytesIO()
    savez(whole, **arrays)
    saved.append(len(saved))
    last = len(saved) == int(sys.argv[1])
    file.write(whole.getvalue()[: whole.tell() // (2 if last else 1)])
    file.flush()
    if last:
        os.kill(os.getpid(), 9)

def save_half_a_model(model, path):
    save(model, path)
    os.truncate(path, os.path.getsize(path) // 2)
    os.kill(os.getpid(), 9)

np.savez, keras.Model.save = save_checkpoint, save_half_a_model
t.Run("lesson").fit(t.build(), t.IMAGES, **t.HOW)
"""


@pytest.mark.parametrize(
    "checkpoints, epochs, part",
    [(3, 2, "checkpoint.npz"), (99, 4, "model.keras")],
    ids=["checkpoint", "model"],
)
def test_killed_with_half_of_a_file_written_it_resumes_to_the_same_weights(
    checkpoints, epochs, part, straight, tmp_path, monkeypatch, capsys
):
    runs = tmp_path / "killed"
    killed = run_python(KILLED, str(checkpoints), AECOURSE_RUNS=str(runs))
    assert killed.returncode in (9, -9), killed.stderr
    assert len(list(folders(runs)[0].glob(f".part-*-{part}"))) == 1
    monkeypatch.setenv("AECOURSE_RUNS", str(runs))
    capsys.readouterr()
    resumed = fit()
    assert f"after epoch {epochs} (" in capsys.readouterr().out
    interrupted.assert_same(straight, resumed)
    (folder,) = folders(runs)
    assert set(os.listdir(folder)) == KEPT


def test_a_results_run_killed_while_it_writes_its_clock_keeps_the_minutes(tmp_path, monkeypatch):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    lesson = recording.Recording(ROOT / "notebooks" / "00_start_here.ipynb", "drawn", 0, tmp_path)
    lesson.work.mkdir(parents=True)
    lesson.clock = lesson.work / "seconds"
    lesson.clock.write_text("90.0")

    def half(path, text, **_):
        path.open("w").close()
        raise KeyboardInterrupt

    monkeypatch.setattr(lesson, "_seconds", lambda: 120.0)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "write_text", half)
        lesson._write_clock()
    assert lesson.clock.read_text() == "90.0"
    lesson._write_clock()
    assert lesson.clock.read_text() == "120.0"


# A full disk.


@contextmanager
def small_disk(way, folder):
    """Functions that fill a disk on which `folder` is, and free it again: a file system of 4 MB,
    or a limit to the size of a file, which needs no rights."""
    folder.mkdir()
    if way == "mounted":
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("only root may mount a small disk; the other way needs no rights")
        filler = folder / "filler"

        def fill():
            with open(filler, "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(bytes(4096))

        try:
            yield fill, filler.unlink
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        resource = pytest.importorskip("resource", reason="Windows limits no file's size")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)

        def limit(size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

        try:
            yield lambda: limit(20_000), lambda: limit(before[0])
        finally:
            limit(before[0])


@pytest.mark.parametrize("way, epochs", [("mounted", 2), ("limited", 2), ("limited", 4)])
def test_a_full_disk_keeps_the_last_epoch_and_says_what_to_do(
    way, epochs, straight, tmp_path, monkeypatch, capsys
):
    """After four epochs, the last, it is the model that cannot be saved."""
    with small_disk(way, tmp_path / "disk") as (fill, free):
        monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "disk" / "runs"))
        done = []

        def fill_after(model):
            done.append(1)
            if len(done) == epochs:
                fill()

        for how in ({"picture": fill_after}, {}):  # full in the middle, and from the start
            with pytest.raises(OSError, match="No space left|too large") as stopped:
                fit(**how)
            assert "AECOURSE_RUNS" in str(stopped.value)
            assert "Epochs saved before are kept" in str(stopped.value)
            assert f"after epoch {epochs}; run again to resume" in capsys.readouterr().out
        free()
        resumed = fit()
        assert f"after epoch {epochs} (" in capsys.readouterr().out
        (folder,) = folders(tmp_path / "disk" / "runs")
        assert set(os.listdir(folder)) == KEPT
    interrupted.assert_same(straight, resumed)


def test_a_folder_that_cannot_be_is_an_error_that_names_the_variable(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "file"))
    with pytest.raises(OSError, match="set AECOURSE_RUNS to another"):
        fit()


def test_training_goes_on_where_summaries_cannot_be_written(tmp_path, monkeypatch, capsys):
    def full(folder):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    monkeypatch.setattr(tf.summary, "create_file_writer", full)
    assert len(fit()[1]["loss"]) == 4
    assert "No summaries for TensorBoard" in capsys.readouterr().out


# A copy of the course elsewhere.


def copy_course(folder):
    """What makes a folder a checkout: the package, pyproject.toml, notebooks."""
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "aecourse", folder / "aecourse", ignore=ignored)).parent


WRITE = """
from aecourse.results import record
from aecourse.results.record import Metric

known = {"error": Metric("apples", "lower", "an error")}
print(record.write("01_toy", {"error": 0.04}, known=known, dataset="drawn"))
"""
ANYWHERE = """
import test_training as t

def fit(**how):
    model = t.build()
    return t.Run("lesson", part="平面 a").fit(model, t.IMAGES, **t.HOW, **how), model.get_weights()

try:
    fit(picture=t.stop_after(2))
except KeyboardInterrupt:
    history, weights = fit()
again, reloaded = fit(train=False)
assert again == history and all((a == b).all() for a, b in zip(weights, reloaded))
"""


def test_a_path_with_spaces_and_chinese_characters_keeps_runs_and_results(tmp_path):
    course = copy_course(tmp_path / "我的 课程" / "a copy of 自编码器")
    found = run_python(ANYWHERE + WRITE, course=course)
    assert found.returncode == 0, found.stderr
    assert "after epoch 2 (" in found.stdout and "trained for 4 epochs" in found.stdout
    (folder,) = folders(course / "runs")
    assert set(os.listdir(folder)) == KEPT and "part=平面" in folder.name
    events = EventAccumulator(str(folder / "tensorboard"), {"tensors": 0}).Reload()
    assert [event.step for event in events.Tensors("loss")] == [1, 2, 3, 4]
    record = Path(found.stdout.splitlines()[-1])
    assert record.is_file() and record.parent == course / "runs" / "results"


# What cannot be written is not written by root either without this right (Linux' number 1).
AS_ANY_USER = """
import ctypes, os, sys
if os.geteuid() == 0 and sys.platform == "linux":
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
READ_ONLY = """
from aecourse import settings
import test_training as t

try:
    (settings.project_root() / "writable").touch()
except PermissionError:
    pass
else:
    raise SystemExit("all is writable")
for part, train in (("finished", False), ("stopped", True), ("stopped", False)):
    t.Run("lesson", part=part).fit(t.build(), t.IMAGES, **t.HOW, train=train)
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders")
def test_a_checkout_that_cannot_be_written_keeps_runs_in_the_home_folder_and_says_so(
    tmp_path, monkeypatch
):
    """Runs that came with the checkout are reloaded; one that was stopped there is trained anew."""
    course, home = copy_course(tmp_path / "course"), tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("AECOURSE_RUNS", str(course / "runs"))
    Run("lesson", part="finished").fit(build(), IMAGES, **HOW)
    with pytest.raises(KeyboardInterrupt):
        Run("lesson", part="stopped").fit(build(), IMAGES, **HOW, picture=stop_after(2))
    paths = [course, *course.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        found = run_python(
            READ_ONLY + WRITE, course=course, before=("-c", AS_ANY_USER), HOME=str(home)
        )
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    if "all is writable" in found.stderr:
        pytest.skip("this user may write everywhere")
    assert found.returncode == 0, found.stderr
    said = found.stdout
    assert "Reloaded lesson/" in said and said.count("kept in ~/aecourse-runs") == 1
    assert "Resuming" not in said
    (folder,) = folders(home / "aecourse-runs")
    assert "stopped" in folder.name and set(os.listdir(folder)) == KEPT
    record = Path(said.splitlines()[-1])
    assert record.is_file() and record.parent == home / "aecourse-runs" / "results"


def test_a_variable_says_where_runs_are_whatever_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "_writable", lambda folder: False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "mine"))
    assert settings.runs_folders() == [tmp_path / "mine"]
    monkeypatch.delenv("AECOURSE_RUNS")
    assert settings.runs_folders() == [tmp_path / "aecourse-runs", ROOT / "runs"]


# A loss that is no number, and memory.


@pytest.mark.parametrize("phase", test_adversarial.PHASES)
def test_a_phase_whose_loss_is_no_number_stops_training_and_is_named(phase, tmp_path, monkeypatch):
    """Harmed after the first epoch it stops in the second. The generator, whose loss comes of the
    discriminator's output, is harmed by a discriminator that leaps after its own loss is known."""
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))

    def harm(model):
        if phase == "generator":
            model.optimizers["discriminator"].learning_rate.assign(1e38)
        else:
            network = model.decoder if phase == "reconstruction" else model.discriminator
            network.set_weights([np.full_like(w, np.nan) for w in network.get_weights()])

    model = test_adversarial.small(optimizers=test_adversarial.only(phase))
    with pytest.raises(FloatingPointError, match=f"stopped: {phase} is no longer a finite"):
        Run("lesson").fit(model, test_adversarial.IMAGES, epochs=9, batch_size=5, picture=harm)
    (folder,) = folders(tmp_path)
    assert len((folder / "log.csv").read_text().splitlines()) == 2
    assert not (folder / "checkpoint.npz").exists()


def test_peak_memory_is_a_process_s_own_and_not_that_of_the_one_which_started_it():
    found = run_python("from aecourse.results import record; print(record.peak_memory_mb())")
    assert 5 < float(found.stdout) < 150, found.stderr
