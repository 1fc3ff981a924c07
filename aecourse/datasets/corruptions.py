"""Damage done to images on purpose: what a denoiser is given, and a test set is measured with.

Functions of arrays, with a seed, so that everybody's damaged test set is the same one. Noise that
is drawn anew at every training step is a layer of the network: `networks.noise_layers`.
"""

import numpy as np


def gaussian_noise(images: np.ndarray, std: float, *, seed: int = 0) -> np.ndarray:
    """Images (n, 28, 28) in [0, 1] plus independent normal noise, clipped back to [0, 1].

    std: of the noise before clipping, in gray levels from 0 (paper) to 1 (ink); 0 gives the
    images as they are. The same seed and shape give the same noise times `std`, so images at two
    noise levels are the same images, damaged in the same direction. Float32.
    Raises ValueError for a negative or infinite std.
    """
    if not 0 <= std < np.inf:
        raise ValueError(f"std is {std}; noise has a standard deviation of 0 or more.")
    images = np.asarray(images, np.float32)
    noise = np.random.default_rng(seed).standard_normal(images.shape, dtype=np.float32)
    return np.clip(images + np.float32(std) * noise, 0, 1)
