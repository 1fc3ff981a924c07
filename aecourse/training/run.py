"""A training with nothing lost: claimed, resumed after an interrupt, reloaded when it is done.

A `Run` is one training of one model. Its folder holds what anybody may want later: settings, a
CSV log, TensorBoard summaries and the model. Figures are not made here; a lesson hands in a
function that makes them.
"""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
import csv
import io
import json
from numbers import Integral
import re
import time
from typing import Any
from weakref import WeakKeyDictionary

from aecourse import files, settings
from aecourse.backend import keras, models_are_freed, tf
from aecourse.training import callbacks as ours
from aecourse.training import checkpoint
from aecourse.training.checkpoint import Damaged
from aecourse.training.data import Data
from filelock import FileLock, Timeout
import numpy as np

_CHECKPOINT, _MODEL, _LOG, _SETTINGS = "checkpoint.npz", "model.keras", "log.csv", "settings.json"
_WEIGHTS = "weights.npz"
"""Instead of the model where its class cannot be saved."""

_trained: WeakKeyDictionary = WeakKeyDictionary()
"""Model -> what was known of its first weights (see `Run._first_weights`) when a training of it
began in this process, and whether that training was interrupted."""


class Interrupted(KeyboardInterrupt):
    """A training that somebody stopped; the message says what the model is now.

    A notebook shows that one line, and "Run All" stops there.
    """

    def _render_traceback_(self):
        return [str(self)]


class Run:
    """One training of one model, in a folder of its own.

    `Run("01_autoencoder", part="plane", latent_dim=2)` names the lesson and whatever tells this
    training from others; the folder's name carries the time and these settings. `fit` trains,
    resumes what was interrupted, or reloads. `history` maps each loss to its values, one an
    epoch, after `fit`.
    """

    def __init__(self, lesson: str, **parameters: Any):
        if not re.fullmatch(r"\w[\w .+-]*", lesson):
            raise ValueError(f"The lesson is {lesson!r}; expected a name such as '01_autoencoder'.")
        self.lesson = lesson
        self.parameters = {name: _plain(value) for name, value in parameters.items()}
        self.settings = {"lesson": lesson, "profile": settings.profile.name, **self.parameters}
        self.folder = None
        self.history = {}

    def fit(
        self,
        model: keras.Model,
        x: Any,
        y: Any = None,
        *,
        epochs: int,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        steps_per_epoch: int | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        labeled: tuple | None = None,
        seed: int | None = None,
        train: bool = True,
        picture: Callable | None = None,
        checked: bool = True,
        **fitting: Any,
    ) -> dict[str, list[float]]:
        """`model.fit` with the batches, callbacks and folder of this run; gives `history`.

        As in Keras: x, y, sample_weight, batch_size, epochs, validation_data, steps_per_epoch (the
        batches of an epoch; as many as x fills unless given), callbacks (yours run beside the
        course's), and everything else that `model.fit` takes, handed on as it is. x is an array, a
        list of examples, a tensor, a tuple or dictionary of several inputs, or a tf.data.Dataset
        of batches. A model without get_config trains and resumes as well; of it the weights are
        kept.

        Of the course: labeled, a second stream (images, labels), shuffled on its own, of which each
        batch of x brings a batch as its target (lesson 06); seed, of the examples' order (None:
        `AECOURSE_SEED`); train, False to load the latest finished run with these settings (and to
        train, saying so, where there is none); picture, a function of the model that gives a Figure
        for the live display, drawn after each epoch; checked, False to train on any numbers.

        What cannot be meant is refused in a sentence, before the first step: NaN, no examples,
        another shape than the network's, labels beyond its classes, targets of a cross-entropy
        beyond [0, 1] (see `door`). Bool, whole numbers, float64, lists and tensors are converted.
        Of a Dataset the first batch is looked at.

        **What a run is.** The same lesson, parameters, profile, epochs, batches, seed, layers,
        losses, optimizers and data are the same run: an interrupted one keeps its last whole epoch
        and the same call resumes there, in this process or the next, and ends with the weights of
        an uninterrupted one. A model that has been trained before goes on from its weights, with a
        line that says so, and these are then part of what the run is. A training that a callback
        such as EarlyStopping ends is finished. What cannot be resumed exactly is the order of a
        Dataset's own shuffling and what your callbacks remember.

        Weights of losses are numbers in `compile(loss_weights=...)`, or Keras schedules in the
        model's constructor. Several steps are taken in one call of TensorFlow: the model's own
        `steps_per_execution`, or 16; one where a callback of yours looks at batches.

        Raises ValueError for shuffle and initial_epoch, which would break a resume, for epochs
        below 1, for arrays of different lengths or without examples; FloatingPointError where a
        loss is no longer a number; OSError where the run's folder cannot be written; Interrupted, a
        KeyboardInterrupt, where somebody stops it.
        """
        refused = {"shuffle", "initial_epoch"} & set(fitting)
        if refused:
            raise ValueError(
                f"Run.fit takes no {' and no '.join(sorted(refused))}: the order of examples and "
                "the epoch to go on with are the run's own, so that it can be resumed exactly."
            )
        counts = dict(epochs=epochs, batch_size=batch_size, steps_per_epoch=steps_per_epoch)
        for name, count in counts.items():
            if count is not None and (not isinstance(count, Integral) or count < 1):
                raise ValueError(f"{name} is {count}; a training takes a whole number, 1 or more.")
        if not model.compiled:
            raise ValueError("Compile the model first: model.compile(optimizer=..., loss=...).")
        seed = settings.seed() if seed is None else int(seed)
        callbacks = keras.tree.flatten(callbacks or ())
        data = Data(
            model, x, y, sample_weight, labeled=labeled, batch_size=batch_size, seed=seed,
            steps=steps_per_epoch, validation_data=validation_data, checked=checked,
            validation_split=fitting.pop("validation_split", 0.0),
        )  # fmt: skip
        if (
            isinstance(validation_data, tf.data.Dataset)
            and int(validation_data.cardinality()) == -1
        ):
            if "validation_steps" not in fitting:
                raise ValueError("validation_data has no end; give validation_steps.")
        elif data.validation is not None:
            fitting.setdefault("validation_batch_size", 500)
        self.settings = {
            **{name: self.settings[name] for name in ("lesson", "profile", *self.parameters)},
            **_plain(dict(epochs=epochs, batch_size=batch_size, steps=data.steps, seed=seed)),
        }
        data.build(model)
        self.settings["fingerprint"] = checkpoint.identity(model, data.arrays)
        if not train and self._reload(model):
            return self.history
        first_weights = self._first_weights(model)
        if first_weights:
            self.settings["first_weights"] = first_weights
        self.history = {}
        with self._claim(model) as resumed, models_are_freed():
            done = len(self.history.get("epoch", ()))
            if resumed:
                print(f"Resuming {self._shown()} after epoch {done} (to start anew, delete it).")
            elif first_weights:
                print("This model has been trained before: training goes on from its weights.")
            _say_what_is_not_kept(model, data)
            _trained[model] = first_weights, True
            self._before = None if resumed else checkpoint.arrays_of(model)
            keep = ours.Keep(self.history, self._save_checkpoint)
            progress = ours.Progress(epochs=epochs, steps=data.steps, picture=picture)
            watching = [
                ours.Finite(lambda: (self.folder / _CHECKPOINT).unlink(missing_ok=True)),
                ours.Summaries(self.folder / "tensorboard", *data.examples()),
                *callbacks,
                keep,
                progress,
            ]
            how = dict(epochs=epochs, initial_epoch=done, validation_data=data.validation)
            if hasattr(model, "checked"):  # one of the course, which looks at what it evaluates
                model.checked = checked
            try:
                if done < epochs:
                    single = any(map(_looks_at_batches, callbacks))
                    data.fit(model, single=single, callbacks=watching, **how, **fitting)
                self._finish(model)
            except KeyboardInterrupt:
                progress.stopped()
                raise Interrupted(self._put_back(model)) from None
            except OSError:
                print(self._put_back(model))
                raise
            except FloatingPointError:
                _trained[model] = "", False
                raise
            finally:
                if hasattr(model, "checked"):
                    model.checked = True
            _trained[model] = first_weights, False
        return self.history

    def _first_weights(self, model):
        """A mark of the model's weights where it has been trained before, else ""."""
        if model in _trained:
            first_weights, interrupted = _trained[model]
            return first_weights if interrupted else checkpoint.weights_mark(model)
        optimizers = checkpoint.optimizers_of(model).values()
        steps = [int(each.iterations.value.numpy()) for each in optimizers]
        return checkpoint.weights_mark(model) if any(steps) else ""

    def _matching(self, name):
        """Folders of runs with these settings that hold a file `name`, the latest first."""
        found = []
        pattern = f"{self.lesson}/*/{_SETTINGS}"
        try:
            paths = [path for runs in settings.runs_folders() for path in runs.glob(pattern)]
        except OSError:  # no name of a folder; making it says so
            paths = []
        for path in paths:
            try:
                same = json.loads(path.read_text(encoding="utf-8")) == self.settings
            except (OSError, ValueError):
                continue
            if same and (path.parent / name).is_file():
                found.append(path.parent)
        return sorted(found, key=lambda folder: folder.name, reverse=True)

    @contextmanager
    def _claim(self, model):
        """This run's folder, nobody else's until the end: one with an interrupted run, which is
        restored into `model`, or a new one. Gives whether there was one."""
        for folder in self._matching(_SETTINGS):
            if (folder / _MODEL).is_file() or (folder / _WEIGHTS).is_file():
                continue
            # The lock's file stays: were it removed, a process that had opened it before and one
            # that came later could both hold "the" lock.
            lock = FileLock(folder / "lock", timeout=0)
            try:
                lock.acquire()
            except (Timeout, PermissionError):  # another's, at work or not to be written
                continue
            try:
                self.folder = folder
                files.remove_parts(folder)
                if not (folder / _CHECKPOINT).is_file():  # killed early, or finished a moment ago
                    continue
                self.history = checkpoint.restore(folder / _CHECKPOINT, model)
                yield True
                return
            except Damaged as error:
                print(f"Passed over {self._shown()}: its checkpoint is damaged ({error}).")
            finally:
                lock.release()
        self.folder = self._new_folder()
        with FileLock(self.folder / "lock", timeout=0):
            yield False

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
        checkpoint.save(self.folder / _CHECKPOINT, model, self.history)
        self._before = None
        self._save_log()

    def _save_log(self):
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.history)
        writer.writerows(zip(*self.history.values(), strict=True))
        files.replace_text(self.folder / _LOG, text.getvalue())

    def _put_back(self, model):
        """Put the model back to its last saved epoch; gives what to say of that."""
        if self._before is not None:
            checkpoint.assign(model, self._before)
            return "Interrupted before the first epoch was saved: the model is as it was before."
        self.history = checkpoint.restore(self.folder / _CHECKPOINT, model)
        done = len(self.history["epoch"])
        return f"Interrupted. The model is as it was after epoch {done}; run again to resume."

    def _finish(self, model):
        self._save_log()  # a process may have been killed between the last checkpoint and its log
        bare = _rebuilt(model)
        if bare is None:
            weights = {f"v{i}": weight for i, weight in enumerate(model.get_weights())}

            def write(part):
                with open(part, "wb") as file:
                    np.savez(file, **weights)

            files.replace(self.folder / _WEIGHTS, write)
        else:
            bare.set_weights(model.get_weights())
            # Keras chooses the format by the ending, which a part of a file keeps.
            files.replace(self.folder / _MODEL, bare.save)
        (self.folder / _CHECKPOINT).unlink()

    def _reload(self, model):
        wanted = [self.settings]
        if first_weights := self._first_weights(model):
            wanted.insert(0, {**self.settings, "first_weights": first_weights})
        for self.settings in wanted:
            for name in (_MODEL, _WEIGHTS):
                for folder in self._matching(name):
                    self.folder = folder
                    try:
                        self._load(model, folder / name)
                    except Exception as error:  # Keras and HDF5 each have their own, and many
                        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                        print(f"Passed over {self._shown()}: {name} is damaged ({reason[:80]}).")
                        continue
                    _trained[model] = "", False
                    epochs = len(self.history["epoch"])
                    print(f"Reloaded {self._shown()}, trained for {epochs} epochs.")
                    return True
        print(f"No finished run of {self.lesson} with these settings: training one.")
        return False

    def _load(self, model, path):
        with open(path.with_name(_LOG), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        history = {name: [float(row[name]) for row in rows] for name in rows[0]}
        if path.name == _WEIGHTS:
            with np.load(path, allow_pickle=False) as saved:
                model.set_weights([saved[f"v{i}"] for i in range(len(saved.files))])
        else:
            known = {type(model).__name__: type(model)}
            saved = keras.saving.load_model(path, compile=False, custom_objects=known)
            model.set_weights(saved.get_weights())
        self.history = history

    def _shown(self):
        """The run's folder as a reader may see it: without the machine's own path."""
        return f"{self.lesson}/{self.folder.name}"


def _plain(value):
    """A parameter as JSON gives it back: what is compared with a run's settings."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _looks_at_batches(callback):
    kind, base = type(callback), keras.callbacks.Callback
    return any(
        getattr(kind, name) is not getattr(base, name)
        for name in ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
    )


def _rebuilt(model):
    """A model of the same class and configuration; None where its class cannot be built so."""
    try:
        bare = type(model).from_config(model.get_config())
        return bare if len(bare.weights) == len(model.weights) else None
    except Exception:  # a learner's own class may do anything
        return None


def _say_what_is_not_kept(model, data):
    """Before the first epoch: what a reader should know of this run."""
    if data.dataset is not None:
        print("A Dataset shuffles itself: a resumed training sees its batches in another order.")
    known = type(model).__module__.startswith("keras.") or hasattr(model, "SHOWN")
    if not known and _rebuilt(model) is None:
        print(
            f"{type(model).__name__} has no get_config that Keras can build it from: its weights "
            "are kept, and reloading them takes its class."
        )
