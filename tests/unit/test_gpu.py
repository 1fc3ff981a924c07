"""What a GPU needs and a machine without one can test: memory grows, a step stays on its device,
and neither lessons nor package say where anything runs."""

import ast
from functools import cache
import json
from pathlib import Path
import re
import subprocess
import sys

from aecourse import models
from aecourse.backend import keras, tf
from aecourse.models import GAN
from aecourse.networks import build_parallel_dense
from aecourse.training import set_seed
from aecourse.training.pipeline import Epochs, InMemory
import numpy as np
import pytest
from test_door import FAMILIES, IMAGES, LABELS

ROOT = Path(__file__).parents[2]
VALUES = np.random.default_rng(0).random((4, 6, 2), "float32")
GPUS = """
import sys
from unittest.mock import MagicMock
tf = MagicMock()
sys.modules.update(tensorflow=tf, keras=MagicMock())  # what is called is what counts
set_to, gpus = {}, ["first GPU", "second GPU"]
tf.config.list_physical_devices = lambda kind=None: gpus if kind == "GPU" else []
tf.config.experimental.set_memory_growth = set_to.__setitem__
import aecourse.backend
print(set_to)
"""


def test_the_memory_of_every_gpu_grows_on_demand():
    found = subprocess.run([sys.executable, "-c", GPUS], capture_output=True, text=True, cwd=ROOT)
    assert found.stdout.strip() == "{'first GPU': True, 'second GPU': True}", found.stderr[-2000:]


# A training step.


def gan():
    model = GAN(
        *(build_parallel_dense((0, 1), hidden=(4,), name=name) for name in "GD"),
        gradient_penalty=[0.0, 1.0],
    )
    model.compile()
    return model


GIVEN = {build: given(IMAGES, LABELS) for build, given in FAMILIES.items()}
GIVEN |= {gan: dict(x=VALUES, y=VALUES)}
families = pytest.mark.parametrize("build", GIVEN, ids=lambda build: build.__name__)


def ops_of(function, *given):
    """The operations of a traced function, and of all functions that it calls."""
    graph = tf.function(function).get_concrete_function(*given).graph.as_graph_def()
    return [*graph.node, *(node for each in graph.library.function for node in each.node_def)]


def epochs_of(given, on_device):
    """The batches that `Run.fit` makes of what it is given."""
    first = (given["x"], given["y"]) if "y" in given else given["x"]
    whole = [first, given["labeled"]] if "labeled" in given else [first]
    streams = [InMemory(each, batch_size=2, seed=0, stream=n) for n, each in enumerate(whole)]
    return Epochs(streams, steps=2, on_device=on_device)


@pytest.mark.parametrize("on_device", [False, True])
def test_nothing_is_tuned_that_could_hold_up_the_end_of_an_epoch(on_device):
    """TensorFlow's tuning thread may sleep on after the last batch; see `settings.untuned`."""
    data = InMemory(IMAGES, batch_size=2, seed=0)
    epochs = Epochs([data], steps=2, on_device=on_device).dataset()
    assert epochs.options().autotune.enabled is False


@cache
def kinds_and_places(build):
    """The kinds of operations in a family's step, and where they say that they run. As `Run.fit`
    has the step on a GPU: it looks its batch up in a copy there."""
    set_seed(0)
    model, epochs = build(), epochs_of(GIVEN[build], on_device=True)
    numbers = tuple(tf.constant([0, 1]) for _ in epochs.streams)
    with epochs.gathered_by(model):
        model.train_step(numbers)  # the optimizers' variables are made
        ops = ops_of(model.train_step, numbers)
    return {op.op for op in ops}, {op.device for op in ops}


IN_PYTHON = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


def test_every_family_of_the_course_is_here():
    classes = {type(build()) for build in GIVEN}
    known = {each for each in vars(models).values() if isinstance(each, type)}
    assert {each for each in known if issubclass(each, keras.Model)} <= classes


@families
def test_a_step_with_its_data_on_the_device_asks_nothing_of_python(build):
    kinds, places = kinds_and_places(build)
    assert "GatherV2" in kinds and kinds & {"MatMul", "Einsum"}
    assert not kinds & IN_PYTHON and places == {""}


def test_a_step_that_asked_python_would_be_found():
    epochs = epochs_of(dict(x=IMAGES), on_device=False)
    assert IN_PYTHON & {op.op for op in ops_of(epochs.find, (tf.constant([0, 1]),))}


def without_gpu(kinds):
    """Those of the operations that TensorFlow has for a CPU alone."""
    from tensorflow.python.framework import kernels  # no public name

    found = {kind: kernels.get_registered_kernels_for_op(kind).kernel for kind in kinds}
    places = {kind: {kernel.device_type for kernel in known} for kind, known in found.items()}
    return {kind for kind, where in places.items() if where and not where & {"GPU", "DEFAULT"}}


@pytest.mark.skipif(not tf.test.is_built_with_cuda(), reason="a TensorFlow that knows no GPU")
@families
def test_a_gpu_has_every_operation_of_a_step(build):
    kinds, _ = kinds_and_places(build)
    assert without_gpu({*kinds, "StringLength"}) == {"StringLength"}


# What is written.


def code():
    """(name, code) of the lessons, the package and the experiments."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and "colab" not in cell["metadata"].get("tags", ()):
                lines = "".join(cell["source"]).splitlines()
                yield path.name, "\n".join(line for line in lines if line[:1] not in ("%", "!"))
    for path in sorted([*ROOT.glob("aecourse/**/*.py"), *ROOT.glob("experiments/*.py")]):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


PLACES = re.compile(r"/?(device:)?(cpu|gpu)(:\d+)?|TF_XLA_FLAGS|CUDA_\w+", re.IGNORECASE)
DEVICES = {"device", "set_visible_devices", "list_logical_devices", "enable_op_determinism"}


def said_of_devices(text):
    """Names of devices, and calls that choose one or slow one down, in a piece of code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if PLACES.fullmatch(node.value):
                yield node.value
        elif isinstance(node, ast.Attribute) and node.attr in DEVICES:
            yield node.attr


def test_neither_lessons_nor_the_package_say_where_something_runs():
    found = [(name, said) for name, text in code() for said in said_of_devices(text)]
    asked = {("aecourse/backend.py", "GPU"), ("aecourse/training/pipeline.py", "GPU")}
    assert set(found) == asked, "these two ask whether there is a GPU"


@pytest.mark.parametrize("text", ["tf.device('/cpu:0')", "x = 'GPU:1'", "tf.device(place)"])
def test_a_place_in_a_lesson_would_be_found(text):
    assert list(said_of_devices(text))


def test_no_lesson_counts_on_xla():
    """Where it is asked for, it is by how long a training is: `jit_compile=long`, never True."""
    for name, text in code():
        for node in ast.walk(ast.parse(text)) if name.endswith(".ipynb") else ():
            if isinstance(node, ast.keyword) and node.arg == "jit_compile":
                assert getattr(node.value, "value", None) is not True, name


def test_the_page_about_devices_names_what_is_installed_for_a_gpu():
    page = (ROOT / "docs" / "DEVICES.md").read_text(encoding="utf-8")
    assert 'pip install "tensorflow[and-cuda]"' in page
