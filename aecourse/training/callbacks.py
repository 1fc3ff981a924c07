"""What watches a training: losses that stay finite, a live display, TensorBoard, checkpoints."""

from collections.abc import Callable
import math
from pathlib import Path
import time
from typing import Any

from aecourse.backend import keras, tf
from aecourse.notebook import Live, image_tag

_REDRAW_SECONDS = 0.5
"""Between two looks at the losses within an epoch: each look waits for the step that it reads."""


def _clock(seconds):
    """In steps that do not flicker from look to look."""
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{max(5, 5 * round(seconds / 5))} s"


class _Looks(keras.callbacks.Callback):
    """Looks at the losses of an epoch now and then, and no more often."""

    looked = -math.inf

    def on_train_batch_end(self, batch, logs=None) -> None:
        now = time.monotonic()
        if now - self.looked >= _REDRAW_SECONDS:
            self.looked = now
            self.look(batch, logs or {}, now)


class Finite(_Looks):
    """Stops where a loss is no finite number: with several, the first in the order of phases.

    spoiled: called before the error, to remove what must not be resumed.
    """

    def __init__(self, spoiled: Callable[[], None]):
        super().__init__()
        self.spoiled = spoiled

    def look(self, batch, logs, now) -> None:
        names = [*getattr(self.model, "SHOWN", ()), *logs]
        broken = [name for name in names if not math.isfinite(logs.get(name, 0))]
        if broken:
            self.spoiled()
            raise FloatingPointError(
                f"Training stopped: {broken[0]} is no longer a finite number. "
                "Lower the learning rate, or look for a logarithm of zero."
            )

    def on_epoch_end(self, epoch, logs=None) -> None:
        self.look(None, logs or {}, None)


class Progress(_Looks):
    """One display that updates in place: epochs, losses, time left, a picture that improves.

    In a run it is there already; `model.fit(..., verbose=0, callbacks=[Progress()])` has it without
    one. epochs, steps: of the training and of an epoch, as Keras tells them unless given. picture:
    a function of the model that gives a Figure, drawn after each epoch; or None.
    """

    def __init__(
        self,
        *,
        epochs: int | None = None,
        steps: int | None = None,
        picture: Callable | None = None,
    ):
        super().__init__()
        self.epochs, self.steps, self.picture = epochs, steps, picture
        self.live, self.image = Live(), "" if picture else None
        self.began, self.done_before, self.epoch = None, 0.0, 0

    def on_train_begin(self, logs=None) -> None:
        self.epochs = self.epochs or self.params["epochs"]
        self.steps = self.steps or self.params["steps"] or 1  # None: a Dataset that does not say

    def on_epoch_begin(self, epoch, logs=None) -> None:
        self.epoch = epoch

    def look(self, batch, logs, now) -> None:
        done = self.epoch + (batch + 1) / self.steps
        if self.began is None:  # the first steps pay for tracing and tell nothing of the others
            self.began, self.done_before = now, done
            self.show("", self.epoch + 1, batch + 1, logs)
            return
        left = (now - self.began) / (done - self.done_before) * (self.epochs - done)
        self.show(f"about {_clock(left)} left", self.epoch + 1, batch + 1, logs)

    def show(self, ending, epoch, step, logs, **how) -> None:
        losses = ", ".join(f"{name} {float(value):.4f}" for name, value in logs.items())
        text = f"epoch {epoch} of {self.epochs}: {losses}" + (f"; {ending}" if ending else "")
        done = (epoch - 1 + step / self.steps) / self.epochs
        self.live.update(text, done=done, picture=self.image, **how)

    def stopped(self) -> None:
        """Say where training stopped, and keep the picture."""
        text, done = f"stopped in epoch {self.epoch + 1} of {self.epochs}", self.epoch / self.epochs
        self.live.update(text, done=done, picture=self.image or None, lasting=True)

    def on_epoch_end(self, epoch, logs=None) -> None:
        if self.picture:
            figure = self.picture(self.model)
            self.image = image_tag(figure) if figure is not None else ""
        self.show("", epoch + 1, self.steps, logs or {}, lasting=True)


class Keep(keras.callbacks.Callback):
    """After every epoch: adds its losses to `history`, then has all of it saved."""

    def __init__(self, history: dict[str, list[float]], save: Callable[[keras.Model], None]):
        super().__init__()
        self.history, self.save = history, save

    def on_epoch_end(self, epoch, logs=None) -> None:
        found = {"epoch": epoch + 1, **(logs or {})}
        for name in {**self.history, **found}:  # a loss may be missing (validation_freq)
            before = self.history.setdefault(name, [math.nan] * epoch)
            before.append(float(found.get(name, math.nan)))
        self.save(self.model)


class Counter(keras.callbacks.Callback):
    """Tells the data which epoch it is."""

    def __init__(self, epochs: Any):
        super().__init__()
        self.epochs = epochs

    def on_epoch_begin(self, epoch, logs=None) -> None:
        self.epochs.number = epoch


def _first_image(structure):
    """The first of its tensors that holds images, (n, height, width) or with channels; or None."""
    for tensor in keras.tree.flatten(structure):
        channels = tuple(tensor.shape)[3:]
        if len(tensor.shape) in (3, 4) and (not channels or channels[0] in (1, 3)):
            return tensor if channels else tensor[..., None]
    return None


class Summaries(keras.callbacks.Callback):
    """TensorBoard: losses, a histogram of the codes, inputs and what the model makes of them.

    x, y: some examples as `fit` gets them. Input and output stand side by side where they have one
    size, else each for itself. A model says by `example_inputs(x, y)` what it is called with;
    otherwise that is x.
    """

    def __init__(self, folder: Path, x: Any, y: Any):
        super().__init__()
        self.folder, self.x, self.y = folder, x, y

    def on_train_begin(self, logs=None) -> None:
        try:
            self.writer = tf.summary.create_file_writer(str(self.folder))
        except tf.errors.OpError:  # a full disk is an error when the checkpoint is saved
            print("No summaries for TensorBoard: they cannot be written.")
            self.writer = tf.summary.create_noop_writer()

    def on_epoch_end(self, epoch, logs=None) -> None:
        with self.writer.as_default(step=epoch + 1):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, value)
            try:
                self.draw()
            except Exception as error:  # a picture is not worth an epoch
                print(f"No pictures for TensorBoard: {error}".splitlines()[0])
                self.draw = lambda: None
        self.writer.flush()

    def draw(self) -> None:
        given = getattr(self.model, "example_inputs", lambda x, y: x)(self.x, self.y)
        if given is None:
            return
        encoder = getattr(self.model, "encoder", None)
        if isinstance(encoder, keras.Model):
            seen = given if len(encoder.inputs) > 1 else keras.tree.flatten(given)[0]
            codes = keras.tree.flatten(encoder(seen, training=False))
            tf.summary.histogram("codes", codes[0])
        some = keras.tree.map_structure(lambda array: array[:8], given)
        shown, made = _first_image(some), _first_image(self.model(some, training=False))
        if shown is None or made is None:
            return
        if shown.shape == made.shape:
            both = tf.concat([tf.cast(shown, tf.float32), tf.cast(made, tf.float32)], axis=2)
            tf.summary.image("input | output", both, max_outputs=8)
        else:
            tf.summary.image("input", shown, max_outputs=8)
            tf.summary.image("output", made, max_outputs=8)

    def on_train_end(self, logs=None) -> None:
        self.writer.close()
