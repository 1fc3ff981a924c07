"""Clusters without labels, longer and with several seeds (lesson 11, section 6).

python experiments/clusters.py best --seeds 0 1 2 3 4           # how they ended: no label is used
python experiments/clusters.py best --seeds 0 1 2 3 4 --test    # scored by test labels, recorded
python experiments/clusters.py aae --seeds 0 1 2 3 4 --test
python experiments/clusters.py aae_smooth --seeds 0 1 2 3 4 --test

- best: information and smoothness (Hu and others 2017), ten clusters, a wider network than the
  lesson's and more epochs;
- falling: its twin with a learning rate that falls to 0;
- short_trial: its twin with a trial step of 0.1, as in lesson 06, instead of 10;
- louder: its twin with ten times the weight on both entropies;
- aae: the categorical prior without labels (Makhzani and others 2015, section 6), with 10, 16 and
  30 clusters;
- aae_smooth: its twin with virtual adversarial training.

No label reaches a training. The loss at the end of a training needs no label and is recorded too:
by it seeds may be chosen. With --test the test labels score. Interrupted, it resumes; a finished
training is reloaded, and a seed that is recorded for the same code is not trained again.
"""

import argparse
from functools import partial
from pathlib import Path

from aecourse import datasets, lessons, metrics, settings
from aecourse.models import ClusteringAAE, InformationMaximizer
from aecourse.networks import build_dense_decoder, build_dense_discriminator, build_dense_encoder
from aecourse.priors import Categorical, Gaussian
from aecourse.results import record
from aecourse.results.code import code_of
from aecourse.training import Run, falling_adam, set_seed
import keras

HIDDEN = settings.profile.pick(fast=(64, 64), full=(1200, 1200))
BATCH = settings.profile.pick(fast=32, full=256)
STYLES = {10: 5, 16: 5, 30: 10}
"""Clusters -> numbers of the AAE's style, as in the paper for 16 and 30."""
SUFFIXES = {"one-to-one": "test_accuracy", "majority": "majority", "NMI": "nmi", "ARI": "ari"}


def information(digits, seed, epochs, part="best", trial=10.0, falls=False, **weights):
    """Ten clusters by information and smoothness: {clusters: (network from images to logits, the
    loss of the last epoch)}."""
    set_seed(seed)
    network = build_dense_encoder(10, hidden=HIDDEN, batch_norm=True)
    kernel = network.layers[-1].kernel
    kernel.assign(kernel / 4)  # unsure of every image at first
    model = InformationMaximizer(network, vat_radius=1.0, vat_trial=trial)
    how = dict(epochs=epochs, batch_size=BATCH)
    falling = falling_adam(2e-3, count=len(digits.x_train), **how)
    model.compile(falling if falls else keras.optimizers.Adam(2e-3), loss_weights=weights)
    run = Run("11_clusters", part=part, dataset=digits.name)
    history = run.fit(model, digits.x_train, **how, seed=seed, train=False)
    return {10: (model.classifier, history["loss"][-1])}


def adversarial(digits, seed, epochs, **weights):
    """Clusters by the categorical prior: as `information`, for each number of clusters."""
    found = {}
    for count, style in STYLES.items():
        set_seed(seed)
        encoder = build_dense_encoder(style, hidden=HIDDEN, classes=count, batch_norm=True)
        model = ClusteringAAE(
            encoder,
            build_dense_decoder(count + style, hidden=HIDDEN),
            build_dense_discriminator(count, hidden=(256,)),
            build_dense_discriminator(style, hidden=(256,)),
            Categorical(parts=count),
            Gaussian(dim=style),
            keras.layers.Identity(),
            vat_radius=1.0,
            vat_trial=10.0,
        )
        how = dict(epochs=epochs, batch_size=BATCH)
        rate = dict(count=len(digits.x_train), beta_1=0.5, **how)
        adams = {phase: falling_adam(5e-4, **rate) for phase in model.PHASES}
        model.compile(optimizers=adams, loss_weights=dict(reconstruction=0.1, **weights))
        run = Run("11_clusters", part="long-aae", clusters=count, dataset=digits.name)
        history = run.fit(model, digits.x_train, **how, seed=seed, train=False)
        logits = keras.Model(encoder.input, encoder.outputs[0])
        found[count] = logits, history["autoencoder"][-1]
    return found


ROWS = {
    "best": information,
    "falling": partial(information, part="falling", falls=True),
    "short_trial": partial(information, part="short_trial", trial=0.1),
    "louder": partial(information, part="louder", marginal_entropy=4.0, conditional_entropy=1.0),
    "aae": adversarial,
    "aae_smooth": partial(adversarial, virtual_adversarial=10.0),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("row", choices=tuple(ROWS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=15, help="(default: 15)")
    parser.add_argument("--test", action="store_true", help="score by test labels, and record")
    chosen = parser.parse_args()
    digits = datasets.load(**settings.profile.pick(fast=dict(train=600, test=200), full={}))
    name, code = f"11_clusters_{chosen.row}", code_of(Path(__file__))
    for seed in chosen.seeds:
        if chosen.test and record.is_written(name, dataset=digits.name, seed=seed, code=code):
            print(f"{name}, seed {seed}: is recorded.")
            continue
        measured = {}
        for count, (network, loss) in ROWS[chosen.row](digits, seed, chosen.epochs).items():
            prefix = f"clusters{count}_{chosen.row}"
            measured[f"{prefix}_loss"] = loss
            if chosen.test:
                logits = network.predict(digits.x_test, batch_size=500, verbose=0)
                scores = metrics.cluster_scores(logits.argmax(axis=1), digits.y_test)
                measured |= {f"{prefix}_{SUFFIXES[m]}": value for m, value in scores.items()}
        print(f"{name}, seed {seed}:", {n: round(v, 4) for n, v in measured.items()}, flush=True)
        if chosen.test and settings.profile.name == "full":
            how = dict(dataset=digits.name, script=__file__, seed=seed)
            lessons.record_experiment(name, **how, **measured)


if __name__ == "__main__":
    main()
