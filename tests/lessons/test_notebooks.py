"""Notebooks as documents. A vacuous notebook test passes for ever, so most of this is about
whether nbval has anything to compare."""

import ast
from base64 import b64decode
import html
import re
import runpy

from aecourse import lessons
from aecourse.lessons.lesson import _digits
from aecourse.results import record
from documents import LESSONS, cells, prose
import matplotlib.pyplot as plt
import nbformat
from nbval.plugin import find_comment_markers, find_metadata_tags
import pytest

LAUNCH = runpy.run_path(str(LESSONS[0].parents[1] / "docs" / "launch.py"))
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
ANATOMY = (
    "You will be able to",
    "Before you start",
    "Time:",
    "idea|works",
    "Predict",
    "Break it",
    "Exercises",
    "Check yourself",
    "What you learned, what can go wrong, what to read next",
)


def tags(cell):
    return cell["metadata"].get("tags", [])


def outputs(cell):
    """The text of a cell's outputs, pictures left out."""
    found = []
    for output in cell["outputs"]:
        found.append("".join(output.get("text", "")))
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                text = re.sub(r"data:image/\w+;base64,[^\"]*", "", "".join(data))
                found.append(text)
    return "\n".join(found)


def test_there_are_lessons():
    assert [path.stem for path in LESSONS[:2]] == ["00_start_here", "01_autoencoder"]


@each_lesson
def test_it_is_a_valid_notebook_for_any_python_3(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


@each_lesson
def test_every_code_cell_was_run_in_order_and_none_failed(path):
    code = [cell for _, cell in cells(path, "code")]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = [output["output_type"] for cell in code for output in cell["outputs"]]
    assert "error" not in kinds


@each_lesson
def test_five_marked_cells_or_more_have_something_to_compare(path):
    marks = [(set(find_comment_markers(source)), cell) for source, cell in cells(path, "code")]
    assert set().union(*(found for found, _ in marks)) == {("check", True)}, "nothing is skipped"
    assert not [tag for _, cell in marks for tag in find_metadata_tags(cell["metadata"])]
    marked = [cell for found, cell in marks if found]
    assert len(marked) >= 5
    for cell in marked:
        assert cell["execution_count"] and outputs(cell).strip()
        text = outputs(cell)
        plain = "\n".join("".join(o.get("data", {}).get("text/plain", "")) for o in cell["outputs"])
        if "lesson.show(" in "".join(cell["source"]):  # the card's page has the numbers
            text = plain
        assert not re.search(r"\d\.\d\d", text), f"digits that another machine changes: {text}"
        assert "False" not in text and "not kept" not in text


@each_lesson
def test_outputs_show_no_path_warning_time_or_address(path):
    for _, cell in cells(path, "code"):
        text = outputs(cell)
        assert not re.search(r" at 0x[0-9a-f]+", text), text
        assert not re.search(r"/(home|root|tmp|Users|work)/|[A-Z]:\\\\", text), text
        assert not re.search(r"Traceback|Warning|stderr", text), text
        assert not re.search(r"\b\d+(\.\d+)? ?(s|ms|min|seconds|minutes)\b", text), text
        assert not any(o.get("name") == "stderr" for o in cell["outputs"])


def written_alt(source):
    """The alt texts that stand in a cell as they are."""
    code = "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))
    keywords = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.keyword)]
    return [k.value.value for k in keywords if k.arg == "alt" and isinstance(k.value, ast.Constant)]


@each_lesson
def test_a_picture_says_what_its_cell_says(path):
    """Words that were changed after the run are changed in the outputs too."""
    for source, cell in cells(path, "code"):
        pictures = [o for o in cell["outputs"] if "image/png" in o.get("data", {})]
        alts = written_alt(source)
        if len(pictures) == len(alts) == 1:
            (picture,) = pictures
            assert picture["metadata"]["image/png"]["alt"] == alts[0]
            assert "".join(picture["data"]["text/plain"]) == alts[0]


WITH_DIGITS = [p for p in LESSONS if "datasets.load(" in p.read_text(encoding="utf-8")]


def test_only_the_lesson_of_single_numbers_has_no_digits():
    assert {path.stem for path in LESSONS} - {path.stem for path in WITH_DIGITS} <= {"07_gan_1d"}


@pytest.mark.parametrize("path", WITH_DIGITS, ids=lambda path: path.stem)
def test_outputs_are_of_mnist_in_full(path):
    said = "\n".join(outputs(cell) for _, cell in cells(path, "code"))
    assert "Data: MNIST" in said and "60000 training and 10000 test images" in said


@each_lesson
def test_cells_are_short(path):
    lengths = sorted(len(source.splitlines()) for source, _ in cells(path, "code"))
    assert lengths[-1] <= 40 and lengths[len(lengths) // 2] <= 8


@each_lesson
def test_a_lesson_is_short_enough_to_be_finished(path):
    all_cells = cells(path)
    shown = [output for _, cell in all_cells for output in cell.get("outputs", ())]
    figures = sum("image/png" in output.get("data", {}) for output in shown)
    assert len(all_cells) <= 80 and figures <= 14


@each_lesson
def test_the_anatomy_of_a_lesson(path):
    text, position = prose(path), 0
    for part in ANATOMY:
        found = re.search(part, text[position:])
        assert found, f"{part} is missing or out of order"
        position += found.end()
    assert text.count("<details><summary>Answer</summary>") == 3
    first = cells(path)[0]
    assert first[1]["cell_type"] == "markdown" and re.search(r"!\[.{20,}\]\(images/", first[0])


@each_lesson
def test_a_lesson_tells_how_long_reading_and_exercises_take(path):
    text = prose(path)
    told = int(re.search(r"\*\*Time:\*\* reading and exercises (\d+) minutes;", text)[1])
    words = len(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
    assert abs(told - words / 115 - 7.5 * text.count("### Exercise ")) <= 6


@each_lesson
def test_tags_say_what_a_cell_is_for(path):
    all_cells = cells(path)
    for source, cell in all_cells:
        assert ("<summary>Solution" in source) == ("solution" in tags(cell)), source
        assert ("<summary>Answer" in source) == ("answer" in tags(cell)), source
        assert "Predict" not in source.splitlines()[:1] or "prediction" in tags(cell), source
    assert any("prediction" in tags(cell) for _, cell in all_cells)
    assert "slide" in tags(all_cells[0][1])
    assert sum("slide" in tags(cell) for _, cell in all_cells) >= 10


@each_lesson
def test_the_first_code_cell_installs_the_course_on_colab(path):
    """What it does there, and that it does nothing elsewhere: tests/unit/test_launch.py."""
    source, cell = cells(path, "code")[0]
    assert tags(cell) == ["colab"] and not cell["outputs"]
    assert source == LAUNCH["cell"](LAUNCH["address"]()), "python docs/launch.py"


@each_lesson
def test_results_cards_are_marked_and_all_of_them_are_recorded_at_the_end(path):
    code = cells(path, "code")
    assert code[-1][0] == "lesson.record()" == cells(path)[-1][0]
    shown = [source for source, _ in code if "lesson.show(" in source]
    assert shown and all("# NBVAL_CHECK_OUTPUT" in source for source in shown)
    said, page = (
        "\n".join(
            "".join(output.get("data", {}).get(kind, ""))
            for _, cell in code
            for output in cell["outputs"]
        )
        for kind in ("text/plain", "text/html")
    )
    lesson = lessons.find(path.name[:2])
    elsewhere = {
        metric
        for entry in record.read(record.course_folder())
        if entry["lesson"] in lesson.experiments
        for metric in entry["metrics"]
    }
    for promise in lesson.promises:
        kept = f"{promise.words}: kept" in said
        if not promise.of_fast_runs:
            assert not kept, f"a fast run would say so too: {promise.words}"
            kept = re.search(f"{re.escape(html.escape(promise.words))}: (?!.*✗).*✓ kept", page)
        assert kept or promise.metric in elsewhere, f"no card shows it: {promise.words}"


@each_lesson
def test_output_pictures_have_alt_text_and_are_palette_pngs_and_no_widget_is_kept(path):
    for source, cell in cells(path, "code"):
        for output in cell["outputs"]:
            data, about = output.get("data", {}), output.get("metadata", {})
            assert not any("widget" in kind for kind in data), source
            if "image/png" in data:
                assert len(about["image/png"]["alt"]) >= 20, source
                png = b64decode("".join(data["image/png"]))
                assert png[:8] == b"\x89PNG\r\n\x1a\n" and png[25] == 3, "not a palette PNG"


def test_a_picture_shown_again_is_as_its_lesson_shows_it():
    """Where this fails after a new run of that lesson, write its figure over the file."""
    shown_again = sorted((LESSONS[0].parent / "images").glob("*.png"))
    assert shown_again
    for picture in shown_again:
        (home,) = (path for path in LESSONS if path.stem[:2] == picture.name[:2])
        shown = [
            b64decode("".join(output["data"]["image/png"]))
            for _, cell in cells(home, "code")
            for output in cell["outputs"]
            if "image/png" in output.get("data", {})
        ]
        assert picture.read_bytes() in shown, picture.name


@each_lesson
def test_every_figure_is_followed_by_its_finding(path):
    all_cells = cells(path)
    for number, (source, cell) in enumerate(all_cells):
        pictures = [
            o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})
        ]  # a live display has its alt text inside
        if pictures:
            following = "\n".join(s for s, c in all_cells[number + 1 : number + 3])
            assert "*Finding:" in following, source
    for source, cell in all_cells:
        for tag in re.findall(r"<img[^>]*>", outputs(cell) if cell["cell_type"] == "code" else ""):
            assert re.search(r'alt="[^"]{20,}"', tag), source


@each_lesson
def test_numbers_on_cards_are_those_that_were_recorded(path):
    """Of the first seed. (Where that is of earlier code, the tables say so.)"""
    lesson = lessons.find(path.name[:2])
    (entry,) = (
        entry
        for entry in record.read(record.course_folder())
        if (entry["lesson"], entry["seed"]) == (lesson.name, 0)
        and entry["dataset"] == lesson.datasets[0]
    )
    if entry["code"] != lesson.code():
        return
    names = {metric.meaning: name for name, metric in lesson.metrics.items()}
    shown = {}
    for source, cell in cells(path, "code"):
        for output in cell["outputs"] if "lesson.show(" in source else ():
            for row in re.findall(
                r"<tr>(.*?)</tr>", "".join(output.get("data", {}).get("text/html", ""))
            ):
                meaning, value = [*re.findall(r"<td[^>]*>(.*?)</td>", row), "", ""][:2]
                shown |= {html.unescape(meaning): value} if meaning else {}
    assert len(shown) >= 3
    for meaning, value in shown.items():
        assert value == _digits(entry["metrics"][names[meaning]]["value"]), meaning


@each_lesson
def test_explorers_are_small(path):
    text = path.read_text(encoding="utf-8")
    for sheet in re.findall(r"\"sheet\W+data:image/png;base64,([\w+/=]+)", text):
        assert len(sheet) < 300_000


def test_where_the_course_has_no_records_the_figures_made_of_them_alone_stop_nobody():
    """As where a package was built without them. Lesson 06, section 8, draws nothing else."""
    (path,) = (path for path in LESSONS if path.name.startswith("06"))
    all_cells = cells(path)
    starts = [
        place for place, (source, _) in enumerate(all_cells) if re.search("^## [89] ", source, re.M)
    ]
    names = {"recorded": [], "scores": {"dense_lesson_test_accuracy": 0.9}}
    exec("from aecourse import plots\nfrom aecourse.results import record", names)
    exec("import numpy as np", names)
    code = [source for source, cell in all_cells[slice(*starts)] if cell["cell_type"] == "code"]
    assert len(code) >= 4
    for source in code:
        exec(source, names)
    plt.close("all")


@each_lesson
def test_the_notebook_says_the_title_and_the_minutes_of_its_module(path):
    lesson = lessons.find(path.name[:2])
    assert lesson.name == path.stem
    title = f"{lesson.number} · {lesson.title}"
    assert prose(path).startswith(f"# {title}")
    assert nbformat.read(path, 4).metadata.title == title, "the title of an exported page"
    assert f"running about {lesson.minutes} minute" in prose(path)


@each_lesson
def test_it_trains_under_a_switch_and_with_a_seed(path):
    setup = cells(path, "code")[1][0]
    assert re.search(r"^TRAIN = True", setup, re.MULTILINE) and "set_seed()" in setup
    runs = "\n".join(source for source, _ in cells(path, "code"))
    short = ("PCA(", "LinearRegression()", "Ridge(", "mixture.fit(", "probe.fit(")
    others = (*short, "callbacks=[Progress(")  # nothing to reload
    trained = runs.count(".fit(") + runs.count("accuracy_on_real(") - sum(map(runs.count, others))
    assert runs.count("train=TRAIN") == trained > 0
