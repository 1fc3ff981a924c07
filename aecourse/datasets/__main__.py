"""`python -m aecourse.datasets`: what data is where, fetch it, import it, verify it."""

import argparse
import os
from pathlib import Path
import shutil
import sys

from aecourse import settings
from aecourse.datasets import mnist
from aecourse.datasets.mnist import DataError


def _state(path):
    """One place's state in words: nothing, whole and verified, or what is wrong with it."""
    if not mnist.holds_mnist(path):
        return f"nothing here{mnist.nearly(path)}"
    try:
        mnist.read(path)
    except DataError as error:
        return f"not usable: {error.fault}"
    return "MNIST, whole and verified"


def status() -> None:
    """Print what each place holds, in the order in which `load` looks."""
    given = settings.data_path()
    places = [("AECOURSE_DATA", given), ("data", settings.data_folder())]
    places += [(f"Keras cache {n}", path) for n, path in enumerate(mnist.cache_paths(), 1)]
    for name, path in places:
        if path is None:
            print(f"{name}: not set" if name == "AECOURSE_DATA" else f"{name}: no checkout")
        else:
            print(f"{name}: {path}: {_state(path)}")
    print(f"download: {'no, AECOURSE_OFFLINE is set' if settings.offline() else 'allowed'}")
    print(f"AECOURSE_DATASET: {settings.dataset()}")
    print("drawn digits: always there")


def _bar(received, total):
    """A progress bar that overwrites itself, on standard error."""
    if not total or not sys.stderr.isatty():
        return
    filled = int(40 * min(1, received / total))
    end = "\n" if received >= total else ""
    sys.stderr.write(f"\r[{'#' * filled:<40}] {received / 1e6:5.1f} of {total / 1e6:.1f} MB{end}")
    sys.stderr.flush()


def fetch(folder: Path) -> None:
    """Download MNIST into `folder`, unless it is there already."""
    if settings.offline():
        raise DataError("AECOURSE_OFFLINE is set, so nothing is downloaded.", "Unset it first.")
    _, host = mnist.fetch(folder, report=_bar)
    print(f"MNIST from {host}, verified: {folder}")


def import_data(source: Path, folder: Path) -> None:
    """Copy MNIST, once verified, from a file or folder into `folder`, a whole copy or none."""
    mnist.read(source)
    source = Path(source)
    if source.is_dir() and (source / mnist.NPZ).is_file():
        files = [source / mnist.NPZ]
    elif source.is_dir() or mnist.is_idx(source):
        parent = source if source.is_dir() else source.parent
        files = [mnist.idx_path(parent, name) for name in mnist.SHAPES]
    else:
        files = [source]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        name = mnist.NPZ if len(files) == 1 else file.name
        target = folder / name
        if os.path.lexists(target):
            raise DataError(f"{target}: there is a file of that name already.", "Move it away.")
        part = folder / f".part-{name}"
        try:
            shutil.copyfile(file, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    mnist.read(folder)
    print(f"MNIST imported and verified: {folder}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m aecourse.datasets", description=__doc__)
    commands = parser.add_subparsers(dest="command", title="commands")
    commands.add_parser("status", help="what is found where (the default)")
    for name, words in (
        ("fetch", "download MNIST from one of two hosts"),
        ("import", "copy MNIST from a file or folder to where the course finds it"),
    ):
        command = commands.add_parser(name, help=words)
        if name == "import":
            command.add_argument("source", type=Path, help="mnist.npz, or a folder that holds it")
        command.add_argument("--to", type=Path, help="the folder (default: the course's own)")
    verify = commands.add_parser("verify", help="check a file or folder against the original")
    verify.add_argument("source", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "fetch":
            fetch(chosen.to or mnist.download_folder())
        elif chosen.command == "import":
            import_data(chosen.source, chosen.to or mnist.download_folder())
        elif chosen.command == "verify":
            mnist.read(chosen.source)
            print(f"MNIST, whole and verified: {chosen.source}")
        else:
            status()
    except (DataError, OSError, settings.SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
