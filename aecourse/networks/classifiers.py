"""Networks that give logits: classifiers, discriminators, and many small networks side by side."""

from collections.abc import Sequence

from aecourse.backend import keras
from aecourse.networks.blocks import (
    IMAGE_SHAPE,
    codes_and_labels,
    dense_stack,
    whole,
    with_channels,
)

layers = keras.layers


def build_dense_classifier(
    input_shape: Sequence[int] = IMAGE_SHAPE,
    *,
    hidden: Sequence[int] = (),
    classes: int = 10,
    dropout: float = 0.0,
) -> keras.Model:
    """Inputs (batch, *input_shape), images or codes, -> logits (batch, classes).

    Without hidden layers this is logistic regression. Raises ValueError, Keras' own, for sizes
    below 1 or a dropout outside [0, 1].
    """
    inputs = keras.Input(tuple(input_shape), name="inputs")
    tensor = dense_stack(layers.Flatten()(inputs), hidden, "relu", dropout)
    return keras.Model(
        inputs, layers.Dense(whole(classes), name="logits")(tensor), name="classifier"
    )


def build_conv_classifier(
    *,
    filters: Sequence[int] = (16, 32),
    hidden: Sequence[int] = (128,),
    classes: int = 10,
    dropout: float = 0.3,
    image_shape: Sequence[int] = IMAGE_SHAPE,
) -> keras.Model:
    """Images (batch, 28, 28) -> logits (batch, classes): 3 x 3 convolutions of stride 2,
    dropout, then fully connected layers.

    image_shape: of an image, (height, width) or with channels. Raises ValueError, Keras' own, for
    sizes below 1 or a dropout outside [0, 1].
    """
    images = keras.Input(tuple(image_shape), name="images")
    tensor = layers.Reshape(with_channels(image_shape))(images)
    for count in filters:
        tensor = layers.Conv2D(whole(count), 3, strides=2, padding="same", activation="relu")(
            tensor
        )
    tensor = layers.Dropout(dropout)(layers.Flatten()(tensor))
    tensor = dense_stack(tensor, hidden, "relu", 0.0)
    return keras.Model(
        images, layers.Dense(whole(classes), name="logits")(tensor), name="classifier"
    )


def build_dense_discriminator(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    dropout: float = 0.0,
    classes: int = 0,
) -> keras.Model:
    """Codes (batch, latent_dim) -> logits (batch, 1), high for "drawn from the prior".

    classes: where it is not 0 the network is told each code's label too, as in
    `build_dense_decoder`. Raises ValueError, Keras' own, for sizes below 1 or a dropout outside
    [0, 1].
    """
    inputs, tensor = codes_and_labels(latent_dim, classes)
    tensor = dense_stack(tensor, hidden, "relu", dropout)
    return keras.Model(inputs, layers.Dense(1, name="logit")(tensor), name="discriminator")


def build_parallel_dense(
    seeds: Sequence[int],
    *,
    inputs: int = 1,
    hidden: Sequence[int] = (32, 32),
    activation: str = "tanh",
    name: str | None = None,
) -> keras.Model:
    """(batch, networks, inputs) -> (batch, networks, 1): a dense network for each seed, with
    weights of its own, all computed at once.

    The first weights of each are Keras' own (Glorot and Bengio 2010) and depend on its seed
    only, so a network is the same in any company. Every weight has the shape (networks, ., .): an
    optimizer whose learning rate has the shape (networks, 1, 1) gives each network its own.
    Raises ValueError without seeds, and Keras' own for sizes below 1 or an unknown activation.
    """
    if not len(seeds):
        raise ValueError("seeds is empty; give an int for each network, for example (0, 1, 2).")
    placed = keras.Input((len(seeds), inputs), name="inputs")
    tensor = keras.ops.transpose(placed, (1, 0, 2))  # networks first: twice as fast
    for depth, units in enumerate((*hidden, 1)):
        layer = layers.EinsumDense(
            "nbi,nio->nbo",
            (None, units),
            activation=activation if depth < len(hidden) else None,
            bias_axes="no",
        )
        tensor = layer(tensor)
        shape = layer.kernel.shape[1:]
        first = [
            keras.initializers.GlorotUniform(1000 * int(seed) + depth)(shape) for seed in seeds
        ]
        layer.kernel.assign(keras.ops.stack(first))
    return keras.Model(placed, keras.ops.transpose(tensor, (1, 0, 2)), name=name)
