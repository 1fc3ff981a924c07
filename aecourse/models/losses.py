"""All losses of the course's models, as functions of tensors. No network and no training here.

Each casts what it gets to float32: a sum over 784 pixels, or a logarithm near 0, is too coarse in
the half precision in which networks may compute (`mixed_float16`, `mixed_bfloat16`).
"""

from aecourse.backend import keras, tf


def _float32(*tensors):
    return [tf.cast(tensor, tf.float32) for tensor in tensors]


def batch_mean(values: tf.Tensor, sample_weight: tf.Tensor | None = None) -> tf.Tensor:
    """Mean of values (batch,), each times its sample_weight (batch,) or (batch, 1) where given.

    The divisor is the number of values, as in Keras' "sum_over_batch_size", and not the sum of
    the weights. Raises ValueError for weights of another shape.
    """
    (values,) = _float32(values)
    if sample_weight is None:
        return tf.reduce_mean(values)
    (weight,) = _float32(sample_weight)
    if len(weight.shape) not in (1, 2) or weight.shape[1:] not in ([], [1]):
        raise ValueError(
            f"sample_weight has the shape {tuple(weight.shape)}; "
            "expected one number for each image, (batch,)."
        )
    return tf.reduce_mean(values * tf.reshape(weight, (-1,)))


def bernoulli_nats(images: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """-log p(x | z) of each image, in nats (batch,), when every pixel is a biased coin.

    images x and probabilities y, (batch, 28, 28) or with channels: the sum over the pixels of
    -x log y - (1 - x) log(1 - y). For gray x a loss in the same unit, but no likelihood.
    Kingma and Welling 2013, appendix C.1. Raises ValueError for different shapes, of which every
    image would be paired with every copy.
    """
    images, y = _float32(images, probabilities)
    images.shape.assert_is_compatible_with(y.shape)
    margin = keras.config.epsilon()  # probabilities stay this far from 0 and 1
    y = tf.clip_by_value(y, margin, 1 - margin)
    pixels = images * tf.math.log(y) + (1 - images) * tf.math.log(1 - y)
    return -tf.reduce_sum(pixels, axis=list(range(1, len(pixels.shape))))


def gaussian_kl(z_mean: tf.Tensor, z_log_var: tf.Tensor) -> tf.Tensor:
    """KL(N(mean, variance) || N(0, 1)) of each code, in nats (batch,).

    z_mean, z_log_var: (batch, latent_dim). Kingma and Welling 2013, appendix B.
    """
    z_mean, z_log_var = _float32(z_mean, z_log_var)
    terms = tf.square(z_mean) + tf.exp(z_log_var) - z_log_var - 1
    return 0.5 * tf.reduce_sum(terms, axis=1)


def adversarial_loss(logits: tf.Tensor, real: int) -> tf.Tensor:
    """Cross-entropy of a discriminator's logits (batch, 1) where all are `real` (1) or not (0);
    in nats, mean over the batch. Goodfellow and others 2014, equation 1."""
    (logits,) = _float32(logits)
    labels = tf.fill(tf.shape(logits), float(real))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def mean_cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Cross-entropy of logits (batch, classes) with labels int (batch,); nats, batch mean.

    The categorical negative log-likelihood: Bishop 2006, equation 4.108.
    """
    (logits,) = _float32(logits)
    labels = tf.cast(labels, tf.int32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    return tf.reduce_mean(losses)


def accuracy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Share, 0 to 1, of logits (batch, classes) that are highest at their label, int (batch,)."""
    right = tf.equal(tf.argmax(logits, 1, tf.int32), tf.cast(labels, tf.int32))
    return tf.reduce_mean(tf.cast(right, tf.float32))
