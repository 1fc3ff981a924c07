"""Lessons run in full without a browser: recorded once, and again only when the code changes."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

from aecourse import lessons
from aecourse.results import recording
from aecourse.results.code import code_of
from filelock import FileLock
from nbclient.exceptions import CellExecutionError
import nbformat
import pytest

TRAINS = """
import json, os, pathlib, time
from aecourse.results import record
from aecourse.results.code import code_of
from aecourse.results.record import Metric
TRAIN = True  # False reloads your last run of each training instead
log = pathlib.Path(os.environ["AECOURSE_RUNS"]).parent / "log"
log.open("a").write(f"{TRAIN}\\n")
"""
RECORDS = """
known = {"ae2_test_mse": Metric("apples", "lower", "an error")}
code = code_of(pathlib.Path("01_tiny.ipynb"))
record.write("01_tiny", {"ae2_test_mse": 0.04}, known=known, dataset="drawn", code=code)
"""


def lesson(folder, *cells):
    path = folder / "01_tiny.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]), path
    )
    return path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("AECOURSE_DATASET", "drawn")
    monkeypatch.delenv("AECOURSE_DATA", raising=False)


def record(path, folder, seed=3):
    return recording.Recording(path, "drawn", seed, folder / "results")


def test_a_lesson_is_recorded_once_and_again_after_a_change(tmp_path, capsys):
    path = lesson(tmp_path, TRAINS, RECORDS)
    assert record(path, tmp_path).run()
    (found,) = (tmp_path / "results").glob("*.json")
    content = json.loads(found.read_text())
    assert (content["profile"], content["dataset"], content["seed"]) == ("full", "drawn", 3)
    assert content["code"] == code_of(path) and "busy" not in content
    assert not record(path, tmp_path).run()
    assert "is recorded" in capsys.readouterr().out
    lesson(tmp_path, TRAINS, RECORDS.replace("0.04", "0.05"))
    assert record(path, tmp_path).run()
    assert json.loads(found.read_text())["metrics"]["ae2_test_mse"]["value"] == 0.05
    assert list((tmp_path / "runs" / "recording").iterdir()) == [tmp_path / "runs/recording/log"]


def test_what_another_process_is_recording_is_left_to_it(tmp_path, capsys):
    run = record(lesson(tmp_path, TRAINS, RECORDS), tmp_path)
    run.work.mkdir(parents=True)
    with FileLock(run.work / "lock"):
        assert not run.run()
    assert "by another process" in capsys.readouterr().out
    assert run.work.is_dir() and not (tmp_path / "results").exists()


def test_a_failing_cell_is_named_and_nothing_is_recorded(tmp_path):
    path = lesson(tmp_path, TRAINS, "undefined_name + 1", RECORDS)
    with pytest.raises(CellExecutionError, match="undefined_name"):
        record(path, tmp_path).run()
    assert not (tmp_path / "results").exists()


def test_a_marked_cell_that_prints_something_else_is_told_and_kept(tmp_path, capsys):
    marked = recording.MARK + "\nprint('reached:', {})"
    path = lesson(tmp_path, TRAINS, marked.format("True"), marked.format("1 < 0"), RECORDS)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells[1:3]:
        cell.outputs = [nbformat.v4.new_output("stream", text="reached: True\n")]
    nbformat.write(notebook, path)
    run = recording.Recording(path, "drawn", 3, tmp_path / "results", tmp_path / "executed")
    assert run.run() and run.changed == [2]
    kept = nbformat.read(tmp_path / "executed" / path.name, as_version=4)
    assert [cell.source for cell in kept.cells] == [cell.source for cell in notebook.cells]
    assert [recording.printed(cell) for cell in kept.cells[1:3]] == [
        "reached: True\n",
        "reached: False\n",
    ]
    assert not any("execution" in cell.metadata for cell in kept.cells)  # no timing
    assert "cell 3 printed\nreached: False\nwhere the notebook has\nreached: True" in (
        capsys.readouterr().out
    )
    (found,) = (tmp_path / "results").glob("*.json")
    assert json.loads(found.read_text())["changed_cells"] == [3]


def test_of_two_notebooks_marked_cells_are_compared_in_what_they_print_and_show():
    def notebook(printed, shown, *, marked=True):
        cell = nbformat.v4.new_code_cell(f"{recording.MARK if marked else ''}\nvalue")
        cell.outputs = [
            nbformat.v4.new_output("stream", text=printed),
            nbformat.v4.new_output("execute_result", data={"text/plain": shown}),
        ]
        return nbformat.v4.new_notebook(cells=[cell])

    before = notebook("reached", "True")
    assert recording.changed_cells(before, notebook("reached", "True")) == []
    assert recording.changed_cells(before, notebook("missed", "True")) == [0]
    assert recording.changed_cells(before, notebook("reached", "False")) == [0]
    plain = notebook("a", "b", marked=False)
    assert recording.changed_cells(plain, notebook("c", "d", marked=False)) == []


def test_a_record_says_that_the_machine_was_busy(tmp_path):
    path = lesson(tmp_path, TRAINS, RECORDS)
    assert recording.Recording(path, "drawn", 3, tmp_path / "results", busy=True).run()
    (found,) = (tmp_path / "results").glob("*.json")
    assert json.loads(found.read_text())["busy"] is True


def test_a_record_names_the_code_of_the_notebook_that_was_read(tmp_path):
    edits = "p = pathlib.Path('01_tiny.ipynb'); p.write_text(p.read_text().replace('0.04', '0.06'))"
    left = """results = pathlib.Path(os.environ["AECOURSE_RESULTS"])
results.mkdir()
(results / ".part-0-a.json").write_text("{")  # by a kernel that was killed
"""
    path = lesson(tmp_path, TRAINS, left, edits, RECORDS)
    run = record(path, tmp_path)
    assert run.run() and run.is_recorded()
    (found,) = (tmp_path / "results").iterdir()
    assert json.loads(found.read_text())["code"] == run.code != code_of(path)


def test_a_kernel_that_dies_is_told_and_the_next_seed_is_run(tmp_path, monkeypatch, capsys):
    dies = "if os.environ['AECOURSE_SEED'] == '0': os.kill(os.getpid(), 9)"
    tiny = SimpleNamespace(notebook=lambda: path)
    path = lesson(tmp_path, TRAINS, dies, RECORDS)
    monkeypatch.setattr(lessons, "descriptions", lambda: {"01": tiny})
    where = "--dataset", "drawn", "--results", str(tmp_path / "results")
    assert recording.main(["01", "--seeds", "0", "1", *where]) == 1
    assert "01_tiny, seed 0, failed:\nKernel died" in capsys.readouterr().err
    (found,) = (tmp_path / "results").iterdir()
    assert json.loads(found.read_text())["seed"] == 1


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_killed_in_a_cell_it_goes_on_with_what_was_trained_and_adds_up_the_minutes(tmp_path):
    waits = """
(log.parent / "waits").touch()
time.sleep(60 if log.read_text().count("\\n") == 1 else 0)
"""
    path = lesson(tmp_path, TRAINS, waits, RECORDS)
    call = (
        "from aecourse.results import recording; from pathlib import Path\n"
        f"recording.CLOCK_SECONDS, P = 0.1, Path({str(tmp_path)!r})\n"
    )
    call += f"recording.Recording(P / {path.name!r}, 'drawn', 3, P / 'results').run()"
    process = subprocess.Popen([sys.executable, "-c", call], start_new_session=True)
    clock = record(path, tmp_path).work / "seconds"
    latest = time.monotonic() + 120

    def wait_for(happened):
        while not happened():
            assert process.poll() is None and time.monotonic() < latest
            time.sleep(0.05)

    wait_for((clock.parents[1] / "waits").is_file)
    at_least = float(clock.read_text()) + 0.5
    wait_for(lambda: float(clock.read_text()) > at_least)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "results").exists()
    earlier = float(clock.read_text())
    assert record(path, tmp_path).run()
    log = (tmp_path / "runs" / "recording" / "log").read_text()
    assert log.split() == ["True", "False"]
    (found,) = (tmp_path / "results").glob("*.json")
    assert json.loads(found.read_text())["minutes"] >= round(earlier / 60, 2) > 0


def test_an_unknown_lesson_is_an_error(capsys):
    with pytest.raises(SystemExit):
        recording.main(["99"])
    assert "no lesson begins with 99" in capsys.readouterr().err
