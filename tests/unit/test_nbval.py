"""The notebooks as tests: that what compares them compares, and that what fails is red."""

import os
import shutil
import subprocess
import sys

from aecourse import settings
import nbformat

ROOT = settings.project_root()
RECORDS = """class Lesson:
    def record(self):
        import json, os, pathlib
        path = pathlib.Path(os.environ["AECOURSE_RESULTS"], "98_toy-drawn-fast-seed0.json")
        path.write_text(json.dumps({"peak_memory_mb": 9999}))
lesson = Lesson()"""


def marked(source, said):
    cell = nbformat.v4.new_code_cell(f"# NBVAL_CHECK_OUTPUT\n{source}", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
    return cell


def test_a_cell_that_says_something_else_and_a_kernel_that_took_too_much_fail(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(RECORDS),
        marked("print(2 > 1)", "True\n"),
        marked("print(1 > 2)", "True\n"),
        nbformat.v4.new_code_cell("lesson.record()"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    for folder in ("notebooks", "results"):
        (tmp_path / folder).mkdir()
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    nbformat.write(notebook, tmp_path / "notebooks" / "98_toy.ipynb")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "notebooks"],
        cwd=tmp_path,
        env={**os.environ, "AECOURSE_RESULTS": str(tmp_path / "results")},
        capture_output=True,
        text=True,
    )
    assert "2 failed, 2 passed" in ended.stdout, ended.stdout
    assert "took 9999 MB" in ended.stdout
