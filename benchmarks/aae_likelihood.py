"""The likelihood experiment of the AAE paper (its table 1): 340 +/- 2 nats under a Parzen window.

python benchmarks/aae_likelihood.py              # held-out training digits: for choosing settings
python benchmarks/aae_likelihood.py --test       # the test digits, recorded

An adversarial autoencoder with a code of 8 numbers and the prior N(0, 5^2); 10 000 draws are
decoded, and a normal on each makes a density. Its bandwidth is the best of ten on 5 000 training
digits that nothing else saw. Beside it, with the same bandwidths: 10 000 training digits in place
of the draws. Interrupted, it resumes. AECOURSE_SEED chooses the seed.
"""

import argparse

from aecourse import datasets, metrics, results, settings
from aecourse.models import AdversarialAutoencoder
from aecourse.networks import build_dense_decoder, build_dense_discriminator, build_dense_encoder
from aecourse.priors import Gaussian
from aecourse.training import Run, set_seed
import keras
import numpy as np

DIM, HELD_OUT, DRAWS = 8, 5_000, 10_000
BANDWIDTHS = np.geomspace(0.1, 0.3, 10)


def train(images, *, epochs, batch_size, rate):
    model = AdversarialAutoencoder(
        build_dense_encoder(DIM, hidden=(512, 512)),
        build_dense_decoder(DIM, hidden=(512, 512)),
        build_dense_discriminator(DIM, hidden=(256, 256)),
        Gaussian(dim=DIM, std=5.0),
    )
    steps = epochs * -(-len(images) // batch_size)
    model.compile(learning_rate=keras.optimizers.schedules.CosineDecay(rate, steps))
    Run("aae_likelihood").fit(model, images, epochs=epochs, batch_size=batch_size)
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
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    options = parser.parse_args()
    set_seed()
    digits = datasets.load()
    images, held_out = digits.x_train[:-HELD_OUT], digits.x_train[-HELD_OUT:]
    model = train(images, epochs=options.epochs, batch_size=options.batch_size, rate=options.rate)
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
        print(results.record("aae_likelihood", dataset=digits.name, **found))


if __name__ == "__main__":
    main()
