"""A learner's first hour: the README's commands as they stand, runs, minutes, `git pull`."""

from contextlib import suppress
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from urllib.request import Request, urlopen

from aecourse import __main__ as command_line
from aecourse import machine, runs, settings
from aecourse.lessons import Lesson, Minutes, descriptions
from aecourse.models import Autoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
from aecourse.training import Run
from browser import browser, free_port, needs_chromium, started, until
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelspec import get_kernel_dict
import nbformat
import numpy as np
import pytest
from test_house import PAGES, ROOT, command, targets

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
posix = pytest.mark.skipif(os.name != "posix", reason="the bash commands are for Linux and macOS")


# JupyterLab, as the README opens it.


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Asks the JupyterLab that the README's command opens in a folder like a fresh checkout."""
    home = tmp_path_factory.mktemp("home")
    checkout = home / "course"
    checkout.mkdir()
    for path in ROOT.iterdir():
        if path.name not in (".venv", ".git"):
            (checkout / path.name).symlink_to(path)
    (checkout / ".venv").symlink_to(sys.prefix)
    server = {"open_browser": False, "port": free_port(), "ip": "127.0.0.1", "allow_root": True}
    quiet = {"ServerApp": server, "IdentityProvider": {"token": "word"}}
    (home / "jupyter_server_config.json").write_text(json.dumps(quiet))
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command('open').split('&& ')[-1]}"],
        cwd=checkout,
        env={**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "SHELL": "bash"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"127.0.0.1:{server['port']}"

    def ask(path, **sent):
        data = json.dumps(sent).encode() if sent else None
        header = {"Authorization": "token word"}
        with urlopen(Request(f"http://{address}/api/{path}", data, header)) as answer:
            return json.load(answer)

    ask.address = address
    try:
        until(lambda: ask("status"), seconds=120)
        yield ask
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@posix
def test_what_a_test_started_is_ended_even_where_it_does_not_want_to(tmp_path):
    ready = tmp_path / "ready"
    deaf = f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(ready)!r}, 'w')"
    command = [sys.executable, "-c", f"{deaf}; time.sleep(60)"]
    with started(*command, home=tmp_path, patience=0.5) as process:
        until(ready.exists)
    assert process.poll() == -signal.SIGKILL


@posix
def test_every_link_opens_in_the_jupyterlab_of_the_readme(lab):
    assert lab("contents/docs")["type"] == "directory"
    for page in PAGES:
        for path, _ in [(page, ""), *targets(page)]:
            found = path.relative_to(ROOT).as_posix()
            assert lab(f"contents/{found}?content=0")["path"] == found


@posix
@needs_chromium
def test_a_link_of_a_lesson_opens_when_it_is_clicked(lab, tmp_path):
    with browser(tmp_path) as page:
        page.open(f"http://{lab.address}/lab/tree/notebooks/00_start_here.ipynb?token=word")
        page.click(".jp-RenderedMarkdown a[href*='docs/FAQ.md']")
        tabs = "[...document.querySelectorAll('.lm-TabBar-tabLabel')].map(tab => tab.innerText)"
        until(lambda: "FAQ.md" in (page.value(tabs) or ()))


@posix
@pytest.mark.parametrize("folder", [".", "notebooks"])
def test_the_command_for_tensorboard_works_in_a_terminal_in_any_folder(lab, folder):
    import websocket

    name = lab("terminals", cwd=folder)["name"]
    address = f"ws://{lab.address}/terminals/websocket/{name}"
    shown, socket = "", websocket.create_connection(address, header=["Authorization: token word"])
    socket.settimeout(60)
    socket.send(json.dumps(["stdin", f"{command('tensorboard')} --help; exit\r"]))
    while "usage: python -m aecourse tensorboard" not in shown:
        kind, *said = json.loads(socket.recv())
        assert kind != "disconnect", shown
        shown += "".join(said) if kind == "stdout" else ""
    socket.close()


def test_both_systems_have_the_same_command_for_tensorboard():
    bash, shell = command("tensorboard"), command("tensorboard, Windows")
    bash = bash.replace("$JUPYTER", "$env:JUPYTER").replace("/bin/", "/Scripts/")
    assert f"& {bash}" == shell.replace("\\", "/")


STOPS = [signal.SIGTERM, signal.SIGINT] if os.name == "posix" else [signal.SIGTERM]


@pytest.mark.parametrize("stop", STOPS)
def test_tensorboard_shows_the_runs_from_any_folder_and_nothing_serves_after_it(tmp_path, stop):
    port = free_port()
    options = ["-m", "aecourse", "tensorboard", f"--port={port}"]
    group = {"start_new_session": True} if os.name == "posix" else {}
    before = signal.signal(stop, signal.SIG_DFL)  # a shell's `&` has children ignore SIGINT
    try:
        process = subprocess.Popen(
            [sys.executable, *options], cwd=tmp_path, stderr=subprocess.DEVNULL, **group
        )
    finally:
        signal.signal(stop, before)
    try:
        address = f"http://localhost:{port}/data/environment"
        with until(lambda: urlopen(address), seconds=120) as answer:
            assert json.load(answer)["data_location"] == str(settings.runs_folder())
        process.send_signal(stop)  # to it alone, as `kill` does
        process.wait(30)
        with pytest.raises(OSError):
            urlopen(address, timeout=10)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
        process.wait(30)


def test_nothing_tells_a_learner_the_command_that_is_not_found():
    for path in [*PAGES, ROOT / "requirements.txt"]:
        assert "tensorboard --logdir" not in path.read_text(encoding="utf-8"), path


# Runs.


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    """A folder with a finished run of lesson 01 and one of 02, interrupted in epoch 3."""
    folder = tmp_path_factory.mktemp("trained")

    def model():
        networks = build_dense_encoder(2, hidden=()), build_dense_decoder(2, hidden=())
        made = Autoencoder(*networks)
        made.compile(optimizer="adam", loss="mean_squared_error")
        return made

    def stop(epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    from keras.callbacks import LambdaCallback

    images, how = np.zeros((8, 28, 28), np.float32), dict(epochs=4, batch_size=4)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AECOURSE_RUNS", str(folder))
        Run("01_autoencoder", part="plane").fit(model(), images, **how)
        with pytest.raises(KeyboardInterrupt):
            stopping = [LambdaCallback(on_epoch_begin=stop)]
            Run("02_denoising", noise=0.5).fit(model(), images, callbacks=stopping, **how)
    return folder


@pytest.fixture
def two_runs(trained_once, monkeypatch, tmp_path):
    """The folders of these two runs; a test may delete them."""
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    shutil.copytree(trained_once, tmp_path, dirs_exist_ok=True)
    return runs.found()


def test_runs_are_listed_with_lesson_parameters_profile_state_and_size(two_runs, capsys):
    assert command_line.main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()[-4:]
    assert lines[::2] == ["01_autoencoder", "02_denoising"]
    for line, words in zip(
        lines[1::2],
        (
            "part=plane +fast .* MB  finished after epoch 4",
            "noise=0.5 +fast .* interrupted after epoch 2",
        ),
        strict=True,
    ):
        assert re.fullmatch(rf"  {time.strftime('%Y')}\d{{4}}-\d{{6}}_{words}", line), line
    bytes_kept = sum(path.stat().st_size for path in two_runs[0].rglob("*") if path.is_file())
    assert runs.megabytes(two_runs[0]) == bytes_kept / 1e6
    (two_runs[1] / "checkpoint.npz").unlink()
    assert "cannot be resumed" in runs.state(two_runs[1])


@pytest.mark.parametrize("name", ["01", "01_autoencoder", "own", "with lesson"])
def test_a_run_is_deleted_by_its_name_or_its_lesson_and_no_other(two_runs, name, capsys):
    first, second = two_runs
    names = {"own": first.name, "with lesson": f"01_autoencoder/{first.name}"}
    assert command_line.main(["runs", "--yes", "--delete", names.get(name, name)]) == 0
    assert runs.found() == [second] and not first.exists()
    assert "1 deleted" in capsys.readouterr().out


def test_nothing_is_deleted_without_a_yes_or_where_a_name_is_unknown(two_runs, monkeypatch, capsys):
    for answer in ("", "n", "nonsense"):
        monkeypatch.setattr("builtins.input", lambda question, said=answer: said)
        assert command_line.main(["runs", "--delete", "01", "02"]) == 0
        assert capsys.readouterr().out.endswith("Nothing is deleted.\n")
    assert command_line.main(["runs", "--yes", "--delete", "01", "03"]) == 1
    assert "named 03;" in capsys.readouterr().out
    assert runs.found() == two_runs
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert command_line.main(["runs", "--delete", "01", "02"]) == 0
    assert runs.found() == []


@pytest.fixture
def three_runs(monkeypatch, tmp_path):
    """A folder of runs with two of lesson 01 and one of 02, and beside it one of the same names."""
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "runs"))
    for place in ("runs", "elsewhere"):
        for run in ("01_autoencoder/1_a", "01_autoencoder/2_b", "02_denoising/3_c"):
            (tmp_path / place / run).mkdir(parents=True)
            (tmp_path / place / run / "settings.json").touch()
    return tmp_path / "runs"


def left(runs_folder):
    """The names of the runs in a folder, a run's alone."""
    return "".join(sorted(path.parent.name[2] for path in runs_folder.glob("*/*/settings.json")))


@pytest.mark.parametrize(
    "place, name, kept",
    [
        (".", "01_autoencoder\\1_a", "bc"),
        (".", "01_autoencoder\\", "c"),
        ("..", "01_autoencoder/", "c"),
        ("..", "01_autoencoder/1_a/", "bc"),
        (".", "./1_a/", "bc"),
        (".", "{runs}/01_autoencoder/1_a", "bc"),
        (".", "{runs}/01_autoencoder/", "c"),
        (".", "{runs}/02_denoising/../01_autoencoder/1_a", "bc"),
        ("..", "runs/01_autoencoder/1_a", "bc"),
        ("../elsewhere", "../runs/01_autoencoder/1_a/", "bc"),
        ("01_autoencoder", "../02_denoising", "ab"),
    ],
)
def test_a_run_is_named_as_terminals_complete_it(three_runs, monkeypatch, place, name, kept):
    monkeypatch.chdir(three_runs / place)
    assert command_line.main(["runs", "--yes", "--delete", name.format(runs=three_runs)]) == 0
    assert left(three_runs) == kept and left(three_runs.parent / "elsewhere") == "abc"


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "*", "{runs}", "{runs}/01_autoencoder/1_a/settings.json", "{runs}/../elsewhere"]
    + ["{runs}/../elsewhere/01_autoencoder/1_a", "../elsewhere/01_autoencoder", "1_a/.."],
)
def test_what_is_no_run_of_the_list_is_not_deleted(three_runs, monkeypatch, name, capsys):
    monkeypatch.chdir(three_runs / "01_autoencoder" if name == "" else three_runs)
    assert command_line.main(["runs", "--yes", "--delete", name.format(runs=three_runs)]) == 1
    assert "nothing is deleted" in capsys.readouterr().out
    assert left(three_runs) == left(three_runs.parent / "elsewhere") == "abc"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, EOFError])
def test_a_question_that_is_broken_off_is_a_no(three_runs, monkeypatch, stop, capsys):
    def broken_off(question):
        raise stop

    monkeypatch.setattr("builtins.input", broken_off)
    assert command_line.main(["runs", "--delete", "01"]) == 0
    assert capsys.readouterr().out.endswith("\nNothing is deleted.\n")
    assert left(three_runs) == "abc"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_where_nothing_can_be_written_nobody_trains(three_runs, monkeypatch, number, capsys):
    def refuse(lock):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(runs.FileLock, "acquire", refuse)
    assert command_line.main(["runs"]) == 0
    assert capsys.readouterr().out.count("broken off") == 3


def test_runs_of_two_places_stand_in_one_order_of_lesson_and_time(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(settings, "runs_folders", lambda: [tmp_path / "b", tmp_path / "a"])
    assert runs.main() == 0 and capsys.readouterr().out.startswith("No runs in ")
    for place, run in (("b", "01/1"), ("a", "02/1"), ("b", "02/2"), ("a", "01/3")):
        (tmp_path / place / run).mkdir(parents=True)
        (tmp_path / place / run / "settings.json").touch()
    assert ["/".join(path.parts[-2:]) for path in runs.found()] == ["01/1", "01/3", "02/1", "02/2"]


def test_a_run_whose_log_was_never_written_has_no_epochs(tmp_path):
    (tmp_path / "checkpoint.npz").touch()
    assert runs.state(tmp_path) == "interrupted after epoch 0"


def test_tensorboard_shows_a_class_the_runs_of_the_checkout_until_it_has_its_own(
    monkeypatch, tmp_path, capsys
):
    places, shown = [tmp_path / "own", tmp_path / "checkout"], []
    monkeypatch.setattr(settings, "runs_folders", lambda: places)
    monkeypatch.setattr(sys, "argv", [])
    board = SimpleNamespace(run_main=lambda: shown.append(sys.argv[2]))
    monkeypatch.setitem(sys.modules, "tensorboard.main", board)
    runs.tensorboard()
    assert "There are no runs" in capsys.readouterr().out
    for place in reversed(places):
        (place / "01" / "1").mkdir(parents=True)
        (place / "01" / "1" / "settings.json").touch()
        runs.tensorboard()
    assert shown == [str(places[0]), str(places[1]), str(places[0])]
    assert not capsys.readouterr().out


def test_a_run_that_cannot_be_deleted_whole_is_still_listed_and_deleted_later(
    three_runs, monkeypatch, capsys
):
    run, rmtree = three_runs / "01_autoencoder" / "1_a", shutil.rmtree
    (run / "logs").mkdir()
    (run / "a.csv").touch()

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(runs.shutil, "rmtree", refuse)
        assert command_line.main(["runs", "--yes", "--delete", "1_a"]) == 1
    assert "Not deleted: 01_autoencoder/1_a: Permission denied" in capsys.readouterr().out
    assert left(three_runs) == "abc" and runs.shutil.rmtree is rmtree
    assert command_line.main(["runs", "--yes", "--delete", "1_a"]) == 0 and not run.exists()


def test_a_log_that_is_damaged_stops_neither_the_list_nor_the_deletion(three_runs, capsys):
    run = three_runs / "01_autoencoder" / "1_a"
    (run / "log.csv").write_bytes(b"epoch,loss\n1,\xff\n")
    assert command_line.main(["runs"]) == 0 and "1_a" in capsys.readouterr().out
    assert command_line.main(["runs", "--yes", "--delete", "1_a"]) == 0 and not run.exists()


def test_a_number_is_that_of_a_lesson_and_no_two_letters_are(three_runs):
    (three_runs / "my_series" / "4_d").mkdir(parents=True)
    (three_runs / "my_series" / "4_d" / "settings.json").touch()
    assert not runs.found("my") and len(runs.found("01")) == 2
    assert len(runs.found("my_series")) == 1


def test_tensorboard_gives_its_status_and_says_where_there_are_no_runs(monkeypatch, capsys):
    def ends(how):
        assert sys.argv == ["tensorboard", "--logdir", str(settings.runs_folder()), "--port=1"]
        raise how

    monkeypatch.setattr(sys, "argv", [])
    kept = [settings.runs_folder() / "01" / "1"]
    ways = ((SystemExit(0), 0, kept), (SystemExit(7), 7, []), (KeyboardInterrupt(), 0, kept))
    for how, status, folders in ways:
        monkeypatch.setattr(runs, "found", lambda folders=folders: folders)
        board = SimpleNamespace(run_main=lambda how=how: ends(how))
        monkeypatch.setitem(sys.modules, "tensorboard.main", board)
        assert runs.tensorboard(["--port=1"]) == status
        assert ("no runs" in capsys.readouterr().out) == (not folders)


def test_a_run_that_trains_in_another_process_is_told_and_left_alone(two_runs, capsys):
    hold = (
        "import sys, time\nfrom filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold, two_runs[1] / "lock"], stdout=subprocess.PIPE
    )
    try:
        other.stdout.readline()
        before = sorted(two_runs[1].rglob("*"))
        assert command_line.main(["runs", "--yes", "--delete", "02", "01"]) == 1
        said = capsys.readouterr().out
        assert "training, epoch 3" in said and "it is training" in said and "1 deleted" in said
        assert sorted(two_runs[1].rglob("*")) == before and not two_runs[0].exists()
    finally:
        other.kill()
        other.communicate()


def test_without_the_installation_a_command_says_what_to_do():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import aecourse.__main__ as command\n"
        "print(command.main(['runs']))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert "not installed in this Python" in found.stdout and found.stdout.endswith("1\n")


# Minutes and ways.


def test_a_machine_that_takes_four_times_as_long_is_told_so(monkeypatch):
    taken = iter(np.arange(0, 9, 4 * machine._PRODUCT_SECONDS))
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(taken))
    products = []
    monkeypatch.setattr(np, "einsum", lambda *given: products.append(given))
    assert machine.pace() == pytest.approx(4)
    for words, left, right in products:
        assert (words, left.shape, right.shape) == ("ij,jk", (64, 784), (784, 64))
    assert products
    monkeypatch.undo()
    assert 0 < machine.pace(0.05) < 1000


@pytest.mark.parametrize("pace, factor", [(0.3, 0.25), (0.75, 1), (1.4, 1), (1.5, 2), (9, 8)])
def test_minutes_are_those_of_the_lessons_times_a_power_of_two(pace, factor):
    table = Minutes(pace)
    cells = re.findall(r">(\d+)</td>", table._repr_html_())
    expected = [(n.minutes, max(1, round(n.minutes * factor))) for n in descriptions().values()]
    assert cells == [str(minutes) for row in expected for minutes in row]
    assert not re.search(r"\d", repr(table)), "plain text is the same on every machine"


def test_the_committed_table_of_minutes_is_not_of_a_busy_machine():
    pages = [
        output.data["text/html"]
        for cell in nbformat.read(NOTEBOOKS[0], 4).cells
        for output in (cell.get("outputs", ()) if "Minutes(" in cell.source else ())
        if "text/html" in output.get("data", {})
    ]
    assert pages and all("About as many minutes" in page for page in pages)


def test_ways_through_the_course_lead_to_sections_that_are_there():
    start = nbformat.read(NOTEBOOKS[0], 4)
    (ways,) = [cell.source for cell in start.cells if "| you have, or want |" in cell.source]
    found = re.findall(r"((?:\[\d\d\]\([^)]+\)(?: and )?)+) as far as \*([^*]+)\*", ways)
    assert len(found) >= 5
    for links, section in found:
        for name in re.findall(r"\(([^)]+)\)", links):
            cells = nbformat.read(ROOT / "notebooks" / name, 4).cells
            text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
            assert re.search(rf"^## \d+ · {re.escape(section)}", text, re.MULTILINE), (
                name,
                section,
            )


def test_a_way_to_one_lesson_leads_through_those_that_it_asks_for():
    start = nbformat.read(NOTEBOOKS[0], 4)
    (ways,) = [cell.source for cell in start.cells if "| you have, or want |" in cell.source]
    rows = [re.findall(r"\[(\d\d)\]", line) for line in ways.splitlines() if "| only " in line]
    assert len(rows) >= 7
    for *before, last in rows:
        (path,) = [path for path in NOTEBOOKS if path.name.startswith(last)]
        said = nbformat.read(path, 4).cells[0].source
        asked = re.search(r"Before you start:\*\* lessons? (\d\d)(?: (to|and) (\d\d))?\b", said)
        first, kind, end = asked[1], asked[2], asked[3] or asked[1]
        numbers = range(int(first), int(end) + 1) if kind == "to" else (int(first), int(end))
        assert {f"{n:02}" for n in numbers} - {"00"} <= set(before), (last, said)


def test_a_line_tells_the_fast_profile_and_no_test_compares_it(monkeypatch, capsys):
    for profile, told in (("fast", True), ("full", False)):
        monkeypatch.setenv("AECOURSE_PROFILE", profile)
        Lesson("01", "drawn")
        assert ("Findings in the text are of full runs" in capsys.readouterr().out) == told
    for path in NOTEBOOKS:
        cells = [c.source for c in nbformat.read(path, 4).cells if "= Lesson(" in c.source]
        assert len(cells) == 1 and "NBVAL" not in cells[0]


# `git pull` after a lesson was opened.


@each_notebook
def test_jupyterlab_saves_a_notebook_as_it_is_committed(path):
    """Neither the order of its parts nor what a kernel tells of itself is a change to git (its
    version of Python is, where that is another)."""
    notebook = nbformat.read(path, 4)
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"
    kernel = get_kernel_dict()
    assert notebook.metadata.kernelspec == {
        "display_name": kernel["display_name"],
        "language": kernel["language"],
        "name": "python3",
    }
    told = notebook.metadata.language_info
    assert {**told, "version": ""} == {**IPythonKernel.language_info, "version": ""}
