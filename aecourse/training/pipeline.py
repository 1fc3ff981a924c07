"""Batches whose order is a function of seed and epoch, and what else a training's steps need.

Arrays stay where they are: what is shuffled are indices, and examples are looked up by batches.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import math
from typing import Any

from aecourse import settings
from aecourse.backend import keras, tf
import numpy as np

LONG = 200_000
"""Images: a training of dense networks on as many is worth the seconds that XLA takes to compile
it (`jit_compile`). Not where layers add noise to pixels: on a CPU XLA draws it slowly (lesson 02's
784-64-784: 5 times the time of a step without XLA)."""

STEPS_AT_ONCE = 16
FITS_ON_DEVICE = 2**30
"""Bytes of training data that are copied to a GPU, so that batches do not wait for Python."""


def set_seed(seed: int | None = None) -> int:
    """Seed Python, NumPy and TensorFlow; None takes `AECOURSE_SEED`, 0 unless set."""
    seed = settings.seed() if seed is None else int(seed)
    keras.utils.set_random_seed(seed)
    return seed


def falling_adam(
    learning_rate: float, *, count: int, epochs: int, batch_size: int, **adam
) -> keras.optimizers.Optimizer:
    """Adam whose learning rate falls to zero along a cosine, over all steps of a training.

    count: examples in an epoch. Adam: Kingma and Ba 2015; the cosine: Loshchilov and Hutter 2017.
    """
    steps = epochs * math.ceil(count / batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return keras.optimizers.Adam(schedule, **adam)


def batches(
    x: Any, y: Any = None, *, batch_size: int, seed: int = 0, first_batch: int = 0
) -> tf.data.Dataset:
    """Shuffled batches without end, epoch after epoch, the last of an epoch possibly smaller.

    x (n, ...), y (n, ...) or None -> a dataset of x, or of (x, y). The order of an epoch's examples
    depends on `seed` and the epoch's number only, so a training that resumes at `first_batch` sees
    what an uninterrupted one would have seen.
    """
    data = InMemory(x if y is None else (x, y), batch_size=batch_size, seed=seed)
    return data.indices(first_batch).map(data.look_up, num_parallel_calls=1).prefetch(2)


class InMemory:
    """Examples in memory, in any structure of arrays (n, ...) of one length, as endless batches.

    seed: of the order of examples; stream: 1 for a second stream beside another, whose order is
    then its own although the seed is the same.
    """

    def __init__(self, structure: Any, *, batch_size: int, seed: int, stream: int = 0):
        self.structure = keras.tree.map_structure(np.asarray, structure)
        self.arrays = keras.tree.flatten(self.structure)
        self.count, self.batch_size = len(self.arrays[0]), batch_size
        self.key = seed + (stream << 32)

    def indices(self, first_batch) -> tf.data.Dataset:
        """Batches of the examples' numbers, from a batch (int, or scalar tensor) onwards."""

        def order(epoch):
            stream = tf.stack([tf.constant(self.key, tf.int64), epoch])
            shuffled = tf.random.experimental.stateless_shuffle(tf.range(self.count), seed=stream)
            return tf.data.Dataset.from_tensor_slices(shuffled).batch(self.batch_size)

        first_batch, in_epoch = tf.cast(first_batch, tf.int64), -(-self.count // self.batch_size)
        epochs = tf.data.Dataset.counter(start=first_batch // in_epoch).flat_map(order)
        return epochs.skip(first_batch % in_epoch)

    def look_up(self, indices: tf.Tensor) -> Any:
        """The examples of these numbers. NumPy finds them: TensorFlow holds no copy of them all."""
        parts = tf.numpy_function(
            lambda chosen: [array[chosen] for array in self.arrays],
            [indices],
            [array.dtype for array in self.arrays],
            stateful=False,
        )
        for part, array in zip(parts, self.arrays, strict=True):
            part.set_shape((None, *array.shape[1:]))
        return keras.tree.pack_sequence_as(self.structure, parts)

    def on_device(self) -> Callable[[tf.Tensor], Any]:
        """`look_up` in a copy on the device that trains, which a GPU can do by itself."""
        copies = [tf.constant(array) for array in self.arrays]
        return lambda indices: keras.tree.pack_sequence_as(
            self.structure, [tf.gather(copy, indices) for copy in copies]
        )


class Epochs:
    """What `model.fit` gets: a dataset that gives the batches of one epoch at each pass.

    Each is finite, so several steps can be taken at once whatever their number. `number` is the
    epoch that the next pass gives; whoever trains sets it. streams: one `InMemory`, or two of which
    each batch has a batch (images, and labeled images as their target).
    """

    def __init__(self, streams: list[InMemory], *, steps: int, on_device: bool = False):
        self.streams, self.steps, self.number = streams, steps, 0
        self._finders = [each.on_device() if on_device else each.look_up for each in streams]
        self._on_device = on_device

    def find(self, indices: Any) -> Any:
        """The batch of these numbers, one tensor of them for each stream."""
        found = [find(chosen) for find, chosen in zip(self._finders, indices, strict=True)]
        return tuple(found) if len(found) > 1 else found[0]

    def dataset(self) -> tf.data.Dataset:
        """The dataset: of batches, or where they are gathered on the device, of their numbers."""

        def epoch(_):
            number = tf.numpy_function(lambda: np.int64(self.number), [], tf.int64)
            first = tf.ensure_shape(number, ()) * self.steps
            return tf.data.Dataset.zip(tuple(each.indices(first) for each in self.streams))

        numbers = tf.data.Dataset.range(1).flat_map(epoch).take(self.steps)
        if not self._on_device:
            numbers = numbers.map(lambda *indices: self.find(indices), num_parallel_calls=1)
        counted = numbers.apply(tf.data.experimental.assert_cardinality(self.steps))
        return counted.prefetch(2).with_options(settings.untuned(tf.data.Options()))

    @contextmanager
    def gathered_by(self, model: keras.Model) -> Iterator[None]:
        """A context in which the model's training step finds its batch itself, on the device."""
        if not self._on_device:
            yield
            return
        step = model.train_step
        model.train_step = lambda indices: step(self.find(indices))
        try:
            yield
        finally:
            del model.train_step


def belongs_on_device(streams: list[InMemory]) -> bool:
    """Whether there is one GPU to train on, and the data fits beside a model."""
    size = sum(array.nbytes for each in streams for array in each.arrays)
    alone = tf.distribute.get_strategy().num_replicas_in_sync == 1
    return bool(tf.config.list_physical_devices("GPU")) and alone and size <= FITS_ON_DEVICE


@contextmanager
def several_steps_at_once(
    model: keras.Model, steps: int, *, finite: bool, single: bool = False
) -> Iterator[None]:
    """A context in which `model.fit` takes several of an epoch's `steps` in one call of
    TensorFlow, so that Python's part of a small step is paid once for all of them.

    The model's own `steps_per_execution`, if it is not 1, else as many as 16. Where epochs are not
    finite it is the largest divisor, because Keras would fill the last call with the next epoch's
    batches. single: one at a time. On several devices it is one as well: TensorFlow (2.21) has no
    working loop over their batches.
    """
    before = model.steps_per_execution
    most = before if before > 1 else STEPS_AT_ONCE
    if single or model.distribute_strategy.num_replicas_in_sync > 1:
        most = 1
    at_once = min(most, steps)
    if not finite:
        at_once = max(k for k in range(1, at_once + 1) if steps % k == 0)
    model.steps_per_execution = at_once
    model.train_function = model.test_function = None  # each is built for one number of steps
    try:
        yield
    finally:
        model.steps_per_execution = before
        model.train_function = model.test_function = None
