"""Exercises: solutions, mistakes and hints cannot drift apart."""

import copy
import re

from aecourse import exercises, lessons
from aecourse.exercises import check
from documents import cells, solutions
import numpy as np
import pytest

LESSONS = lessons.descriptions()
EXERCISES = [(lesson, exercise) for lesson in LESSONS.values() for exercise in lesson.exercises]
each_exercise = pytest.mark.parametrize(
    "lesson, exercise", EXERCISES, ids=[f"{one.number}-{other.name}" for one, other in EXERCISES]
)
each_lesson = pytest.mark.parametrize("number", LESSONS)


def written(code, name):
    space = {"np": np}
    exec(code, space)
    return space[name]


@each_lesson
def test_a_lesson_has_three_exercises_or_more_each_with_a_stub_and_a_solution(number):
    lesson = LESSONS[number]
    names = [exercise.name for exercise in lesson.exercises]
    assert len(names) >= 3
    assert list(solutions(lesson.notebook())) == names
    sources = [source for source, _ in cells(lesson.notebook(), "code")]
    for exercise in lesson.exercises:
        (stub,) = [s for s in sources if f"lesson.check({exercise.name})" in s]
        assert "return ..." in stub
        feedback = check(exercise, written(stub.split("lesson.check")[0], exercise.name))
        assert feedback.status == "not attempted"


@each_exercise
def test_the_folded_solution_is_correct(lesson, exercise):
    code = solutions(lesson.notebook())[exercise.name]
    assert check(exercise, written(code, exercise.name)).status == "correct"
    assert check(exercise, exercise.right).status == "correct"


@each_exercise
def test_every_mistake_gets_its_own_hint(lesson, exercise):
    assert len(exercise.mistakes) >= 2
    for hint, mistaken in exercise.mistakes.items():
        feedback = check(exercise, mistaken)
        assert (feedback.status, feedback.message) == ("not yet", hint)


def unusual(right):
    """Right answers as other people write them."""
    import tensorflow as tf

    def wide(result, kind):
        if isinstance(result, tuple):
            return tuple(wide(part, kind) for part in result)
        return kind(np.asarray(result))

    yield lambda *given: wide(
        right(*given), lambda a: a.astype(float) if a.dtype.kind == "f" else a
    )
    yield lambda *given: wide(right(*given), tf.convert_to_tensor)
    yield lambda *given: wide(right(*given), np.ndarray.tolist)
    yield lambda *given: wide(
        right(*given), lambda a: a.astype("float32") if a.dtype.kind == "f" else a
    )


@each_exercise
def test_unusual_right_answers_are_right(lesson, exercise):
    for answer in unusual(exercise.right):
        feedback = check(exercise, answer)
        assert feedback.status == "correct", feedback


def as_read_only(argument):
    if isinstance(argument, np.ndarray):
        argument.flags.writeable = False
    return argument


@each_exercise
def test_the_right_function_leaves_its_arguments_alone_and_one_that_does_not_is_no_worse(
    lesson, exercise
):
    for arguments in exercise.inputs():
        exercise.right(*map(as_read_only, arguments))

    def spoils(*arguments):
        result = copy.deepcopy(exercise.right(*arguments))  # which may be a view of an argument
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0
        return result

    assert check(exercise, spoils).status == "correct"


@each_exercise
def test_an_answer_that_ignores_an_argument_is_not_right(lesson, exercise):
    """Each argument takes another value in another example, so that one written in by hand, or
    the first example's own result, is seen."""
    examples = exercise.inputs()
    assert len(examples) >= 2
    for place, first in enumerate(examples[0]):
        if isinstance(first, np.random.Generator):
            continue
        assert any(not exercises.same(e[place], first) for e in examples[1:]), place

        def fixed(*given, place=place):
            given = list(given)
            given[place] = exercise.inputs()[0][place]
            return exercise.right(*given)

        assert check(exercise, fixed).status == "not yet", f"argument {place} may be ignored"


@each_exercise
def test_a_constant_or_what_came_in_is_not_right(lesson, exercise):
    first = exercise.right(*exercise.inputs()[0])
    for lazy in (lambda *given: first, lambda *given: 0.0, lambda *given: given[0]):
        assert check(exercise, lazy).status == "not yet"


@each_exercise
def test_an_answer_half_a_per_cent_off_is_not_right(lesson, exercise):
    def off(value):
        if isinstance(value, tuple):
            return tuple(map(off, value))
        value = np.asarray(value)
        return value * 1.005 if value.dtype.kind == "f" else value

    results = exercise.right(*exercise.inputs()[0])
    parts = results if isinstance(results, tuple) else (results,)
    if exercise.judge is None and any(np.asarray(part).dtype.kind == "f" for part in parts):
        assert check(exercise, lambda *given: off(exercise.right(*given))).status == "not yet"


@each_exercise
def test_a_generator_that_is_handed_in_is_used(lesson, exercise):
    given = exercise.inputs()[0]
    places = [i for i, part in enumerate(given) if isinstance(part, np.random.Generator)]
    for place in places:

        def own(*given, seed=None, place=place):
            given = list(given)
            given[place] = np.random.default_rng(seed)
            return exercise.right(*given)

        assert check(exercise, own).message == exercises.OWN_RANDOMNESS
        same = check(exercise, lambda *given, own=own: own(*given, seed=0))
        assert same.message == exercises.SAME_WHATEVER_THE_GENERATOR


def test_the_engine_says_what_went_wrong():
    exercise = EXERCISES[1][1]
    assert "without calling it" in check(exercise, 0.5).message
    assert "Does it end with `return`" in check(exercise, lambda images, copies: None).message
    assert "stopped with TypeError" in check(exercise, lambda images: 0).message
    assert "expected ()" in check(exercise, lambda images, copies: np.zeros((2, 2))).message


def test_a_lesson_checks_by_the_name_of_the_function():
    lesson = lessons.Lesson("00", "drawn")

    def squared_error(images, copies):
        return ((images - copies) ** 2).mean()

    assert lesson.check(squared_error).status == "correct"
    assert "no exercise is named" in lesson.check(lambda images, copies: 0).message
    assert "without calling it" in lesson.check(0.5).message


def test_feedback_tells_right_from_wrong_by_mark_and_color():
    right, wrong = exercises.Feedback("correct", "a < b"), exercises.Feedback("not yet", "no")
    assert repr(right) == "Correct: a < b" and "&lt;" in right._repr_html_()
    colors = [re.search("color: (#[0-9a-f]+)", each._repr_html_())[1] for each in (right, wrong)]
    assert "✓" in right._repr_html_() and "✗" in wrong._repr_html_() and colors[0] != colors[1]
