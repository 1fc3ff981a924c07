"""What the build makes itself: results as pictures, and what to read next."""

from pathlib import Path

from aecourse import lessons
from aecourse.results import record
import build
import nbformat.v4 as nb
import seeds
import yaml


def drawn(rows):
    """The dots of a picture."""
    (axes,) = seeds.picture(rows, "fraction").axes
    return [line for line in axes.lines if line.get_marker() in ("o", "s")]


def test_every_recorded_seed_is_a_dot():
    lesson, records = lessons.find("00"), record.read(record.course_folder())
    names = lesson.name, *lesson.experiments
    measured = [
        entry["metrics"][name]["value"]
        for entry in records
        if entry["lesson"] in names and entry["profile"] == "full"
        for name in set(entry["metrics"]) & set(lesson.metrics)
    ]
    rows = [rows for rows in seeds.measured(lesson, records).values()]
    dots = [dot for each in rows for dot in drawn(each)]
    assert sorted(dot.get_xdata()[0] for dot in dots) == sorted(measured)


def test_a_dot_shows_its_data_set_and_whether_its_code_is_todays():
    filled, hollow, square = drawn(
        {"of MNIST": [("mnist", 0.5, True), ("mnist", 0.6, False)], "b": [("drawn", 0.7, True)]}
    )
    assert filled.get_markerfacecolor() == filled.get_markeredgecolor()
    assert hollow.get_markerfacecolor() == "white"
    assert (hollow.get_marker(), square.get_marker()) == ("o", "s")


def test_the_words_of_a_picture_say_what_it_shows():
    rows = {"first": [("mnist", 0.5, True), ("mnist", 0.7, True)], "second": [("drawn", 0.1, True)]}
    said = seeds.words(rows, "fraction")
    assert said == (
        "3 dots, a line for each of 2 measures in fraction, from 0.1 (second) to 0.6 (first)"
    )


def test_what_a_lesson_says_to_read_next_is_taken_from_it(tmp_path):
    text = "## End\n\n**Read next.** A *paper* ([x](https://x.org)). Then [02](02_b.ipynb)."
    book = nb.new_notebook(cells=[nb.new_markdown_cell(text)], metadata={"title": "01 · A"})
    (tmp_path / "01_a.ipynb").write_text(nb.writes(book), encoding="utf-8")
    page = build.readings(tmp_path)
    assert page.endswith(
        "**[01 · A](notebooks/01_a.ipynb)** A *paper* ([x](https://x.org)). "
        "Then [02](notebooks/02_b.ipynb).\n"
    )


def test_a_build_of_more_than_three_minutes_fails_and_pages_are_checked_before_they_are_published():
    path = Path(__file__).parents[2] / ".github" / "workflows" / "site.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    steps = {step.get("run"): step for step in jobs["build"]["steps"]}
    assert steps["python docs/site/build.py"]["timeout-minutes"] == 3
    assert any("python -m pytest tests/site" in str(command) for command in steps)
    assert jobs["publish"]["needs"] == "build"
