"""Training with nothing lost: seeds, shuffled batches, runs that are resumed and reloaded."""

from aecourse.training.pipeline import LONG, batches, falling_adam, set_seed
from aecourse.training.run import Run

__all__ = ["LONG", "Run", "batches", "falling_adam", "set_seed"]
