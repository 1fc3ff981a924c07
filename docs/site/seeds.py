"""The results as pictures: a dot for every recorded seed, a page for every lesson."""

from pathlib import Path
import re
import statistics
import textwrap

from aecourse import lessons
from aecourse.results import record
from aecourse.results.code import is_fresh
from matplotlib import rc_context
from matplotlib.figure import Figure

LOOKS = {"mnist": ("o", "#0072B2"), "drawn": ("s", "#B35900")}
OTHER = "o", "#0072B2"
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "aecourse", "font.size": 10}
WIDE, HIGH = 4.2, 0.42  # inches: of a page on a phone, and of a measure without its words


def measured(lesson, records: list[dict]) -> dict:
    """Unit -> meaning -> [(data set, value, whether it is of today's code)] of a lesson's full runs
    and of its experiments'."""
    found = {}
    for entry in records:
        if entry["profile"] == "full" and entry["lesson"] in (lesson.name, *lesson.experiments):
            fresh = is_fresh(entry, lesson.notebook())
            for name, metric in entry["metrics"].items():
                if name in lesson.metrics:
                    rows = found.setdefault(metric["unit"], {})
                    dots = rows.setdefault(lesson.metrics[name].meaning, [])
                    dots.append((entry["dataset"], metric["value"], fresh))
    return found


def words(rows: dict, unit: str) -> str:
    """What a picture of these rows shows."""
    middles = {meaning: statistics.median(v for _, v, _ in dots) for meaning, dots in rows.items()}
    low, high = (pick(middles, key=middles.get) for pick in (min, max))
    count = sum(map(len, rows.values()))
    ends = f"from {middles[low]:.3g} ({low}) to {middles[high]:.3g} ({high})"
    if len(rows) == 1:
        ends = f"around {middles[low]:.3g} ({low})"
    return f"{count} dots, a line for each of {len(rows)} measures in {unit}, {ends}"


def picture(rows: dict, unit: str) -> Figure:
    """A line for each measure, and on it a dot for each seed."""
    titles = [textwrap.wrap(meaning, 46) for meaning in rows]
    heights = [HIGH + 0.17 * len(title) for title in titles]
    figure = Figure(figsize=(WIDE, sum(heights) + 0.7), layout="constrained")
    axes = figure.subplots()
    values = [value for dots in rows.values() for _, value, _ in dots]
    if min(values) > 0 and max(values) > 100 * min(values):
        axes.set_xscale("log")
    else:
        axes.locator_params(axis="x", nbins=4)
    place = 0
    for title, height, dots in zip(titles, heights, rows.values(), strict=True):
        axes.annotate(
            "\n".join(title), (0, place - 0.02), xycoords=axes.get_yaxis_transform(), va="top"
        )
        place -= height
        axes.axhline(place + 0.14, color="#bbbbbb", lw=0.8, zorder=0)
        for data, value, fresh in dots:
            marker, color = LOOKS.get(data, OTHER)
            filled = color if fresh else "white"
            up = 0.04 if marker == "o" else -0.04
            axes.plot(value, place + 0.14 + up, marker, ms=6, mec=color, mfc=filled, alpha=0.8)
    axes.set(ylim=(place, 0.05), yticks=[], xlabel=unit)
    axes.spines[["left", "top", "right"]].set_visible(False)
    return figure


def page(lesson, records: list[dict], folder: Path) -> str:
    """A lesson's page in Markdown; its pictures are written beside it."""
    lines = [f"# {lesson.number} {lesson.title}: every seed", ""]
    for unit, rows in measured(lesson, records).items():
        name = f"{lesson.name}-{re.sub(r'[^a-z0-9]+', '-', unit.lower())}.svg"
        with rc_context(STYLE):
            picture(rows, unit).savefig(folder / name, metadata={"Date": None})
        alt = re.sub(r"([\[\]*_`$\\<>])", r"\\\1", words(rows, unit))
        lines += [f"## In {unit}", "", f"![{alt}]({name})", ""]
    link = f"[lesson](../notebooks/{lesson.name}.ipynb)"
    lines += [f"The {link}; [all numbers](../docs/RESULTS.md).", ""]
    return "\n".join(lines)


def write_pages(folder: Path) -> None:
    """A page for each lesson that has records, and its pictures, into a folder."""
    folder.mkdir()
    records = record.read(record.course_folder())
    for lesson in lessons.descriptions().values():
        if measured(lesson, records):
            (folder / f"{lesson.name}.md").write_text(page(lesson, records, folder), "utf-8")
