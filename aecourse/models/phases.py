"""Training in phases, each with its own loss, variables and optimizer: the one mechanism that all
adversarial models share (lessons 04 to 07)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aecourse.backend import keras, tf
from aecourse.models.base import NetworksModel


class Phase:
    """What a `with` block of a training step fills in: its loss, one number for the batch, and a
    penalty that is learned from as well and not shown."""

    loss = None
    penalty = 0.0


class PhasedModel(NetworksModel):
    """A model whose training step is a sequence of phases.

    `PHASES` maps the name of each phase to the networks that it trains; nothing else moves in
    it. A step writes a phase as

        with self.phase("generator", images) as phase:
            phase.loss = ...

    and leaving the block takes the gradient of that loss for that phase's variables only, applies
    it with that phase's optimizer and updates the metric of that name. Where the phase's name is
    one of `LOSS_WEIGHTS`, its weight is a factor of the loss in the gradient, which matters where
    phases share an optimizer (Adam alone with one phase undoes it); the metric shows the loss.
    """

    PHASES = {}

    def compile(
        self,
        *,
        learning_rate: Any = 1e-3,
        optimizers: dict[str, keras.optimizers.Optimizer] | None = None,
        **kwargs,
    ) -> None:
        """One optimizer a phase: Adam with beta_1 = 0.5 (Radford and others 2015) at a
        learning rate, or those given.

        learning_rate: a number or schedule for all phases, or {phase: number or schedule};
        optimizers: {phase: Keras optimizer}, of which one may serve several phases (its schedule
        then moves on with each of them). kwargs: `loss_weights`, and as in Keras `jit_compile`,
        `steps_per_execution`, ... Raises ValueError for a phase that is missing or unknown, and
        for metrics: the steps show the losses of their phases, and have no copy and target.
        """
        for name in ("metrics", "weighted_metrics", "optimizer", "loss"):
            if kwargs.pop(name, None) is not None:
                raise ValueError(
                    f"{type(self).__name__} takes no {name}: its phases ({', '.join(self.PHASES)}) "
                    f"have losses of their own, optimizers={{phase: ...}}, and show "
                    f"{', '.join(self.SHOWN)}."
                )
        if optimizers is None:
            if not isinstance(learning_rate, dict):
                learning_rate = dict.fromkeys(self.PHASES, learning_rate)
            self._each_phase_once("learning_rate", learning_rate)
            optimizers = {
                phase: keras.optimizers.Adam(learning_rate[phase], beta_1=0.5)
                for phase in self.PHASES
            }
        self._each_phase_once("optimizers", optimizers)
        self._by_loss("loss_weights", kwargs.get("loss_weights"))  # also where it has no names
        # Without these two Nones Keras makes an RMSprop that nobody uses.
        super().compile(None, None, **kwargs)
        # In one order, by which Keras finds them in a file again.
        self.optimizers = {phase: optimizers[phase] for phase in self.PHASES}
        if self.dtype_policy.name == "mixed_float16" and kwargs.get("auto_scale_loss", True):
            self._scale_losses()
        for optimizer, phases in self._phases_by_optimizer():
            variables = {id(v): v for phase in phases for v in self.phase_variables(phase)}
            optimizer.build(list(variables.values()))

    def _scale_losses(self):
        """As Keras does with its one optimizer, so that no small gradient is lost in float16."""
        scaling = keras.optimizers.LossScaleOptimizer
        for optimizer, phases in self._phases_by_optimizer():
            if not isinstance(optimizer, scaling):
                self.optimizers.update(dict.fromkeys(phases, scaling(optimizer)))

    def _phases_by_optimizer(self):
        """[(optimizer, its phases), ...], each optimizer once."""
        found = {}
        for phase in self.PHASES:
            optimizer = self.optimizers[phase]
            found.setdefault(id(optimizer), (optimizer, []))[1].append(phase)
        return list(found.values())

    def _each_phase_once(self, argument, given):
        if set(given) != set(self.PHASES):
            raise ValueError(
                f"{argument} names {', '.join(given) or 'no phase'}; "
                f"the phases of {type(self).__name__} are {', '.join(self.PHASES)}."
            )

    def phase_variables(self, phase: str) -> list[keras.Variable]:
        """The variables that a phase trains."""
        networks = [getattr(self, name) for name in self.PHASES[phase]]
        return [variable for network in networks for variable in network.trainable_variables]

    def unpack(self, data: Any, training: bool = False) -> tuple:
        """(x, y or None) of a batch, as `fit` hands it to a step; see NetworksModel. Raises
        ValueError for sample_weight."""
        super().unpack(data, training)
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if sample_weight is not None:
            raise ValueError(
                f"{type(self).__name__} takes no sample_weight: its discriminators compare whole "
                "batches, in which every image counts the same."
            )
        return x, y

    @contextmanager
    def phase(self, name: str, images: tf.Tensor, *, times: float = 1.0) -> Iterator[Phase]:
        """A phase of a step on a batch of `images`; see the class. times: one more factor of what
        is learned from, for a loss that is a mean where the gradient of the sum is meant."""
        phase, variables, optimizer = Phase(), self.phase_variables(name), self.optimizers[name]
        weight = self.weight_now(name) if name in self.LOSS_WEIGHTS else 1.0
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in variables:
                tape.watch(variable.value)
            yield phase
            share = times * weight * (phase.loss + phase.penalty) / self.replicas
            share = optimizer.scale_loss(share)  # itself, unless in half precision
        optimizer.apply(tape.gradient(share, variables), variables)
        self.show(images, **{name: phase.loss})

    def get_compile_config(self) -> dict:
        if not self.compiled:
            return {}
        config = super().get_compile_config()
        how = ("loss_weights", "run_eagerly", "steps_per_execution", "jit_compile")
        optimizers = [
            {"phases": phases, "optimizer": keras.saving.serialize_keras_object(optimizer)}
            for optimizer, phases in self._phases_by_optimizer()
        ]
        return {**{name: config[name] for name in how}, "optimizers": optimizers}

    def compile_from_config(self, config: dict) -> None:
        optimizers = {}
        for entry in config["optimizers"]:
            optimizer = keras.saving.deserialize_keras_object(entry["optimizer"])
            optimizers.update(dict.fromkeys(entry["phases"], optimizer))
        self.compile(**{**config, "optimizers": optimizers})
