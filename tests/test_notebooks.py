"""Notebooks as documents. A vacuous notebook test passes for ever, so most of this is about
whether nbval has anything to compare."""

import re

from lessons import LESSONS, ROOT, cells, prose
import nbformat
import pytest

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
    marked = [c for source, c in cells(path, "code") if "# NBVAL_CHECK_OUTPUT" in source]
    assert len(marked) >= 5
    for cell in marked:
        assert cell["execution_count"] and outputs(cell).strip()
        text = outputs(cell)
        assert not re.search(r"\d\.\d\d", text), f"digits that another machine changes: {text}"
        assert "False" not in text


@each_lesson
def test_outputs_show_no_path_warning_or_time(path):
    for _, cell in cells(path, "code"):
        text = outputs(cell)
        assert not re.search(r"/(home|root|tmp|Users|work)/|[A-Z]:\\\\", text), text
        assert not re.search(r"Traceback|Warning|stderr", text), text
        assert not re.search(r"\b\d+(\.\d+)? ?(s|ms|min|seconds|minutes)\b", text), text
        assert not any(o.get("name") == "stderr" for o in cell["outputs"])


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
def test_animations_are_small(path):
    for moving in re.findall(r"data:image/gif;base64,([\w+/=]+)", path.read_text(encoding="utf-8")):
        assert len(moving) * 3 / 4 < 1_000_000


@each_lesson
def test_links_and_pictures_are_there(path):
    for target in re.findall(r"\]\(([^)#]+)\)", prose(path)):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


@each_lesson
def test_the_readme_gives_the_minutes_of_the_notebook(path):
    minutes = re.search(r"running about (\d+) minute", prose(path))[1]
    table = (ROOT / "README.md").read_text(encoding="utf-8")
    row = next(line for line in table.splitlines() if f"(notebooks/{path.name})" in line)
    assert row.split("|")[-2].strip() == minutes


@each_lesson
def test_it_trains_under_a_switch_and_with_a_seed(path):
    setup = cells(path, "code")[0][0]
    assert re.search(r"^TRAIN = True", setup, re.MULTILINE) and "set_seed()" in setup
    runs = "\n".join(source for source, _ in cells(path, "code"))
    others = runs.count("PCA(") + runs.count("LinearRegression()")  # nothing to reload
    assert runs.count("train=TRAIN") == runs.count(".fit(") - others > 0
