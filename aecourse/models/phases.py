"""Training in phases, each with its own loss, variables and optimizer: the one mechanism that all
adversarial models share (lessons 04 to 07)."""

from contextlib import contextmanager

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
    it with that phase's optimizer and updates the metric of that name.
    """

    PHASES = {}

    def compile(self, *, learning_rate=1e-3, optimizers=None, **kwargs):
        """One optimizer a phase: Adam with beta_1 = 0.5 (Radford and others 2015) at a
        learning rate, or those given.

        learning_rate: a number or schedule for all phases, or {phase: number or schedule};
        optimizers: {phase: Keras optimizer}, of which one may serve several phases (its schedule
        then moves on with each of them). kwargs: as in Keras (`jit_compile`,
        `steps_per_execution`, ...). Raises ValueError for a phase that is missing or unknown.
        """
        if optimizers is None:
            if not isinstance(learning_rate, dict):
                learning_rate = dict.fromkeys(self.PHASES, learning_rate)
            self._each_phase_once("learning_rate", learning_rate)
            optimizers = {
                phase: keras.optimizers.Adam(learning_rate[phase], beta_1=0.5)
                for phase in self.PHASES
            }
        self._each_phase_once("optimizers", optimizers)
        # Without these two Nones Keras makes an RMSprop that nobody uses.
        super().compile(optimizer=None, loss=None, **kwargs)
        # In one order, by which Keras finds them in a file again.
        self.optimizers = {phase: optimizers[phase] for phase in self.PHASES}
        for optimizer, phases in self._phases_by_optimizer():
            variables = {id(v): v for phase in phases for v in self.phase_variables(phase)}
            optimizer.build(list(variables.values()))

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

    def phase_variables(self, phase):
        """The variables that a phase trains."""
        networks = [getattr(self, name) for name in self.PHASES[phase]]
        return [variable for network in networks for variable in network.trainable_variables]

    @contextmanager
    def phase(self, name, images, weight=1.0):
        """A phase of a step on a batch of `images`; see the class. weight: of the loss in the
        gradient, which matters where phases share an optimizer; the metric shows the loss."""
        phase, variables = Phase(), self.phase_variables(name)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in variables:
                tape.watch(variable.value)
            yield phase
            share = weight * (phase.loss + phase.penalty) / self.replicas
        self.optimizers[name].apply(tape.gradient(share, variables), variables)
        self.show(images, **{name: phase.loss})

    def get_compile_config(self):
        if not self.compiled:
            return None
        optimizers = [
            {"phases": phases, "optimizer": keras.saving.serialize_keras_object(optimizer)}
            for optimizer, phases in self._phases_by_optimizer()
        ]
        return {"optimizers": optimizers}

    def compile_from_config(self, config):
        optimizers = {}
        for entry in config["optimizers"]:
            optimizer = keras.saving.deserialize_keras_object(entry["optimizer"])
            optimizers.update(dict.fromkeys(entry["phases"], optimizer))
        self.compile(optimizers=optimizers)
