"""Files that are written whole or not at all: whatever ends a process, what was there stays."""

from collections.abc import Callable
import os
from pathlib import Path
from uuid import uuid4

from aecourse import settings

PART = ".part-"
"""How the names of unfinished files begin."""


def unwritable(error: OSError, path: Path) -> OSError:
    """The error of a file or folder that cannot be written, with the way out."""
    place, runs = Path(os.path.realpath(path)), map(os.path.realpath, settings.runs_folders())
    if any(map(place.is_relative_to, runs)):
        way_out = (
            "Runs need a folder to write in: make room there and run again, or set AECOURSE_RUNS "
            "to another. Epochs saved before are kept."
        )
    else:
        way_out = "Make room there and run again, or choose another folder."
    return OSError(f"{error.strerror or error}: {path}. {way_out}")


def replace(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, then put it in the place of `path`.

    Two processes may do so at once: each has a name of its own, and the last one to end counts.
    Raises OSError that names the path where it cannot be written, as on a full disk.
    """
    part = path.with_name(f"{PART}{uuid4().hex[:12]}-{path.name}")
    try:
        write(part)
        os.replace(part, path)
    except OSError as error:
        raise unwritable(error, path) from error
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Make `text` the content of the file `path`."""
    replace(path, lambda part: part.write_text(text, encoding="utf-8"))


def finished(folder: Path, pattern: str) -> list[Path]:
    """The files in a folder whose names match, in order: none that is being written, and none
    that is hidden."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def remove_parts(folder: Path) -> None:
    """Remove what killed processes left of files in a folder that nobody else is writing to."""
    for part in folder.glob(f"{PART}*"):
        part.unlink(missing_ok=True)
