"""What a transfer does when the machine or the network does something odd (more with the servers
of `test_datasets`)."""

from aecourse.datasets import download
import pytest


def fetch(path, address="data:,some"):
    how = dict(verify=lambda part: part.read_bytes(), max_bytes=100, patience=5.0)
    download.fetch_file(address, path, **how)


def test_another_process_may_have_put_its_copy_there_first(tmp_path, monkeypatch):
    """On Windows a file that somebody has open cannot be replaced."""

    def refused(*paths):
        raise PermissionError(13, "open elsewhere")

    path = tmp_path / "file"
    monkeypatch.setattr(download.os, "replace", refused)
    with pytest.raises(PermissionError):
        fetch(path)
    path.write_bytes(b"theirs")
    fetch(path)
    assert path.read_bytes() == b"theirs" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("an odd answer"), OSError("no route")])
def test_whatever_a_network_raises_is_told_in_its_own_words(error, tmp_path, monkeypatch):
    def fails(*args, **how):
        raise error

    monkeypatch.setattr(download.urllib.request, "urlopen", fails)
    with pytest.raises(download.DownloadError, match=str(error)):
        fetch(tmp_path / "file", "http://localhost/")
    assert list(tmp_path.iterdir()) == []
