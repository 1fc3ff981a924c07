"""Say where the course is published, and the buttons that open it there follow.

    python docs/launch.py https://github.com/OWNER/NAME    # writes the address and what follows
    python docs/launch.py                                  # writes what follows from the address
    python docs/launch.py --nowhere                        # takes the address out again

The address is one setting: `Repository` in pyproject.toml, which pip and the site read too. From it
follow the badges in the README (Colab, Binder, Codespaces) and the cell with which a lesson
installs the course on Colab. Without an address there are no badges, and that cell takes a wheel
that was uploaded there.
"""

import argparse
from pathlib import Path
import re
import tomllib

import nbformat

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- launch: made by python docs/launch.py -->", "<!-- end of launch -->"
CELL = """\
# On Colab this installs the course{from_where}; elsewhere it does nothing.
import os
from pathlib import Path

if "COLAB_RELEASE_TAG" in os.environ:
    gpu = "'tensorflow[and-cuda]'" if Path("/proc/driver/nvidia/version").exists() else ""
    get_ipython().run_line_magic("pip", f"install -q {course} {{gpu}}")"""


def address(root: Path = ROOT) -> str:
    """Where the course is published, without a slash at the end; "" for nowhere."""
    known = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return known.get("urls", {}).get("Repository", "").rstrip("/")


def set_address(where: str, root: Path = ROOT) -> None:
    """Write the setting; ValueError for anything but https://github.com/OWNER/NAME or ""."""
    if where and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", where):
        raise ValueError(f"{where} is not like https://github.com/OWNER/NAME.")
    path = root / "pyproject.toml"
    text = re.sub(r"\[project\.urls\]\n(.+\n)*\n", "", path.read_text(encoding="utf-8"))
    if where:
        urls = f'[project.urls]\nRepository = "{where}"\n\n'
        text = text.replace(
            "[project.optional-dependencies]", urls + "[project.optional-dependencies]"
        )
    path.write_text(text, encoding="utf-8")


def badges(where: str) -> str:
    """The README's line of badges."""
    name = where.removeprefix("https://github.com/")
    first = "notebooks/00_start_here.ipynb"
    links = {
        "Open in Colab": f"https://colab.research.google.com/github/{name}/blob/main/{first}",
        "Open in Binder": f"https://mybinder.org/v2/gh/{name}/main?labpath={first}",
        "Open in Codespaces": f"https://codespaces.new/{name}",
    }
    return " · ".join(f"[{words}]({link})" for words, link in links.items())


def cell(where: str) -> str:
    """The cell that installs the course on Colab, from its address or from an uploaded wheel."""
    if where:
        return CELL.format(from_where="", course=f"git+{where}")
    return CELL.format(from_where=" from the wheel that you uploaded", course="aecourse-*.whl")


def write(root: Path = ROOT) -> None:
    """What follows from the address, in the README and in each lesson."""
    where = address(root)
    readme = root / "README.md"
    between = f"{START}\n{badges(where) if where else ''}\n{END}"
    whole = re.compile(f"{re.escape(START)}.*?{re.escape(END)}", re.DOTALL)
    text = whole.sub(lambda _: between, readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8")
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        first = next(c for c in notebook.cells if c.cell_type == "code")
        if "colab" in first.metadata.get("tags", ()) and first.source != cell(where):
            first.source = cell(where)
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("where", nargs="?", help="https://github.com/OWNER/NAME")
    parser.add_argument("--nowhere", action="store_true", help="take the address out")
    asked = parser.parse_args()
    try:
        if asked.where or asked.nowhere:
            set_address("" if asked.nowhere else asked.where.rstrip("/").removesuffix(".git"))
    except ValueError as error:
        parser.error(str(error))
    write()
    print(f"The course is published at {address()}." if address() else "No address, no badges.")


if __name__ == "__main__":
    main()
