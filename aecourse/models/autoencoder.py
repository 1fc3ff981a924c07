"""The plain autoencoder: copy the input through a bottleneck (lessons 01 and 02)."""

from aecourse.backend import keras, tf
from aecourse.models.base import NetworksModel, inputs_and_targets


@keras.saving.register_keras_serializable("aecourse")
class Autoencoder(NetworksModel):
    """An encoder and a decoder that together learn to copy (Rumelhart, Hinton and Williams 1986).

    encoder: images (batch, 28, 28) -> codes (batch, latent_dim), or whatever its decoder takes.
    decoder: codes -> images (batch, 28, 28) in [0, 1].
    Compile it with any Keras optimizer and loss. `fit` takes images, or pairs (input, target)
    where the two differ. The metric `loss` is the mean over the epoch's images.
    """

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.build(encoder.input_shape)

    def call(self, images, training=False):
        codes = self.encoder(images, training=training)
        return self.decoder(codes, training=training)

    def compute_loss(self, x=None, y=None, *rest, **named):
        """The compiled loss, towards the input where no target is given. Keras divides it by the
        number of replicas, and calls this itself when it builds a model under tf.distribute."""
        return super().compute_loss(x, x if y is None else y, *rest, **named)

    def train_step(self, data):
        inputs, targets = inputs_and_targets(data)
        with tf.GradientTape() as tape:
            copies = self(inputs, training=True)
            loss = self.compute_loss(y=targets, y_pred=copies)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self.show(inputs, loss=self.replicas * loss)

    def test_step(self, data):
        inputs, targets = inputs_and_targets(data)
        loss = self.compute_loss(y=targets, y_pred=self(inputs, training=False))
        return self.show(inputs, loss=self.replicas * loss)
