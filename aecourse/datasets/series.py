"""Time series with known anomalies: a load that repeats every day, made by the course.

A day has a morning peak, an evening peak and a broad middle; weekends, and now and then a holiday,
have another shape. A trend, a season of a year, peaks that come early or late, days that are
larger or smaller, and noise lie over it. Anomalies are put in on purpose, with a `strength` from 0
(nothing happens) to 1, so that a detector's result is a curve and not a single number.

Everything random of a day comes from a `numpy.random.RandomState` of its own (NEP 19 keeps its
stream), so a series is a part of one endless series: `make(30)` is the beginning of `make(90)`, and
`make(60, first_day=30)` is what follows. No model was tried on these series before they were fixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

DAY = 48
"""Steps in a day: one every half hour."""

KINDS = {
    "spike": "two values jump up or down",
    "level shift": "8 to 16 hours lie higher or lower",
    "flat middle": "for 8 hours the value stays what it was, as when a sensor hangs",
    "missing peak": "the morning peak or the evening peak does not come",
    "changed shape": "the day runs backwards: the same values in the reverse order",
    "changed frequency": "the day runs twice as fast, and so twice in one day",
}
"""Kind of anomaly -> what happens at strength 1."""

_NIGHT = 0.4
_SHAPES = (
    {"middle": (13.0, 9.0, 0.35), "morning": (8.0, 3.5, 0.75), "evening": (18.5, 4.0, 1.0)},
    {"middle": (13.0, 9.0, 0.45), "morning": (10.5, 3.5, 0.3), "evening": (17.0, 4.0, 0.65)},
)
"""Of working days and of free days: bump -> its hour, half its width in hours, its height."""

_HOLIDAYS = 0.05  # share of working days that look like free days
_HEIGHTS, _HOURS = 0.08, 0.5  # standard deviations: of a bump's log-height, of its hour
_TREND = 0.0005  # of the level, a day
_YEAR = 0.15  # swing of the season
_NOISE = 0.03  # standard deviation
_MEMORY = np.exp(-np.arange(8) / 2)  # of the noise, in steps
_GAP = 3  # days from one anomaly to the next, at least
_SPIKE, _SHIFT = 0.8, 0.5  # in units of the load


@dataclass(frozen=True)
class Anomaly:
    """What happens in steps `start` to `end`, the latter not included. kind: one of `KINDS`."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Series:
    """A series and what is known of it.

    values: float32 (n,), half-hourly, from midnight of the first day on; a day's load runs from
    about 0.4 at night to 1.5 or more at its peak. normal: float32 (n,), the same series as if
    nothing had happened. anomalies: in the order of time. first_day: its number, counted from a
    Monday, day 0.
    """

    values: np.ndarray
    normal: np.ndarray
    anomalies: tuple[Anomaly, ...]
    first_day: int

    @property
    def labels(self) -> np.ndarray:
        """Whether each step is part of an anomaly: bool (n,)."""
        found = np.zeros(len(self.values), bool)
        for anomaly in self.anomalies:
            found[anomaly.start : anomaly.end] = True
        return found

    @property
    def kinds(self) -> np.ndarray:
        """The kind of anomaly that each step is part of, "" for none: str (n,)."""
        found = np.full(len(self.values), "", dtype=f"<U{max(map(len, KINDS))}")
        for anomaly in self.anomalies:
            found[anomaly.start : anomaly.end] = anomaly.kind
        return found

    @property
    def free(self) -> np.ndarray:
        """Whether each step lies on a Saturday or Sunday: bool (n,). (Holidays are not told.)"""
        return (self.first_day + np.arange(len(self.values)) // DAY) % 7 >= 5


def _bump(hour, half_width, height):
    """A raised cosine over the hours of a day: (DAY,), 0 beyond `half_width` of its hour."""
    away = (np.arange(DAY) * 24 / DAY - hour) / half_width
    return np.where(np.abs(away) < 1, height * (1 + np.cos(np.pi * away)) / 2, 0)


def _day(number, seed):
    """A day without noise, its bumps by name (DAY,), and its white noise (DAY,)."""
    random = np.random.RandomState([seed, 1, number])
    swings = random.standard_normal((4, 2)).clip(-2.5, 2.5)  # always as many draws
    holiday, white = random.uniform() < _HOLIDAYS, random.standard_normal(DAY)
    level = np.exp(_HEIGHTS / 2 * swings[3, 0])
    level *= (1 + _TREND * number) * (1 + _YEAR * np.sin(2 * np.pi * number / 365))
    bumps = {
        name: level * _bump(hour + _HOURS * late, half_width, height * np.exp(_HEIGHTS * tall))
        for (name, (hour, half_width, height)), (late, tall) in zip(
            _SHAPES[number % 7 >= 5 or holiday].items(), swings, strict=False
        )
    }
    return _NIGHT * level + sum(bumps.values()), bumps, white


def _noise(white):
    """Noise with a memory of a few steps: (days, DAY) of white noise (days + 1, DAY)."""
    weights = _NOISE * _MEMORY / np.linalg.norm(_MEMORY)
    flat = np.convolve(white.reshape(-1), weights)[DAY : white.size]
    return flat.reshape(-1, DAY)


def _changed(kind, smooth, bumps, noise, strength, random):
    """A day (DAY,) with an anomaly, and the steps from which and to which it lasts. As many random
    numbers are drawn for every strength."""
    draws, day = random.uniform(size=3), smooth + noise
    sign = 1 if draws[0] < 0.5 else -1
    if kind == "spike":
        start, length = int(draws[1] * (DAY - 1)), 2
        change = np.full(length, sign * _SPIKE * strength)
    elif kind == "level shift":
        length = 16 + int(draws[2] * 17)
        start = int(draws[1] * (DAY - length + 1))
        change = np.full(length, sign * _SHIFT * strength)
    elif kind == "flat middle":
        start, length = 12 + int(draws[1] * 13), 16
        change = strength * (day[start - 1] - day[start : start + length])
    elif kind == "missing peak":
        bump = bumps["morning" if sign > 0 else "evening"]
        steps = np.flatnonzero(bump > 0.001)
        start, length = steps[0], len(steps)
        change = -strength * bump[steps]
    else:
        start, length = 0, DAY
        twice = np.arange(2 * DAY)[::2] % DAY
        other = smooth[::-1] if kind == "changed shape" else smooth[twice]
        change = strength * (other - smooth)
    day[start : start + length] += change
    return day, int(start), int(start + length)


def _places(days, count, random):
    """Days for anomalies (count,), in order, `_GAP` or more apart, not the first and the last."""
    free = days - 2 - (count - 1) * (_GAP - 1)
    return 1 + np.sort(random.permutation(free)[:count]) + np.arange(count) * (_GAP - 1)


def _whole(value, name, least):
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} is {value!r}; expected a whole number, {least} or more.")
    return int(value)


def make(
    days: int,
    *,
    kinds: Sequence[str] = (),
    per_kind: int = 5,
    strength: float = 1.0,
    first_day: int = 0,
    seed: int = 0,
) -> Series:
    """A series of `days` days, with `per_kind` anomalies of each of `kinds` (see `KINDS`).

    strength: from 0 (nothing happens) to 1. Where anomalies lie depends on all but the strength,
    and nothing outside them changes. No two lie on days closer than three apart. first_day: the
    number of the first day, so that a test series can follow a training series. seed: another
    series of the same kind. Raises ValueError for unknown kinds, a strength outside [0, 1], and
    where the anomalies do not fit into the days.
    """
    days, per_kind = _whole(days, "days", 1), _whole(per_kind, "per_kind", 1)
    first_day, seed = _whole(first_day, "first_day", 0), _whole(seed, "seed", 0)
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(f"kinds has {unknown[0]!r}; the kinds are {', '.join(KINDS)}.")
    if len(set(kinds)) < len(kinds):
        raise ValueError(f"kinds names one twice: {', '.join(kinds)}. Raise per_kind instead.")
    if not 0 <= strength <= 1:  # NaN as well
        raise ValueError(f"strength is {strength}; expected a number from 0 to 1.")
    count = per_kind * len(kinds)
    if count and days < (need := (count - 1) * _GAP + 3):
        raise ValueError(f"{count} anomalies need {need} days, and days is {days}.")

    smooth, bumps, white = zip(*(_day(first_day + day, seed) for day in range(days)), strict=True)
    before = _day(first_day - 1, seed)[2] if first_day else np.zeros(DAY)
    noise = _noise(np.stack([before, *white]))
    normal = np.stack(smooth) + noise
    values, anomalies = normal.copy(), []
    random = np.random.RandomState([seed, 2, first_day])
    order = random.permutation(np.repeat(kinds, per_kind)) if count else []
    for kind, day in zip(order, _places(days, count, random) if count else [], strict=True):
        about = str(kind), smooth[day], bumps[day], noise[day], strength, random
        values[day], start, end = _changed(*about)
        anomalies.append(Anomaly(str(kind), DAY * int(day) + start, DAY * int(day) + end))
    flat = (each.reshape(-1).astype(np.float32) for each in (values, normal))
    return Series(*flat, tuple(anomalies), first_day)


def relative(values: np.ndarray, *, week: int = 7 * DAY) -> np.ndarray:
    """Each value (n,) over the mean of the `week` steps before it, without trend and season:
    float32 (n,). The first week is divided by its own mean. Raises ValueError for a series that is
    shorter, and for a mean that is not positive."""
    if len(values) < week:
        raise ValueError(f"The series has {len(values)} steps; expected a week, {week}, or more.")
    total = np.append(0, np.cumsum(values, dtype=float))
    past = (total[week:] - total[:-week]) / week
    means = np.append(np.full(week, past[0]), past[:-1])
    if means.min() <= 0:
        raise ValueError("The mean of a week is not positive, so nothing can be divided by it.")
    return (np.asarray(values) / means).astype(np.float32)
