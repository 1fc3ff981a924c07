"""How long the lessons take on this machine, which nobody has measured there."""

import math

from aecourse.lessons.lesson import descriptions, html_table


class Minutes:
    """A table of the minutes of a full run of each lesson, here.

    pace: of this machine, as `machine.pace()` gives it. As an estimate cannot be better, minutes
    are multiplied by a power of two. The plain text has no numbers: it is the same everywhere.
    """

    def __init__(self, pace: float):
        self.factor = 2.0 ** round(math.log2(pace))

    def __repr__(self) -> str:
        return "An estimate of the minutes that each lesson runs on this machine"

    def _repr_html_(self) -> str:
        times = "as many" if self.factor == 1 else f"{self.factor:g} times as many"
        rows = [
            (f"{lesson.number} {lesson.title}", f"{lesson.minutes}", f"{self._of(lesson.minutes)}")
            for lesson in descriptions().values()
        ]
        table = html_table(("lesson", "minutes, as measured", "minutes here, estimated"), rows)
        return f"<p>About {times} minutes as where they were measured.</p>{table}"

    def _of(self, minutes):
        return max(1, round(minutes * self.factor))
