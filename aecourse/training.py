"""Training with nothing lost: seeds, run folders, live progress, interrupt and resume.

A `Run` is one training of one model. Its folder holds what anybody may want later: settings, a
CSV log, TensorBoard summaries and the model. Figures are not made here; a lesson hands in a
function that makes them.
"""

from collections.abc import Callable
from contextlib import contextmanager
import csv
import io
import json
import math
from pathlib import Path
import re
import time
import zlib

from aecourse import files, settings
from aecourse.backend import keras, models_are_freed, tf
from aecourse.notebook import Live, image_tag
from filelock import FileLock, Timeout
import numpy as np

_CHECKPOINT, _MODEL, _LOG, _SETTINGS = "checkpoint.npz", "model.keras", "log.csv", "settings.json"
_REDRAW_SECONDS = 0.5
_STEPS_AT_ONCE = 16

LONG = 200_000
"""Images: a training of dense networks on as many is worth the seconds that XLA takes to compile
it (`jit_compile`). Not where layers add noise to pixels: on a CPU XLA draws it slowly (lesson 02's
784-64-784: 5 times the time of a step without XLA)."""


def set_seed(seed: int | None = None) -> int:
    """Seed Python, NumPy and TensorFlow; None takes `AECOURSE_SEED`, 0 unless set."""
    seed = settings.seed() if seed is None else seed
    keras.utils.set_random_seed(seed)
    return seed


def batches(
    inputs: np.ndarray,
    targets: np.ndarray | None = None,
    *,
    batch_size: int,
    seed: int = 0,
    first_batch: int = 0,
) -> tf.data.Dataset:
    """Shuffled batches without end, epoch after epoch, the last of an epoch possibly smaller.

    inputs (n, ...), targets (n, ...) or None -> a dataset of inputs, or of (inputs, targets).
    The order of an epoch's examples depends on `seed` and the epoch's number only, so a training
    that resumes at `first_batch` sees what an uninterrupted one would have seen.
    """
    arrays = [np.asarray(a) for a in (inputs, targets) if a is not None]
    count = len(inputs)

    # NumPy looks the examples up, so that TensorFlow holds no copy of the whole data set.
    def look_up(indices):
        return [array[indices] for array in arrays]

    def order(epoch):
        stream = tf.stack([tf.constant(seed, tf.int64), epoch])
        shuffled = tf.random.experimental.stateless_shuffle(tf.range(count), seed=stream)
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    def gather(indices):
        parts = tf.numpy_function(look_up, [indices], [a.dtype for a in arrays], stateful=False)
        for part, array in zip(parts, arrays, strict=True):
            part.set_shape((None, *array.shape[1:]))
        return tuple(parts) if targets is not None else parts[0]

    epoch, batch = divmod(first_batch, math.ceil(count / batch_size))
    indices = tf.data.Dataset.counter(start=epoch).flat_map(order).skip(batch)
    return indices.map(gather, num_parallel_calls=1).prefetch(2)


def falling_adam(
    learning_rate: float, *, count: int, epochs: int, batch_size: int, **adam
) -> keras.optimizers.Optimizer:
    """Adam whose learning rate falls to zero along a cosine, over all steps of a training.

    count: examples in an epoch. Adam: Kingma and Ba 2015; the cosine: Loshchilov and Hutter 2017.
    """
    steps = epochs * math.ceil(count / batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return keras.optimizers.Adam(schedule, **adam)


def _optimizers(model):
    """Every optimizer of a model: `model.optimizers` (name -> optimizer) where it has several."""
    several = getattr(model, "optimizers", None)
    distinct = {id(optimizer): optimizer for optimizer in (several or {}).values()}
    return list(distinct.values()) or [model.optimizer]


def _state(model):
    """All variables a training changes: weights, random state, optimizers."""
    return model.variables + [v for optimizer in _optimizers(model) for v in optimizer.variables]


def _without_names(config):
    """A configuration without the names that Keras numbers anew in each session."""
    if isinstance(config, dict):
        return {key: _without_names(value) for key, value in config.items() if key != "name"}
    return config


def _fingerprint(model, arrays):
    """What decides whether a saved training can go on in `model`: shapes, the model's own
    settings, optimizers, data."""
    own = _without_names(model.get_config()) if hasattr(model, "SHOWN") else {}
    networks = [name for name in own if isinstance(getattr(model, name, None), keras.Model)]
    parts = [
        [list(variable.shape) for variable in model.variables],
        {name: value for name, value in own.items() if name not in networks},
        [_without_names(optimizer.get_config()) for optimizer in _optimizers(model)],
        [[list(a.shape), zlib.crc32(a[:: max(1, len(a) // 200)].tobytes())] for a in arrays],
        _without_names(model.get_compile_config()).get("loss"),
    ]
    return f"{zlib.crc32(json.dumps(parts, sort_keys=True, default=str).encode()):08x}"


@contextmanager
def _several_steps_at_once(model, steps):
    """A context in which `model.fit` takes several of an epoch's `steps` in one call of
    TensorFlow, so that Python's part of a small step is paid once for all of them. They are a
    divisor of an epoch's, because Keras would fill the last call with the next epoch's batches.
    On several devices it is one: TensorFlow (2.21) has no working loop over their batches."""
    before = model.steps_per_execution
    most = _STEPS_AT_ONCE if model.distribute_strategy.num_replicas_in_sync == 1 else 1
    model.steps_per_execution = max(k for k in range(1, most + 1) if steps % k == 0)
    model.train_function = model.test_function = None  # each is built for one number of steps
    try:
        yield
    finally:
        model.steps_per_execution = before
        model.train_function = model.test_function = None


def _clock(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{seconds:.0f} s"


class _Progress(keras.callbacks.Callback):
    """One display that updates in place: epochs, losses, time left, a picture that improves."""

    def __init__(self, run, *, epochs, steps, picture, alt):
        super().__init__()
        self.run, self.epochs, self.steps = run, epochs, steps
        self.picture, self.alt = picture, alt
        self.live, self.image = Live(), ""
        self.drawn, self.began, self.first = -math.inf, None, None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if self.first is None:
            self.first, self.began = epoch, time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        if now - self.drawn >= _REDRAW_SECONDS:
            self.drawn = now
            done = self.epoch - self.first + (batch + 1) / self.steps
            left = (now - self.began) / done * (self.epochs - self.first - done)
            self.show(f"about {_clock(left)} left", self.epoch + 1, batch + 1, logs)

    def show(self, ending, epoch, step, logs, **how):
        losses = ", ".join(f"{name} {float(value):.4f}" for name, value in (logs or {}).items())
        text = f"epoch {epoch} of {self.epochs}: {losses}" + (f"; {ending}" if ending else "")
        done = (epoch - 1 + step / self.steps) / self.epochs
        self.live.update(text, done=done, picture=self.image, **how)

    def on_epoch_end(self, epoch, logs=None):
        if self.picture:
            figure = self.picture(self.model)
            self.image = image_tag(figure, self.alt) if figure is not None else ""
        self.show("", epoch + 1, self.steps, logs, lasting=True)


class _Summaries(keras.callbacks.Callback):
    """TensorBoard: losses, a histogram of the codes, inputs beside reconstructions."""

    def __init__(self, folder, samples, targets):
        super().__init__()
        self.folder, self.samples, self.targets = folder, samples, targets

    def on_train_begin(self, logs=None):
        try:
            self.writer = tf.summary.create_file_writer(str(self.folder))
        except tf.errors.OpError:  # a full disk is an error when the checkpoint is saved
            print("No summaries for TensorBoard: they cannot be written.")
            self.writer = tf.summary.create_noop_writer()

    def on_epoch_end(self, epoch, logs=None):
        with self.writer.as_default(step=epoch + 1):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, value)
            encoder = getattr(self.model, "encoder", None)
            if encoder is not None:
                codes = encoder(self.samples, training=False)
                tf.summary.histogram("codes", codes[0] if isinstance(codes, list) else codes)
                shown = self.samples[:8]
                if getattr(self.model, "takes_labels", False):
                    shown = (shown, self.targets[:8])
                copies = self.model(shown, training=False)
                pairs = tf.concat([self.samples[:8], copies], axis=2)
                tf.summary.image("input | reconstruction", pairs[..., None], max_outputs=8)
        self.writer.flush()

    def on_train_end(self, logs=None):
        self.writer.close()


class _Finite(keras.callbacks.Callback):
    """Stops where a loss is no finite number: with several, the first in the order of phases."""

    def __init__(self, run):
        super().__init__()
        self.run = run

    def on_train_batch_end(self, batch, logs):
        names = [*getattr(self.model, "SHOWN", ()), *logs]
        broken = [name for name in names if not math.isfinite(logs.get(name, 0))]
        if broken:
            (self.run.folder / _CHECKPOINT).unlink(missing_ok=True)
            raise FloatingPointError(
                f"Training stopped: {broken[0]} is no longer a finite number. "
                "Lower the learning rate, or look for a logarithm of zero."
            )

    on_epoch_end = on_train_batch_end


class _Keep(keras.callbacks.Callback):
    """After every epoch: the log, and a checkpoint from which training goes on exactly."""

    def __init__(self, run):
        super().__init__()
        self.run = run

    def on_epoch_end(self, epoch, logs=None):
        for name, value in {"epoch": epoch + 1, **(logs or {})}.items():
            self.run.history.setdefault(name, []).append(float(value))
        self.run._save_checkpoint(self.model)


class Run:
    """One training of one model, in a folder of its own.

    `Run("01_autoencoder", part="plane", latent_dim=2)` names the lesson and whatever tells this
    training from others; the folder's name carries the time and these settings. `fit` trains,
    resumes what was interrupted, or reloads. `history` maps each loss to its values, one an
    epoch, after `fit`.
    """

    def __init__(self, lesson: str, **parameters):
        self.lesson = lesson
        self.settings = {"lesson": lesson, "profile": settings.profile.name, **parameters}
        self.parameters = parameters
        self.folder = None
        self.history = {}

    def fit(
        self,
        model: keras.Model,
        inputs: np.ndarray,
        targets: np.ndarray | None = None,
        *,
        epochs: int,
        batch_size: int,
        seed: int | None = None,
        train: bool = True,
        labeled: tuple[np.ndarray, np.ndarray] | None = None,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
        steps: int | None = None,
        picture: Callable | None = None,
        alt: str = "",
    ) -> dict[str, list[float]]:
        """Train a compiled `model` on arrays (n, ...), or bring its last training back.

        targets: what the model shall give; None where that is the input. seed: of the examples'
        order (None: `AECOURSE_SEED`). train: False loads the latest finished run with these
        settings into `model` (and trains, saying so, where there is none). labeled: a second
        stream (images, labels), shuffled on its own, of which each batch of `inputs` brings a
        batch as its target (lesson 06). validation: (inputs, targets) on which the model is
        evaluated after each epoch. steps: batches in an epoch; None for as many as `inputs` fill.
        picture: a function of the model that gives a Figure for the live display, redrawn after
        each epoch; alt: that picture in words.

        Several steps are taken in one call of TensorFlow where an epoch's number of them allows
        it; a `steps_per_execution` of the model's own stands aside until the training is done.
        An interrupted training keeps its last whole epoch; the same call resumes there, in this
        process or the next, and ends with the weights of an uninterrupted one. Gives `history`.
        """
        if labeled is not None and targets is not None:
            raise ValueError("Give targets or labeled, not both: each batch has one target.")
        arrays = [a for a in (inputs, targets, *(labeled or ())) if a is not None]
        seed = settings.seed() if seed is None else seed
        steps = steps or math.ceil(len(inputs) / batch_size)
        self.settings.update(epochs=epochs, batch_size=batch_size, steps=steps, seed=seed)
        for optimizer in _optimizers(model):
            if not optimizer.built:
                optimizer.build(model.trainable_variables)
        self.settings["fingerprint"] = _fingerprint(model, arrays)
        if not train and self._reload(model):
            return self.history
        self.history = {}
        with self._claim() as resumed, models_are_freed(), _several_steps_at_once(model, steps):
            first = self._restore(model) if resumed else 0
            if resumed:
                print(f"Resuming {self._shown()} after epoch {first} (to start anew, delete it).")
            progress = _Progress(self, epochs=epochs, steps=steps, picture=picture, alt=alt)
            try:
                how = dict(batch_size=batch_size, seed=seed, first_batch=first * steps)
                stream = batches(inputs, targets, **how)
                if labeled is not None:
                    stream = tf.data.Dataset.zip((stream, batches(*labeled, **how)))
                model.fit(
                    stream,
                    validation_data=validation,
                    validation_batch_size=500,
                    epochs=epochs,
                    initial_epoch=first,
                    steps_per_epoch=steps,
                    shuffle=False,
                    verbose=0,
                    callbacks=[
                        _Finite(self),
                        _Summaries(self.folder / "tensorboard", inputs[:256], targets),
                        _Keep(self),
                        progress,
                    ],
                )
                self._finish(model)
            except (KeyboardInterrupt, OSError):
                self._interrupted(model)
                raise
        return self.history

    def _matching(self, name):
        """Folders of runs with these settings that hold a file `name`, the latest first."""
        found = []
        pattern = f"{self.lesson}/*/{_SETTINGS}"
        for path in [path for runs in settings.runs_folders() for path in runs.glob(pattern)]:
            try:
                same = json.loads(path.read_text(encoding="utf-8")) == self.settings
            except (OSError, ValueError):
                continue
            if same and (path.parent / name).is_file():
                found.append(path.parent)
        return sorted(found, key=lambda folder: folder.name, reverse=True)

    def _claim(self):
        """A lock on this run's folder: on an interrupted run nobody works on, else a new one."""
        for folder in self._matching(_CHECKPOINT):
            lock = FileLock(folder / "lock", timeout=0)
            try:
                lock.acquire()
            except (Timeout, PermissionError):  # another's, at work or not to be written
                continue
            claimed = _Claimed(lock, resumed=True)
            if not (folder / _CHECKPOINT).is_file():  # another finished it a moment ago
                claimed.__exit__()
                continue
            self.folder = folder
            return claimed
        self.folder = self._new_folder()
        lock = FileLock(self.folder / "lock", timeout=0)
        lock.acquire()
        return _Claimed(lock, resumed=False)

    def _new_folder(self):
        words = [f"{name}={value}" for name, value in self.parameters.items()]
        name = "_".join([time.strftime("%Y%m%d-%H%M%S"), *words])
        name = re.sub(r"[^\w.=+-]+", "-", name)[:100].rstrip(".-")
        parent = settings.runs_folder() / self.lesson
        for attempt in range(1, 1000):
            folder = parent / (name if attempt == 1 else f"{name}_{attempt}")
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise files.unwritable(error, folder) from error
            if len(settings.runs_folders()) > 1:
                print("The course's folder cannot be written: this run is kept in ~/aecourse-runs.")
            files.replace_text(folder / _SETTINGS, json.dumps(self.settings, indent=2))
            return folder
        raise FileExistsError(f"{parent} has a thousand runs named {name}; delete some.")

    def _save_checkpoint(self, model):
        arrays = {f"v{i}": np.asarray(v) for i, v in enumerate(_state(model))}
        arrays["history"] = np.array(json.dumps(self.history))

        def write(part):
            with open(part, "wb") as file:
                np.savez(file, **arrays)

        files.replace(self.folder / _CHECKPOINT, write)
        self._save_log()

    def _save_log(self):
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.history)
        writer.writerows(zip(*self.history.values(), strict=True))
        files.replace_text(self.folder / _LOG, text.getvalue())

    def _restore(self, model):
        """Load the checkpoint into `model`; give the number of epochs it has had."""
        with np.load(self.folder / _CHECKPOINT, allow_pickle=False) as saved:
            self.history = json.loads(str(saved["history"]))
            for i, variable in enumerate(_state(model)):
                variable.assign(saved[f"v{i}"])
        return len(self.history["epoch"])

    def _interrupted(self, model):
        if not (self.folder / _CHECKPOINT).is_file():
            print("Interrupted before the first epoch was saved: nothing to keep.")
            return
        done = self._restore(model)
        print(f"Interrupted. The model is as it was after epoch {done}; run again to resume.")

    def _finish(self, model):
        bare = type(model).from_config(model.get_config())
        bare.set_weights(model.get_weights())
        # Keras chooses the format by the ending, so the temporary name keeps it.
        files.replace(self.folder / _MODEL, bare.save)
        (self.folder / _CHECKPOINT).unlink()

    def _reload(self, model):
        for folder in self._matching(_MODEL):
            self.folder = folder
            saved = keras.saving.load_model(folder / _MODEL, compile=False)
            model.set_weights(saved.get_weights())
            with open(folder / _LOG, newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.history = {name: [float(row[name]) for row in rows] for name in rows[0]}
            print(f"Reloaded {self._shown()}, trained for {len(rows)} epochs.")
            return True
        print(f"No finished run of {self.lesson} with these settings: training one.")
        return False

    def _shown(self):
        """The run's folder as a reader may see it: without the machine's own path."""
        return f"{self.lesson}/{self.folder.name}"


class _Claimed:
    """A context that gives whether a run is resumed, and lets go of its folder at the end."""

    def __init__(self, lock, *, resumed):
        self.lock, self.resumed = lock, resumed

    def __enter__(self):
        return self.resumed

    def __exit__(self, *error):
        self.lock.release()
        Path(self.lock.lock_file).unlink(missing_ok=True)
