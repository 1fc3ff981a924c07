"""Solutions, wrong answers and checks cannot drift apart."""

from aecourse import checks
from lessons import LESSONS, exercises
import numpy as np
import pytest
from wrong_answers import WRONG

EXERCISES = [(path.stem, *exercise) for path in LESSONS for exercise in exercises(path)]
NAMES = [f"{lesson}-{check}" for lesson, check, *_ in EXERCISES]


def answer(code, function):
    space = {"np": np, "checks": checks}
    exec(code, space)
    return space[function]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_three_exercises_or_more(path):
    assert len(exercises(path)) >= 3


@pytest.mark.parametrize("lesson, check, function, stub, solution", EXERCISES, ids=NAMES)
def test_the_stub_is_not_attempted_and_the_solution_below_is_correct(
    lesson, check, function, stub, solution
):
    assert solution is not None, "no folded solution right below the exercise"
    run = getattr(checks, check)
    assert "return ..." in stub
    assert run(answer(stub, function)).status == "not attempted"
    feedback = run(answer(solution, function))
    assert feedback.status == "correct", feedback


@pytest.mark.parametrize("lesson, check, function, stub, solution", EXERCISES, ids=NAMES)
def test_wrong_answers_are_told_apart_with_a_hint(lesson, check, function, stub, solution):
    run = getattr(checks, check)
    hints = []
    for code, words in WRONG[check]:
        feedback = run(answer(code, function))
        assert feedback.status == "not yet", code
        assert words in feedback.message, (code, feedback)
        hints.append(feedback.message)
    assert len(set(hints)) >= 3


def test_every_check_belongs_to_an_exercise():
    used = {check for _, check, *_ in EXERCISES}
    public = {n for n, f in vars(checks).items() if callable(f) and n[0] != "_"}
    assert public - {"dataclass", "Feedback"} == used == set(WRONG)


def test_a_check_takes_the_function_itself():
    assert "without calling it" in checks.squared_error(0.5).message
    assert checks.squared_error(lambda images, copies: None).status == "not yet"
