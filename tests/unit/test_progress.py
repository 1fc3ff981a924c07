"""A learner's progress: what leaves a trace among the runs, and what is said of it."""

from pathlib import Path

from aecourse import __main__, settings
from aecourse.lessons import Lesson, descriptions, find, progress
import numpy as np
import pytest

LESSON = find("00")


def squared_error(images, copies):
    return np.mean((images - copies) ** 2)


@pytest.fixture
def runs(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    monkeypatch.delenv("AECOURSE_RESULTS", raising=False)
    return tmp_path


def said(capsys):
    """What the command says of lesson 00."""
    capsys.readouterr()
    assert __main__.main(["progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    heads = [n for n, line in enumerate(lines) if not line.startswith(" ")]
    assert [lines[n][:2] for n in heads] == list(descriptions())
    return "\n".join(lines[: heads[1]])


def test_a_solved_exercise_is_remembered_and_no_other(runs, capsys):
    assert "not run yet" in said(capsys) and "0 of 3 solved" in said(capsys)
    lesson = Lesson("00", "drawn")
    wrong = lambda images, copies: 0.0  # noqa: E731
    wrong.__name__ = "class_means"
    assert lesson.check(wrong).status == "not yet"
    wrong.__name__ = "no_such_exercise"
    lesson.check(wrong)
    assert "0 of 3 solved" in said(capsys)
    for _ in range(2):
        assert lesson.check(squared_error).status == "correct"
    assert "1 of 3 solved\n    solved: squared_error\n    open: flatten" in said(capsys)


def test_a_lesson_that_was_run_is_told_with_its_profile_and_data(runs, capsys, monkeypatch):
    metric = next(iter(LESSON.metrics))
    for profile, dataset in (("fast", "drawn"), ("full", "mnist")):
        monkeypatch.setenv("AECOURSE_PROFILE", profile)
        lesson = Lesson("00", dataset)
        lesson.values = {metric: 0.5}
        lesson.record()
    assert "00 Start here: run in full on mnist, in brief on drawn" in said(capsys)


def test_a_broken_file_among_the_results_is_named_and_hides_no_run(runs, capsys):
    Lesson("00", "drawn").record()
    (runs / "results" / "broken.json").write_text("")
    assert __main__.main(["progress"]) == 0
    said = capsys.readouterr().out
    assert "broken.json is no record" in said and "00 Start here: run in" in said


@pytest.mark.parametrize("variable", ["a file is in the way", "~nobody-has-this-name/runs"])
def test_where_nothing_can_be_written_a_learner_goes_on(tmp_path, monkeypatch, capsys, variable):
    lesson = Lesson("00", "drawn")
    (tmp_path / "file").write_text("")
    place = str(tmp_path / "file" / "runs") if variable.startswith("a ") else variable
    monkeypatch.setenv("AECOURSE_RUNS", place)
    assert lesson.check(squared_error).status == "correct"
    if variable.startswith("a "):
        monkeypatch.delenv("AECOURSE_RESULTS", raising=False)
        lesson.record()
        assert "not kept" in capsys.readouterr().out
        assert "0 of 3 solved" in said(capsys)


def test_progress_is_no_run_and_stays_on_this_machine(runs):
    from aecourse import runs as kept

    progress.note(LESSON.name, "squared_error")
    assert not kept.found() and settings.runs_folder() == runs
    assert [p.relative_to(runs) for p in runs.rglob("*") if p.is_file()] == [
        Path("solved", LESSON.name, "squared_error")
    ]
