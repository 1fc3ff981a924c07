"""What is made for a class: handouts that run and give nothing away, keys that give all, slides of
which nothing is cut."""

import errno
from importlib.metadata import PackageNotFoundError, distribution
import json
import os
import re

from aecourse import __main__, files, lessons, settings, teaching
from browser import browser, needs_chromium, until
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
import pytest

LESSONS = [description.notebook() for description in lessons.descriptions().values()]
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
TALL = "\n".join(f"| {n} | what stands in line {n} |" for n in range(60))
TOY = new_notebook(
    cells=[
        new_markdown_cell("# 42 · A toy lesson", metadata={"tags": ["slide"]}),
        new_markdown_cell("Guess. [Who](../README.md#credits)", metadata={"tags": ["prediction"]}),
        new_code_cell("x = 1\nx", outputs=[new_output("execute_result", {"text/plain": "1"})]),
        new_markdown_cell("Seen.\n\n<details><summary>What?</summary>\n\nOne.\n\n</details>"),
        new_markdown_cell("## 2 · Exercises\n\n### Exercise 1\n\nAdd."),
        new_code_cell("def add(a, b):\n    return ..."),
        new_markdown_cell("Plus, not folded.", metadata={"tags": ["solution"]}),
        new_markdown_cell("### Exercise 2\n\nSubtract."),
        new_code_cell("def sub(a, b):\n    return a - b", metadata={"tags": ["solution"]}),
        new_markdown_cell(
            '<details open class="x">Minus.</details>\n\n### Exercise 3 (open)\n\nGo on.',
            metadata={"tags": ["solution"]},
        ),
        new_markdown_cell(
            "**1. Why?**\n\n<details><summary>Answer</summary>\n\nBecause.\n\n</details>",
            metadata={"tags": ["answer"]},
        ),
    ]
)  # fmt: skip


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def folded(notebook):
    """The lines of all folds that stand nowhere else in the lesson."""
    folds = [part.partition("</details>")[0] for part in prose(notebook).split("<details>")[1:]]
    rest = re.sub("<details>.*?</details>", "", prose(notebook), flags=re.DOTALL)
    rest = {*rest.splitlines(), *"\n".join(code(notebook)).splitlines()}
    lines = {line for fold in folds for line in fold.partition("</summary>")[2].splitlines()}
    return {line for line in lines if len(line) > 20} - rest


# Handouts.


@every_lesson
def test_a_handout_runs_as_its_lesson_does_and_gives_nothing_away(path):
    lesson = nbformat.read(path, as_version=4)
    made = teaching.handout(lesson)
    assert code(made) == code(lesson)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in made.cells)
    secrets = folded(lesson)
    assert len(secrets) > 10 and secrets.isdisjoint(prose(made).splitlines())
    assert "<details" not in prose(made) and "](../" not in prose(made)
    assert not re.search("folded|[Tt]he solution|[Ii]ts solution", prose(made)), "it has none"
    headings = re.findall("^#.*", prose(lesson), re.MULTILINE)
    assert re.findall("^#.*", prose(made), re.MULTILINE) == headings
    nbformat.validate(made)


@pytest.mark.parametrize(
    "text, left",
    [
        ("What do you expect? The answer is folded below.", "What do you expect?"),
        ("Use `np.eye`; its result is folded below. Then go on.", "Then go on."),
        ("Return `...`. Each answer is folded in below the figure.\n\nOn.", "Return `...`.\n\nOn."),
    ],
)
def test_a_sentence_that_sends_to_a_fold_goes_whole_and_no_other(text, left):
    made = teaching.handout(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    assert re.sub(" +$", "", made.cells[0].source, flags=re.MULTILINE) == left


def test_a_solution_goes_whatever_its_form_and_a_statement_beside_it_stays():
    made = teaching.handout(TOY)
    text = prose(made)
    for word in ("One", "Plus", "Minus", "Because", "README"):
        assert word not in text
    assert code(made) == code(TOY)[:2] and "Who" in text
    for word in (
        "Exercise 3 (open)",
        "**1. Why?**",
        "Your prediction",
        "**What?** *Write",
    ):
        assert text.count(word) == 1
    assert len(TOY.cells[2].outputs) == 1  # the lesson itself is as it was


# The page for teachers.


def test_the_cure_of_a_misunderstanding_is_a_section_that_is_there():
    page = (settings.project_root() / "docs" / "TEACHING.md").read_text(encoding="utf-8")
    table = page.split("## Typical misunderstandings")[1].split("\n## ")[0]
    cures = [row.split("|")[2] for row in table.splitlines() if row.startswith('| "')]
    headings = {}
    for path in LESSONS:
        found = re.findall("^#+ (.*)", prose(nbformat.read(path, as_version=4)), re.MULTILINE)
        headings[path.stem[:2]] = "\n".join(found)
    assert len(cures) >= 20
    for cure in cures:
        lesson = None
        for number, section in re.findall(r"\b(\d\d), |\*([^*]+)\*", cure):
            lesson = number or lesson
            assert section in headings[lesson], f"{lesson} has no section {section!r}"


def test_the_sections_of_the_plan_for_four_weeks_are_there():
    page = (settings.project_root() / "docs" / "TEACHING.md").read_text(encoding="utf-8")
    plan = page.split("## A plan for four weeks")[1].split("\n## ")[0]
    headings = {
        path.stem[:2]: re.findall(
            r"^## (?:\d+ · )?(.*)", prose(nbformat.read(path, as_version=4)), re.MULTILINE
        )
        for path in LESSONS
    }
    found, lesson = [], None
    for row in re.findall(r"^\| \d \|.*", plan, re.MULTILINE):
        for number, section in re.findall(r"\b(\d\d),|\*([^*]+)\*", row):
            lesson = number or lesson
            found += [section] if section else []
            assert not section or any(h.startswith(section) for h in headings[lesson]), section
    assert len(found) >= 10


# Answer keys.


@every_lesson
def test_a_key_has_every_answer_below_its_question(path):
    lesson = nbformat.read(path, as_version=4)
    key = prose(teaching.answers(lesson))
    assert folded(lesson) <= {*key.splitlines()} and "<details" not in key
    exercises = re.findall("^### Exercise.*", prose(lesson), re.MULTILINE)
    places = [key.index(exercise) for exercise in exercises]
    assert places == sorted(places) and len(exercises) >= 3
    for here, there in zip(places, places[1:], strict=False):
        assert "open" in key[here:there].split("\n")[0] or "**Solution**" in key[here:there]
    nbformat.validate(teaching.answers(lesson))


def test_a_key_has_solutions_of_any_form_once():
    key = prose(teaching.answers(TOY))
    order = ["Guess", "One.", "Add.", "Plus", "Subtract.", "a - b", "Minus.", "Go on.", "Because."]
    places = [key.index(word) for word in order]
    assert places == sorted(places) and all(key.count(word) == 1 for word in order)
    assert "Seen." not in key and "return ..." not in key


# The command.


@pytest.fixture
def without_slides(monkeypatch):
    nowhere = {name: ("no-such-package", "x") for name in teaching._ASSETS}
    monkeypatch.setattr(teaching, "_ASSETS", nowhere)


def test_the_command_makes_what_needs_nothing_else_and_says_what_is_missing(
    without_slides, tmp_path, capsys
):
    assert __main__.main(["teach", str(tmp_path / "class"), "--lessons", "00", "01"]) == 1
    assert "No slides without no-such-package: pip install -e .[slides]" in capsys.readouterr().out
    for name in ("handouts", "answers"):
        made = sorted((tmp_path / "class" / name).glob("*.ipynb"))
        assert made and [path.name for path in made] == [path.name for path in LESSONS[:2]]
        for path in made:
            pictures = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", path.read_text(encoding="utf-8"))
            assert pictures or name == "answers"
            assert all((path.parent / picture).is_file() for picture in pictures)


def test_what_cannot_be_made_ends_in_a_sentence(without_slides, tmp_path, capsys, monkeypatch):
    assert __main__.main(["teach", str(tmp_path), "--lessons", "99"]) == 1
    assert "There is no lesson '99'" in capsys.readouterr().out and not any(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    assert __main__.main(["teach", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().out
    monkeypatch.setattr(settings, "project_root", lambda: None)
    assert __main__.main(["teach", str(tmp_path / "class")]) == 1
    assert "checkout" in capsys.readouterr().out and not (tmp_path / "class").exists()


def test_a_full_disk_is_told_without_a_word_of_runs(without_slides, tmp_path, capsys, monkeypatch):
    def full(part, path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "replace", full)
        assert __main__.main(["teach", str(tmp_path), "--lessons", "00"]) == 1
    said = capsys.readouterr().out
    assert f"No space left on device: {tmp_path / 'handouts'}" in said
    assert "choose another folder" in said and not re.search("[Rr]uns|Epochs|AECOURSE", said)


# Slides.


def is_installed(package):
    try:
        return bool(distribution(package))
    except PackageNotFoundError:
        return False


needs_slides = pytest.mark.skipif(
    not all(is_installed(package) for package, _ in teaching._ASSETS.values()),
    reason="without the extra `slides`",
)
CUT = """[...document.querySelectorAll(".page")].flatMap((page, n) => {
    const edge = page.getBoundingClientRect(), scale = edge.width / 1280;
    return [...page.querySelectorAll("p, li, td, pre, img, h1, h2, h3, svg")].filter((part) => {
        const box = part.getBoundingClientRect();
        return box.bottom > edge.bottom + scale || box.right > edge.right + scale
            || box.left < edge.left - scale || part.scrollWidth > part.clientWidth + 2
               && getComputedStyle(part).display !== "inline";
    }).map((part) => `${n + 1}: ${part.outerHTML.slice(0, 80)}`)
})"""
SMALLEST = """Math.min(...[...document.querySelectorAll(".page")].flatMap((page) =>
    [...page.querySelectorAll("*")].map((part) => Number(part.style.zoom || 1))))"""


ALL = """document.querySelectorAll(".slides > section").forEach((slide) => {
    slide.hidden = false;
    slide.style.display = "block";
})"""  # reveal.js hides all but a few, and what is hidden has no size


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A function that opens a lesson's slides in a browser and gives the page."""
    home = tmp_path_factory.mktemp("browser")
    with browser(home) as page:
        screen = dict(width=1280, height=720, deviceScaleFactor=1, mobile=False)
        page.send("Emulation.setDeviceMetricsOverride", **screen)

        def show(lesson, folder):
            path = home / "slides.html"
            path.write_text(teaching.slides(lesson, folder), encoding="utf-8")
            page.open("about:blank")
            page.open(path.as_uri())
            until(lambda: page.value("Reveal.isReady()"), 120)
            page.value(ALL)
            return page

        yield show


@needs_chromium
@needs_slides
@every_lesson
def test_no_slide_is_cut_and_none_asks_the_network(path, shown):
    lesson = nbformat.read(path, as_version=4)
    page = shown(lesson, path.parent)
    assert page.value("Reveal.getTotalSlides()") >= 10
    assert page.value(CUT) == [] and page.value(SMALLEST) >= 0.6
    requests = json.loads(page.value("JSON.stringify(performance.getEntriesByType('resource'))"))
    assert [r["name"][:50] for r in requests if not r["name"].startswith("data:")] == []
    assert page.value("document.querySelectorAll('[data-mjx-error]').length") == 0
    links = page.value(
        "[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"
    )
    assert all(re.match("https?:|#", link) for link in links), "what lies beside is not there"
    text = page.value("document.querySelector('.slides').textContent")
    assert "<details" not in page.value("document.body.innerHTML") and "¶" not in text
    assert all(line.strip() not in text for line in folded(lesson) if len(line) < 80)


@needs_chromium
@needs_slides
def test_what_is_too_large_goes_on_to_the_next_slide_or_becomes_smaller(shown, tmp_path):
    texts = [
        "# 42 · Toy",
        "## 1 · Long\n\n" + "\n\n".join(f"Paragraph {n}. " + "Words. " * 60 for n in range(9)),
        f"## 2 · A table\n\n| n | line |\n| --- | --- |\n{TALL}",
        "## 3 · A list\n\n" + "\n".join(f"{n}. Item {n}" for n in range(1, 41)),
        "## 4 · Wide\n\n$$" + " + ".join(f"x_{{{n}}}" for n in range(25)) + "$$",
        "```python\n" + "\n".join(f"line_{n} = {'x' * 150!r}" for n in range(40)) + "\n```",
    ]
    cells = [new_markdown_cell(text, metadata={"tags": ["slide"]}) for text in texts]
    cells.insert(1, new_markdown_cell("## 0 · Left out\n\nNot for slides."))
    page = shown(new_notebook(cells=cells), tmp_path)
    assert page.value(CUT) == []
    text = page.value("document.querySelector('.slides').textContent")
    for words in ("Paragraph {}.", "what stands in line {}\n", "Item {}\n"):
        numbers = [int(n) for n in re.findall(words.format(r"(\d+)"), text)]
        assert numbers == sorted(set(numbers)) and len(numbers) >= 9
    assert "line_39" in text and "Not for slides" not in text and "Left out" not in text
    starts = page.value('[...document.querySelectorAll("ol")].map((list) => list.start)')
    assert starts[0] == 1 and len(starts) > 1 and starts == sorted(set(starts))
    assert page.value("Reveal.getTotalSlides()") >= 12
