"""Make the site: `python docs/site/build.py`, into build/site/html. Needs the extra `site`.

The pages are those of the checkout: notebooks as committed, README and docs, and what lies in
`pages` beside this file. They are laid out as in the checkout, so that links between them hold.
"""

from importlib.util import find_spec
from pathlib import Path
import re
import shutil
import sys

import nbformat
import seeds
from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = "aecourse", "benchmarks", "data", "docs", "experiments", "notebooks", "tests"
LEFT_OUT = ".*", "__pycache__", "site", "*.npz", "*.gz", "*-ubyte", "*-Copy*.ipynb"


def readings(notebooks: Path) -> str:
    """What each lesson says to read next, in Markdown."""
    lines = ["", "## To read next, by lesson", ""]
    for path in sorted(notebooks.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        if found := re.search(r"^\*\*Read next\.\*\* (.*)$", "\n".join(texts), re.MULTILINE):
            said = found[1].replace("](", "](notebooks/").replace("](notebooks/http", "](http")
            title = notebook.metadata.get("title", path.stem)
            lines += [f"**[{title}](notebooks/{path.name})** {said}", ""]
    return "\n".join(lines)


def stage(folder: Path) -> None:
    """Lay the sources out in a folder that is not there yet."""
    left_out = shutil.ignore_patterns(*LEFT_OUT)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for path in filter(Path.is_file, ROOT.iterdir()):
        shutil.copy2(path, folder)
    shutil.copytree(HERE / "pages", folder, dirs_exist_ok=True)
    with open(folder / "bibliography.md", "a", encoding="utf-8") as page:
        page.write(readings(folder / "notebooks"))
    seeds.write_pages(folder / "results")


def copy_mathjax(folder: Path) -> None:
    """MathJax and its fonts from their package, without what only its menu would load."""
    source = Path(find_spec("sphinx-mathjax-offline").submodule_search_locations[0])
    for path in ("tex-chtml.js", "output/chtml/fonts/woff-v2"):
        found, copied = source / "static" / "mathjax" / path, folder / path
        if found.is_dir():
            shutil.copytree(found, copied)
        else:
            copied.parent.mkdir(parents=True)
            shutil.copy(found, copied)


def main(out: Path = ROOT / "build" / "site") -> int:
    """Make the site in a folder, in place of an earlier one there; the exit status of Sphinx, which
    takes a warning for an error."""
    for made in ("sources", "html"):
        shutil.rmtree(out / made, ignore_errors=True)
    stage(out / "sources")
    copy_mathjax(out / "html" / "_static" / "mathjax")
    how = "-c", str(HERE), "-j", "auto", "--fail-on-warning", "--quiet"
    return sphinx([*how, str(out / "sources"), str(out / "html")])


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
