"""Adversarial autoencoders: a discriminator instead of the KL tells the codes where to lie
(lessons 04 to 06)."""

from aecourse.backend import keras, tf
from aecourse.models.phases import PhasedModel
from aecourse.models.variational import bernoulli_nats


def judged(logits, real):
    """Cross-entropy of a discriminator's logits (batch, 1) where all are `real` (1) or not (0);
    in nats, mean over the batch. Goodfellow and others 2014, equation 1."""
    labels = tf.fill(tf.shape(logits), float(real))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


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
    one of `aecourse.priors`, of the same dim. generator_weight: of the generator's loss, for an
    optimizer that serves the reconstruction as well (Adam alone with one phase undoes it); a
    number, or a Keras schedule of the number of batches seen.
    still_encoder: run the encoder without dropout while the discriminator learns, as source 002
    does.

    A decoder or discriminator built with `classes` takes [codes, labels], and the model then
    learns from `fit(images, labels)`. A decoder with labels makes it the paper's supervised
    adversarial autoencoder (its section 4). To a discriminator with labels the prior's part that
    belongs to each label is shown (section 2.3); a prior of one part is the same for all labels,
    and codes that match it then tell nothing of the label.

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
    SETTINGS = ("generator_weight", "still_encoder")

    def __init__(
        self,
        encoder,
        decoder,
        discriminator,
        prior,
        *,
        generator_weight=1.0,
        still_encoder=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.prior = prior
        self.generator_weight = generator_weight
        self.still_encoder = still_encoder
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    @property
    def takes_labels(self):
        """Whether the decoder or the discriminator does."""
        return _takes_labels(self.decoder) or _takes_labels(self.discriminator)

    def call(self, inputs, training=False):
        """Images, or (images, labels) where the decoder takes labels -> copies."""
        images, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self.decode(self.encoder(images, training=training), labels, training=training)

    def decode(self, codes, labels=None, training=False):
        """Codes (n, dim) and, where the decoder takes them, labels int (n,) -> images."""
        return self.decoder(_joined(self.decoder, codes, labels), training=training)

    def draw(self, images, labels):
        """As many codes from the prior as there are images, new ones at each call."""
        parts = labels if _takes_labels(self.discriminator) else None
        return self.prior.sample(tf.shape(images)[0], seed=self.seed_generator, labels=parts)

    def judge(self, codes, labels, training=False):
        """The discriminator's logits (n, 1)."""
        return self.discriminator(_joined(self.discriminator, codes, labels), training=training)

    def train_step(self, data):
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        # Encoder and decoder learn to copy.
        with self.phase("reconstruction", images) as phase:
            copies = self.decode(self.encoder(images, training=True), labels, training=True)
            phase.loss = tf.reduce_mean(bernoulli_nats(images, copies))
        # The discriminator learns to tell codes drawn from the prior from codes of images.
        with self.phase("discriminator", images) as phase:
            codes = self.encoder(images, training=not self.still_encoder)
            looks_drawn = self.judge(self.draw(images, labels), labels, training=True)
            looks_coded = self.judge(codes, labels, training=True)
            phase.loss = judged(looks_drawn, real=1) + judged(looks_coded, real=0)
        # The encoder learns to give codes that pass for drawn ones.
        with self.phase("generator", images, self.weight_now()) as phase:
            codes = self.encoder(images, training=True)
            phase.loss = judged(self.judge(codes, labels, training=True), real=1)
        return self.show(images)

    def weight_now(self):
        """`generator_weight` for this step; a schedule's after as many batches as D has judged."""
        weight = self.generator_weight
        return weight(self.optimizers["discriminator"].iterations) if callable(weight) else weight

    def test_step(self, data):
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        codes = self.encoder(images, training=False)
        looks_drawn = self.judge(self.draw(images, labels), labels)
        looks_coded = self.judge(codes, labels)
        return self.show(
            images,
            reconstruction=tf.reduce_mean(bernoulli_nats(images, self.decode(codes, labels))),
            discriminator=judged(looks_drawn, real=1) + judged(looks_coded, real=0),
            generator=judged(looks_coded, real=1),
        )


@keras.saving.register_keras_serializable("aecourse")
class SemiSupervisedAAE(PhasedModel):
    """Makhzani and others 2015, section 5: a class and a style, from few labels and many images.

    encoder: images (batch, 28, 28) -> [logits (batch, classes), style (batch, dim)]; decoder:
    codes (batch, classes + dim), the class probabilities beside the style -> images in [0, 1];
    label_discriminator, style_discriminator: class probabilities, or styles, -> logits (batch, 1),
    high where they look drawn from label_prior or style_prior. augment: a layer that distorts
    images in training, both labeled and unlabeled; a copy is compared with the distorted image.

    `fit` takes batches (images, (labeled images, their labels)); see `labeled` of `Run.fit`. The
    encoder takes one step on the sum of reconstruction (nats per image), generator losses and
    classification, each times its weight, where the paper takes three in turn: so the networks
    see a batch once, and the weights say what counts how much.

    vat_weight: of `virtual_adversarial_loss`, which the paper does not have; 0: without.
    vat_radius: how far it steps (Euclidean length over the pixels of an image).
    """

    NETWORKS = (
        "encoder",
        "decoder",
        "label_discriminator",
        "style_discriminator",
        "label_prior",
        "style_prior",
        "augment",
    )
    PHASES = {
        "autoencoder": ("encoder", "decoder"),
        "discriminators": ("label_discriminator", "style_discriminator"),
    }
    SETTINGS = (
        "reconstruction_weight",
        "generator_weight",
        "classification_weight",
        "vat_weight",
        "vat_radius",
    )
    SHOWN = (
        *PHASES,
        "reconstruction",
        "label_generator",
        "style_generator",
        "classification",
        "accuracy",
    )

    def __init__(
        self,
        encoder,
        decoder,
        label_discriminator,
        style_discriminator,
        label_prior,
        style_prior,
        augment,
        *,
        reconstruction_weight=0.1,
        generator_weight=1.0,
        classification_weight=10.0,
        vat_weight=0.0,
        vat_radius=2.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.label_discriminator = label_discriminator
        self.style_discriminator = style_discriminator
        self.label_prior = label_prior
        self.style_prior = style_prior
        self.augment = augment
        self.reconstruction_weight = reconstruction_weight
        self.generator_weight = generator_weight
        self.classification_weight = classification_weight
        self.vat_weight = vat_weight
        self.vat_radius = vat_radius
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    def call(self, images, training=False):
        """Images -> copies."""
        logits, styles = self.encoder(images, training=training)
        return self.decode(tf.nn.softmax(logits), styles, training=training)

    def decode(self, classes, styles, training=False):
        """Class probabilities (n, classes), or one-hot, and styles (n, dim) -> images."""
        return self.decoder(tf.concat([classes, styles], axis=1), training=training)

    def train_step(self, data):
        images, (labeled, labels), _ = keras.utils.unpack_x_y_sample_weight(data)
        images, count = self.augment(images, training=True), tf.shape(images)[0]
        # The encoder learns to copy, to fool both discriminators, and to name what has a label.
        with self.phase("autoencoder", images) as phase:
            logits, styles = self.encoder(images, training=True)
            classes = tf.nn.softmax(logits)
            copies = self.decode(classes, styles, training=True)
            reconstruction = tf.reduce_mean(bernoulli_nats(images, copies))
            label_generator = judged(self.label_discriminator(classes, training=True), real=1)
            style_generator = judged(self.style_discriminator(styles, training=True), real=1)
            named, _ = self.encoder(self.augment(labeled, training=True), training=True)
            classification = mean_cross_entropy(labels, named)
            phase.loss = (
                self.reconstruction_weight * reconstruction
                + self.generator_weight * (label_generator + style_generator)
                + self.classification_weight * classification
            )
            if self.vat_weight:
                phase.loss += self.vat_weight * self.virtual_adversarial_loss(images, classes)
        # The discriminators learn to tell drawn classes and styles from the encoder's.
        with self.phase("discriminators", images) as phase:
            drawn = self.label_prior.sample(count, seed=self.seed_generator)
            on_labels = self._told_apart(self.label_discriminator, drawn, classes)
            drawn = self.style_prior.sample(count, seed=self.seed_generator)
            phase.loss = on_labels + self._told_apart(self.style_discriminator, drawn, styles)
        return self.show(
            images,
            reconstruction=reconstruction,
            label_generator=label_generator,
            style_generator=style_generator,
            classification=classification,
            accuracy=share_right(labels, named),
        )

    def virtual_adversarial_loss(self, images, classes):
        """How much a small step can change the classes (batch, classes) of images (batch, 28, 28):
        KL divergence in nats, mean over the batch.

        Virtual adversarial training, Miyato and others 2018: from the gradient at a tiny random
        step the direction in which the classes change most (one power iteration), then the change
        after vat_radius in that direction. The classes before the step count as given. Both steps
        enter the moving averages of batch normalization, which the paper's code avoids.
        """
        classes = tf.stop_gradient(classes)
        certain = tf.reduce_sum(tf.math.xlogy(classes, classes), axis=1)

        def change(step):
            logits, _ = self.encoder(images + step, training=True)
            return tf.nn.softmax_cross_entropy_with_logits(classes, logits) + certain

        tiny = keras.random.normal(tf.shape(images), seed=self.seed_generator)
        tiny = 0.1 * tf.math.l2_normalize(tiny, axis=(1, 2))
        with tf.GradientTape() as tape:
            tape.watch(tiny)
            changed = change(tiny)
        slope = tape.gradient(changed, tiny)
        # Where the encoder is sure, slopes are so small that l2_normalize would leave them short.
        slope /= tf.reduce_max(tf.abs(slope), axis=(1, 2), keepdims=True) + 1e-30
        worst = tf.math.l2_normalize(slope, axis=(1, 2))
        return tf.reduce_mean(change(self.vat_radius * tf.stop_gradient(worst)))

    def _told_apart(self, discriminator, drawn, coded, training=True):
        looks_drawn = discriminator(drawn, training=training)
        looks_coded = discriminator(tf.stop_gradient(coded), training=training)
        return judged(looks_drawn, real=1) + judged(looks_coded, real=0)

    def test_step(self, data):
        """On labeled images: how well they are copied and named."""
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        logits, styles = self.encoder(images, training=False)
        copies = self.decode(tf.nn.softmax(logits), styles)
        found = {
            "reconstruction": tf.reduce_mean(bernoulli_nats(images, copies)),
            "classification": mean_cross_entropy(labels, logits),
            "accuracy": share_right(labels, logits),
        }
        means = self.show(images, **found)
        return {name: means[name] for name in found}


def mean_cross_entropy(labels, logits):
    """Cross-entropy of logits (batch, classes) with labels int (batch,); nats, batch mean."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    return tf.reduce_mean(losses)


def share_right(labels, logits):
    """Share of logits (batch, classes) that are highest at their label."""
    return tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1, labels.dtype), labels), tf.float32))
