"""A generative adversarial network in one dimension, many games at once (lesson 07)."""

from typing import Any

from aecourse.backend import keras, tf
from aecourse.models.base import admitted
from aecourse.models.losses import adversarial_loss
from aecourse.models.phases import PhasedModel
import numpy as np


def optimal_discriminator(p_data: np.ndarray, p_generated: np.ndarray) -> tf.Tensor:
    """The discriminator that no other beats while the generator stands still: p / (p + q), of the
    two densities at the same points, any shape; 0.5 where neither has any.

    Goodfellow and others 2014, proposition 1.
    """
    total = p_data + p_generated
    return tf.where(total > 0, p_data / tf.where(total > 0, total, 1.0), 0.5)


@keras.saving.register_keras_serializable("aecourse")
class GAN(PhasedModel):
    """Goodfellow and others, *Generative Adversarial Nets* (2014), on single numbers.

    It plays several games at once, each a generator against a discriminator of its own, as
    `build_parallel_dense` makes them; no game touches another. generator: noise
    (batch, games, 1) -> values (batch, games, 1); discriminator: values -> logits
    (batch, games, 1), high where they look real. A discriminator of two inputs sees each value
    beside the noise that belongs to it.

    `fit(real, noise)` takes whole minibatches as its examples, both (minibatches, batch, games):
    which noise stands beside which value is the caller's choice, and the order of minibatches the
    only one that changes. discriminator_steps: minibatches for the discriminator in a step, after
    which the generator gets the last of them; give that as `batch_size`. Where too few are left at
    the end of an epoch, the discriminator sees the last of them again.

    gradient_penalty: times the mean squared slope of the logit at real values, halved, added to
    the discriminator's loss (R1 of Mescheder, Geiger and Nowozin 2018). saturating: the generator
    pushes log(1 - D) down, as in the paper's equation 1, instead of -log D. Both are one value, or
    one for each game; so is an optimizer's learning rate, of shape (games, 1, 1).

    Losses shown, in nats, mean over games: `discriminator`, without the penalty, 2 log 2 = 1.39
    where it is at chance; `generator`, log 2 = 0.69 there (saturating: -0.69).
    """

    NETWORKS = ("generator", "discriminator")
    PHASES = {"discriminator": ("discriminator",), "generator": ("generator",)}
    SHOWN = tuple(PHASES)
    LOSS_WEIGHTS = {"discriminator": 1.0, "generator": 1.0}
    SETTINGS = ("gradient_penalty", "discriminator_steps", "saturating")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        gradient_penalty: float | list[float] = 0.0,
        discriminator_steps: int = 1,
        saturating: bool | list[bool] = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.gradient_penalty = gradient_penalty
        self.discriminator_steps = discriminator_steps
        self.saturating = saturating
        self.games = generator.input_shape[1]
        self.build((None, self.games))

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """Minibatches of real values, and the noise beside them."""
        shape, how = (None, None, self.games), dict(checked=checked)
        if y is None:
            raise ValueError("The game takes noise beside the values: fit(real, noise).")
        return admitted(x, "real", shape, **how), admitted(y, "noise", shape, **how)

    def example_inputs(self, x: Any, y: Any) -> None:
        """Nothing: numbers make no picture."""

    def call(self, noise: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Noise (batch, games) -> values (batch, games)."""
        return self.generator(tf.convert_to_tensor(noise)[..., None], training=training)[..., 0]

    def judge(self, values: Any, noise: Any = None, *, training: bool = False) -> tf.Tensor:
        """The discriminators' logits (batch, games) of values (batch, games) and, where they look
        at pairs, their noise (batch, games)."""
        values = tf.convert_to_tensor(values)[..., None]
        if self.discriminator.input_shape[-1] == 2:
            noise = tf.cast(noise, values.dtype)[..., None]
            values = tf.concat([values, noise], axis=-1)
        return self.discriminator(values, training=training)[..., 0]

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        minibatches, noises = self.unpack(data, training=True)
        last = tf.shape(minibatches)[0] - 1
        # The discriminators learn to tell real values from generated ones.
        for step in range(self.discriminator_steps):
            real, noise = minibatches[tf.minimum(step, last)], noises[tf.minimum(step, last)]
            with self.phase("discriminator", real, times=self.games) as phase:
                on_real, slopes = self.judge_with_slopes(real, noise)
                on_fake = self.judge(self(noise, training=True), noise, training=True)
                phase.loss = adversarial_loss(on_real, real=1) + adversarial_loss(on_fake, real=0)
                phase.penalty = tf.reduce_mean(self.gradient_penalty * slopes**2) / 2
        # The generators learn to make values that pass for real.
        with self.phase("generator", real, times=self.games) as phase:
            on_fake = self.judge(self(noise, training=True), noise, training=True)
            phase.loss = self.generator_loss(on_fake)
        return self.show(real)

    def judge_with_slopes(self, real: tf.Tensor, noise: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits of real values (batch, games), and how fast each changes with its value."""
        if not np.any(self.gradient_penalty):
            return self.judge(real, noise, training=True), tf.zeros_like(real)
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = self.judge(real, noise, training=True)
        return logits, tape.gradient(logits, real)

    def generator_loss(self, logits: tf.Tensor) -> tf.Tensor:
        """The generators' loss, from the logits of what they made (batch, games)."""
        logits = tf.cast(logits, tf.float32)
        saturating, other = -tf.nn.softplus(logits), tf.nn.softplus(-logits)  # log(1 - D), -log D
        return tf.reduce_mean(tf.where(self.saturating, saturating, other))

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        minibatches, noises = self.unpack(data)
        real, noise = (tf.reshape(all_, (-1, self.games)) for all_ in (minibatches, noises))
        on_real, on_fake = self.judge(real, noise), self.judge(self(noise), noise)
        return self.show(
            real,
            discriminator=adversarial_loss(on_real, real=1) + adversarial_loss(on_fake, real=0),
            generator=self.generator_loss(on_fake),
        )
