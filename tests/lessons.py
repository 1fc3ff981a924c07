"""The lessons as documents: what the tests of notebooks read."""

import json
from pathlib import Path
import re

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTION = re.compile(r"<details><summary>Solution</summary>(.*?)</details>", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
CHECK = re.compile(r"^checks\.(\w+)\((\w+)\)$", re.MULTILINE)


def cells(path, kind=None):
    """The cells of a notebook as (source, cell), of one kind or of all."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [("".join(c["source"]), c) for c in found if kind in (None, c["cell_type"])]


def prose(path):
    return "\n".join(source for source, _ in cells(path, "markdown"))


def exercises(path):
    """(check, name of the function, stub, solution) of every exercise, in order."""
    all_cells, found = cells(path), []
    for (source, cell), (below, _) in zip(all_cells, all_cells[1:] + [("", {})], strict=True):
        for check, function in CHECK.findall(source) if cell["cell_type"] == "code" else ():
            folded = SOLUTION.search(below)
            blocks = PYTHON.findall(folded[1]) if folded else []
            found.append((check, function, source, blocks[0] if blocks else None))
    return found
