"""The engine behind instant feedback: an answer is compared with the right function.

An `Exercise` is data: example inputs, the right function, and named mistakes, each a hint and the
function that makes it. The engine calls the answer on every example, and where it differs from the
right function finds out which mistake it is. It knows no lesson; exercises live in `lessons`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import html
from typing import Any

import numpy as np

OWN_RANDOMNESS = "the same generator gives another result: draw with it and with nothing else."
SAME_WHATEVER_THE_GENERATOR = (
    "another generator gives the same result: draw with the one that is handed in."
)


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson.

    name: of the function that a learner writes. gives: what its result should be, in words; for a
    result of the wrong shape. inputs: a function that gives the examples, a list of tuples of
    arguments, made anew at each call, so that an answer that works in place changes nothing. Two
    examples at least, in which every argument takes two values. right: the right function.
    mistakes: hint -> a function that makes this mistake, or stops with its error. praise: words
    for a right answer. otherwise: the hint for an answer that is wrong in none of these ways.

    judge: where many results are right (a random choice), a function of the answer that gives a
    hint, or None for a right answer. It is asked instead of a comparison with `right`. That the
    answer draws with the NumPy generator among its arguments, and only with it, is looked at here.
    """

    name: str
    gives: str
    inputs: Callable[[], list[tuple]]
    right: Callable
    mistakes: Mapping[str, Callable]
    praise: str
    otherwise: str = ""
    judge: Callable[[Callable], str | None] | None = field(default=None)


COLORS = {
    "correct": ("#1a7f37", "#56d364"),
    "not yet": ("#b35900", "#f0a35e"),
    "not attempted": ("#666666", "#b0b0b0"),
}
"""Status -> its color on a light and on a dark page, each with a contrast of 4.5 at least."""


@dataclass(frozen=True)
class Feedback:
    """What the engine says. status: "not attempted", "not yet" or "correct"."""

    status: str
    message: str = ""

    def __repr__(self) -> str:
        if self.status == "not attempted":
            return "Not attempted yet: replace the ... and run this cell again."
        return f"{self.status.capitalize()}: {self.message}"

    def _repr_html_(self) -> str:
        mark = {"correct": "✓", "not yet": "✗"}.get(self.status, "…")
        return f"{colored(mark, self.status)} {html.escape(repr(self))}"


def colored(words: str, status: str) -> str:
    """Words in the color of a status of `Feedback`, as HTML; readable on white and on black."""
    on_white, on_black = COLORS[status]
    both = f"color: {on_white}; color: light-dark({on_white}, {on_black})"
    return f'<span style="{both}">{words}</span>'


class _NotYet(Exception):
    """What is wrong with an answer, and a hint."""


class _NotAttempted(Exception):
    """The stub is as it was."""


def check(exercise: Exercise, answer: Callable) -> Feedback:
    """Feedback on an answer, a function, to an exercise. Never raises for a wrong answer."""
    if not callable(answer):
        return Feedback("not yet", "hand in the function itself, without calling it.")
    try:
        hint = _hint(exercise, _attempt(answer))
    except _NotAttempted:
        return Feedback("not attempted")
    except _NotYet as reason:
        hint = str(reason)
    except Exception as error:
        hint = _hint_for(exercise, error)
    return Feedback("not yet", hint) if hint else Feedback("correct", exercise.praise)


def _attempt(answer):
    """`answer`, which raises where it gives nothing that could be compared."""

    def attempt(*arguments):
        result = answer(*arguments)
        if any(part is ... for part in (result if isinstance(result, tuple) else (result,))):
            raise _NotAttempted
        if result is None:
            raise _NotYet("your function gives None. Does it end with `return`?")
        return result

    return attempt


def _hint(exercise, answer):
    """A hint for what is wrong with an answer, or None."""
    if exercise.judge is not None:
        return exercise.judge(answer) or _about_randomness(exercise, answer)
    found = [answer(*arguments) for arguments in exercise.inputs()]
    right = [exercise.right(*arguments) for arguments in exercise.inputs()]
    if all(map(same, found, right)):
        return _about_randomness(exercise, answer)
    for hint, mistaken in exercise.mistakes.items():
        if all(map(same, found, _results(mistaken, exercise.inputs()))):
            return hint
    for one, other in zip(found, right, strict=True):
        if hint := _about_shape(one, other, exercise.gives):
            return hint
    return exercise.otherwise or f"the result is off; it should be {exercise.gives}."


def _hint_for(exercise, error):
    """A hint for an answer that stopped with an error: of the mistake that stops with the same."""
    stopped = f"{type(error).__name__}: {error}"
    for hint, mistaken in exercise.mistakes.items():
        try:
            with np.errstate(all="ignore"):
                for arguments in exercise.inputs():
                    mistaken(*arguments)
        except Exception as other:
            if stopped == f"{type(other).__name__}: {other}":
                return hint
    return f"your function stopped with {stopped}"


def _results(function, inputs):
    """What a mistaken function gives for each example; None where it stops with an error."""
    for arguments in inputs:
        try:
            with np.errstate(all="ignore"):
                yield function(*arguments)
        except Exception:
            yield None


def _about_randomness(exercise, answer):
    arguments = exercise.inputs()[0]
    if not any(isinstance(argument, np.random.Generator) for argument in arguments):
        return None

    def drawn(seed):
        # Other arguments are made anew: the answer may have changed them.
        fresh = exercise.inputs()[0]
        generator = np.random.default_rng(seed)
        return answer(
            *(generator if isinstance(part, np.random.Generator) else part for part in fresh)
        )

    if not same(drawn(1), drawn(1)):
        return OWN_RANDOMNESS
    return SAME_WHATEVER_THE_GENERATOR if same(drawn(1), drawn(2)) else None


def _about_shape(found, right, gives):
    if isinstance(right, tuple):
        if not _as_many(found, right):
            return f"give {len(right)} things, {gives}."
        hints = (_about_shape(*pair, gives) for pair in zip(found, right, strict=True))
        return next(filter(None, hints), None)
    found, right = as_array(found), np.asarray(right)
    if found.shape != right.shape:
        return f"the result has shape {found.shape}; expected {right.shape}: {gives}."
    return None


def _as_many(found, right):
    """Whether a result, a tuple, a list or an array, has as many parts as it should."""
    return (isinstance(found, (tuple, list)) or np.ndim(found) > 0) and len(found) == len(right)


def as_array(value: Any) -> np.ndarray:
    """A result as an array, whatever it is made of (list, tensor, number)."""
    try:
        return np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise _NotYet(f"the result is no array ({error}).") from error


def same(found: Any, right: Any) -> bool:
    """Whether a result is the right one: equal shapes, bits where bits are asked for, whole numbers
    exactly, others within a tenth of a per cent (an answer may compute in float32). A list or an
    array may stand for a tuple, a list for an array."""
    if isinstance(right, tuple):
        return _as_many(found, right) and all(map(same, found, right))
    try:
        found, right = np.asarray(found), np.asarray(right)
        within = 0 if right.dtype.kind in "iu" else 1e-3
        return (
            found.shape == right.shape
            and (found.dtype == bool) == (right.dtype == bool)
            and bool(np.allclose(found, right, rtol=within, atol=1e-6, equal_nan=True))
        )
    except (TypeError, ValueError):  # None, text, rows of different lengths
        return False
