"""The likelihood experiment of the AAE paper (its table 1): 340 +/- 2 nats under a Parzen window.

python experiments/aae_likelihood.py              # held-out training digits: for choosing settings
python experiments/aae_likelihood.py --test       # the test digits, recorded

An adversarial autoencoder with a code of 8 numbers and the prior N(0, 5^2); 10 000 draws are
decoded, and a normal on each makes a density. Its bandwidth is the best of 21 on 2 500 training
digits that nothing else saw; 2 500 others judge the settings. Beside it, with the same bandwidths:
10 000 training digits in place of the draws. Interrupted, it resumes. AECOURSE_SEED chooses the
seed.
"""

import argparse

from aecourse import datasets, lessons, metrics, settings
from aecourse.models import AdversarialAutoencoder
from aecourse.networks import build_dense_decoder, build_dense_discriminator, build_dense_encoder
from aecourse.priors import Gaussian
from aecourse.training import Run, falling_adam, set_seed
import keras
import numpy as np

DIM, STD, HELD_OUT, DRAWS = 8, 5.0, 5_000, 10_000
BANDWIDTHS = np.linspace(0.1, 0.3, 21)


def noisy(encoder, std):
    """Noise on the codes while training: the paper's Gaussian posterior, of a fixed width. The
    decoder learns to give the mean of the digits around a code, and the codes cover the prior."""
    scaled = keras.layers.Rescaling(1 / STD)(encoder.output)  # Keras takes no noise above 1
    spread = keras.layers.GaussianNoise(std / STD)(scaled)
    return keras.Model(encoder.input, keras.layers.Rescaling(STD)(spread))


def train(images, *, epochs, batch_size, rate, weight, noise):
    """As in lesson 04: reconstruction and generator share an Adam; `weight` is reached half way."""
    half = epochs * len(images) // batch_size // 2
    rising = keras.optimizers.schedules.PolynomialDecay(0.3 * weight, half, weight)
    model = AdversarialAutoencoder(
        noisy(build_dense_encoder(DIM, hidden=(512, 512)), noise),
        build_dense_decoder(DIM, hidden=(512, 512)),
        build_dense_discriminator(DIM, hidden=(256, 256)),
        Gaussian(dim=DIM, std=STD),
        schedules={"generator": rising},
    )
    how = dict(epochs=epochs, batch_size=batch_size)
    both = falling_adam(rate, count=2 * len(images), beta_1=0.5, **how)  # two updates a step
    judging = falling_adam(rate, count=len(images), beta_1=0.5, **how)
    optimizers = dict(reconstruction=both, discriminator=judging, generator=both)
    model.compile(optimizers=optimizers, jit_compile=True)
    Run("aae_likelihood", weight=weight, noise=noise).fit(model, images, **how)
    return model


def best_log_likelihood(samples, held_out, images):
    """Mean log-likelihood of images, in nats, with the bandwidth that suits `held_out` best."""

    def mean(bandwidth, of):
        return metrics.parzen_log_likelihood(samples, of, bandwidth=bandwidth).mean()

    found = {bandwidth: mean(bandwidth, held_out) for bandwidth in BANDWIDTHS}
    bandwidth = max(found, key=found.get)
    if bandwidth in (BANDWIDTHS[0], BANDWIDTHS[-1]):
        raise SystemExit(f"The best bandwidth, {bandwidth:.3f}, is at the end of those tried.")
    return bandwidth, found[bandwidth], mean(bandwidth, images)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--test", action="store_true", help="measure on the test set, and record")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weight", type=float, default=150.0, help="of the generator's loss")
    parser.add_argument("--noise", type=float, default=0.8, help="on the codes (the prior has 5)")
    options = parser.parse_args()
    set_seed()
    digits = datasets.load()
    images, held_out = digits.x_train[:-HELD_OUT], digits.x_train[-HELD_OUT:]
    how = {
        name: getattr(options, name) for name in ("epochs", "batch_size", "rate", "weight", "noise")
    }
    model = train(images, **how)
    codes = model.prior.sample(DRAWS, seed=1000 + settings.seed())
    samples = {
        "parzen_nats": model.decoder.predict(codes, batch_size=500, verbose=0),
        "parzen_training_nats": images[:DRAWS],
    }
    found = {}
    for name, of in samples.items():
        half = len(held_out) // 2  # one half chooses the bandwidth, the other judges the choice
        measured = digits.x_test if options.test else held_out[half:]
        bandwidth, chosen, found[name] = best_log_likelihood(of, held_out[:half], measured)
        print(f"{name}: bandwidth {bandwidth:.3f}, held out {chosen:.1f}, {found[name]:.1f} nats")
    if options.test:
        how = dict(dataset=digits.name, script=__file__)
        print(lessons.record_experiment("aae_likelihood", **how, **found))


if __name__ == "__main__":
    main()
