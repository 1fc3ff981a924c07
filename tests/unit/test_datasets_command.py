"""`python -m aecourse.datasets`, and readers that no bytes can surprise."""

import gzip
import io

from aecourse import settings
from aecourse.datasets import DataError, mnist
from aecourse.datasets import __main__ as command
from aecourse.datasets.__main__ import main
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
import numpy as np
import pytest
from test_datasets import assert_same, give_idx, idx_bytes, npz_bytes, server, small, sources

__all__ = ["server", "small"]  # fixtures


def test_status_says_what_is_found_where(small, tmp_path, monkeypatch, capsys):
    (tmp_path / "mnist.npz").write_bytes(npz_bytes(small))
    settings.keras_folder().mkdir(parents=True)
    (settings.keras_folder() / "mnist.npz").write_bytes(b"half")
    monkeypatch.setenv("AECOURSE_DATA", str(tmp_path))
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("AECOURSE_DATA") and lines[0].endswith("whole and verified")
    assert any("Keras cache 1" in line and "not usable" in line for line in lines)
    assert any("Keras cache 2" in line and "nothing here" in line for line in lines)
    monkeypatch.setenv("AECOURSE_DATA", str(tmp_path / "nowhere"))
    main(["status"])
    assert capsys.readouterr().out.splitlines()[0].endswith("nowhere: nothing here")
    (tmp_path / "mnist.npz").rename(tmp_path / "mnist (1).npz")
    monkeypatch.setenv("AECOURSE_DATA", str(tmp_path))
    main([])
    assert "nothing here; " in capsys.readouterr().out.splitlines()[0]


def test_status_ends_with_what_is_set_and_what_is_always_there(small, monkeypatch, capsys):
    for value, words in (("1", "no, AECOURSE_OFFLINE is set"), ("0", "allowed")):
        monkeypatch.setenv("AECOURSE_OFFLINE", value)
        main([])
        first, second, *_, download, name, last = capsys.readouterr().out.splitlines()
        assert (first, second) == ("AECOURSE_DATA: not set", "data: no checkout")
        assert (download, name) == (f"download: {words}", f"AECOURSE_DATASET: {settings.dataset()}")
        assert last == "drawn digits: always there"


def test_the_bar_of_a_download_fills_in_a_terminal_and_is_nowhere_else(monkeypatch, capsys):
    command._bar(5, 10)
    flushed = []
    monkeypatch.setattr(command.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(command.sys.stderr, "flush", lambda: flushed.append(1), raising=False)
    command._bar(5, None)
    assert capsys.readouterr().err == ""
    for received, filled, end in ((0, 0, ""), (5e6, 20, ""), (10e6, 40, "\n"), (11e6, 40, "\n")):
        flushed.clear()
        command._bar(received, 10e6)
        assert flushed, "a line without an end is shown at once"
        bar = "#" * filled + " " * (40 - filled)
        said = f"\r[{bar}] {received / 1e6:5.1f} of 10.0 MB{end}"
        assert capsys.readouterr().err == said


def test_fetch_shows_its_bar(small, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(mnist, "fetch", lambda folder, **how: given.append(how) or (small, "here"))
    assert main(["fetch", "--to", str(tmp_path)]) == 0
    assert given == [{"report": command._bar}]


def test_help_names_the_module_and_says_what_each_command_does(capsys):
    shown = {}
    for name in ("", "status", "fetch", "import", "verify"):
        with pytest.raises(SystemExit):
            main([*filter(None, [name]), "--help"])
        shown[name] = " ".join(capsys.readouterr().out.split())
        assert shown[name].startswith(f"usage: python -m aecourse.datasets {name}".rstrip())
    for words in (
        "commands:",
        "what data is where",
        "the default",
        "two hosts",
        "copy MNIST",
        "the original",
    ):
        assert words in shown[""]
    assert "default: the course's own" in shown["fetch"] and "holds it" in shown["import"]


def test_fetch_downloads_once_and_respects_offline(small, server, tmp_path, monkeypatch, capsys):
    answers, address = server
    give_idx(answers, small)
    fetch = mnist.fetch
    monkeypatch.setattr(
        mnist, "fetch", lambda folder, **how: fetch(folder, sources=sources(address), **how)
    )
    monkeypatch.setenv("AECOURSE_OFFLINE", "1")
    assert main(["fetch", "--to", str(tmp_path / "to")]) == 1
    assert "AECOURSE_OFFLINE" in capsys.readouterr().err
    monkeypatch.delenv("AECOURSE_OFFLINE")
    for _ in range(2):
        assert main(["fetch", "--to", str(tmp_path / "to")]) == 0
        assert "verified" in capsys.readouterr().out
    assert_same(mnist.read(tmp_path / "to"), small)


@pytest.mark.parametrize("form", ["npz", "npz file", "idx", "one idx file"])
def test_import_copies_what_is_verified(small, tmp_path, capsys, form):
    source, target = tmp_path / "stick", tmp_path / "home" / "class"
    source.mkdir()
    if "npz" in form:
        name = "mnist.npz" if form == "npz" else "download (1).npz"
        (source / name).write_bytes(npz_bytes(small))
    else:
        for array, stem in mnist.IDX_NAMES.items():
            (source / (stem + ".gz")).write_bytes(gzip.compress(idx_bytes(array, small[array])))
    given = {"npz file": source / "download (1).npz", "one idx file": source / (stem_of() + ".gz")}
    assert main(["import", str(given.get(form, source)), "--to", str(target)]) == 0
    assert_same(mnist.read(target), small)
    assert capsys.readouterr().out == f"MNIST imported and verified: {target}\n"
    assert main(["verify", str(target)]) == 0
    assert capsys.readouterr().out == f"MNIST, whole and verified: {target}\n"
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    assert main(["import", str(given.get(form, source)), "--to", str(target)]) == 1
    assert "already" in capsys.readouterr().err
    assert before == {path.name: path.read_bytes() for path in target.iterdir()}


def stem_of():
    return mnist.IDX_NAMES["y_train"]


def test_import_of_a_bad_file_leaves_nothing(small, tmp_path, capsys):
    (tmp_path / "bad.npz").write_bytes(npz_bytes(small)[:-50])
    assert main(["import", str(tmp_path / "bad.npz"), "--to", str(tmp_path / "to")]) == 1
    assert "bad.npz" in capsys.readouterr().err and not (tmp_path / "to").exists()
    assert main(["verify", str(tmp_path / "bad.npz")]) == 1


def test_a_copy_that_breaks_off_leaves_nothing_and_one_that_lies_is_found_out(
    small, tmp_path, monkeypatch, capsys
):
    (tmp_path / "good.npz").write_bytes(npz_bytes(small))

    def full(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command.shutil, "copyfile", full)
    assert main(["import", str(tmp_path / "good.npz"), "--to", str(tmp_path / "to")]) == 1
    assert "No space left" in capsys.readouterr().err and list((tmp_path / "to").iterdir()) == []
    monkeypatch.setattr(command.shutil, "copyfile", lambda _, target: target.write_bytes(b"half"))
    assert main(["import", str(tmp_path / "good.npz"), "--to", str(tmp_path / "to")]) == 1
    assert "not a whole mnist.npz" in capsys.readouterr().err


def test_an_unreadable_folder_or_file_is_named(small, tmp_path, monkeypatch):
    def refuse(path, *how):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "mnist.npz").write_bytes(npz_bytes(small))
    monkeypatch.setattr(mnist.os, "listdir", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)") as error:
        mnist.read(tmp_path)
    assert str(tmp_path) in str(error.value)
    monkeypatch.undo()
    monkeypatch.setattr(mnist.zipfile, "ZipFile", refuse)
    with pytest.raises(DataError, match=r"mnist.npz: no permission to read it"):
        mnist.read(tmp_path)


def test_a_file_that_vanishes_while_it_is_read_is_named(small, tmp_path, monkeypatch):
    def vanish(path):
        path.unlink()
        raise OSError(5, "Input/output error")

    (tmp_path / "mnist.npz").write_bytes(npz_bytes(small))
    monkeypatch.setattr(mnist.zipfile, "ZipFile", vanish)
    with pytest.raises(DataError) as error:
        mnist.read(tmp_path)
    assert error.value.fault.endswith("IDX file ([Errno 5] Input/output error).")


# Fuzzing: any bytes give the right arrays or the project's own error, and nothing else.

FUZZ = hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def read_or_refuse(path, arrays):
    try:
        found = mnist.read(path)
    except DataError as error:
        assert str(path.parent) in str(error)
        return
    assert_same(found, arrays)


@FUZZ
@given(data=st.binary(max_size=400))
def test_any_bytes_as_npz_or_idx(small, tmp_path, data):
    for name in ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        (tmp_path / name).write_bytes(data)
        read_or_refuse(tmp_path / name, small)


@FUZZ
@given(
    position=st.integers(0, 10**6),
    patch=st.binary(min_size=1, max_size=12),
    cut=st.integers(0, 40),
    form=st.sampled_from(["npz", "stored", "idx", "gz"]),
)
def test_a_damaged_file_is_whole_or_refused(small, tmp_path, position, patch, cut, form):
    if form in ("npz", "stored"):
        file = io.BytesIO()
        (np.savez_compressed if form == "npz" else np.savez)(file, **small)
        name, good = "mnist.npz", file.getvalue()
    else:
        for array, stem in mnist.IDX_NAMES.items():
            (tmp_path / stem).write_bytes(idx_bytes(array, small[array]))
        good = idx_bytes("y_test", small["y_test"])
        name = mnist.IDX_NAMES["y_test"] + (".gz" if form == "gz" else "")
        if form == "gz":
            good = gzip.compress(good)
            (tmp_path / mnist.IDX_NAMES["y_test"]).unlink()
    # Headers sit at both ends of an npz, so a patch falls near an end half of the time.
    start = position % len(good) if position % 2 else -(position % min(400, len(good))) - 1
    damaged = bytearray(good)
    damaged[start : start + len(patch)] = patch
    data = bytes(damaged[: len(damaged) - cut])
    (tmp_path / name).write_bytes(data)
    read_or_refuse(tmp_path / name, small)
    for path in tmp_path.iterdir():
        if path.is_file():
            path.unlink()
