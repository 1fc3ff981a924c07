"""Lesson 06's ablation *class prior only*: is it the prior of the classes that helps?

python experiments/class_prior.py            # accuracy on held-out images
python experiments/class_prior.py --test     # on the test images, recorded

It is the twin of the column short_prior of `thousand_labels.py` (dense network, 1000 labels, no
reconstruction, 11 000 steps) in all but one thing: the style discriminator answers 0 whatever it is
shown, so nothing asks the styles to look like draws of their prior. What is left is a classifier
whose answers a discriminator compares with one-hot vectors.

Interrupted, it resumes; what is recorded for the same code is not trained again. AECOURSE_SEED
chooses the seed. About ten minutes on one core.
"""

import argparse
from pathlib import Path

from aecourse import datasets, lessons, settings
from aecourse.datasets.labels import balanced_choice
from aecourse.models import SemiSupervisedAAE
from aecourse.results import record
from aecourse.results.code import code_of
from aecourse.training import Run, falling_adam, reestimate_batch_norm, set_seed
import keras
from thousand_labels import (
    BATCH,
    HELD_OUT,
    RECIPES,
    SHORT,
    SHORTER,
    STEPS,
    STYLE,
    WATCHED,
    build,
    build_encoder,
    share_right,
)

NAME = "dense_1000_short_class_prior"
RECIPE = RECIPES["dense", "1000"]


def build_blind():
    """The AAE of thousand_labels.py, its style discriminator one that answers 0 to everything."""
    encoder, no_distortions = build_encoder("dense", RECIPE.noise), keras.layers.Identity()
    twin = build(encoder, no_distortions, alone=False, radius=RECIPE.radius)
    networks = {name: getattr(twin, name) for name in twin.NETWORKS}
    zero = keras.layers.Dense(1, kernel_initializer="zeros", trainable=False)
    networks["style_discriminator"] = keras.Sequential([keras.Input((STYLE,)), zero])
    return SemiSupervisedAAE(**networks)


def measure(*, test):
    seed, digits = set_seed(), datasets.load()
    if test and record.is_written(f"06_{NAME}", dataset=digits.name, code=code_of(Path(__file__))):
        print(f"{NAME}, seed {seed}: is recorded.")
        return
    images, labels = digits.x_train[HELD_OUT:], digits.y_train[HELD_OUT:]
    held_out = digits.x_train[:HELD_OUT], digits.y_train[:HELD_OUT]
    chosen = balanced_choice(labels, per_class=100, seed=seed)

    model, how = build_blind(), dict(epochs=SHORT, batch_size=BATCH)
    adams = [falling_adam(1e-3, beta_1=0.5, count=STEPS * BATCH, **how) for _ in range(2)]
    optimizers = dict(zip(model.PHASES, adams, strict=True))
    weights = SHORTER["short_prior"]
    model.compile(optimizers=optimizers, loss_weights=weights, jit_compile=True)
    run = Run("06_thousand_labels", part=NAME, dataset=digits.name)
    labeled = images[chosen], labels[chosen]
    how |= dict(steps_per_epoch=STEPS, validation_data=held_out, train=False)
    history = run.fit(model, images, labeled=labeled, **how)

    after = dict(zip(history["epoch"], history["val_accuracy"], strict=True))
    measured = {f"{NAME}_after_{epoch}": after[epoch] for epoch in WATCHED if epoch in after}
    tests = digits.x_test, digits.y_test
    if test:
        measured[f"{NAME}_moving_test_accuracy"] = share_right(model.encoder, *tests)
    reestimate_batch_norm(model.encoder, images)
    measured[f"{NAME}_held_out_accuracy"] = share_right(model.encoder, *held_out)
    if test:
        measured[f"{NAME}_test_accuracy"] = share_right(model.encoder, *tests)
    print(f"{NAME}, seed {seed}:", measured)
    if test and settings.profile.name == "full":
        how = dict(dataset=digits.name, script=__file__)
        lessons.record_experiment(f"06_{NAME}", **how, **measured)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--test", action="store_true", help="measure on the test set, and record")
    measure(test=parser.parse_args().test)


if __name__ == "__main__":
    main()
