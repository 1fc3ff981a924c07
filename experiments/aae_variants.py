"""Variants of lesson 04's training that the article *Autoencoder学习* has, one at a time.

python experiments/aae_variants.py dropout           # on 10 000 held-out training images
python experiments/aae_variants.py dropout --test    # on the test images, recorded
python experiments/aae_variants.py --table           # what is recorded, with all seeds

A column is a short training of lesson 04's adversarial autoencoder (10 000 images, six epochs):

- unchanged: as the lesson trains it, one Adam for both phases that train the encoder;
- dropout: unchanged, with the article's dropout (0.25 in encoder and decoder, 0.2 in the
  discriminator);
- still: dropout, with the encoder's dropout switched off while the discriminator learns;
- own_adams: unchanged, with an Adam of its own for each phase, at the same rates (the weight of the
  generator's loss then counts for nothing: Adam undoes a factor);
- three_adams: own_adams, with the rate 2e-3 for each phase;
- source_rates: own_adams, with the article's rates: 6e-4 for the reconstruction, 8e-4 for the
  others;
- std1: unchanged, with a prior of standard deviation 1, where the article and the lesson have 5;
- mean: unchanged, with the reconstruction's loss averaged over the pixels, not summed.

All columns have the same images, batches, networks and first weights. A column that is recorded
for the same code is not trained again. AECOURSE_SEED chooses the seed. A column takes about 20
seconds on two cores.
"""

import argparse
from pathlib import Path
import statistics

from aecourse import datasets, lessons, metrics, settings
from aecourse.models import AdversarialAutoencoder
from aecourse.networks import build_dense_decoder, build_dense_discriminator, build_dense_encoder
from aecourse.priors import Gaussian
from aecourse.results import record
from aecourse.results.code import code_of
from aecourse.training import Run, falling_adam, set_seed
import keras
import numpy as np

COUNT, HELD_OUT, EPOCHS, BATCH = 10_000, 10_000, 6, 128
ENCODER, DECODER, JUDGE = (384, 256), (256, 384), (128, 128)
WEIGHTS = 30.0, 200.0
"""Of the generator's loss, at the start and from the middle on."""
RATES = dict(reconstruction=4e-3, discriminator=3e-3, generator=4e-3)
SOURCE_RATES = dict(reconstruction=6e-4, discriminator=8e-4, generator=8e-4)
DROPOUT = dict(dropout=0.25, judge_dropout=0.2)
COLUMNS = {
    "unchanged": {},
    "dropout": DROPOUT,
    "still": dict(**DROPOUT, still_encoder=True),
    "own_adams": dict(own_adams=True),
    "three_adams": dict(own_adams=True, rates=dict.fromkeys(RATES, 2e-3)),
    "source_rates": dict(own_adams=True, rates=SOURCE_RATES),
    "std1": dict(std=1.0),
    "mean": dict(loss_weights={"reconstruction": 1 / 784}),
}


def build(*, std, dropout, judge_dropout, still_encoder):
    first, last = WEIGHTS
    half = EPOCHS * COUNT // BATCH // 2
    rising = keras.optimizers.schedules.PolynomialDecay(first, half, end_learning_rate=last)
    return AdversarialAutoencoder(
        build_dense_encoder(2, hidden=ENCODER, dropout=dropout),
        build_dense_decoder(2, hidden=DECODER, dropout=dropout),
        build_dense_discriminator(2, hidden=JUDGE, dropout=judge_dropout),
        Gaussian(dim=2, std=std),
        still_encoder=still_encoder,
        schedules={"generator": rising},
    )


def optimizers(rates, own_adams):
    """An Adam for each phase, or one that reconstruction and generator share."""
    how = dict(count=COUNT, epochs=EPOCHS, batch_size=BATCH, beta_1=0.5)
    adams = {phase: falling_adam(rate, **how) for phase, rate in rates.items()}
    if not own_adams:  # two updates a step
        both = falling_adam(rates["reconstruction"], **{**how, "count": 2 * COUNT})
        adams |= dict(reconstruction=both, generator=both)
    return adams


def train(images, column):
    changed = dict(std=5.0, dropout=0.0, judge_dropout=0.0, still_encoder=False) | COLUMNS[column]
    adams = optimizers(changed.pop("rates", RATES), changed.pop("own_adams", False))
    weights = changed.pop("loss_weights", None)
    model = build(**changed)
    model.compile(optimizers=adams, loss_weights=weights)
    run = Run("aae_variants", part=column)
    history = run.fit(model, images, epochs=EPOCHS, batch_size=BATCH, train=False)
    return model, history


def scores(model, images):
    """Distance of the codes to the prior (mean over five clouds of draws), error of the copies."""
    codes = model.encoder.predict(images, batch_size=500, verbose=0)
    prior = model.prior
    clouds = [np.asarray(prior.sample(len(codes), seed=seed)) for seed in range(1, 6)]
    found = [metrics.sliced_wasserstein(codes, cloud, scale=prior.std) for cloud in clouds]
    copies = model.predict(images, batch_size=500, verbose=0)
    return {
        "sliced_w1": statistics.fmean(found),
        "test_mse": metrics.mean_squared_error(images, copies),
    }


def show_table():
    records = record.read(record.course_folder())
    for column in COLUMNS:
        for what in ("sliced_w1", "test_mse"):
            found = record.values(records, f"{column}_{what}", dataset="mnist")
            if found:
                row = " ".join(f"{value:.4f}" for value in found)
                print(f"{column:12} {what:10} {statistics.fmean(found):.4f}: {row}")


def measure(column, *, test):
    seed, digits = set_seed(), datasets.load()
    name = f"04_variant_{column}"
    if test and record.is_written(name, dataset=digits.name, code=code_of(Path(__file__))):
        print(f"{name}, seed {seed}: is recorded.")
        return
    model, history = train(digits.x_train[:COUNT], column)
    found = scores(model, digits.x_test if test else digits.x_train[-HELD_OUT:])
    found["discriminator"] = history["discriminator"][-1]
    said = ", ".join(f"{what} {value:.4f}" for what, value in found.items())
    print(f"{name}, seed {seed}: {said} on {'test' if test else 'held-out'} images")
    if test and settings.profile.name == "full":
        measured = {f"{column}_{what}": value for what, value in found.items()}
        how = dict(dataset=digits.name, script=__file__)
        lessons.record_experiment(name, **how, **measured)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("column", nargs="?", choices=tuple(COLUMNS))
    parser.add_argument("--table", action="store_true", help="show what is recorded")
    parser.add_argument("--test", action="store_true", help="measure on the test set, and record")
    options = parser.parse_args()
    if options.table:
        show_table()
    elif options.column is None:
        parser.error("which column?")
    else:
        measure(options.column, test=options.test)


if __name__ == "__main__":
    main()
