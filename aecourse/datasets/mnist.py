"""MNIST: find it, verify it, read it; `download` transfers it.

Whatever the container (`mnist.npz` or the four IDX files, gzipped or not), the *contents* are
checked against the hashes of the original arrays before anybody sees them. Nothing is ever
unpickled, no file of the learner's is changed, and a file that is fetched gets its name only
when it is whole and right.
"""

from collections.abc import Callable
from functools import partial
import gzip
import hashlib
import http.client
import math
import os
from pathlib import Path
import re
import stat
import struct
import urllib.parse
import zipfile

from aecourse import settings
from aecourse.datasets.download import fetch_file
import numpy as np

Arrays = dict[str, np.ndarray]
Sources = tuple[tuple[str, tuple[str, ...]], ...]

WAY_OUT = (
    "Put the original mnist.npz or the four IDX files there, or set AECOURSE_DATASET=drawn "
    "to work with digits drawn by the course."
)


class DataError(Exception):
    """MNIST is not usable as given; the message names the file, the fault and the way out.

    fault: the message without its advice.
    """

    def __init__(self, fault: str, advice: str = WAY_OUT):
        self.fault = fault
        super().__init__(f"{fault} {advice}".rstrip())


FOLDER = "it is a folder"


def not_a_file(path: str | Path) -> str:
    """Why a path cannot be read as a file, in words; "" where it can.

    A pipe, a device or a socket would be waited for or read for ever, so it is looked at first.
    """
    try:
        mode = Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        linked = os.path.lexists(path)
        return "it is a link to what is not there" if linked else "there is no such file or folder"
    except (OSError, ValueError) as error:
        return f"it cannot be read ({getattr(error, 'strerror', error)})"
    if stat.S_ISREG(mode):
        return ""
    return FOLDER if stat.S_ISDIR(mode) else "it is a pipe, a device or a socket"


NPZ = "mnist.npz"

SHAPES = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}
"""Array name -> shape; all are uint8."""

SHA256 = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""Array name -> SHA-256 of the array as an uncompressed IDX file."""

IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}

SOURCES = (
    ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", (NPZ,)),
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        tuple(name + ".gz" for name in IDX_NAMES.values()),
    ),
)
"""(address, files) of two independent hosts, tried in turn."""

MAX_BYTES = 20_000_000
"""No file of MNIST is larger, in any container that compresses."""


def _idx_header(name):
    shape = SHAPES[name]
    return struct.pack(f">{1 + len(shape)}I", 0x800 + len(shape), *shape)


def _verified(name, data, path):
    """The array in `data`, its raw bytes; DataError where they are not the original's."""
    shape = SHAPES[name]
    digest = hashlib.sha256(_idx_header(name))
    digest.update(data)
    array = np.frombuffer(data, np.uint8)
    if len(data) == math.prod(shape) and digest.hexdigest() == SHA256[name]:
        return array.reshape(shape)
    fault = "its contents are not those of the original MNIST (a changed byte is enough)"
    if len(data) != math.prod(shape):
        fault = f"it holds {len(data)} values where {math.prod(shape)} were expected"
    elif name.startswith("y") and array.max() > 9:
        fault = f"it has a label {array.max()}; labels run from 0 to 9"
    raise DataError(f"{path}: {name}: {fault}.")


def _read_npz(path):
    """The four arrays of an npz file, read without NumPy's loader: no pickle, no surprise."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        for name, shape in SHAPES.items():
            if f"{name}.npy" not in members:
                raise DataError(f"{path}: it has no array {name!r}.")
            with archive.open(f"{name}.npy") as member:
                if np.lib.format.read_magic(member) != (1, 0):
                    raise DataError(f"{path}: {name} is not in version 1.0 of NumPy's format.")
                found = np.lib.format.read_array_header_1_0(member)
                if found != (shape, False, np.dtype(np.uint8)):
                    raise DataError(
                        f"{path}: {name} has shape {str(found[0])[:80]} and type {found[2]}; "
                        f"expected {shape} and uint8."
                    )
                arrays[name] = _verified(name, member.read(math.prod(shape) + 1), path)
    return arrays


def _read_idx(name, path):
    """One array from an IDX file, gzipped or not."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    header = _idx_header(name)
    with (gzip.open if packed else open)(path, "rb") as file:
        found = file.read(len(header))
        if found != header:
            raise DataError(
                f"{path}: this is not the IDX file of {name}: it begins with {found.hex(' ')!r} "
                f"where {header.hex(' ')!r} was expected."
            )
        return _verified(name, file.read(math.prod(SHAPES[name]) + 1), path)


def idx_path(folder: Path, name: str) -> Path | None:
    """The IDX file of array `name` in a folder, gzipped or not, in either spelling; where there is
    no such file, whatever else has its name."""
    stems = IDX_NAMES[name], IDX_NAMES[name].replace("-idx", ".idx")
    paths = [folder / (stem + ending) for ending in ("", ".gz") for stem in stems]
    there = [path for path in paths if os.path.lexists(path)]
    return next((path for path in there if not not_a_file(path)), there[0] if there else None)


def _faults_named(read, path, *arguments):
    """Call read(*arguments); whatever a damaged file raises becomes one DataError."""
    if fault := not_a_file(path):
        raise DataError(f"{path}: {fault}.")
    try:
        return read(*arguments)
    except DataError:
        raise
    except PermissionError as error:
        raise DataError(f"{path}: no permission to read it ({error.strerror}).") from error
    except Exception as error:  # zip, zlib, NumPy and gzip each have their own, and many of them
        raise DataError(
            f"{path}: this is not a whole mnist.npz or IDX file ({error or type(error).__name__})."
            + _page_hint(path)
        ) from error


def _page_hint(path):
    """A sentence for the commonest wrong file: a login page saved under the data's name."""
    try:
        with open(path, "rb") as file:
            start = file.read(200).lstrip().lower()
    except OSError:
        return ""
    return " It is a web page, perhaps of a proxy's login." if start.startswith(b"<") else ""


def holds_mnist(path: str | Path) -> bool:
    """Whether `path`, a file or folder, claims to hold MNIST: something of its name is there."""
    path = Path(path)
    if path.name == NPZ or not_a_file(path) != FOLDER:
        return os.path.lexists(path)
    return os.path.lexists(path / NPZ) or any(idx_path(path, name) for name in SHAPES)


def nearly(folder: Path) -> str:
    """Words on a file with nearly the name mnist.npz (capitals, a second download), or ""."""
    try:
        names = sorted(os.listdir(folder))
    except (OSError, ValueError):
        return ""
    near = [name for name in names if re.match(r"mnist(\W.*)?\.npz", name, re.IGNORECASE)]
    return f"; {folder.name} holds {near[0]}, but only {NPZ} is read" if near else ""


def is_idx(path: Path) -> bool:
    """Whether a file bears the name of one of the four IDX files."""
    return any(path == idx_path(path.parent, name) for name in SHAPES)


def read(path: str | Path) -> Arrays:
    """MNIST from a file or folder: name -> uint8 array, verified. Raises DataError."""
    path = Path(path)
    fault = not_a_file(path)
    if not fault:
        if is_idx(path):
            return read(path.parent)
        return _faults_named(_read_npz, path, path)
    if fault != FOLDER:
        raise DataError(f"{str(path)[:300]}: {fault}{nearly(path.parent)}.")
    try:
        os.listdir(path)
    except OSError as error:
        raise DataError(f"{path}: it cannot be read ({error.strerror}).") from error
    if os.path.lexists(path / NPZ):
        return _faults_named(_read_npz, path / NPZ, path / NPZ)
    paths = {name: idx_path(path, name) for name in SHAPES}
    missing = [IDX_NAMES[name] for name, found in paths.items() if not found]
    if missing:
        raise DataError(
            f"{path}: neither {NPZ} nor all four IDX files are in this folder "
            f"(missing: {', '.join(missing)}){nearly(path)}."
        )
    return {name: _faults_named(_read_idx, paths[name], name, paths[name]) for name in SHAPES}


def _verify_file(name, path):
    """DataError, with the file's own name in it, where a fetched one is not the original."""
    try:
        if name == NPZ:
            _faults_named(_read_npz, path, path)
        else:
            array = next(key for key, stem in IDX_NAMES.items() if name.startswith(stem))
            _faults_named(_read_idx, path, array, path)
    except DataError as error:
        raise DataError(error.fault.replace(str(path), name)) from error


def fetch(
    folder: str | Path,
    *,
    sources: Sources = SOURCES,
    patience: float = 20.0,
    report: Callable[[int, int | None], None] | None = None,
) -> tuple[Arrays, str]:
    """Download MNIST into `folder` and read it: (name -> uint8 array, host it came from).

    sources: (address, file names) pairs, tried in turn. patience: seconds to wait for an answer.
    report: called with (bytes so far, bytes in all or None). An existing file is kept: if it is
    good it is read, if it is not that is a DataError. Raises DataError when no source serves.
    """
    folder = Path(folder)
    if os.path.lexists(folder / NPZ):
        return read(folder), "this machine"
    reasons = []
    for address, names in sources:
        host = urllib.parse.urlsplit(address).netloc
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                if not os.path.lexists(folder / name):
                    fetch_file(
                        urllib.parse.urljoin(address, name),
                        folder / name,
                        verify=partial(_verify_file, name),
                        max_bytes=MAX_BYTES,
                        patience=patience,
                        report=report,
                    )
            return read(folder), host
        except (DataError, OSError, http.client.HTTPException) as error:
            reasons.append(f"{host}: {getattr(error, 'fault', error)}")
    raise DataError("MNIST could not be downloaded (" + "; ".join(reasons) + ").")


def download_folder() -> Path:
    """Where a download goes: the project's `data` folder, or the Keras cache beside it."""
    folder = settings.data_folder()
    if folder is not None and os.access(folder, os.W_OK):
        return folder
    return cache_paths()[1]


def cache_paths() -> tuple[Path, Path]:
    """Where MNIST may lie in the Keras cache: Keras' own file, and a folder of the course."""
    return settings.keras_folder() / NPZ, settings.keras_folder() / "aecourse"


_unreachable = None


def find(*, patience: float = 3.0, sources: Sources = SOURCES) -> tuple[Arrays, str]:
    """MNIST from wherever it can be had: (name -> uint8 array, where it came from).

    In this order: `$AECOURSE_DATA`, the project's `data` folder, the Keras cache, a download.
    What the learner put into one of the first two must be usable, or that is a DataError; a
    damaged file in the Keras cache is passed over, and the place says so. A failed download is
    not tried again in the same process.
    """
    global _unreachable
    given = settings.data_path()
    if given is not None:
        return read(given), "AECOURSE_DATA"
    folder, note = settings.data_folder(), ""
    if folder is not None:
        if holds_mnist(folder):
            return read(folder), "data/"
        note = nearly(folder)
    for cache in cache_paths():
        if holds_mnist(cache):
            try:
                return read(cache), "the Keras cache" + note
            except DataError:
                note += "; the copy in the Keras cache is damaged"
    if settings.offline():
        raise DataError(f"AECOURSE_OFFLINE is set and no whole copy is on this machine{note}.")
    if not _unreachable:
        try:
            arrays, host = fetch(download_folder(), patience=patience, sources=sources)
            return arrays, host + note
        except DataError as error:
            _unreachable = error.fault
    raise DataError(_unreachable.rstrip(".") + note + ".")
