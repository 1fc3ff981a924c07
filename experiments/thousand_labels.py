"""The recorded trainings of lesson 06: what unlabeled images add to 100, 1000 or all labels.

python experiments/thousand_labels.py conv 1000 aae            # accuracy on held-out images
python experiments/thousand_labels.py dense 1000 vat --test    # on the test images, recorded
python experiments/thousand_labels.py --table                  # what is recorded, with all seeds

A column is one of

- alone: the labeled images only;
- aae: a semi-supervised AAE (Makhzani and others 2015), its twin in all else;
- alone_vat: the labeled images only, with virtual adversarial training on them;
- vat: the AAE with virtual adversarial training (Miyato and others 2018), twin of the former;
- only_vat: virtual adversarial training on all images, no AAE;
- alone_aae: the AAE, its copies and codes those of the labeled images only;

and, for the dense network with 1000 labels, a fifth as long, one thing of the AAE changed:

- short_alone, short_aae: labels alone, and the AAE with nothing changed;
- short_weak: a tenth of the weight on the reconstruction; short_quiet: noise 0.3 instead of 0.5;
  short_weak_quiet: both; short_strict: five times the weight on the generator losses;
- short_prior: no reconstruction, the priors only; short_copies: no generator losses, the
  reconstruction only.

All columns of a row have the same network, distortions, label choice and number of steps; where
there are labels only nothing sees an unlabeled image. The convolutional network has random
distortions, the dense one has none (the paper's setting). Virtual adversarial training takes the
place of the noise: columns with it start from the same weights, and so do those without it. The
dense network with 100 or 1000 labels is trained as long as it takes, 55 000 steps, the
convolutional one with 1000 labels for 11 000; the other rows are demonstrations of 2750 steps.
5 000 training images with labels are held out for choosing settings and are in no stream.

Noise in training, and the adversarial steps, shift the means and variances of batch normalization.
They are measured anew before the network is tested, on the images that it learned from, as they
are; the accuracy with the moving averages of training is recorded beside ("moving"), and it is
what was watched on the way. The reconstruction of the held-out images, which needs no label, is
recorded too. With 100 labels classes may swap their names, or share their images: there also the
accuracy with the names that fit the test labels best ("renamed") and that of each digit.

Interrupted, it resumes; a column that is recorded for the same code is not trained again.
AECOURSE_SEED chooses the seed.
"""

import argparse
from pathlib import Path
import statistics
from typing import NamedTuple

from aecourse import datasets, lessons, settings
from aecourse.datasets.labels import balanced_choice
from aecourse.metrics import one_to_one_accuracy
from aecourse.models import SemiSupervisedAAE
from aecourse.networks import (
    RandomAffine,
    build_conv_encoder,
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Categorical, Gaussian
from aecourse.results import record
from aecourse.results.code import code_of
from aecourse.training import Run, falling_adam, reestimate_batch_norm, set_seed
import keras
import numpy as np

STYLE, HELD_OUT, BATCH, STEPS = 10, 5_000, 100, 550


class Recipe(NamedTuple):
    """How the AAE of a row is trained: its epochs of STEPS steps, the weight of its reconstruction
    (nats per image), the noise on its images, the radius of virtual adversarial training."""

    epochs: int
    reconstruction: float
    noise: float
    radius: float = 2.0


DEMONSTRATION = Recipe(epochs=5, reconstruction=0.1, noise=0.3)
RECIPES = {
    ("dense", "1000"): Recipe(epochs=100, reconstruction=1.0, noise=0.5),
    ("dense", "100"): Recipe(epochs=100, reconstruction=1.0, noise=0.5, radius=0.5),
    ("conv", "1000"): DEMONSTRATION._replace(epochs=20),
}
"""(network, labels) -> what held-out images were read best with; other rows: a demonstration."""
WATCHED = 1, 2, 5, 10, 20, 50, 100
"""Epochs after which the accuracy on held-out images, with moving averages, is recorded."""
VAT = dict(virtual_adversarial=10.0)
NOTHING_UNLABELED = dict(reconstruction=0.0, generator=0.0)
COLUMNS = {
    "alone": None,
    "aae": {},
    "alone_vat": {**VAT, **NOTHING_UNLABELED},
    "vat": VAT,
    "only_vat": {**VAT, **NOTHING_UNLABELED},
    "alone_aae": {},
}
"""Column -> what differs from the AAE of its row; None: a classifier and nothing else."""
SHORT, SHORTER = (
    20,
    {
        "short_alone": None,
        "short_aae": {},
        "short_weak": dict(reconstruction=0.1),
        "short_quiet": dict(noise=0.3),
        "short_weak_quiet": dict(reconstruction=0.1, noise=0.3),
        "short_strict": dict(generator=5.0),
        "short_prior": dict(reconstruction=0.0),
        "short_copies": dict(generator=0.0),
    },
)
"""The epochs of the shorter columns, and what differs from the AAE of their row."""


def build_encoder(network, noise):
    """The network of all columns, from images to [logits, style]."""
    how = dict(noise=noise, classes=10, batch_norm=True)
    if network == "conv":
        return build_conv_encoder(STYLE, filters=(32, 64, 128), **how)
    return build_dense_encoder(STYLE, hidden=(1000, 1000), **how)


def build(encoder, augment, *, alone, radius):
    if alone:
        logits = keras.Model(encoder.input, encoder.outputs[0])
        return keras.Sequential([keras.Input((28, 28)), augment, logits])
    return SemiSupervisedAAE(
        encoder,
        build_dense_decoder(10 + STYLE, hidden=(512,)),
        build_dense_discriminator(10, hidden=(256, 256)),
        build_dense_discriminator(STYLE, hidden=(256, 256)),
        Categorical(),
        Gaussian(dim=STYLE),
        augment,
        vat_radius=radius,
    )


def read_by(encoder, images):
    """The class of each image."""
    return encoder.predict(images, batch_size=500, verbose=0)[0].argmax(axis=1)


def share_right(encoder, images, labels):
    """The share of images whose class the encoder reads rightly."""
    return float(np.mean(read_by(encoder, images) == labels))


def show_table():
    records = record.read(record.course_folder())
    print(f"{'test accuracy':16}", *(f"{column:>18}" for column in COLUMNS))
    for network, labels in ((n, k) for n in ("dense", "conv") for k in ("100", "1000", "all")):
        row = []
        for column in COLUMNS:
            found = record.values(
                records, f"{network}_{labels}_{column}_test_accuracy", dataset="mnist"
            )
            spread = f" ± {statistics.stdev(found):.4f}" if len(found) > 1 else ""
            row.append(f"{statistics.fmean(found):.4f}{spread}" if found else "")
        print(f"{network + ' ' + labels:16}", *(f"{each:>18}" for each in row))


def measure(network, labels_kept, column, *, epochs=None, test):
    seed, digits = set_seed(), datasets.load()
    name = f"{network}_{labels_kept}_{column}"
    if test and record.is_written(f"06_{name}", dataset=digits.name, code=code_of(Path(__file__))):
        print(f"{name}, seed {seed}: is recorded.")
        return
    images, labels = digits.x_train[HELD_OUT:], digits.y_train[HELD_OUT:]
    held_out = digits.x_train[:HELD_OUT], digits.y_train[:HELD_OUT]
    chosen = np.arange(len(images))
    if labels_kept != "all":
        chosen = balanced_choice(labels, per_class=int(labels_kept) // 10, seed=seed)
    labeled = images[chosen], labels[chosen]

    recipe = RECIPES.get((network, labels_kept), DEMONSTRATION)
    changed = (COLUMNS | SHORTER)[column]
    alone, weights = changed is None, {"reconstruction": recipe.reconstruction, **(changed or {})}
    noise = weights.pop("noise", recipe.noise)
    with_vat = "virtual_adversarial" in weights
    augment = RandomAffine() if network == "conv" else keras.layers.Identity()
    encoder = build_encoder(network, noise=0.0 if with_vat else noise)
    model = build(encoder, augment, alone=alone, radius=recipe.radius)
    epochs = epochs or (SHORT if column in SHORTER else recipe.epochs)
    how = dict(epochs=epochs, batch_size=BATCH)
    adams = [falling_adam(1e-3, beta_1=0.5, count=STEPS * BATCH, **how) for _ in range(2)]
    run = Run("06_thousand_labels", part=name, dataset=digits.name)
    how |= dict(steps_per_epoch=STEPS, validation_data=held_out, train=False)
    if alone:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(adams[0], loss=loss, metrics=["accuracy"])
        stream, history = labeled[0], run.fit(model, *labeled, **how)
    else:
        optimizers = dict(zip(model.PHASES, adams, strict=True))
        compiled = network == "dense"  # by XLA: a fifth faster; the others are slower for it
        model.compile(optimizers=optimizers, loss_weights=weights, jit_compile=compiled)
        stream = labeled[0] if column.startswith("alone") else images
        history = run.fit(model, stream, labeled=labeled, **how)

    after = dict(zip(history["epoch"], history["val_accuracy"], strict=True))
    measured = {f"{name}_after_{epoch}": after[epoch] for epoch in WATCHED if epoch in after}
    tests = digits.x_test, digits.y_test
    if test:
        measured[f"{name}_moving_test_accuracy"] = share_right(encoder, *tests)
    reestimate_batch_norm(encoder, stream)
    measured[f"{name}_held_out_accuracy"] = share_right(encoder, *held_out)
    if not alone:
        losses = model.evaluate(*held_out, batch_size=500, verbose=0, return_dict=True)
        measured[f"{name}_held_out_reconstruction"] = losses["reconstruction"]
    if test:
        measured[f"{name}_test_accuracy"] = share_right(encoder, *tests)
        if labels_kept == "100":
            found = read_by(encoder, digits.x_test)
            measured[f"{name}_renamed_test_accuracy"] = one_to_one_accuracy(found, digits.y_test)
            for digit in np.unique(digits.y_test):
                right = found[digits.y_test == digit] == digit
                measured[f"{name}_digit_{digit}_test_accuracy"] = float(np.mean(right))
    print(f"{name}, seed {seed}:", measured)
    if test and settings.profile.name == "full":
        how = dict(dataset=digits.name, script=__file__)
        lessons.record_experiment(f"06_{name}", **how, **measured)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", nargs="?", choices=("conv", "dense"))
    parser.add_argument("labels", nargs="?", choices=("100", "1000", "all"))
    parser.add_argument("column", nargs="?", choices=tuple(COLUMNS | SHORTER))
    parser.add_argument("--table", action="store_true", help="show what is recorded")
    parser.add_argument("--test", action="store_true", help="measure on the test set, and record")
    parser.add_argument("--epochs", type=int, help=f"of {STEPS} steps (default: the row's own)")
    options = parser.parse_args()
    if options.table:
        show_table()
    elif options.column is None:
        parser.error("which network, which labels and which column?")
    else:
        if options.epochs and options.test:
            parser.error("--epochs is for trials; what is recorded has the row's own length.")
        what = options.network, options.labels, options.column
        measure(*what, epochs=options.epochs, test=options.test)


if __name__ == "__main__":
    main()
