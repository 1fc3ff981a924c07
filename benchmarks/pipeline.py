"""What comes before a training step: batches, drawn digits, start-up.

python benchmarks/pipeline.py [--rounds 5]

Batches: milliseconds and samples a second of `training.batches` on its own, of slices of shuffled
arrays in memory, and of a lesson's step on one batch that repeats. The pipeline makes a batch while
the step before it runs: where pipeline / step is below 1, no step waits for data.
Drawn digits: seconds and memory for all 70 000, drawn and loaded from an npz as small as MNIST's.
Start-up, in fresh processes: `import aecourse` against Python alone; imports and the first training
step of lesson 01 against the same model in plain Keras.

Sides take turns in each of the rounds; what is printed are medians.
"""

import argparse
from functools import partial
from itertools import islice
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc

from aecourse import datasets
from aecourse.backend import tf
from aecourse.datasets import drawn
import numpy as np
from steps import (
    LESSONS,
    course_stream,
    fit,
    in_turns,
    ratio,
    seconds_a_step,
    sliced,
    streams_of,
)

FIRST_STEP = """
import numpy as np
from aecourse.models import Autoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
model = Autoencoder(build_dense_encoder(2), build_dense_decoder(2))
model.compile(optimizer="adam", loss="mean_squared_error")
model.train_on_batch(np.zeros((256, 28, 28), "float32"))
"""
FIRST_STEP_PLAIN = """
import keras
import numpy as np
hidden = [keras.layers.Dense(units, "relu") for units in (1000, 1000, 1000, 1000)]
hidden.insert(2, keras.layers.Dense(2))
ending = keras.layers.Dense(784, "sigmoid"), keras.layers.Reshape((28, 28))
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), *hidden, *ending])
model.compile(optimizer="adam", loss="mean_squared_error")
images = np.zeros((256, 28, 28), "float32")
model.train_on_batch(images, images)
"""


def seconds_a_batch(batches):
    """Of 200 batches, after the first."""
    batches = iter(batches)
    next(batches)
    begun = time.perf_counter()
    for _ in islice(batches, 200):
        pass
    return (time.perf_counter() - begun) / 200


def measure_batches(name, streams, rounds):
    lesson = LESSONS[name]
    pipeline = course_stream(streams, lesson.batch)
    step = fit(lesson.ours(), tf.data.Dataset.from_tensors(next(iter(pipeline))).repeat())
    step(lambda batch: None)  # traced and warm

    def seconds_a_slice():
        made = [sliced(arrays, lesson.batch) for arrays in streams]
        return seconds_a_batch(zip(*made, strict=False))

    sides = {
        "from the pipeline": lambda: seconds_a_batch(pipeline),
        "from slices": seconds_a_slice,
        "used by the step": lambda: seconds_a_step(step),
    }
    seconds = in_turns(sides, rounds)
    print(f"{name}, batches of {lesson.batch}")
    for side, values in seconds.items():
        middle = statistics.median(values)
        print(f"  {side}: {1000 * middle:.2f} ms a batch, {lesson.batch / middle:.0f} a second")
    piped, by_slices, used = seconds.values()
    print(f"  pipeline / slices: {ratio(piped, by_slices):.1f}")
    print(f"  pipeline / step: {ratio(piped, used):.3f}", flush=True)


def seconds_of(function):
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def peak_mb(function):
    """Of what Python and NumPy hold because of it, its result included."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def measure_drawing(digits, rounds):
    def draw():
        return drawn.sample(datasets.TRAIN, "train"), drawn.sample(datasets.TEST, "test")

    def load():
        with np.load(path) as saved:
            return [saved[name].astype(np.float32) / np.float32(255) for name in saved]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digits.npz")
        images = digits.x_train, digits.x_test
        np.savez_compressed(path, *(np.uint8(255 * part + 0.5) for part in images))
        sides = {"drawn": draw, "loaded from an npz": load}
        runs = {name: partial(seconds_of, function) for name, function in sides.items()}
        seconds = in_turns(runs, rounds)
        for name, function in sides.items():
            middle = statistics.median(seconds[name])
            print(f"{name}: {middle:.2f} s, at most {peak_mb(function):.0f} MB at a time")
    result = sum(part.nbytes for part in images) / 1e6
    print(f"  drawn / loaded: {ratio(*seconds.values()):.1f} ({result:.0f} MB are the images)")


def seconds_of_process(code):
    """From its start to its end."""
    root = Path(__file__).resolve().parent.parent
    how = dict(cwd=root, check=True, capture_output=True)
    return seconds_of(lambda: subprocess.run([sys.executable, "-c", code], **how))


def measure_start(rounds):
    pairs = {
        "import aecourse": ("import aecourse", "pass"),
        "first training step": (FIRST_STEP, FIRST_STEP_PLAIN),
    }
    for what, codes in pairs.items():
        sides = dict(zip(("the course", "without it"), codes, strict=True))
        runs = {name: partial(seconds_of_process, code) for name, code in sides.items()}
        seconds = in_turns(runs, rounds)
        course, plain = (statistics.median(values) for values in seconds.values())
        print(f"{what}: {course:.2f} s; without the course {plain:.2f} s", end="; ")
        print(f"ratio {ratio(*seconds.values()):.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    digits = datasets.load("drawn")
    for name, lesson in LESSONS.items():
        measure_batches(name, streams_of(lesson, digits), rounds)
    measure_drawing(digits, rounds)
    measure_start(rounds)


if __name__ == "__main__":
    main()
