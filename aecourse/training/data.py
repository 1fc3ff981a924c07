"""What a training gets, whatever it is made of: arrays in any structure, or a Dataset."""

from aecourse.backend import keras, tf
from aecourse.training import callbacks as ours
from aecourse.training import checkpoint
from aecourse.training.pipeline import Epochs, InMemory, belongs_on_device, several_steps_at_once
import numpy as np

QUIETLY = {"verbose": 0, "shuffle": False}
_EXAMPLES = 256


class Data:
    """What a training gets, whatever it is made of: arrays of one length, or a Dataset.

    steps: batches in an epoch. arrays: what tells this data from other data.
    """

    def __init__(self, x, y, sample_weight, *, labeled, batch_size, seed, steps, held_out=0.0):
        if labeled is not None and y is not None:
            raise ValueError("Give y or labeled, not both: each batch has one target.")
        self.dataset = x if isinstance(x, tf.data.Dataset) else None
        self.given_steps, self.held_out = steps, None
        if self.dataset is not None:
            if held_out or any(p is not None for p in (y, sample_weight, labeled, batch_size)):
                raise ValueError(
                    "x is a Dataset: it brings its targets and its batches itself, so give neither "
                    "y nor sample_weight, labeled, batch_size or validation_split."
                )
            self.steps = steps or int(x.cardinality())
            if self.steps < 1:
                raise ValueError(
                    f"The Dataset has {'no end' if self.steps == -1 else 'no known length'}; "
                    "say by steps_per_epoch how many batches are an epoch."
                )
            self.arrays = [x]
            return
        if sample_weight is not None and y is None:
            y = x
        self.x, self.y, weight = (
            None if part is None else _arrays(part) for part in (x, y, sample_weight)
        )
        parts = [part for part in (self.x, self.y, weight) if part is not None]
        # Several inputs without a target are a tuple in a tuple: Keras takes (a, b) for (x, y).
        whole = tuple(parts) if len(parts) > 1 or isinstance(parts[0], tuple) else parts[0]
        if held_out:
            kept = int(len(keras.tree.flatten(whole)[0]) * (1 - held_out))
            self.held_out = keras.tree.map_structure(lambda array: array[kept:], whole)
            whole = keras.tree.map_structure(lambda array: array[:kept], whole)
        structures = [whole] if labeled is None else [whole, tuple(map(_arrays, labeled))]
        how = dict(batch_size=batch_size or 32, seed=seed)
        self.streams = [InMemory(each, stream=i, **how) for i, each in enumerate(structures)]
        for stream in self.streams:
            lengths = sorted({len(array) for array in stream.arrays})
            if len(lengths) > 1 or lengths[0] == 0:
                what = " and ".join(map(str, lengths))
                raise ValueError(
                    f"There are {what} examples; all arrays need one length, of 1 or more."
                )
        self.arrays = [array for stream in self.streams for array in stream.arrays]
        self.steps = steps or -(-self.streams[0].count // how["batch_size"])

    def build(self, model) -> None:
        """Make all variables that training changes, so that a checkpoint can be loaded."""
        if not model.built:
            x, _ = self.examples(1)
            model(x)
        for optimizer in checkpoint.optimizers_of(model).values():
            if not optimizer.built:
                optimizer.build(model.trainable_variables)

    def examples(self, count=_EXAMPLES) -> tuple:
        """Some examples: (x, y), y None where there is none."""
        if self.dataset is None:
            return tuple(
                None if part is None else keras.tree.map_structure(lambda a: a[:count], part)
                for part in (self.x, self.y)
            )
        batch = next(iter(self.dataset.take(1)))
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        return x, y

    def fit(self, model, *, single, callbacks, **how) -> None:
        """Train: `model.fit` with what it needs for this data."""
        if self.dataset is not None:
            how["steps_per_epoch"] = self.given_steps
            with several_steps_at_once(
                model, self.steps, finite=self.given_steps is None, single=single
            ):
                model.fit(self.dataset, callbacks=callbacks, **{**QUIETLY, **how})
            return
        on_device = belongs_on_device(self.streams) and "class_weight" not in how
        epochs = Epochs(self.streams, steps=self.steps, on_device=on_device)
        callbacks = [ours.Counter(epochs), *callbacks]
        with (
            several_steps_at_once(model, self.steps, finite=True, single=single),
            epochs.gathered_by(model),
        ):
            model.fit(epochs.dataset(), callbacks=callbacks, **{**QUIETLY, **how})


def _arrays(part):
    """A part of the data as arrays: floats in the width Keras computes with, as its own fit has it.
    A tuple or dictionary holds several inputs; a list is one input, given example by example."""
    if isinstance(part, tuple):
        return tuple(map(_arrays, part))
    if isinstance(part, dict):
        return {name: _arrays(value) for name, value in part.items()}
    array = np.asarray(part)
    return array.astype(keras.config.floatx()) if array.dtype == np.float64 else array
