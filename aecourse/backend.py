"""TensorFlow and Keras, imported once and quietly: `from aecourse.backend import keras, tf`.

TensorFlow's C++ code writes lines to file descriptor 2 as it starts (missing CUDA drivers, CPU
features). They would end up in every notebook, and no variable silences all of them, so that
descriptor is pointed at a file during the import; should the import fail, the lines are shown.

A lesson trains a dozen models, one after the other. What keeps the memory of those before is
TensorFlow's and the C library's, and is mended here (`_give_memory_back`, `models_are_freed`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
import ctypes
import gc
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"


@contextmanager
def _quiet_descriptor():
    try:
        os.fstat(2)
    except OSError:  # closed: TensorFlow would write into the file that is opened next
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            caught.seek(0)
            sys.stderr.write(caught.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _glibc():
    """The C library where it is glibc, which has the functions below; else None."""
    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "gnu_get_libc_version") else None
    except (OSError, TypeError):  # Windows
        return None


GLIBC = _glibc()


def _give_memory_back():
    """Ask glibc for two arenas (it gives each thread one, up to eight a core, and what is freed
    in one serves no other) and to return arrays of 16 MiB and more when they are freed (not from
    32 MiB: the test images are 30). The peak is lower, and a step takes as long."""
    if GLIBC is not None:
        arena_max, mmap_threshold, trim_threshold = -8, -3, -1  # as malloc.h numbers them
        GLIBC.mallopt(arena_max, 2)
        GLIBC.mallopt(mmap_threshold, 16 * 2**20)
        GLIBC.mallopt(trim_threshold, 32 * 2**20)


_give_memory_back()
with _quiet_descriptor():
    import keras
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        # Else TensorFlow takes all of its memory, and a second notebook has none.
        tf.config.experimental.set_memory_growth(gpu, True)
try:
    from tensorflow.python.framework.ops import gradient_registry
except ImportError:  # it is no public name; without it models stay in memory
    gradient_registry = None

# The course's own, whatever a learner's keras.json says; a global mixed precision may stay.
keras.config.set_image_data_format("channels_last")
keras.config.set_floatx("float32")

# What an import leaves lives as long as the process: looking through it for garbage is in vain,
# and takes 0.2 s each time.
gc.freeze()

# A lesson calls many small models once each; TensorFlow would warn of their tracing every time.
tf.get_logger().setLevel("ERROR")

__all__ = ["keras", "models_are_freed", "tf"]


@contextmanager
def models_are_freed() -> Iterator[None]:
    """A context for a training, after which models that nobody holds take no memory.

    A Keras optimizer (3.15) registers a function for the gradient of its own step, which nobody
    asks for, and TensorFlow (2.21) never forgets a registered one. With it stay the graph and
    all weights of the model and of its optimizer, once for each optimizer of each model.
    """
    functions = getattr(gradient_registry, "_registry", {})
    before = set(functions)
    try:
        yield
    finally:
        for name in set(functions) - before:
            if name.startswith("CustomGradient-"):
                del functions[name]
        gc.collect()
        if GLIBC is not None:
            GLIBC.malloc_trim(0)
