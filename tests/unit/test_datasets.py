"""MNIST in any container, bad files, downloads, and digits drawn alike in every process."""

import contextlib
import gzip
import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import io
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

from aecourse import datasets, settings
from aecourse.datasets import DataError, download, drawn, mnist
from aecourse.datasets.corruptions import gaussian_noise
from aecourse.datasets.strokes import VARIANTS
import numpy as np
import pytest


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A little MNIST of the same form, with its own hashes; no network, no cache, no checkout."""
    random = np.random.default_rng(0)
    arrays = {
        "x_train": random.integers(0, 256, (60, 28, 28), dtype=np.uint8),
        "y_train": random.integers(0, 10, 60, dtype=np.uint8),
        "x_test": random.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_test": random.integers(0, 10, 20, dtype=np.uint8),
    }
    monkeypatch.setattr(mnist, "SHAPES", {name: array.shape for name, array in arrays.items()})
    hashes = {name: hashlib.sha256(idx_bytes(name, arrays[name])).hexdigest() for name in arrays}
    monkeypatch.setattr(mnist, "SHA256", hashes)
    monkeypatch.setattr(mnist, "_unreachable", None)
    monkeypatch.setattr(settings, "data_folder", lambda: None)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("AECOURSE_DATA", raising=False)
    monkeypatch.delenv("AECOURSE_OFFLINE", raising=False)
    return arrays


def idx_bytes(name, array):
    return mnist._idx_header(name) + array.tobytes()


def npz_bytes(arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def newer_npz_bytes(arrays):
    """The labels in version 2.0 of NumPy's format."""
    file = io.BytesIO(npz_bytes({k: v for k, v in arrays.items() if k != "y_train"}))
    with zipfile.ZipFile(file, "a") as archive, archive.open("y_train.npy", "w") as member:
        np.lib.format.write_array(member, arrays["y_train"], version=(2, 0))
    return file.getvalue()


def write_idx(folder, arrays, *, packed=False):
    for name, stem in mnist.IDX_NAMES.items():
        data = idx_bytes(name, arrays[name])
        path = folder / (stem + (".gz" if packed else ""))
        path.write_bytes(gzip.compress(data) if packed else data)


def assert_same(found, arrays):
    assert found.keys() == arrays.keys()
    for name in arrays:
        np.testing.assert_array_equal(found[name], arrays[name])


def test_reads_npz_and_idx_packed_or_not(small, tmp_path):
    for name in ("npz", "idx", "gz"):
        (tmp_path / name).mkdir()
    (tmp_path / "npz" / "mnist.npz").write_bytes(npz_bytes(small))
    write_idx(tmp_path / "idx", small)
    write_idx(tmp_path / "gz", small, packed=True)
    for name in ("npz", "npz/mnist.npz", "idx", "gz", "gz/t10k-labels-idx1-ubyte.gz"):
        assert_same(mnist.read(tmp_path / name), small)


def test_the_data_s_folder_may_have_spaces_and_chinese_characters(small, tmp_path, monkeypatch):
    folder = tmp_path / "手写 数字 data"
    folder.mkdir()
    (folder / "mnist.npz").write_bytes(npz_bytes(small))
    for given in (folder, folder / "mnist.npz"):
        monkeypatch.setenv("AECOURSE_DATA", str(given))
        assert_same(mnist.find()[0], small)
    (folder / "mnist.npz").unlink()
    write_idx(folder, small, packed=True)
    monkeypatch.setenv("AECOURSE_DATA", str(folder))
    assert_same(mnist.find()[0], small)


def swapped(arrays):
    return {
        "x_train": arrays["x_test"],
        "y_train": arrays["y_test"],
        "x_test": arrays["x_train"],
        "y_test": arrays["y_train"],
    }


def changed(arrays, name, index, value):
    copy = {key: array.copy() for key, array in arrays.items()}
    copy[name].flat[index] = value
    return copy


class Bomb:
    def __reduce__(self):
        return os.mkdir, (os.environ["BOMB"],)


BAD_FILES = {
    "cut short": (lambda a: npz_bytes(a)[:-200], "not a whole mnist.npz"),
    "empty": (lambda a: b"", "not a whole mnist.npz"),
    "login page": (lambda a: b"<!doctype html><title>Sign in</title>", "web page"),
    "no labels": (lambda a: npz_bytes({"x_train": a["x_train"]}), "no array 'y_train'"),
    "float": (lambda a: npz_bytes({k: v / 255 for k, v in a.items()}), "type float64"),
    "flat": (lambda a: npz_bytes({k: v.reshape(-1) for k, v in a.items()}), "has shape (47040,)"),
    "one pixel": (
        lambda a: npz_bytes(changed(a, "x_test", 9, a["x_test"].flat[9] ^ 1)),
        "x_test: its",
    ),
    "one label": (
        lambda a: npz_bytes(changed(a, "y_train", 3, (a["y_train"][3] + 1) % 10)),
        "y_train: its contents",
    ),
    "label 10": (lambda a: npz_bytes(changed(a, "y_train", 3, 10)), "a label 10"),
    "other version": (lambda a: newer_npz_bytes(a), "y_train is not in version 1.0"),
    "swapped": (lambda a: npz_bytes(swapped(a)), "has shape (20, 28, 28)"),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_bad_file_is_one_clear_error_and_stays_as_it_was(small, tmp_path, fault):
    make, words = BAD_FILES[fault]
    path = tmp_path / "mnist.npz"
    path.write_bytes(make(small))
    before = path.read_bytes()
    with pytest.raises(DataError) as error:
        mnist.read(tmp_path)
    message = str(error.value)
    assert words in message and str(path) in message and "AECOURSE_DATASET=drawn" in message
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["mnist.npz"]


def test_an_idx_file_begins_with_its_type_and_shape():
    """As its format has it: 8 for bytes, the number of axes, and the length of each."""
    assert mnist._idx_header("y_test").hex(" ", 4) == "00000801 00002710"
    assert mnist._idx_header("x_train").hex(" ", 4) == "00000803 0000ea60 0000001c 0000001c"


def test_a_file_that_begins_as_another_array_is_told_so(small, tmp_path):
    write_idx(tmp_path, small)
    data = idx_bytes("y_test", small["y_test"])
    (tmp_path / mnist.IDX_NAMES["y_test"]).write_bytes(b"\1" + data[1:])
    with pytest.raises(DataError, match="not the IDX file of y_test: it begins with '01 00 08 01"):
        mnist.read(tmp_path)


def test_a_place_holds_mnist_where_something_has_its_name(small, tmp_path):
    assert not mnist.holds_mnist(tmp_path) and mnist.nearly(tmp_path / "nowhere") == ""
    (tmp_path / "mine.npz").touch()
    assert mnist.holds_mnist(tmp_path / "mine.npz") and not mnist.holds_mnist(tmp_path)
    assert mnist.not_a_file(tmp_path / "mine.npz") == ""
    (tmp_path / "mnist.npz").mkdir()
    assert mnist.holds_mnist(tmp_path) and mnist.holds_mnist(tmp_path / "mnist.npz")


def test_a_pickle_is_never_run(small, tmp_path, monkeypatch):
    monkeypatch.setenv("BOMB", str(tmp_path / "exploded"))
    objects = np.empty(60, object)
    objects[:] = Bomb()
    (tmp_path / "mnist.npz").write_bytes(npz_bytes({**small, "y_train": objects}))
    with pytest.raises(DataError, match="type object"):
        mnist.read(tmp_path)
    (tmp_path / "mnist.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match="not a whole"):
        mnist.read(tmp_path)
    assert not (tmp_path / "exploded").exists()


def test_what_is_given_is_never_passed_over(small, tmp_path, monkeypatch):
    monkeypatch.setenv("AECOURSE_DATA", str(tmp_path / "nowhere"))
    for name in ("auto", "mnist"):
        with pytest.raises(DataError, match="no such file"):
            datasets.load(name)


def fault_at_once(call):
    """The one line of the DataError that `call` ends in, in seconds whatever it opens."""
    found = []

    def run():
        try:
            call()
        except DataError as error:
            found.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(5)
    assert found and "\n" not in found[0] and len(found[0]) < 600, found
    return found[0]


def listening(path):
    with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(path.parent):
        server.bind(path.name)


NO_FILES = {
    "pipe": (os.mkfifo if os.name == "posix" else None, "a pipe"),
    "socket": (listening, "a socket"),
    "link to a device without end": (lambda path: path.symlink_to("/dev/zero"), "a device"),
    "link to an empty device": (lambda path: path.symlink_to("/dev/null"), "a device"),
    "link to nothing": (lambda path: path.symlink_to("nowhere"), "a link to what is not there"),
    "link to itself": (lambda path: path.symlink_to(path), "it cannot be read"),
    "folder": (lambda path: path.mkdir(), "folder"),
}


@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")
@pytest.mark.parametrize("what", NO_FILES)
@pytest.mark.parametrize(
    "name", ["mnist.npz", "t10k-images-idx3-ubyte", "t10k-labels.idx1-ubyte.gz"]
)
def test_what_is_no_file_is_named_at_once(small, tmp_path, monkeypatch, what, name):
    """Given in AECOURSE_DATA, as it is or in a folder, or dropped into `data`, also under auto."""
    make, words = NO_FILES[what]
    if "idx" in name:
        write_idx(tmp_path, small, packed=name.endswith("gz"))
        stem = name.removesuffix(".gz").replace(".idx", "-idx")
        (tmp_path / (stem + (".gz" if name.endswith("gz") else ""))).unlink()
    path = tmp_path / name
    make(path)
    for given in (path, tmp_path):
        monkeypatch.setenv("AECOURSE_DATA", str(given))
        fault = fault_at_once(lambda: datasets.load("auto"))
        assert words in fault and str(path) in fault and "AECOURSE_DATASET=drawn" in fault
    monkeypatch.delenv("AECOURSE_DATA")
    monkeypatch.setattr(settings, "data_folder", lambda: tmp_path)
    assert str(path) in fault_at_once(lambda: datasets.load("auto"))


@pytest.mark.parametrize("path", ["x" * 5000, "data/" * 2000, "/dev/zero", "a\0b"])
def test_a_path_that_no_file_can_have_is_one_sentence(small, monkeypatch, path):
    assert path[:4] in fault_at_once(lambda: mnist.read(path))
    if "\0" not in path:
        monkeypatch.setenv("AECOURSE_DATA", path)
        assert path[:4] in fault_at_once(lambda: datasets.load("auto"))


def test_a_file_is_read_beside_a_folder_of_its_other_name(small, tmp_path):
    """As one well-known archive unpacks."""
    write_idx(tmp_path, small)
    for stem in mnist.IDX_NAMES.values():
        (tmp_path / stem).rename(tmp_path / stem.replace("-idx", ".idx"))
        (tmp_path / stem).mkdir()
    assert_same(mnist.read(tmp_path), small)


@pytest.mark.parametrize(
    "name", ["MNIST.NPZ", "Mnist.npz", "mnist.npz.txt", "mnist (1).npz", "mnist - Copy.npz"]
)
def test_a_name_that_is_nearly_right_gets_a_hint(small, tmp_path, monkeypatch, capsys, name):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_bytes(b"")
    if (folder / "mnist.npz").exists():
        pytest.skip("this file system does not tell capitals from small letters")
    hint = f"data holds {name}, but only mnist.npz is read"
    for given in (folder, folder / "mnist.npz"):
        with pytest.raises(DataError) as error:
            mnist.read(given)
        assert hint in str(error.value)
    monkeypatch.setattr(settings, "data_folder", lambda: folder)
    monkeypatch.setenv("AECOURSE_OFFLINE", "1")
    assert datasets.load("auto", train=10, test=5).name == "drawn"
    assert hint in capsys.readouterr().out
    settings.keras_folder().mkdir(parents=True)
    (settings.keras_folder() / "mnist.npz").write_bytes(npz_bytes(small))
    assert datasets.load("auto", train=10, test=5).name == "mnist"
    assert hint in capsys.readouterr().out


def test_other_names_get_no_hint(small, tmp_path):
    for name in ("kmnist.npz", "mnist.csv", "mnist_test.npz", ".part-1-mnist.npz"):
        (tmp_path / name).write_bytes(b"")
    assert mnist.nearly(tmp_path) == ""


# A user without a name, as in a container, for whom no home folder is known.
NOBODY = """
import os, pathlib
def nobody(self=None):
    raise RuntimeError("Could not determine home directory.")
pathlib.Path.home = pathlib.Path.expanduser = nobody
"""
# What cannot be read is not read by root either without these rights (Linux' numbers 1 and 2).
AS_ANY_USER = """
import ctypes, os, sys
if os.geteuid() == 0 and sys.platform == "linux":
    for right in (1, 2):
        ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
LOAD = "from aecourse import datasets; print(datasets.load(train=10, test=5).name)"


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders")
@pytest.mark.parametrize("home", ["unknown", "a file", "unreadable", "nowhere"])
def test_digits_are_there_whatever_the_home_folder_is(tmp_path, home):
    place = tmp_path / "home"
    if home == "a file":
        place.touch()
    elif home == "unreadable":
        place.mkdir(mode=0)
    own = {"HOME": str(place), "USERPROFILE": str(place), "AECOURSE_OFFLINE": "1"}
    own |= {"AECOURSE_DATASET": "auto"}
    taken = ("KERAS_HOME", "AECOURSE_DATA")
    environment = {k: v for k, v in os.environ.items() if k not in taken} | own
    code = (NOBODY if home == "unknown" else "") + LOAD
    before = [sys.executable, "-c", AS_ANY_USER] if home == "unreadable" else [sys.executable]
    found = subprocess.run(
        [*before, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] in ("drawn", "mnist")


def test_without_a_home_runs_are_kept_among_temporary_files(monkeypatch):
    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("AECOURSE_RUNS", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setattr(settings.Path, "home", unknown)
    monkeypatch.setattr(settings, "_writable", lambda folder: False)
    there = settings.Path(tempfile.gettempdir())
    assert settings.runs_folder() == there / "aecourse-runs"
    assert settings.keras_folder() == there / ".keras" / "datasets"
    monkeypatch.setenv("AECOURSE_DATA", "~nobody-of-this-name/data")
    with pytest.raises(settings.SettingError, match="AECOURSE_DATA is '~nobody"):
        settings.data_path()


def test_auto_falls_back_in_one_line(small, monkeypatch, capsys):
    monkeypatch.setenv("AECOURSE_OFFLINE", "1")
    digits = datasets.load("auto", train=10, test=5)
    said = capsys.readouterr().out
    assert digits.name == "drawn" and said.count("\n") == 1
    assert "drawn by the course" in said and "AECOURSE_OFFLINE" in said
    with pytest.raises(DataError):
        datasets.load("mnist", train=10, test=5)


def test_a_damaged_cache_is_passed_over_and_named(small, monkeypatch, capsys):
    monkeypatch.setenv("AECOURSE_OFFLINE", "1")
    settings.keras_folder().mkdir(parents=True)
    (settings.keras_folder() / "mnist.npz").write_bytes(b"half")
    assert datasets.load("auto", train=10, test=5).name == "drawn"
    assert "damaged" in capsys.readouterr().out


def test_load_gives_digits_and_only_as_many_as_asked(small, tmp_path, monkeypatch, capsys):
    (tmp_path / "mnist.npz").write_bytes(npz_bytes(small))
    monkeypatch.setenv("AECOURSE_DATA", str(tmp_path))
    digits = datasets.load("mnist", train=7, test=3)
    assert digits.x_train.shape == (7, 28, 28) and digits.x_test.shape == (3, 28, 28)
    assert digits.x_train.dtype == np.float32 and digits.y_train.dtype == np.int32
    np.testing.assert_allclose(digits.x_train * 255, small["x_train"][:7], rtol=1e-6)
    np.testing.assert_allclose(digits.x_test * 255, small["x_test"][:3], rtol=1e-6)
    np.testing.assert_array_equal(digits.y_train, small["y_train"][:7])
    np.testing.assert_array_equal(digits.y_test, small["y_test"][:3])
    assert digits.name == "mnist" and digits.factors is None
    assert len(datasets.load("drawn", train=1, test=1).x_train) == 1
    assert str(tmp_path) not in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [{"name": "fashion"}, {"train": 0}, {"test": 10_001}])
def test_load_refuses_what_it_cannot_give(wrong):
    with pytest.raises(ValueError, match="must be one of|there are 1 to"):
        datasets.load(**{"name": "drawn", **wrong})


# Downloads, from a server on this machine.


@pytest.fixture
def server():
    """answers: path -> function(handler); the address of a server that gives them."""
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answers.get(self.path, lambda handler: handler.send_error(404))(self)

        def log_message(self, *args):
            pass

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield answers, f"http://127.0.0.1:{service.server_port}/"
    service.shutdown()
    service.server_close()


def giving(data, *, declared=None, pause=0.0):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(declared or len(data)))
        handler.end_headers()
        step = 1 if pause else len(data) or 1
        for start in range(0, len(data), step):
            try:
                handler.wfile.write(data[start : start + step])
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(pause)

    return answer


def never_ending(handler):
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(bytes(1 << 16))


IDX_FILES = tuple(stem + ".gz" for stem in mnist.IDX_NAMES.values())


def sources(address):
    return ((address + "one/", ("mnist.npz",)), (address + "two/", IDX_FILES))


def give_idx(answers, arrays):
    for name, stem in mnist.IDX_NAMES.items():
        answers[f"/two/{stem}.gz"] = giving(gzip.compress(idx_bytes(name, arrays[name])))


def test_fetch_takes_the_first_host_then_the_second(small, server, tmp_path):
    answers, address = server
    give_idx(answers, small)
    arrays, _ = mnist.fetch(tmp_path / "second", sources=sources(address))
    assert_same(arrays, small)
    assert sorted(os.listdir(tmp_path / "second")) == sorted(IDX_FILES)
    data, told = npz_bytes(small), []
    answers["/one/mnist.npz"] = giving(data)
    how = dict(sources=sources(address), report=lambda *counts: told.append(counts))
    assert_same(mnist.fetch(tmp_path / "first", **how)[0], small)
    assert told[-1] == (len(data), len(data))
    assert os.listdir(tmp_path / "first") == ["mnist.npz"]
    # As readable as any file made here: it may be copied to where a whole class reads it.
    (tmp_path / "other").touch()
    modes = [path.stat().st_mode for path in (tmp_path / "first" / "mnist.npz", tmp_path / "other")]
    assert modes[0] == modes[1]


def test_what_is_found_nowhere_is_fetched_and_its_host_is_named(
    small, server, tmp_path, monkeypatch
):
    answers, address = server
    give_idx(answers, small)
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(settings, "data_folder", lambda: tmp_path / "data")
    assert mnist.download_folder() == tmp_path / "data"
    arrays, place = mnist.find(sources=sources(address))
    assert_same(arrays, small)
    assert place == address.split("/")[2] and mnist.find()[1] == "data/"


def test_a_bad_idx_file_gets_no_name(small, server, tmp_path):
    answers, address = server
    give_idx(answers, changed(small, "y_train", 3, 11))
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.gz: y_train: it has a label 11"):
        mnist.fetch(tmp_path, sources=sources(address)[1:])
    assert os.listdir(tmp_path) == [f"{mnist.IDX_NAMES['x_train']}.gz"]


BAD_ANSWERS = {
    "login page": lambda good: giving(b"<html>Sign in</html>"),
    "cut half way": lambda good: giving(good[: len(good) // 2], declared=len(good)),
    "lies about its length": lambda good: giving(good, declared=len(good) + 999),
    "one byte differs": lambda good: giving(good[:5000] + b"\0\1\2" + good[5003:]),
    "trickles for ever": lambda good: giving(good, pause=0.2),
    "never ends": lambda good: never_ending,
}


@pytest.mark.parametrize("fault", BAD_ANSWERS)
def test_a_bad_download_leaves_nothing_and_the_next_host_serves(small, server, tmp_path, fault):
    answers, address = server
    answers["/one/mnist.npz"] = BAD_ANSWERS[fault](npz_bytes(small))
    begun = time.monotonic()
    with pytest.raises(DataError, match="could not be downloaded"):
        mnist.fetch(tmp_path, sources=sources(address)[:1], patience=1.0)
    assert time.monotonic() - begun < 10
    assert os.listdir(tmp_path) == []
    give_idx(answers, small)
    assert_same(mnist.fetch(tmp_path, sources=sources(address))[0], small)


def test_a_download_goes_through_the_proxy_that_is_named(small, server, tmp_path, monkeypatch):
    answers, address = server
    elsewhere = "http://nowhere.invalid/"
    answers[f"{elsewhere}one/mnist.npz"] = giving(npz_bytes(small))  # a proxy gets whole addresses
    monkeypatch.setenv("http_proxy", address)
    monkeypatch.setattr(download.urllib.request, "_opener", None)  # as in a new process
    assert_same(mnist.fetch(tmp_path, sources=sources(elsewhere)[:1])[0], small)


def test_a_dead_network_costs_seconds_and_is_asked_once(small, monkeypatch):
    calls = []

    def never(request, timeout):
        calls.append(request.full_url)
        time.sleep(30)

    monkeypatch.setattr(download.urllib.request, "urlopen", never)
    begun = time.monotonic()
    for _ in range(2):
        with pytest.raises(DataError, match="no answer"):
            mnist.find(patience=0.5)
    assert time.monotonic() - begun < 5
    assert len(calls) == 2  # one for each host, in the first try only


def test_fetch_never_touches_the_learners_own_file(small, server, tmp_path):
    answers, address = server
    answers["/one/mnist.npz"] = giving(npz_bytes(small))
    (tmp_path / "mnist.npz").write_bytes(b"mine")
    with pytest.raises(DataError):
        mnist.fetch(tmp_path, sources=sources(address))
    assert (tmp_path / "mnist.npz").read_bytes() == b"mine"


def test_two_fetching_at_once_both_end_well(small, server, tmp_path):
    answers, address = server
    answers["/one/mnist.npz"] = giving(npz_bytes(small))
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(mnist.fetch(tmp_path, sources=sources(address))[0])
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and os.listdir(tmp_path) == ["mnist.npz"]
    for arrays in found:
        assert_same(arrays, small)


# Drawn digits.


def test_drawn_digits_are_the_same_bytes_in_every_process():
    code = (
        "import hashlib; from aecourse.datasets import drawn;"
        "print(hashlib.sha256(drawn.sample(700, 'train')[0].tobytes()).hexdigest())"
    )
    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    here = hashlib.sha256(drawn.sample(700, "train")[0].tobytes()).hexdigest()
    assert {run.stdout.strip() for run in found} == {here}


def test_a_small_request_is_the_start_of_a_large_one():
    images, labels, factors = drawn.sample(1200, "test")
    few_images, few_labels, few_factors = drawn.sample(510, "test")
    np.testing.assert_array_equal(few_images, images[:510])
    np.testing.assert_array_equal(few_labels, labels[:510])
    for name in drawn.FACTORS:
        np.testing.assert_array_equal(few_factors[name], factors[name][:510])


def test_train_and_test_differ_and_every_digit_and_variant_is_drawn():
    images, labels, factors = drawn.sample(3000, "train")
    assert not np.array_equal(images[:500], drawn.sample(500, "test")[0])
    assert images.dtype == np.float32 and images.min() == 0 and images.max() == 1
    for digit in range(10):
        variants = factors["variant"][labels == digit]
        assert set(variants) == set(range(len(VARIANTS[digit])))
        assert 0.06 < np.mean(labels == digit) < 0.14


def test_digits_sit_in_mnists_frame():
    images, _, _ = drawn.sample(500, "train")
    pixels = np.arange(28)
    mass = images.sum(axis=(1, 2))
    down = (images.sum(axis=2) @ pixels) / mass
    across = (images.sum(axis=1) @ pixels) / mass
    for middle in (down, across):
        assert np.median(abs(middle - 13.5)) < 0.6 and abs(middle - 13.5).max() < 5
    assert images[:, [0, 27], :].mean() < 0.01


def test_each_factor_does_what_its_name_says():
    def middle(image, rows):
        part = image[rows]
        return (part.sum(axis=0) @ np.arange(28)) / part.sum()

    thin, thick = drawn.draw([0, 0], thickness=[0.5, 1.5])
    assert thick.sum() > 1.5 * thin.sum()
    upright, slanted = drawn.draw([1, 1], slant=[0.0, 0.5])
    top, bottom = slice(0, 10), slice(18, 28)
    assert abs(middle(upright, top) - middle(upright, bottom)) < 0.5
    assert middle(slanted, top) - middle(slanted, bottom) > 4
    narrow, wide = drawn.draw([0, 0], width=[0.5, 1.3])
    assert (wide.max(axis=0) > 0.5).sum() > 1.5 * (narrow.max(axis=0) > 0.5).sum()
    turned = drawn.draw([1], rotation=0.5)[0]
    assert middle(turned, top) - middle(turned, bottom) > 4  # clockwise: the top goes right
    still, again, shaky = drawn.draw([3, 3, 3], wobble=[0, 0, 0.05])
    assert np.array_equal(still, again) and not np.array_equal(still, shaky)


@pytest.mark.parametrize(
    "labels, factors",
    [
        ([10], {}),
        ([[1]], {}),
        ([1.5], {}),
        ([1], {"size": 2}),
        ([1], {"variant": 9}),
        ([1], {"thickness": 0}),
        ([1], {"slant": float("nan")}),
    ],
)
def test_draw_refuses_what_it_cannot_draw(labels, factors):
    with pytest.raises(ValueError, match="labels|factor|variants|positive|finite"):
        drawn.draw(labels, **factors)


# Corruptions.


def test_noise_is_clipped_of_the_asked_spread_and_the_same_for_the_same_seed():
    gray = np.full((300, 28, 28), 0.5, np.float32)
    noisy = gaussian_noise(gray, 0.1, seed=1)
    assert noisy.dtype == np.float32
    assert noisy.mean() == pytest.approx(0.5, abs=0.001)
    assert noisy.std() == pytest.approx(0.1, abs=0.001)
    np.testing.assert_array_equal(noisy, gaussian_noise(gray, 0.1, seed=1))
    assert not np.array_equal(noisy, gaussian_noise(gray, 0.1, seed=2))
    assert not np.array_equal(noisy[0], noisy[1])
    strong = gaussian_noise(gray, 5.0)
    assert strong.min() == 0 and strong.max() == 1
    np.testing.assert_array_equal(gaussian_noise(gray, 0.0), gray)


def test_noise_levels_damage_in_the_same_direction():
    gray = np.full((5, 28, 28), 0.5, np.float32)
    weak, strong = (gaussian_noise(gray, std, seed=3) - gray for std in (0.01, 0.02))
    np.testing.assert_allclose(strong, 2 * weak, atol=1e-6)


@pytest.mark.parametrize("std", [-0.1, float("nan"), float("inf")])
def test_noise_of_no_spread_at_all_is_refused(std):
    with pytest.raises(ValueError, match=f"std is {std}"):
        gaussian_noise(np.zeros((1, 28, 28)), std)
