"""Adversarial autoencoders: a discriminator instead of the KL tells the codes where to lie
(lessons 04 and 05)."""

from aecourse.backend import keras, tf
from aecourse.models.base import inputs_and_targets
from aecourse.models.phases import PhasedModel
from aecourse.models.variational import bernoulli_nats


def judged(logits, real):
    """Cross-entropy of a discriminator's logits (batch, 1) where all are `real` (1) or not (0);
    in nats, mean over the batch. Goodfellow and others 2014, equation 1."""
    labels = tf.fill(tf.shape(logits), float(real))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


@keras.saving.register_keras_serializable("aecourse")
class AdversarialAutoencoder(PhasedModel):
    """Makhzani and others, *Adversarial Autoencoders* (2015).

    encoder: images (batch, 28, 28) -> codes (batch, dim); decoder: codes -> images in [0, 1];
    discriminator: codes -> logits (batch, 1), high where they look drawn from the prior; prior:
    one of `aecourse.priors`, of the same dim. still_encoder: run the encoder without dropout
    while the discriminator learns, as source 002 does.

    Losses shown: `reconstruction`, the cross-entropy in nats per image; `discriminator`, 2 log 2 =
    1.39 where it is at chance; `generator`, log 2 = 0.69 there.
    """

    NETWORKS = ("encoder", "decoder", "discriminator", "prior")
    PHASES = {
        "reconstruction": ("encoder", "decoder"),
        "discriminator": ("discriminator",),
        "generator": ("encoder",),
    }
    SHOWN = tuple(PHASES)

    def __init__(self, encoder, decoder, discriminator, prior, *, still_encoder=False, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.prior = prior
        self.still_encoder = still_encoder
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    def call(self, images, training=False):
        return self.decoder(self.encoder(images, training=training), training=training)

    def train_step(self, data):
        images, _ = inputs_and_targets(data)
        # Encoder and decoder learn to copy.
        with self.phase("reconstruction", images) as phase:
            copies = self.decoder(self.encoder(images, training=True), training=True)
            phase.loss = tf.reduce_mean(bernoulli_nats(images, copies))
        # The discriminator learns to tell codes drawn from the prior from codes of images.
        with self.phase("discriminator", images) as phase:
            drawn = self.prior.sample(tf.shape(images)[0], seed=self.seed_generator)
            codes = self.encoder(images, training=not self.still_encoder)
            looks_drawn = self.discriminator(drawn, training=True)
            looks_coded = self.discriminator(codes, training=True)
            phase.loss = judged(looks_drawn, real=1) + judged(looks_coded, real=0)
        # The encoder learns to give codes that pass for drawn ones.
        with self.phase("generator", images) as phase:
            codes = self.encoder(images, training=True)
            phase.loss = judged(self.discriminator(codes, training=True), real=1)
        return self.show(images)

    def test_step(self, data):
        images, _ = inputs_and_targets(data)
        codes = self.encoder(images, training=False)
        drawn = self.prior.sample(tf.shape(images)[0], seed=self.seed_generator)
        looks_drawn = self.discriminator(drawn, training=False)
        looks_coded = self.discriminator(codes, training=False)
        return self.show(
            images,
            reconstruction=tf.reduce_mean(bernoulli_nats(images, self.decoder(codes))),
            discriminator=judged(looks_drawn, real=1) + judged(looks_coded, real=0),
            generator=judged(looks_coded, real=1),
        )

    def get_config(self):
        return {**super().get_config(), "still_encoder": self.still_encoder}
