"""The package as a wheel brings it, outside the checkout: what works there works, and what wants
the lessons or docs says in a sentence where they are. Nothing is fetched."""

import os
from pathlib import Path
import runpy
import shutil
import subprocess
import sys
import zipfile

import aecourse
from aecourse import settings
from aecourse.results import record
import pytest

ROOT = Path(__file__).parents[2]
LAUNCH = runpy.run_path(str(ROOT / "docs" / "launch.py"))
WHERE = "https://github.com/someone/a-course"
ELSEWHERE = (
    f"Lessons and docs are not in this installation; they are in a checkout: git clone {WHERE}."
)
OWN = "AECOURSE_RUNS", "AECOURSE_RESULTS"
NEEDS = "pyproject.toml", "setup.py", "README.md", "LICENSE", "LICENSE-text"
RECORDS = list((ROOT / "docs" / "results").glob("*.json"))
BUILD = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
USE = """
import pkgutil, importlib
import aecourse
for module in pkgutil.walk_packages(aecourse.__path__, "aecourse."):
    if module.name.split(".")[-1] not in ("__main__", "recording", "teaching"):
        importlib.import_module(module.name)
from aecourse import datasets, settings
from aecourse.lessons import Lesson
from aecourse.models import Autoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
from aecourse.training import Run

digits = datasets.load(train=256, test=10)
model = Autoencoder(build_dense_encoder(2, hidden=(8,)), build_dense_decoder(2, hidden=(8,)))
model.compile("adam", "binary_crossentropy")
Run("outside").fit(model, digits.x_train, epochs=1)

def squared_error(images, copies):
    return ((images - copies) ** 2).mean()

lesson = Lesson("00", digits.name)
metric = next(iter(lesson.description.metrics))
print(lesson.check(squared_error).status, lesson.recorded(metric))
lesson.show(**{metric: 0.5})
lesson.record()
print(aecourse.__file__, aecourse.__version__, settings.project_root())
"""
READ = """
from aecourse.results import record
print(record.values(record.read(record.course_folder()), "small16_test_mse", dataset="mnist"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, which names the address WHERE."""
    source = tmp_path_factory.mktemp("source")
    for name in NEEDS:
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "aecourse", source / "aecourse")
    shutil.copytree(ROOT / "docs" / "results", source / "docs" / "results")
    LAUNCH["set_address"](WHERE, source)
    built = subprocess.run(
        [sys.executable, "-c", BUILD], capture_output=True, text=True, cwd=source
    )
    assert built.returncode == 0, built.stderr[-2000:]
    return source / built.stdout.split()[-1]


@pytest.fixture(scope="module")
def outside(wheel, tmp_path_factory):
    """A function that runs Python in an empty folder, where only the wheel's course is found."""
    installed, here = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("here")
    zipfile.ZipFile(wheel).extractall(installed)
    unset = {name: os.environ[name] for name in os.environ if name not in OWN}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, cwd=here,
            env={**unset, "PYTHONPATH": str(installed)},
        )  # fmt: skip

    run.installed, run.here = installed, here
    return run


def test_a_wheel_holds_the_package_the_records_and_the_licenses_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name for name in names if ".dist-info/" in name}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "aecourse").rglob("*.py")}
    records = {f"aecourse/results/records/{path.name}" for path in RECORDS}
    assert names - about == modules | records and len(records) >= 100
    assert {name.rpartition("/")[2] for name in about} >= {"LICENSE", "LICENSE-text", "METADATA"}


def test_outside_the_checkout_a_course_is_trained_checked_and_recorded(outside):
    found = outside("-c", USE)
    assert found.returncode == 0, found.stderr[-2000:]
    lines = found.stdout.splitlines()
    assert "correct []" in lines
    place = outside.installed / "aecourse" / "__init__.py"
    assert lines[-1] == f"{place} {aecourse.__version__} None"
    runs = outside("-m", "aecourse", "runs").stdout
    assert "outside" in runs and "finished after epoch 1" in runs
    progress = outside("-m", "aecourse", "progress").stdout
    assert "00 Start here: run in brief on drawn\n    exercises: 1 of" in progress
    assert (outside.here / "runs" / "results").is_dir()


def test_figures_of_the_course_s_records_are_the_same_as_in_a_checkout(outside):
    found = outside("-c", READ)
    metric = dict(metric="small16_test_mse", dataset="mnist")
    here = record.values(record.read(record.course_folder()), **metric)
    assert found.stdout.strip() == str(here) and len(here) == 3, found.stderr[-2000:]


def test_the_check_of_a_machine_says_where_the_lessons_are(outside):
    found = outside("-m", "aecourse")
    said = f"can run the course.\n{ELSEWHERE}\n"
    assert found.stdout.endswith(said) and found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    "command", ["aecourse teach class", "aecourse.results", "aecourse.results.recording 01"]
)
@pytest.mark.parametrize("notebooks", [True, False])
def test_what_wants_the_lessons_says_where_they_are(outside, command, notebooks):
    """With the extra `notebooks`, which a wheel alone does not bring, and without."""
    start = "import runpy, sys\n"
    if not notebooks:
        start += "for name in ('nbformat', 'nbconvert', 'nbclient'): sys.modules[name] = None\n"
    module, *arguments = command.split()
    run = f"sys.argv[1:] = {arguments}\nrunpy.run_module({module!r}, run_name='__main__')"
    found = outside("-c", start + run)
    assert (found.stdout + found.stderr).strip() == ELSEWHERE and found.returncode == 1
    assert not (outside.here / "class").exists()


def test_data_are_told_where_there_is_no_checkout(outside):
    found = outside("-m", "aecourse.datasets")
    assert "data: no checkout\n" in found.stdout and "drawn digits: always there" in found.stdout


def test_where_the_package_knows_no_address_the_folder_is_named(monkeypatch):
    def nothing(name):
        raise settings.PackageNotFoundError(name)

    monkeypatch.setattr(settings, "metadata", nothing)
    assert settings.elsewhere().endswith("a checkout: the course's folder.")
