"""What a learner has done so far, from files among the runs (`python -m aecourse progress`).

An exercise that was solved leaves an empty file, a lesson that was run its record. Nothing leaves
the machine.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aecourse import settings
from aecourse.results import record


def note(lesson: str, exercise: str) -> None:
    """Remember that an exercise is solved; where nothing can be written, go on without."""
    with suppress(OSError, settings.SettingError):
        path = settings.runs_folder() / "solved" / lesson / exercise
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def listed(lessons: Iterable[Any]) -> str:
    """Lessons (their descriptions) as lines: how each was run, which of its exercises are solved,
    and which are open."""
    records = record.read(settings.results_folder())
    return "\n".join(line for lesson in lessons for line in _lines(lesson, records))


def _lines(lesson, records):
    runs = [
        f"{'in full' if found['profile'] == 'full' else 'in brief'} on {found['dataset']}"
        for found in records
        if found["lesson"] == lesson.name
    ]
    was_run = f"run {', '.join(dict.fromkeys(runs))}" if runs else "not run yet"
    yield f"{lesson.number} {lesson.title}: {was_run}"
    folder = settings.runs_folder() / "solved" / lesson.name
    names = [exercise.name for exercise in lesson.exercises]
    solved = [name for name in names if (folder / name).is_file()]
    yield f"    exercises: {len(solved)} of {len(names)} solved"
    for words, those in (("solved", solved), ("open", [n for n in names if n not in solved])):
        if those:
            yield f"    {words}: {', '.join(those)}"
