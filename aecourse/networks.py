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


def _dense_stack(tensor, units, activation, dropout, batch_norm=False):
    for width in units:
        tensor = _normalized(layers.Dense, activation, batch_norm, width)(tensor)
        if dropout:
            tensor = layers.Dropout(dropout)(tensor)
    return tensor


def _normalized(layer, activation, batch_norm, *args, **how):
    """A layer with its activation, batch normalization (Ioffe and Szegedy 2015) between them."""
    if not batch_norm:
        return layer(*args, activation=activation, **how)
    parts = layer(*args, use_bias=False, **how), layers.BatchNormalization(momentum=0.95)
    return keras.Sequential([*parts, layers.Activation(activation)])


def noise_layers(std: float) -> keras.Sequential:
    """Images (batch, 28, 28) -> images with normal noise of `std`, clipped to [0, 1].

    The noise is drawn anew for every batch, in training only; otherwise images in [0, 1] pass
    as they are. See `datasets.corruptions.gaussian_noise` for noise that stays the same.
    """
    clip = layers.ReLU(max_value=1.0)
    return keras.Sequential([keras.Input(IMAGE_SHAPE), layers.GaussianNoise(std), clip])


@keras.saving.register_keras_serializable("aecourse")
class RandomAffine(layers.Layer):
    """In training, a small random distortion of each image (batch, 28, 28), anew each time.

    The plane is turned, sheared and scaled about the middle, then shifted; each amount is drawn
    evenly from both sides of none. rotation: at most, in radians; shear: horizontal, in pixels a
    pixel; scale: at most, as a share; shift: at most, in pixels.
    """

    def __init__(self, *, rotation=0.15, shear=0.15, scale=0.1, shift=2.0, **kwargs):
        super().__init__(**kwargs)
        self.amounts = dict(rotation=rotation, shear=shear, scale=scale, shift=shift)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images, training=False):
        if not training:
            return images
        ops, shape = keras.ops, keras.ops.shape(images)
        draws = keras.random.uniform((6, shape[0]), -1, 1, seed=self.seed_generator)
        angle, shear = self.amounts["rotation"] * draws[0], self.amounts["shear"] * draws[1]
        wide, high = 1 + self.amounts["scale"] * draws[2], 1 + self.amounts["scale"] * draws[3]
        # Where each pixel (x, y) of the result is taken from: a x + b y + c, d x + e y + f.
        a, b = wide * ops.cos(angle), wide * (shear * ops.cos(angle) - ops.sin(angle))
        d, e = high * ops.sin(angle), high * (shear * ops.sin(angle) + ops.cos(angle))
        middle = (IMAGE_SHAPE[0] - 1) / 2
        c = middle - (a + b) * middle + self.amounts["shift"] * draws[4]
        f = middle - (d + e) * middle + self.amounts["shift"] * draws[5]
        none = ops.zeros_like(a)
        maps = ops.stack([a, b, c, d, e, f, none, none], axis=1)
        return ops.image.affine_transform(images[..., None], maps)[..., 0]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), **self.amounts}


def _code_heads(tensor, latent_dim, gaussian, classes, activation=None):
    """The last layer of an encoder: a code; or its mean and log-variance; or logits and a code."""
    if gaussian:
        return [layers.Dense(latent_dim, name=name)(tensor) for name in ("z_mean", "z_log_var")]
    codes = layers.Dense(latent_dim, activation=activation, name="codes")(tensor)
    return [layers.Dense(classes, name="logits")(tensor), codes] if classes else codes


def build_dense_encoder(
    latent_dim: int,
    *,
    hidden: Sequence[int] = (1000, 1000),
    activation: str = "relu",
    code_activation: str | None = None,
    dropout: float = 0.0,
    noise: float = 0.0,
    gaussian: bool = False,
    classes: int = 0,
    batch_norm: bool = False,
) -> keras.Model:
    """Images (batch, 28, 28) -> codes (batch, latent_dim), through fully connected layers.

    hidden: units of each layer; code_activation: None gives a linear code, which can be any
    point of the plane; dropout: fraction of each hidden layer silenced in training; noise: its
    standard deviation, added to the images in training; gaussian: give [z_mean, z_log_var], each
    (batch, latent_dim), instead of a code; classes: where it is not 0, give [logits, codes], the
    logits (batch, classes); batch_norm: normalize each hidden layer over the batch.
    """
    images = keras.Input(IMAGE_SHAPE, name="images")
    seen = noise_layers(noise)(images) if noise else images
    tensor = _dense_stack(layers.Flatten()(seen), hidden, activation, dropout, batch_norm)
    heads = _code_heads(tensor, latent_dim, gaussian, classes, code_activation)
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
    noise: float = 0.0,
    gaussian: bool = False,
    classes: int = 0,
    batch_norm: bool = False,
) -> keras.Model:
    """Images (batch, 28, 28) -> codes (batch, latent_dim), through 3 x 3 convolutions.

    Each convolution halves the side (stride 2): 28, 14, 7 for two of them. noise, gaussian,
    classes, batch_norm: as in `build_dense_encoder`.
    """
    images = keras.Input(IMAGE_SHAPE, name="images")
    seen = noise_layers(noise)(images) if noise else images
    tensor = layers.Reshape((*IMAGE_SHAPE, 1))(seen)
    for count in filters:
        how = dict(strides=2, padding="same")
        tensor = _normalized(layers.Conv2D, activation, batch_norm, count, 3, **how)(tensor)
    heads = _code_heads(layers.Flatten()(tensor), latent_dim, gaussian, classes)
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
    """
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
        first = [keras.initializers.GlorotUniform(1000 * seed + depth)(shape) for seed in seeds]
        layer.kernel.assign(keras.ops.stack(first))
    return keras.Model(placed, keras.ops.transpose(tensor, (1, 0, 2)), name=name)
