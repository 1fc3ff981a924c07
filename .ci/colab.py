"""Lesson 00 as on Colab: its first cell installs the course over packages that are there already.

    python .ci/colab.py   # where the course is installed; needs a package index and 3 GB in /tmp

An environment gets older packages than the course asks for, some of them loaded before the cell, as
Colab has them: then the lesson must run, or say that it wants a restart and run after it. And once
more with packages that call themselves newer than the course takes. A GPU is not looked for.
"""

import json
import os
from pathlib import Path
import re
import subprocess
import sys
import tempfile
import venv

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
import nbformat

ROOT = Path(__file__).resolve().parents[1]
OLDER = [
    "tensorflow==2.19.0",
    "keras==3.10.0",
    "numpy==2.0.2",
    "scikit-learn==1.6.1",
    "scipy==1.14.1",
    "matplotlib==3.10.0",
    "pillow==11.3.0",
    "psutil==5.9.5",
    "protobuf==5.29.5",
    "ipykernel==6.17.1",
    "ipython==7.34.0",
]
NEWER = {"keras": "3.99.0", "pillow": "99.0.0"}
LOADED = "import numpy, matplotlib, scipy"
RESTART = "Restart session"


def pip(python: Path, *command: str) -> None:
    """Run pip in another environment."""
    subprocess.run([python, "-m", "pip", "-q", "--no-input", *command], check=True)


def pretend(python: Path, package: str, version: str) -> None:
    """Have an installed package call itself by another version."""
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    (old,) = site.glob(f"{package}-*.dist-info")
    new = old.rename(site / f"{package}-{version}.dist-info")
    for name in ("METADATA", "RECORD"):
        text = (new / name).read_text(encoding="utf-8").replace(old.name, new.name)
        text = re.sub("^Version: .*", f"Version: {version}", text, count=1, flags=re.MULTILINE)
        (new / name).write_text(text, encoding="utf-8")


def run(python: Path, folder: Path, before: str = "") -> str:
    """Run lesson 00 in a folder, with a kernel of this Python; "" or what stopped it."""
    spec = folder / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    settings = {"COLAB_RELEASE_TAG": "1", "AECOURSE_PROFILE": "fast", "AECOURSE_DATASET": "drawn"}
    start = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": start, "display_name": "Colab", "language": "python", "env": settings}
    spec.write_text(json.dumps(about))
    kernels = KernelSpecManager(kernel_dirs=[str(folder / "kernels")], ensure_native_kernel=False)
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=kernels)
    lesson = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    lesson.cells.insert(0, nbformat.v4.new_code_cell(before))
    place = {"metadata": {"path": str(folder)}}
    try:
        NotebookClient(lesson, km=manager, timeout=1200, resources=place).execute()
    except CellExecutionError as error:
        return str(error)
    return ""


def main() -> None:
    """Both cases; exit status 1 where a lesson does not run."""
    os.environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "content"  # where nothing of the checkout is
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "-w", folder, ROOT],
            check=True,
        )
        venv.create(Path(work) / "colab", with_pip=True)
        python = Path(work) / "colab" / "bin" / "python"
        pip(python, "install", *OLDER)
        print("+ older packages, loaded before the first cell", flush=True)
        said = run(python, folder, LOADED)
        if said and RESTART not in said:
            sys.exit(said)
        print("  " + ("it asked for a restart" if said else "it ran to its end"), flush=True)
        if said and (again := run(python, folder, LOADED)):
            sys.exit(again)
        for package, version in NEWER.items():
            pretend(python, package, version)
        pip(python, "uninstall", "--yes", "aecourse")
        print("+ newer packages than the course takes", flush=True)
        if said := run(python, folder, "import numpy"):
            sys.exit(said)
        print("  it ran to its end")


if __name__ == "__main__":
    main()
