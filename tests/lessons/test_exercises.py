"""Exercises: solutions, mistakes and hints cannot drift apart."""

import copy
from itertools import combinations
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
    yield lambda *given: wide(right(*given), lambda a: list(a) if a.ndim else a[()])  # of rows
    yield lambda *given: together(right(*given), list)
    yield lambda *given: together(right(*given), np.stack)


def together(result, kind):
    """Several results as a list or, where their shapes are the same, as one array."""
    several = isinstance(result, tuple) and (kind is list or len(set(map(np.shape, result))) == 1)
    return kind(result) if several else result


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
            if isinstance(argument, list):
                argument.clear()
        return result

    assert check(exercise, spoils).status == "correct"


@each_exercise
def test_an_answer_that_works_in_place_is_compared_with_what_came_in(lesson, exercise):
    """It gives back one of its arguments, which then holds the result, or zeros."""
    result = exercise.right(*exercise.inputs()[0])
    for place, first in enumerate(exercise.inputs()[0]):
        if not isinstance(first, np.ndarray) or first.dtype.kind != "f":
            continue
        if not isinstance(result, tuple) and np.shape(result) == first.shape:

            def in_place(*given, place=place):
                given[place][...] = exercise.right(*given)
                return given[place]

            right = result.dtype == first.dtype  # numbers hold no bits
            assert check(exercise, in_place).status == ("correct" if right else "not yet")

        def emptied(*given, place=place):
            given[place][...] = 0
            return given[place]

        assert check(exercise, emptied).status == "not yet"


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
    answers = [lambda *given: first, lambda *given: 0.0]
    answers += [lambda *given, i=i: given[i] for i in range(len(exercise.inputs()[0]))]
    for lazy in answers:
        assert check(exercise, lazy).status == "not yet"


def jittered(argument, random):
    """An argument of its kind that is another."""
    if isinstance(argument, np.ndarray):
        floats = argument.dtype.kind == "f"
        return argument * random.uniform(0.5, 1, argument.shape) if floats else argument[::-1]
    return argument * 0.9 if isinstance(argument, float) else argument


@each_exercise
def test_an_answer_that_exchanges_two_arguments_is_not_right(lesson, exercise):
    """But where that is the same function, which other numbers than the examples' tell."""
    example = exercise.inputs()[0]
    if any(isinstance(argument, np.random.Generator) for argument in example):
        return  # what is drawn differs anyhow; their judges are tried below
    random = np.random.default_rng(0)
    others = [jittered(argument, random) for argument in example]
    for one, other in combinations(range(len(example)), 2):

        def exchanged(*given, one=one, other=other):
            given = list(given)
            given[one], given[other] = given[other], given[one]
            return exercise.right(*given)

        try:
            if exercises.same(exchanged(*others), exercise.right(*others)):
                continue
        except Exception:  # arguments of different kinds
            pass
        assert check(exercise, exchanged).status == "not yet", f"{one} and {other}"


@each_exercise
def test_an_answer_half_a_per_cent_off_is_not_right_and_gets_no_hint_of_a_mistake(lesson, exercise):
    def off(value):
        if isinstance(value, tuple):
            return tuple(map(off, value))
        return 1.005 * np.asarray(value)

    feedback = check(exercise, lambda *given: off(exercise.right(*given)))
    assert feedback.status == "not yet"
    otherwise = exercise.otherwise or f"the result is off; it should be {exercise.gives}."
    by_chance = any(isinstance(part, np.random.Generator) for part in exercise.inputs()[0])
    assert by_chance or feedback.message == otherwise


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


def on_ring(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def within_parts(count, low, high, jitter):
    return low + (high - low) * (np.arange(count) + jitter) / count


TURN = 2 * np.pi
WRONG = (
    # exercise, an answer of a wrong distribution, words of its hint
    ("ring", lambda n, r: on_ring(r.normal(2, 0.05, n), r.uniform(0, TURN, n)), "should be 0.1"),
    ("ring", lambda n, r: on_ring(r.normal(2, 0.15, n), r.uniform(0, TURN, n)), "should be 0.1"),
    ("ring", lambda n, r: on_ring(r.normal(2, 0.098, n), r.uniform(0, TURN, n)), "should be 0.1"),
    ("ring", lambda n, r: on_ring(r.laplace(2, 0.5**0.5 / 10, n), r.uniform(0, TURN, n)), "normal"),
    ("ring", lambda n, r: on_ring(2, r.uniform(0, TURN, n)) + r.normal(0, 0.1, (n, 2)), "mean"),
    ("ring", lambda n, r: on_ring(r.normal(2, 0.1, n), np.linspace(0, TURN, n)), "like random"),
    ("ring", lambda n, r: on_ring(r.normal(2, 0.1, n), r.uniform(-180, 180, n)), "radians"),
    ("ring", lambda n, r: on_ring(r.normal(2, 0.1, n), np.radians(r.integers(0, 360, n))), "like"),
    ("stratified_noise", lambda n, a, b, r: within_parts(n, a, b, r.random(n) / 2), "anywhere"),
    ("stratified_noise", lambda n, a, b, r: within_parts(n, a, b, r.beta(2, 2, n)), "anywhere"),
    ("stratified_noise", lambda n, a, b, r: np.linspace(a, b, n) + r.random(n) / n, "above `high`"),
    ("stratified_noise", lambda n, a, b, r: r.permutation(within_parts(n, a, b, 0.3)), "without"),
    ("mask_pixels", lambda x, s, r: x * (r.random((*x.shape[:2], 1)) >= s), "on its own"),
    ("mask_pixels", lambda x, s, r: x * (r.random((len(x), 1, x.shape[2])) >= s), "on its own"),
    ("mask_pixels", lambda x, s, r: x * (r.random((len(x), 1, 1)) >= s), "on its own"),
    ("mask_pixels", lambda x, s, r: x * (r.random(x.shape) >= s + 0.03), "another share"),
    ("add_noise", lambda x, s, r: (x + r.normal(0, 0.11, x.shape)).clip(0, 1), "too strong"),
    ("add_noise", lambda x, s, r: (x + r.laplace(0, s / 2**0.5, x.shape)).clip(0, 1), "not normal"),
    ("add_noise", lambda x, s, r: (x + r.normal(s / 5, s, x.shape)).clip(0, 1), "shifted"),
    ("add_noise", lambda x, s, r: (x + r.normal(0, s, (len(x), 1, 8))).clip(0, 1), "share"),
)


@pytest.mark.parametrize("name, answer, words", WRONG)
def test_a_distribution_of_another_shape_is_not_right(name, answer, words):
    (exercise,) = (exercise for _, exercise in EXERCISES if exercise.name == name)
    feedback = check(exercise, answer)
    assert feedback.status == "not yet" and words in feedback.message, feedback


def test_the_engine_says_what_went_wrong():
    exercise = EXERCISES[1][1]
    assert "without calling it" in check(exercise, 0.5).message
    assert "Does it end with `return`" in check(exercise, lambda images, copies: None).message
    assert "stopped with TypeError" in check(exercise, lambda images: 0).message
    assert "expected ()" in check(exercise, lambda images, copies: np.zeros((2, 2))).message
    assert "is no array" in check(exercise, lambda images, copies: [[1, 2], [3]]).message


def test_the_engine_tells_what_is_wrong_with_one_of_several_results():
    exercise = exercises.Exercise(
        name="both",
        gives="a sum and a row",
        inputs=lambda: [(np.arange(3.0),), (np.arange(4.0),)],
        right=lambda a: (a.sum(), a),
        mistakes={"a quotient has no end at 0.": lambda a: (1 / a, a)},
        praise="",
    )
    expected = {
        "give 2 things, a sum and a row.": (lambda a: a.sum(), lambda a: (a.sum(), a, a)),
        "the result has shape (3,); expected (): a sum and a row.": (lambda a: (a, a),),
        "the result has shape (1, 3); expected (3,): a sum and a row.": (lambda a: (a.sum(), [a]),),
        "the result is off; it should be a sum and a row.": (lambda a: (a.sum(), a + 1),),
        "a quotient has no end at 0.": (lambda a: (np.append(np.inf, 1 / a[1:]), a),),
    }
    for message, answers in expected.items():
        for answer in answers:
            assert check(exercise, answer).message == message
    assert check(exercise, lambda a: [a.sum(), list(a)]).status == "correct"


def test_an_answer_with_a_generator_of_its_own_is_told_without_a_judge_too():
    exercise = exercises.Exercise(
        name="draw",
        gives="a number",
        inputs=lambda: [(np.random.default_rng(0),), (np.random.default_rng(0),)],
        right=lambda random: random.random(),
        mistakes={},
        praise="",
    )
    assert check(exercise, exercise.right).status == "correct"
    feedback = check(exercise, lambda random: np.random.default_rng(0).random())
    assert feedback.message == exercises.SAME_WHATEVER_THE_GENERATOR


def test_a_result_may_be_off_by_less_than_a_tenth_of_a_per_cent_and_by_no_more():
    assert exercises.same([2.001, 1e-7], np.array([2.0, 0.0]))
    for found in (
        [2.004, 0.0],
        [2.0, 1e-5],
        [[2.0, 0.0]],
        [2.0],
        [None, 0.0],
        ["2", "0"],
        [[2], []],
    ):
        assert not exercises.same(found, np.array([2.0, 0.0]))


def test_a_lesson_checks_by_the_name_of_the_function():
    lesson = lessons.Lesson("00", "drawn")

    def squared_error(images, copies):
        return ((images - copies) ** 2).mean()

    assert lesson.check(squared_error).status == "correct"
    assert "no exercise is named" in lesson.check(lambda images, copies: 0).message
    assert "without calling it" in lesson.check(0.5).message


def test_feedback_tells_right_from_wrong_by_mark_and_color():
    right, wrong = exercises.Feedback("correct", "a < b"), exercises.Feedback("not yet", "no")
    assert "replace the ..." in repr(exercises.Feedback("not attempted"))
    assert repr(right) == "Correct: a < b" and "&lt;" in right._repr_html_()
    colors = [re.search("color: (#[0-9a-f]+)", each._repr_html_())[1] for each in (right, wrong)]
    assert "✓" in right._repr_html_() and "✗" in wrong._repr_html_() and colors[0] != colors[1]
