"""aecourse: the helper package of the autoencoder course.

It holds what two lessons share. `import aecourse` is light: TensorFlow, Matplotlib
and scikit-learn are imported only by the modules that need them.
"""

import os

__version__ = "0.2.0"

# Convolutions on small images are up to three times as fast with oneDNN, which TensorFlow takes by
# itself on the newest processors only. It adds in another order, as more threads do.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
