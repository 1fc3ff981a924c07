"""The tables: docs/RESULTS.md, docs/CLAIMS.md, and in the README the lessons and a short table of
results.

All of it is made from the lesson modules and the records in `docs/results`, by
`python -m aecourse.results`; nothing is typed.
"""

import re
import statistics

from aecourse import lessons, settings
from aecourse.lessons.claims import Claim, verdict
from aecourse.lessons.lesson import Description
from aecourse.results import record
from aecourse.results.code import is_fresh


def _mean_and_spread(values):
    """Mean, and the standard deviation over seeds where there are several."""
    text = f"{statistics.fmean(values):.4f}"
    return f"{text} ± {statistics.stdev(values):.4f}" if len(values) > 1 else text


def _span(values, form):
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"


def _versions(entries):
    found = {", ".join(f"{k} {v}" for k, v in e["versions"].items()) for e in entries}
    return "; ".join(sorted(found))


def _full(records, name):
    """Data set -> the full runs of a lesson or experiment."""
    found = {}
    for entry in records:
        if entry["profile"] == "full" and entry["lesson"] == name:
            found.setdefault(entry["dataset"], []).append(entry)
    return found


def _seeds(entries, lesson):
    """The seeds, and which of them ran with another code than today's."""
    earlier = [str(e["seed"]) for e in entries if not is_fresh(e, lesson.notebook())]
    seeds = ", ".join(str(e["seed"]) for e in entries)
    if not earlier:
        return seeds
    which = "" if len(earlier) == len(entries) else f": {', '.join(earlier)}"
    return f"{seeds} (earlier code{which})"


def _minutes(entries):
    """Of the runs that had the machine for themselves, or else of all."""
    idle = [e["minutes"] for e in entries if not e.get("busy")]
    if idle:
        return f"{_span(idle, '.1f')} minutes"
    return f"{_span([e['minutes'] for e in entries], '.1f')} minutes beside other work"


def _by_metric(entries):
    """Metric -> those of the entries that have it."""
    names = dict.fromkeys(name for entry in entries for name in entry["metrics"])
    return {name: [e for e in entries if name in e["metrics"]] for name in names}


def _metric_row(name, entries, lesson):
    """Name, meaning, value, unit and direction of a metric; an old record brings its own unit."""
    own, known = entries[0]["metrics"][name], lesson.metrics.get(name)
    values = [e["metrics"][name]["value"] for e in entries]
    meaning = known.meaning if known else "(no longer measured)"
    return [f"`{name}`", meaning, _mean_and_spread(values), own["unit"], own["better"]]


def _table(heads, rows):
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]


def results_page(records: list[dict]) -> str:
    """`docs/RESULTS.md`: every metric of every recorded lesson and experiment."""
    lines = [
        "# Results",
        "",
        "Measured on the test set by full runs of the notebooks; the records are in `results/`.",
        "This page is made from them by `python -m aecourse.results`. A value is the mean over",
        "the seeds ± their standard deviation. Minutes and memory are of a whole lesson; minutes",
        "on MNIST are of two idle cores, where nothing else is said. *Earlier code* marks seeds",
        "that ran before something changed on which the numbers depend; they are to be recorded",
        "again.",
    ]
    for lesson in lessons.descriptions().values():
        for dataset, entries in _full(records, lesson.name).items():
            lines += [
                "",
                f"## {lesson.name}, {dataset}",
                "",
                f"Seeds {_seeds(entries, lesson)}; "
                f"{_minutes(entries)}; "
                f"peak memory {_span([e['peak_memory_mb'] for e in entries], '.0f')} MB; "
                f"{_versions(entries)}.",
                "",
            ]
            rows = [_metric_row(name, own, lesson) for name, own in _by_metric(entries).items()]
            lines += _table(("metric", "what", "value", "unit", "better"), rows)
        lines += _experiments(records, lesson)
    return "\n".join(lines) + "\n"


def _experiments(records, lesson):
    """The experiments that belong to a lesson, a row for each metric."""
    rows, every = [], []
    for name in lesson.experiments:
        for dataset, entries in _full(records, name).items():
            every += entries
            for metric, own in _by_metric(entries).items():
                row = _metric_row(metric, own, lesson)
                taken = [_span([e[k] for e in own], ".0f") for k in ("minutes", "peak_memory_mb")]
                rows.append([*row, dataset, _seeds(own, lesson), *taken])
    if not rows:
        return []
    title = f"## {lesson.name}, experiments"
    heads = "metric", "what", "value", "unit", "better", "data set", "seeds", "minutes", "MB"
    said = (
        f"One training each, beside other work, so minutes vary. {_versions(every).capitalize()}."
    )
    return ["", title, "", said, "", *_table(heads, rows)]


def claims_page(records: list[dict]) -> str:
    """`docs/CLAIMS.md`: what sources and common advice say, and what was measured of it."""
    lines = [
        "# Claims, tested",
        "",
        "What the sources of this course and common advice say about autoencoders, and what the",
        "lessons measured of it. The verdict is made from the records in `results/`, seed by seed:",
        "*holds* if every seed says so. A difference below 2 % of the value, unless another margin",
        "is told, counts as none. This page is made by `python -m aecourse.results`.",
    ]
    for lesson in lessons.descriptions().values():
        rows = [row for claim in lesson.claims for row in _claim_rows(records, lesson, claim)]
        if rows:
            title = f"## [{lesson.number} {lesson.title}](../notebooks/{lesson.name}.ipynb)"
            heads = "claim", "who says so", "verdict", "measured", "beside it", "seeds", "mind"
            lines += ["", title, "", *_table(heads, rows)]
    return "\n".join(lines) + "\n"


def _claim_rows(records, lesson, claim):
    """The row of a claim, or none as long as nothing is recorded for it."""
    entries = [_measured(records, lesson, each) for each in (claim.metric, claim.than)]
    with_it, without = map(_by_seed, (claim.metric, claim.than), entries)
    if isinstance(claim.than, str):
        beside = lesson.metrics[claim.than].meaning
    else:
        without, beside = dict.fromkeys(with_it, claim.than), "by the claim"
    seeds = sorted(set(with_it) & set(without))
    if not seeds:
        return
    known = lesson.metrics[claim.metric]
    measured = [
        f"{words}: {_mean_and_spread([found[seed] for seed in seeds])}"
        for words, found in ((known.meaning, with_it), (beside, without))
    ]
    said = verdict(claim, with_it, without, known.better)
    margin = "" if claim.margin == Claim._field_defaults["margin"] else f"margin {claim.margin:.1%}"
    mind = ". ".join(part for part in (claim.comment, margin) if part)
    compared = [e for each in entries for e in each if e["seed"] in seeds]
    count = f"{len(seeds)}{_earlier(compared, lesson)}"
    yield [claim.words, claim.by, f"**{said}**", *measured, count, mind]


def _earlier(entries, lesson):
    """What to add to a number of seeds where some ran with another code than today's."""
    return "" if all(is_fresh(e, lesson.notebook()) for e in entries) else " (earlier code)"


def _measured(records, lesson: Description, metric):
    """A lesson's own full runs on its first data set and those of its experiments, where they have
    the metric."""
    own, where = (lesson.name, *lesson.experiments), (lesson.datasets[0], "full")
    return [
        entry
        for entry in records
        if entry["lesson"] in own
        and (entry["dataset"], entry["profile"]) == where
        and metric in entry["metrics"]
    ]


def _by_seed(metric, entries):
    """Seed -> value of a metric."""
    return {entry["seed"]: entry["metrics"][metric]["value"] for entry in entries}


def readme_results(records: list[dict]) -> str:
    """The README's results table: the headlines of each lesson."""
    rows = []
    for lesson in lessons.descriptions().values():
        for line in lesson.headlines:
            entries, others = (
                _measured(records, lesson, metric) for metric in (line.metric, line.beside)
            )
            if not entries:
                continue
            values = [e["metrics"][line.metric]["value"] for e in entries]
            beside = [e["metrics"][line.beside]["value"] for e in others]
            baseline = f"{line.beside_words} {statistics.fmean(beside):.4f}" if beside else ""
            shown = _mean_and_spread(values)
            link = f"[{lesson.number}](notebooks/{lesson.name}.ipynb)"
            seeds = f"{len(values)}{_earlier([*entries, *others], lesson)}"
            rows.append([link, line.words, shown, seeds, baseline, line.reference])
    return "\n".join(
        _table(("lesson", "measured", "this course", "seeds", "baseline", "published"), rows)
    )


def readme_lessons() -> str:
    """The README's table of lessons."""
    rows = [
        [
            f"[{lesson.number} {lesson.title}](notebooks/{lesson.name}.ipynb)",
            lesson.idea,
            lesson.minutes,
        ]
        for lesson in lessons.descriptions().values()
    ]
    return "\n".join(_table(("lesson", "idea", "minutes"), rows))


def with_tables(readme: str, records: list[dict]) -> str:
    """The README's text with its two tables replaced."""
    for name, table in (("lessons", readme_lessons()), ("results", readme_results(records))):
        start = f"<!-- {name}: made by python -m aecourse.results -->"
        end = f"<!-- end of {name} -->"
        whole = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        readme = whole.sub(lambda _, t=table, s=start, e=end: f"{s}\n{t}\n{e}", readme)
    return readme


def main() -> None:
    """Write the tables."""
    root = settings.project_root()
    if root is None:
        raise SystemExit(settings.elsewhere())
    records = record.read(root / "docs" / "results")
    (root / "docs" / "RESULTS.md").write_text(results_page(records), encoding="utf-8")
    (root / "docs" / "CLAIMS.md").write_text(claims_page(records), encoding="utf-8")
    readme = root / "README.md"
    readme.write_text(with_tables(readme.read_text(encoding="utf-8"), records), encoding="utf-8")
    pages = "docs/RESULTS.md, docs/CLAIMS.md and the README's tables"
    print(f"{len(records)} records: {pages} are written.")
