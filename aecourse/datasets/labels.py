"""Few labels: which training images a semi-supervised lesson may ask the labels of."""

import numpy as np


def balanced_choice(labels: np.ndarray, *, per_class: int, seed: int) -> np.ndarray:
    """Indices of `per_class` examples of each class, drawn by `seed`, in random order.

    labels: int (n,), of which every class that occurs gives as many. Returns int64
    (classes * per_class,), each index once. Raises ValueError where a class has fewer examples.
    """
    labels = np.asarray(labels)
    classes, counts = np.unique(labels, return_counts=True)
    if per_class < 1 or per_class > counts.min():
        raise ValueError(
            f"per_class is {per_class}; it must be from 1 to {counts.min()}, the number of "
            f"examples of class {classes[counts.argmin()]}."
        )
    random = np.random.default_rng(seed)
    chosen = [random.choice(np.flatnonzero(labels == k), per_class, replace=False) for k in classes]
    return random.permutation(np.concatenate(chosen))
