"""What the course's models have in common: the networks they received, the losses they show."""

from aecourse.backend import keras, tf


def inputs_and_targets(data):
    """What a step gets from `fit`, split; the target is the input where none is given."""
    inputs, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
    return inputs, inputs if targets is None else targets


class NetworksModel(keras.Model):
    """A model that received built networks: how it is saved, and what its steps show.

    `NETWORKS` names the arguments that are networks or other objects, `SETTINGS` those that are
    numbers (or schedules of them), `SHOWN` the losses that its steps `show`.
    """

    NETWORKS = ("encoder", "decoder")
    SETTINGS = ()
    SHOWN = ("loss",)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.means = [keras.metrics.Mean(name=name) for name in self.SHOWN]

    def build(self, input_shape):
        self.built = True

    @property
    def replicas(self):
        """How many copies of the model train at once under tf.distribute; 1 without it. They add
        their gradients up, so each takes the gradient of its share of the mean loss."""
        return tf.distribute.get_strategy().num_replicas_in_sync

    def show(self, images, **losses):
        """Update the running mean of each loss on a batch, in which every image counts the same;
        give all of them, name -> mean. After one that is no finite number none is updated: it
        spoils the others within a step, and only where it began tells what went wrong."""
        means = {mean.name: mean for mean in self.means}
        sound = tf.reduce_all([tf.math.is_finite(mean.total) for mean in self.means])
        count = tf.where(sound, tf.shape(images)[0], 0)
        for name, loss in losses.items():
            means[name].update_state(tf.where(sound, loss, 0.0), sample_weight=count)
        return {name: mean.result() for name, mean in means.items()}

    @property
    def metrics(self):
        return self.means

    def get_config(self):
        received = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in (*self.NETWORKS, *self.SETTINGS)
        }
        return {**super().get_config(), **received}

    @classmethod
    def from_config(cls, config):
        received = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in (*cls.NETWORKS, *cls.SETTINGS)
        }
        return cls(**{**config, **received})
