"""A trained model outside the course: a file, three lines, another process."""

import os
import subprocess
import sys

from aecourse.models import GAN
from aecourse.networks import build_parallel_dense
from aecourse.training import Run
import numpy as np
import pytest
from test_door import FAMILIES, HOW, IMAGES, LABELS

TOLD = ("adversarial", "conditional")
"""Families that are called with images and labels."""
NOISE = np.linspace(-1, 1, 48, dtype="float32").reshape(24, 2)
THREE_LINES = """
import aecourse.models
import keras
model = keras.saving.load_model({path!r})
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Name of a family -> (the model's file, what the trained model makes of the images)."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AECOURSE_RUNS", str(folder))
        made = {}
        for build, given in FAMILIES.items():
            model, run = build(), Run(build.__name__)
            run.fit(model, **given(IMAGES, LABELS), **HOW)
            inputs = (IMAGES, LABELS) if build.__name__ in TOLD else IMAGES
            made[build.__name__] = run.folder / "model.keras", model.predict(inputs, verbose=0)
        games = GAN(*(build_parallel_dense((0, 1), hidden=(4,)) for _ in range(2)))
        games.compile()
        run = Run("gan")
        run.fit(games, NOISE[None], NOISE[None], batch_size=1, epochs=1)
        made["gan"] = run.folder / "model.keras", games.predict(NOISE, verbose=0)
    return made


def test_every_family_is_loaded_by_three_lines_in_a_fresh_process(files, tmp_path):
    """One process for each would take a minute; each loads before anything else is imported."""
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "noise.npy", NOISE)
    code = ["import numpy as np", f"noise = np.load({str(tmp_path / 'noise.npy')!r})"]
    code += [f"images = np.load({str(tmp_path / 'images.npy')!r})"]
    for name, (path, _) in files.items():
        inputs = "(images, np.arange(24) % 3)" if name in TOLD else "images"
        inputs = "noise" if name == "gan" else inputs
        code += [
            THREE_LINES.format(path=str(path)),
            f"found = model.predict({inputs}, verbose=0)",
            f"np.save({str(tmp_path / name)!r}, found)",
        ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name, (_, expected) in files.items():
        found = np.load(tmp_path / f"{name}.npy")
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)
