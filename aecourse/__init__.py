"""aecourse: the helper package of the autoencoder course.

It holds what two lessons share. `import aecourse` is light: TensorFlow, Matplotlib
and scikit-learn are imported only by the modules that need them.
"""

from aecourse import machine

__version__ = "1.0.0"

if _why := machine.updated_since():
    raise ImportError(_why)
