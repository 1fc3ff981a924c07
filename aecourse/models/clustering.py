"""Clusters without labels (lesson 11): a categorical code under an adversarial prior, and an
encoder that maximizes the information between image and cluster."""

from typing import Any

from aecourse.backend import keras, tf
from aecourse.models.base import NetworksModel, admitted
from aecourse.models.losses import adversarial_loss, bernoulli_nats
from aecourse.models.semi_supervised import SemiSupervisedAAE


def _images_alone(model, y):
    if y is not None:
        raise ValueError(
            f"{type(model).__name__} was given y; it learns from images alone, so that no label "
            "can reach its training: fit(images)."
        )


@keras.saving.register_keras_serializable("aecourse")
class ClusteringAAE(SemiSupervisedAAE):
    """Makhzani and others 2015, section 6: a cluster and a style, from images alone.

    Networks, priors and `augment` as in `SemiSupervisedAAE`; the encoder's logits are of clusters,
    (batch, clusters), and label_prior says how large the clusters should be. The step is the same
    without classification, and `fit` takes images alone. Weights of the losses:
    loss_weights={"reconstruction": ..., "generator": ..., "virtual_adversarial": ...}, the last
    of `virtual_adversarial_loss`, which the paper does not have. Raises ValueError for labels.
    """

    LOSS_WEIGHTS = {"reconstruction": 1.0, "generator": 1.0, "virtual_adversarial": 0.0}
    SHOWN = (
        *SemiSupervisedAAE.PHASES,
        "reconstruction",
        "label_generator",
        "style_generator",
    )

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """Images, and None."""
        _images_alone(self, y)
        return NetworksModel.admit(self, x, checked=checked)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, _ = self.unpack(data, training=True)
        images, count = self.augment(images, training=True), tf.shape(images)[0]
        # The encoder learns to copy, and to fool both discriminators.
        with self.phase("autoencoder", images) as phase:
            clusters, styles, losses = self._coded(images, training=True)
            phase.loss = self._weighted(losses)
            if self.counts("virtual_adversarial"):
                smoothness = self.virtual_adversarial_loss(images, clusters)
                phase.loss += self.weight_now("virtual_adversarial") * smoothness
        # The discriminators learn to tell drawn clusters and styles from the encoder's.
        with self.phase("discriminators", images) as phase:
            phase.loss = self._judged(count, clusters, styles, training=True)
        return self.show(images, **losses)

    def _coded(self, images, training):
        """Cluster probabilities, styles, and the losses of the encoder on them."""
        logits, styles = self.encoder(images, training=training)
        clusters = tf.nn.softmax(tf.cast(logits, tf.float32))
        copies = self.decode(clusters, styles, training=training)
        on_clusters = self.label_discriminator(clusters, training=training)
        on_styles = self.style_discriminator(styles, training=training)
        losses = {
            "reconstruction": tf.reduce_mean(bernoulli_nats(images, copies)),
            "label_generator": adversarial_loss(on_clusters, real=1),
            "style_generator": adversarial_loss(on_styles, real=1),
        }
        return clusters, styles, losses

    def _weighted(self, losses):
        generators = losses["label_generator"] + losses["style_generator"]
        return (
            self.weight_now("reconstruction") * losses["reconstruction"]
            + self.weight_now("generator") * generators
        )

    def _judged(self, count, clusters, styles, training):
        how = dict(seed=self.seed_generator)
        pairs = (
            (self.label_discriminator, self.label_prior, clusters),
            (self.style_discriminator, self.style_prior, styles),
        )
        return sum(
            self._told_apart(judge, prior.sample(count, **how), coded, training)
            for judge, prior, coded in pairs
        )

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """On images: the losses, of which the virtual adversarial one is left out."""
        images, _ = self.unpack(data)
        clusters, styles, losses = self._coded(images, training=False)
        judged = self._judged(tf.shape(images)[0], clusters, styles, training=False)
        return self.show(
            images, autoencoder=self._weighted(losses), discriminators=judged, **losses
        )


@keras.saving.register_keras_serializable("aecourse")
class InformationMaximizer(NetworksModel):
    """Clusters that tell as much as possible of an image, and that a small step does not change:
    Hu and others 2017 (IMSAT), after Krause, Perona and Gomes 2010.

    classifier: images (batch, 28, 28) -> logits (batch, clusters). There is no decoder. The loss is
    conditional_entropy (how unsure the classifier is of an image's cluster, mean over the batch)
    minus marginal_entropy (of the mean over the batch of its probabilities: log `clusters` where
    all are used alike) plus virtual_adversarial (see `SemiSupervisedAAE.virtual_adversarial_loss`),
    each in nats and times its weight: loss_weights={"marginal_entropy": 0.4, ...}. With both
    entropies at weight 1, their difference is the mutual information of image and cluster, which
    the loss then lowers with a minus sign. vat_radius, vat_trial: how far the virtual adversarial
    step and its trial go (Euclidean lengths over the pixels of an image; Hu and others give each
    image a radius of its own). `fit` takes images alone. Raises ValueError for labels.
    """

    NETWORKS = ("classifier",)
    SETTINGS = ("vat_radius", "vat_trial")
    SHOWN = ("loss", "marginal_entropy", "conditional_entropy", "virtual_adversarial")
    LOSS_WEIGHTS = {
        "marginal_entropy": 0.4,
        "conditional_entropy": 0.1,
        "virtual_adversarial": 1.0,
    }

    def __init__(
        self,
        classifier: keras.Model,
        *,
        vat_radius: float = 1.0,
        vat_trial: float = 10.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.classifier = classifier
        self.vat_radius = vat_radius
        self.vat_trial = vat_trial
        self.seed_generator = keras.random.SeedGenerator()
        self.build(classifier.input_shape)

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """Images, of any numbers, and None."""
        _images_alone(self, y)
        return admitted(x, "x", self.classifier.input_shape, checked=checked), None

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Images -> logits (batch, clusters)."""
        return self.classifier(images, training=training)

    def encoder(self, images: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, None]:
        """Images -> (logits, no style), which is what `virtual_adversarial_loss` looks at."""
        return self.classifier(images, training=training), None

    virtual_adversarial_loss = SemiSupervisedAAE.virtual_adversarial_loss

    def unpack(self, data: Any, training: bool = False) -> tuple:
        """(images, None) of a batch. Raises ValueError for sample_weight."""
        images, _, sample_weight = super().unpack(data, training)
        if sample_weight is not None:
            raise ValueError(
                "InformationMaximizer takes no sample_weight: the entropy of the mean is that of a "
                "whole batch, in which every image counts the same."
            )
        return images, None

    def _clusters(self, images, training):
        return tf.nn.softmax(tf.cast(self.classifier(images, training=training), tf.float32))

    def _entropies(self, clusters):
        return {
            "marginal_entropy": entropy(tf.reduce_mean(clusters, axis=0)),
            "conditional_entropy": tf.reduce_mean(entropy(clusters)),
        }

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, _ = self.unpack(data, training=True)
        with tf.GradientTape() as tape:
            clusters = self._clusters(images, training=True)
            losses = self._entropies(clusters)
            losses["virtual_adversarial"] = self.virtual_adversarial_loss(images, clusters)
            loss = (
                self.weight_now("conditional_entropy") * losses["conditional_entropy"]
                - self.weight_now("marginal_entropy") * losses["marginal_entropy"]
                + self.weight_now("virtual_adversarial") * losses["virtual_adversarial"]
            )
            share = self.optimizer.scale_loss(loss / self.replicas)
        losses["loss"] = loss
        gradients = tape.gradient(share, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self.show(images, **losses)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """On images: both entropies."""
        images, _ = self.unpack(data)
        found = self._entropies(self._clusters(images, training=False))
        means = self.show(images, **found)
        return {name: means[name] for name in found}


def entropy(probabilities: tf.Tensor) -> tf.Tensor:
    """Entropy in nats of distributions (..., classes): (...), 0 log 0 being 0."""
    return -tf.reduce_sum(tf.math.xlogy(probabilities, probabilities), axis=-1)
