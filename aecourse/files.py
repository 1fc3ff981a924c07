"""Files that are written whole or not at all: whatever ends a process, what was there stays."""

from collections.abc import Callable
import os
from pathlib import Path


def replace(path: Path, write: Callable[[Path], None]):
    """Let `write` fill a file beside `path`, then put it in the place of `path`."""
    part = path.with_name(f".part-{path.name}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str):
    """Make `text` the content of the file `path`."""
    replace(path, lambda part: part.write_text(text, encoding="utf-8"))
