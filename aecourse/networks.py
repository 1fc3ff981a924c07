"""Builders of networks, with the Keras functional API.

Encoders take images (batch, 28, 28) and give codes (batch, latent_dim); decoders take codes and
give images through a sigmoid; classifiers give logits (batch, classes). No builder trains,
compiles or knows a loss: that is what models are for.
"""

from collections.abc import Sequence

from aecourse.backend import keras

layers = keras.layers

IMAGE_SHAPE = (28, 28)
"""Height and width of every image in the course."""


def _dense_stack(tensor, units, activation, dropout):
    for width in units:
        tensor = layers.Dense(width, activation=activation)(tensor)
        if dropout:
            tensor = layers.Dropout(dropout)(tensor)
    return tensor


def noise_layers(std: float) -> keras.Sequential:
    """Images (batch, 28, 28) -> images with normal noise of `std`, clipped to [0, 1].

    The noise is drawn anew for every batch, in training only; otherwise images in [0, 1] pass
    as they are. See `datasets.corruptions.gaussian_noise` for noise that stays the same.
    """
    clip = layers.ReLU(max_value=1.0)
    return keras.Sequential([keras.Input(IMAGE_SHAPE), layers.GaussianNoise(std), clip])


def _code_heads(tensor, latent_dim, gaussian, activation=None):
    """The last layer of an encoder: a code, or the mean and log-variance of one."""
    if gaussian:
        return [layers.Dense(latent_dim, name=name)(tensor) for name in ("z_mean", "z_log_var")]
    return layers.Dense(latent_dim, activation=activation, name="codes")(tensor)


def build_dense_encoder(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    activation: str = "relu",
    code_activation: str | None = None,
    dropout: float = 0.0,
    noise: float = 0.0,
    gaussian: bool = False,
) -> keras.Model:
    """Images (batch, 28, 28) -> codes (batch, latent_dim), through fully connected layers.

    hidden: units of each layer; code_activation: None gives a linear code, which can be any
    point of the plane; dropout: fraction of each hidden layer silenced in training; noise: its
    standard deviation, added to the images in training; gaussian: give [z_mean, z_log_var], each
    (batch, latent_dim), instead of a code.
    """
    images = keras.Input(IMAGE_SHAPE, name="images")
    seen = noise_layers(noise)(images) if noise else images
    tensor = _dense_stack(layers.Flatten()(seen), hidden, activation, dropout)
    heads = _code_heads(tensor, latent_dim, gaussian, code_activation)
    return keras.Model(images, heads, name="encoder")


def _codes_and_labels(latent_dim, classes):
    """A network's inputs, codes alone or [codes, labels], and the tensor that joins them."""
    codes = keras.Input((latent_dim,), name="codes")
    if not classes:
        return codes, codes
    labels = keras.Input((), dtype="int32", name="labels")
    one_hot = layers.CategoryEncoding(classes, output_mode="one_hot")(labels)
    return [codes, labels], layers.Concatenate()([codes, one_hot])


def build_dense_decoder(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    activation: str = "relu",
    dropout: float = 0.0,
    classes: int = 0,
) -> keras.Model:
    """Codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1], fully connected.

    classes: where it is not 0 the network takes [codes, labels], labels int (batch,) below
    `classes`, and the label joins the code as a one-hot vector.
    """
    inputs, tensor = _codes_and_labels(latent_dim, classes)
    tensor = _dense_stack(tensor, hidden, activation, dropout)
    pixels = layers.Dense(IMAGE_SHAPE[0] * IMAGE_SHAPE[1], activation="sigmoid")(tensor)
    return keras.Model(inputs, layers.Reshape(IMAGE_SHAPE, name="images")(pixels), name="decoder")


def build_conv_encoder(
    latent_dim: int,
    *,
    filters: Sequence[int] = (32, 64),
    activation: str = "relu",
    gaussian: bool = False,
) -> keras.Model:
    """Images (batch, 28, 28) -> codes (batch, latent_dim), through 3 x 3 convolutions.

    Each convolution halves the side (stride 2): 28, 14, 7 for two of them. gaussian: give
    [z_mean, z_log_var] instead of a code.
    """
    images = keras.Input(IMAGE_SHAPE, name="images")
    tensor = layers.Reshape((*IMAGE_SHAPE, 1))(images)
    for count in filters:
        tensor = layers.Conv2D(count, 3, strides=2, padding="same", activation=activation)(tensor)
    heads = _code_heads(layers.Flatten()(tensor), latent_dim, gaussian)
    return keras.Model(images, heads, name="encoder")


def build_conv_decoder(
    latent_dim: int, *, filters: Sequence[int] = (64, 32), activation: str = "relu"
) -> keras.Model:
    """Codes (batch, latent_dim) -> images (batch, 28, 28) in [0, 1], from a 7 x 7 grid upwards.

    Each of the two transposed convolutions doubles the side: 7, 14, 28.
    """
    if len(filters) != 2:
        raise ValueError(f"filters has {len(filters)} entries; 7 -> 14 -> 28 takes exactly two.")
    codes = keras.Input((latent_dim,), name="codes")
    tensor = layers.Dense(7 * 7 * filters[0], activation=activation)(codes)
    tensor = layers.Reshape((7, 7, filters[0]))(tensor)
    for count in filters:
        tensor = layers.Conv2DTranspose(count, 3, strides=2, padding="same", activation=activation)(
            tensor
        )
    pixels = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(tensor)
    return keras.Model(codes, layers.Reshape(IMAGE_SHAPE, name="images")(pixels), name="decoder")


def build_dense_classifier(
    input_shape: Sequence[int] = IMAGE_SHAPE,
    *,
    hidden: Sequence[int] = (),
    classes: int = 10,
    dropout: float = 0.0,
) -> keras.Model:
    """Inputs (batch, *input_shape), images or codes, -> logits (batch, classes).

    Without hidden layers this is logistic regression.
    """
    inputs = keras.Input(tuple(input_shape), name="inputs")
    tensor = _dense_stack(layers.Flatten()(inputs), hidden, "relu", dropout)
    return keras.Model(inputs, layers.Dense(classes, name="logits")(tensor), name="classifier")


def build_conv_classifier(
    *,
    filters: Sequence[int] = (16, 32),
    hidden: Sequence[int] = (128,),
    classes: int = 10,
    dropout: float = 0.3,
) -> keras.Model:
    """Images (batch, 28, 28) -> logits (batch, classes): 3 x 3 convolutions of stride 2,
    dropout, then fully connected layers."""
    images = keras.Input(IMAGE_SHAPE, name="images")
    tensor = layers.Reshape((*IMAGE_SHAPE, 1))(images)
    for count in filters:
        tensor = layers.Conv2D(count, 3, strides=2, padding="same", activation="relu")(tensor)
    tensor = layers.Dropout(dropout)(layers.Flatten()(tensor))
    tensor = _dense_stack(tensor, hidden, "relu", 0.0)
    return keras.Model(images, layers.Dense(classes, name="logits")(tensor), name="classifier")


def build_dense_discriminator(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    dropout: float = 0.0,
    classes: int = 0,
) -> keras.Model:
    """Codes (batch, latent_dim) -> logits (batch, 1), high for "drawn from the prior".

    classes: where it is not 0 the network is told each code's label too, as in
    `build_dense_decoder`.
    """
    inputs, tensor = _codes_and_labels(latent_dim, classes)
    tensor = _dense_stack(tensor, hidden, "relu", dropout)
    return keras.Model(inputs, layers.Dense(1, name="logit")(tensor), name="discriminator")
