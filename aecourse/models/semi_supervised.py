"""A class and a style from few labels and many images (lesson 06)."""

from typing import Any

from aecourse import door
from aecourse.backend import keras, tf
from aecourse.models.losses import (
    accuracy,
    adversarial_loss,
    bernoulli_nats,
    mean_cross_entropy,
)
from aecourse.models.phases import PhasedModel


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
    see a batch once, and the weights say what counts how much. They are given as in
    `compile(loss_weights={"classification": 10.0})` or as schedules.

    The weight virtual_adversarial is of `virtual_adversarial_loss`, which the paper does not have
    and which is computed only where it counts; vat_radius, vat_trial: how far it steps, and how far
    in the trial that finds the direction (Euclidean lengths over the pixels of an image).
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
    LOSS_WEIGHTS = {
        "reconstruction": 0.1,
        "generator": 1.0,
        "classification": 10.0,
        "virtual_adversarial": 0.0,
    }
    SETTINGS = ("vat_radius", "vat_trial")
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
        encoder: keras.Model,
        decoder: keras.Model,
        label_discriminator: keras.Model,
        style_discriminator: keras.Model,
        label_prior: Any,
        style_prior: Any,
        augment: keras.layers.Layer,
        *,
        vat_radius: float = 2.0,
        vat_trial: float = 0.1,
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
        self.vat_radius = vat_radius
        self.vat_trial = vat_trial
        self.seed_generator = keras.random.SeedGenerator()
        self.build(encoder.input_shape)

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """Images, and (labeled images, their labels), or labels alone to evaluate on."""
        x, _ = super().admit(x, checked=checked)
        labeled, labels = y if isinstance(y, (tuple, list)) and len(y) == 2 else (None, y)
        if labels is None:
            raise ValueError(
                "This model learns from labels too: fit(images, (labeled images, labels)), or "
                "Run.fit(images, labeled=(images, labels))."
            )
        labels = door.labels(labels, classes=self.encoder.output_shape[0][-1])
        if labeled is None:
            return x, labels
        return x, (super().admit(labeled, checked=checked)[0], labels)

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Images -> copies."""
        logits, styles = self.encoder(images, training=training)
        return self.decode(tf.nn.softmax(logits), styles, training=training)

    def decode(self, classes: Any, styles: Any, *, training: bool = False) -> tf.Tensor:
        """Class probabilities (n, classes), or one-hot, and styles (n, dim) -> images."""
        codes = [tf.cast(part, tf.float32) for part in (classes, styles)]
        return self.decoder(tf.concat(codes, axis=1), training=training)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, (labeled, labels) = self.unpack(data, training=True)
        images, count = self.augment(images, training=True), tf.shape(images)[0]
        # The encoder learns to copy, to fool both discriminators, and to name what has a label.
        with self.phase("autoencoder", images) as phase:
            logits, styles = self.encoder(images, training=True)
            classes = tf.nn.softmax(logits)
            copies = self.decode(classes, styles, training=True)
            reconstruction = tf.reduce_mean(bernoulli_nats(images, copies))
            on_classes = self.label_discriminator(classes, training=True)
            on_styles = self.style_discriminator(styles, training=True)
            label_generator = adversarial_loss(on_classes, real=1)
            style_generator = adversarial_loss(on_styles, real=1)
            named, _ = self.encoder(self.augment(labeled, training=True), training=True)
            classification = mean_cross_entropy(labels, named)
            phase.loss = (
                self.weight_now("reconstruction") * reconstruction
                + self.weight_now("generator") * (label_generator + style_generator)
                + self.weight_now("classification") * classification
            )
            if self.counts("virtual_adversarial"):
                smoothness = self.virtual_adversarial_loss(images, classes)
                phase.loss += self.weight_now("virtual_adversarial") * smoothness
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
            accuracy=accuracy(labels, named),
        )

    def virtual_adversarial_loss(self, images: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        """How much a small step can change the classes (batch, classes) of images (batch, 28, 28):
        KL divergence in nats, mean over the batch.

        Virtual adversarial training, Miyato and others 2018: from the gradient at a random trial
        step the direction in which the classes change most (one power iteration), then the change
        after vat_radius in that direction. The classes before the step count as given. Both steps
        enter the moving averages of batch normalization, which the paper's code avoids.
        """
        classes = tf.stop_gradient(tf.cast(classes, tf.float32))
        certain = tf.reduce_sum(tf.math.xlogy(classes, classes), axis=1)

        def change(step):
            logits, _ = self.encoder(images + step, training=True)
            logits = tf.cast(logits, tf.float32)
            return tf.nn.softmax_cross_entropy_with_logits(classes, logits) + certain

        trial = keras.random.normal(tf.shape(images), seed=self.seed_generator)
        trial = self.vat_trial * tf.math.l2_normalize(trial, axis=(1, 2))
        with tf.GradientTape() as tape:
            tape.watch(trial)
            changed = change(trial)
        slope = tape.gradient(changed, trial)
        # Where the encoder is sure, slopes are so small that l2_normalize would leave them short.
        slope /= tf.reduce_max(tf.abs(slope), axis=(1, 2), keepdims=True) + 1e-30
        worst = tf.math.l2_normalize(slope, axis=(1, 2))
        return tf.reduce_mean(change(self.vat_radius * tf.stop_gradient(worst)))

    def _told_apart(self, discriminator, drawn, coded, training=True):
        on_drawn = discriminator(drawn, training=training)
        on_coded = discriminator(tf.stop_gradient(coded), training=training)
        return adversarial_loss(on_drawn, real=1) + adversarial_loss(on_coded, real=0)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """On labeled images: how well they are copied and named."""
        images, labels = self.unpack(data)
        logits, styles = self.encoder(images, training=False)
        copies = self.decode(tf.nn.softmax(logits), styles)
        found = {
            "reconstruction": tf.reduce_mean(bernoulli_nats(images, copies)),
            "classification": mean_cross_entropy(labels, logits),
            "accuracy": accuracy(labels, logits),
        }
        means = self.show(images, **found)
        return {name: means[name] for name in found}
