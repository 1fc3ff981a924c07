"""What may enter: arrays that are what was meant, converted as Keras would, or a sentence.

`numbers` and `labels` give an array or raise ValueError: what was given, what was expected, what to
do. Never a silent wrong number. It knows neither models nor figures; they say what they take.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

_ROUNDING = 1e-6
"""How far beyond [0, 1] float32 may take a sum that is meant to be 0 or 1."""

Shape = Sequence[int | None]
"""Of one example; None for any size."""


def numbers(
    given: Any,
    name: str = "x",
    *,
    shape: Shape | None = None,
    count: int | None = None,
    unit: str = "",
    checked: bool = True,
) -> np.ndarray:
    """`given`, examples (n, ...), as an array of finite numbers, n at least 1 and no example empty.

    given: an array, a list, a tensor, of any real type; float32 and float64 stay, the rest becomes
    float32. name: how a message calls it. shape: of one example; a last axis of length 1 is
    dropped or added where that is all the difference, as Keras does. count: how many examples
    there must be, None for any. unit: what needs values in [0, 1], in words; "" for none. checked:
    False lets any values pass, NaN as well.
    """
    array = _array(given, name)
    half = array.dtype.name in ("float16", "bfloat16")  # too coarse for sums and logarithms
    if array.dtype.kind not in "fiub" and not half:
        raise ValueError(f"{name} holds {array.dtype.name}; expected real numbers.")
    if array.dtype.kind != "f" or half:
        array = array.astype(np.float32)
    if shape is not None and not _fits(array.shape[1:], shape):
        if array.shape[-1:] == (1,) and _fits(array.shape[1:-1], shape):
            array = array[..., 0]
        elif tuple(shape)[-1:] == (1,) and _fits((*array.shape[1:], 1), shape):
            array = array[..., None]
        else:
            raise ValueError(
                f"{name} has the shape {_shown(array.shape)}; expected {_shown((None, *shape))}."
            )
    if count not in (None, len(array)):
        raise ValueError(f"{name} has {len(array)} examples; expected {count}.")
    if checked:
        _check_values(array, name, unit)
    return array


def labels(
    given: Any, name: str = "y", *, classes: int | None = None, count: int | None = None
) -> np.ndarray:
    """`given`, one class for each of n examples, as int32 (n,): whole numbers from 0, below
    `classes` and what int32 holds. A column (n, 1) and whole floats are taken as well. count: as in
    `numbers`."""
    array = _array(given, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "fiub":
        hint = " For one-hot rows, give y.argmax(axis=1)." if array.ndim == 2 else ""
        raise ValueError(
            f"{name} has the shape {_shown(array.shape)} and holds {array.dtype.name}; expected "
            f"one whole number for each example, (n,).{hint}"
        )
    if count not in (None, len(array)):
        raise ValueError(f"{name} has {len(array)} labels; expected {count}.")
    below = np.float64(2**31 if classes is None else classes)
    wrong = (array != np.floor(array)) | (array < 0) | (array >= below)
    if wrong.any():
        limit = ", below 2**31" if classes is None else f" to {classes - 1}"
        raise ValueError(
            f"{name} has {array[wrong][0]} in example {np.argmax(wrong)}; expected whole numbers "
            f"from 0{limit}."
        )
    return array.astype(np.int32)


def _array(given, name):
    try:
        array = np.asarray(given)
    except (TypeError, ValueError) as error:  # rows of different lengths, symbolic tensors
        raise ValueError(f"{name} is no array: {error}.") from error
    if array.ndim == 0 or len(array) == 0:
        what = "no examples" if array.ndim else f"one value, {given!r},"[:60]
        raise ValueError(
            f"{name} has {what}; expected an array of examples. Did a selection such as "
            "x[y == 7] keep none?"
        )
    if array.size == 0:
        raise ValueError(
            f"{name} has the shape {array.shape}; expected examples that hold numbers. Did a "
            "selection such as codes[:, 2:] keep none?"
        )
    return array


def _fits(found, wanted):
    return len(found) == len(wanted) and all(
        size in (None, given) for given, size in zip(found, wanted, strict=True)
    )


def _shown(shape):
    """The shape of an array of examples as messages have it: (n, 28, 28), n for what is free."""
    return f"({', '.join('n' if size is None else str(size) for size in (None, *shape[1:]))})"


def _check_values(array, name, unit):
    finite = np.isfinite(array)
    if not finite.all():
        broken = np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1))
        raise ValueError(
            f"{name} has values that are no finite numbers (NaN or infinite) in {len(broken)} of "
            f"{len(array)} examples, first in example {broken[0]}. Mend these, or leave them out."
        )
    low, high = array.min(), array.max()
    if unit and (low < -_ROUNDING or high > 1 + _ROUNDING):
        scale = "(x + 1) / 2" if low >= -1 and high <= 1 else "x / 255"
        raise ValueError(
            f"{name} runs from {low:.4g} to {high:.4g}; {unit} needs values in [0, 1], such as "
            f"{scale}."
        )
