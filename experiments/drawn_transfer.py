"""Do the drawn digits look handwritten? A CNN that has only ever seen them reads MNIST.

python experiments/drawn_transfer.py              # MNIST training digits: for choosing settings
python experiments/drawn_transfer.py --test       # MNIST test digits: the number to record

The CNN: Conv 16 and Conv 32, 3 x 3, stride 2, dropout 0.3, dense 128, dense 10; Adam, batches of
128, 3 epochs on 60 000 drawn digits. MNIST must be on this machine (see `AECOURSE_DATA`).
"""

import argparse

from aecourse import datasets, lessons
from aecourse.backend import keras
from aecourse.datasets import drawn
from aecourse.networks import build_conv_classifier
import numpy as np


def transfer(images, labels, others, other_labels, *, seed, epochs=3):
    """Train on images (n, 28, 28); give the predictions for `others` and their accuracy."""
    keras.utils.set_random_seed(seed)
    judge = build_conv_classifier(filters=(16, 32), hidden=(128,), dropout=0.3)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    judge.compile(optimizer="adam", loss=loss)
    judge.fit(images, labels, batch_size=128, epochs=epochs, verbose=0)
    guesses = judge.predict(others, batch_size=1000, verbose=0).argmax(axis=1)
    return guesses, float(np.mean(guesses == other_labels))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--test", action="store_true", help="on MNIST's test digits")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--count", type=int, default=60_000, help="drawn digits to train on")
    chosen = parser.parse_args()
    mnist = datasets.load("mnist", train=10_000)
    split = "test" if chosen.test else "train"
    others = getattr(mnist, f"x_{split}"), getattr(mnist, f"y_{split}")
    images, labels, _ = drawn.sample(chosen.count, "train")
    accuracies, errors = [], np.zeros((10, 10), int)
    for seed in range(chosen.seeds):
        guesses, accuracy = transfer(images, labels, *others, seed=seed)
        np.add.at(errors, (others[1], guesses), 1)
        accuracies.append(accuracy)
        print(f"seed {seed}: {accuracy:.4f} of MNIST's {split} digits read", flush=True)
        if chosen.test:
            how = dict(dataset="mnist", script=__file__, seed=seed)
            lessons.record_experiment("drawn_transfer", **how, drawn_to_mnist_accuracy=accuracy)
    print(f"mean {np.mean(accuracies):.4f}, from {min(accuracies):.4f} to {max(accuracies):.4f}")
    print("rows: the digit, columns: what was read, per cent")
    print(np.round(100 * errors / errors.sum(axis=1, keepdims=True), 1))


if __name__ == "__main__":
    main()
