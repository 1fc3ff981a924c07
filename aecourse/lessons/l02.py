"""Lesson 02: noisy in, clean out."""

from aecourse.exercises import Exercise, as_array
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_BCE, _DB, _SSIM, _ACC = "nats per pixel", "decibels", "similarity", "fraction"
_R2, _GRAY, _CLASSES = "share of the variance", "gray levels", "classes"
_TRIVIAL = {
    "blank": "a blank page, whatever the input",
    "mean_image": "the mean training image, whatever the input",
    "noisy": "the noisy image as it is, noise 0.4",
}
_DENOISERS = {
    "conv": "U-Net",
    "dense": "784-72-784, as many parameters as the U-Net",
    "wide": "784-784-784, ten times as many",
    "linear": "best linear denoiser",
}
_NOISES = {
    "one_tensor": "784-256-784, one noise tensor for all batches",
    "fixed_noise": "784-256-784, one noise for each image",
    "fresh_noise": "784-256-784, fresh noise",
}
_MIXES = {
    "own": "U-Net, coarse and fine features of its own",
    "other_fine": "U-Net, fine features of another image",
    "mean_fine": "U-Net, mean fine features",
    "other_coarse": "U-Net, coarse features of another image",
    "mean_coarse": "U-Net, mean coarse features",
}
_INVENTED = {
    "digits": "real test digits",
    "blank": "blank pages",
    "pure_noise": "pure noise",
    "one_level": "denoiser of one level, repeated",
    "renewed": "denoiser of one level, noise renewed",
    "stepped": "denoiser of all levels, step by step",
}
_READS = "the reader, trained on clean digits, reads"

METRICS = {
    "clean_read_accuracy": Metric(_ACC, "higher", f"{_READS} clean digits"),
    **{
        metric: Metric(unit, better, f"{words}: {what}")
        for name, words in _TRIVIAL.items()
        for metric, unit, better, what in (
            (f"{name}_test_bce", _BCE, "lower", "test cross-entropy"),
            (f"{name}_psnr", _DB, "higher", "PSNR"),
            (f"{name}_ssim", _SSIM, "higher", "SSIM"),
            (f"{name}_read_accuracy", _ACC, "higher", "digits that the reader reads"),
        )
    },
    **{
        f"{name}_test_bce": Metric(_BCE, "lower", f"{words}: denoised, test cross-entropy")
        for name, words in (
            *_DENOISERS.items(),
            ("copier", "784-64-784 trained on clean digits only"),
            ("classic", "784-64-784, 10 clean epochs, 10 noisy"),
            ("one_tensor", "784-256-784, one noise tensor for all batches, then new noise"),
            ("fixed_noise", "784-256-784, one noise for each image, then new noise"),
            ("fresh_noise", "784-256-784, fresh noise"),
        )
    },
    "classic_train_bce": Metric(
        _BCE, "lower", "784-64-784, 10 clean epochs, 10 noisy: training loss of the last epoch"
    ),
    **{
        f"{name}_gap_bce": Metric(_BCE, "lower", f"{words}: test minus training cross-entropy")
        for name, words in _NOISES.items()
    },
    "linear_test_mse": Metric(
        "squared gray level", "lower", "best linear denoiser, test squared error"
    ),
    **{
        f"{name}_test_psnr": Metric(_DB, "higher", f"{words}: denoised, PSNR")
        for name, words in (
            *_DENOISERS.items(),
            ("median", "median filter, 3 x 3"),
            ("noisy_target", "784-256-784 trained towards noisy targets"),
            ("fresh_noise", "784-256-784 trained towards clean targets, fresh noise"),
        )
    },
    **{
        f"{name}_test_ssim": Metric(_SSIM, "higher", f"{words}: denoised, SSIM")
        for name, words in _DENOISERS.items()
    },
    **{
        f"{name}_read_accuracy": Metric(_ACC, "higher", f"{_READS} what is denoised by: {words}")
        for name, words in _DENOISERS.items()
    },
    **{f"{name}_psnr": Metric(_DB, "higher", f"{words}: PSNR") for name, words in _MIXES.items()},
    **{
        f"{name}_read_accuracy": Metric(_ACC, "higher", f"{words}: digits that the reader reads")
        for name, words in _MIXES.items()
    },
    **{
        f"{which}_donor_read_accuracy": Metric(
            _ACC, "higher", f"U-Net, {which} features of another image: the reader reads that image"
        )
        for which in ("fine", "coarse")
    },
    "code_explained": Metric(
        _R2, "higher", "each of 64 code numbers predicted from the others, test digits"
    ),
    "shuffled_code_explained": Metric(
        _R2, "higher", "the same where each number is shuffled between images"
    ),
    "pixel_explained": Metric(_R2, "higher", "each pixel predicted from all others, test digits"),
    **{
        f"{name}_probe_accuracy": Metric(_ACC, "higher", f"probe on {words}")
        for name, words in (
            ("noise", "256 numbers of a denoiser"),
            ("copy", "256 numbers of its twin, trained without noise"),
            ("untrained", "256 numbers of random weights"),
            ("pixel", "784 pixels"),
        )
    },
    **{
        metric: Metric(unit, "higher", f"{words}: {what}")
        for name, words in _INVENTED.items()
        for metric, unit, what in (
            (f"{name}_confidence", _ACC, "confidence of the reader"),
            (f"{name}_classes", _CLASSES, "classes that the reader sees, effectively"),
            (f"{name}_variety", _GRAY, "deviation from the mean of their class"),
        )
    },
}

PROMISES = (
    Promise(
        "the classifier reads clean digits",
        "clean_read_accuracy",
        above(0.98, fast=0.8, drawn=0.91),
        ("a blank page", "blank_read_accuracy"),
    ),
    Promise(
        "it reads noisy digits less well",
        "noisy_read_accuracy",
        below(0.88, fast=0.95, drawn=0.65, of="clean_read_accuracy"),
        ("clean digits", "clean_read_accuracy"),
    ),
    Promise(
        "the noisy images have about 11 decibels, not fewer",
        "noisy_psnr",
        above(10.8),
        ("a blank page", "blank_psnr"),
    ),
    Promise(
        "and not more",
        "noisy_psnr",
        below(11.2),
        ("the mean image", "mean_image_psnr"),
    ),
    Promise(
        "a median filter removes some noise",
        "median_test_psnr",
        above(1.3, of="noisy_psnr"),
        ("the noisy image as it is", "noisy_psnr"),
    ),
    Promise(
        "the best linear denoiser removes more",
        "linear_test_psnr",
        above(1.15, fast=1.05, of="median_test_psnr"),
        ("the median filter", "median_test_psnr"),
    ),
    Promise(
        "to denoise, a network has to be trained on noise",
        "classic_test_bce",
        below(0.6, fast=0.9, drawn=0.75, of="copier_test_bce"),
        ("the copier, which never saw noise", "copier_test_bce"),
    ),
    Promise(
        "with fresh noise, training and test loss agree best",
        "fresh_noise_gap_bce",
        below(0.4, fast=0.8, of="fixed_noise_gap_bce"),
        ("one noise for each image", "fixed_noise_gap_bce"),
    ),
    Promise(
        "the fewer noises there are, the more of them is learned by heart",
        "fixed_noise_gap_bce",
        below(0.6, fast=0.95, of="one_tensor_gap_bce"),
        ("one tensor for all batches", "one_tensor_gap_bce"),
    ),
    Promise(
        "fresh noise does better than one noise for each image",
        "fresh_noise_test_bce",
        below(0.98, fast=1.0, drawn=0.97, of="fixed_noise_test_bce"),
        ("one noise for each image", "fixed_noise_test_bce"),
    ),
    Promise(
        "one tensor for all batches does worse than fresh noise",
        "one_tensor_test_bce",
        above(1.12, fast=1.0, drawn=1.15, of="fresh_noise_test_bce"),
        ("fresh noise", "fresh_noise_test_bce"),
    ),
    Promise(
        "one noise for each image does better than one tensor",
        "fixed_noise_test_bce",
        below(0.91, fast=1.05, of="one_tensor_test_bce"),
        ("the mean image", "mean_image_test_bce"),
    ),
    Promise(
        "the convolutional network denoises well",
        "conv_test_bce",
        below(0.0825, fast=0.105, drawn=0.071),
        ("the best linear denoiser", "linear_test_bce"),
    ),
    Promise(
        "it is ahead of its dense twin",
        "conv_test_bce",
        below(0.88, fast=0.8, drawn=0.85, of="dense_test_bce"),
        ("the dense twin", "dense_test_bce"),
    ),
    Promise(
        "and of a dense network without a bottleneck, with ten times its parameters",
        "conv_test_bce",
        below(0.92, fast=0.9, of="wide_test_bce"),
        ("that network", "wide_test_bce"),
    ),
    Promise(
        "and of the best linear denoiser",
        "conv_test_bce",
        below(0.82, fast=0.9, drawn=0.8, of="linear_test_bce"),
        ("the best linear denoiser", "linear_test_bce"),
    ),
    Promise(
        "in decibels, too, it is ahead of its dense twin",
        "conv_test_psnr",
        above(1.105, of="dense_test_psnr"),
        ("the dense twin", "dense_test_psnr"),
    ),
    Promise(
        "the dense twin denoises as well, if less",
        "dense_test_bce",
        below(0.102, fast=0.25, drawn=0.095),
        ("the mean image", "mean_image_test_bce"),
    ),
    Promise(
        "in decibels, too",
        "dense_test_psnr",
        above(19.2, fast=12.1, drawn=18.8),
        ("the mean image", "mean_image_psnr"),
    ),
    Promise(
        "the classifier reads what the convolutional network denoised almost like clean digits",
        "conv_read_accuracy",
        above(0.98, fast=0.92, of="clean_read_accuracy"),
        ("the noisy digits", "noisy_read_accuracy"),
    ),
    Promise(
        "with the coarse features of another image it is another digit",
        "other_coarse_psnr",
        below(0.75, fast=0.9, of="own_psnr"),
        ("its own coarse features", "own_psnr"),
    ),
    Promise(
        "with the fine features of another image it is drawn badly",
        "other_fine_psnr",
        below(0.85, of="own_psnr"),
        ("its own fine features", "own_psnr"),
    ),
    Promise(
        "the numbers of a code tell each other",
        "code_explained",
        above(0.5),
        ("numbers shuffled between images", "shuffled_code_explained"),
    ),
    Promise(
        "the wrong target costs decibels",
        "noisy_target_test_psnr",
        below(0.8, fast=0.9, of="fresh_noise_test_psnr"),
        ("the clean target", "fresh_noise_test_psnr"),
    ),
    Promise(
        "the denoiser of all levels draws what the reader is sure of",
        "stepped_confidence",
        above(0.7, fast=0.5),
        ("blank pages", "blank_confidence"),
    ),
    Promise(
        "it draws different digits",
        "stepped_classes",
        above(6, fast=2),
        ("blank pages", "blank_classes"),
    ),
    Promise(
        "and different images of a digit",
        "stepped_variety",
        above(0.15, fast=0.05),
        ("blank pages", "blank_variety"),
    ),
)

HEADLINES = (
    Headline(
        "conv_test_bce",
        "noise removed by a convolutional network, test cross-entropy per pixel",
        beside="linear_test_bce",
        beside_words="the best linear denoiser",
        reference="0.0839 (keras-io, 150 epochs)",
    ),
    Headline(
        "conv_test_psnr",
        "the same in decibels",
        beside="noisy_psnr",
        beside_words="the noisy images",
    ),
    Headline(
        "conv_read_accuracy",
        "the digits that a classifier reads in the denoised images",
        beside="noisy_read_accuracy",
        beside_words="in the noisy ones",
    ),
)


def _gray_images(count, gray, seed):
    """Images of one gray, with a column of white paper and one of ink at the right, and what
    draws. A noise of a fifth of the gray is hardly ever clipped there, so its numbers show."""
    images = np.full((count, 8, 8), gray)
    images[:, :, 6], images[:, :, 7] = 0.0, 1.0
    return images, gray / 5, np.random.default_rng(seed)


def _noise_examples():
    return [_gray_images(300, 0.5, 7), _gray_images(300, 0.4, 8)]


def _neighbors_agree(values):
    """Whether neighbors, in a row, in a column or from image to image, have something in common:
    values (n, height, width), not all the same."""
    values = values - values.mean()
    return any(
        abs((a * b).mean()) > 0.06 * (values**2).mean()
        for a, b in (
            (values[:, :, 1:], values[:, :, :-1]),
            (values[:, 1:], values[:, :-1]),
            (values[1:], values[:-1]),
        )
    )


_NOT_CLIPPED = "some pixels are below 0 or above 1; clip at the end."
_NO_NOISE = "no pixel is disturbed at random; add std times standard normal numbers."
_SAME_NOISE = "every image gets the same noise; ask for numbers of images.shape."
_COMMON_NOISE = "pixels share their noise with others; draw a number for each pixel of each image."
_NEVER_NEGATIVE = "the noise is never negative; it must be normal, around 0."
_IMAGES_LOST = "the images are lost or shifted; what is added to them is noise around 0."
_NOT_NORMAL = "the noise is not normal; draw it with random.standard_normal."
_TOO_STRONG = "the noise is too strong; it should have the standard deviation std."
_TOO_WEAK = "the noise is too weak; it should have the standard deviation std."
_NOT_CUT = (
    "paper or ink is off: what noise moves below 0 becomes 0, what it moves above 1 becomes 1."
)


def _judge_noise(answer):
    hints = (_about_noise(answer, *example) for example in _noise_examples())
    return next(filter(None, hints), None)


def _about_noise(answer, images, std, random):
    found = as_array(answer(images.copy(), std, random))
    if found.shape != images.shape:
        return f"the result has shape {found.shape}; expected {images.shape}: images as they came."
    if found.min() < -1e-6 or found.max() > 1 + 1e-6:
        return _NOT_CLIPPED
    noise = (found - images)[:, :, :6]
    if np.ptp(noise) < 1e-6:
        return _NO_NOISE
    if np.allclose(noise, noise[:1], atol=1e-6):
        return _SAME_NOISE
    if noise.min() > -1e-6:
        return _NEVER_NEGATIVE
    if _neighbors_agree(noise):
        return _COMMON_NOISE
    if abs(noise.mean()) > std / 10:
        return _IMAGES_LOST
    if np.mean((found == 0) | (found == 1), axis=(0, 1))[:6].mean() > 0.03:
        return _TOO_STRONG
    low, first, third, high = np.percentile(noise / std, (5, 25, 75, 95))
    half, most = third - first, high - low  # of normal noise 1.349 and 3.290
    if abs(most - 2.439 * half) > 0.2 * half:
        return _NOT_NORMAL
    if abs(half / 1.349 - 1) > 0.1:
        return _TOO_WEAK if half < 1.349 else _TOO_STRONG
    if len(np.unique(noise)) < 0.9 * noise.size:
        return _COMMON_NOISE
    paper_and_ink = (found == images)[:, :, 6:].mean(axis=(0, 1))
    if np.any(abs(paper_and_ink - 0.5) > 0.05):
        return _NOT_CUT
    return None


def _clipped(images, noise):
    return np.clip(images + noise, 0, 1)


ADD_NOISE = Exercise(
    name="add_noise",
    gives="images as they came",
    inputs=_noise_examples,
    right=lambda images, std, random: _clipped(images, std * random.standard_normal(images.shape)),
    mistakes={
        _NOT_CLIPPED: lambda images, std, random: images + random.normal(0, std, images.shape),
        _NO_NOISE: lambda images, std, random: np.clip(images, 0, 1),
        _SAME_NOISE: lambda images, std, random: _clipped(
            images, std * random.standard_normal(images.shape[1:])
        ),
        _COMMON_NOISE: lambda images, std, random: _clipped(
            images, std * random.standard_normal((len(images), 1, 1))
        ),
        _NEVER_NEGATIVE: lambda images, std, random: _clipped(
            images, std * random.random(images.shape)
        ),
        _IMAGES_LOST: lambda images, std, random: np.clip(
            std * random.standard_normal(images.shape), 0, 1
        ),
        _NOT_NORMAL: lambda images, std, random: _clipped(
            images, random.uniform(-(3**0.5) * std, 3**0.5 * std, images.shape)
        ),
        _TOO_STRONG: lambda images, std, random: _clipped(
            images, random.standard_normal(images.shape)
        ),
        _TOO_WEAK: lambda images, std, random: _clipped(
            images, std**2 * random.standard_normal(images.shape)
        ),
        _NOT_CUT: lambda images, std, random: (
            1 - np.abs(1 - np.abs(images + random.normal(0, std, images.shape)))
        ),
    },
    judge=_judge_noise,
    praise="and with a new generator every epoch the noise never repeats.",
)


def _images_and_copies(count, seed):
    random = np.random.default_rng(seed)
    images = random.random((count, 12, 12))
    noise = np.linspace(0.1, 0.5, count)[:, None, None] * random.standard_normal(images.shape)
    return images, images + noise


def _errors(images, copies):
    return np.mean((np.asarray(images) - copies) ** 2, axis=(1, 2))


MEAN_PSNR = Exercise(
    name="mean_psnr",
    gives="a single number",
    inputs=lambda: [_images_and_copies(5, 8), _images_and_copies(5, 9), _images_and_copies(3, 10)],
    right=lambda images, copies: np.mean(-10 * np.log10(_errors(images, copies))),
    mistakes={
        "that is one number for each image; give their mean.": (
            lambda images, copies: -10 * np.log10(_errors(images, copies))
        ),
        "that is the PSNR of the mean error; take decibels of each image, then mean.": (
            lambda images, copies: -10 * np.log10(_errors(images, copies).mean())
        ),
        "the sign is turned round: a smaller error has *more* decibels.": (
            lambda images, copies: np.mean(10 * np.log10(_errors(images, copies)))
        ),
        "that is the natural logarithm; decibels take log10.": (
            lambda images, copies: np.mean(-10 * np.log(_errors(images, copies)))
        ),
        "20 log10 is for amplitudes; a squared error takes 10 log10.": (
            lambda images, copies: np.mean(-20 * np.log10(_errors(images, copies)))
        ),
        "the factor 10 is missing: a bel has ten decibels.": (
            lambda images, copies: np.mean(-np.log10(_errors(images, copies)))
        ),
        "a root is taken first; 10 log10 takes the squared error as it is.": (
            lambda images, copies: np.mean(-5 * np.log10(_errors(images, copies)))
        ),
        "that is the squared error itself; its decibels are asked for.": (
            lambda images, copies: np.mean(_errors(images, copies))
        ),
        "squares are summed; the M in MSE is a mean, over the pixels of an image.": (
            lambda images, copies: np.mean(-10 * np.log10(144 * _errors(images, copies)))
        ),
    },
    otherwise="the number is off: MSE over axes (1, 2), 10 log10(1 / MSE), then the mean.",
    praise="the noisy digits of this lesson have about 11 dB.",
)


def _noisy_and_clean(sizes, penalty, seed):
    noisy_size, clean_size = sizes
    random = np.random.default_rng(seed)
    clean = random.random((50, clean_size))
    mixed = clean @ random.random((clean_size, noisy_size))
    return mixed + 0.1 * random.standard_normal(mixed.shape), clean, penalty


def _ridge(noisy, clean, penalty):
    added = penalty * np.eye(noisy.shape[1])
    return np.linalg.solve(noisy.T @ noisy + added, noisy.T @ clean)


LINEAR_DENOISER = Exercise(
    name="linear_denoiser",
    gives="a column of weights for each clean pixel",
    inputs=lambda: [
        _noisy_and_clean((6, 4), 0.5, 9),
        _noisy_and_clean((6, 4), 3.0, 10),
        _noisy_and_clean((5, 3), 0.5, 11),
    ],
    right=_ridge,
    mistakes={
        "that has shape (e, d); `noisy @ W` needs (d, e).": (
            lambda noisy, clean, penalty: _ridge(noisy, clean, penalty).T
        ),
        "noisy and clean are exchanged; this would turn clean images into noisy ones.": (
            lambda noisy, clean, penalty: _ridge(clean, noisy, penalty)
        ),
        "the penalty is missing; add penalty * np.eye(d) to noisy.T @ noisy.": (
            lambda noisy, clean, penalty: _ridge(noisy, clean, 0)
        ),
        "the penalty is added everywhere; it belongs on the diagonal only.": (
            lambda noisy, clean, penalty: np.linalg.solve(
                noisy.T @ noisy + penalty, noisy.T @ clean
            )
        ),
        "the penalty is squared; put it on the diagonal as it is.": (
            lambda noisy, clean, penalty: _ridge(noisy, clean, penalty**2)
        ),
        "the penalty is subtracted; it keeps the weights small if it is added.": (
            lambda noisy, clean, penalty: _ridge(noisy, clean, -penalty)
        ),
        "that is A'B; it still has to be multiplied by an inverse.": (
            lambda noisy, clean, penalty: noisy.T @ clean
        ),
        "those are the denoised images; give the matrix that makes them.": (
            lambda noisy, clean, penalty: noisy @ _ridge(noisy, clean, penalty)
        ),
    },
    otherwise="not the minimum; solve (A'A + penalty I) W = A'B with A the noisy rows.",
    praise="no other matrix does better on these rows, penalty included.",
)


def _mask_examples():
    return [
        (np.random.default_rng(seed).uniform(0.2, 1.0, (200, 12, 12)), share, _generator(seed))
        for seed, share in ((10, 0.25), (11, 0.6))
    ]


def _generator(seed):
    return np.random.default_rng(seed + 100)


_NONE_GONE = "no pixel is gone; compare random.random(images.shape) with share."
_SCALED_UP = "surviving pixels are scaled up, as in dropout; leave them as they are."
_CHANGED = "pixels that survive must stay as they are."
_NOT_ZERO = "a pixel that does not survive must become 0."
_SAME_GONE = "the same pixels are gone in other images, too; draw for each image anew."
_TOGETHER = "pixels that go take others with them; draw for each pixel on its own."
_TURNED_ROUND = "too many go where few should, and few where many: the comparison is turned round."
_WRONG_SHARE = "another share of the pixels is gone than `share` asks for."


def _judge_mask(answer):
    hints = (_about_mask(answer, *example) for example in _mask_examples())
    return next(filter(None, hints), None)


def _about_mask(answer, images, share, random):
    found = as_array(answer(images.copy(), share, random))
    if found.shape != images.shape:
        return f"the result has shape {found.shape}; expected {images.shape}: images as they came."
    kept, gone = np.isclose(found, images, rtol=1e-3, atol=1e-6), found == 0
    if kept.all():
        return _NONE_GONE
    if not (kept | gone).all():
        if gone.any() and np.allclose(found[~gone], images[~gone] / (1 - share), rtol=1e-3):
            return _SCALED_UP
        return _NOT_ZERO if kept.mean() > 0.02 and not gone.any() else _CHANGED
    if gone.all():
        return _WRONG_SHARE
    if (gone == gone[:1]).all():
        return _SAME_GONE
    if _neighbors_agree(gone.astype(float)):
        return _TOGETHER
    if len(np.unique(gone.reshape(len(gone), -1), axis=0)) < 0.9 * len(gone):
        return _SAME_GONE
    if abs(gone.mean() - (1 - share)) < 0.02:
        return _TURNED_ROUND
    return _WRONG_SHARE if abs(gone.mean() - share) > 0.02 else None


MASK_PIXELS = Exercise(
    name="mask_pixels",
    gives="images as they came",
    inputs=_mask_examples,
    right=lambda images, share, random: images * (random.random(images.shape) >= share),
    mistakes={
        _NONE_GONE: lambda images, share, random: images,
        _SCALED_UP: lambda images, share, random: (
            images * (random.random(images.shape) >= share) / (1 - share)
        ),
        _CHANGED: lambda images, share, random: images * (1 - share),
        _NOT_ZERO: lambda images, share, random: np.where(
            random.random(images.shape) < share, 1.5, images
        ),
        _SAME_GONE: lambda images, share, random: (
            images * (random.random(images.shape[1:]) >= share)
        ),
        _TOGETHER: lambda images, share, random: (
            images * (random.random((*images.shape[:2], 1)) >= share)
        ),
        _TURNED_ROUND: lambda images, share, random: images * (random.random(images.shape) < share),
        _WRONG_SHARE: lambda images, share, random: (
            images * (random.random(images.shape) >= share**2)
        ),
    },
    judge=_judge_mask,
    praise="this is the damage of the first denoising autoencoders.",
)

CLAIMS = (
    Claim(
        "A convolutional network denoises better than a dense one",
        "*自动编码器原理及构建*",
        "conv_test_bce",
        "wide_test_bce",
        "The dense one has no bottleneck and ten times as many parameters",
    ),
    Claim(
        "One noise for each image, made once, is as good as fresh noise",
        "a frequent slip: the code of *自动编码器原理及构建* makes them once",
        "fixed_noise_test_bce",
        "fresh_noise_test_bce",
        same=True,
    ),
    Claim(
        "One noise tensor for all images is enough",
        "the code of *Autoencoder学习*",
        "one_tensor_test_bce",
        "fresh_noise_test_bce",
        same=True,
    ),
    Claim(
        "A denoiser needs clean targets",
        "common advice",
        "fresh_noise_test_psnr",
        "noisy_target_test_psnr",
    ),
    Claim(
        "Learning to remove noise makes better features than learning to copy",
        "Vincent and others 2008",
        "noise_probe_accuracy",
        "copy_probe_accuracy",
        margin=0.002,
    ),
    Claim(
        "A code of an autoencoder is free of redundancy",
        "common advice",
        "code_explained",
        "shuffled_code_explained",
        "Each number predicted from the others; the twin's numbers are independent",
        same=True,
    ),
)

LESSON = Description(
    name="02_denoising",
    title="Denoising",
    idea="noisy in, clean out; fresh noise; a U-Net against dense networks; towards diffusion",
    minutes=6,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(ADD_NOISE, MEAN_PSNR, LINEAR_DENOISER, MASK_PIXELS),
)
