"""The table of lesson 06: a semi-supervised AAE beside the same network on the labels alone.

python benchmarks/thousand_labels.py conv 1000             # accuracy on held-out training images
python benchmarks/thousand_labels.py dense 100 --test      # on the test images, recorded

Both columns have the same network, initialization, distortions, label choice and number of steps;
in the second nothing sees an unlabeled image. 5 000 training images with labels are held out for
choosing settings and are in neither stream. Interrupted, it resumes; what is done is not done
again. AECOURSE_SEED chooses the seed.
"""

import argparse

from aecourse import datasets, results, settings
from aecourse.datasets.labels import balanced_choice
from aecourse.models import SemiSupervisedAAE
from aecourse.networks import (
    RandomAffine,
    build_conv_encoder,
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Categorical, Gaussian
from aecourse.training import Run, falling_adam, set_seed
import keras
import numpy as np

STYLE, HELD_OUT, BATCH, STEPS = 10, 5_000, 100, 550


def build_encoder(network):
    """The network of both columns, from images to [logits, style]."""
    how = dict(noise=0.3, classes=10, batch_norm=True)
    if network == "conv":
        return build_conv_encoder(STYLE, filters=(32, 64, 128), **how)
    return build_dense_encoder(STYLE, hidden=(1000, 1000), **how)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=("conv", "dense"))
    parser.add_argument("labels", choices=("100", "1000", "all"))
    parser.add_argument("--test", action="store_true", help="measure on the test set, and record")
    parser.add_argument("--epochs", type=int, default=20, help=f"of {STEPS} steps")
    options = parser.parse_args()

    seed, digits = set_seed(), datasets.load()
    images, labels = digits.x_train[HELD_OUT:], digits.y_train[HELD_OUT:]
    held_out = digits.x_train[:HELD_OUT], digits.y_train[:HELD_OUT]
    if options.labels == "all":
        chosen = np.arange(len(images))
    else:
        chosen = balanced_choice(labels, per_class=int(options.labels) // 10, seed=seed)
    labeled = images[chosen], labels[chosen]
    how = dict(epochs=options.epochs, batch_size=BATCH)

    def adam():
        steps = dict(count=STEPS * BATCH, epochs=options.epochs, batch_size=BATCH)
        return falling_adam(1e-3, beta_1=0.5, **steps)

    def augment():
        return RandomAffine() if options.network == "conv" else keras.layers.Identity()

    def run(column, model, *arrays, **streams):
        part = f"{options.network}-{options.labels}-{column}"
        training = Run("06_thousand_labels", part=part, dataset=digits.name)
        training.fit(
            model, *arrays, steps=STEPS, validation=held_out, train=False, **how, **streams
        )

    column = f"{options.network}_{options.labels}"
    aae = SemiSupervisedAAE(
        build_encoder(options.network),
        build_dense_decoder(10 + STYLE, hidden=(512,)),
        build_dense_discriminator(10, hidden=(256, 256)),
        build_dense_discriminator(STYLE, hidden=(256, 256)),
        Categorical(),
        Gaussian(dim=STYLE),
        augment(),
    )
    aae.compile(optimizers={phase: adam() for phase in aae.PHASES})
    run("aae", aae, images, labeled=labeled)

    set_seed()
    encoder = build_encoder(options.network)
    alone = keras.Sequential(
        [keras.Input((28, 28)), augment(), keras.Model(encoder.input, encoder.outputs[0])]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    alone.compile(optimizer=adam(), loss=loss, metrics=["accuracy"])
    run("alone", alone, *labeled)

    images, labels = (digits.x_test, digits.y_test) if options.test else held_out

    def accuracy(logits):
        return float(np.mean(logits.argmax(axis=1) == labels))

    scores = {
        f"{column}_test_accuracy": accuracy(aae.encoder.predict(images, verbose=0)[0]),
        f"{column}_labels_alone_test_accuracy": accuracy(alone.predict(images, verbose=0)),
    }
    for name, value in scores.items():
        print(f"{name if options.test else name.replace('test', 'held_out')}: {value:.4f}")
    if options.test and settings.profile.name == "full":
        results.record(f"06_{column}", dataset=digits.name, **scores)


if __name__ == "__main__":
    main()
