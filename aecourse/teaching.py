"""For a class, from the lessons as they are: handouts, answer keys and slides
(`python -m aecourse teach FOLDER`). Nothing is executed and nothing is downloaded.
"""

from collections.abc import Sequence
from copy import deepcopy
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
import re
import shutil

from aecourse import files, settings
from aecourse.lessons import descriptions, find
from nbconvert import HTMLExporter
import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

_FOLD = re.compile(r"<details\b[^>]*>\s*(?:<summary>(.*?)</summary>)?(.*?)</details>", re.DOTALL)
_SENTENCE = r"(?:(?![.?!](?:\s|$)).)*"  # what a sentence has before its end
_OF_FOLDS = re.compile(
    rf"(?:(?<=[.?!]\s)|^){_SENTENCE}(?:folded(?: in)? below|The solution shows){_SENTENCE}[.?!]",
    re.MULTILINE,
)
_OTHER_LESSON = re.compile(r"(?<!!)\[([^\]]*)\]\(\d\d_\w+\.ipynb[^)]*\)")
_OUTWARD = re.compile(r"(?<!!)\[([^\]]*)\]\(\.\./[^)]*\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\((images/[^)\s]+)\)")
_SECTION = re.compile(r"^## .*", re.MULTILINE)
_ASSETS = {
    "reveal_css": ("sphinx-revealjs", "sphinx_revealjs/_static/revealjs/dist/reveal.css"),
    "reveal": ("sphinx-revealjs", "sphinx_revealjs/_static/revealjs/dist/reveal.js"),
    "mathjax": (
        "sphinx-mathjax-offline",
        "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js",
    ),
}
"""What slides are shown with -> the package that brings it, and where it lies in there."""


def handout(lesson: NotebookNode) -> NotebookNode:
    """A lesson to work on: without outputs, solutions and answers, with room for a learner's own.

    A cell tagged `solution` or `answer` loses what is folded in it, and one without a fold goes, as
    do sentences that send to it. Code stays as it is, so a handout runs wherever the lesson does.
    """
    made = deepcopy(lesson)
    made.cells = [c for c in made.cells if not _tags(c) & {"solution", "answer"} or _folds(c)]
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            room = "\n\n**Your prediction:** *write here*" if "prediction" in _tags(cell) else ""
            cell.source = _text(_OF_FOLDS.sub("", _FOLD.sub(_room, cell.source))) + room
    made.cells = [cell for cell in made.cells if cell.source]
    return made


def answers(lesson: NotebookNode) -> NotebookNode:
    """The key to a lesson: its predictions, what happened, each exercise with its solution and each
    question with its answer, unfolded."""
    title = lesson.cells[0].source.splitlines()[0].lstrip("# ")
    parts, statement = [f"# {title}: answers"], ""
    for cell in lesson.cells:
        if cell.cell_type == "code":
            if _tags(cell) & {"solution", "answer"}:
                parts += [statement, f"```python\n{cell.source}\n```"]
                statement = ""
            continue
        tags, unfolded = _tags(cell), _FOLD.sub(_unfolded, cell.source)
        if "solution" in tags:
            parts += [statement, unfolded]
        elif tags & {"prediction", "answer"}:
            parts.append(unfolded)
        else:
            parts += [_unfolded(fold) for fold in _FOLD.finditer(cell.source)]
        statement = "" if tags & {"solution", "answer"} else _FOLD.sub("", cell.source)
    texts = filter(None, map(_text, parts))
    cells = [nbformat.v4.new_markdown_cell(text, id=f"key-{n}") for n, text in enumerate(texts)]
    return nbformat.v4.new_notebook(cells=cells, metadata=deepcopy(lesson.metadata))


def slides(lesson: NotebookNode, folder: Path) -> str:
    """A page of HTML with the cells tagged `slide`: the text without its folds and, of a cell with
    a figure, the figure. It needs no other file and no network; how much goes on a slide is found
    out in the browser (docs/slides).

    folder: where the lesson's pictures are. Raises PackageNotFoundError without reveal.js and
    MathJax, which the extra `slides` installs.
    """
    packed = {name: _asset(*place) for name, place in _ASSETS.items()}
    made = deepcopy(lesson)
    made.cells = list(_slides(made.cells))
    for cell in made.cells:
        if cell.cell_type == "code":
            figures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
            for figure in figures:  # sliders and films too: a projector wants the picture
                figure.data = {"image/png": figure.data["image/png"]}
            cell.outputs = figures or cell.outputs
            cell.metadata["transient"] = {"remove_source": bool(cell.outputs)}
        else:
            cell.source = _OTHER_LESSON.sub(r"\1", _text(_FOLD.sub("", cell.source)))
    templates = settings.project_root() / "docs"
    exporter = HTMLExporter(
        template_name="slides",
        extra_template_basedirs=[str(templates)],
        embed_images=True,
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        config=Config(CSSHTMLHeaderPreprocessor={"style": "default"}),
    )
    about = {"path": str(folder), "name": lesson.cells[0].source.splitlines()[0].lstrip("# ")}
    page, _ = exporter.from_notebook_node(made, {"metadata": about, "slides": packed})
    return page


def main(folder: str | Path, numbers: Sequence[str] = ()) -> int:
    """Make handouts, answers and slides of the lessons of these numbers, or of all, in a folder
    each inside `folder`. Gives 1 where something could not be made."""
    folder = Path(folder)
    try:
        chosen = [find(number) for number in numbers] or list(descriptions().values())
        for description in chosen:
            source = description.notebook()
            lesson = nbformat.read(source, as_version=4)
            for name, make in (("handouts", handout), ("answers", answers)):
                _write_notebook(make(lesson), folder / name / source.name, source.parent)
        print(f"{len(chosen)} lessons: {folder / 'handouts'} and {folder / 'answers'}")
        for description in chosen:
            source = description.notebook()
            lesson = nbformat.read(source, as_version=4)
            path = folder / "slides" / f"{source.stem}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            files.replace_text(path, slides(lesson, source.parent))
        print(f"{len(chosen)} lessons: {folder / 'slides'}")
    except PackageNotFoundError as error:
        print(f"No slides without {error.name}: pip install -e .[slides] once, and run this again.")
        return 1
    except (OSError, ValueError) as error:
        print(error)
        return 1
    return 0


def _write_notebook(made, path, pictures):
    """Write a notebook, and beside it the pictures of the lesson that its text shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace_text(path, nbformat.writes(made) + "\n")
    for picture in {name for cell in made.cells for name in _PICTURE.findall(cell.source)}:
        (path.parent / picture).parent.mkdir(exist_ok=True)
        shutil.copyfile(pictures / picture, path.parent / picture)


def _tags(cell):
    return set(cell.metadata.get("tags", ()))


def _folds(cell):
    return cell.cell_type == "markdown" and _FOLD.search(cell.source)


def _text(source):
    """A text for another folder: what it links to in the checkout is not there."""
    return _OUTWARD.sub(r"\1", source).strip()


def _room(fold):
    """What a handout has in the place of a fold."""
    return "" if fold[1] in (None, "Solution") else f"**{fold[1]}** *Write here.*"


def _unfolded(fold):
    return f"**{fold[1] or 'Answer'}**\n\n{fold[2].strip()}"


def _slides(cells):
    """The cells tagged `slide`, below the heading of their section where that has no tag."""
    heading = ""
    for cell in cells:
        headings = _SECTION.findall(cell.source) if cell.cell_type != "code" else []
        if "slide" not in _tags(cell):
            heading = headings[-1] if headings else heading
            continue
        if heading and not cell.source.startswith("## "):
            yield nbformat.v4.new_markdown_cell(heading)
        heading = ""
        yield cell


def _asset(package, place):
    """A file of an installed package, such that it may stand in a page."""
    text = Path(distribution(package).locate_file(place)).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")
