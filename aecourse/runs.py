"""The runs that are kept: listed, deleted, shown in TensorBoard (`python -m aecourse runs`).

A run is a folder that `training.Run` made. TensorFlow is not needed to look at one, and imported
for TensorBoard only.
"""

from collections.abc import Sequence
from contextlib import suppress
import json
import os
from pathlib import Path, PureWindowsPath
import shutil
import sys

from aecourse import settings
from filelock import FileLock, Timeout


def found(*names: str) -> list[Path]:
    """The folders of the runs that are kept, in the order of lesson and time.

    names: only those of a lesson ("01_autoencoder", "01"), or the one that has this name, with the
    lesson and a slash before it or without; or what has this path. A slash may be Windows', and may
    end a name, as terminals complete it.
    """
    plain = {PureWindowsPath(name).as_posix() for name in names}  # which knows both slashes
    paths = {os.path.realpath(name) for name in names if name}  # of "" it is the folder we are in

    def number(lesson):
        return lesson[:2] if lesson[:2].isdigit() else lesson

    def is_meant(folder):
        lesson, run = folder.parent.name, folder.name
        return (
            not names
            or not {lesson, number(lesson), run, f"{lesson}/{run}"}.isdisjoint(plain)
            or not {os.path.realpath(folder), os.path.realpath(folder.parent)}.isdisjoint(paths)
        )

    kept = [p.parent for runs in settings.runs_folders() for p in runs.glob("*/*/settings.json")]
    return sorted(filter(is_meant, kept), key=lambda folder: folder.parts[-2:])


def megabytes(folder: Path) -> float:
    """What a run takes of the disk."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # a training replaces its files meanwhile
            size += path.stat().st_size if path.is_file() else 0
    return size / 1e6


def state(folder: Path) -> str:
    """Whether a run is finished, training, interrupted (after which epoch), or broken off."""
    rows = []
    with suppress(OSError):  # there is none yet
        rows = (folder / "log.csv").read_text(encoding="utf-8", errors="replace").splitlines()
    epochs = max(0, len(rows) - 1)
    if any((folder / name).is_file() for name in ("model.keras", "weights.npz")):
        return f"finished after epoch {epochs}"
    try:
        with FileLock(folder / "lock", timeout=0):
            pass
    except Timeout:
        return f"training, epoch {epochs + 1}"
    except OSError:  # where nobody can write, nobody trains
        pass
    if (folder / "checkpoint.npz").is_file():
        return f"interrupted after epoch {epochs}"
    return "broken off, cannot be resumed"


def listed(folders: Sequence[Path]) -> str:
    """Runs as lines, below the name of their lesson: name (when it began, parameters), profile,
    state, size."""
    lines, width = [], max((len(folder.name) for folder in folders), default=0)
    for folder in folders:
        if folder.parent.name not in lines:
            lines.append(folder.parent.name)
        try:
            known = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
            profile = known["profile"]
        except (OSError, ValueError, KeyError, TypeError):
            profile = "?"
        size = f"{megabytes(folder):7.1f} MB"
        lines.append(f"  {folder.name:{width}}  {profile}  {size}  {state(folder)}")
    return "\n".join(lines)


def delete(folder: Path) -> None:
    """Delete a run. Raises Timeout where a training holds it, OSError where it cannot be."""
    lock, known_by = folder / "lock", folder / "settings.json"
    with FileLock(lock, timeout=0):  # Windows does not delete a file that is open
        # Last what it is found by: where something else cannot be deleted, one can try again.
        for path in sorted(folder.iterdir(), key=lambda path: path == known_by):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != lock:
                path.unlink()
    shutil.rmtree(folder)


def main(names: Sequence[str] = (), *, asked: bool = True) -> int:
    """List the runs or, with names (see `found`), delete those, once the reader has said yes
    (asked=False: at once). Gives 1 where something could not be deleted."""
    unknown = [name for name in names if not found(name)]
    if unknown:
        print(f"No run or lesson with runs is named {', '.join(unknown)}; nothing is deleted.")
        return 1
    folders = found(*names)
    print(listed(folders) or f"No runs in {settings.runs_folder()}.")
    if not names:
        return 0
    whole = f"{len(folders)} of them, {sum(map(megabytes, folders)):.1f} MB"
    if asked and _answer(f"Delete {whole}? [y/N] ") not in ("y", "yes"):
        print("Nothing is deleted.")
        return 0
    kept = 0
    for folder in folders:
        try:
            delete(folder)
        except OSError as error:  # a Timeout is one
            reason = "it is training" if isinstance(error, Timeout) else error.strerror
            print(f"Not deleted: {folder.parent.name}/{folder.name}: {reason}.")
            kept += 1
    print(f"{len(folders) - kept} deleted.")
    return 1 if kept else 0


def _answer(question):
    try:
        return input(question).strip().lower()
    except (EOFError, KeyboardInterrupt):  # nobody is there, or wants none of it
        print()
        return ""


def tensorboard(options: Sequence[str] = ()) -> int:
    """Run TensorBoard on the runs, with options of its own, until it is stopped; gives its exit
    status. It runs in this process: whatever ends this one ends it, on every system."""
    kept = {folder.parents[1] for folder in found()}
    runs = next(filter(kept.__contains__, settings.runs_folders()), settings.runs_folder())
    if not kept:
        print(
            f"There are no runs in {runs} yet; TensorBoard shows them once there are.", flush=True
        )
    sys.argv = ["tensorboard", "--logdir", str(runs), *options]
    try:
        import aecourse.backend  # noqa: F401 (before TensorBoard imports TensorFlow, with its chatter)
        from tensorboard.main import run_main

        run_main()
    except KeyboardInterrupt:  # before it serves; later TensorBoard ends by itself
        return 0
    except SystemExit as ended:
        return ended.code or 0
    return 0
