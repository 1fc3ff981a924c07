"""The lessons: one module each with what it promises, its metrics and its exercises.

A module `l04` is found because it is there. Nothing else names it: the README's tables, the
results, the recorder and the tests take what `descriptions` finds.
"""

from aecourse.lessons.lesson import Lesson, descriptions, find, record_experiment
from aecourse.lessons.minutes import Minutes

__all__ = ["Lesson", "Minutes", "descriptions", "find", "record_experiment"]
