"""A file from the network: whole, verified and named, or not there at all.

A library such as pooch would be shorter. It waits for ever for a server that trickles or never
ends and for a name that is never found, and replaces a learner's own file (measured, pooch 1.9).
"""

from collections.abc import Callable
import os
from pathlib import Path
import threading
import time
from typing import Any
import urllib.error
import urllib.request
from uuid import uuid4

from aecourse import files


class DownloadError(OSError):
    """A server does not answer, or what it sends is no whole file."""


def fetch_file(
    address: str,
    path: Path,
    *,
    verify: Callable[[Path], Any],
    max_bytes: int,
    patience: float,
    report: Callable[[int, int | None], None] | None = None,
) -> None:
    """Download `address`; it becomes the file `path` only when `verify(its path so far)` agrees.

    patience: seconds to wait for an answer, and that a server may send less than 1 kB/s. report:
    called with (bytes so far, bytes in all or None). Proxies are those that HTTPS_PROXY and its
    like name. Raises DownloadError where the transfer fails, what `verify` raises, OSError where
    nothing can be written; then nothing is left.
    """
    part = path.with_name(f"{files.PART}{uuid4().hex[:12]}-{path.name}")
    try:
        with open(part, "xb") as file, _opened(address, patience) as response:
            _receive(response, file, max_bytes=max_bytes, patience=patience, report=report)
        verify(part)
        try:
            os.replace(part, path)
        except PermissionError:  # on Windows: another process has just put its own copy there
            if not path.is_file():
                raise
    finally:
        part.unlink(missing_ok=True)


def _opened(address, patience):
    """The response, asked for in a thread, so that a dead network costs `patience` seconds."""
    found = []

    def ask():
        request = urllib.request.Request(address, headers={"User-Agent": "aecourse"})
        try:
            found.append(urllib.request.urlopen(request, timeout=patience))
        except urllib.error.HTTPError as error:
            error.close()
            found.append(error)
        except Exception as error:  # whatever a network can do is told, never raised in a thread
            found.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    if not found:
        raise DownloadError(f"no answer in {patience:g} seconds")
    if isinstance(found[0], Exception):
        raise DownloadError(str(getattr(found[0], "reason", found[0])))
    return found[0]


def _receive(response, file, *, max_bytes, patience, report):
    """Copy a response to an open file, refusing to wait for one that trickles or never ends."""
    declared = response.headers.get("Content-Length")
    total = int(declared) if declared and declared.isdigit() else None
    received, checked, since = 0, 0, time.monotonic()
    while chunk := response.read1(1 << 16):
        file.write(chunk)
        received += len(chunk)
        if received > max_bytes:
            raise DownloadError(f"more than {max_bytes} bytes arrived; the file is smaller")
        if time.monotonic() - since > patience:
            if received - checked < 1000 * patience:
                raise DownloadError(f"too slow: {received} bytes so far")
            checked, since = received, time.monotonic()
        if report:
            report(received, total)
    if total is not None and received != total:
        raise DownloadError(f"the connection ended after {received} of {total} bytes")
