"""Can this machine run the course, and if not, what to do?

`python -m aecourse` imports this module before anything is installed, on any Python 3, to say
plainly what a package resolver would say obscurely. So it needs the standard library only.
"""

import os
import platform
import re
import sys
import sysconfig
import time

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "matplotlib", "jupyterlab")
LOADED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
    "PIL": "pillow",
    "psutil": "psutil",
    "tensorflow": "tensorflow",
    "keras": "keras",
}
"""Modules of which a hosted notebook may have loaded an older version -> their packages."""
MEMORY_GB = 3.0
"""Free memory that a lesson wants in the full profile, with a margin; lesson 09 wants 5."""
_PRODUCT_SECONDS = 0.00055
"""What `pace` finds on the machine where the minutes of the lessons were measured."""


def problems(version=None, system=None, machine=None, bits=None, libc=None) -> list:
    """What keeps this machine from running the course, as sentences; empty when nothing does.

    version: a (major, minor, ...) tuple; system: as `platform.system()` gives it; machine: the
    processor that Python was built for, such as "x86_64"; bits: of that build, 64 or 32; libc: its
    C library on Linux, such as "glibc 2.36" or "musl". All default to those in use.
    """
    version = tuple(version or sys.version_info)
    system = platform.system() if system is None else system
    machine = (_built_for(system) if machine is None else machine).lower()
    bits = (64 if sys.maxsize > 2**32 else 32) if bits is None else bits
    libc = _libc(system) if libc is None else libc
    found = []
    if not (3, 11) <= version[:2] <= (3, 13):
        found.append(
            "it runs Python %d.%d, and the course needs Python 3.11, 3.12 or 3.13. "
            "Install one of them (from python.org; on Linux with your system's packages or uv), "
            "delete the folder .venv if there is one, and name that Python in the command, both "
            "times: for example 'python3.12' (on Windows: 'py -3.12')." % version[:2]
        )
    if system == "Darwin" and machine == "x86_64":
        found.append(
            "TensorFlow no longer has builds for Intel Macs (the last was 2.16). Open the course "
            "in a Linux container or on a hosted notebook. On an Apple Silicon Mac this message "
            "means that your Python is an Intel build: install the arm64 one."
        )
    if system == "Windows" and machine in ("arm64", "aarch64"):
        found.append(
            "TensorFlow has no build for Python on Windows ARM. Install the 64-bit Intel/AMD "
            "Python, which Windows emulates, or use WSL with Linux."
        )
    known = {"Linux": ("x86_64", "aarch64"), "Darwin": (machine,), "Windows": (machine,)}
    if machine not in known.get(system, ()):
        found.append(
            "TensorFlow has no build for %s on %s. Open the course on a hosted notebook, or on "
            "another machine." % (machine or "this processor", system or "this system")
        )
    glibc = re.match(r"glibc (\d+)\.(\d+)", libc)
    if libc == "musl" or (glibc and tuple(map(int, glibc.groups())) < (2, 27)):
        found.append(
            "its C library is %s, and TensorFlow needs glibc 2.27 or newer. Take a newer system; "
            "in place of Alpine's container image one of Debian, such as python:3.12-slim." % libc
        )
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        found.append(
            "its Python is a free-threaded build, for which TensorFlow has none. Install the usual "
            "one of the same version."
        )
    if bits < 64:
        found.append(
            "its Python is a 32-bit build, and TensorFlow has 64-bit ones only. Install a 64-bit "
            "Python."
        )
    return found


def _libc(system):
    """The C library of this Python, "musl" or "glibc 2.36"; "" where there is another or none."""
    if system != "Linux":
        return ""
    if "musl" in str(sysconfig.get_config_var("SOABI")):
        return "musl"
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        return ""


def _built_for(system):
    """The kind of processor that this Python was built for. On Windows `platform.machine()` tells
    the one that is there, from Python 3.12 on, even to a Python that Windows emulates."""
    if system == "Windows":
        return sysconfig.get_platform().split("-")[-1]  # of "win-arm64"
    return platform.machine()


def updated_since() -> str:
    """A sentence where pip has updated a package that this process had already loaded, as an
    installation in a running notebook does; "" where it has not. Such a mixture fails anywhere,
    in words that do not say why."""
    for name, package in LOADED.items():
        loaded = _numbers(getattr(sys.modules.get(name), "__version__", ""))
        if not loaded:
            continue
        installed = _numbers(version_of(package) or loaded)
        if loaded != installed:
            return (
                "%s %s is loaded, and meanwhile %s was installed. Restart the kernel (on Colab: "
                "Runtime > Restart session), and run the notebook from its top."
                % (package, loaded, installed)
            )
    return ""


def _numbers(version):
    """The numbers at the beginning of a version, such as "2.21.0" of "2.21.0+local"."""
    return re.match(r"[\d.]*\d|", version).group()


def version_of(package) -> "str | None":
    """The version of a package that is installed, also of a build with another name, such as
    tf-nightly for tensorflow; None where there is none."""
    try:
        from importlib.metadata import PackageNotFoundError, packages_distributions, version
    except ImportError:  # before Python 3.10, which is told that it is too old
        return None

    def builds():
        yield package
        module = {name: module for module, name in LOADED.items()}.get(package, package)
        yield from packages_distributions().get(module, ())  # slow: it reads all that is installed

    for name in builds():
        try:
            return version(name)
        except (PackageNotFoundError, ValueError):  # also what a broken installation left behind
            pass
    return None


def report() -> list:
    """What this machine has, as lines to print: system, versions, cores, free memory."""
    lines = [
        "Python      %s on %s" % (platform.python_version(), platform.system()),
        "cores       %s" % (os.cpu_count() or "unknown"),
    ]
    try:
        import psutil

        free = round(psutil.virtual_memory().available / 1e9, 1)  # compared as it is shown
        advice = "; close other programs: a lesson wants %g (lesson 09: 5)" % MEMORY_GB
        lines.append("free memory %.1f GB%s" % (free, "" if free >= MEMORY_GB else advice))
    except ImportError:
        pass
    for package in PACKAGES:
        found = version_of(package) or "not installed: run `pip install -r requirements.txt`"
        lines.append("%-11s %s" % (package, found))
    return lines


def pace(seconds=2.0) -> float:
    """How long arithmetic takes here, over how long it takes where the lessons' minutes were
    measured: 2.0 is twice as long. Rough: it is the best of one core in a few seconds, and a GPU
    or many cores make a lesson faster than that."""
    import numpy as np

    left, right = np.ones((64, 784), np.float32), np.ones((784, 64), np.float32)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        np.einsum("ij,jk", left, right)  # which no library spreads over cores, as some do `@`
        best = min(best, time.perf_counter() - begun)
    return best / _PRODUCT_SECONDS
