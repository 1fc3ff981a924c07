"""What a lesson is: a description, which its module gives, and the `Lesson` a notebook opens."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
import html
import importlib
import math
from pathlib import Path
import pkgutil
import sys
import time
from types import MappingProxyType

from aecourse import exercises, settings
from aecourse.exercises import Exercise, Feedback
from aecourse.lessons import progress
from aecourse.lessons.claims import Claim
from aecourse.results import record
from aecourse.results.code import code_of
from aecourse.results.record import Metric
import numpy as np


@dataclass(frozen=True)
class Bound:
    """A number that a value must stay below, or above.

    limits: (profile, data set) -> number, or profile -> number for every data set. of: a metric;
    the numbers are then multiples of its value.
    """

    side: str
    limits: Mapping
    of: str | None = None

    def limit(self, profile: str, dataset: str, values: Mapping[str, float]) -> float:
        """The number in force; NaN where it is a multiple of a value that is missing."""
        factor = self.limits.get((profile, dataset), self.limits[profile])
        return factor * values.get(self.of, math.nan) if self.of else factor

    def holds(self, value: float, limit: float) -> bool:
        """Whether a value keeps to it; what is missing or no number does not."""
        return value < limit if self.side == "below" else value > limit


def below(full: float, *, fast: float | None = None, of: str | None = None, **full_on) -> Bound:
    """A bound from above. full, fast: in the two profiles (fast: as in full unless given); of: a
    metric of which they are multiples; full_on: by data set, such as `drawn=0.05`."""
    return _bound("below", full, fast, of, full_on)


def above(full: float, *, fast: float | None = None, of: str | None = None, **full_on) -> Bound:
    """A bound from below; see `below`."""
    return _bound("above", full, fast, of, full_on)


def _bound(side, full, fast, of, full_on):
    limits = {"full": full, "fast": full if fast is None else fast}
    limits |= {("full", dataset): limit for dataset, limit in full_on.items()}
    return Bound(side, MappingProxyType(limits), of)


@dataclass(frozen=True)
class Promise:
    """What a lesson says that it reaches.

    words: what is promised, the same in both profiles and on both data sets. metric: whose value
    keeps the bound. trivial: what answers without having learned anything, in words, and what it
    scores: a number, or the metric of this lesson that measures it. It must not keep the promise.
    """

    words: str
    metric: str
    bound: Bound
    trivial: tuple[str, float | str]

    @property
    def of_fast_runs(self) -> bool:
        """Whether it is asked of fast runs too. Not where a tie with a rival would keep it there
        and not in full: so short a run must not say "better" of what is nearly as good."""
        tie = {name: self.bound.holds(1.0, limit) for name, limit in self.bound.limits.items()}
        return not self.bound.of or tie["fast"] == tie["full"]


@dataclass(frozen=True)
class Headline:
    """A row of the README's results table: a metric in words that a newcomer understands, beside
    the metric of a baseline and, where there is one, a published number."""

    metric: str
    words: str
    beside: str = ""
    beside_words: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Description:
    """All that the course knows of a lesson; its module's `LESSON`.

    name: of its notebook, without the ending. idea: in a few words, for the README. minutes: of a
    full run on two idle cores. metrics: of the lesson and of the experiments that belong to it.
    experiments: name of a record that no notebook makes -> what it is. claims: what it has tested.
    datasets: what it runs on.
    """

    name: str
    title: str
    idea: str
    minutes: int
    metrics: Mapping[str, Metric]
    promises: tuple[Promise, ...]
    exercises: tuple[Exercise, ...]
    headlines: tuple[Headline, ...] = ()
    claims: tuple[Claim, ...] = ()
    experiments: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[str, ...] = ("mnist", "drawn")

    @property
    def number(self) -> str:
        """Its two digits."""
        return self.name[:2]

    def notebook(self) -> Path:
        """Its notebook in this checkout."""
        return (settings.project_root() or Path()) / "notebooks" / f"{self.name}.ipynb"

    def code(self) -> str:
        """The code its numbers depend on (see `results.code`); "" without a checkout, and where the
        notebook is damaged or a cell of it is not finished."""
        try:
            return code_of(self.notebook()) if self.notebook().is_file() else ""
        except (OSError, SyntaxError, ValueError, KeyError, TypeError, AttributeError):
            return ""


def descriptions() -> dict[str, Description]:
    """Every lesson there is, by its number: found by looking into this folder."""
    folder = str(Path(__file__).parent)
    names = sorted(m.name for m in pkgutil.iter_modules([folder]) if m.name[1:].isdigit())
    return {name[1:]: importlib.import_module(f"{__package__}.{name}").LESSON for name in names}


def find(number: str) -> Description:
    """The lesson of a number such as "04". Raises ValueError where there is none."""
    found = descriptions()
    if number not in found:
        raise ValueError(f"There is no lesson {number!r}; there are {', '.join(found)}.")
    return found[number]


def _experiment():
    """The experiment that this process runs -> its code before it trains; {} in all others."""
    script = Path(getattr(sys.modules["__main__"], "__file__", None) or "").resolve()
    is_one = script.parent.name == "experiments" and script.suffix == ".py"
    return {script: code_of(script)} if is_one else {}


_BEGUN = _experiment()
_RECORDED: list[float] = []
"""When this process recorded experiments, in seconds of the monotonic clock."""


def record_experiment(
    name: str, *, dataset: str, script: str, seed: int | None = None, **metrics: float
) -> Path:
    """Write what an experiment measured; its name and metrics stand in its lesson's module.

    script: the experiment's file, `__file__`, whose code the record names, as it was when the
    process began. The minutes are those since the process recorded an experiment before, as one
    that trains several seeds does, or since it began. Gives the record's path. Raises ValueError
    where no lesson has such an experiment.
    """
    owners = [lesson for lesson in descriptions().values() if name in lesson.experiments]
    if not owners:
        raise ValueError(f"No lesson has an experiment {name!r}: name it in its module.")
    path = Path(script)
    about = dict(script=path.name, code=_BEGUN.get(path.resolve()) or code_of(path))
    since = _RECORDED[-1] if _RECORDED else settings.STARTED
    how = dict(known=owners[0].metrics, dataset=dataset, seed=seed, since=since)
    written = record.write(name, metrics, **how, **about)
    _RECORDED.append(time.monotonic())
    return written


class Lesson:
    """A lesson as its notebook sees it: `lesson = Lesson("04", digits.name)`.

    number: its two digits; dataset: the name of the data set in use, which some promises depend on.
    `show` displays a results card, `check` gives feedback on an exercise, `recorded` gives what
    other seeds measured, `record` writes all that was shown.
    """

    def __init__(self, number: str, dataset: str):
        self.description = find(number)
        if dataset not in self.description.datasets:
            known = " and ".join(self.description.datasets)
            raise ValueError(f"Lesson {number} runs on {known}, not on {dataset!r}.")
        self.dataset = dataset
        self.code = self.description.code()  # that runs, whatever is edited meanwhile
        self.values: dict[str, float] = {}
        if settings.profile.name == "fast":
            print("Profile: fast (less data, fewer epochs). Findings in the text are of full runs.")

    def show(self, **values: float) -> "Card":
        """A results card of what was just measured: metric -> number. With each, what the lesson
        promises, a baseline, and whether the promise is kept. Raises ValueError for an unknown
        metric."""
        known = self.description.metrics
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(
                f"Lesson {self.description.number} has no metric {', '.join(unknown)}; "
                f"{self.description.name}'s module in aecourse/lessons names them."
            )
        values = {name: float(value) for name, value in values.items()}
        self.values |= values
        rows = [row for name in values for row in self._rows(name)]
        return Card(rows)

    def _rows(self, name):
        """A row for each promise about a metric, or one without a promise."""
        value, meaning = self.values[name], self.description.metrics[name].meaning
        promises = [p for p in self.description.promises if p.metric == name]
        for number, promise in enumerate(promises):
            bound, (words, score) = promise.bound, promise.trivial
            limit = bound.limit(settings.profile.name, self.dataset, self.values)
            if isinstance(score, str):
                score = self.values.get(score, math.nan)
            trivial = f"{words} {_digits(score)}" if math.isfinite(score) else words
            kept, asked = bound.holds(value, limit), f"{bound.side} {_digits(limit)}"
            said = "kept" if kept else f"not kept ({_digits(value)}, not {asked})"
            if kept and not promise.of_fast_runs:
                said = ""  # in full as well: what tests compare is the same in both profiles
                if settings.profile.name == "fast":
                    kept, asked = None, "not asked of a fast run"
            shown = ("", "", "") if number else (meaning, _digits(value), self._seeds(name))
            promised, said = (f"{promise.words}: {word}" if word else "" for word in (asked, said))
            yield Row(*shown, promised, trivial, kept, said)
        if not promises:
            yield Row(meaning, _digits(value), self._seeds(name), "", "", None, "")

    def _seeds(self, metric):
        """The range that the course's runs measured, as a card shows it; "" without a range."""
        found = self.recorded(metric)
        ends = [_digits(end) for end in (min(found), max(found))] if found else ["", ""]
        return "" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"

    def check(self, answer: Callable) -> Feedback:
        """Feedback on an answer to the exercise that has the answer's name."""
        known = {exercise.name: exercise for exercise in self.description.exercises}
        if not callable(answer):
            return exercises.check(next(iter(known.values())), answer)
        name = getattr(answer, "__name__", "")
        if name not in known:
            names = ", ".join(known)
            return Feedback("not yet", f"no exercise is named {name!r}; keep the name: {names}.")
        feedback = exercises.check(known[name], answer)
        if feedback.status == "correct":
            progress.note(self.description.name, name)
        return feedback

    def recorded(self, metric: str) -> list[float]:
        """What the course's own full runs measured on this data set, a number a seed; [] in the
        fast profile, and where there are none or their code was another (without a checkout none
        is known to be the same)."""
        if settings.profile.name != "full":
            return []
        return record.values(self._fresh, metric, dataset=self.dataset)

    @cached_property
    def _fresh(self):
        records = record.read(record.course_folder())
        return [entry for entry in records if entry.get("code") == self.code]

    def record(self) -> None:
        """Write all that was shown to `AECOURSE_RESULTS`, by default runs/results. Where that
        cannot be written, a line says so; of a value that is no finite number as well."""
        known = self.description
        how = dict(known=known.metrics, dataset=self.dataset, code=self.code)
        try:
            record.write(known.name, self.values, **how)
        except OSError as error:
            print(f"These results are not kept: {error}")
            return
        count = sum(map(math.isfinite, self.values.values()))
        print(f"{count} results are kept beside your runs.")


@dataclass(frozen=True)
class Row:
    """A line of a card: a metric's meaning and value, the range over the course's seeds, what was
    promised, what a trivial answer scores, whether the promise is kept (None: nothing was asked),
    and the line of plain text that says so."""

    meaning: str
    value: str
    seeds: str
    promised: str
    trivial: str
    kept: bool | None
    said: str


class Card:
    """A table of results. Its plain text, which tests compare, says which promises of both profiles
    were kept, and with its number any that was not."""

    def __init__(self, rows: list[Row]):
        self.rows = rows

    def __repr__(self) -> str:
        said = [row.said for row in self.rows if row.said]
        nothing = "" if any(row.promised for row in self.rows) else ", nothing promised"
        return "\n".join(said) or f"{len(self.rows)} measured{nothing}"

    def _repr_html_(self) -> str:
        head = ("measure", "this run", "other seeds", "promised", "baseline", "")
        rows = [
            [
                *map(html.escape, (row.meaning, row.value, row.seeds, row.promised, row.trivial)),
                _mark(row.kept),
            ]
            for row in self.rows
        ]
        if not any(row.seeds for row in self.rows):
            head, rows = (head[:2] + head[3:], [row[:2] + row[3:] for row in rows])
        return html_table(head, rows)


def html_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table as HTML; its cells are HTML themselves."""

    def line(tag, cells):
        opened = f'<{tag} style="text-align: left">'
        return f"<tr>{''.join(f'{opened}{cell}</{tag}>' for cell in cells)}</tr>"

    return f"<table>{line('th', head)}{''.join(line('td', row) for row in rows)}</table>"


def _mark(kept):
    if kept is None:
        return ""
    return (
        exercises.colored("✓ kept", "correct")
        if kept
        else exercises.colored("✗ not kept", "not yet")
    )


def _digits(value: float) -> str:
    """A number as a card shows it, with three significant digits."""
    if not math.isfinite(value):
        return "missing"
    return np.format_float_positional(value, 3, fractional=False, trim="-")
