"""`python -m aecourse.recording`: run lessons in full, without a browser, and record them.

    python -m aecourse.recording 06 --seeds 0 1 2 --dataset mnist
    python -m aecourse.recording                     # every lesson, seeds 0, 1 and 2

A lesson that is recorded for the same code is not run again. Killed, it goes on where it was: what
was trained is reloaded, what was being trained resumes after its last whole epoch, and the minutes
of both parts are added up. Then `python -m aecourse.results` makes the tables.
"""

import argparse
import hashlib
import json
from pathlib import Path
import shutil
import sys
import time

from aecourse import settings
from filelock import FileLock, Timeout
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
import nbformat


def code_of(notebook: Path) -> str:
    """Twelve hexadecimal digits for the code a lesson runs: its own and the course's."""
    cells = nbformat.read(notebook, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    modules = sorted(Path(__file__).parent.rglob("*.py"))
    sources += [path.read_text(encoding="utf-8") for path in modules if path != Path(__file__)]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:12]


def is_recorded(notebook: Path, code: str, dataset: str, seed: int, folder: Path) -> bool:
    """Whether `folder` has a full run of this code. (Lesson 07 has a data set of its own.)"""
    for path in folder.glob(f"{notebook.stem}-*-full-seed{seed}.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.get("code") == code and found["dataset"] in (dataset, "normal"):
            return True
    return False


class Recording:
    """One lesson in full, with one seed on one data set; its records go to `folder`."""

    def __init__(self, notebook: Path, dataset: str, seed: int, folder: Path):
        self.notebook, self.dataset, self.seed, self.folder = notebook, dataset, seed, folder
        self.code = code_of(notebook)
        self.name = f"{notebook.stem}, {dataset}, seed {seed}"
        parts = notebook.stem, dataset, f"seed{seed}", self.code
        self.work = settings.runs_folder().resolve() / "recording" / "-".join(parts)

    def run(self) -> bool:
        """Run and record it, unless that is done or being done elsewhere. Gives whether it ran;
        raises CellExecutionError where a cell fails."""
        if is_recorded(self.notebook, self.code, self.dataset, self.seed, self.folder):
            print(f"{self.name}: is recorded.")
            return False
        self.work.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.work / "lock", timeout=0):
                self._execute()
                self._keep_records()
        except Timeout:
            print(f"{self.name}: is being recorded by another process.")
            return False
        shutil.rmtree(self.work)
        return True

    def _execute(self):
        self.clock = self.work / "seconds"
        self.earlier = float(self.clock.read_text()) if self.clock.is_file() else 0.0
        lesson = nbformat.read(self.notebook, as_version=4)
        if self.earlier:
            print(f"{self.name}: goes on after {self.earlier / 60:.1f} minutes.")
            for cell in lesson.cells:
                cell.source = cell.source.replace("TRAIN = True ", "TRAIN = False ")
        self.started, self.cells = time.monotonic(), len(lesson.cells)
        client = NotebookClient(
            lesson,
            timeout=None,
            resources={"metadata": {"path": str(self.notebook.parent)}},
            on_cell_start=self._show,
            on_cell_complete=self._count,
        )
        own = dict(PROFILE="full", DATASET=self.dataset, SEED=self.seed)
        own |= dict(RUNS=self.work, RESULTS=self.work / "results")
        if settings.data_path() is not None:
            own["DATA"] = settings.data_path().resolve()  # the kernel starts in another folder
        client.execute(env=settings.child_variables(**own))

    def _seconds(self):
        return self.earlier + time.monotonic() - self.started

    def _show(self, cell_index, **_):
        ending = "\r" if sys.stdout.isatty() else "\n"
        minutes = f"{self._seconds() / 60:5.1f} minutes"
        print(f"{self.name}: {minutes}, cell {cell_index + 1} of {self.cells}", end=ending)
        sys.stdout.flush()

    def _count(self, **_):
        part = self.clock.with_suffix(".part")
        part.write_text(f"{self._seconds():.1f}")
        part.replace(self.clock)

    def _keep_records(self):
        found = sorted((self.work / "results").glob("*.json"))
        if not found:
            raise SystemExit(f"{self.name}: ran to its end and recorded nothing.")
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in found:
            content = json.loads(path.read_text(encoding="utf-8"))
            content["minutes"] = round(content["minutes"] + self.earlier / 60, 2)
            content["code"] = self.code
            part = self.folder / f".{path.name}.part"
            part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            part.replace(self.folder / path.name)
            print(f"{self.name}: {content['minutes']:.1f} minutes, recorded in {path.name}")


def main(arguments=None):
    root = settings.project_root()
    if root is None:
        raise SystemExit("Lessons are recorded in a checkout of the course; this is not one.")
    parser = argparse.ArgumentParser(description="Run lessons in full and record them.")
    parser.add_argument("lessons", nargs="*", metavar="lesson", help='like "06"; none: all')
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="seed")
    parser.add_argument("--dataset", choices=("mnist", "drawn"), default="mnist")
    parser.add_argument("--results", type=Path, default=root / "docs" / "results")
    options = parser.parse_args(arguments)
    chosen = []
    for name in options.lessons or [""]:
        notebooks = sorted((root / "notebooks").glob(f"{name}*.ipynb"))
        if not notebooks:
            parser.error(f"no lesson begins with {name}")
        chosen += notebooks
    failed = 0
    for notebook in chosen:
        for seed in options.seeds:
            try:
                Recording(notebook, options.dataset, seed, options.results).run()
            except CellExecutionError as error:
                failed += 1
                print(f"{notebook.stem}, seed {seed}, failed:\n{error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
