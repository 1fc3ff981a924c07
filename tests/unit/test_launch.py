"""The buttons that open the course elsewhere, and the one setting that they follow from."""

import json
import os
from pathlib import Path
import re
import runpy
import shutil
import subprocess
import sys
from types import SimpleNamespace

from aecourse import machine
import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = runpy.run_path(str(ROOT / "docs" / "launch.py"))
WHERE = "https://github.com/someone/a-course"
FIRST = "notebooks/00_start_here.ipynb", "notebooks/01_autoencoder.ipynb"


@pytest.fixture
def course(tmp_path):
    for name in ("README.md", "pyproject.toml", *FIRST):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def texts(folder):
    names = ("README.md", "pyproject.toml", *FIRST)
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


def publish(folder, where):
    LAUNCH["set_address"](where, folder)
    LAUNCH["write"](folder)


def test_badges_and_cells_follow_from_the_address_and_go_with_it(course):
    publish(course, "")
    before = texts(course)
    publish(course, WHERE)
    assert LAUNCH["address"](course) == WHERE
    after = texts(course)
    assert after["README.md"].count("someone/a-course") == 3
    for name in FIRST:
        assert f"install -q git+{WHERE}" in after[name] and ".whl" not in after[name]
        assert len(json.loads(after[name])["cells"]) == len(json.loads(before[name])["cells"])
    publish(course, WHERE + "2")
    assert "a-course/" not in texts(course)["README.md"].replace("a-course2/", "")
    publish(course, "")
    assert texts(course) == before


def test_what_is_there_follows_from_the_setting_as_it_is(course):
    before = texts(course)
    LAUNCH["write"](course)
    assert texts(course) == before, "python docs/launch.py"


@pytest.mark.parametrize("where", ["github.com/a/b", "https://example.org/a/b", WHERE + "/tree/x"])
def test_an_address_that_no_button_can_open_is_refused(course, where):
    before = texts(course)
    with pytest.raises(ValueError, match="is not like"):
        LAUNCH["set_address"](where, course)
    assert texts(course) == before


CALLS = """
import pathlib, types
found = []
pathlib.Path.exists = lambda path: {gpu} and path.parts[1:3] == ("proc", "driver")
get_ipython = lambda: types.SimpleNamespace(run_line_magic=lambda *said: found.append(said))
{cell}
print(found)
"""


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("where", ["", WHERE])
@pytest.mark.parametrize("colab", [False, True])
def test_the_cell_installs_on_colab_and_does_nothing_elsewhere(colab, where, gpu):
    code = CALLS.format(gpu=gpu, cell=LAUNCH["cell"](where))
    env = {name: value for name, value in os.environ.items() if name != "COLAB_RELEASE_TAG"}
    env |= {"COLAB_RELEASE_TAG": "1"} if colab else {}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    course = f"git+{where}" if where else "aecourse-*.whl"
    wanted = f"install -q {course} " + ("'tensorflow[and-cuda]'" if gpu else "")
    assert done.stdout.strip() == repr([("pip", wanted)] if colab else [])


@pytest.mark.parametrize("name, package", machine.LOADED.items())
def test_a_package_that_was_loaded_before_its_update_is_told(name, package, monkeypatch):
    """As where Colab had it loaded when the first cell installed a newer one."""
    installed = machine.version_of(package)  # of a nightly build as well
    numbers = re.match(r"[\d.]*\d", installed)[0]
    for loaded, told in (("0.0.1", True), (installed, False), (f"{installed}+local", False)):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(__version__=loaded))
        said = machine.updated_since()
        assert bool(said) == told, said
        if told:
            assert said.startswith(f"{package} 0.0.1 is loaded, and meanwhile {numbers} was")
            assert "Restart session" in said
    monkeypatch.setitem(sys.modules, name, SimpleNamespace())  # one without a version
    assert not machine.updated_since()


def test_the_import_of_the_course_ends_in_that_sentence():
    """Before anything that a mixture of versions would break."""
    code = "import sys, types; sys.modules['scipy'] = m = types.ModuleType('scipy'); "
    code += "m.__version__ = '1.0'; from aecourse import datasets"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    last = found.stderr.splitlines()[-1]
    assert last.startswith("ImportError: scipy 1.0 is loaded, and meanwhile ")


@pytest.mark.skipif(os.name != "posix", reason="Binder's script is for sh")
def test_binder_and_containers_install_what_the_readme_installs():
    container = (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    container = json.loads("\n".join(container.splitlines()[1:]))  # its first line is a comment
    assert "pip install -r requirements.txt" in container["postCreateCommand"]
    assert "-r ../requirements.txt" in (ROOT / "binder" / "requirements.txt").read_text()
    start = subprocess.run(
        ["sh", ROOT / "binder" / "start", "env"], capture_output=True, text=True, check=True, env={}
    )
    assert "AECOURSE_PROFILE=fast" in start.stdout
