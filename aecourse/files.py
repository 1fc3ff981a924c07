"""Files that are written whole or not at all: whatever ends a process, what was there stays."""

from collections.abc import Callable
import os
from pathlib import Path


def unwritable(error: OSError, path: Path) -> OSError:
    """The error of a file or folder among the runs that cannot be written, with the way out."""
    return OSError(
        f"{error.strerror or error}: {path}. Runs need a folder to write in: make room there and "
        "run again, or set AECOURSE_RUNS to another. Epochs saved before are kept."
    )


def replace(path: Path, write: Callable[[Path], None]):
    """Let `write` fill a file beside `path`, then put it in the place of `path`.

    Raises OSError that names the path where it cannot be written, as on a full disk.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        write(part)
        os.replace(part, path)
    except OSError as error:
        raise unwritable(error, path) from error
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str):
    """Make `text` the content of the file `path`."""
    replace(path, lambda part: part.write_text(text, encoding="utf-8"))
