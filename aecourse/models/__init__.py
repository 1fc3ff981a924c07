"""The course's models: each receives built networks and brings its own `train_step`."""

from aecourse import networks, priors  # noqa: F401 - what saved models hold, known to Keras
from aecourse.models.adversarial import AdversarialAutoencoder
from aecourse.models.autoencoder import Autoencoder
from aecourse.models.clustering import ClusteringAAE, InformationMaximizer
from aecourse.models.conditional import ConditionalVAE
from aecourse.models.gan import GAN, optimal_discriminator
from aecourse.models.losses import (
    accuracy,
    adversarial_loss,
    bernoulli_nats,
    gaussian_kl,
    mean_cross_entropy,
)
from aecourse.models.semi_supervised import SemiSupervisedAAE
from aecourse.models.variational import VariationalAutoencoder

__all__ = [
    "AdversarialAutoencoder",
    "Autoencoder",
    "ClusteringAAE",
    "ConditionalVAE",
    "GAN",
    "InformationMaximizer",
    "SemiSupervisedAAE",
    "VariationalAutoencoder",
    "accuracy",
    "adversarial_loss",
    "bernoulli_nats",
    "gaussian_kl",
    "mean_cross_entropy",
    "optimal_discriminator",
]
