"""A training step of lessons 01, 03, 04 and 06, against a hand-written `tf.function` loop and
against PyTorch, all in turns in one run.

python benchmarks/steps.py                    # every lesson, 15 rounds
python benchmarks/steps.py 04 002 --rounds 5  # some; 002: lesson 04 with source 002's networks

The course's side is `model.fit` on `training.batches` with sixteen steps in one call, as `Run.fit`
has it; "compiled" is that with `jit_compile=True`. By hand: the same networks and mathematics in a
plain loop over slices of arrays, without metrics. PyTorch: the same networks on a DataLoader, in
the way of source 002: every phase has forward passes and an Adam for each network of its own, and
nothing is detached. It is optional (`pip install torch`).

A round is 48 steps of each side, in an order that alternates; the first step, or call of sixteen,
pays for starting and is left out. Prints how many parameters are trained and the loss on a first
batch from the same weights (by hand it must be the course's), then milliseconds a step and their
ratio, medians over the rounds.
"""

import argparse
from functools import partial
from itertools import chain, islice, pairwise
import math
import statistics
import time

from aecourse import datasets
from aecourse.backend import keras, tf
from aecourse.models import (
    AdversarialAutoencoder,
    Autoencoder,
    SemiSupervisedAAE,
    VariationalAutoencoder,
)
from aecourse.networks import (
    RandomAffine,
    build_conv_encoder,
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Categorical, Gaussian
from aecourse.training import batches, falling_adam, set_seed
from aecourse.training.pipeline import STEPS_AT_ONCE
import numpy as np

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, TensorDataset
except ImportError:
    torch = None

STEPS = 3 * STEPS_AT_ONCE


def falling(rate, batch_size, **adam):
    """The lessons' Adam; the loops have the same."""
    return falling_adam(rate, count=60_000, epochs=10, batch_size=batch_size, **adam)


def nats(images, copies):
    y = tf.clip_by_value(copies, 1e-7, 1 - 1e-7)
    pixels = images * tf.math.log(y) + (1 - images) * tf.math.log(1 - y)
    return -tf.reduce_mean(tf.reduce_sum(pixels, axis=[1, 2]))


def judged(logits, real):
    labels = tf.fill(tf.shape(logits), real)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def torch_dense(*sizes, dropout=0.0):
    """Linear layers with ReLU between them, on images or codes, as a list of modules."""
    hidden = [nn.ReLU(), nn.Dropout(dropout)] if dropout else [nn.ReLU()]
    stack = [[nn.Linear(given, made), *hidden] for given, made in pairwise(sizes)]
    return [nn.Flatten(), *chain(*stack)][: -len(hidden)]


def torch_decoder(*sizes, dropout=0.0):
    ending = nn.Sigmoid(), nn.Unflatten(1, (28, 28))
    return nn.Sequential(*torch_dense(*sizes, 784, dropout=dropout), *ending)


def torch_judge(*sizes, dropout=0.0):
    return nn.Sequential(*torch_dense(*sizes, 1, dropout=dropout), nn.Sigmoid())


def torch_nats(images, copies):
    return F.binary_cross_entropy(copies, images, reduction="sum") / len(images)


def torch_judged(odds, real):
    return F.binary_cross_entropy(odds, torch.full_like(odds, real))


def torch_adam(rate, *networks, **how):
    return torch.optim.Adam(chain(*(network.parameters() for network in networks)), rate, **how)


# A lesson's sides. `ours` gives a compiled model; `by_hand` and `in_torch` give the networks they
# train and a step, a function of a batch that gives the losses; `checked` is
# ours for the first; `compiles` says whether XLA can.


class Plane:
    """Lesson 01: 784-1000-1000-2 and back, squared error."""

    batch, checked, compiles = 256, "loss", True

    def ours(self):
        model = Autoencoder(build_dense_encoder(2), build_dense_decoder(2))
        model.compile(optimizer=falling(2e-3, self.batch), loss="mean_squared_error")
        return model

    def by_hand(self):
        encoder, decoder = build_dense_encoder(2), build_dense_decoder(2)
        variables = encoder.trainable_variables + decoder.trainable_variables
        adam = falling(2e-3, self.batch)
        adam.build(variables)

        @tf.function
        def step(images):
            with tf.GradientTape() as tape:
                copies = decoder(encoder(images, training=True), training=True)
                loss = tf.reduce_mean(tf.square(images - copies))
            adam.apply(tape.gradient(loss, variables), variables)
            return (loss,)

        return [encoder, decoder], step

    def in_torch(self):
        encoder = nn.Sequential(*torch_dense(784, 1000, 1000, 2))
        decoder = torch_decoder(2, 1000, 1000)
        adam = torch_adam(2e-3, encoder, decoder)

        def step(images):
            adam.zero_grad()
            loss = F.mse_loss(decoder(encoder(images)), images)
            loss.backward()
            adam.step()
            return (loss,)

        return [encoder, decoder], step


class Variational:
    """Lesson 03: the VAE with two numbers."""

    batch, checked, compiles = 128, "loss", True

    def networks(self):
        return (
            build_dense_encoder(2, hidden=(512, 256), gaussian=True),
            build_dense_decoder(2, hidden=(128, 256, 512, 512)),
        )

    def ours(self):
        model = VariationalAutoencoder(*self.networks())
        model.compile(optimizer=falling(2e-3, self.batch, beta_2=0.99))
        return model

    def by_hand(self):
        encoder, decoder = self.networks()
        noise = keras.random.SeedGenerator()
        variables = encoder.trainable_variables + decoder.trainable_variables
        adam = falling(2e-3, self.batch, beta_2=0.99)
        adam.build(variables)

        @tf.function
        def step(images):
            with tf.GradientTape() as tape:
                mean, log_var = encoder(images, training=True)
                drawn = keras.random.normal(tf.shape(mean), seed=noise)
                copies = decoder(mean + tf.exp(0.5 * log_var) * drawn, training=True)
                terms = tf.square(mean) + tf.exp(log_var) - log_var - 1
                kl = 0.5 * tf.reduce_mean(tf.reduce_sum(terms, axis=1))
                loss = nats(images, copies) + kl
            adam.apply(tape.gradient(loss, variables), variables)
            return loss, kl

        return [encoder, decoder], step

    def in_torch(self):
        body = nn.Sequential(*torch_dense(784, 512, 256), nn.ReLU())
        to_mean, to_log_var = nn.Linear(256, 2), nn.Linear(256, 2)
        decoder = torch_decoder(2, 128, 256, 512, 512)
        networks = [body, to_mean, to_log_var, decoder]
        adam = torch_adam(2e-3, *networks, betas=(0.9, 0.99))

        def step(images):
            adam.zero_grad()
            hidden = body(images)
            mean, log_var = to_mean(hidden), to_log_var(hidden)
            codes = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
            terms = mean.square() + log_var.exp() - log_var - 1
            kl = 0.5 * terms.sum(dim=1).mean()
            loss = torch_nats(images, decoder(codes)) + kl
            loss.backward()
            adam.step()
            return loss, kl

        return networks, step


class Adversarial:
    """Lesson 04: three phases. One Adam serves both phases of the encoder; in PyTorch each
    network has its own in each phase."""

    batch, checked, compiles = 128, "reconstruction", True
    hidden, judge, dropout, still = (512, 512), (256, 256), 0.0, False

    def networks(self):
        return (
            build_dense_encoder(2, hidden=self.hidden, dropout=self.dropout),
            build_dense_decoder(2, hidden=self.hidden, dropout=self.dropout),
            build_dense_discriminator(2, hidden=self.judge, dropout=0.8 * self.dropout),
        )

    def optimizers(self):
        both = falling(4e-3, self.batch // 2, beta_1=0.5)  # two updates a step
        judging = falling(3e-3, self.batch, beta_1=0.5)
        return {"reconstruction": both, "discriminator": judging, "generator": both}

    def weight(self):
        return keras.optimizers.schedules.PolynomialDecay(30.0, 2000, end_learning_rate=100.0)

    def ours(self):
        how = dict(schedules={"generator": self.weight()}, still_encoder=self.still)
        model = AdversarialAutoencoder(*self.networks(), Gaussian(dim=2, std=5.0), **how)
        model.compile(optimizers=self.optimizers())
        return model

    def by_hand(self):
        encoder, decoder, judge = self.networks()
        copiers = encoder.trainable_variables + decoder.trainable_variables
        both, judging, _ = self.optimizers().values()
        both.build(copiers)
        judging.build(judge.trainable_variables)
        weight = self.weight()

        @tf.function
        def step(images):
            with tf.GradientTape() as tape:
                copies = decoder(encoder(images, training=True), training=True)
                copying = nats(images, copies)
            both.apply(tape.gradient(copying, copiers), copiers)
            codes = encoder(images, training=not self.still)
            drawn = 5.0 * tf.random.normal(tf.shape(codes))
            with tf.GradientTape() as tape:
                telling = judged(judge(drawn, training=True), 1.0)
                telling += judged(judge(codes, training=True), 0.0)
            of_judge = judge.trainable_variables
            judging.apply(tape.gradient(telling, of_judge), of_judge)
            with tf.GradientTape() as tape:
                codes = encoder(images, training=True)
                fooling = judged(judge(codes, training=True), 1.0)
                weighted = weight(judging.iterations) * fooling
            of_encoder = encoder.trainable_variables
            both.apply(tape.gradient(weighted, of_encoder), of_encoder)
            return copying, telling, fooling

        return [encoder, decoder, judge], step

    def in_torch(self):
        encoder = nn.Sequential(*torch_dense(784, *self.hidden, 2, dropout=self.dropout))
        decoder = torch_decoder(2, *self.hidden, dropout=self.dropout)
        judge = torch_judge(2, *self.judge, dropout=0.8 * self.dropout)
        networks = [encoder, decoder, judge]
        encoding, decoding = torch_adam(6e-4, encoder), torch_adam(6e-4, decoder)
        judging, generating = torch_adam(8e-4, judge), torch_adam(8e-4, encoder)

        def forget():
            for network in networks:
                network.zero_grad()

        def step(images):
            forget()
            copying = torch_nats(images, decoder(encoder(images)))
            copying.backward()
            decoding.step()
            encoding.step()
            forget()
            encoder.eval()
            drawn = 5.0 * torch.randn(len(images), 2)
            telling = torch_judged(judge(drawn), 1.0) + torch_judged(judge(encoder(images)), 0.0)
            telling.backward()
            judging.step()
            forget()
            encoder.train()
            fooling = torch_judged(judge(encoder(images)), 1.0)
            fooling.backward()
            generating.step()
            return copying, telling, fooling

        return networks, step


class OfSource(Adversarial):
    """Lesson 04's step with networks as large as source 002's, its dropout, batches of 100."""

    batch, hidden, judge, dropout, still = 100, (1000, 1000), (1000, 1000), 0.25, True


class SemiSupervised:
    """Lesson 06: convolutional, distorted images, 1000 of them labeled. The course takes one step
    of the encoder on the sum of four losses; in PyTorch it takes three, one for each phase."""

    batch, checked = 100, "reconstruction"
    compiles = False  # XLA has nothing for the distortions

    def networks(self):
        return (
            build_conv_encoder(10, filters=(32, 64, 128), noise=0.3, classes=10, batch_norm=True),
            build_dense_decoder(20, hidden=(512,)),
            build_dense_discriminator(10, hidden=(256, 256)),
            build_dense_discriminator(10, hidden=(256, 256)),
        )

    def ours(self):
        priors = Categorical(), Gaussian(dim=10)
        model = SemiSupervisedAAE(*self.networks(), *priors, RandomAffine())
        adams = {phase: falling(1e-3, self.batch, beta_1=0.5) for phase in model.PHASES}
        model.compile(optimizers=adams)
        return model

    def by_hand(self):
        encoder, decoder, of_class, of_style = self.networks()
        distort = RandomAffine()
        learners = encoder.trainable_variables + decoder.trainable_variables
        judges = of_class.trainable_variables + of_style.trainable_variables
        learning, judging = (falling(1e-3, self.batch, beta_1=0.5) for _ in range(2))
        learning.build(learners)
        judging.build(judges)

        @tf.function
        def step(images, labeled, labels):
            images = distort(images, training=True)
            with tf.GradientTape() as tape:
                logits, styles = encoder(images, training=True)
                classes = tf.nn.softmax(logits)
                copies = decoder(tf.concat([classes, styles], axis=1), training=True)
                copying = nats(images, copies)
                fooling = judged(of_class(classes, training=True), 1.0)
                fooling += judged(of_style(styles, training=True), 1.0)
                named, _ = encoder(distort(labeled, training=True), training=True)
                wrong = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=named)
                naming = tf.reduce_mean(wrong)
                loss = 0.1 * copying + fooling + 10.0 * naming
            learning.apply(tape.gradient(loss, learners), learners)
            kinds = tf.random.uniform(tf.shape(labels), maxval=10, dtype=tf.int32)
            with tf.GradientTape() as tape:
                telling = judged(of_class(tf.one_hot(kinds, 10), training=True), 1.0)
                telling += judged(of_class(classes, training=True), 0.0)
                drawn = tf.random.normal(tf.shape(styles))
                telling += judged(of_style(drawn, training=True), 1.0)
                telling += judged(of_style(styles, training=True), 0.0)
            judging.apply(tape.gradient(telling, judges), judges)
            return copying, telling, fooling, naming

        return [encoder, decoder, of_class, of_style], step

    def in_torch(self):
        body = []
        for given, made in pairwise((1, 32, 64, 128)):
            convolution = nn.Conv2d(given, made, 3, stride=2, padding=1, bias=False)
            body += [convolution, nn.BatchNorm2d(made, eps=1e-3, momentum=0.05), nn.ReLU()]
        body = nn.Sequential(nn.Unflatten(1, (1, 28)), *body, nn.Flatten())
        to_styles, to_logits = nn.Linear(4 * 4 * 128, 10), nn.Linear(4 * 4 * 128, 10)
        encoder, decoder = nn.ModuleList([body, to_styles, to_logits]), torch_decoder(20, 512)
        of_class, of_style = torch_judge(10, 256, 256), torch_judge(10, 256, 256)
        networks = [encoder, decoder, of_class, of_style]
        encoding, generating, naming_ = (torch_adam(1e-3, encoder) for _ in range(3))
        decoding = torch_adam(1e-3, decoder)
        judging = [torch_adam(1e-3, judge) for judge in (of_class, of_style)]

        def encode(images):
            if encoder.training:
                images = (images + 0.3 * torch.randn_like(images)).clamp(0, 1)
            hidden = body(images)
            return to_logits(hidden), to_styles(hidden)

        def distort(images):
            draws = 2 * torch.rand(6, len(images)) - 1
            angle, shear = 0.15 * draws[0], 0.15 * draws[1]
            wide, high = 1 + 0.1 * draws[2], 1 + 0.1 * draws[3]
            cosine, sine = angle.cos(), angle.sin()
            rows = [
                [wide * cosine, wide * (shear * cosine - sine), 2.0 / 13.5 * draws[4]],
                [high * sine, high * (shear * sine + cosine), 2.0 / 13.5 * draws[5]],
            ]
            maps = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
            grid = F.affine_grid(maps, (len(images), 1, 28, 28), align_corners=True)
            return F.grid_sample(images[:, None], grid, align_corners=True)[:, 0]

        def forget():
            for network in networks:
                network.zero_grad()

        def step(images, labeled, labels):
            images = distort(images)
            forget()
            logits, styles = encode(images)
            copies = decoder(torch.cat([logits.softmax(dim=1), styles], dim=1))
            copying = torch_nats(images, copies)
            copying.backward()
            decoding.step()
            encoding.step()
            forget()
            encoder.eval()
            logits, styles = encode(images)
            kinds = F.one_hot(torch.randint(10, (len(images),)), 10).float()
            telling = torch_judged(of_class(kinds), 1.0)
            telling = telling + torch_judged(of_class(logits.softmax(dim=1)), 0.0)
            telling = telling + torch_judged(of_style(torch.randn_like(styles)), 1.0)
            telling = telling + torch_judged(of_style(styles), 0.0)
            telling.backward()
            for adam in judging:
                adam.step()
            forget()
            encoder.train()
            logits, styles = encode(images)
            fooling = torch_judged(of_class(logits.softmax(dim=1)), 1.0)
            fooling = fooling + torch_judged(of_style(styles), 1.0)
            fooling.backward()
            generating.step()
            forget()
            named, _ = encode(distort(labeled))
            naming = F.cross_entropy(named, labels.long())
            naming.backward()
            naming_.step()
            return copying, telling, fooling, naming

        return networks, step


LESSONS = {
    "01": Plane(),
    "03": Variational(),
    "04": Adversarial(),
    "002": OfSource(),
    "06": SemiSupervised(),
}


def streams_of(lesson, digits):
    """The arrays that a lesson learns from: images, and labeled ones where it takes them."""
    labeled = digits.x_train[:1000], digits.y_train[:1000]
    images = (digits.x_train,)
    return [images, labeled] if isinstance(lesson, SemiSupervised) else [images]


def course_stream(streams, batch_size):
    """What `Run.fit` makes of arrays."""
    made = [batches(*arrays, batch_size=batch_size) for arrays in streams]
    return tf.data.Dataset.zip(tuple(made)) if len(made) > 1 else made[0]


def sliced(arrays, batch_size):
    """Shuffled batches of arrays in memory, without end: the plainest way."""
    random = np.random.default_rng(0)
    while True:
        order = random.permutation(len(arrays[0]))
        for start in range(0, len(order) - batch_size + 1, batch_size):
            chosen = order[start : start + batch_size]
            yield [array[chosen] for array in arrays]


def loaded(arrays, batch_size):
    """PyTorch's own way to the same."""
    examples = TensorDataset(*(torch.from_numpy(array) for array in arrays))
    loader = DataLoader(examples, batch_size=batch_size, shuffle=True, drop_last=True)
    while True:
        yield from loader


def fit(model, stream):
    model.steps_per_execution = STEPS_AT_ONCE

    def run(tick):
        beat = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: tick(batch))
        model.fit(stream, steps_per_epoch=STEPS, shuffle=False, verbose=0, callbacks=[beat])

    return run


def loop(step, way, streams, batch_size):
    stream = zip(*(way(arrays, batch_size) for arrays in streams), strict=False)

    def run(tick):
        for number, parts in enumerate(islice(stream, STEPS)):
            step(*chain(*parts))
            tick(number)

    return run


def seconds_a_step(run):
    """Of one round; what comes before its first tick is not counted."""
    ticks = []
    run(lambda step: ticks.append((step, time.perf_counter())))
    (first, begun), (last, ended) = ticks[0], ticks[-1]
    return (ended - begun) / (last - first)


def take_weights(networks, variables):
    """Give PyTorch's networks those of Keras, in the same order."""
    parameters = [p for network in networks for p in network.parameters()]
    for parameter, variable in zip(parameters, variables, strict=True):
        value = variable.numpy()
        value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
        assert parameter.shape == value.shape, (variable.path, parameter.shape, value.shape)
        parameter.data = torch.tensor(value)


def compiled(model):
    """The same with XLA, as lessons 04 and 05 have it in their long trainings."""
    model.jit_compile = True
    return model


def sides_of(lesson, streams):
    """Name -> a function that gives a round's seconds a step; they are checked to do the same."""
    set_seed(0)
    model = lesson.ours()
    set_seed(0)
    networks, step = lesson.by_hand()
    variables = [v for network in networks for v in network.trainable_variables]
    assert [v.shape for v in variables] == [v.shape for v in model.trainable_variables]
    stream = course_stream(streams, lesson.batch)
    sides = {
        "the course": fit(model, stream),
        **({"compiled": fit(compiled(lesson.ours()), stream)} if lesson.compiles else {}),
        "by hand": loop(step, sliced, streams, lesson.batch),
    }
    batch = next(iter(stream))
    first = [np.array(part) for part in tf.nest.flatten(batch)]
    losses = {}
    if torch:
        of_torch, torch_step = lesson.in_torch()
        take_weights(of_torch, variables)
        sides["PyTorch"] = loop(torch_step, loaded, streams, lesson.batch)
        losses["PyTorch"] = torch_step(*(torch.from_numpy(part) for part in first))[0].detach()
    logs = model.train_on_batch(*(batch if len(streams) > 1 else (batch,)), return_dict=True)
    losses |= {"the course": logs[lesson.checked], "by hand": step(*first)[0]}
    assert math.isclose(losses["the course"], losses["by hand"], rel_tol=1e-5), losses
    count = sum(math.prod(variable.shape) for variable in variables)
    shown = ", ".join(f"{name} {float(loss):.4f}" for name, loss in losses.items())
    print(f"  {count} parameters; loss on the first batch: {shown}")
    for run in sides.values():
        run(lambda step: None)  # traced and warm
    return {name: partial(seconds_a_step, run) for name, run in sides.items()}


def in_turns(sides, rounds):
    """Name -> what that side's function gave in each round."""
    given = {name: [] for name in sides}
    for turn in range(rounds):
        for name in list(sides)[:: 1 if turn % 2 else -1]:
            given[name].append(sides[name]())
    return given


def ratio(ones, others):
    """Median over the rounds."""
    return statistics.median(a / b for a, b in zip(ones, others, strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help=f"of {', '.join(LESSONS)}; all unless given")
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    for name in chosen.lessons:
        if name not in LESSONS:
            parser.error(f"{name} is none of {', '.join(LESSONS)}")
    if torch is None:
        print("PyTorch is not installed (pip install torch): without it.")
    digits = datasets.load("drawn", train=STEPS * 256, test=1)
    for name in chosen.lessons or LESSONS:
        lesson = LESSONS[name]
        print(f"{name}, batches of {lesson.batch}")
        seconds = in_turns(sides_of(lesson, streams_of(lesson, digits)), chosen.rounds)
        for side, of_side in seconds.items():
            print(f"  {side}: {1000 * statistics.median(of_side):.1f} ms a step")
        ours = seconds.pop("the course")
        for side, of_side in seconds.items():
            print(f"  the course / {side}: {ratio(ours, of_side):.3f}", flush=True)


if __name__ == "__main__":
    main()
