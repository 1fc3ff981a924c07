"""The course's models: each receives built networks and brings its own `train_step`."""

from aecourse.models.adversarial import AdversarialAutoencoder, SemiSupervisedAAE
from aecourse.models.autoencoder import Autoencoder
from aecourse.models.gan import GAN, optimal_discriminator
from aecourse.models.variational import VariationalAutoencoder, bernoulli_nats, gaussian_kl

__all__ = [
    "AdversarialAutoencoder",
    "Autoencoder",
    "GAN",
    "SemiSupervisedAAE",
    "VariationalAutoencoder",
    "bernoulli_nats",
    "gaussian_kl",
    "optimal_discriminator",
]
