"""What the course's models have in common: the networks they received, the weights of their
losses, what their steps show, how they are compiled and saved."""

import math
from numbers import Real
from typing import Any

from aecourse import door
from aecourse.backend import keras, tf
import numpy as np

Schedule = keras.optimizers.schedules.LearningRateSchedule

CROSS_ENTROPY = "a cross-entropy (a squared error takes any numbers)"
"""What needs values in [0, 1], in words."""


def admitted(given: Any, name: str, shapes: Any = None, **how) -> Any:
    """Arrays through `door.numbers`, floats in the width that Keras computes with. A tuple or a
    dictionary holds several inputs; a list is one input, given example by example. shapes: as
    Keras' `input_shape` has them, batches first; None for any."""
    one = isinstance(shapes, tuple) and len(shapes) > 0 and shapes[0] is None
    if isinstance(given, (tuple, dict)):
        if one:
            raise ValueError(f"{name} is a {type(given).__name__}; the network takes one input.")
        named = isinstance(given, dict)
        pairs = given.items() if named else enumerate(given)
        if not isinstance(shapes, dict if named else list):
            shapes = {}
        known = shapes if isinstance(shapes, dict) else dict(enumerate(shapes))
        parts = {
            key: admitted(part, f"{name}[{key!r}]", known.get(key), **how) for key, part in pairs
        }
        return parts if named else tuple(parts.values())
    array = door.numbers(given, name, shape=shapes[1:] if one else None, **how)
    return array.astype(keras.config.floatx(), copy=False)


def loss_name(loss: Any) -> str:
    """The name of a loss as `compile` takes it, however it is given; "" where it has none."""
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    return getattr(loss, "__name__", "") or getattr(loss, "name", "")


def needs_unit(loss: Any) -> str:
    """`CROSS_ENTROPY` where a loss, as `compile` takes it, is Keras' binary one, else ""."""
    return CROSS_ENTROPY if loss_name(loss) == "binary_crossentropy" else ""


class NetworksModel(keras.Model):
    """A model that received built networks.

    `NETWORKS` names the arguments that are networks or other objects, `SETTINGS` those that are
    numbers, `SHOWN` the losses that its steps `show`, `LOSS_WEIGHTS` the losses that take a weight,
    each with its default. A weight is a number in `compile(loss_weights={name: number})`, or a
    Keras schedule in the constructor, `schedules={name: schedule}`: its value in the n-th batch
    that the model learns from is schedule(n), n from 1.
    """

    NETWORKS = ("encoder", "decoder")
    SETTINGS = ()
    SHOWN = ("loss",)
    LOSS_WEIGHTS = {}
    unit = CROSS_ENTROPY
    """What needs images in [0, 1], in words; "" for nothing."""
    checked = True
    """Whether `fit` and `evaluate` look at values; `Run.fit` sets it while it trains."""

    def __init__(self, *, schedules: dict[str, Schedule] | None = None, **kwargs):
        """Raises ValueError where `schedules` has an unknown name, or what is no schedule."""
        super().__init__(**kwargs)
        self.means = [keras.metrics.Mean(name=name) for name in self.SHOWN]
        schedules = self._by_loss("schedules", schedules)
        for name, schedule in schedules.items():
            if not isinstance(schedule, Schedule):
                raise ValueError(
                    f"schedules has {schedule!r} for {name}; expected a Keras LearningRateSchedule "
                    f"(give a number as compile(loss_weights={{{name!r}: ...}}))."
                )
        self.schedules = schedules
        self.loss_weights = self._numbers(None)
        if schedules:
            self.batches_seen = self.add_weight(
                name="batches_seen",
                shape=(),
                dtype="int64",
                initializer="zeros",
                trainable=False,
                aggregation="only_first_replica",
            )

    def build(self, input_shape: Any) -> None:
        self.built = True

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        *,
        loss_weights: Any = None,
        jit_compile: bool | str = "auto",
        **kwargs,
    ) -> None:
        """As in Keras. Where the model has losses of its own, `loss` is left out and loss_weights
        maps names of `LOSS_WEIGHTS` to numbers; the others have their defaults.

        jit_compile=True is turned off on several replicas, with a printed line: XLA compiles a step
        for one device and does not reach the variables of another; Keras turns only "auto" off.
        Raises ValueError for a weight of an unknown loss, or of one that has a schedule.
        """
        if self.LOSS_WEIGHTS:
            if loss is not None:
                raise ValueError(
                    f"compile was given loss={loss!r}; {type(self).__name__} brings its own losses,"
                    f" so leave it out and balance {', '.join(self.LOSS_WEIGHTS)} by loss_weights."
                )
            loss_weights = self.loss_weights = self._numbers(loss_weights)
        replicas = self.distribute_strategy.num_replicas_in_sync
        if jit_compile and jit_compile != "auto" and replicas > 1:
            print(f"jit_compile is turned off: XLA does not train on {replicas} replicas at once.")
            jit_compile = False
        super().compile(
            optimizer, loss, loss_weights=loss_weights, jit_compile=jit_compile, **kwargs
        )

    def admit(self, x: Any, y: Any = None, *, checked: bool = True) -> tuple[Any, Any]:
        """(x, y) as the model learns from them, y None where there is no target. Raises ValueError
        for what it cannot learn from; checked: False lets any values pass."""
        shapes = [getattr(self.encoder, "input_shape", None)]
        shapes += [getattr(self.decoder, "output_shape", None)]
        unit = self.unit if y is None else ""
        x = admitted(x, "x", shapes[0], unit=unit, checked=checked)
        if y is None and all(isinstance(shape, tuple) for shape in shapes):
            y = x if shapes[0][1:] != shapes[1][1:] else None  # a channel, or a fault
        if y is not None:
            y = admitted(y, "y", shapes[1], unit=self.unit, checked=checked)
        return x, y

    def _given(self, x, y, how):
        """What `fit` and `evaluate` hand on to Keras."""
        if isinstance(x, (np.ndarray, tf.Tensor, list, tuple)):
            x, y = self.admit(x, y, checked=self.checked)
        # Keras (3.15) would drop sample_weight where there is no y.
        return x, x if y is None and how.get("sample_weight") is not None else y

    def fit(self, x: Any = None, y: Any = None, *args, **how) -> Any:
        """As in Keras, of arrays that `admit` lets in."""
        return super().fit(*self._given(x, y, how), *args, **how)

    def evaluate(self, x: Any = None, y: Any = None, *args, **how) -> Any:
        """As `fit`."""
        return super().evaluate(*self._given(x, y, how), *args, **how)

    def _by_loss(self, argument, given):
        """`given`, an argument that maps names of losses to something, as a dictionary."""
        if not isinstance(given or {}, dict):
            raise ValueError(f"{argument} is {given!r}; expected a dictionary by names of losses.")
        unknown = [str(name) for name in given or {} if name not in self.LOSS_WEIGHTS]
        if unknown:
            raise ValueError(
                f"{argument} names {', '.join(unknown)}; the losses of {type(self).__name__} that "
                f"take a weight are {', '.join(self.LOSS_WEIGHTS) or 'none'}."
            )
        return dict(given or {})

    def _numbers(self, given):
        """The weight of each loss that has no schedule."""
        given = self._by_loss("loss_weights", given)
        for name, weight in given.items():
            if name in self.schedules:
                raise ValueError(
                    f"{name} has a schedule in the constructor and a number in loss_weights; "
                    "give one of the two."
                )
            if not isinstance(weight, Real) or not math.isfinite(weight):
                raise ValueError(
                    f"loss_weights has {weight!r} for {name}; expected a finite number (give a "
                    f"schedule to the constructor, as schedules={{{name!r}: ...}})."
                )
        weights = {**self.LOSS_WEIGHTS, **given}
        return {name: float(weights[name]) for name in weights if name not in self.schedules}

    def weight_now(self, name: str) -> Any:
        """The weight of a loss in this step: a number, or its schedule's value, a tensor ()."""
        schedule = self.schedules.get(name)
        return self.loss_weights[name] if schedule is None else schedule(self.batches_seen)

    def counts(self, name: str) -> bool:
        """Whether a loss counts: its weight has a schedule, or is a number other than 0."""
        return name in self.schedules or self.loss_weights[name] != 0

    def unpack(self, data: Any, training: bool = False) -> tuple:
        """(input, target, sample_weight or None) of a batch, as `fit` hands it to a step; the
        target is the input where none is given. training: a step that learns, which is counted
        for the schedules."""
        if training and self.schedules:
            self.batches_seen.assign_add(1)
        inputs, targets, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        return inputs, inputs if targets is None else targets, sample_weight

    def example_inputs(self, x: Any, y: Any) -> Any:
        """What the model is called with for a picture of examples x, y as `fit` gets them; None
        where there is nothing to see."""
        return x

    @property
    def replicas(self) -> int:
        """How many copies of the model train at once under tf.distribute; 1 without it. They add
        their gradients up, so each takes the gradient of its share of the mean loss."""
        return tf.distribute.get_strategy().num_replicas_in_sync

    def show(self, images: tf.Tensor, **losses: tf.Tensor) -> dict[str, tf.Tensor]:
        """Update the running mean of each loss on a batch, in which every image counts the same;
        give all of them, name -> mean. After one that is no finite number none is updated: it
        spoils the others within a step, and only where it began tells what went wrong."""
        means = {mean.name: mean for mean in self.means}
        sound = tf.reduce_all([tf.math.is_finite(mean.total) for mean in self.means])
        count = tf.where(sound, tf.shape(images)[0], 0)
        for name, loss in losses.items():
            means[name].update_state(tf.where(sound, loss, 0.0), sample_weight=count)
        return {name: mean.result() for name, mean in means.items()}

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """The shown losses and the metrics of `compile`, of y_pred against the target: the input
        where none is given. Keras calls this itself when it builds the metrics."""
        return super().compute_metrics(x, x if y is None else y, y_pred, sample_weight)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        compiled = self._compile_metrics
        return self.means if compiled is None else [*self.means, compiled]

    def compile_from_config(self, config: dict) -> None:
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def get_config(self) -> dict:
        received = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in (*self.NETWORKS, *self.SETTINGS, "schedules")
        }
        return {**super().get_config(), **received}

    @classmethod
    def from_config(cls, config: dict) -> "NetworksModel":
        received = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in (*cls.NETWORKS, *cls.SETTINGS, "schedules")
        }
        return cls(**{**config, **received})
