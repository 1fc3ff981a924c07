"""The variational autoencoder: a code that is a distribution, and a prior it must stay near
(lesson 03)."""

from typing import Any

from aecourse.backend import keras, tf
from aecourse.models.base import NetworksModel
from aecourse.models.losses import batch_mean, bernoulli_nats, gaussian_kl
import numpy as np


@keras.saving.register_keras_serializable("aecourse")
class VariationalAutoencoder(NetworksModel):
    """Kingma and Welling, *Auto-Encoding Variational Bayes* (2013).

    encoder: images (batch, 28, 28) -> [z_mean, z_log_var], each (batch, latent_dim).
    decoder: codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1].
    Losses shown, in nats per image: `reconstruction` (see `bernoulli_nats`), `kl` (see
    `gaussian_kl`) and `loss`, the sum of the two, each times its weight. With both weights 1 it is
    the negative ELBO. Compile with any Keras optimizer, loss_weights={"reconstruction": 1.0,
    "kl": 1.0} and metrics, which compare the copy of a sampled code with the target; for a weight
    that changes, schedules={"kl": a Keras schedule}. Calling the model decodes z_mean.

    With sample_weight (batch,) each loss of a batch is the weighted sum over its images divided by
    their number (Keras' "sum_over_batch_size"), and what is shown is the mean of these.
    """

    SHOWN = ("loss", "reconstruction", "kl")
    LOSS_WEIGHTS = {"reconstruction": 1.0, "kl": 1.0}

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        z_mean, _ = self.encoder(images, training=training)
        return self.decoder(z_mean, training=training)

    def sample(self, z_mean: tf.Tensor, z_log_var: tf.Tensor) -> tf.Tensor:
        """Reparameterization: z = mean + standard deviation * noise, so that gradients pass."""
        z_mean, z_log_var = tf.cast(z_mean, tf.float32), tf.cast(z_log_var, tf.float32)
        noise = keras.random.normal(tf.shape(z_mean), seed=self.seed_generator)
        return z_mean + tf.exp(0.5 * z_log_var) * noise

    def losses_of(
        self, images: tf.Tensor, targets: tf.Tensor, *, sample_weight: Any = None, training: bool
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """Name -> loss, a mean over the batch in nats per image; and the copies."""
        z_mean, z_log_var = self.encoder(images, training=training)
        copies = self.decoder(self.sample(z_mean, z_log_var), training=training)
        reconstruction = batch_mean(bernoulli_nats(targets, copies), sample_weight)
        kl = batch_mean(gaussian_kl(z_mean, z_log_var), sample_weight)
        loss = self.weight_now("reconstruction") * reconstruction + self.weight_now("kl") * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}, copies

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tf.Tensor:
        """The loss of images x towards targets y; Keras asks for it under tf.distribute."""
        targets = x if y is None else y
        losses, _ = self.losses_of(x, targets, sample_weight=sample_weight, training=training)
        return losses["loss"]

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, targets, weight = self.unpack(data, training=True)
        with tf.GradientTape() as tape:
            losses, copies = self.losses_of(images, targets, sample_weight=weight, training=True)
            share = self.optimizer.scale_loss(losses["loss"] / self.replicas)
        gradients = tape.gradient(share, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.show(images, **losses)
        return self.compute_metrics(images, targets, copies, weight)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, targets, weight = self.unpack(data)
        losses, copies = self.losses_of(images, targets, sample_weight=weight, training=False)
        self.show(images, **losses)
        return self.compute_metrics(images, targets, copies, weight)

    def importance_weighted_bound(
        self, images: np.ndarray, *, samples: int = 100, batch_size: int = 50
    ) -> np.ndarray:
        """-log p(x) of each image at most this, in nats (n,): NumPy array.

        Burda, Grosse and Salakhutdinov 2015: the mean of p(x | z) p(z) / q(z | x) over `samples`
        codes from q estimates p(x), and the bound falls towards the truth as samples grow; with
        1 it is the negative ELBO. A statement about p(x) only where pixels are 0 or 1.
        """
        images, _ = self.admit(images)
        bound = tf.function(lambda batch: self._bound(batch, samples))
        starts = range(0, len(images), batch_size)
        return tf.concat([bound(images[s : s + batch_size]) for s in starts], axis=0).numpy()

    def _bound(self, images, samples):
        z_mean, z_log_var = (
            tf.cast(tf.repeat(t, samples, axis=0), tf.float32) for t in self.encoder(images)
        )
        codes = self.sample(z_mean, z_log_var)
        reconstruction = bernoulli_nats(tf.repeat(images, samples, axis=0), self.decoder(codes))
        noise = (codes - z_mean) * tf.exp(-0.5 * z_log_var)
        # log p(z) - log q(z | x); the constants of the two normal densities cancel.
        log_ratio = 0.5 * tf.reduce_sum(tf.square(noise) + z_log_var - tf.square(codes), axis=1)
        log_weights = tf.reshape(log_ratio - reconstruction, (-1, samples))
        return tf.math.log(float(samples)) - tf.reduce_logsumexp(log_weights, axis=1)
