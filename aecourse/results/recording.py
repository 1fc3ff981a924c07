"""`python -m aecourse.results.recording`: run lessons in full, without a browser, and record them.

    python -m aecourse.results.recording 06 --seeds 0 1 2 --dataset mnist
    python -m aecourse.results.recording                     # every lesson, seeds 0, 1 and 2

A lesson that is recorded for the same code is not run again. Killed, it goes on where it was: what
was trained is reloaded, what was being trained resumes after its last whole epoch, and the minutes
of both parts are added up, but for some seconds before the kill. A marked cell that prints
something else than in the notebook as it lies there is told, kept in the record and makes the
command fail: the lesson does not hold for that seed and data set. With `--busy` the record says
that other work ran beside it, so that nobody takes its minutes for those of an idle machine. Then
`python -m aecourse.results` makes the tables.
"""

import argparse
from contextlib import contextmanager
import json
from pathlib import Path
import shutil
import sys
import threading
import time

from aecourse import files, lessons, settings
from aecourse.results import record
from aecourse.results.code import code_of
from filelock import FileLock, Timeout

MARK = "# NBVAL_CHECK_OUTPUT"
CLOCK_SECONDS = 10.0
"""How often the clock is written. A cell may train for an hour, and be killed in it."""


def changed_cells(before, after) -> list[int]:
    """Indices, from 0, of the marked cells whose printed text is not the same in two notebooks."""
    pairs = enumerate(zip(before.cells, after.cells, strict=True))
    return [i for i, (old, new) in pairs if MARK in old.source and printed(old) != printed(new)]


def printed(cell) -> str:
    """What a cell printed to its standard output and the text of what it showed."""
    streams = [o.text for o in cell.outputs if o.get("name") == "stdout"]
    return "".join(streams + [o.data.get("text/plain", "") for o in cell.outputs if "data" in o])


class Recording:
    """One lesson in full, with one seed on one data set; its records go to `folder`, and the
    notebook with the outputs of the run to `executed`, where that is a folder. busy: other work
    runs on the machine."""

    def __init__(
        self,
        notebook: Path,
        dataset: str,
        seed: int,
        folder: Path,
        executed: Path | None = None,
        *,
        busy: bool = False,
    ):
        self.notebook, self.dataset, self.seed, self.folder = notebook, dataset, seed, folder
        self.executed, self.busy = executed, busy
        self.code, self.changed = code_of(notebook), []
        self.name = f"{notebook.stem}, {dataset}, seed {seed}"
        parts = notebook.stem, dataset, f"seed{seed}", self.code
        self.work = settings.runs_folder().resolve() / "recording" / "-".join(parts)

    def run(self) -> bool:
        """Run and record it, unless that is done or being done elsewhere. Gives whether it ran;
        raises CellExecutionError where a cell fails, and DeadKernelError where its process is
        killed, as when memory runs out. `changed` has the marked cells that printed something else.
        """
        if self.is_recorded():
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

    def is_recorded(self) -> bool:
        """Whether there is a full run of this code. (Lesson 07 has a data set of its own.)"""
        wanted = (self.notebook.stem, "full", self.seed, self.code)
        return any(
            tuple(entry.get(key) for key in ("lesson", "profile", "seed", "code")) == wanted
            and entry["dataset"] in (self.dataset, "normal")
            for entry in record.read(self.folder)
        )

    def _execute(self):
        from nbclient import NotebookClient  # a wheel does not bring these two
        import nbformat

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
            record_timing=False,
        )
        own = dict(PROFILE="full", DATASET=self.dataset, SEED=self.seed)
        own |= dict(RUNS=self.work, RESULTS=self.work / "results")
        if settings.data_path() is not None:
            own["DATA"] = settings.data_path().resolve()  # the kernel starts in another folder
        with self._clock_written():
            client.execute(env=settings.child_variables(**own))
        committed = nbformat.read(self.notebook, as_version=4)
        self.changed = changed_cells(committed, lesson)
        if self.executed is not None:
            for cell, as_written in zip(lesson.cells, committed.cells, strict=True):
                cell.source = as_written.source
            self.executed.mkdir(parents=True, exist_ok=True)
            files.replace_text(self.executed / self.notebook.name, nbformat.writes(lesson) + "\n")
        for i in self.changed:
            old, new = printed(committed.cells[i]), printed(lesson.cells[i])
            print(f"{self.name}: cell {i + 1} printed\n{new}where the notebook has\n{old}")

    def _seconds(self):
        return self.earlier + time.monotonic() - self.started

    def _show(self, cell_index, **_):
        ending = "\r" if sys.stdout.isatty() else "\n"
        minutes = f"{self._seconds() / 60:5.1f} minutes"
        print(f"{self.name}: {minutes}, cell {cell_index + 1} of {self.cells}", end=ending)
        sys.stdout.flush()

    @contextmanager
    def _clock_written(self):
        """Write the clock again and again, and once at the end."""
        ended = threading.Event()

        def write():
            last = False
            while not last:
                last = ended.wait(CLOCK_SECONDS)
                self._write_clock()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            yield
        finally:
            ended.set()
            writer.join()

    def _write_clock(self):
        files.replace_text(self.clock, f"{self._seconds():.1f}")

    def _keep_records(self):
        found = files.finished(self.work / "results", "*.json")
        if not found:
            raise SystemExit(f"{self.name}: ran to its end and recorded nothing.")
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in found:
            content = json.loads(path.read_text(encoding="utf-8"))
            content["minutes"] = round(content["minutes"] + self.earlier / 60, 2)
            content["code"] = self.code  # of the notebook that was read, whatever was edited since
            content["changed_cells"] = [i + 1 for i in self.changed]
            if self.busy:
                content["busy"] = True
            files.replace_text(self.folder / path.name, json.dumps(content, indent=2) + "\n")
            print(f"{self.name}: {content['minutes']:.1f} minutes, recorded in {path.name}")


def main(arguments: list[str] | None = None) -> int:
    """Record the lessons that the arguments name; 1 where one failed or printed something else."""
    root = settings.project_root()
    if root is None:
        raise SystemExit(settings.elsewhere())
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    parser = argparse.ArgumentParser(description="Run lessons in full and record them.")
    parser.add_argument("lessons", nargs="*", metavar="lesson", help='like "06"; none: all')
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="seed")
    parser.add_argument("--dataset", choices=("mnist", "drawn"), default="mnist")
    parser.add_argument("--results", type=Path, default=root / "docs" / "results")
    parser.add_argument("--executed", type=Path, help="a folder for notebooks with their outputs")
    parser.add_argument("--busy", action="store_true", help="other work runs on this machine")
    options = parser.parse_args(arguments)
    known = [lesson.notebook() for lesson in lessons.descriptions().values()]
    chosen = []
    for name in options.lessons or [""]:
        notebooks = [path for path in known if path.name.startswith(name)]
        if not notebooks:
            parser.error(f"no lesson begins with {name}")
        chosen += notebooks
    failed = 0
    for notebook in chosen:
        for seed in options.seeds:
            try:
                asked = options.dataset, seed, options.results, options.executed
                recording = Recording(notebook, *asked, busy=options.busy)
                recording.run()
                failed += bool(recording.changed)
            except (CellExecutionError, DeadKernelError) as error:
                failed += 1
                print(f"{notebook.stem}, seed {seed}, failed:\n{error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
