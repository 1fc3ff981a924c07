"""The course's models: each receives built networks and brings its own `train_step`."""

from aecourse.models.autoencoder import Autoencoder

__all__ = ["Autoencoder"]
