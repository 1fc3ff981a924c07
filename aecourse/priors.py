"""What latent codes should look like: distributions to draw codes from (lessons 04 to 06).

A prior gives codes as a float32 tensor (count, dim). Its `std` is the root of the mean square of
a number of its codes, the scale in which distances between codes are told. Those made of `parts`
(petals of a mixture, stretches of a roll) can draw the part that belongs to a label.
"""

from collections.abc import Sequence
import math
from numbers import Integral

from aecourse.backend import keras, tf


def _generator(seed):
    return keras.random.SeedGenerator(int(seed)) if isinstance(seed, Integral) else seed


class _Prior:
    """What priors share: drawing parts evenly, seeds, settings that are saved."""

    dim, parts = 2, 1

    def sample(self, count, *, seed, labels=None) -> tf.Tensor:
        """Codes (count, dim), float32.

        seed: an int, which gives the same codes every time, or a `keras.random.SeedGenerator`,
        which gives new ones. labels: int (count,), the part of each code; None draws parts evenly.
        """
        generator = _generator(seed)
        if labels is None:
            labels = keras.random.randint((count,), 0, self.parts, seed=generator)
        return self._sample(count, tf.cast(labels, tf.float32), generator)

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __repr__(self):
        settings = ", ".join(f"{name}={value}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({settings})"


def _positive(**values):
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} is {value}; it must be a positive, finite number.")


@keras.saving.register_keras_serializable("aecourse")
class Gaussian(_Prior):
    """N(0, std^2) in each of `dim` independent numbers: one round cloud."""

    def __init__(self, *, dim: int = 2, std: float = 1.0):
        _positive(dim=dim, std=std)
        self.dim, self.std = dim, std

    def _sample(self, count, labels, generator):
        return self.std * keras.random.normal((count, self.dim), seed=generator)

    def get_config(self) -> dict:
        return {"dim": self.dim, "std": self.std}


@keras.saving.register_keras_serializable("aecourse")
class GaussianMixture(_Prior):
    """A flower of long Gaussians in the plane, as in Makhzani and others 2015, figure 4.

    parts: petals, evenly around 0; distance: of their middles from 0; length, breadth: their
    standard deviations along the radius and across it. Label k is the petal at angle
    2 pi k / parts.
    """

    def __init__(
        self, *, parts: int = 10, distance: float = 2.0, length: float = 0.6, breadth: float = 0.15
    ):
        _positive(parts=parts, distance=distance, length=length, breadth=breadth)
        self.parts, self.distance, self.length, self.breadth = parts, distance, length, breadth
        self.std = math.sqrt((distance**2 + length**2 + breadth**2) / 2)

    def _sample(self, count, labels, generator):
        along, across = tf.unstack(keras.random.normal((2, count), seed=generator))
        radius, side = self.distance + self.length * along, self.breadth * across
        cosine, sine = _direction(2 * math.pi * labels / self.parts)
        return tf.stack([radius * cosine - side * sine, radius * sine + side * cosine], axis=1)

    def get_config(self) -> dict:
        return {
            "parts": self.parts,
            "distance": self.distance,
            "length": self.length,
            "breadth": self.breadth,
        }


@keras.saving.register_keras_serializable("aecourse")
class SwissRoll(_Prior):
    """A spiral band in the plane: `turns` from the middle out to `radius`, evenly filled.

    breadth: standard deviation across the band. Label k is the k-th of `parts` stretches with
    equal probability, from the middle outwards.
    """

    def __init__(
        self, *, parts: int = 10, turns: float = 2.0, radius: float = 3.0, breadth: float = 0.1
    ):
        _positive(parts=parts, turns=turns, radius=radius, breadth=breadth)
        self.parts, self.turns, self.radius, self.breadth = parts, turns, radius, breadth
        self.std = math.sqrt((radius**2 / 2 + breadth**2) / 2)

    def _sample(self, count, labels, generator):
        within = keras.random.uniform((count,), seed=generator)
        # A spiral's length grows with the square of its radius, so this fills it evenly.
        share = tf.sqrt((labels + within) / self.parts)
        aside = self.breadth * keras.random.normal((count,), seed=generator)
        cosine, sine = _direction(2 * math.pi * self.turns * share)
        radius = self.radius * share + aside
        return tf.stack([radius * cosine, radius * sine], axis=1)

    def get_config(self) -> dict:
        return {
            "parts": self.parts,
            "turns": self.turns,
            "radius": self.radius,
            "breadth": self.breadth,
        }


@keras.saving.register_keras_serializable("aecourse")
class Categorical(_Prior):
    """One-hot vectors of `parts` classes: a corner of the simplex for each.

    weights: how often each class is drawn, in any unit; None draws all alike.
    """

    def __init__(self, *, parts: int = 10, weights: Sequence[float] | None = None):
        _positive(parts=parts)
        if weights is not None and (len(weights) != parts or min(weights) < 0 or not sum(weights)):
            raise ValueError(f"weights are {weights}; it takes {parts}, none of them negative.")
        self.parts, self.dim, self.weights = parts, parts, weights
        self.std = math.sqrt(1 / parts)

    def sample(self, count, *, seed, labels=None) -> tf.Tensor:
        if labels is None and self.weights is not None:
            generator = _generator(seed)
            odds = tf.math.log([[float(weight) for weight in self.weights]])
            labels = keras.random.categorical(odds, count, seed=generator)[0]
            seed = generator
        return super().sample(count, seed=seed, labels=labels)

    def _sample(self, count, labels, generator):
        return tf.one_hot(tf.cast(labels, tf.int32), self.parts)

    def get_config(self) -> dict:
        return {"parts": self.parts, "weights": self.weights}


def _direction(angle):
    return tf.cos(angle), tf.sin(angle)
