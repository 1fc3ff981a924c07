"""The house itself: floors, a light import, settings, README commands, style."""

import ast
import errno
import io
import json
import os
from pathlib import Path
import re
import subprocess
import sys
import tomllib
from types import SimpleNamespace

from aecourse import machine, notebook, settings
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_module_imports_only_from_floors_below():
    """The contract stands in pyproject.toml; a module without a floor breaks it too."""
    lint = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([lint, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stdout + found.stderr


def run(code, **variables):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        cwd=ROOT,
    )


def test_importing_the_course_is_light():
    code = (
        "import sys, aecourse\n"
        "from aecourse import datasets, exercises, lessons, metrics, settings\n"
        "from aecourse.results import record, tables\n"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    found = run(code)
    assert found.stdout.strip() == "[]", found.stderr


def test_tensorflow_starts_without_chatter():
    found = run("from aecourse.backend import tf; print(int(tf.reduce_sum([1, 2])))")
    assert (found.stdout.strip(), found.stderr.strip()) == ("3", "")


def test_a_failing_tensorflow_shows_what_it_said(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os; os.write(2, b'the reason'); raise ImportError('broken')"
    )
    found = run("import aecourse.backend", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert found.returncode and "the reason" in found.stderr and "broken" in found.stderr


# Settings.


@pytest.mark.parametrize(
    "variable, value, read",
    [
        ("AECOURSE_PROFILE", "quick", lambda: settings.profile.name),
        ("AECOURSE_DATASET", "fashion", settings.dataset),
        ("AECOURSE_OFFLINE", "perhaps", settings.offline),
        ("AECOURSE_SEED", "-1", settings.seed),
        ("AECOURSE_SEED", "²", settings.seed),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch, variable, value, read):
    monkeypatch.setenv(variable, value)
    with pytest.raises(settings.SettingError, match=f"{variable} is '{value}'"):
        read()
    monkeypatch.delenv(variable)
    assert read() in ("full", "auto", False, 0)


def test_the_profile_picks(monkeypatch):
    monkeypatch.setenv("AECOURSE_PROFILE", "full")
    assert settings.profile.pick(fast=1, full=20) == 20
    assert repr(settings.profile) == "<profile full>"
    monkeypatch.setenv("AECOURSE_PROFILE", "fast")
    assert settings.profile.pick(fast=1, full=20) == 1


def test_a_checkout_has_notebooks_and_a_folder_for_data_and_an_installed_package_has_none(
    monkeypatch, tmp_path
):
    assert settings.project_root() == ROOT and settings.data_folder() == ROOT / "data"
    monkeypatch.setattr(settings, "__file__", str(tmp_path / "aecourse" / "settings.py"))
    assert settings.project_root() is None and settings.data_folder() is None
    (tmp_path / "notebooks").mkdir()  # as in a folder into which the package was installed
    assert settings.project_root() is None


def test_a_seed_is_whatever_the_random_generators_take(monkeypatch):
    monkeypatch.setenv("AECOURSE_SEED", str(2**32 - 1))
    assert settings.seed() == 2**32 - 1
    monkeypatch.setenv("AECOURSE_SEED", str(2**32))
    with pytest.raises(settings.SettingError):
        settings.seed()


def test_a_relative_place_of_data_starts_here_or_else_in_the_checkout(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AECOURSE_DATA", "notebooks")
    assert settings.data_path() == ROOT / "notebooks"
    Path("notebooks").mkdir()
    assert settings.data_path() == Path("notebooks")
    monkeypatch.setenv("AECOURSE_DATA", "nowhere")
    assert settings.data_path() == Path("nowhere")


ONEDNN, PROFILE = "TF_ENABLE_ONEDNN_OPTS", "AECOURSE_PROFILE"


def test_a_process_of_its_own_gets_this_environment_with_variables_changed(monkeypatch):
    monkeypatch.setenv("AECOURSE_SEED", "1")
    assert settings.child_variables(SEED=2) == {**os.environ, "AECOURSE_SEED": "2"}


def test_folders_follow_their_variables(monkeypatch, tmp_path):
    for name in ("AECOURSE_RUNS", "AECOURSE_RESULTS"):
        monkeypatch.delenv(name, raising=False)
    assert settings.runs_folder() == ROOT / "runs"
    assert settings.results_folder() == ROOT / "runs" / "results"
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    assert settings.results_folder() == tmp_path / "results"
    monkeypatch.delenv("AECOURSE_RUNS")
    monkeypatch.setattr(settings, "project_root", lambda: None)
    monkeypatch.chdir(tmp_path)
    assert settings.runs_folder() == tmp_path / "runs"


@pytest.fixture
def unset(monkeypatch, tmp_path):
    """(checkout, home): folders for runs as nobody has set them, neither tried before."""
    checkout, home = tmp_path / "checkout", tmp_path / "home"
    checkout.mkdir()
    monkeypatch.delenv("AECOURSE_RUNS", raising=False)
    monkeypatch.setattr(settings, "project_root", lambda: checkout)
    monkeypatch.setattr(settings, "_home", lambda: home)
    return checkout, home


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("refused", [["touch"], ["unlink"], ["touch", "unlink"]])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_that_refuses_a_file_is_read_only_whatever_its_mode_says(
    unset, monkeypatch, exists, refused, number
):
    """As by an access list, on Windows, or on a read-only file system."""
    checkout, home = unset
    if exists:
        (checkout / "runs").mkdir()

    def refuse(*given, **how):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        for name in refused:
            patched.setattr(settings.Path, name, refuse)
        folders = settings.runs_folders()
    assert folders == [home / "aecourse-runs", checkout / "runs"]


@pytest.mark.parametrize("name", ["AECOURSE_RUNS", "AECOURSE_RESULTS"])
def test_a_relative_folder_is_the_same_one_to_a_terminal_and_to_a_kernel(
    unset, monkeypatch, tmp_path, name
):
    checkout, _ = unset
    folder = settings.runs_folder if name == "AECOURSE_RUNS" else settings.results_folder
    monkeypatch.setenv(name, "mine/here")
    monkeypatch.chdir(tmp_path)
    assert folder() == checkout / "mine" / "here"
    monkeypatch.setenv(name, str(tmp_path / "there"))
    assert folder() == tmp_path / "there"


def test_whether_runs_can_be_written_is_tried_once_and_leaves_nothing(unset, monkeypatch):
    checkout, _ = unset
    touch, tried = Path.touch, []

    def told(path, **how):
        tried.append(path)
        touch(path, **how)

    monkeypatch.setattr(settings.Path, "touch", told)
    for _ in range(3):
        assert settings.runs_folders() == [checkout / "runs"]
    assert len(tried) == 1 and not any(checkout.iterdir())
    (checkout / "runs").mkdir()
    settings._writable.cache_clear()  # as another process would
    settings.runs_folders()
    assert [path.parent for path in tried] == [checkout, checkout / "runs"]
    assert len({path.name for path in tried}) == 2 and not any((checkout / "runs").iterdir())


def test_nothing_is_left_where_the_trial_is_interrupted(unset, monkeypatch):
    touch = Path.touch

    def interrupted(path, **how):
        touch(path, **how)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(settings.Path, "touch", interrupted)
        settings.runs_folders()
    assert not any(unset[0].iterdir()) and settings.runs_folders() == [unset[0] / "runs"]


@pytest.mark.parametrize(
    "given, expected", [({}, "1"), ({PROFILE: "fast"}, "None"), ({ONEDNN: "0"}, "0")]
)
def test_the_full_profile_asks_for_onednn_before_tensorflow_starts(given, expected):
    """Lessons import `datasets` first. A learner's own choice stands."""
    ask = f"from aecourse import datasets; import os, sys; print(os.environ.get({ONEDNN!r}))"
    unset = {name: os.environ[name] for name in os.environ if name not in (ONEDNN, PROFILE)}
    found = subprocess.run(
        [sys.executable, "-c", f"{ask}; print('tensorflow' in sys.modules)"],
        capture_output=True, text=True, cwd=ROOT, env=unset | given,
    )  # fmt: skip
    assert found.stdout.split() == [expected, "False"], found.stderr


def test_environment_variables_are_read_in_one_module_and_listed_in_the_readme():
    listed = set(re.findall(r"^\| `(AECOURSE_\w+)`", README, re.MULTILINE))
    read = set()
    for path in (ROOT / "aecourse").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name == "settings.py":
            read = set(re.findall(r'"(AECOURSE_\w+)"', text))
        elif path.name != "backend.py":  # which sets TensorFlow's own
            assert "environ" not in text and "getenv" not in text, path
    assert listed == read


# The machine.


def test_machines_that_cannot_run_the_course_are_told_why():
    fine = {"version": (3, 12, 1), "system": "Linux", "machine": "x86_64", "libc": "glibc 2.27"}
    assert machine.problems(**fine) == []
    for change, words in (
        ({"version": (3, 10, 9)}, "Python 3.10"),
        ({"version": (3, 14, 0)}, "Python 3.14"),
        ({"system": "Darwin"}, "Intel Macs"),
        ({"system": "Windows", "machine": "ARM64"}, "Windows ARM"),
        ({"bits": 32}, "32-bit"),
        ({"machine": "riscv64"}, "no build for riscv64 on Linux"),
        ({"system": "FreeBSD"}, "no build for x86_64 on FreeBSD"),
        ({"libc": "musl"}, "is musl"),
        ({"libc": "glibc 2.17"}, "glibc 2.17"),
    ):
        (problem,) = machine.problems(**{**fine, **change})
        assert words in problem
    assert machine.problems(version=(3, 11), system="Darwin", machine="arm64") == []
    assert machine.problems(**{**fine, "machine": "aarch64", "libc": ""}) == []
    assert any(line.startswith("tensorflow") for line in machine.report())


def test_a_free_threaded_python_is_told(monkeypatch):
    monkeypatch.setattr(machine.sysconfig, "get_config_var", lambda name: name == "Py_GIL_DISABLED")
    (problem,) = machine.problems(version=(3, 13), system="Linux", machine="x86_64")
    assert "free-threaded" in problem


@pytest.mark.parametrize("name", ["__init__", "__main__", "machine"])
def test_what_speaks_before_the_installation_is_read_by_any_python_3(name):
    path = ROOT / "aecourse" / f"{name}.py"
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 4))


@pytest.mark.parametrize(
    "built_for, words",
    [("win-amd64", []), ("win-arm64", ["Windows ARM"]), ("win32", ["32-bit"])],
)
def test_on_windows_it_is_the_python_that_counts_and_not_the_processor(
    monkeypatch, built_for, words
):
    monkeypatch.setattr(machine.platform, "machine", lambda: "ARM64")  # also where it is emulated
    monkeypatch.setattr(machine.sysconfig, "get_platform", lambda: built_for)
    with monkeypatch.context() as patched:
        patched.setattr(machine.sys, "maxsize", 2**31 - 1 if built_for == "win32" else 2**63 - 1)
        found = machine.problems(version=(3, 12), system="Windows")
    assert len(found) == len(words) and all(map(str.__contains__, found, words))


@pytest.mark.parametrize("version", [(3, 11), (3, 11, 0), (3, 13), (3, 13, 9)])
def test_each_python_that_is_named_will_do(version):
    assert machine.problems(version=version, system="Linux", machine="x86_64") == []


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (1.6e9, "1.6 GB; close other programs: a lesson wants 3 (lesson 09: 5)"),
        (2.94e9, "2.9 GB; close other programs: a lesson wants 3 (lesson 09: 5)"),
        (2.96e9, "3.0 GB"),
        (7.6e9, "7.6 GB"),
    ],
)
def test_the_report_counts_cores_and_free_memory_and_says_where_that_is_little(
    free, words, monkeypatch
):
    memory = SimpleNamespace(available=free)
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    for cores, shown in ((3, "3"), (None, "unknown")):
        monkeypatch.setattr(machine.os, "cpu_count", lambda cores=cores: cores)
        assert machine.report()[1:3] == [f"cores       {shown}", f"free memory {words}"]


def test_what_has_its_usual_name_is_found_without_reading_all_that_is_installed(monkeypatch):
    monkeypatch.setattr("importlib.metadata.packages_distributions", lambda: 1 / 0)
    assert machine.version_of("numpy") and not machine.updated_since()


def test_a_build_with_another_name_is_told_by_its_version(monkeypatch, tmp_path):
    about = tmp_path / "tf_nightly-2.99.0.dev1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: tf-nightly\nVersion: 2.99.0.dev1\n")
    (about / "top_level.txt").write_text("tensorflow\n")
    monkeypatch.setattr(machine.sys, "path", [str(tmp_path)])  # nothing else is installed
    assert "tensorflow  2.99.0.dev1" in machine.report()
    assert machine.version_of("tensorflow") == "2.99.0.dev1"
    assert machine.version_of("keras") is None
    assert any("keras       not installed" in line for line in machine.report())
    (tmp_path / "~ensorflow-2.20.0.dist-info").mkdir()  # of an installation that broke off
    (tmp_path / "~ensorflow-2.20.0.dist-info" / "top_level.txt").write_text("tensorflow\nkeras\n")
    assert machine.version_of("tensorflow") == "2.99.0.dev1" and machine.version_of("keras") is None
    loaded = SimpleNamespace(__version__="2.98.0")
    monkeypatch.setattr(machine.sys, "modules", {**sys.modules, "tensorflow": loaded})
    assert machine.updated_since().startswith("tensorflow 2.98.0 is loaded, and meanwhile 2.99.0")
    monkeypatch.delattr("importlib.metadata.packages_distributions")  # as before Python 3.10
    assert machine.version_of("tensorflow") is None and not machine.updated_since()


def test_pages_ask_for_the_memory_that_the_command_asks_for_and_full_runs_took(monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1e9))
    asked = re.search(r"wants (\d) \(lesson 09: (\d)\)", machine.report()[2]).groups()
    faq = (ROOT / "docs" / "FAQ.md").read_text(encoding="utf-8")
    for page, words in (
        (README, r"(\d) GB of free memory \(lesson 09: (\d)\)"),
        (README, r"1.5 to (\d) GB \(lesson 09 up to (\d)\)"),
        (faq, r"1.5 to (\d) GB, lesson 09 up to (\d)\."),
    ):
        assert re.findall(words, page) == [asked]
    peaks = {"09": [], "others": []}
    for path in (ROOT / "docs" / "results").glob("[01]?_*-full-*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        largest = peaks["09" if path.name.startswith("09") else "others"]
        largest.append(record["peak_memory_mb"] / 1000)
    assert max(peaks["others"]) <= int(asked[0]) and round(max(peaks["09"])) == int(asked[1])


def test_the_check_before_installation_needs_only_the_standard_library():
    command = [sys.executable, "-I", "-S", "-c"]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import aecourse.__main__ as m; m.main()"
    found = subprocess.run([*command, code], capture_output=True, text=True)
    assert "can run the course" in found.stdout, found.stderr


# A live display.


class Handle:
    def __init__(self):
        self.shown = []

    def update(self, bundle, raw):
        assert raw
        self.shown.append(bundle)


def test_a_notebook_keeps_one_display_and_its_final_state_only(monkeypatch):
    import IPython.display

    handle, created = Handle(), []

    def display(bundle, **how):
        created.append(how)
        return handle

    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", display)
    live = notebook.Live()
    live.update("begun <1>", done=0.1)
    live.update("half", done=0.5, picture="<img>")
    live.update("ended", done=1.0, lasting=True)
    assert created == [{"raw": True, "display_id": True}] and len(handle.shown) == 2
    assert "<progress" in handle.shown[0]["text/html"] and "<img>" in handle.shown[0]["text/html"]
    assert handle.shown[1]["text/plain"] == "ended"
    assert "<progress" not in handle.shown[1]["text/html"]


def test_only_a_kernel_is_a_notebook(monkeypatch):
    for shell, kernel in ((SimpleNamespace(kernel=1), True), (SimpleNamespace(), False)):
        monkeypatch.setattr("IPython.get_ipython", lambda shell=shell: shell)
        assert notebook.in_notebook() is kernel


def test_a_terminal_keeps_what_lasts(capsys):
    live = notebook.Live()
    live.update("passing")
    live.update("lasting", lasting=True)
    assert capsys.readouterr().out == "lasting\n"


def test_a_log_has_a_line_as_soon_as_it_is_said(monkeypatch):
    log = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(log))
    notebook.Live().update("lasting", lasting=True)
    assert log.getvalue().splitlines() == [b"lasting"]


# README, requirements, style.


def command(marker):
    block = rf"<!-- command: {marker} -->\n *```\w+\n *(.*?)\n *```"
    return re.search(block, README + (ROOT / "docs" / "TEACHING.md").read_text("utf-8"))[1]


@pytest.mark.skipif(os.name != "posix", reason="the script is for bash")
def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extract = re.search(r"command_below\(\) \{.*?\n\}", script, re.DOTALL)[0]
    for marker in ("test", "test, Windows", "open", "run"):
        found = subprocess.run(
            ["bash", "-c", f"{extract}\ncommand_below '{marker}'"],
            capture_output=True, text=True, cwd=ROOT, check=True,
        )  # fmt: skip
        assert found.stdout.strip() == command(marker)


@pytest.mark.skipif(os.name != "posix", reason="the workflow's shell is bash")
def test_the_workflow_for_the_next_tensorflow_runs_the_readmes_command():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"], path
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    shown = re.fullmatch(r'eval "\$\((.*)\)"\n', workflow["jobs"]["next"]["steps"][-1]["run"])[1]
    found = subprocess.run(
        ["bash", "-c", shown], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert found.stdout.strip() == command("nightly")
    assert "pip install tf-nightly" in command("nightly")


def test_both_shells_do_the_same():
    for name in ("open", "run", "test", "wheels", "from wheels"):
        bash = command(name).replace("python3", "python").replace("/bin/", "/Scripts/")
        shell = re.sub(r"if \(\$\?\) \{ (.*?) \}", r"\1", command(f"{name}, Windows"))
        assert [part.strip() for part in bash.split("&&")] == [
            part.strip() for part in shell.replace("\\", "/").split(";")
        ]


def required(name="requirements.txt"):
    """The lines of a requirements file that name a package."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith(("#", "-e"))]


def test_every_requirement_has_bounds_and_a_reason_and_the_last_line_is_the_course():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "-e ."
    for line in required():
        assert re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+", line), line
        assert lines[lines.index(line) - 1], line


def test_the_package_names_the_same_requirements_with_the_same_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(extras) >= {"notebooks", "test"}  # others are for who makes a site or slides
    named = [*project["dependencies"], *extras["notebooks"], *extras["test"]]
    assert sorted(named) == sorted(required())


PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    ROOT / "data" / "README.md",
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]


def prose(page):
    """A page's text in Markdown."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def targets(page):
    """The files and folders that a page links to, and after each the heading or ""."""
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    inside = [link for link in links if not re.match(r"https?://|mailto:", link)]
    return [
        (
            (page.parent / link.partition("#")[0]).resolve() if link[0] != "#" else page,
            link.partition("#")[2],
        )
        for link in inside
    ]


def test_pages_and_notebooks_link_to_what_is_there():
    for page in PAGES:
        for path, heading in targets(page):
            assert path.is_relative_to(ROOT) and path.exists(), f"{page.name}: {path}"
            titles = re.findall(r"^#+ (.*)", prose(path) if heading else "", re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]
            assert not heading or heading in slugs, f"{page.name}: {path.name}#{heading}"


def test_code_and_notebooks_are_in_one_style():
    for how in (["check"], ["format", "--check"]):
        found = subprocess.run(
            [sys.executable, "-m", "ruff", *how, "."], capture_output=True, text=True, cwd=ROOT
        )
        assert found.returncode == 0, found.stdout + found.stderr


def public(body):
    """Functions and classes among statements whose names are for others."""
    kinds = ast.FunctionDef | ast.ClassDef
    return [node for node in body if isinstance(node, kinds) and not node.name.startswith("_")]


def test_public_functions_say_what_they_do_and_what_they_give():
    silent = []
    for path in sorted((ROOT / "aecourse").rglob("*.py")):
        tree, module = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT)
        assert ast.get_docstring(tree), path
        for node in public(tree.body):
            if node.name != "main" and not ast.get_docstring(node):
                silent.append(f"{module}: {node.name} has no docstring")
            inner = public(node.body) if isinstance(node, ast.ClassDef) else [node]
            for function in inner:
                if isinstance(function, ast.FunctionDef) and function.returns is None:
                    silent.append(f"{module}:{function.lineno}: {function.name} gives what?")
    assert not silent, "\n".join(silent)


def test_the_project_holds_no_data_and_no_weights():
    for top in ("aecourse", "benchmarks", "docs", "experiments", "notebooks", "tests"):
        for path in (ROOT / top).rglob("*"):
            assert path.suffix not in {".npz", ".gz", ".keras", ".h5"}, path
            assert not path.name.endswith("ubyte"), path
            assert path.is_dir() or path.stat().st_size < 2_000_000, path


def pins():
    """Name of a package -> the versions of it in constraints.txt."""
    found = {}
    for pin in map(Requirement, required("constraints.txt")):
        (version,) = pin.specifier
        found.setdefault(canonicalize_name(pin.name), set()).add(version.version)
    return found


def test_the_constraints_pin_every_requirement_within_its_bounds():
    for requirement in map(Requirement, required()):
        for version in pins()[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version), (requirement, version)


def test_the_lock_is_of_todays_requirements_and_the_constraints_are_of_the_lock():
    """`uv lock`, then `uv export` as constraints.txt says, where this fails."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    locked, (course,) = {}, [each for each in lock if each["name"] == "aecourse"]
    for each in lock:
        if each is not course:
            locked.setdefault(each["name"], set()).add(each["version"])
    assert pins() == locked
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = map(
        Requirement, (*project["dependencies"], *(line for each in extras for line in each))
    )
    known = {(each["name"], each["specifier"]) for each in course["metadata"]["requires-dist"]}
    assert {(canonicalize_name(r.name), str(r.specifier)) for r in asked} == {
        (name, str(SpecifierSet(specifier))) for name, specifier in known
    }


def test_the_faults_for_trying_the_tests_still_fit_the_code():
    sys.path.insert(0, str(ROOT / "tests" / "faults"))
    try:
        from mutations import FAULTS
    finally:
        sys.path.pop(0)
    assert len(FAULTS) >= 25
    for fault in FAULTS:
        text = (ROOT / "aecourse" / fault.module).read_text(encoding="utf-8")
        assert text.count(fault.before) == 1 and fault.before != fault.after, fault.words
        assert (ROOT / "tests" / fault.test).is_file()


def test_no_merge_has_left_its_marks():
    marks = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
    texts = {".md", ".py", ".toml", ".yml", ".ipynb", ".txt", ".cff", ".css", ".js", ".j2"}
    left_out = ".git", ".venv", "build", "runs"  # environments begin like the README's
    for path in ROOT.rglob("*.*"):
        parts = path.relative_to(ROOT).parts
        if path.suffix in texts and not any(part.startswith(left_out) for part in parts):
            assert not marks.search(path.read_text(encoding="utf-8")), path
