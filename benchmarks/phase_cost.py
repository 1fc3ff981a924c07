"""What does the phase block cost? One training step of the adversarial autoencoder against the
same mathematics in a hand-written `tf.function` loop, measured in turns in one run.

python benchmarks/phase_cost.py [rounds]

Networks of 1000 units, batches of 100. Prints milliseconds a step of both and their ratio; a
round is 40 steps of each, and the ratio is the median over the rounds.
"""

import statistics
import sys
import time

from aecourse.backend import keras, tf
from aecourse.models import AdversarialAutoencoder
from aecourse.networks import (
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Gaussian
import numpy as np

BATCH, STEPS = 100, 40


def networks():
    return build_dense_encoder(2), build_dense_decoder(2), build_dense_discriminator(2)


def with_phases(batches):
    model = AdversarialAutoencoder(*networks(), Gaussian(dim=2))
    model.compile(learning_rate=1e-3)
    return lambda: model.fit(batches, steps_per_epoch=STEPS, verbose=0)


def by_hand(batches):
    encoder, decoder, discriminator = networks()
    variables = (
        encoder.trainable_variables + decoder.trainable_variables,
        discriminator.trainable_variables,
        encoder.trainable_variables,
    )
    optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in variables]
    for optimizer, of_phase in zip(optimizers, variables, strict=True):
        optimizer.build(of_phase)

    def judged(logits, real):
        labels = tf.fill(tf.shape(logits), real)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return tf.reduce_mean(losses)

    @tf.function
    def step(images):
        with tf.GradientTape() as tape:
            y = decoder(encoder(images, training=True), training=True)
            y = tf.clip_by_value(y, 1e-7, 1 - 1e-7)
            pixels = images * tf.math.log(y) + (1 - images) * tf.math.log(1 - y)
            copying = -tf.reduce_mean(tf.reduce_sum(pixels, axis=[1, 2]))
        optimizers[0].apply(tape.gradient(copying, variables[0]), variables[0])
        codes = encoder(images, training=True)
        drawn = tf.random.normal(tf.shape(codes))
        with tf.GradientTape() as tape:
            judging = judged(discriminator(drawn, training=True), 1.0)
            judging += judged(discriminator(codes, training=True), 0.0)
        optimizers[1].apply(tape.gradient(judging, variables[1]), variables[1])
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in variables[2]:
                tape.watch(variable.value)
            codes = encoder(images, training=True)
            fooling = judged(discriminator(codes, training=True), 1.0)
        optimizers[2].apply(tape.gradient(fooling, variables[2]), variables[2])
        return copying, judging, fooling

    def run():
        for _, images in zip(range(STEPS), batches, strict=False):
            step(images)

    return run


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    images = np.random.default_rng(0).random((BATCH, 28, 28)).astype("float32")
    batches = tf.data.Dataset.from_tensors(images).repeat()
    sides = {"phases": with_phases(batches), "by hand": by_hand(batches)}
    for run in sides.values():
        run()  # traced and warm
    times = {name: [] for name in sides}
    for turn in range(rounds):
        order = list(sides) if turn % 2 else list(sides)[::-1]
        for name in order:
            begun = time.perf_counter()
            sides[name]()
            times[name].append((time.perf_counter() - begun) / STEPS * 1000)
    for name, of_side in times.items():
        print(f"{name}: {statistics.median(of_side):.1f} ms a step")
    pairs = zip(times["phases"], times["by hand"], strict=True)
    print(f"phases / by hand: {statistics.median(a / b for a, b in pairs):.3f}")


if __name__ == "__main__":
    main()
