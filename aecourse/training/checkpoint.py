"""Everything that a training changes, by name, and what tells one training from another."""

import json
from pathlib import Path
from typing import Any
import zipfile
import zlib

from aecourse import files
from aecourse.backend import keras, tf
import numpy as np


class Damaged(Exception):
    """A file of a run is not whole, or not of this model."""


def optimizers_of(model: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """Every optimizer of a model once, by name: `model.optimizers` where it has several."""
    several = getattr(model, "optimizers", None) or {"optimizer": model.optimizer}
    first = {}
    for name, each in several.items():
        first.setdefault(id(each), (name, each))
    return dict(first.values())


def state_of(model: keras.Model) -> dict[str, keras.Variable]:
    """Name -> variable, for all that a training changes: weights, random state, optimizers.

    Keras numbers names anew in each session, so a name is a role and a place in it.
    """
    groups = {"model": model.variables}
    groups |= {name: each.variables for name, each in optimizers_of(model).items()}
    return {
        f"{group}/{place}": variable
        for group, variables in groups.items()
        for place, variable in enumerate(variables)
    }


def arrays_of(model: keras.Model) -> dict[str, np.ndarray]:
    """The values of `state_of`."""
    return {name: variable.value.numpy() for name, variable in state_of(model).items()}


def assign(model: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Put values as `arrays_of` gave them into a model. Raises Damaged where they do not fit."""
    state = state_of(model)
    shapes = {name: tuple(variable.shape) for name, variable in state.items()}
    if shapes != {name: np.shape(array) for name, array in arrays.items()}:
        raise Damaged("it is of another model")
    for name, variable in state.items():
        variable.assign(arrays[name])


def save(path: Path, model: keras.Model, history: dict[str, list[float]]) -> None:
    """Write a checkpoint: all of `state_of`, and the losses so far."""
    arrays = {**arrays_of(model), "history": np.array(json.dumps(history))}

    def write(part):
        with open(part, "wb") as file:
            np.savez(file, **arrays)

    files.replace(path, write)


def restore(path: Path, model: keras.Model) -> dict[str, list[float]]:
    """Load a checkpoint into `model` and give its losses. Raises Damaged, with the model as it
    was, where the file is not whole or of another model."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        history = json.loads(str(arrays.pop("history")))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise Damaged(str(error) or type(error).__name__) from error
    assign(model, arrays)
    return history


def weights_mark(model: keras.Model) -> str:
    """Eight hexadecimal digits for a model's weights."""
    digits = 0
    for weight in model.get_weights():
        digits = zlib.crc32(np.ascontiguousarray(weight).tobytes(), digits)
    return f"{digits:08x}"


def identity(model: keras.Model, arrays: list[Any]) -> str:
    """Eight hexadecimal digits for what decides whether a saved training can go on in `model`: its
    layers and settings, losses and their weights, optimizers, and the data."""
    compiled = model.get_compile_config() or {}
    parts = [
        type(model).__name__,
        [list(variable.shape) for variable in model.variables],
        _without_names(_config(model)),
        [_without_names(each.get_config()) for each in optimizers_of(model).values()],
        {key: _without_names(compiled.get(key)) for key in ("loss", "loss_weights", "metrics")},
        [_mark(array) for array in arrays],
    ]
    return f"{zlib.crc32(json.dumps(parts, sort_keys=True, default=str).encode()):08x}"


def _mark(array):
    if isinstance(array, tf.data.Dataset):
        return [str(array.element_spec), int(array.cardinality())]
    some = np.ascontiguousarray(array[:: max(1, len(array) // 200)])
    return [list(array.shape), str(array.dtype), zlib.crc32(some.tobytes())]


def _config(model):
    try:
        return model.get_config()
    except Exception:  # a learner's own class; then shapes have to do
        return {}


def _without_names(config):
    """A configuration in which names, which Keras numbers anew in each session, are replaced by
    their order of appearance, so that two of one structure are equal."""
    names = {}

    def collect(part):
        if isinstance(part, dict) and part.get("class_name") != "DTypePolicy":  # a name that counts
            if isinstance(part.get("name"), str):
                names.setdefault(part["name"], f"#{len(names)}")
            part = list(part.values())
        for inner in part if isinstance(part, (list, tuple)) else ():
            collect(inner)

    def replaced(part, named=False):
        if isinstance(part, dict) and part.get("class_name") != "DTypePolicy":
            kept = {key: value for key, value in part.items() if key != "shared_object_id"}
            return {key: replaced(value, key == "name") for key, value in kept.items()}
        if isinstance(part, (list, tuple)):  # where layers are named that give a layer its input
            return [replaced(inner, named=True) for inner in part]
        return names.get(part, part) if named and isinstance(part, str) else part

    collect(config)
    return replaced(config)
