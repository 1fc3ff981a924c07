"""Exercises: solutions, mistakes and hints cannot drift apart."""

import copy
from itertools import combinations
import math
import re

from aecourse import exercises, lessons
from aecourse.exercises import check
from documents import cells, solutions
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.special import xlogy
from sklearn.metrics.cluster import contingency_matrix

LESSONS = lessons.descriptions()
EXERCISES = [(lesson, exercise) for lesson in LESSONS.values() for exercise in lesson.exercises]
NAMED = {exercise.name: exercise for _, exercise in EXERCISES}
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
    feedback = check(NAMED[name], answer)
    assert feedback.status == "not yet" and words in feedback.message, feedback


def cosines(images, copies):
    lengths = [np.sqrt(np.square(each).sum(axis=(1, 2))) for each in (images, copies)]
    return (images * copies).sum(axis=(1, 2)), *lengths


def slope_lengths(slopes):
    return np.sqrt(np.square(slopes).sum(axis=(1, 2), keepdims=True))


def above_top(bounds, top):
    """Probabilities of log-probabilities, of which `top` is subtracted before the exponential."""
    powers = np.exp(bounds - top)
    return powers / powers.sum(axis=1, keepdims=True)


def gain(bounds, labels, top):
    marginal = np.squeeze(top) + np.log(np.exp(bounds - top).mean(axis=1))
    return np.mean(bounds[np.arange(len(bounds)), labels] - marginal)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def entropy(p):
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def matched_by_share(clusters, labels):
    counts = contingency_matrix(clusters, labels)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return counts[linear_sum_assignment(shares, maximize=True)].sum() / len(labels)


def as_if_square(results, small):
    count, side, _ = small.shape
    factor = results.shape[1] // side
    squares = results.reshape(count, side, factor, side, factor)
    missing = small - squares.mean(axis=(2, 4))
    return (squares + missing[:, :, None, :, None]).reshape(results.shape)


def appended_floats(labels, per_class, random):
    chosen = np.array([])
    for digit in range(10):
        places = np.flatnonzero(labels == digit)
        chosen = np.append(chosen, random.choice(places, per_class, replace=False))
    return chosen


def towards_a_square(count, random):
    points = random.uniform(-1, 1, (count, 2))
    return random.normal(2, 0.1, (count, 1)) * points / np.linalg.norm(points, axis=1)[:, None]


def with_floats_of_python(drawn, codes):
    on_drawn = [math.log(1 + math.exp(-logit)) for logit in drawn[:, 0]]
    return np.mean(on_drawn) + np.mean([math.log(1 + math.exp(logit)) for logit in codes[:, 0]])


def with_logarithms_of_python(drawn, codes):
    on_codes = [-math.log(1 - 1 / (1 + np.exp(-logit))) for logit in codes[:, 0]]
    on_drawn = [-math.log(1 / (1 + np.exp(-logit))) for logit in drawn[:, 0]]
    return np.mean(on_drawn) + np.mean(on_codes)


def after_the_first(found, labels):
    return sum(np.sum((votes := labels[found == k]) == votes[0]) for k in set(found)) / len(labels)


NEARLY = (
    # exercise, an answer that is right for other examples, words of its hint
    ("parameter_count", lambda s: np.dot(s[:-1], s[1:]) + max(s[1:]), "the number is off"),
    (
        "nearest_codes",
        lambda codes, query, count: np.linalg.norm(
            (codes - query) / codes.std(axis=0), axis=1
        ).argsort()[:count],
        "not the nearest",
    ),
    (
        "discriminator_loss",
        lambda drawn, codes: (
            -np.log(sigmoid(drawn).clip(1e-9, 1)).mean()
            - np.log(sigmoid(-codes).clip(1e-9, 1)).mean()
        ),
        "rounded to 0 or 1",
    ),
    ("discriminator_loss", with_floats_of_python, "exp overflows"),
    ("discriminator_loss", with_logarithms_of_python, "rounded to 0 or 1"),
    (
        "optimal_decision",
        lambda p, q: [*map(float.__truediv__, p.tolist(), (p + q).tolist())],
        "0.5",
    ),
    ("ring", towards_a_square, "some directions"),
    ("balanced", appended_floats, "no floats"),
    ("accuracy_by_vote", after_the_first, "commonest digit"),
    ("optimal_decision", lambda p, q: (p + 1e-6) / (p + q + 2e-6), "densities that are smaller"),
    ("optimal_decision", lambda p, q: np.where(p + q > 1e-6, p / (p + q), 0.5), "are smaller"),
    ("make_consistent", as_if_square, "stopped with ValueError"),
    (
        "decibel_loss",
        lambda images, copies: np.mean(
            10 * np.log10(np.maximum(np.mean((images - copies) ** 2, axis=(1, 2)), 1e-6))
        ),
        "add the small number",
    ),
    ("label_gain", lambda bounds, labels: gain(bounds, labels, 0.0), "each row's own"),
    ("label_gain", lambda bounds, labels: gain(bounds, labels, bounds.max()), "each row's own"),
    ("posterior", lambda bounds: above_top(bounds, -900.0), "the sum of its row"),
    ("posterior", lambda bounds: above_top(bounds, bounds.max()), "needs its own"),
    ("posterior", lambda bounds: above_top(bounds, bounds.mean()), "the sum of its row"),
    (
        "threshold",
        lambda scores, allowed: np.quantile(scores, 1 - allowed / len(scores), method="nearest"),
        "which one has",
    ),
    (
        "angle",
        lambda *given: np.where(
            cosines(*given)[1] > 0, 1 - cosines(*given)[0] / np.prod(cosines(*given)[1:], axis=0), 1
        ),
        "a blank copy",
    ),
    (
        "angle",
        lambda *given: 1 - cosines(*given)[0] / (np.prod(cosines(*given)[1:], axis=0) + 1e-3),
        "image by image",
    ),
    ("matched", matched_by_share, "match the pairs"),
    (
        "information",
        lambda p: -np.sum(p.mean(axis=0) * np.log(p.mean(axis=0))) - entropy(p).mean(),
        "in the mean row",
    ),
    ("worst_step", lambda s, r: r * s / np.maximum(slope_lengths(s), 1e-6), "a floor like 1e-6"),
    ("worst_step", lambda s, r: r * s / (slope_lengths(s) + 1e-3), "however small"),
)


@pytest.mark.parametrize("name, answer, words", NEARLY)
def test_what_is_right_for_easy_examples_only_is_not_right(name, answer, words):
    with np.errstate(all="ignore"):
        feedback = check(NAMED[name], answer)
    assert feedback.status == "not yet" and words in feedback.message, feedback


def as_float32(argument):
    floats = isinstance(argument, np.ndarray) and argument.dtype.kind == "f"
    return argument.astype("float32") if floats else argument


def float32(function):
    """The same, on float32 arrays."""
    return lambda *given: function(*map(as_float32, given))


def strata(count, low, high, random):
    return within_parts(count, low, high, random.random(count))


OTHERWISE = (
    # exercise, a right answer of another style
    ("stratified_noise", lambda n, a, b, r: r.permutation(strata(n, a, b, r))),
    ("stratified_noise", lambda n, a, b, r: r.permutation(strata(n, a, b, r).astype("float32"))),
    ("stratified_noise", lambda n, a, b, r: strata(n, a, b, r)[::-1]),
    (
        "stratified_noise",
        lambda n, a, b, r: [
            r.uniform(a + (b - a) * i / n, a + (b - a) * (i + 1) / n) for i in range(n)
        ],
    ),
    (
        "discriminator_loss",
        lambda drawn, codes: np.mean(
            np.maximum(-drawn, 0)
            + np.maximum(codes, 0)
            + np.log1p(np.exp(-abs(drawn)))
            + np.log1p(np.exp(-abs(codes)))
        ),
    ),
    (
        "optimal_decision",
        lambda p, q: [a / (a + b) if a + b else 0.5 for a, b in zip(p, q, strict=True)],
    ),
    (
        "nearest_mean",
        lambda small, known, gallery, count: [
            gallery[np.argpartition(((known - row) ** 2).sum(axis=1), count)[:count]].mean(axis=0)
            for row in small
        ],
    ),
    ("label_gain", lambda bounds, labels: gain(bounds, labels, bounds.max(1, keepdims=True))),
    ("posterior", lambda bounds: above_top(bounds, bounds.mean(axis=1, keepdims=True))),
    (
        "threshold",
        lambda scores, allowed: np.quantile(scores, 1 - allowed / len(scores), method="lower"),
    ),
    (
        "angle",
        lambda *given: 1 - cosines(*given)[0] / (np.prod(cosines(*given)[1:], axis=0) + 1e-12),
    ),
    ("information", lambda p: np.sum(xlogy(p, p)) / len(p) - np.sum(xlogy(p.mean(0), p.mean(0)))),
    ("worst_step", lambda s, r: r * s / (slope_lengths(s) + 1e-12)),
    ("worst_step", lambda s, r: [r * a / np.linalg.norm(a) if a.any() else a for a in s]),
)


@pytest.mark.parametrize("name, answer", OTHERWISE)
def test_a_right_answer_of_another_style_is_right(name, answer):
    for same_answer in (answer, float32(answer)):
        feedback = check(NAMED[name], same_answer)
        assert feedback.status == "correct", feedback


@each_exercise
def test_the_folded_solution_is_correct_in_float32(lesson, exercise):
    answer = written(solutions(lesson.notebook())[exercise.name], exercise.name)
    assert check(exercise, float32(answer)).status == "correct"


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


def test_a_result_may_be_off_by_less_than_a_tenth_of_a_per_cent_but_no_whole_number():
    assert exercises.same([2.001, 1e-7], np.array([2.0, 0.0]))
    assert exercises.same([2000.0], np.array([2000])) and not exercises.same([2001], [2000])
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
