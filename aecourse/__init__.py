"""aecourse: the helper package of the autoencoder course.

It holds what two lessons share. `import aecourse` is light: TensorFlow, Matplotlib
and scikit-learn are imported only by the modules that need them.
"""

from aecourse import machine

__version__ = "1.0.0"

_why = machine.updated_since()  # in words for any Python 3: `python -m aecourse` passes here
if _why:
    raise ImportError(_why)
