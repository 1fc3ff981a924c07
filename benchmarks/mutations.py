"""Do the tests catch a broken course? Small faults, put into a copy of it one at a time.

python benchmarks/mutations.py              # all of them
python benchmarks/mutations.py adversarial  # those of modules or tests whose names have this word

For each fault the unit tests that should see it run until the first of them fails. The last line
says how many faults were caught, and the exit code is 1 if more than one was not.
"""

import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Fault(NamedTuple):
    """`before` stands exactly once in aecourse/`module`; with `after` in its place, tests/`test`
    should fail."""

    words: str
    module: str
    before: str
    after: str
    test: str


VAE, AAE, GAN = "models/variational.py", "models/adversarial.py", "models/gan.py"
FAULTS = [
    Fault(
        "the KL with the wrong sign",
        VAE,
        "0.5 * tf.reduce_sum(terms",
        "-0.5 * tf.reduce_sum(terms",
        "test_variational.py",
    ),
    Fault(
        "noise scaled by the variance",
        VAE,
        "tf.exp(0.5 * z_log_var) * noise",
        "tf.exp(z_log_var) * noise",
        "test_variational.py",
    ),
    Fault("the KL's weight forgotten", VAE, "self.kl_weight * kl", "kl", "test_variational.py"),
    Fault(
        "no mean over the draws of the importance-weighted bound",
        VAE,
        "tf.math.log(float(samples)) -",
        "-",
        "test_variational.py",
    ),
    Fault(
        "the encoder left out of the generator phase",
        AAE,
        '"generator": ("encoder",),',
        '"generator": ("discriminator",),',
        "test_adversarial.py",
    ),
    Fault(
        "the discriminator phase moves the encoder",
        AAE,
        '"discriminator": ("discriminator",),',
        '"discriminator": ("discriminator", "encoder"),',
        "test_adversarial.py",
    ),
    Fault(
        "a discriminator's labels swapped (few labels)",
        AAE,
        "return judged(looks_drawn, real=1) + judged(looks_coded, real=0)\n\n    def test_step",
        "return judged(looks_drawn, real=0) + judged(looks_coded, real=1)\n\n    def test_step",
        "test_semi_supervised.py",
    ),
    Fault(
        "the still encoder not still",
        AAE,
        "training=not self.still_encoder",
        "training=True",
        "test_adversarial.py",
    ),
    Fault(
        "labels' weight on the wrong loss",
        AAE,
        "+ self.classification_weight * classification",
        "+ self.classification_weight * reconstruction",
        "test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: a random direction",
        AAE,
        "worst = tf.math.l2_normalize(slope, axis=(1, 2))",
        "worst = tf.math.l2_normalize(tiny, axis=(1, 2))",
        "test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: the classes before the step learn",
        AAE,
        "classes = tf.stop_gradient(classes)",
        "classes = tf.identity(classes)",
        "test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: a cross-entropy for the KL",
        AAE,
        "(classes, logits) + certain",
        "(classes, logits)",
        "test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: its weight forgotten",
        AAE,
        "self.vat_weight * self.virtual_adversarial_loss(images, classes)",
        "self.virtual_adversarial_loss(images, classes)",
        "test_semi_supervised.py",
    ),
    Fault(
        "nobody fools the judge of styles",
        AAE,
        "(label_generator + style_generator)",
        "label_generator",
        "test_semi_supervised.py",
    ),
    Fault(
        "a rising weight counts the steps of another phase",
        AAE,
        'weight(self.optimizers["discriminator"].iterations)',
        'weight(self.optimizers["generator"].iterations)',
        "test_adversarial.py",
    ),
    Fault(
        "one optimizer for all phases",
        "models/phases.py",
        "self.optimizers[name].apply",
        "list(self.optimizers.values())[0].apply",
        "test_adversarial.py",
    ),
    Fault(
        "uphill",
        "models/phases.py",
        "tape.gradient(share, variables)",
        "tape.gradient(-share, variables)",
        "test_adversarial.py",
    ),
    Fault(
        "replicas add up",
        "models/phases.py",
        "(phase.loss + phase.penalty) / self.replicas",
        "(phase.loss + phase.penalty)",
        "test_distribution.py",
    ),
    Fault(
        "a gradient penalty that is never added",
        "models/phases.py",
        "(phase.loss + phase.penalty)",
        "(phase.loss + 0 * phase.penalty)",
        "test_gan.py",
    ),
    Fault(
        "saturating where it should not be",
        GAN,
        "tf.where(self.saturating, saturating, other)",
        "tf.where(self.saturating, other, saturating)",
        "test_gan.py",
    ),
    Fault(
        "several steps of the discriminator on one minibatch",
        GAN,
        "minibatches[step], noises[step]",
        "minibatches[0], noises[step]",
        "test_gan.py",
    ),
    Fault(
        "all networks side by side start alike",
        "networks.py",
        "GlorotUniform(1000 * seed + depth)",
        "GlorotUniform(depth)",
        "test_gan.py",
    ),
    Fault(
        "noisy images leave [0, 1]",
        "networks.py",
        "layers.GaussianNoise(std), clip",
        "layers.GaussianNoise(std)",
        "test_autoencoder.py",
    ),
    Fault(
        "an activation on the code",
        "networks.py",
        "_code_heads(tensor, latent_dim, gaussian, classes, code_activation)",
        "_code_heads(tensor, latent_dim, gaussian, classes, activation)",
        "test_autoencoder.py",
    ),
    Fault(
        "the prior's standard deviation forgotten",
        "priors.py",
        "self.std * keras.random.normal",
        "keras.random.normal",
        "test_adversarial.py",
    ),
    Fault(
        "petals on half a circle",
        "priors.py",
        "2 * math.pi * labels / self.parts",
        "math.pi * labels / self.parts",
        "test_adversarial.py",
    ),
    Fault(
        "Wasserstein without sorting",
        "metrics.py",
        "np.abs(np.sort(values, axis=0) - np.sort(quantiles)[:, None])",
        "np.abs(values - np.sort(quantiles)[:, None])",
        "test_gan.py",
    ),
    Fault(
        "sliced distance not in units of the prior",
        "metrics.py",
        "gaps.mean() / scale",
        "gaps.mean()",
        "test_metrics_plots.py",
    ),
    Fault(
        "decibels twice",
        "metrics.py",
        "-10 * np.log10(np.maximum(errors",
        "-20 * np.log10(np.maximum(errors",
        "test_metrics_plots.py",
    ),
    Fault(
        "noise on the target",
        "models/base.py",
        "inputs, inputs if targets is None else targets",
        "inputs, inputs",
        "test_autoencoder.py",
    ),
    Fault(
        "only the first layer learns",
        "models/autoencoder.py",
        "self.optimizer.apply(gradients, self.trainable_variables)",
        "self.optimizer.apply(gradients[:2], self.trainable_variables[:2])",
        "test_autoencoder.py",
    ),
    Fault(
        "settings not saved with a model",
        "models/base.py",
        "for name in (*self.NETWORKS, *self.SETTINGS)",
        "for name in self.NETWORKS",
        "test_gan.py",
    ),
    Fault(
        "a resumed training starts at its first batch",
        "training.py",
        "first_batch=first * steps",
        "first_batch=0",
        "test_training.py",
    ),
    Fault(
        "a checkpoint written in its place",
        "files.py",
        "write(part)\n        os.replace(part, path)",
        "write(path)",
        "test_faults.py",
    ),
    Fault(
        "a phase that is no number goes unseen",
        "training.py",
        "logs.get(name, 0)",
        'logs.get("loss", 0)',
        "test_faults.py",
    ),
    Fault(
        "a loss that is no number spoils the others before it is named",
        "models/base.py",
        "tf.where(sound, loss, 0.0), sample_weight=count",
        "loss, sample_weight=tf.shape(images)[0]",
        "test_faults.py",
    ),
    Fault(
        "steps at once that take batches of the next epoch",
        "training.py",
        " for k in range(1, most + 1) if steps % k == 0)",
        " for k in range(1, most + 1))",
        "test_training.py",
    ),
    Fault(
        "models that nobody holds stay in memory",
        "backend.py",
        "del functions[name]",
        "pass",
        "test_training.py",
    ),
    Fault(
        "a run that another kernel has just finished is resumed",
        "training.py",
        "if not (folder / _CHECKPOINT).is_file():  # another finished",
        "if False:  # another finished",
        "test_training.py",
    ),
    Fault(
        "a checkpoint without the optimizers",
        "training.py",
        "+ [v for optimizer in _optimizers(model) for v in optimizer.variables]",
        "+ []",
        "test_training.py",
    ),
    Fault(
        "test images taken from the training set",
        "datasets/__init__.py",
        'arrays["x_test"][:test]',
        'arrays["x_train"][:test]',
        "test_datasets.py",
    ),
    Fault(
        "damaged noise of the test set not clipped",
        "datasets/corruptions.py",
        "return np.clip(images + np.float32(std) * noise, 0, 1)",
        "return images + np.float32(std) * noise",
        "test_datasets.py",
    ),
    Fault(
        "a rate that has fallen after one epoch",
        "training.py",
        "steps = epochs * math.ceil(count / batch_size)",
        "steps = math.ceil(count / batch_size)",
        "test_training.py",
    ),
    Fault(
        "a recorded run whose marked cells are compared with themselves",
        "recording.py",
        "printed(old) != printed(new)",
        "printed(new) != printed(new)",
        "test_recording.py",
    ),
]


def caught(fault, copy):
    """Whether a test fails with the fault in the copy, which is whole again afterwards."""
    module = copy / "aecourse" / fault.module
    sound = module.read_text(encoding="utf-8")
    module.write_text(sound.replace(fault.before, fault.after), encoding="utf-8")
    command = ["-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    try:
        found = subprocess.run(
            [sys.executable, *command, f"tests/{fault.test}"],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
        )
    finally:
        module.write_text(sound, encoding="utf-8")
    return found.returncode == 1


def main():
    words = sys.argv[1:]
    chosen = [f for f in FAULTS if not words or any(w in f.module + f.test for w in words)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        ignored = shutil.ignore_patterns(".git", ".venv", "runs", "__pycache__", "*.egg-info")
        shutil.copytree(ROOT, copy, ignore=ignored)
        missed = []
        for fault in chosen:
            started = time.monotonic()
            found = caught(fault, copy)
            missed += [] if found else [fault.words]
            seconds = time.monotonic() - started
            print(f"{'caught' if found else 'MISSED'}  {seconds:3.0f} s  {fault.words}", flush=True)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} faults caught")
    return 1 if len(missed) > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
