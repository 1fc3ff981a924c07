"""A time series of the learner's own, read from a CSV file: `own.series`.

A file that is not what was meant ends in one sentence, which names the line. Nothing is filled in,
sorted or resampled here: what a detector would make of that is the learner's to decide.
"""

from collections.abc import Sequence
import csv
from dataclasses import dataclass
from datetime import UTC, datetime
import io
from pathlib import Path

from aecourse.datasets.mnist import DataError, not_a_file
import numpy as np


@dataclass(frozen=True)
class OwnSeries:
    """A time series of the learner's own, at equal steps without gaps.

    values: float32 (n, columns). columns: their names. times: datetime64[us] (n,), UTC where the
    file says which zone; float64 (n,) where times are numbers. step: from one time to the next, in
    seconds, or in the unit of the numbers.
    """

    values: np.ndarray
    columns: tuple[str, ...]
    times: np.ndarray
    step: float


def series(
    path: str | Path, *, time: str | None = None, columns: Sequence[str] | None = None
) -> OwnSeries:
    """A time series from a CSV file: a line of names, then a line for each time, in order.

    time: the name of the column with times, the first one unless given: dates such as 2026-03-01
    or 2026-03-01 14:30 (ISO 8601), or numbers. columns: the names of those with values, all others
    unless given. Columns are separated by commas, semicolons or tabs; numbers have a decimal point.
    Raises DataError, which names the line, for what is no number, no time or missing, for times
    that come twice, go back, leave a gap or are not equally far apart.
    """
    named, rows = str(path)[:300], _table(path)
    (_, head), *rows = rows
    time = head[0] if time is None else time
    others = [name for name in head if name != time]
    columns = others if columns is None else [columns] if isinstance(columns, str) else columns
    for name in (time, *columns):
        if name not in head:
            known = ", ".join(head)[:200]
            raise DataError(f"{named}: there is no column {name!r}.", f"It has {known}.")
    if not columns or time in columns:
        raise DataError(
            f"{named}: there are no values beside the times.", "Give a column of numbers as well."
        )
    if len(rows) < 3:
        raise DataError(f"{named}: it has {len(rows)} times.", "A series takes three or more.")
    at = [head.index(name) for name in columns]
    lines = [line for line, _ in rows]
    values = [
        [_number(row[i], f"{named}, line {line}, column {head[i]!r}") for i in at]
        for line, row in rows
    ]
    times = _times([(line, row[head.index(time)]) for line, row in rows], named)
    step = _step(times, lines, named)
    return OwnSeries(np.array(values, np.float32), tuple(columns), times, step)


def _table(path):
    """The lines of a CSV file that are not blank, as (number, cells); the first has the names."""
    named = str(path)[:300]
    if fault := not_a_file(path):
        raise DataError(f"{named}: {fault}.", "Give the path of a CSV file.")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise DataError(f"{named}: this is no text in UTF-8.", "Save it as CSV, UTF-8.") from error
    except OSError as error:
        raise DataError(f"{named}: it cannot be read ({error.strerror}).", "") from error
    first = text.lstrip().partition("\n")[0]
    between = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise DataError(f"{named}: this is no CSV file ({error}).", "Save it as CSV.") from error
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise DataError(f"{named}: the file is empty.", "Give a line of names, then the values.")
    head = rows[0][1]
    if any(_is_number(cell) for cell in head) or len(set(head)) < len(head) or "" in head:
        raise DataError(
            f"{named}: line {rows[0][0]} does not name the columns, each once.",
            "Put a line such as time,value above the numbers.",
        )
    for line, row in rows:
        if len(row) != len(head):
            raise DataError(
                f"{named}: line {line} has {len(row)} cells, and the first has {len(head)}.",
                "Every line needs as many. A decimal comma splits a number: use a point.",
            )
    return rows


def _is_number(cell):
    try:
        return abs(float(cell)) <= float(np.finfo(np.float32).max)  # not infinite, not NaN
    except ValueError:
        return False


def _number(cell, where):
    if _is_number(cell):
        return float(cell)
    if cell.lower() in ("", "nan", "na", "n/a", "null", "none", "-"):
        raise DataError(f"{where}: the value is missing.", "Fill it in, or cut the series there.")
    advice = "Use a decimal point." if _is_number(cell.replace(",", ".")) else ""
    advice = advice or "Correct it, or name the columns of numbers: columns=[...]."
    raise DataError(f"{where}: {cell[:40]!r} is no finite number.", advice)


def _times(cells, named):
    """Times (n,) of (line, cell): float64 where all are numbers, else datetime64[us]."""
    only = [cell for _, cell in cells]
    if all(map(_is_number, only)) and not all(map(_is_date, only)):  # 20260301 is a date
        return np.array(list(map(float, only)))
    found, zones = [], set()
    for line, cell in cells:
        if not _is_date(cell):
            raise DataError(
                f"{named}, line {line}: {cell[:40]!r} is no time.",
                "Write times as 2026-03-01 14:30, or as numbers.",
            )
        moment = datetime.fromisoformat(cell)
        zones.add(moment.tzinfo is not None)
        found.append(moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment)
    if len(zones) == 2:
        raise DataError(f"{named}: some times have a time zone and some have none.", "Use UTC.")
    return np.array(found, "datetime64[us]")


def _is_date(cell):
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _step(times, lines, named):
    """The step of times (n,) that are equally far apart, in seconds or in their unit."""
    numbers = times if times.dtype.kind == "f" else times.astype(np.int64) / 1e6
    steps, unit = np.diff(numbers), "" if times.dtype.kind == "f" else " s"
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    wrong = np.flatnonzero(np.abs(steps - usual) > 1e-3 * usual) if usual else np.array([0])
    if not len(wrong):
        return usual
    step, where = steps[wrong[0]], f"{named}, line {lines[wrong[0] + 1]}"
    if step == 0:
        raise DataError(f"{where}: the same time as in the line before.", "Keep one of the two.")
    if step < 0:
        raise DataError(f"{where}: the time is before that of the line above.", "Sort by time.")
    often = f"the usual step is {usual:g}{unit}"
    if abs(step / usual - round(step / usual)) < 1e-3 and step > usual:
        count = round(step / usual) - 1
        missing = f"{count} time{'s' * (count > 1)} missing before this line"
        raise DataError(
            f"{where}: a gap, {missing}; {often}.",
            "Fill it, or cut the series there. Where clocks are put forward, give times in UTC.",
        )
    raise DataError(
        f"{where}: a step of {step:g}{unit}, and {often}.", "Bring the series to equal steps first."
    )
