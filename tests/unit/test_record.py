"""Records say what was measured, and with which code."""

from importlib.metadata import version
import json
from pathlib import Path
import subprocess
import sys
import time

from aecourse import files, lessons, settings
from aecourse.results import code, record
from aecourse.results.record import Metric
import nbformat
import pytest

ROOT = settings.project_root()
KNOWN = {"error": Metric("apples", "lower", "an error")}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("AECOURSE_PROFILE", "full")
    monkeypatch.setenv("AECOURSE_SEED", "2")
    return tmp_path / "results"


def write(**how):
    values = {"error": how.pop("error", 0.036)}
    return record.write("01_toy", values, known=KNOWN, **{"dataset": "mnist", **how})


def test_a_record_says_all_that_a_reader_needs(folder):
    path = write(code="abc")
    assert path.parent == folder and [p.name for p in folder.iterdir()] == [path.name]
    found = json.loads(path.read_text())
    assert found["metrics"] == {"error": {"value": 0.036, "unit": "apples", "better": "lower"}}
    assert (found["lesson"], found["dataset"], found["code"]) == ("01_toy", "mnist", "abc")
    assert (found["profile"], found["seed"]) == ("full", 2)
    assert {"python", "tensorflow", "keras", "numpy"} <= set(found["versions"])
    assert found["minutes"] >= 0 and 10 < found["peak_memory_mb"] < 100_000


MEMORY = """
from aecourse.results import record
import pathlib, psutil
held = b"x" * 200_000_000
print(record.peak_memory_mb(), psutil.Process().memory_info().rss / 1e6)
pathlib.Path.is_file = lambda self: False  # as where there is no /proc
print(record.peak_memory_mb())
"""


def test_peak_memory_is_in_megabytes_of_this_process():
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    peak, now, anywhere = map(float, run.stdout.split())
    assert now > 200 and peak == pytest.approx(now, rel=0.05)
    assert 0.95 * peak < anywhere < 100 * peak  # it may count the process that started this one


def test_minutes_are_those_since_the_course_was_imported(monkeypatch):
    monkeypatch.setattr(settings, "STARTED", time.monotonic() - 90)
    assert json.loads(write().read_text())["minutes"] == pytest.approx(1.5, abs=0.2)


def test_an_experiment_of_several_seeds_records_the_minutes_of_each(monkeypatch):
    monkeypatch.setattr(settings, "STARTED", time.monotonic() - 90)
    monkeypatch.setattr("aecourse.lessons.lesson._RECORDED", [])
    how = dict(dataset="mnist", script=str(ROOT / "experiments" / "drawn_transfer.py"))
    paths = [lessons.record_experiment("drawn_transfer", **how, seed=seed) for seed in (0, 1)]
    minutes = [json.loads(path.read_text())["minutes"] for path in paths]
    assert minutes == pytest.approx([1.5, 0], abs=0.2)


def test_of_a_package_that_is_not_installed_the_version_is_unknown(monkeypatch):
    known = record.machine.version_of
    monkeypatch.setattr(
        record.machine, "version_of", lambda name: None if name == "tensorflow" else known(name)
    )
    versions = json.loads(write().read_text())["versions"]
    assert versions["tensorflow"] == "unknown" and versions["numpy"] == version("numpy")


def test_records_are_read_by_name_then_mnist_first_then_by_seed(folder, monkeypatch):
    monkeypatch.setenv("AECOURSE_RESULTS", str(folder / "a" / "b"))  # folders that are not there
    order = [("mnist", 0), ("mnist", 1), ("drawn", 0), ("normal", 0)]
    for name in ("02_toy", "01_toy"):
        for dataset, seed in reversed(order):
            record.write(name, {}, known=KNOWN, dataset=dataset, seed=seed)
    found = [(r["lesson"], r["dataset"] == "mnist") for r in record.read(folder / "a" / "b")]
    assert found == [(name, mnist) for name in ("01_toy", "02_toy") for mnist in (1, 1, 0, 0)]


def test_the_course_s_own_records_and_notebooks_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert record.course_folder() == ROOT / "docs" / "results"
    for lesson in lessons.descriptions().values():
        assert lesson.notebook().is_file() and len(lesson.code()) == 12
    monkeypatch.setattr(settings, "project_root", lambda: None)
    assert record.course_folder().parent == Path(record.__file__).parent
    assert lessons.find("00").code() == ""


@pytest.mark.parametrize("error", [float("nan"), float("inf")])
def test_what_is_no_result_is_left_out_and_the_rest_is_kept(error, capsys):
    known = {**KNOWN, "other": KNOWN["error"]}
    path = record.write("01_toy", {"error": error, "other": 1}, known=known, dataset="mnist")
    assert json.loads(path.read_text())["metrics"].keys() == {"other"}
    assert capsys.readouterr().out == f"error is {error}, which is no result: it is left out.\n"


def test_an_unknown_metric_is_refused(folder):
    with pytest.raises(ValueError, match="no metric made_up"):
        record.write("01_toy", {"made_up": 1.0}, known=KNOWN, dataset="mnist")
    assert not folder.exists()


def test_what_is_being_written_is_no_record_yet(folder, capsys):
    path = write()
    for text in (path.read_text(), path.read_text()[:40]):
        (folder / f"{files.PART}0123456789ab-{path.name}").write_text(text)
        assert len(record.read(folder)) == 1 and not capsys.readouterr().out
    assert f"{files.PART}*" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("text", ["", '{"lesson": "01', "[1]", '{"lesson": "01_toy"}', "a folder"])
def test_what_is_no_record_is_passed_over_and_in_the_course_an_error(
    text, folder, monkeypatch, capsys
):
    kept, broken = write(), write(seed=3)
    broken.unlink()
    broken.mkdir() if text == "a folder" else broken.write_text(text)
    assert [entry["seed"] for entry in record.read(folder)] == [2]
    assert capsys.readouterr().out == f"{broken} is no record, and is passed over.\n"
    assert record.is_written("01_toy", dataset="mnist", seed=2)
    assert not record.is_written("01_toy", dataset="mnist", seed=3)
    monkeypatch.setattr(record, "course_folder", lambda: folder)
    with pytest.raises(ValueError, match=f"{broken.name} is no record"):
        record.read(folder)
    assert kept.is_file()


def test_what_is_written_is_known_by_name_data_set_seed_profile_and_code(monkeypatch):
    assert not record.is_written("01_toy", dataset="mnist")
    write(code="abc")
    assert record.is_written("01_toy", dataset="mnist")
    assert record.is_written("01_toy", dataset="mnist", code="abc")
    for other in ({"seed": 3}, {"dataset": "drawn"}, {"code": "other"}):
        assert not record.is_written("01_toy", **{"dataset": "mnist", **other})
    monkeypatch.setenv("AECOURSE_PROFILE", "fast")
    assert not record.is_written("01_toy", dataset="mnist")


def test_values_are_those_of_one_data_set_and_profile(folder, monkeypatch):
    for seed, error, dataset in ((0, 0.1, "mnist"), (1, 0.2, "mnist"), (0, 0.3, "drawn")):
        write(seed=seed, error=error, dataset=dataset)
    monkeypatch.setenv("AECOURSE_PROFILE", "fast")
    write(seed=0, error=0.4)
    records = record.read(folder)
    assert record.values(records, "error", dataset="mnist") == [0.1, 0.2]
    assert record.values(records, "error", dataset="drawn") == [0.3]
    assert record.values(records, "another", dataset="mnist") == []


def test_an_experiment_is_recorded_under_its_lesson_with_the_code_of_its_script():
    script = ROOT / "experiments" / "drawn_transfer.py"
    how = dict(dataset="mnist", script=str(script), seed=5)
    path = lessons.record_experiment("drawn_transfer", **how, drawn_to_mnist_accuracy=0.9)
    found = json.loads(path.read_text())
    assert (found["script"], found["code"]) == (script.name, code.code_of(script))
    assert (found["dataset"], found["seed"]) == ("mnist", 5)
    with pytest.raises(ValueError, match="No lesson has an experiment 'made_up'"):
        lessons.record_experiment("made_up", **how)
    with pytest.raises(ValueError, match="no metric made_up"):
        lessons.record_experiment("drawn_transfer", **how, made_up=1)


EDITED = """
from pathlib import Path
from aecourse import lessons
path = Path(__file__)
path.write_text(path.read_text() + "more = 1\\n")  # as while it trains
lessons.record_experiment("drawn_transfer", dataset="mnist", script=__file__)
"""


def test_an_experiment_that_is_edited_while_it_trains_names_the_code_that_ran(folder, tmp_path):
    script = tmp_path / "experiments" / "drawn_transfer.py"
    script.parent.mkdir()
    script.write_text(EDITED)
    begun = code.code_of(script)
    subprocess.run([sys.executable, script], check=True, cwd=tmp_path)
    (found,) = record.read(folder)
    assert found["code"] == begun != code.code_of(script)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "kept"
    path.write_text("old")

    def half(part):
        part.write_text("ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.replace(path, half)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name, advised", [("runs/01/a", True), ("runs-b/a", False), ("a", False)])
@pytest.mark.parametrize("given", ["absolute", "relative"])
def test_a_file_among_the_runs_that_cannot_be_written_names_their_variable(
    tmp_path, monkeypatch, name, advised, given
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)  # a relative folder is there
    monkeypatch.setenv("AECOURSE_RUNS", "runs" if given == "absolute" else str(tmp_path / "runs"))
    path = tmp_path / name if given == "absolute" else Path(name)
    said = str(files.unwritable(OSError("disk full"), path))
    assert said.startswith(f"disk full: {path}. ") and said.endswith(".")
    assert ("set AECOURSE_RUNS" in said) == ("Epochs" in said) == advised


def test_two_processes_that_write_one_file_do_not_disturb_each_other(tmp_path):
    write = (
        "from aecourse import files; from pathlib import Path\n"
        f"for i in range(500): files.replace_text(Path({str(tmp_path / 'kept')!r}), 'x' * 2000)"
    )
    both = [subprocess.Popen([sys.executable, "-c", write]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert (tmp_path / "kept").read_text() == "x" * 2000
    assert len(list(tmp_path.iterdir())) == 1


# The code that a result depends on.


def notebook(path, *sources, exercise=""):
    v4 = nbformat.v4
    cells = [v4.new_code_cell(source) for source in sources]
    cells.append(v4.new_code_cell(f"def f(a):\n    return ...{exercise}\n\n\nlesson.check(f)"))
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


USES = """
from aecourse import plots
from aecourse.models import GAN
x = 1
plots.bars({'a': x}, xlabel='b')
"""


def test_layout_comments_texts_and_exercises_do_not_count(tmp_path):
    one = code.code_of(notebook(tmp_path / "a.ipynb", USES))
    same = USES.replace("x = 1", "# why\nx = (\n    1\n)\n'a text'")
    assert code.code_of(notebook(tmp_path / "b.ipynb", same, exercise="  # hm")) == one
    assert code.code_of(notebook(tmp_path / "c.ipynb", USES.replace("1", "2"))) != one
    plain = "def f(a):\n    return a\n"
    noisy = "def f(a: Any) -> int:\n    'Says.'\n    return a\n"
    typed = f"from typing import Any\nfrom collections.abc import Sequence\n{noisy}"
    texts = plain, noisy, typed, f"from math import pi\n{plain}"
    digits = [code.code_of(notebook(tmp_path / f"{i}.ipynb", text)) for i, text in enumerate(texts)]
    assert len(set(digits[:3])) == 1 and digits[3] != digits[0]


def test_what_the_fast_profile_takes_instead_does_not_count(tmp_path):
    def digits(value):
        return code.code_of(notebook(tmp_path / "a.ipynb", f"sizes = {value}\nbuild(sizes)"))

    one = digits("(384, 256)")
    assert digits("profile.pick(fast=(64,), full=(384, 256))") == one
    assert digits("profile.pick(full=(384, 256), fast=())") == one
    assert digits("profile.pick(fast=(384, 256), full=(64,))") != one


def test_how_fast_batches_come_does_not_count_and_which_does(tmp_path):
    def digits(value):
        return code.code_of(notebook(tmp_path / "a.ipynb", f"learn({value})"))

    one = digits("data.batch(2)")
    fast = "with_options(settings.untuned(tf.data.Options()))"
    assert digits(f"data.batch(2).{fast}") == digits(f"data.{fast}.batch(2).{fast}") == one
    assert digits(f"profile.pick(fast=1, full=data.batch(2).{fast})") == one
    for other in (f"data.batch(3).{fast}", "data.batch(2).with_options(order)"):
        assert digits(other) != one


def test_it_counts_the_modules_that_are_used_and_no_others(tmp_path):
    used = code.used_modules(notebook(tmp_path / "a.ipynb", USES))
    assert {"backend", "models/base", "models/gan", "models/losses", "models/phases"} <= set(used)
    assert not [name for name in used if name.split("/")[0] in ("plots", "lessons", "results")]
    assert "models/variational" not in used and "training/run" not in used
    whole = "from aecourse import datasets, metrics\ndatasets.load()\nmetrics.psnr(1, 2)"
    used = code.used_modules(notebook(tmp_path / "b.ipynb", whole))
    assert {"datasets/__init__", "datasets/drawn", "metrics/images"} <= set(used)
    assert "metrics/likelihood" not in used
    named = "import aecourse.metrics.images\nimport numpy.linalg\nfrom aecourse.gone import away"
    assert code.used_modules(notebook(tmp_path / "c.ipynb", named)) == ["metrics/images"]


def test_what_an_experiment_takes_from_another_counts(tmp_path):
    path, other = tmp_path / "a.py", tmp_path / "b.py"
    path.write_text("from b import c\nfrom gone import d\nprint(c)")
    other.write_text("from aecourse.models import GAN\nc = 1")
    assert "models/gan" in code.used_modules(path)
    one = code.code_of(path)
    other.write_text("from aecourse.models import GAN\nc = 2")
    assert one != code.code_of(path) != code.code_of(other)


def test_a_changed_line_of_a_used_module_counts_and_its_docstring_does_not(tmp_path, monkeypatch):
    path, package = notebook(tmp_path / "a.ipynb", USES), tmp_path / "aecourse"
    for module in (ROOT / "aecourse").rglob("*.py"):
        copy = package / module.relative_to(ROOT / "aecourse")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(module.read_bytes())
    before = code.code_of(path)
    monkeypatch.setattr(code, "_PACKAGE", package)
    assert code.code_of(path) == before

    def changed(name, old, new):
        module = package / name
        text = module.read_text(encoding="utf-8")
        assert old in text
        module.write_text(text.replace(old, new, 1), encoding="utf-8")
        found = code.code_of(path)
        module.write_text(text, encoding="utf-8")
        return found != before

    for name in code.used_modules(path):
        module = package / f"{name}.py"
        text = module.read_text(encoding="utf-8")
        module.write_text(text + "\n_more = 1\n", encoding="utf-8")
        assert code.code_of(path) != before, name
        module.write_text(text, encoding="utf-8")
    assert changed("models/losses.py", "0.5 *", "0.25 *")
    assert not changed("models/gan.py", '"""', '"""Once more: ')
    assert not changed("training/pipeline.py", "STEPS_AT_ONCE = 16", "STEPS_AT_ONCE = 8")
    assert not changed("plots/style.py", "import", "import math\nimport")


SOURCE = """
@f(1)
class A(B, c=1):
    x: int = 3

    async def g(self, *a, b=None, **c) -> int:
        async with d as e:
            return [f"{a!r:>9} {{}} {b}", *c, -1.5, 1j, b"q", ...]

for i in ():
    pass
else:
    lambda x, /, y=0: (yield)
match x:
    case {"a": [1, *_], **r} if r:
        del x
"""


def test_the_digits_are_the_same_on_every_python(tmp_path):
    """Python 3.12 and 3.13 add fields to syntax trees and leave others out. All three that run the
    course gave these digits."""
    path = tmp_path / "a.py"
    path.write_text(SOURCE)
    assert code.code_of(path) == "ae18d9f3bb0d"
