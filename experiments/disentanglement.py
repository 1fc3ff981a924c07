"""Does a weight on the KL give each factor a number of its own? A conditional VAE on drawn digits,
whose slant, thickness and width are known. (Lesson 09, section 10.)

python experiments/disentanglement.py --seeds 0 1 2        # about two minutes a seed

R squared of a factor on test digits: by linear regression from the one number of the code that
predicts it best, from the second best, and from all. Higgins and others 2017 (the weight),
Locatello and others 2019 (why several seeds).
"""

import argparse

from aecourse import lessons, settings
from aecourse.datasets import drawn
from aecourse.models import ConditionalVAE
from aecourse.networks import build_conditional_decoder, build_conditional_encoder
from aecourse.training import Run, falling_adam, set_seed
import numpy as np
from sklearn.linear_model import LinearRegression

DIM, HIDDEN = 10, settings.profile.pick(fast=(64,), full=(256, 256))
BETAS = (1, 4, 16)
FACTORS = ("slant", "thickness", "width")
COUNT = settings.profile.pick(fast=500, full=20_000)
HOW = dict(epochs=settings.profile.pick(fast=1, full=10), batch_size=128)


def trained(images, labels, beta, seed):
    """A CVAE that learned from images and labels with a KL of weight beta."""
    set_seed(seed)
    how = dict(hidden=HIDDEN)
    model = ConditionalVAE(
        build_conditional_encoder(DIM, **how), build_conditional_decoder(DIM, **how)
    )
    adam = falling_adam(2e-3, count=len(images), **HOW, beta_2=0.99)
    model.compile(adam, loss_weights={"kl": float(beta)})
    run = Run("09_disentanglement", beta=beta)
    run.fit(model, images, labels, seed=seed, **HOW)
    return model


def r_squared(codes, factor, test_codes, test_factor):
    """Of a factor, from the best number of the codes (n, DIM), the second best, and all."""
    line = LinearRegression()
    alone = [
        line.fit(codes[:, [n]], factor).score(test_codes[:, [n]], test_factor) for n in range(DIM)
    ]
    second, one = np.sort(alone)[-2:]
    return {
        "one": one,
        "second": second,
        "all": line.fit(codes, factor).score(test_codes, test_factor),
    }


def measured(seed):
    """All metrics of a seed."""
    images, labels, factors = drawn.sample(COUNT, "train")
    test_images, test_labels, test_factors = drawn.sample(COUNT // 4, "test")
    found = {}
    for beta in BETAS:
        model = trained(images, labels, beta, seed)
        losses = model.evaluate(
            test_images, test_labels, batch_size=500, verbose=0, return_dict=True
        )
        for name in ("reconstruction", "kl"):
            found[f"beta{beta}_test_{name}_nats"] = losses[name]
        codes, test_codes = (
            model.encoder.predict(list(given), batch_size=500, verbose=0)[0]
            for given in ((images, labels), (test_images, test_labels))
        )
        for factor in FACTORS:
            scores = r_squared(codes, factors[factor], test_codes, test_factors[factor])
            found |= {f"beta{beta}_{factor}_{which}_r2": score for which, score in scores.items()}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    for seed in parser.parse_args().seeds:
        found = measured(seed)
        print(seed, {name: round(float(value), 3) for name, value in found.items()}, flush=True)
        how = dict(dataset="drawn", script=__file__, seed=seed)
        lessons.record_experiment("09_disentanglement", **how, **found)


if __name__ == "__main__":
    main()
