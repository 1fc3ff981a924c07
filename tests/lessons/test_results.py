"""Tables say what the records say, and find every lesson by looking."""

import json
import math
import os
import shutil
import subprocess
import sys
import textwrap

from aecourse import lessons, settings
from aecourse.results import record, recording, tables
from aecourse.results.code import code_of
from documents import LESSONS, ROOT
import nbformat
import pytest

RECORDS = record.read(ROOT / "docs" / "results")
DESCRIPTIONS = lessons.descriptions()


def test_every_notebook_has_a_module_and_every_module_a_notebook():
    assert [lesson.notebook() for lesson in DESCRIPTIONS.values()] == LESSONS
    for number, lesson in DESCRIPTIONS.items():
        assert number == lesson.number


def test_the_tables_are_those_of_the_records():
    page = (ROOT / "docs" / "RESULTS.md").read_text(encoding="utf-8")
    assert page == tables.results_page(RECORDS), "run python -m aecourse.results"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == tables.with_tables(readme, RECORDS), "run python -m aecourse.results"


def test_recorded_runs_are_full_known_and_each_seed_stands_once():
    keys = [(r["lesson"], r["dataset"], r["seed"]) for r in RECORDS]
    assert len(keys) == len(set(keys)) and keys
    assert all(entry["profile"] == "full" for entry in RECORDS)
    known = {lesson.name for lesson in DESCRIPTIONS.values()}
    known |= {name for lesson in DESCRIPTIONS.values() for name in lesson.experiments}
    assert {entry["lesson"] for entry in RECORDS} <= known


def test_in_no_recorded_run_a_marked_cell_printed_something_else():
    assert not [r["lesson"] for r in RECORDS if r.get("changed_cells")]


def test_every_lesson_was_run_in_full_on_every_data_set():
    for lesson in DESCRIPTIONS.values():
        found = {r["dataset"] for r in RECORDS if r["lesson"] == lesson.name}
        assert found == set(lesson.datasets)


def entry(seed, value, **about):
    return {
        "lesson": "01_autoencoder",
        "dataset": "mnist",
        "profile": "full",
        "seed": seed,
        "versions": {"python": "3"},
        "minutes": 7.0,
        "peak_memory_mb": 900,
        "metrics": {"ae2_test_mse": {"value": value, "unit": "squares", "better": "lower"}},
        **about,
    }


def test_tables_give_mean_and_spread_over_seeds_and_leave_fast_runs_out():
    records = [entry(0, 0.036), entry(1, 0.038), entry(0, 9.0, profile="fast")]
    for text in (tables.results_page(records), tables.readme_results(records)):
        assert "0.0370 ± 0.0014" in text and "9.0" not in text


def test_minutes_of_a_busy_machine_are_no_minutes_of_the_lesson():
    records = [entry(0, 0.036), entry(1, 0.038, minutes=31.0, busy=True)]
    assert "7.0 minutes;" in tables.results_page(records)
    assert "31.0 minutes beside other work" in tables.results_page(records[1:])


def test_tables_say_which_seeds_ran_with_earlier_code():
    code = DESCRIPTIONS["01"].code()
    some = tables.results_page([entry(0, 0.036, code=code), entry(1, 0.038, code="old")])
    assert "Seeds 0, 1 (earlier code: 1);" in some
    assert "Seeds 0, 1 (earlier code);" in tables.results_page([entry(0, 0.04), entry(1, 0.04)])
    assert "Seeds 0;" in tables.results_page([entry(0, 0.036, code=code)])


def test_experiments_stand_under_their_lesson_with_the_code_of_their_script():
    script = ROOT / "experiments" / "drawn_transfer.py"
    metric = {"value": 0.9, "unit": "fraction", "better": "higher"}
    about = dict(lesson="drawn_transfer", metrics={"drawn_to_mnist_accuracy": metric})
    old = entry(0, 0, **about, code="old")
    new = entry(1, 0, **about, code=code_of(script), script=script.name)
    page = tables.results_page([old, new])
    title, row = "## 00_start_here, experiments", "| mnist | 0, 1 (earlier code: 0) | 7 | 900 |"
    assert title in page and row in page and "0.9000 ± 0.0000 | fraction | higher" in page
    assert "| 0, 1 (earlier code) |" in tables.results_page([old, {**new, "script": "gone.py"}])
    later = [{**new, "seed": 0}, {**old, "seed": 1}]
    assert "| 0, 1 (earlier code: 1) |" in tables.results_page(later)


def test_experiments_show_what_any_seed_has_measured():
    about = dict(lesson="drawn_transfer", metrics={})
    metric = {"value": 0.9, "unit": "fraction", "better": "higher"}
    one, two = entry(0, 0, **about), entry(1, 0, **about)
    one["metrics"] = {"first": metric}
    two["metrics"] = {"first": metric, "second": metric}
    rows = [row.split(" | ") for row in tables.results_page([one, two]).splitlines() if "`" in row]
    found = {row[0].strip("|` "): row[6] for row in rows if "mnist" in row}
    assert found == {"first": "0, 1 (earlier code)", "second": "1 (earlier code)"}


def test_a_comparison_is_of_earlier_code_where_one_of_its_two_numbers_is():
    lesson = DESCRIPTIONS["01"]
    line = next(line for line in lesson.headlines if line.beside)
    claim = next(claim for claim in lesson.claims if isinstance(claim.than, str))
    metric = {"value": 0.9, "unit": "fraction", "better": "higher"}
    today = lesson.code()
    for make, *names in (
        (tables.readme_results, line.metric, line.beside),
        (tables.claims_page, claim.metric, claim.than),
    ):
        for codes in ((today, today), (today, "old"), ("old", today)):
            both = zip(names, codes, strict=True)
            page = make([{**entry(0, 0, code=c), "metrics": {name: metric}} for name, c in both])
            earlier = " (earlier code)" if "old" in codes else ""
            assert f" | 1{earlier} |" in page


def test_a_headline_that_nobody_has_measured_yet_hides_no_other():
    *_, last = DESCRIPTIONS["01"].headlines
    one = entry(0, 0.07)
    one["metrics"] = {last.metric: one["metrics"]["ae2_test_mse"]}
    assert f"| {last.words} | 0.0700 | 1 (earlier code) |" in tables.readme_results([one])
    one["code"] = DESCRIPTIONS["01"].code()
    assert f"| {last.words} | 0.0700 | 1 |" in tables.readme_results([one])


def test_an_old_record_with_a_metric_nobody_measures_any_more_stays_readable():
    old = entry(0, 0.036)
    old["metrics"]["forgotten"] = {"value": 2.0, "unit": "apples", "better": "higher"}
    row = "| `forgotten` | (no longer measured) | 2.0000 | apples | higher |"
    assert row in tables.results_page([old])


def test_without_a_checkout_neither_tables_nor_records_are_made(monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: None)
    for make in (tables.main, lambda: recording.main([])):
        with pytest.raises(SystemExit, match="they are in a checkout"):
            make()


def test_the_readme_table_is_short():
    rows = tables.readme_results(RECORDS).splitlines()[2:]
    assert len(DESCRIPTIONS) <= len(rows) <= 3 * len(DESCRIPTIONS)


# A lesson more: a notebook and a module, and nothing else is edited.

MODULE = """
    from aecourse.exercises import Exercise
    from aecourse.lessons.lesson import Description, Headline, Promise, below
    from aecourse.results.record import Metric

    METRICS = {"toy_error": Metric("apples", "lower", "a toy's error")}
    LESSON = Description(
        name="98_toy",
        title="A toy",
        idea="adding a lesson",
        minutes=1,
        metrics=METRICS,
        promises=(Promise("the toy works", "toy_error", below(0.5), ("a blank page", 1.0)),),
        headlines=(Headline("toy_error", "a toy, in apples"),),
        exercises=tuple(
            Exercise(
                name=name,
                gives="one number",
                inputs=lambda: [(1.0, 3.0), (2.0, 5.0)],
                right=lambda a, b: a + b,
                mistakes={"a difference.": lambda a, b: a - b, "a product.": lambda a, b: a * b},
                praise="so it is.",
            )
            for name in ("first", "second", "third")
        ),
    )
"""
STUB = "# NBVAL_CHECK_OUTPUT\ndef {0}(a, b):\n    return ...\n\n\nlesson.check({0})"
SOLUTION = (
    "<details><summary>Solution</summary>\n\n```python\ndef {0}(a, b):\n    return a + b\n```\n"
    "</details>"
)


def toy_notebook():
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell("# 98 · A toy\n\nrunning about 1 minute"),
        v4.new_code_cell('from aecourse.lessons import Lesson\nlesson = Lesson("98", "drawn")'),
        v4.new_code_cell("# NBVAL_CHECK_OUTPUT\nlesson.show(toy_error=0.25)"),
    ]
    for name in ("first", "second", "third"):
        cells += [v4.new_code_cell(STUB.format(name)), v4.new_markdown_cell(SOLUTION.format(name))]
    cells.append(v4.new_code_cell("lesson.record()"))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "title": "98 · A toy"})


def test_a_new_lesson_is_a_notebook_and_a_module_and_nothing_else_is_edited(tmp_path):
    copy = tmp_path / "course"
    ignored = shutil.ignore_patterns(".*", "runs", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=ignored)
    for path in (copy / "docs" / "results").iterdir():
        path.unlink()
    (copy / "aecourse" / "lessons" / "l98.py").write_text(
        f'"""A toy."""\n{textwrap.dedent(MODULE)}', encoding="utf-8"
    )
    nbformat.write(toy_notebook(), copy / "notebooks" / "98_toy.ipynb")

    def run(*arguments, expected=0):
        env = {**os.environ, "PYTHONPATH": str(copy), "AECOURSE_RUNS": str(tmp_path / "runs")}
        found = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=copy, env=env, capture_output=True, text=True
        )
        assert found.returncode == expected, found.stdout[-3000:] + found.stderr[-3000:]
        return found.stdout

    # The recorder finds it and records it. (It says that marked cells changed: the toy's notebook
    # has no outputs yet.)
    run("aecourse.results.recording", "98", "--seeds", "0", "--dataset", "drawn", expected=1)
    (path,) = (copy / "docs" / "results").glob("98_toy-*.json")
    assert json.loads(path.read_text())["metrics"]["toy_error"]["value"] == 0.25
    (copy / "docs" / "results" / "98_toy-mnist-full-seed0.json").write_text(
        path.read_text().replace('"drawn"', '"mnist"')
    )
    # So do both tables of the README, and the page of results.
    run("aecourse.results")
    readme = (copy / "README.md").read_text(encoding="utf-8")
    assert "| [98 A toy](notebooks/98_toy.ipynb) | adding a lesson | 1 |" in readme
    assert "| [98](notebooks/98_toy.ipynb) | a toy, in apples | 0.2500 | 1 |" in readme
    assert "## 98_toy, mnist" in (copy / "docs" / "RESULTS.md").read_text(encoding="utf-8")
    # So do the tests of exercises, promises and documents.
    which = "(test_exercises and 98) or ((98- or 98_toy) and (trivial or missing or title))"
    files = [f"tests/lessons/test_{what}.py" for what in ("exercises", "promises", "notebooks")]
    found = run("pytest", *files, "-n0", "-v", "-p", "no:cacheprovider", "-k", which)
    passed = [line.split("::")[0] for line in found.splitlines() if " PASSED" in line]
    assert passed.count(files[0]) >= 20 and len(passed) - passed.count(files[0]) >= 5
    assert set(passed) == set(files)


# Minutes.


@pytest.mark.parametrize("number", DESCRIPTIONS)
def test_recorded_runs_take_the_minutes_that_a_lesson_tells(number):
    """On an idle machine at most half as long again, which the README allows for a slow day.
    Beside other work a run takes longer, but the fastest not by more than four times; and no run
    takes less than half the minutes, which are told in whole ones."""
    lesson = DESCRIPTIONS[number]
    runs = [r for r in RECORDS if r["lesson"] == lesson.name and r.get("code") == lesson.code()]
    runs = [r for r in runs if r["dataset"] == lesson.datasets[0]]
    if not runs:
        pytest.skip("the recorded runs are of earlier code")
    assert all(r["minutes"] <= 1.5 * lesson.minutes for r in runs if not r.get("busy"))
    fastest = min(r["minutes"] for r in runs)
    assert lesson.minutes / 2 <= math.ceil(fastest) and fastest <= 4 * lesson.minutes
