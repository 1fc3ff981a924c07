"""The variational autoencoder: a code that is a distribution, and a prior it must stay near
(lesson 03)."""

from aecourse.backend import keras, tf
from aecourse.models.base import NetworksModel, inputs_and_targets


def bernoulli_nats(images, probabilities):
    """-log p(x | z) of each image, in nats (batch,), when every pixel is a biased coin.

    images x and probabilities y, (batch, 28, 28): the sum over the pixels of
    -x log y - (1 - x) log(1 - y). For gray x a loss in the same unit, but no likelihood.
    """
    margin = keras.config.epsilon()  # probabilities stay this far from 0 and 1
    y = tf.clip_by_value(probabilities, margin, 1 - margin)
    return -tf.reduce_sum(images * tf.math.log(y) + (1 - images) * tf.math.log(1 - y), axis=[1, 2])


def gaussian_kl(z_mean, z_log_var):
    """KL(N(mean, variance) || N(0, 1)) of each code, in nats (batch,).

    z_mean, z_log_var: (batch, latent_dim). Kingma and Welling 2013, appendix B.
    """
    terms = tf.square(z_mean) + tf.exp(z_log_var) - z_log_var - 1
    return 0.5 * tf.reduce_sum(terms, axis=1)


@keras.saving.register_keras_serializable("aecourse")
class VariationalAutoencoder(NetworksModel):
    """Kingma and Welling, *Auto-Encoding Variational Bayes* (2013).

    encoder: images (batch, 28, 28) -> [z_mean, z_log_var], each (batch, latent_dim).
    decoder: codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1].
    Metrics, in nats per image: `reconstruction` (see `bernoulli_nats`), `kl` (see `gaussian_kl`)
    and `loss` = reconstruction_weight * reconstruction + kl_weight * kl. With both weights 1 it
    is the negative ELBO. Compile with any Keras optimizer; calling the model decodes z_mean.
    """

    SETTINGS = ("kl_weight", "reconstruction_weight")
    SHOWN = ("loss", "reconstruction", "kl")

    def __init__(self, encoder, decoder, *, kl_weight=1.0, reconstruction_weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.kl_weight = kl_weight
        self.reconstruction_weight = reconstruction_weight
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    def call(self, images, training=False):
        z_mean, _ = self.encoder(images, training=training)
        return self.decoder(z_mean, training=training)

    def sample(self, z_mean, z_log_var):
        """Reparameterization: z = mean + standard deviation * noise, so that gradients pass."""
        noise = keras.random.normal(tf.shape(z_mean), seed=self.seed_generator)
        return z_mean + tf.exp(0.5 * z_log_var) * noise

    def losses_of(self, images, targets, training):
        """Name -> loss, a mean over the batch in nats per image."""
        z_mean, z_log_var = self.encoder(images, training=training)
        copies = self.decoder(self.sample(z_mean, z_log_var), training=training)
        reconstruction = tf.reduce_mean(bernoulli_nats(targets, copies))
        kl = tf.reduce_mean(gaussian_kl(z_mean, z_log_var))
        loss = self.reconstruction_weight * reconstruction + self.kl_weight * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of images x towards targets y; Keras asks for it under tf.distribute."""
        return self.losses_of(x, x if y is None else y, training)["loss"]

    def train_step(self, data):
        images, targets = inputs_and_targets(data)
        with tf.GradientTape() as tape:
            losses = self.losses_of(images, targets, training=True)
            share = losses["loss"] / self.replicas
        gradients = tape.gradient(share, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self.show(images, **losses)

    def test_step(self, data):
        images, targets = inputs_and_targets(data)
        return self.show(images, **self.losses_of(images, targets, training=False))

    def importance_weighted_bound(self, images, *, samples=100, batch_size=50):
        """-log p(x) of each image at most this, in nats (n,): NumPy array.

        Burda, Grosse and Salakhutdinov 2015: the mean of p(x | z) p(z) / q(z | x) over `samples`
        codes from q estimates p(x), and the bound falls towards the truth as samples grow; with
        1 it is the negative ELBO. A statement about p(x) only where pixels are 0 or 1.
        """
        bound = tf.function(lambda batch: self._bound(batch, samples))
        starts = range(0, len(images), batch_size)
        return tf.concat([bound(images[s : s + batch_size]) for s in starts], axis=0).numpy()

    def _bound(self, images, samples):
        z_mean, z_log_var = (tf.repeat(t, samples, axis=0) for t in self.encoder(images))
        codes = self.sample(z_mean, z_log_var)
        reconstruction = bernoulli_nats(tf.repeat(images, samples, axis=0), self.decoder(codes))
        noise = (codes - z_mean) * tf.exp(-0.5 * z_log_var)
        # log p(z) - log q(z | x); the constants of the two normal densities cancel.
        log_ratio = 0.5 * tf.reduce_sum(tf.square(noise) + z_log_var - tf.square(codes), axis=1)
        log_weights = tf.reshape(log_ratio - reconstruction, (-1, samples))
        return tf.math.log(float(samples)) - tf.reduce_logsumexp(log_weights, axis=1)
