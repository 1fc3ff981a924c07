"""The lessons as documents: what the tests of notebooks read."""

import json
from pathlib import Path
import re

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTION = re.compile(r"<details><summary>Solution</summary>(.*?)</details>", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
CHECK = re.compile(r"^lesson\.check\((\w+)\)$", re.MULTILINE)


def cells(path, kind=None):
    """The cells of a notebook as (source, cell), of one kind or of all."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [("".join(c["source"]), c) for c in found if kind in (None, c["cell_type"])]


def prose(path):
    """All text of a notebook."""
    return "\n".join(source for source, _ in cells(path, "markdown"))


def solutions(path):
    """Name of the function -> its folded solution, right below the exercise's stub."""
    all_cells, found = cells(path), {}
    for (source, cell), (below, _) in zip(all_cells, all_cells[1:] + [("", {})], strict=True):
        for name in CHECK.findall(source) if cell["cell_type"] == "code" else ():
            folded = SOLUTION.search(below)
            blocks = PYTHON.findall(folded[1]) if folded else []
            found[name] = blocks[0] if blocks else ""
    return found
