"""TensorFlow and Keras, imported once and quietly: `from aecourse.backend import keras, tf`.

TensorFlow's C++ code writes lines to file descriptor 2 as it starts (missing CUDA drivers, CPU
features). They would end up in every notebook, and no variable silences all of them, so that
descriptor is pointed at a file during the import; should the import fail, the lines are shown.
"""

from contextlib import contextmanager
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"


@contextmanager
def _quiet_descriptor():
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


with _quiet_descriptor():
    import keras
    import tensorflow as tf

    tf.config.list_physical_devices()

# A lesson calls many small models once each; TensorFlow would warn of their tracing every time.
tf.get_logger().setLevel("ERROR")

__all__ = ["keras", "tf"]
