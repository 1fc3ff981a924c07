"""Promises are worth something: no trivial answer keeps one, every recorded seed does."""

import functools
import math
import statistics

from aecourse import lessons
from aecourse.lessons import Lesson
from aecourse.lessons.lesson import Promise, above, below
from aecourse.results import record
import nbformat
import pytest

LESSONS = lessons.descriptions()
RECORDS = record.read(record.course_folder())


def runs(lesson, dataset):
    """What the full runs of a lesson and of its experiments measured, for each seed: metric ->
    value."""
    found = {}
    for entry in RECORDS:
        own = entry["lesson"] == lesson.name or entry["lesson"] in lesson.experiments
        if own and (entry["dataset"], entry["profile"]) == (dataset, "full"):
            values = {name: metric["value"] for name, metric in entry["metrics"].items()}
            found.setdefault(entry["seed"], {}).update(values)
    return list(found.values())


def needed(promise):
    """The metrics that tell whether a promise is kept, and whether trivially."""
    return {promise.metric, promise.bound.of, promise.trivial[1]} & set.union(
        *(set(lesson.metrics) for lesson in LESSONS.values())
    )


def asked(lesson, promise):
    """A promise is asked of a lesson's first data set, and of each other one on which a run was
    recorded that has what it takes (an older run may lack a metric)."""
    for number, dataset in enumerate(lesson.datasets):
        if not number or any(needed(promise) <= set(found) for found in runs(lesson, dataset)):
            yield dataset


PROMISES = [
    (lesson, promise, dataset)
    for lesson in LESSONS.values()
    for promise in lesson.promises
    for dataset in asked(lesson, promise)
]
each_promise = pytest.mark.parametrize(
    "lesson, promise, dataset",
    PROMISES,
    ids=[f"{one.number}-{promise.words}-{data}" for one, promise, data in PROMISES],
)


def mean_of(found):
    names = set.union(set(), *found)
    return {n: statistics.fmean(each[n] for each in found if n in each) for n in names}


def trivial_score(promise, found):
    """What the trivial answer scores: a number, or what was measured of it."""
    score = promise.trivial[1]
    return mean_of(found)[score] if isinstance(score, str) else score


def test_what_lesson_04_says_of_the_mean_image_is_what_lesson_01_measured():
    trivial = [promise.trivial for promise in LESSONS["04"].promises]
    told = {score for words, score in trivial if words == "the mean image, about"}
    for dataset in LESSONS["04"].datasets:
        measured = mean_of(runs(LESSONS["01"], dataset))["mean_image_test_mse"]
        assert {round(measured, 2)} == told


@each_promise
def test_the_trivial_answer_does_not_keep_it_in_either_profile(lesson, promise, dataset):
    found = runs(lesson, dataset)
    score = trivial_score(promise, found)
    for profile in ("fast", "full"):
        limit = promise.bound.limit(profile, dataset, mean_of(found))
        assert math.isfinite(limit), f"{promise.bound.of} is not recorded"
        assert not promise.bound.holds(score, limit), (profile, score, limit)


@each_promise
def test_every_recorded_seed_keeps_it_and_the_limit_lies_nearer_to_them_than_to_the_trivial(
    lesson, promise, dataset
):
    found = [values for values in runs(lesson, dataset) if needed(promise) <= set(values)]
    assert found, "nothing recorded"
    limits = [promise.bound.limit("full", dataset, values) for values in found]
    for values, limit in zip(found, limits, strict=True):
        assert promise.bound.holds(values[promise.metric], limit), (values[promise.metric], limit)
    mean, limit = mean_of(found)[promise.metric], statistics.fmean(limits)
    if promise.bound.of is None:  # else the limit is a rival's own value
        assert abs(limit - mean) <= 0.5 * abs(trivial_score(promise, found) - mean)


@each_promise
def test_a_missing_value_or_one_that_is_no_number_does_not_keep_it(lesson, promise, dataset):
    values = dict.fromkeys(lesson.metrics, 1.0)
    limit = promise.bound.limit("full", dataset, values)
    assert not promise.bound.holds(math.nan, limit)
    assert not promise.bound.holds(0.0, math.nan) and not promise.bound.holds(9.0, math.nan)


@pytest.mark.parametrize("number", LESSONS)
def test_a_lesson_names_only_what_it_measures_and_says_each_thing_once(number):
    lesson = LESSONS[number]
    words = [promise.words for promise in lesson.promises]
    assert len(set(words)) == len(words) >= 1
    for promise in lesson.promises:
        assert {promise.metric, promise.bound.of or promise.metric} <= set(lesson.metrics)
        assert not isinstance(promise.trivial[1], str) or promise.trivial[1] in lesson.metrics
    for line in lesson.headlines:
        assert {line.metric, line.beside or line.metric} <= set(lesson.metrics)
    assert all(metric.better in ("lower", "higher") for metric in lesson.metrics.values())
    assert 1 <= len(lesson.headlines) <= 4


# A results card.


@pytest.fixture(autouse=True)
def full(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_PROFILE", "full")
    monkeypatch.setenv("AECOURSE_RESULTS", str(tmp_path / "results"))


def test_a_card_shows_numbers_and_its_plain_text_only_what_was_kept(monkeypatch):
    lesson = Lesson("00", "mnist")
    lesson.show(blank_test_mse=0.114, mean_image_test_mse=0.0675)
    good, bad = lesson.show(small16_test_mse=0.0151), lesson.show(small16_test_mse=0.0251)
    words = "the small autoencoder leaves the mean image behind"
    said = f"{words}: kept", f"{words}: not kept (0.0251, not below 0.02)"
    assert (repr(good), repr(bad)) == said
    page = good._repr_html_()
    assert "0.0151" in page and "below 0.02" in page and "the mean image 0.0675" in page
    assert "✓ kept" in page and "✗ not kept" in bad._repr_html_()
    monkeypatch.setenv("AECOURSE_PROFILE", "fast")
    assert repr(lesson.show(small16_test_mse=0.0251)) == f"{words}: kept"


@functools.cache
def opened(number):
    return Lesson(number, LESSONS[number].datasets[0])


RIVALS = [
    (n, promise) for n, one in LESSONS.items() for promise in one.promises if promise.bound.of
]


@pytest.mark.parametrize("number, promise", RIVALS, ids=[f"{n}-{p.words}" for n, p in RIVALS])
def test_a_fast_run_never_says_better_of_what_is_nearly_as_good(number, promise, monkeypatch):
    def said(profile, factor):
        monkeypatch.setenv("AECOURSE_PROFILE", profile)
        opened(number).show(**{promise.bound.of: 1.0})
        card = opened(number).show(**{promise.metric: factor})
        (row,) = [row for row in card.rows if row.promised.startswith(f"{promise.words}:")]
        return row.kept, f"{promise.words}: kept" in repr(card)

    full, fast = (promise.bound.limits[name] for name in ("full", "fast"))
    more = 1 + 1e-6 if promise.bound.side == "above" else 1 - 1e-6
    same = (fast >= 1) == (full >= 1) if promise.bound.side == "above" else (fast > 1) == (full > 1)
    assert said("full", full * more) == (True, same)
    assert said("fast", fast * more) == (True if same else None, same)
    assert said("full", full / more) == said("fast", fast / more) == (False, False)


def test_a_card_shows_what_has_no_promise_and_once_what_has_two():
    lesson = Lesson("00", "mnist")
    page = (card := lesson.show(blank_test_mse=0.1136))._repr_html_()
    assert repr(card) == "1 measured, nothing promised"
    assert ">0.114<" in page and "blank page" in page
    assert "kept" not in page and "None" not in page
    page = (card := lesson.show(mean_image_test_mse=0.0675))._repr_html_()
    assert repr(card).splitlines() == [
        "the mean image beats the blank page: kept",
        "but not by a factor of two: kept",
    ]
    assert page.count("the mean training image") == page.count(">0.0675<") == 1


def test_a_card_of_what_is_missing_or_no_number_keeps_nothing():
    lesson = Lesson("00", "drawn")
    card = lesson.show(mean_image_test_mse=0.0675)  # of a blank page that was not measured
    assert "kept" in repr(card) and ": kept" not in repr(card)
    card = lesson.show(small16_test_mse=math.nan)
    assert "not kept" in repr(card) and ">missing<" in card._repr_html_()


def test_limits_are_by_profile_and_data_set():
    bound = below(0.02, fast=0.05, drawn=0.03)
    found = [
        bound.limit(*where, {})
        for where in (("full", "mnist"), ("full", "drawn"), ("fast", "drawn"))
    ]
    assert found == [0.02, 0.03, 0.05]
    assert above(2, of="a").limit("full", "mnist", {"a": 1.5}) == 3
    assert math.isnan(above(2, of="a").limit("full", "mnist", {}))
    assert bound.holds(0.019, 0.02) and not bound.holds(0.02, 0.02)
    assert isinstance(LESSONS["00"].promises[0], Promise)


def test_a_lesson_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="There is no lesson '77'"):
        Lesson("77", "mnist")
    with pytest.raises(ValueError, match="not on 'fashion'"):
        Lesson("00", "fashion")
    with pytest.raises(ValueError, match="no metric made_up"):
        Lesson("00", "mnist").show(made_up=1.0)


def test_what_was_shown_is_recorded_with_the_code_of_the_lesson(tmp_path, capsys):
    lesson = Lesson("00", "drawn")
    lesson.show(blank_test_mse=0.1)
    lesson.show(mean_image_test_mse=0.07)
    lesson.record()
    (entry,) = record.read(tmp_path / "results")
    assert {n: m["value"] for n, m in entry["metrics"].items()} == {
        "blank_test_mse": 0.1,
        "mean_image_test_mse": 0.07,
    }
    said = capsys.readouterr().out
    assert entry["code"] == LESSONS["00"].code() and str(tmp_path) not in said
    assert "2 results are kept" in said


def test_what_was_shown_and_is_no_number_is_left_out_of_the_record(tmp_path, capsys):
    lesson = Lesson("00", "drawn")
    lesson.show(blank_test_mse=0.1, small16_test_mse=math.nan)
    lesson.record()
    (entry,) = record.read(tmp_path / "results")
    assert entry["metrics"].keys() == {"blank_test_mse"}
    said = capsys.readouterr().out
    assert "small16_test_mse is nan" in said and "1 results are kept" in said


def test_a_record_names_the_code_that_the_lesson_began_with(monkeypatch, tmp_path):
    notebook = tmp_path / "00.ipynb"
    monkeypatch.setattr(type(LESSONS["00"]), "notebook", lambda self: notebook)

    def edit(source):
        cell = nbformat.v4.new_code_cell(source)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)

    edit("x = 1")
    lesson, begun = Lesson("00", "drawn"), LESSONS["00"].code()
    edit("x = 2")
    lesson.record()
    (entry,) = record.read(tmp_path / "results")
    assert entry["code"] == begun != LESSONS["00"].code()
    edit("x =")  # a learner's cell that is not finished
    assert Lesson("00", "drawn").code == ""
    for damaged in (
        b"",
        b"<<<<<<< HEAD",
        b"{}",
        b"[]",
        b"null",
        b'{"cells": null}',
        b'{"cells": [{}]}',
        b"\xff\xfe\xfd",
    ):
        notebook.write_bytes(damaged)
        assert Lesson("00", "drawn").code == "", damaged


def test_dots_of_other_seeds_are_those_of_the_same_code_and_data(monkeypatch, tmp_path):
    code = LESSONS["00"].code()
    monkeypatch.setattr(record, "course_folder", lambda: tmp_path / "results")
    known = LESSONS["00"].metrics
    for seed, made_with, dataset in ((0, code, "mnist"), (1, "other", "mnist"), (2, code, "drawn")):
        how = dict(known=known, dataset=dataset, seed=seed, code=made_with)
        record.write("00_start_here", {"small16_test_mse": 0.01 * (seed + 1)}, **how)
    assert Lesson("00", "mnist").recorded("small16_test_mse") == [0.01]
    assert Lesson("00", "drawn").recorded("small16_test_mse") == [0.03]
    monkeypatch.setenv("AECOURSE_PROFILE", "fast")
    assert Lesson("00", "mnist").recorded("small16_test_mse") == []


def test_a_card_tells_the_range_over_the_courses_seeds_where_there_is_one(monkeypatch, tmp_path):
    code, known = LESSONS["00"].code(), LESSONS["00"].metrics
    monkeypatch.setattr(record, "course_folder", lambda: tmp_path / "results")
    page = Lesson("00", "mnist").show(small16_test_mse=0.015)._repr_html_()
    assert "other seeds" not in page
    for seed, value in enumerate((0.0151, 0.0153, 0.0149)):
        found = {"small16_test_mse": value, "blank_test_mse": 0.114}
        how = dict(known=known, dataset="mnist", seed=seed, code=code)
        record.write("00_start_here", found, **how)
    page = Lesson("00", "mnist").show(small16_test_mse=0.015, blank_test_mse=0.114)._repr_html_()
    assert "other seeds" in page and page.count("0.0149 to 0.0153") == 1
    assert "0.114 to" not in page, "no range where all seeds measured the same"
