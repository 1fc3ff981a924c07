"""Two replicas of a model make the update of one, where that is well defined: no dropout, the
same fixed draws everywhere, equal shards, plain gradient descent."""

import json
import os
from pathlib import Path
import re
import socket
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import contextlib, io, sys
import keras, tensorflow as tf, numpy as np
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from aecourse.models import (
    GAN, AdversarialAutoencoder, Autoencoder, ConditionalVAE, SemiSupervisedAAE,
    VariationalAutoencoder,
)
from aecourse.networks import (
    build_conditional_decoder, build_conditional_encoder, build_dense_decoder,
    build_dense_discriminator, build_dense_encoder, build_parallel_dense,
)
from aecourse.priors import Categorical, Gaussian
from aecourse.training import batches


def build(kind, compiling):
    keras.utils.set_random_seed(0)
    seen = dict(metrics=["mean_absolute_error"], **compiling)
    few = kind == "few labels"
    encoder = build_dense_encoder(
        2, hidden=(16,), gaussian=kind == "variational", **(dict(classes=10) if few else {})
    )
    decoder = build_dense_decoder(
        12 if few else 2, hidden=(16,), classes=10 if kind == "labeled" else 0
    )
    if kind == "plain":
        model = Autoencoder(encoder, decoder)
        model.compile(keras.optimizers.SGD(0.5), "mean_squared_error", **seen)
    elif kind in ("variational", "conditional"):
        if kind == "conditional":
            how = dict(condition=10, hidden=(16,))
            networks = build_conditional_encoder(2, **how), build_conditional_decoder(2, **how)
            model = ConditionalVAE(*networks)
        else:
            model = VariationalAutoencoder(encoder, decoder)
        model.sample = lambda mean, log_var: mean + 0.3 * tf.exp(0.5 * log_var)
        # Keras (3.15) builds compiled metrics on several devices from the images alone.
        told = compiling if kind == "conditional" else seen
        model.compile(optimizer=keras.optimizers.SGD(0.001), **told)
    elif kind == "games":
        networks = [build_parallel_dense((0, 1), hidden=(6,), name=name) for name in "GD"]
        model = GAN(*networks, gradient_penalty=[0.0, 1.0])
        optimizers = {p: keras.optimizers.SGD(0.1) for p in model.PHASES}
        model.compile(optimizers=optimizers, **compiling)
    elif few:
        corners, cloud = Categorical(), Gaussian(dim=2)
        corners.sample = lambda count, seed: tf.one_hot(tf.zeros(count, tf.int32), 10)
        cloud.sample = lambda count, seed: 0.7 * tf.ones((count, 2))
        judges = [build_dense_discriminator(dim, hidden=(8,)) for dim in (10, 2)]
        plain = keras.layers.Identity()
        model = SemiSupervisedAAE(encoder, decoder, *judges, corners, cloud, plain)
        optimizers = {p: keras.optimizers.SGD(0.001) for p in model.PHASES}
        model.compile(optimizers=optimizers, **compiling)
    else:
        rising = keras.optimizers.schedules.PolynomialDecay(0.0, 10, end_learning_rate=5.0)
        prior, classes = Gaussian(dim=2), 10 if kind == "labeled" else 0
        prior.sample = lambda count, seed, labels: 0.7 * tf.ones((count, 2))
        model = AdversarialAutoencoder(
            encoder, decoder, build_dense_discriminator(2, hidden=(8,), classes=classes), prior,
            schedules={"generator": rising},
        )
        optimizers = {p: keras.optimizers.SGD(0.001) for p in model.PHASES}
        model.compile(optimizers=optimizers, **compiling)
    return model


def losses_of(kind, model, replicas):
    images = np.random.default_rng(0).random((24, 28, 28)).astype("float32")
    labels = np.arange(24, dtype="int32") % 10 if kind in ("labeled", "conditional") else None
    how = dict(epochs=2, shuffle=False, verbose=0)
    if kind == "games":  # an example is a whole minibatch: each replica gets one, half as large
        values = np.random.default_rng(0).random((2, 6, 20, 2)).astype("float32")
        values = values.reshape(2, 6 * replicas, 20 // replicas, 2)
        return model.fit(*values, batch_size=replicas, **how).history
    if kind == "few labels":
        digits = np.arange(24, dtype="int32") % 10
        first = batches(images, batch_size=8, seed=0)
        second = batches(images, digits, batch_size=8, seed=1)
        zipped = tf.data.Dataset.zip(first, second)
        return model.fit(zipped, steps_per_epoch=3, **how).history
    return model.fit(images, labels, batch_size=8, **how).history


def train(kind, compiling, strategy, path):
    replicas, printed = strategy.num_replicas_in_sync, io.StringIO()
    with contextlib.redirect_stdout(printed), strategy.scope():
        model = build(kind, compiling)
        losses = losses_of(kind, model, replicas)
    weights = {f"arr_{i}": w for i, w in enumerate(model.get_weights())}
    told = printed.getvalue()
    np.savez(path, replicas=replicas, loss=list(losses.values()), printed=told, **weights)


strategies = [tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(n)]) for n in (1, 2)]
for asked in sys.argv[2:]:
    kind, _, compiling = asked.partition("+")
    for count, strategy in enumerate(strategies, 1):
        path = f"{sys.argv[1]}/{asked}-{count}.npz"
        train(kind, dict(jit_compile=True) if compiling else {}, strategy, path)
"""
KINDS = "plain", "variational", "conditional", "adversarial", "labeled", "few labels", "games"
WITH_XLA = "plain+XLA", "adversarial+XLA"


PAGE = (Path(__file__).parents[2] / "docs" / "DEVICES.md").read_text(encoding="utf-8")
ONE_LINE, SEVERAL_MACHINES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)

ADVERSARIAL = """
import sys, keras, numpy as np
from aecourse.backend import tf
from aecourse.models import AdversarialAutoencoder
from aecourse.networks import build_dense_decoder, build_dense_discriminator, build_dense_encoder
from aecourse.priors import Gaussian

def build():
    keras.utils.set_random_seed(0)
    networks = [
        make(2, hidden=(16,))
        for make in (build_dense_encoder, build_dense_decoder, build_dense_discriminator)
    ]
    prior = Gaussian(dim=2)
    prior.sample = lambda count, seed, labels: 0.7 * tf.ones((count, 2))
    model = AdversarialAutoencoder(*networks, prior)
    model.compile(optimizers={p: keras.optimizers.SGD(0.001) for p in model.PHASES})
    return model

images = np.random.default_rng(0).random((24, 28, 28)).astype("float32")
"""

FITTED = (
    ADVERSARIAL
    + """
from aecourse.training import Run
replicas = tf.distribute.get_strategy().num_replicas_in_sync
for train in (True, False):
    model = build()
    history = Run("devices").fit(model, images, epochs=2, batch_size=8, train=train)
losses = [history[phase] for phase in model.PHASES]
np.savez(sys.argv[1], *model.get_weights(), replicas=replicas, loss=losses)
"""
)

WITH_THE_LINE = (
    """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
"""
    + ONE_LINE.replace("MirroredStrategy()", 'MirroredStrategy(["CPU:0", "CPU:1"])')
    + FITTED
)

ON_SEVERAL_MACHINES = (
    ADVERSARIAL
    + "EPOCHS, BATCH_SIZE = 2, 8\n"
    + SEVERAL_MACHINES
    + """
losses = [float(metric.result()) for metric in model.metrics]
replicas = strategy.num_replicas_in_sync
np.savez(sys.argv[1], *model.get_weights(), replicas=replicas, loss=losses)
"""
)


def start(program, *arguments, **variables):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **variables},
    )


def ended(*processes):
    """What each of them printed."""
    printed = []
    for process in processes:
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors[-2000:]
        printed.append(output)
    return printed


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A function (kind) -> what its training has in the end on one replica, and on two.

    All are trained in one process, which takes seconds to start, and on the same two strategies:
    TensorFlow mixes up the collectives of several with two replicas."""
    folder = tmp_path_factory.mktemp("trained")
    ended(start(PROGRAM, folder, *KINDS, *WITH_XLA))
    return lambda kind: [np.load(folder / f"{kind}-{count}.npz") for count in (1, 2)]


def assert_same_training(one, two):
    np.testing.assert_allclose(one["loss"], two["loss"], rtol=1e-4)
    for name in set(one.files) - {"loss", "replicas", "printed"}:
        np.testing.assert_allclose(one[name], two[name], atol=2e-6, err_msg=name)


@pytest.mark.parametrize("kind", [*KINDS, *WITH_XLA])
def test_two_replicas_give_the_update_of_one(kind, trained):
    one, two = trained(kind)
    assert (int(one["replicas"]), int(two["replicas"])) == (1, 2)
    assert_same_training(one, two)


@pytest.mark.parametrize("kind", [*KINDS, *WITH_XLA])
def test_where_xla_is_asked_for_two_replicas_do_without_it_and_say_so(kind, trained):
    one, two = trained(kind)
    line = "jit_compile is turned off: XLA does not train on 2 replicas at once."
    said = [line] if kind in WITH_XLA else []
    assert (str(one["printed"]), str(two["printed"]).splitlines()) == ("", said)


def test_one_line_makes_a_run_train_on_two_devices_and_reload(tmp_path, monkeypatch):
    paths = tmp_path / "1.npz", tmp_path / "2.npz"
    both = start(WITH_THE_LINE, paths[1], AECOURSE_RUNS=str(tmp_path / "2"))
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path / "1"))
    monkeypatch.setattr(sys, "argv", ["", paths[0]])
    exec(FITTED, {})  # without the line, and here: a process takes seconds to start
    ended(both)
    one, two = map(np.load, paths)
    assert (int(one["replicas"]), int(two["replicas"])) == (1, 2)
    assert_same_training(one, two)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def workers(count, folder):
    """The page's loop in as many processes, each a worker; what each of them has in the end."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(count)]}
    paths = [folder / f"{count}-{index}.npz" for index in range(count)]
    ended(
        *(
            start(
                ON_SEVERAL_MACHINES,
                path,
                TF_CONFIG=json.dumps(
                    {"cluster": cluster, "task": {"type": "worker", "index": index}}
                ),
            )
            for index, path in enumerate(paths)
        )
    )
    return [np.load(path) for path in paths]


def test_two_workers_give_the_update_of_one(tmp_path):
    (one,), (first, second) = workers(1, tmp_path), workers(2, tmp_path)
    assert (int(one["replicas"]), int(first["replicas"])) == (1, 2)
    assert_same_training(one, first)
    assert_same_training(first, second)
