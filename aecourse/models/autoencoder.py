"""The plain autoencoder: copy the input through a bottleneck (lessons 01 and 02)."""

from aecourse.backend import keras, tf


def inputs_and_targets(data):
    """What a step gets from `fit`, split; the target is the input where none is given."""
    inputs, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
    return inputs, inputs if targets is None else targets


@keras.saving.register_keras_serializable("aecourse")
class Autoencoder(keras.Model):
    """An encoder and a decoder that together learn to copy (Rumelhart, Hinton and Williams 1986).

    encoder: images (batch, 28, 28) -> codes (batch, latent_dim).
    decoder: codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1].
    Compile it with any Keras optimizer and loss. `fit` takes images, or pairs (input, target)
    where the two differ. The metric `loss` is the mean over the epoch's images.
    """

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.loss_metric = keras.metrics.Mean(name="loss")
        self.build(encoder.input_shape)

    def build(self, input_shape):
        self.built = True

    def call(self, images, training=False):
        codes = self.encoder(images, training=training)
        return self.decoder(codes, training=training)

    def train_step(self, data):
        inputs, targets = inputs_and_targets(data)
        with tf.GradientTape() as tape:
            copies = self(inputs, training=True)
            loss = self.compute_loss(y=targets, y_pred=copies)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self._logs(inputs, loss)

    def test_step(self, data):
        inputs, targets = inputs_and_targets(data)
        loss = self.compute_loss(y=targets, y_pred=self(inputs, training=False))
        return self._logs(inputs, loss)

    def _logs(self, inputs, loss):
        """The running mean of the loss, in which every image counts the same."""
        self.loss_metric.update_state(loss, sample_weight=tf.shape(inputs)[0])
        return {"loss": self.loss_metric.result()}

    @property
    def metrics(self):
        return [self.loss_metric]

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
        }

    @classmethod
    def from_config(cls, config):
        networks = ("encoder", "decoder")
        built = {name: keras.saving.deserialize_keras_object(config[name]) for name in networks}
        return cls(**{**config, **built})
