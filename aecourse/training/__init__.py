"""Training with nothing lost: seeds, shuffled batches, runs that are resumed and reloaded."""

from aecourse.training.batch_norm import reestimate_batch_norm
from aecourse.training.callbacks import Progress
from aecourse.training.pipeline import LONG, batches, falling_adam, set_seed
from aecourse.training.reader import Reader, frozen_reader
from aecourse.training.run import Run
from aecourse.training.student import accuracy_on_real

__all__ = [
    "LONG",
    "Progress",
    "Reader",
    "Run",
    "accuracy_on_real",
    "batches",
    "falling_adam",
    "frozen_reader",
    "reestimate_batch_norm",
    "set_seed",
]
