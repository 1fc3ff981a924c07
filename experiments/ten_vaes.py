"""Ten small VAEs, one for each digit, instead of one conditional VAE: what does a classifier learn
from their drawings? (Lesson 09, section 8.)

python experiments/ten_vaes.py --seeds 0 1 2    # MNIST; about ten minutes a seed

Each VAE has the lesson's networks, epochs, batches and rates, and sees the images of its digit
alone; so the ten together see as many images as the lesson's CVAE.
"""

import argparse

from aecourse import datasets, lessons, settings
from aecourse.models import VariationalAutoencoder
from aecourse.networks import build_dense_decoder, build_dense_encoder
from aecourse.training import Run, accuracy_on_real, falling_adam, set_seed
import numpy as np

DIM, HIDDEN = 10, settings.profile.pick(fast=(64,), full=(512, 512))
HOW = settings.profile.pick(
    fast=dict(epochs=1, batch_size=32), full=dict(epochs=12, batch_size=128)
)


def drawings(images, digit, seed, count):
    """Drawings of a VAE that saw images (n, 28, 28) of one digit, codes from the prior: (count,
    28, 28)."""
    set_seed(seed)
    encoder = build_dense_encoder(DIM, hidden=HIDDEN, gaussian=True)
    vae = VariationalAutoencoder(encoder, build_dense_decoder(DIM, hidden=HIDDEN))
    vae.compile(falling_adam(2e-3, count=len(images), **HOW, beta_2=0.99))
    Run("09_ten_vaes", part=str(digit)).fit(vae, images, seed=seed, **HOW)
    codes = np.random.default_rng([seed, digit]).standard_normal((count, DIM)).astype("float32")
    return vae.decoder.predict(codes, batch_size=500, verbose=0)


def accuracy(digits, seed):
    """Real test digits read by a classifier that learned from the drawings of ten VAEs."""
    own = [digits.x_train[digits.y_train == digit] for digit in range(10)]
    count = len(digits.x_train) // 10
    drawn = [drawings(images, digit, seed, count) for digit, images in enumerate(own)]
    labels = np.repeat(np.arange(10, dtype="int32"), count)
    return accuracy_on_real(np.concatenate(drawn), labels, digits, part="ten_vaes", seed=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    chosen = parser.parse_args()
    digits = datasets.load(train=settings.profile.pick(fast=1600, full=60_000))
    for seed in chosen.seeds:
        found = accuracy(digits, seed)
        print(f"seed {seed}: {found:.4f}", flush=True)
        how = dict(dataset=digits.name, script=__file__, seed=seed)
        lessons.record_experiment("09_ten_vaes", **how, ten_vaes_cas_accuracy=found)


if __name__ == "__main__":
    main()
