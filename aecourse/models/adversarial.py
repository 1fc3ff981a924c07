"""Adversarial autoencoders: a discriminator instead of the KL tells the codes where to lie
(lessons 04 and 05). The model of few labels is `semi_supervised`."""

from typing import Any

from aecourse import door
from aecourse.backend import keras, tf
from aecourse.models.losses import adversarial_loss, bernoulli_nats
from aecourse.models.phases import PhasedModel


def _takes_labels(network):
    return len(network.inputs) > 1


def _joined(network, codes, labels):
    """What a network is given: codes, and their labels where it was built to take them."""
    if not _takes_labels(network):
        return codes
    if labels is None:
        raise ValueError(f"The {network.name} takes labels: give them, as in fit(images, labels).")
    return [tf.convert_to_tensor(codes), tf.convert_to_tensor(labels)]


@keras.saving.register_keras_serializable("aecourse")
class AdversarialAutoencoder(PhasedModel):
    """Makhzani and others, *Adversarial Autoencoders* (2015).

    encoder: images (batch, 28, 28) -> codes (batch, dim); decoder: codes -> images in [0, 1];
    discriminator: codes -> logits (batch, 1), high where they look drawn from the prior; prior:
    one of `aecourse.priors`, of the same dim.
    still_encoder: run the encoder without dropout while the discriminator learns, as source 002
    does.

    A decoder or discriminator built with `classes` takes [codes, labels], and the model then
    learns from `fit(images, labels)`. A decoder with labels makes it the paper's supervised
    adversarial autoencoder (its section 4). To a discriminator with labels the prior's part that
    belongs to each label is shown (section 2.3); a prior of one part is the same for all labels,
    and codes that match it then tell nothing of the label.

    Losses shown: `reconstruction`, the cross-entropy in nats per image; `discriminator`, 2 log 2 =
    1.39 where it is at chance; `generator`, log 2 = 0.69 there. The three are also the names in
    `compile(loss_weights=...)` and in schedules.
    """

    NETWORKS = ("encoder", "decoder", "discriminator", "prior")
    PHASES = {
        "reconstruction": ("encoder", "decoder"),
        "discriminator": ("discriminator",),
        "generator": ("encoder",),
    }
    SHOWN = tuple(PHASES)
    LOSS_WEIGHTS = {"reconstruction": 1.0, "discriminator": 1.0, "generator": 1.0}
    SETTINGS = ("still_encoder",)

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        prior: Any,
        *,
        still_encoder: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.prior = prior
        self.still_encoder = still_encoder
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    @property
    def takes_labels(self) -> bool:
        """Whether the decoder or the discriminator does."""
        return _takes_labels(self.decoder) or _takes_labels(self.discriminator)

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """Images, and labels where a network takes them."""
        x, _ = super().admit(x, checked=checked)
        if y is None:
            for network in (self.decoder, self.discriminator):
                _joined(network, x, y)  # which asks for the labels that it takes
            return x, y
        layers = [
            layer for network in (self.decoder, self.discriminator) for layer in network.layers
        ]
        classes = [each.num_tokens for each in layers if hasattr(each, "num_tokens")]
        return x, door.labels(y, classes=min(classes, default=None))

    def example_inputs(self, x: Any, y: Any) -> Any:
        return (x, y) if self.takes_labels else x

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Images, or (images, labels) where the decoder takes labels -> copies."""
        images, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self.decode(self.encoder(images, training=training), labels, training=training)

    def decode(self, codes: Any, labels: Any = None, *, training: bool = False) -> tf.Tensor:
        """Codes (n, dim) and, where the decoder takes them, labels int (n,) -> images."""
        return self.decoder(_joined(self.decoder, codes, labels), training=training)

    def draw(self, images: tf.Tensor, labels: Any) -> tf.Tensor:
        """As many codes from the prior as there are images, new ones at each call."""
        parts = labels if _takes_labels(self.discriminator) else None
        return self.prior.sample(tf.shape(images)[0], seed=self.seed_generator, labels=parts)

    def judge(self, codes: Any, labels: Any, *, training: bool = False) -> tf.Tensor:
        """The discriminator's logits (n, 1)."""
        return self.discriminator(_joined(self.discriminator, codes, labels), training=training)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, labels = self.unpack(data, training=True)
        # Encoder and decoder learn to copy.
        with self.phase("reconstruction", images) as phase:
            copies = self.decode(self.encoder(images, training=True), labels, training=True)
            phase.loss = tf.reduce_mean(bernoulli_nats(images, copies))
        # The discriminator learns to tell codes drawn from the prior from codes of images.
        with self.phase("discriminator", images) as phase:
            codes = self.encoder(images, training=not self.still_encoder)
            on_drawn = self.judge(self.draw(images, labels), labels, training=True)
            on_coded = self.judge(codes, labels, training=True)
            phase.loss = adversarial_loss(on_drawn, real=1) + adversarial_loss(on_coded, real=0)
        # The encoder learns to give codes that pass for drawn ones.
        with self.phase("generator", images) as phase:
            codes = self.encoder(images, training=True)
            phase.loss = adversarial_loss(self.judge(codes, labels, training=True), real=1)
        return self.show(images)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, labels = self.unpack(data)
        codes = self.encoder(images, training=False)
        on_drawn = self.judge(self.draw(images, labels), labels)
        on_coded = self.judge(codes, labels)
        return self.show(
            images,
            reconstruction=tf.reduce_mean(bernoulli_nats(images, self.decode(codes, labels))),
            discriminator=adversarial_loss(on_drawn, real=1) + adversarial_loss(on_coded, real=0),
            generator=adversarial_loss(on_coded, real=1),
        )
