"""What the lessons claim, as functions of arrays: NumPy in, plain numbers out.

A metric takes whole test sets and never trains the model it measures. Errors are per pixel on
images in [0, 1]; accuracies are fractions in [0, 1]. SciPy and scikit-learn are imported by the
functions that need them, so that importing this is quick.
"""

from aecourse.metrics.clusters import (
    cluster_scores,
    majority_accuracy,
    mutual_information,
    one_to_one_accuracy,
    one_to_one_limit,
    rand_index,
)
from aecourse.metrics.codes import (
    kolmogorov_smirnov,
    probe_accuracy,
    sliced_wasserstein,
    sliced_wasserstein_floor,
    two_sample_accuracy,
    wasserstein,
)
from aecourse.metrics.detection import (
    auroc,
    average_precision,
    best_f1,
    block_maxima,
    point_adjusted,
    share_found,
    threshold_at,
)
from aecourse.metrics.drawing import confidence, effective_classes, variety
from aecourse.metrics.images import (
    binary_cross_entropy,
    gray_entropy,
    mean_squared_error,
    nearest_distances,
    psnr,
    slant,
    ssim,
    thickness,
)
from aecourse.metrics.likelihood import parzen_log_likelihood

__all__ = [
    "auroc",
    "average_precision",
    "best_f1",
    "binary_cross_entropy",
    "block_maxima",
    "cluster_scores",
    "confidence",
    "effective_classes",
    "gray_entropy",
    "kolmogorov_smirnov",
    "majority_accuracy",
    "mean_squared_error",
    "mutual_information",
    "nearest_distances",
    "one_to_one_accuracy",
    "one_to_one_limit",
    "parzen_log_likelihood",
    "point_adjusted",
    "probe_accuracy",
    "psnr",
    "rand_index",
    "share_found",
    "slant",
    "sliced_wasserstein",
    "sliced_wasserstein_floor",
    "ssim",
    "thickness",
    "threshold_at",
    "two_sample_accuracy",
    "variety",
    "wasserstein",
]
