"""The conditional variational autoencoder: a VAE that is told what is known of an image, its label
or a part of its pixels (lesson 09)."""

from typing import Any

from aecourse import door
from aecourse.backend import keras, tf
from aecourse.models.base import admitted
from aecourse.models.losses import batch_mean, bernoulli_nats, gaussian_kl
from aecourse.models.variational import VariationalAutoencoder
import numpy as np


@keras.saving.register_keras_serializable("aecourse")
class ConditionalVAE(VariationalAutoencoder):
    """Sohn, Lee and Yan, *Learning Structured Output Representation using Deep Conditional
    Generative Models* (2015), with the prior N(0, I) whatever the condition.

    A condition is what is known of an image: its label, int (batch,), or pixels of it. encoder:
    [images, conditions] -> [z_mean, z_log_var]; decoder: [codes, conditions] -> images in [0, 1];
    `networks.build_conditional_encoder` and `build_conditional_decoder` give such. The model learns
    from `fit(images, conditions)`. Losses and their weights are those of the VAE; with weights 1
    their sum is at least -log p(image | condition). Metrics compare copies with images.
    """

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """Images and their conditions. Raises ValueError for what cannot be meant."""
        if y is None:
            raise ValueError("The networks take conditions: give them, as in fit(images, labels).")
        image_shape, condition_shape = self.encoder.input_shape
        x = admitted(x, "x", image_shape, unit=self.unit, checked=checked)
        classes = [each.num_tokens for each in self.encoder.layers if hasattr(each, "num_tokens")]
        if classes:
            return x, door.labels(y, classes=min(classes), count=len(x))
        return x, admitted(y, "y", condition_shape, count=len(x), checked=checked)

    def example_inputs(self, x: Any, y: Any) -> Any:
        return x, y

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """(images, conditions) -> copies, decoded from z_mean."""
        images, conditions = inputs
        z_mean, _ = self.encoder([images, conditions], training=training)
        return self.decode(z_mean, conditions, training=training)

    def decode(self, codes: Any, conditions: Any, *, training: bool = False) -> tf.Tensor:
        """Codes (n, latent_dim) and their conditions -> images (n, 28, 28) in [0, 1]."""
        codes, conditions = tf.convert_to_tensor(codes), tf.convert_to_tensor(conditions)
        return self.decoder([codes, conditions], training=training)

    def losses_of(
        self, images: tf.Tensor, conditions: tf.Tensor, *, sample_weight: Any = None, training: bool
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """As in the VAE: name -> loss, a mean over the batch in nats per image; and the copies."""
        z_mean, z_log_var = self.encoder([images, conditions], training=training)
        copies = self.decode(self.sample(z_mean, z_log_var), conditions, training=training)
        reconstruction = batch_mean(bernoulli_nats(images, copies), sample_weight)
        kl = batch_mean(gaussian_kl(z_mean, z_log_var), sample_weight)
        loss = self.weight_now("reconstruction") * reconstruction + self.weight_now("kl") * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}, copies

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """As in the VAE; the target is the image."""
        return super().compute_metrics(x, x, y_pred, sample_weight)

    def importance_weighted_bound(
        self, images: np.ndarray, conditions: Any, *, samples: int = 100, batch_size: int = 50
    ) -> np.ndarray:
        """-log p(image | condition) of each image at most this, in nats (n,): NumPy array.

        The VAE's bound (Burda, Grosse and Salakhutdinov 2015) with all three distributions given
        the condition. Raises ValueError for conditions that the networks do not take.
        """
        images, conditions = self.admit(images, conditions)
        bound = tf.function(lambda *batch: self._bound(*batch, samples))
        parts = [
            bound(images[start : start + batch_size], conditions[start : start + batch_size])
            for start in range(0, len(images), batch_size)
        ]
        return tf.concat(parts, axis=0).numpy()

    def _bound(self, images, conditions, samples):
        posterior = self.encoder([images, conditions])
        z_mean, z_log_var = (tf.cast(tf.repeat(t, samples, axis=0), tf.float32) for t in posterior)
        images, conditions = (tf.repeat(t, samples, axis=0) for t in (images, conditions))
        codes = self.sample(z_mean, z_log_var)
        noise = (codes - z_mean) * tf.exp(-0.5 * z_log_var)
        # log p(z) - log q(z | x, y); the constants of the two normal densities cancel.
        log_ratio = 0.5 * tf.reduce_sum(tf.square(noise) + z_log_var - tf.square(codes), axis=1)
        log_weights = log_ratio - bernoulli_nats(images, self.decode(codes, conditions))
        log_weights = tf.reshape(log_weights, (-1, samples))
        return tf.math.log(float(samples)) - tf.reduce_logsumexp(log_weights, axis=1)
