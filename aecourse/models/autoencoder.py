"""The plain autoencoder: copy the input through a bottleneck (lessons 01 and 02)."""

from typing import Any

from aecourse.backend import keras, tf
from aecourse.models.base import NetworksModel, needs_unit


@keras.saving.register_keras_serializable("aecourse")
class Autoencoder(NetworksModel):
    """An encoder and a decoder that together learn to copy (Rumelhart, Hinton and Williams 1986).

    encoder: images (batch, 28, 28) -> codes (batch, latent_dim), or whatever its decoder takes.
    decoder: codes -> images (batch, 28, 28) in [0, 1].
    Compile it as any Keras model (optimizer, loss, loss_weights, metrics). `fit` takes images, or
    pairs (input, target) where the two differ; metrics compare the copy with the target. The
    metric `loss` is the mean over the epoch's images. With sample_weight the loss of a batch is
    the weighted sum divided by the number of images (Keras' "sum_over_batch_size").
    """

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.build(encoder.input_shape)

    @property
    def unit(self) -> str:
        return needs_unit(getattr(self, "loss", None))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        codes = self.encoder(images, training=training)
        return self.decoder(codes, training=training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tf.Tensor:
        """The compiled loss, towards the input where no target is given. Keras divides it by the
        number of replicas, and calls this itself when it builds a model under tf.distribute."""
        if len(getattr(sample_weight, "shape", ())) == 1:
            # Keras (3.15) does not broadcast one weight an image to the rows of its loss.
            rows = [1] * (len(y_pred.shape) - 2)
            sample_weight = keras.ops.reshape(sample_weight, (-1, *rows))
        return super().compute_loss(x, x if y is None else y, y_pred, sample_weight, training)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        inputs, targets, sample_weight = self.unpack(data, training=True)
        with tf.GradientTape() as tape:
            copies = self(inputs, training=True)
            loss = self.compute_loss(inputs, targets, copies, sample_weight)
            scaled = self.optimizer.scale_loss(loss)  # itself, unless in half precision
        gradients = tape.gradient(scaled, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.show(inputs, loss=self.replicas * loss)
        return self.compute_metrics(inputs, targets, copies, sample_weight)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        inputs, targets, sample_weight = self.unpack(data)
        copies = self(inputs, training=False)
        loss = self.compute_loss(inputs, targets, copies, sample_weight, training=False)
        self.show(inputs, loss=self.replicas * loss)
        return self.compute_metrics(inputs, targets, copies, sample_weight)
