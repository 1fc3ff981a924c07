"""What a training gets, whatever it is made of: arrays in any structure, or a Dataset."""

from typing import Any

from aecourse import door
from aecourse.backend import keras, tf
from aecourse.models.base import admitted, loss_name, needs_unit
from aecourse.training import callbacks as ours
from aecourse.training import checkpoint
from aecourse.training.pipeline import Epochs, InMemory, belongs_on_device, several_steps_at_once
import numpy as np

QUIETLY = {"verbose": 0, "shuffle": False}
_EXAMPLES = 256


def admit(model: keras.Model, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
    """(x, y) as `model`, one of the course or any of Keras, learns from them, y None where there is
    no target. Raises ValueError for what it cannot learn from; see `door`."""
    if hasattr(model, "admit"):
        return model.admit(x, y, checked=checked)
    loss = getattr(model, "loss", None)
    unit, whole = needs_unit(loss), loss_name(loss) == "sparse_categorical_crossentropy"
    how = dict(checked=checked, unit="" if y is not None else unit)
    shapes = getattr(model, "input_shape", None)
    x = _kept_whole(x, admitted(x, "x", shapes, **how))
    if y is None:
        if loss is not None and type(model).train_step is keras.Model.train_step:
            raise ValueError(f"y is missing: {loss!r} compares what the model gives with a target.")
        return x, None
    classes = getattr(model, "output_shape", None)
    if whole and isinstance(classes, tuple) and len(classes) == 2 and not isinstance(y, tuple):
        return x, door.labels(y, classes=classes[-1])
    return x, _kept_whole(y, admitted(y, "y", checked=checked, unit=unit))


def _kept_whole(given, admitted_):
    """Whole numbers stay what they are in a learner's own model, which may count with them."""
    if isinstance(given, (tuple, dict)):
        return keras.tree.map_structure_up_to(admitted_, _kept_whole, given, admitted_)
    array = np.asarray(given)
    return array.reshape(admitted_.shape) if array.dtype.kind in "iu" else admitted_


class Data:
    """What a training of `model` gets, looked at and converted (see `admit`): arrays of one length,
    or a Dataset.

    steps: batches in an epoch. arrays: what tells this data from other data. validation: what
    `model.fit` takes as validation_data, None without it. Raises ValueError for what cannot be
    meant; of a Dataset the first batch is looked at.
    """

    def __init__(
        self, model, x, y, sample_weight, *, labeled, batch_size, seed, steps, validation_data,
        validation_split=0.0, checked=True,
    ):  # fmt: skip
        if labeled is not None and y is not None:
            raise ValueError("Give y or labeled, not both: each batch has one target.")
        self.dataset = x if isinstance(x, tf.data.Dataset) else None
        self.given_steps, self.validation = steps, None
        split = validation_split if validation_data is None else 0.0  # as in Keras
        if self.dataset is not None:
            if split or any(p is not None for p in (y, sample_weight, labeled, batch_size)):
                raise ValueError(
                    "x is a Dataset: it brings its targets and its batches itself, so give neither "
                    "y nor sample_weight, labeled, batch_size or validation_split."
                )
            self.steps = steps or int(x.cardinality())
            if self.steps < 1:
                what = {0: "no batches", -1: "no end"}.get(self.steps, "no known length")
                raise ValueError(
                    f"The Dataset has {what}; say by steps_per_epoch how many batches are an epoch."
                )
            self.arrays = [x]
            _check_batch(model, self.examples(), checked)
        else:
            x, y = _one_for_each(model, "inputs", x), _one_for_each(model, "outputs", y)
            if labeled is None:
                x, y = admit(model, x, y, checked=checked)
            else:
                x, labeled = admit(model, x, tuple(labeled), checked=checked)
            if sample_weight is not None:
                y, sample_weight = x if y is None else y, admitted(sample_weight, "sample_weight")
            self.x, self.y = x, y
            parts = [part for part in (x, y, sample_weight) if part is not None]
            # Several inputs without a target are a tuple in a tuple: Keras takes (a, b) for (x, y).
            whole = tuple(parts) if len(parts) > 1 or isinstance(parts[0], tuple) else parts[0]
            _check_lengths(whole)
            if split:
                whole, self.validation = _split(whole, split)
            structures = [whole] if labeled is None else [whole, labeled]
            _check_lengths(structures[-1])
            how = dict(batch_size=batch_size or 32, seed=seed)
            self.streams = [InMemory(each, stream=i, **how) for i, each in enumerate(structures)]
            self.arrays = [array for stream in self.streams for array in stream.arrays]
            self.steps = steps or -(-self.streams[0].count // how["batch_size"])
        if validation_data is not None:
            self.validation = _validation(model, validation_data, checked)

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
        batch = next(iter(self.dataset.take(1)), None)
        if batch is None:
            raise ValueError("The Dataset has no batches.")
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


def _one_for_each(model, ends, given):
    """A list with an array for each input or output of a functional model, as Keras takes it."""
    several = isinstance(given, list) and len(getattr(model, ends, None) or ()) == len(given) > 1
    return tuple(given) if several else given


def _check_lengths(structure):
    lengths = sorted({len(array) for array in keras.tree.flatten(structure)})
    if len(lengths) > 1 or lengths[0] == 0:
        what = " and ".join(map(str, lengths))
        raise ValueError(f"There are {what} examples; all arrays need one length, of 1 or more.")


def _split(whole, share):
    """Arrays for training, and the last `share` of them for validation."""
    if not 0 < share < 1:
        raise ValueError(f"validation_split is {share}; it must be between 0 and 1.")
    kept = int(len(keras.tree.flatten(whole)[0]) * (1 - share))
    parts = slice(kept), slice(kept, None)
    return [keras.tree.map_structure(lambda array, p=part: array[p], whole) for part in parts]


def _check_batch(model, batch, checked):
    """Raises ValueError for a Dataset's batch that is of another shape than the model takes."""
    given, found = (
        [tuple(np.shape(part)) for part in keras.tree.flatten(each) if part is not None]
        for each in (batch, admit(model, *batch, checked=checked))
    )
    if given != found[: len(given)]:
        raise ValueError(
            f"The Dataset gives batches of the shapes {given}; the model takes {found}. Reshape "
            "them with Dataset.map."
        )


def _validation(model, given, checked):
    """validation_data, (x, y, sample_weight) or less of it or a Dataset, as Keras takes it."""
    if isinstance(given, tf.data.Dataset):
        return given
    parts = given if isinstance(given, (tuple, list)) else (given,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"validation_data has {len(parts)} parts; expected x, y, sample_weight.")
    x, y, weight = (*parts, None, None)[:3]
    x, y = admit(model, x, y, checked=checked)
    if weight is not None:
        y = x if y is None else y
        weight = admitted(weight, "validation_data's sample_weight")
    found = tuple(part for part in (x, y, weight) if part is not None)
    _check_lengths(found)
    return found
