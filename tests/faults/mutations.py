"""Do the tests catch a broken course? Small faults, put into a copy of it one at a time.

python tests/faults/mutations.py              # all of them
python tests/faults/mutations.py adversarial  # those of modules or tests whose names have this word

For each fault the file of tests that should see it runs until the first of them fails. The last
line says how many faults were caught, and the exit code is 1 if more than one was not. Run the
tests themselves before: where they fail anyway, every fault looks caught.
"""

import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Fault(NamedTuple):
    """`before` stands exactly once in aecourse/`module`; with `after` in its place, tests/`test`
    should fail."""

    words: str
    module: str
    before: str
    after: str
    test: str


LOSSES, BASE, PHASES = "models/losses.py", "models/base.py", "models/phases.py"
VAE, AAE, GAN = "models/variational.py", "models/adversarial.py", "models/gan.py"
FEW = "models/semi_supervised.py"
FAULTS = [
    Fault(
        "the KL with the wrong sign",
        LOSSES,
        "return 0.5 * tf.reduce_sum(terms",
        "return -0.5 * tf.reduce_sum(terms",
        "unit/test_variational.py",
    ),
    Fault(
        "noise scaled by the variance",
        VAE,
        "tf.exp(0.5 * z_log_var) * noise",
        "tf.exp(z_log_var) * noise",
        "unit/test_variational.py",
    ),
    Fault(
        "the KL's weight forgotten",
        VAE,
        'self.weight_now("kl") * kl',
        "kl",
        "unit/test_variational.py",
    ),
    Fault(
        "no mean over the draws of the importance-weighted bound",
        VAE,
        "tf.math.log(float(samples)) -",
        "-",
        "unit/test_variational.py",
    ),
    Fault(
        "the encoder left out of the generator phase",
        AAE,
        '"generator": ("encoder",),',
        '"generator": ("discriminator",),',
        "unit/test_adversarial.py",
    ),
    Fault(
        "the discriminator phase moves the encoder",
        AAE,
        '"discriminator": ("discriminator",),',
        '"discriminator": ("discriminator", "encoder"),',
        "unit/test_adversarial.py",
    ),
    Fault(
        "a discriminator's labels swapped (few labels)",
        FEW,
        "adversarial_loss(on_drawn, real=1) + adversarial_loss(on_coded, real=0)",
        "adversarial_loss(on_drawn, real=0) + adversarial_loss(on_coded, real=1)",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "the still encoder not still",
        AAE,
        "training=not self.still_encoder",
        "training=True",
        "unit/test_adversarial.py",
    ),
    Fault(
        "labels' weight on the wrong loss",
        FEW,
        '+ self.weight_now("classification") * classification',
        '+ self.weight_now("classification") * reconstruction',
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: a random direction",
        FEW,
        "worst = tf.math.l2_normalize(slope, axis=(1, 2))",
        "worst = tf.math.l2_normalize(trial, axis=(1, 2))",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: the classes before the step learn",
        FEW,
        "classes = tf.stop_gradient(tf.cast(classes, tf.float32))",
        "classes = tf.cast(classes, tf.float32)",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: a cross-entropy for the KL",
        FEW,
        "(classes, logits) + certain",
        "(classes, logits)",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "virtual adversarial: its weight forgotten",
        FEW,
        'self.weight_now("virtual_adversarial") * smoothness',
        "smoothness",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "nobody fools the judge of styles",
        FEW,
        "(label_generator + style_generator)",
        "label_generator",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "a rising weight counts the batches of the test set too",
        BASE,
        "if training and self.schedules:",
        "if self.schedules:",
        "unit/test_variational.py",
    ),
    Fault(
        "a weight that has a schedule stays as it began",
        BASE,
        "schedule(self.batches_seen)",
        "schedule(0)",
        "unit/test_adversarial.py",
    ),
    Fault(
        "the weight of a phase forgotten",
        PHASES,
        "times * weight * (phase.loss",
        "times * (phase.loss",
        "unit/test_adversarial.py",
    ),
    Fault(
        "one optimizer for all phases",
        PHASES,
        "Phase(), self.phase_variables(name), self.optimizers[name]",
        "Phase(), self.phase_variables(name), list(self.optimizers.values())[0]",
        "unit/test_adversarial.py",
    ),
    Fault(
        "uphill",
        PHASES,
        "tape.gradient(share, variables)",
        "tape.gradient(-share, variables)",
        "unit/test_adversarial.py",
    ),
    Fault(
        "replicas add up",
        PHASES,
        "(phase.loss + phase.penalty) / self.replicas",
        "(phase.loss + phase.penalty)",
        "unit/test_distribution.py",
    ),
    Fault(
        "a gradient penalty that is never added",
        PHASES,
        "(phase.loss + phase.penalty)",
        "(phase.loss + 0 * phase.penalty)",
        "unit/test_gan.py",
    ),
    Fault(
        "saturating where it should not be",
        GAN,
        "tf.where(self.saturating, saturating, other)",
        "tf.where(self.saturating, other, saturating)",
        "unit/test_gan.py",
    ),
    Fault(
        "several steps of the discriminator on one minibatch",
        GAN,
        "real, noise = minibatches[tf.minimum(step, last)],",
        "real, noise = minibatches[0],",
        "unit/test_gan.py",
    ),
    Fault(
        "all networks side by side start alike",
        "networks/classifiers.py",
        "GlorotUniform(1000 * int(seed) + depth)",
        "GlorotUniform(depth)",
        "unit/test_gan.py",
    ),
    Fault(
        "noisy images leave [0, 1]",
        "networks/blocks.py",
        "layers.GaussianNoise(std), clip",
        "layers.GaussianNoise(std)",
        "unit/test_autoencoder.py",
    ),
    Fault(
        "an activation on the code",
        "networks/encoders.py",
        "_code_heads(tensor, latent_dim, gaussian, classes, code_activation)",
        "_code_heads(tensor, latent_dim, gaussian, classes, activation)",
        "unit/test_autoencoder.py",
    ),
    Fault(
        "the prior's standard deviation forgotten",
        "priors.py",
        "self.std * keras.random.normal",
        "keras.random.normal",
        "unit/test_adversarial.py",
    ),
    Fault(
        "petals on half a circle",
        "priors.py",
        "2 * math.pi * labels / self.parts",
        "math.pi * labels / self.parts",
        "unit/test_adversarial.py",
    ),
    Fault(
        "Wasserstein without sorting",
        "metrics/codes.py",
        "np.abs(np.sort(values, axis=0) - np.sort(quantiles)[:, None])",
        "np.abs(values - np.sort(quantiles)[:, None])",
        "unit/test_gan.py",
    ),
    Fault(
        "sliced distance not in units of the prior",
        "metrics/codes.py",
        "gaps.mean() / scale",
        "gaps.mean()",
        "unit/test_metrics.py",
    ),
    Fault(
        "decibels twice",
        "metrics/images.py",
        "-10 * np.log10(np.maximum(errors",
        "-20 * np.log10(np.maximum(errors",
        "unit/test_metrics.py",
    ),
    Fault(
        "noise on the target",
        BASE,
        "return inputs, inputs if targets is None else targets, sample_weight",
        "return inputs, inputs, sample_weight",
        "unit/test_autoencoder.py",
    ),
    Fault(
        "only the first layer learns",
        "models/autoencoder.py",
        "self.optimizer.apply(gradients, self.trainable_variables)",
        "self.optimizer.apply(gradients[:2], self.trainable_variables[:2])",
        "unit/test_autoencoder.py",
    ),
    Fault(
        "settings not saved with a model",
        BASE,
        'for name in (*self.NETWORKS, *self.SETTINGS, "schedules")',
        'for name in (*self.NETWORKS, "schedules")',
        "unit/test_gan.py",
    ),
    Fault(
        "a resumed training starts at its first batch",
        "training/callbacks.py",
        "self.epochs.number = epoch",
        "self.epochs.number = 0",
        "unit/test_training.py",
    ),
    Fault(
        "a checkpoint written in its place",
        "files.py",
        "write(part)\n        os.replace(part, path)",
        "write(path)",
        "unit/test_faults.py",
    ),
    Fault(
        "a phase that is no number goes unseen",
        "training/callbacks.py",
        "logs.get(name, 0)",
        'logs.get("loss", 0)',
        "unit/test_faults.py",
    ),
    Fault(
        "a loss that is no number spoils the others before it is named",
        BASE,
        "tf.where(sound, loss, 0.0), sample_weight=count",
        "loss, sample_weight=tf.shape(images)[0]",
        "unit/test_faults.py",
    ),
    Fault(
        "batch normalization measured anew under the noise of training",
        "training/batch_norm.py",
        "return layers.Identity() if noisy else layer",
        "return layer",
        "unit/test_batch_norm.py",
    ),
    Fault(
        "batch normalization measured anew on the last batch alone",
        "training/batch_norm.py",
        "layer.momentum = first / (first + len(batch))",
        "layer.momentum = 0.0",
        "unit/test_batch_norm.py",
    ),
    Fault(
        "batch normalization that never moves again",
        "training/batch_norm.py",
        "            layer.momentum = momentum\n",
        "            pass\n",
        "unit/test_batch_norm.py",
    ),
    Fault(
        "an error that no mistake explains although one stops with it",
        "exercises.py",
        "if stopped == f",
        "if error is f",
        "lessons/test_exercises.py",
    ),
    Fault(
        "steps at once that take batches of the next epoch",
        "training/pipeline.py",
        " for k in range(1, at_once + 1) if steps % k == 0)",
        " for k in range(1, at_once + 1))",
        "unit/test_training.py",
    ),
    Fault(
        "models that nobody holds stay in memory",
        "backend.py",
        "del functions[name]",
        "pass",
        "unit/test_training.py",
    ),
    Fault(
        "a run that another kernel has just finished is resumed",
        "training/run.py",
        "if not (folder / _CHECKPOINT).is_file():  # killed early",
        "if False:  # killed early",
        "unit/test_training.py",
    ),
    Fault(
        "a checkpoint without the optimizers",
        "training/checkpoint.py",
        "groups |= {name: each.variables for name, each in optimizers_of(model).items()}",
        "pass",
        "unit/test_training.py",
    ),
    Fault(
        "test images taken from the training set",
        "datasets/__init__.py",
        'arrays["x_test"][:test]',
        'arrays["x_train"][:test]',
        "unit/test_datasets.py",
    ),
    Fault(
        "damaged noise of the test set not clipped",
        "datasets/corruptions.py",
        "return np.clip(images + np.float32(std) * noise, 0, 1)",
        "return images + np.float32(std) * noise",
        "unit/test_datasets.py",
    ),
    Fault(
        "a rate that has fallen after one epoch",
        "training/pipeline.py",
        "steps = epochs * math.ceil(count / batch_size)",
        "steps = math.ceil(count / batch_size)",
        "unit/test_training.py",
    ),
    Fault(
        "a recorded run whose marked cells are compared with themselves",
        "results/recording.py",
        "printed(old) != printed(new)",
        "printed(new) != printed(new)",
        "unit/test_recording.py",
    ),
    Fault(
        "two streams of data in one order",
        "training/pipeline.py",
        "self.key = seed + (stream << 32)",
        "self.key = seed",
        "unit/test_training.py",
    ),
    Fault(
        "layers do not belong to what a run is",
        "training/checkpoint.py",
        "        _without_names(_config(model)),\n",
        "",
        "unit/test_training.py",
    ),
    Fault(
        "a download has its name before it is verified",
        "datasets/download.py",
        "verify(part)",
        "pass",
        "unit/test_datasets.py",
    ),
    Fault(
        "a picture without its words",
        "plots/style.py",
        'return data, {"image/png": {"alt": self.alt}}',
        "return data, {}",
        "unit/test_plots.py",
    ),
    Fault(
        "a record does not depend on the code that its lesson uses",
        "results/code.py",
        "files = path, *_siblings(path), *modules",
        "files = (path,)",
        "unit/test_record.py",
    ),
    Fault(
        "a record counts the fast profile's settings",
        "results/code.py",
        '.get("full")',
        '.get("fast")',
        "unit/test_record.py",
    ),
    Fault(
        "a fast run says that a method is better, without having shown it",
        "lessons/lesson.py",
        "if kept and not promise.of_fast_runs:",
        "if False:",
        "lessons/test_promises.py",
    ),
    Fault(
        "what a run is found by is deleted first",
        "runs.py",
        "key=lambda path: path == known_by",
        "key=lambda path: path != known_by",
        "unit/test_first_contact.py",
    ),
    Fault(
        "the end of an epoch waits for a thread that tunes",
        "settings.py",
        "options.autotune.enabled = False",
        "pass",
        "unit/test_gpu.py",
    ),
    Fault(
        "promises kept on the wrong side",
        "lessons/lesson.py",
        'value < limit if self.side == "below" else value > limit',
        'value > limit if self.side == "below" else value < limit',
        "lessons/test_promises.py",
    ),
    Fault(
        "an answer one per cent off is right",
        "exercises.py",
        'in "iu" else 1e-3',
        'in "iu" else 1e-2',
        "lessons/test_exercises.py",
    ),
    Fault(
        "the first mistake's hint for every wrong answer",
        "exercises.py",
        "if all(map(same, found, _results(mistaken, exercise.inputs()))):",
        "if mistaken:",
        "lessons/test_exercises.py",
    ),
    Fault(
        "an answer may leave the generator aside that is handed in",
        "exercises.py",
        "return SAME_WHATEVER_THE_GENERATOR if same(drawn(1), drawn(2)) else None",
        "return None",
        "lessons/test_exercises.py",
    ),
    Fault(
        "rings of half and of one and a half times the spread are right",
        "lessons/l04.py",
        "abs(radius.std() - 0.1) < 0.001",
        "abs(radius.std() - 0.1) < 0.06",
        "lessons/test_exercises.py",
    ),
    Fault(
        "both examples of an exercise ask for nearly the same noise",
        "lessons/l02.py",
        "_gray_images(300, 0.4, 8)",
        "_gray_images(300, 0.55, 8)",
        "lessons/test_exercises.py",
    ),
    Fault(
        "drawn test digits that are training digits",
        "datasets/drawn.py",
        "np.random.RandomState([_SPLITS[split], block])",
        "np.random.RandomState(_SPLITS[split] + block)",
        "unit/test_drawn.py",
    ),
    Fault(
        "every way of writing a digit as often as the others",
        "datasets/drawn.py",
        "np.cumsum([variant.weight for variant in VARIANTS[label]])",
        "np.cumsum([1 for variant in VARIANTS[label]])",
        "unit/test_drawn.py",
    ),
    Fault(
        "ink between two strokes",
        "datasets/drawn.py",
        "down[chosen, rows.start - 1] = False",
        "down[chosen, rows.start - 1] = True",
        "unit/test_drawn.py",
    ),
    Fault(
        "no more labels than one less than the smallest class has",
        "datasets/labels.py",
        "per_class > counts.min()",
        "per_class >= counts.min()",
        "unit/test_semi_supervised.py",
    ),
    Fault(
        "wide images drawn as high ones",
        "plots/images.py",
        "(column - across, column + across, row + up, row - up)",
        "(column - up, column + up, row + across, row - across)",
        "unit/test_plots.py",
    ),
    Fault(
        "a count of a matrix on another square",
        "plots/tables.py",
        "axis.text(column, row,",
        "axis.text(row, column,",
        "unit/test_plots.py",
    ),
    Fault(
        "a decoder without the dropout that was asked for",
        "networks/decoders.py",
        "dense_stack(tensor, hidden, activation, dropout)",
        "dense_stack(tensor, hidden, activation, 0.0)",
        "unit/test_adversarial.py",
    ),
    Fault(
        "a gradient penalty that is twice its formula's",
        GAN,
        "tf.reduce_mean(self.gradient_penalty * slopes**2) / 2",
        "tf.reduce_mean(self.gradient_penalty * slopes**2)",
        "unit/test_gan.py",
    ),
    Fault(
        "other labels do not make another run",
        "training/run.py",
        "checkpoint.identity(model, data.arrays)",
        "checkpoint.identity(model, data.arrays[:1])",
        "unit/test_adversarial.py",
    ),
    Fault(
        "structural similarity in a window of another size",
        "metrics/images.py",
        "sigma=(0, 1.5, 1.5)",
        "sigma=(0, 1.3, 1.3)",
        "unit/test_metrics.py",
    ),
    Fault(
        "a probe whose penalty is never chosen",
        "metrics/codes.py",
        "max(_PENALTIES, key=held_out_accuracy)",
        "max(_PENALTIES)",
        "unit/test_metrics.py",
    ),
    Fault(
        "channels become pixels in another order",
        "networks/upscalers.py",
        "return layers.Reshape(tuple(image_shape))(layers.Permute((1, 3, 2, 4))(tensor))",
        "return layers.Reshape(tuple(image_shape))(layers.Permute((1, 4, 2, 3))(tensor))",
        "unit/test_upscalers.py",
    ),
    Fault(
        "the linear map under an upscaler learns as well",
        "networks/upscalers.py",
        "trainable=False",
        "trainable=True",
        "unit/test_upscalers.py",
    ),
    Fault(
        "anomalies end a step later than is said",
        "datasets/series.py",
        "return day, int(start), int(start + length)",
        "return day, int(start), int(start + length - 1)",
        "unit/test_series.py",
    ),
    Fault(
        "anomalies at strength 0",
        "datasets/series.py",
        "change = strength * (other - smooth)",
        "change = other - smooth",
        "unit/test_series.py",
    ),
    Fault(
        "a gap in a learner's series passed over",
        "datasets/own/table.py",
        "np.abs(steps - usual) > 1e-3 * usual",
        "usual - steps > 1e-3 * usual",
        "unit/test_own_series.py",
    ),
    Fault(
        "the decoder of a conditional VAE is not told the condition",
        "networks/conditional.py",
        "layers.Concatenate()([codes, features])",
        "layers.Concatenate()([codes, 0 * features])",
        "unit/test_conditional.py",
    ),
    Fault(
        "the bound of a conditional VAE pairs images with others' conditions",
        "models/conditional.py",
        "(tf.repeat(t, samples, axis=0) for t in (images, conditions))",
        "(tf.repeat(t, samples, axis=0) for t in (images, conditions[::-1]))",
        "unit/test_conditional.py",
    ),
    Fault(
        "equal scores are told apart by their order",
        "metrics/detection.py",
        "np.flatnonzero(np.diff(scores[order]))",
        "np.arange(len(scores) - 1)",
        "unit/test_detection.py",
    ),
    Fault(
        "a threshold at which one false alarm too many passes",
        "metrics/detection.py",
        "scores[len(scores) - 1 - above]",
        "scores[len(scores) - 2 - above]",
        "unit/test_detection.py",
    ),
    Fault(
        "the score of a step is a sum, smaller at the ends of a series",
        "models/detectors.py",
        "return total / held",
        "return total / width",
        "unit/test_detectors.py",
    ),
    Fault(
        "a window's code is as wide as the window",
        "networks/windows.py",
        'layers.Dense(whole(latent_dim), name="codes")(tensor)',
        'layers.Dense(length, name="codes")(tensor)',
        "unit/test_windows.py",
    ),
    Fault(
        "clusters are matched with the labels that they hold least of",
        "metrics/clusters.py",
        "linear_sum_assignment(worth, maximize=True)",
        "linear_sum_assignment(worth)",
        "unit/test_clusters.py",
    ),
    Fault(
        "the majority vote is taken among the clusters of a label",
        "metrics/clusters.py",
        "counts.max(axis=1).sum()",
        "counts.max(axis=0).sum()",
        "unit/test_clusters.py",
    ),
    Fault(
        "noise is left out of the count instead of counted as wrong",
        "metrics/clusters.py",
        "return counts, len(labels)",
        "return counts, int(kept.sum())",
        "unit/test_clusters.py",
    ),
    Fault(
        "labels are let in where clusters are learned",
        "models/clustering.py",
        "if y is not None:",
        "if y is False:",
        "unit/test_clustering.py",
    ),
    Fault(
        "information: all images in one cluster is what is asked for",
        "models/clustering.py",
        '- self.weight_now("marginal_entropy") * losses["marginal_entropy"]',
        '+ self.weight_now("marginal_entropy") * losses["marginal_entropy"]',
        "unit/test_clustering.py",
    ),
    Fault(
        "information: the entropy of the mean is the mean of the entropies",
        "models/clustering.py",
        "entropy(tf.reduce_mean(clusters, axis=0))",
        "tf.reduce_mean(entropy(clusters))",
        "unit/test_clustering.py",
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
        ignored = shutil.ignore_patterns(
            ".git", ".venv", "runs", "__pycache__", "*.egg-info", "dist"
        )
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
