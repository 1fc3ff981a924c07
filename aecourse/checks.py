"""Instant feedback on exercises: `checks.nearest_codes(my_function)`.

Each check calls the learner's function on small inputs and answers in one of three ways: not
attempted yet, not yet (with what is wrong and a hint), or correct. A check never shows the
solution; that is folded below the exercise in the notebook.
"""

from dataclasses import dataclass
import functools

import numpy as np


@dataclass(frozen=True)
class Feedback:
    """What a check says. status: "not attempted", "not yet" or "correct"."""

    status: str
    message: str = ""

    def __repr__(self):
        if self.status == "not attempted":
            return "Not attempted yet: replace the ... and run this cell again."
        return f"{self.status.capitalize()}: {self.message}"


class _NotYet(Exception):
    """What is wrong with an answer, and a hint."""


class _NotAttempted(Exception):
    """The stub is as it was."""


def _check(check):
    """Turn a function that raises `_NotYet`, or returns words of praise, into a check."""

    @functools.wraps(check)
    def run(answer):
        if not callable(answer):
            return Feedback("not yet", "hand in the function itself, without calling it.")

        def attempt(*arguments):
            result = answer(*arguments)
            parts = result if isinstance(result, tuple) else (result,)
            if any(part is ... for part in parts):
                raise _NotAttempted
            if result is None:
                raise _NotYet("your function gives None. Does it end with `return`?")
            return result

        try:
            return Feedback("correct", check(attempt))
        except _NotAttempted:
            return Feedback("not attempted")
        except _NotYet as hint:
            return Feedback("not yet", str(hint))
        except Exception as error:
            kind = type(error).__name__
            return Feedback("not yet", f"your function stopped with {kind}: {error}")

    return run


def _array(value, shape, meaning):
    """`value` as an array, which must have `shape`; meaning: what that shape stands for."""
    array = np.asarray(value)
    if array.shape != shape:
        raise _NotYet(f"the result has shape {array.shape}; expected {shape}: {meaning}.")
    return array


def _same(found, expected):
    return np.allclose(found, expected, rtol=1e-4, atol=1e-6)


# Lesson 00


@_check
def flatten_images(answer):
    """images (n, 28, 28) -> (n, 784), row after row."""
    images = np.random.default_rng(0).random((3, 28, 28)).astype(np.float32)
    right = images.reshape(3, 784)
    found = _array(answer(images), (3, 784), "one row of 784 numbers for each image")
    if not _same(found, right):
        if _same(found, images.transpose(0, 2, 1).reshape(3, 784)):
            raise _NotYet("the pixels come column after column; go row after row.")
        raise _NotYet("the pixels are in the wrong order or of the wrong image.")
    return "a dense layer sees an image like this, as 784 numbers in a row."


@_check
def squared_error(answer):
    """Two batches of images -> the mean squared error per pixel, one number."""
    random = np.random.default_rng(1)
    images, copies = random.random((2, 5, 28, 28))
    found = np.asarray(answer(images, copies))
    squares = (images - copies) ** 2
    if found.shape == (5,):
        raise _NotYet("that is one number for each image; take the mean over the images too.")
    found = _array(found, (), "a single number")
    if _same(found, squares.sum()) or _same(found, squares.sum(axis=(1, 2)).mean()):
        raise _NotYet("pixels are summed; the error *per pixel* is a mean over them.")
    if _same(found, np.abs(images - copies).mean()):
        raise _NotYet("that is the absolute error; square the differences first.")
    if _same(found, np.sqrt(squares.mean())):
        raise _NotYet("that is its square root; leave the mean of the squares as it is.")
    if not _same(found, squares.mean()):
        raise _NotYet("the number is off; subtract, square, then take the mean.")
    return "this is the number that lessons call MSE."


@_check
def class_means(answer):
    """images (n, 28, 28), labels (n,) -> the mean image of each digit (10, 28, 28)."""
    random = np.random.default_rng(2)
    labels = np.concatenate([np.arange(10), random.integers(0, 10, 50)])
    images = random.random((60, 28, 28)) * (1 + labels[:, None, None]) / 10
    right = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    result = np.asarray(answer(images, labels))
    if result.shape == (28, 28):
        raise _NotYet("that is one mean image; give ten, the images of one digit at a time.")
    found = _array(result, (10, 28, 28), "a mean image for each of the ten digits")
    if _same(found, np.broadcast_to(images.mean(axis=0), found.shape)):
        raise _NotYet("all ten are the mean of *all* images; pick those with labels == digit.")
    counts = np.bincount(labels)[:, None, None]
    if _same(found, right * counts):
        raise _NotYet("those are sums; divide by how many images each digit has.")
    if not _same(found, right):
        raise _NotYet("some digits are wrong; is row 3 the mean of images[labels == 3]?")
    return "and each mean is a blurred digit, which no single pen ever drew."


# Lesson 01


@_check
def parameter_count(answer):
    """Layer sizes such as [784, 64, 784] -> the weights and biases of the dense layers."""
    for sizes in ([5, 3], [784, 64, 784], [784, 1000, 1000, 2]):
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        weights = sum(inputs * outputs for inputs, outputs in pairs)
        right = weights + sum(sizes[1:])
        found = int(_array(answer(sizes), (), "a single number"))
        if found == right:
            continue
        if found == weights:
            raise _NotYet("that counts the weights only; each output has a bias as well.")
        if found == weights + sum(sizes):
            raise _NotYet("the input layer has no biases: it computes nothing.")
        if found == weights + sum(sizes[:-1]):
            raise _NotYet("a layer has a bias for each of its *outputs*, not inputs.")
        raise _NotYet(f"for {sizes} it gives {found}; the layers are {pairs}.")
    return "with [784, 64, 784] it is the number that the model reported."


@_check
def pca_copy(answer):
    """images (n, 784), components (k, 784), mean (784,) -> PCA's copies (n, 784)."""
    random = np.random.default_rng(3)
    mean = random.random(784)
    components = np.linalg.qr(random.standard_normal((784, 2)))[0].T
    images = mean + random.standard_normal((6, 784))
    project = components.T @ components
    right = (images - mean) @ project + mean
    result = np.asarray(answer(images, components, mean))
    if result.shape == (6, 2):
        raise _NotYet("those are the codes; a decoder has to bring them back to 784 numbers.")
    found = _array(result, (6, 784), "a copy of 784 pixels for each image")
    if _same(found, right - mean):
        raise _NotYet("the copies lack the mean image: what was subtracted must be added back.")
    if _same(found, images @ project):
        raise _NotYet("subtract the mean before projecting, and add it at the end.")
    if _same(found, images @ project + mean):
        raise _NotYet("the mean is added at the end but not subtracted before projecting.")
    if not _same(found, right):
        raise _NotYet("the copies are off. Encode: (images - mean) @ components.T; then decode.")
    return "two matrix products: PCA is an autoencoder without an activation."


@_check
def nearest_codes(answer):
    """codes (n, d), query (d,), count -> indices of the nearest codes, the nearest first."""
    random = np.random.default_rng(4)
    codes = random.standard_normal((40, 8)) * 3
    query = codes[7] + 0.1 * random.standard_normal(8)
    distances = np.linalg.norm(codes - query, axis=1)
    order = np.argsort(distances)
    found = _array(answer(codes, query, 5), (5,), "the indices of the 5 nearest codes")
    if _same(found, distances[order[:5]]):
        raise _NotYet("those are the distances; give the indices of the codes.")
    if np.array_equal(found, order[::-1][:5]):
        raise _NotYet("those are the farthest codes; sort the other way round.")
    if np.array_equal(found, order[:5][::-1]):
        raise _NotYet("the right five, but the nearest comes first.")
    if np.array_equal(found, np.argsort(-(codes @ query))[:5]):
        raise _NotYet("a scalar product favors long codes; use the distance to the query.")
    if not np.array_equal(found, order[:5]):
        raise _NotYet("these are not the nearest by Euclidean distance; which axis is summed?")
    return "searching 64 numbers an image instead of 784 is what codes are good for."


@_check
def hash_codes(answer):
    """codes (n, d) -> bool (n, d): in each column, True for the upper half of the images."""
    random = np.random.default_rng(5)
    codes = random.gamma(2.0, 1.0, (200, 6)) * np.arange(1, 7)
    found = _array(answer(codes), codes.shape, "a bit for each number of each code")
    if found.dtype != bool:
        raise _NotYet(f"the result is {found.dtype}; a comparison such as codes > ... gives bits.")
    if found.all():
        raise _NotYet("every bit is set: these codes are never negative, so 0 separates nothing.")
    if np.array_equal(found, codes > np.median(codes)):
        raise _NotYet("one threshold for all columns; each number needs its own median.")
    if np.array_equal(found, codes > np.median(codes, axis=1, keepdims=True)):
        raise _NotYet("the medians run along the wrong axis: over the images, not the numbers.")
    if np.array_equal(found, codes > codes.mean(axis=0)):
        raise _NotYet("the mean is pulled up by large values; with the median, half are set.")
    if not np.array_equal(found, codes > np.median(codes, axis=0)):
        raise _NotYet("about half of each column should be set: compare with the median.")
    return "64 bits an image: that is a semantic hash (Salakhutdinov and Hinton, 2009)."


# Lesson 02


@_check
def add_noise(answer):
    """images, std, generator -> images plus normal noise, clipped to [0, 1]."""
    images = np.random.default_rng(6).random((200, 6, 6))
    images[:, 0], images[:, 1], images[:, 2] = 0.0, 1.0, 0.5
    found = np.asarray(answer(images.copy(), 0.4, np.random.default_rng(7)))
    found = _array(found, images.shape, "as many pixels as came in")
    if found.min() < -1e-6 or found.max() > 1 + 1e-6:
        raise _NotYet("some pixels are below 0 or above 1; clip at the end.")
    moved = found - images
    if not moved.any():
        raise _NotYet("nothing has changed; add std times standard normal numbers.")
    if _same(moved[0, 2], moved[1, 2]):
        raise _NotYet("every image gets the same noise; ask for numbers of images.shape.")
    middle = moved[(images > 0.4) & (images < 0.6)]
    spread = np.percentile(middle, 75) - np.percentile(middle, 25)
    if middle.min() > -1e-6:
        raise _NotYet("the noise is never negative; it must be normal, around 0.")
    if spread > 0.75:
        raise _NotYet("the noise is too strong; multiply it by std.")
    if abs(spread - 2 * 0.6745 * 0.4) > 0.06:
        hint = "std * random.standard_normal(images.shape)"
        raise _NotYet(f"the noise has the wrong spread or is not normal; use {hint}.")
    return "and with a new generator every epoch the noise never repeats."


@_check
def mean_psnr(answer):
    """Two batches of images -> the mean over images of 10 log10(1 / MSE)."""
    random = np.random.default_rng(8)
    images = random.random((5, 28, 28))
    copies = images + 0.1 * np.arange(1, 6)[:, None, None] * random.standard_normal(images.shape)
    errors = np.mean((images - copies) ** 2, axis=(1, 2))
    found = np.asarray(answer(images, copies))
    if found.shape == (5,):
        raise _NotYet("that is one number for each image; give their mean.")
    found = _array(found, (), "a single number")
    right = np.mean(-10 * np.log10(errors))
    if _same(found, -10 * np.log10(errors.mean())):
        raise _NotYet("that is the PSNR of the mean error; take decibels of each image, then mean.")
    if _same(found, -right):
        raise _NotYet("the sign is turned round: a smaller error has *more* decibels.")
    if _same(found, np.mean(-10 * np.log(errors))):
        raise _NotYet("that is the natural logarithm; decibels take log10.")
    if _same(found, np.mean(-20 * np.log10(errors))):
        raise _NotYet("20 log10 is for amplitudes; a squared error takes 10 log10.")
    if not _same(found, right):
        raise _NotYet("the number is off: MSE over axes (1, 2), 10 log10(1 / MSE), then the mean.")
    return "the noisy digits of this lesson have about 11 dB."


@_check
def linear_denoiser(answer):
    """noisy (n, d), clean (n, e), penalty -> the ridge solution (d, e)."""
    random = np.random.default_rng(9)
    clean = random.random((50, 4))
    noisy = clean @ random.random((4, 6)) + 0.1 * random.standard_normal((50, 6))
    gram, cross = noisy.T @ noisy, noisy.T @ clean
    right = np.linalg.solve(gram + 0.5 * np.eye(6), cross)
    result = np.asarray(answer(noisy, clean, 0.5))
    if result.shape == (4, 6):
        raise _NotYet("that has shape (e, d); `noisy @ W` needs (d, e).")
    found = _array(result, (6, 4), "a column of weights for each clean pixel")
    if _same(found, np.linalg.solve(gram, cross)):
        raise _NotYet("the penalty is missing; add penalty * np.eye(d) to noisy.T @ noisy.")
    if _same(found, np.linalg.solve(gram + 0.5, cross)):
        raise _NotYet("the penalty is added everywhere; it belongs on the diagonal only.")
    if _same(found, cross):
        raise _NotYet("that is A'B; it still has to be multiplied by the inverse of A'A.")
    if not _same(found, right):
        raise _NotYet("not the minimum; solve (A'A + penalty I) W = A'B with A the noisy rows.")
    return "no other matrix does better on these rows, penalty included."


@_check
def mask_pixels(answer):
    """images, share, generator -> images in which each pixel is zero with probability share."""
    images = np.random.default_rng(10).uniform(0.2, 1.0, (50, 28, 28))
    found = np.asarray(answer(images.copy(), 0.25, np.random.default_rng(11)))
    found = _array(found, images.shape, "as many pixels as came in")
    gone = found == 0
    if not _same(found[~gone], images[~gone]):
        if _same(found[~gone], images[~gone] / 0.75):
            raise _NotYet("surviving pixels are scaled up, as in dropout; leave them as they are.")
        raise _NotYet("pixels that survive must stay as they are.")
    if not gone.any():
        raise _NotYet("no pixel is gone; compare random.random(images.shape) with share.")
    if np.array_equal(gone, np.broadcast_to(gone[:1], gone.shape)):
        raise _NotYet("the same pixels are gone in every image; draw for each image anew.")
    if abs(gone.mean() - 0.75) < 0.02:
        raise _NotYet("three quarters are gone instead of one: the comparison is turned round.")
    if abs(gone.mean() - 0.25) > 0.02:
        raise _NotYet(
            f"{gone.mean():.0%} of the pixels are gone; with share 0.25 it should be 25 %."
        )
    return "this is the damage of the first denoising autoencoders."


# Lesson 03


def _gaussians():
    random = np.random.default_rng(12)
    return random.standard_normal((2, 7, 3))


@_check
def kl_divergence(answer):
    """z_mean, z_log_var (n, d) -> KL(N(mean, variance) || N(0, 1)) of each code (n,)."""
    mean, log_var = _gaussians()
    terms = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var)
    result = np.asarray(answer(mean, log_var))
    if result.shape == (7, 3):
        raise _NotYet("that is one number for each dimension; sum over the last axis.")
    if result.shape == ():
        raise _NotYet("that is one number for the batch; give one for each code, (n,).")
    found = _array(result, (7,), "one KL for each code")
    if _same(found, -terms.sum(axis=1)):
        raise _NotYet("the sign is turned round: a KL divergence is never negative.")
    if _same(found, 2 * terms.sum(axis=1)):
        raise _NotYet("twice too large: the factor 1/2 is missing.")
    if _same(found, terms.mean(axis=1)):
        raise _NotYet("the dimensions are averaged; independent dimensions add up.")
    if _same(found, 0.5 * (mean**2 + np.exp(2 * log_var) - 1 - 2 * log_var).sum(axis=1)):
        raise _NotYet(
            "z_log_var is treated as a log standard deviation; it is 2 log sigma already."
        )
    if _same(found, 0.5 * (mean**2 + log_var**2 - 1 - 2 * np.log(np.abs(log_var))).sum(axis=1)):
        raise _NotYet("that takes z_log_var for sigma; the variance is np.exp(z_log_var).")
    if not _same(found, terms.sum(axis=1)):
        raise _NotYet("for mean 0 and log-variance 0 it must be 0; check each of the four terms.")
    return "zero only for N(0, 1), and checked here *away* from it."


@_check
def kl_from_log_std(answer):
    """mean, log_std (n, d) -> the same KL, from the logarithm of the standard deviation."""
    mean, log_std = _gaussians()
    right = 0.5 * (mean**2 + np.exp(2 * log_std) - 1 - 2 * log_std).sum(axis=1)
    found = _array(answer(mean, log_std), (7,), "one KL for each code")
    slip = -0.5 * (1 + log_std - mean**2 - np.exp(log_std) ** 2).sum(axis=1)
    if _same(found, slip):
        raise _NotYet("as it was: which of the two appearances of log_std belongs to a variance?")
    if _same(found, 0.5 * (mean**2 + np.exp(log_std) - 1 - log_std).sum(axis=1)):
        raise _NotYet("now log_std is a log-variance throughout; keep the meaning of its name.")
    if not _same(found, right):
        raise _NotYet("not the KL yet; write log_var = 2 * log_std and use the formula above.")
    return "with the slip the minimum lay at a wrong width: see the solution."


@_check
def vae_loss(answer):
    """images, copies (n, 28, 28), kl (n,) -> the loss per image, one number for the batch."""
    random = np.random.default_rng(13)
    images, copies = random.random((2, 6, 28, 28))
    kl = 10 * random.random(6)
    squares = ((images - copies) ** 2).sum(axis=(1, 2))
    found = np.asarray(answer(images, copies, kl))
    if found.shape == (6,):
        raise _NotYet("one number for each image; give the mean over the batch.")
    found = _array(found, (), "a single number")
    if _same(found, squares.sum() + kl.mean()):
        raise _NotYet("as it was: with twice the batch the first term doubles and the KL does not.")
    if _same(found, squares.sum() + kl.sum()):
        raise _NotYet("balanced, but it grows with the batch; give the mean per image.")
    if _same(found, squares.mean() / 784 + kl.mean()):
        raise _NotYet(
            "now the squared error is a mean over pixels, and the KL weighs 784 times more."
        )
    if not _same(found, squares.mean() + kl.mean()):
        raise _NotYet("sum the squares over the pixels of each image, then average over images.")
    return "both terms are per image now, so the batch size changes neither."


@_check
def factor_direction(answer):
    """codes of pairs (n, d) without and with a property -> the direction, as a code (d,)."""
    random = np.random.default_rng(14)
    without = random.standard_normal((30, 5))
    added = np.array([1.0, -2.0, 0.0, 0.5, 3.0])
    extra = added + 0.1 * random.standard_normal((30, 5))
    found = _array(answer(without, without + extra), (5,), "a step of the code")
    right = extra.mean(axis=0)
    if _same(found, -right):
        raise _NotYet("it points the wrong way: from the codes without to the codes with.")
    if _same(found, extra.sum(axis=0)):
        raise _NotYet("that is the sum over all pairs; one step is their mean.")
    if _same(found, extra[0]):
        raise _NotYet("one pair only; the mean over all pairs cancels what they do not share.")
    if _same(found, right / np.linalg.norm(right)):
        raise _NotYet(
            "the direction is right and its length lost; leave it, one step is one property."
        )
    if not _same(found, right):
        raise _NotYet("not the mean difference of the pairs; which axis is averaged?")
    return "add it to any code, decode, and see."


# Lesson 04


def _softplus(values):
    return np.logaddexp(0, values)


@_check
def discriminator_loss(answer):
    """logits of drawn points and of codes (n, 1) -> -mean log D - mean log(1 - D), one number."""
    random = np.random.default_rng(28)
    drawn, codes = random.normal(1, 2, (6, 1)), random.normal(-1.5, 2, (6, 1))
    right = _softplus(-drawn).mean() + _softplus(codes).mean()
    found = _array(answer(drawn, codes), (), "one number for the batch")
    if _same(found, _softplus(drawn).mean() + _softplus(-codes).mean()):
        raise _NotYet("the labels are exchanged: drawn points should get a high logit.")
    if _same(found, right / 2):
        raise _NotYet("half of it: the two means are added, not averaged.")
    if _same(found, -right):
        raise _NotYet("the sign: a loss is minus the logarithm of a probability.")
    if _same(found, _softplus(-drawn).mean() + _softplus(-codes).mean()):
        raise _NotYet("codes should get the label 0: -log(1 - D), not -log D.")
    if _same(found, -drawn.mean() + codes.mean()):
        raise _NotYet("a logit is no probability yet: D = 1 / (1 + exp(-logit)).")
    if not _same(found, right):
        raise _NotYet("for logits of 0 it must be 2 log 2 = 1.386; check each of the two means.")
    large = float(np.asarray(answer(np.full((1, 1), 800.0), np.full((1, 1), 800.0))))
    if not np.isclose(large, 800):
        raise _NotYet("it overflows for large logits; np.logaddexp(0, a) is log(1 + exp(a)).")
    return "2 log 2 where the discriminator is at chance, and no overflow."


@_check
def generator_loss(answer):
    """logits of codes (n, 1) -> the encoder's loss in the generator phase, one number."""
    codes = np.random.default_rng(9).normal(-1, 2, (6, 1))
    found = _array(answer(codes), (), "one number for the batch")
    if _same(found, _softplus(codes).mean()):
        raise _NotYet("as it was: it is small where the logits are low, so the encoder loses.")
    if _same(found, -_softplus(codes).mean()):
        raise _NotYet(
            "that pushes the right way, and it is the formula of section 1. But its slope "
            "vanishes where the discriminator is sure; ask for the label 1 instead."
        )
    if _same(found, -codes.mean()):
        raise _NotYet("without a logarithm the logits grow without end; use -log D.")
    if not _same(found, _softplus(-codes).mean()):
        raise _NotYet("for logits of 0 it must be log 2 = 0.693, and less for high logits.")
    return "small where the discriminator takes codes for drawn points."


@_check
def sliced_distance(answer):
    """codes, drawn (n, d), directions (d, k) -> sliced Wasserstein-1 distance, one number."""
    random = np.random.default_rng(10)
    codes, drawn = random.normal(size=(50, 3)), random.normal(0.5, 2, (50, 3))
    directions = random.normal(size=(3, 4))
    directions /= np.linalg.norm(directions, axis=0)
    one, other = codes @ directions, drawn @ directions
    right = np.abs(np.sort(one, axis=0) - np.sort(other, axis=0)).mean()
    found = _array(answer(codes, drawn, directions), (), "one number")
    if _same(found, np.abs(one - other).mean()):
        raise _NotYet("not sorted: the n-th code has nothing to do with the n-th drawn point.")
    if _same(found, np.abs(np.sort(one) - np.sort(other)).mean()):
        raise _NotYet("sorted along the wrong axis: sort the points of each direction, axis=0.")
    if _same(found, ((np.sort(one, axis=0) - np.sort(other, axis=0)) ** 2).mean()):
        raise _NotYet("squared gaps give the 2-distance; take absolute ones.")
    if _same(found, (np.sort(one, axis=0) - np.sort(other, axis=0)).mean()):
        raise _NotYet("gaps of either sign cancel; take their absolute values.")
    if _same(found, np.abs(one.mean(axis=0) - other.mean(axis=0)).mean()):
        raise _NotYet("that compares the means only; a narrow cloud in the middle would pass.")
    if not _same(found, right):
        raise _NotYet("project with @, sort both along axis 0, average the absolute gaps.")
    return "with 100 random directions it is metrics.sliced_wasserstein."


@_check
def ring(answer):
    """count, a NumPy generator -> points (count, 2) of radius N(2, 0.1), at any angle."""
    points = _array(
        answer(20_000, np.random.default_rng(11)), (20_000, 2), "two numbers for each point"
    )
    radius = np.linalg.norm(points, axis=1)
    angle = np.arctan2(points[:, 1], points[:, 0])
    if np.abs(radius.mean() - 2) > 0.02:
        raise _NotYet(f"the mean radius is {radius.mean():.2f}; it should be 2.")
    if np.abs(radius.std() - 0.1) > 0.01:
        raise _NotYet(f"the radius spreads by {radius.std():.2f}; its deviation should be 0.1.")
    shares = np.histogram(angle, bins=8, range=(-np.pi, np.pi))[0] / len(points)
    if shares.max() > 0.15 or shares.min() < 0.1:
        raise _NotYet("some directions get more points than others: from 0 to 2 pi, evenly.")
    again = np.asarray(answer(50, np.random.default_rng(12)))
    if np.allclose(again, np.asarray(answer(50, np.random.default_rng(13)))):
        raise _NotYet("every call gives the same points; draw with the generator `random`.")
    return "a shape without a formula for its KL, and drawn in three lines."


# Lesson 05


@_check
def one_hot(answer):
    """labels int (n,), classes -> (n, classes), 1 at the label's place."""
    labels = np.array([3, 0, 9, 7, 3])
    right = np.eye(10)[labels]
    result = np.asarray(answer(labels, 10))
    if result.shape == (5, 4):
        raise _NotYet("four bits are a binary number; one-hot has a place for each class.")
    if result.shape == (10, 5):
        raise _NotYet("rows and columns are exchanged: one row for each label.")
    found = _array(result, (5, 10), "one row for each label, one place for each class")
    if _same(found, right * np.maximum(labels, 1)[:, None]):
        raise _NotYet("the label's place should hold 1, not the label.")
    if _same(found, 1 - right):
        raise _NotYet("turned round: 1 at the label's place, 0 elsewhere.")
    if not _same(found, right):
        raise _NotYet("for the label 3 the row must be 0 0 0 1 0 0 0 0 0 0.")
    _array(answer(labels % 3, 3), (5, 3), "as many places as `classes` says")
    return "all digits equally far from each other."


@_check
def style_grid(answer):
    """styles (n, d) -> codes (10 n, d) and labels int (10 n,), one style a row."""
    styles = np.random.default_rng(12).normal(size=(3, 4))
    result = answer(styles)
    if not isinstance(result, tuple) or len(result) != 2:
        raise _NotYet("give two things: `return codes, labels`.")
    codes = _array(result[0], (30, 4), "ten codes for each of three styles")
    labels = _array(result[1], (30,), "a label for each code")
    digit = np.arange(10)
    if _same(codes, np.tile(styles, (10, 1))) and _same(labels, np.repeat(digit, 3)):
        raise _NotYet("every row would be one digit; a row should be one style.")
    if not _same(codes, np.repeat(styles, 10, axis=0)):
        raise _NotYet("the first ten codes must all be the first style: np.repeat, axis=0.")
    if _same(labels, np.repeat(digit, 3)):
        raise _NotYet("the labels must run from 0 to 9 within each style: np.tile.")
    if not _same(labels, np.tile(digit, 3)):
        raise _NotYet("the labels must be 0 to 9, again and again.")
    return "reshape the decoder's answer to (n, 10, 28, 28) and you have the grid."


@_check
def style_consistency(answer):
    """styles, codes (n, d) -> mean over numbers of their correlations, one number."""
    random = np.random.default_rng(13)
    styles = random.normal(size=(40, 3))
    codes = styles * [1, 0.5, 2] + random.normal(size=(40, 3)) + [0, 5, -3]
    each = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(styles.T, codes.T, strict=True)])
    result = np.asarray(answer(styles, codes))
    if result.shape == (3,):
        raise _NotYet("that is one correlation for each number; average them.")
    found = _array(result, (), "one number")
    if _same(found, np.corrcoef(styles.ravel(), codes.ravel())[0, 1]):
        raise _NotYet("all numbers in one pot; correlate each number of the code with itself.")
    rows = [np.corrcoef(a, b)[0, 1] for a, b in zip(styles, codes, strict=True)]
    if _same(found, np.mean(rows)):
        raise _NotYet("those are correlations within a code; go along the n examples.")
    if _same(found, np.mean((styles - codes) ** 2)):
        raise _NotYet("a squared error is no correlation; np.corrcoef(a, b)[0, 1].")
    if not _same(found, each.mean()):
        raise _NotYet("for codes equal to the styles it must be 1.")
    return "1 for a style that survives decoding and encoding, 0 for one that is ignored."


@_check
def nearest_styles(answer):
    """style (d,), styles (n, d), count -> indices of the nearest, nearest first (count,)."""
    random = np.random.default_rng(14)
    styles = random.normal(size=(30, 4))
    style = styles[7] + 0.01
    distance = np.linalg.norm(styles - style, axis=1)
    right = np.argsort(distance)
    found = _array(answer(style, styles, 5), (5,), "as many indices as `count` says")
    if np.array_equal(found, right[::-1][:5]):
        raise _NotYet("those are the farthest.")
    if _same(found, np.sort(distance)[:5]):
        raise _NotYet("those are distances; np.argsort gives indices.")
    if np.array_equal(found, np.argsort(-(styles @ style))[:5]):
        raise _NotYet("a scalar product favors long styles; take the distance.")
    if not np.array_equal(found, right[:5]):
        raise _NotYet("the first index must be that of the nearest style, here 7.")
    return "now look whether neighbors in style share their digit."


# Lesson 06


@_check
def balanced(answer):
    """labels (n,), per_class, random generator -> indices (10 * per_class,), each once."""
    labels = np.random.default_rng(3).integers(0, 10, 300)
    found = _array(
        answer(labels, 8, np.random.default_rng(0)), (80,), "ten times per_class indices"
    )
    if found.min() < 0 or found.max() >= len(labels) or not np.array_equal(found, found.round()):
        raise _NotYet("indices into `labels` are asked for, whole numbers below n.")
    found = found.astype(int)
    if len(set(found.tolist())) < len(found):
        raise _NotYet("some are chosen twice; random.choice has replace=False.")
    counts = np.bincount(labels[found], minlength=10)
    if set(counts) != {8}:
        raise _NotYet(f"of the digits 0 to 9 you chose {counts.tolist()}; it should be 8 of each.")
    first = [np.flatnonzero(labels == digit)[:8] for digit in range(10)]
    if set(found.tolist()) == set(np.concatenate(first).tolist()):
        raise _NotYet("those are the first of each digit, whatever the generator: draw them.")
    again = np.asarray(answer(labels, 8, np.random.default_rng(0)))
    if not np.array_equal(found, again):
        raise _NotYet("the same generator gives another choice: use `random` and nothing else.")
    return "as many of each, none twice, and the generator decides which."


@_check
def cross_entropy(answer):
    """probabilities (n, 10), labels (n,) -> mean cross-entropy, one number."""
    random = np.random.default_rng(6)
    probabilities = random.dirichlet(np.ones(10), 6)
    labels = random.integers(0, 10, 6)
    picked = probabilities[np.arange(6), labels]
    twice = np.exp(probabilities) / np.exp(probabilities).sum(axis=1, keepdims=True)
    found = np.asarray(answer(probabilities, labels))
    if found.shape == (6,):
        raise _NotYet("one number an image; average them.")
    found = _array(found, (), "one number for the batch")
    if _same(found, -np.log(twice[np.arange(6), labels]).mean()):
        raise _NotYet("that is the public version: a softmax of what already is one.")
    if _same(found, np.log(picked).mean()):
        raise _NotYet("the sign: a loss is minus the logarithm.")
    if _same(found, -picked.mean()):
        raise _NotYet("the logarithm is missing; a sure mistake should cost a lot.")
    if _same(found, -np.log(picked).sum()):
        raise _NotYet("a sum; the mean does not change with the size of the batch.")
    if not _same(found, -np.log(picked).mean()):
        raise _NotYet("pick the probability of each image's own label, then -log, then the mean.")
    return "0 for a sure and right answer, without a floor of 1.46."


@_check
def accuracy_by_vote(answer):
    """found (n,), labels (n,) -> accuracy with each class named by its commonest digit."""
    labels = np.array([3, 3, 3, 7, 7, 7, 7, 1, 1, 3, 7, 1])
    found = np.array([0, 0, 0, 0, 2, 2, 2, 5, 5, 5, 5, 5])
    value = _array(answer(found, labels), (), "one number")
    if _same(value, np.mean(found == labels)):
        raise _NotYet("the classes have no names: class 0 need not be the digit 0.")
    if _same(value, 9):
        raise _NotYet("that many are right; divide by the number of images.")
    if _same(value, np.mean([3 / 4, 1.0, 3 / 5])):
        raise _NotYet("a mean over classes: large classes must count more.")
    if not _same(value, 9 / 12):
        raise _NotYet("in each class its commonest digit counts as right: here 3, 3 and 3 of 12.")
    return "and it needs few labels: they only vote on names."


# Lesson 07


@_check
def optimal_discriminator(answer):
    """p, q, densities at n points (n,) -> what the best discriminator says there (n,)."""
    random = np.random.default_rng(15)
    p, q = random.random((2, 20))
    found = _array(answer(p, q), (20,), "one probability for each point")
    if _same(found, q / (p + q)):
        raise _NotYet("that is how likely a value is generated; D says how likely it is real.")
    if _same(found, p / q):
        raise _NotYet("a ratio of densities is no probability: it can exceed 1.")
    if _same(found, p):
        raise _NotYet("the generator's density matters as well: where it makes nothing, D is 1.")
    if _same(found, 1 / (1 + np.exp(-p / q))):
        raise _NotYet("the sigmoid turns a *logit* into D, and the logit is log(p / q).")
    if not _same(found, p / (p + q)):
        raise _NotYet("set the derivative of p log D + q log(1 - D) to zero, and solve for D.")
    empty = np.asarray(answer(np.array([0.0, 0.3]), np.array([0.0, 0.0])), float)
    if not np.allclose(empty, [0.5, 1.0]):
        raise _NotYet("where neither density has anything, answer 0.5: nobody can know better.")
    return "0.5 exactly where the two densities are equal."


@_check
def stratified_noise(answer):
    """count, low, high, a NumPy generator -> one value in each of count equal parts (count,)."""
    low, high, count = -5.0, 3.0, 40
    found = _array(answer(count, low, high, np.random.default_rng(3)), (count,), "one for each")
    if found.min() < low or found.max() > high:
        raise _NotYet(f"it reaches from {found.min():.2f} to {found.max():.2f}; {low} to {high}!")
    parts = np.floor((found - low) / (high - low) * count).astype(int).clip(0, count - 1)
    if set(parts) != set(range(count)):
        raise _NotYet(
            f"{count - len(set(parts))} of {count} equal parts got no value: one for each part."
        )
    place = (found - low) / (high - low) * count - parts
    if np.allclose(found, np.asarray(answer(count, low, high, np.random.default_rng(4)))):
        raise _NotYet("always the same values, without chance; jitter each within its part.")
    if place.std() < 0.1:
        raise _NotYet("all values are shifted together; draw a jitter for each of them.")
    return "uniform, and a batch never misses a part of the range."


@_check
def generator_slopes(answer):
    """logits (n,) -> the slopes of log(1 - D) and of -log D by the logit, both (n,)."""
    logits = np.linspace(-8, 8, 33)
    sigmoid = 1 / (1 + np.exp(-logits))
    result = answer(logits)
    if not isinstance(result, tuple) or len(result) != 2:
        raise _NotYet("give two things: `return saturating, non_saturating`.")
    saturating = _array(result[0], (33,), "a slope for each logit")
    other = _array(result[1], (33,), "a slope for each logit")
    if _same(saturating, sigmoid - 1) and _same(other, -sigmoid):
        raise _NotYet("the two are exchanged: log(1 - D) is the saturating one.")
    if _same(saturating, np.log(1 - sigmoid)):
        raise _NotYet("those are the losses; asked are their derivatives by the logit.")
    if _same(saturating, -1 / (1 - sigmoid)):
        raise _NotYet("that is the derivative by D; go on by the chain rule: dD/da = D (1 - D).")
    if not _same(saturating, -sigmoid):
        raise _NotYet("log(1 - D) = -log(1 + exp(logit)): what is its derivative?")
    if not _same(other, sigmoid - 1):
        raise _NotYet("the first is right; -log D = log(1 + exp(-logit)): what is its derivative?")
    return "at logit -8, where D has found the forger out, the first is 0.0003 and the second 1."


@_check
def perfect_generator(answer):
    """noise from [-5, 5] (n,) -> values (n,) of N(-1, 1), without any training."""
    from scipy.stats import norm

    noise = np.linspace(-4.9, 4.9, 99)
    found = _array(answer(noise), (99,), "one value for each noise value")
    right = norm(-1, 1).ppf((noise + 5) / 10)
    if _same(found, right + 1):
        raise _NotYet("that is N(0, 1); the target's mean is -1.")
    if _same(found, norm(-1, 1).cdf(noise)):
        raise _NotYet("the cumulative distribution turns values into levels; you want its inverse.")
    if _same(found, norm(-1, 1).pdf(noise)):
        raise _NotYet("that is the density at the noise; you want values that are spread like it.")
    if _same(found, -2 - right):
        return "turned round, high noise for low values: as good. D cannot tell, nor could anybody."
    if not _same(found, right):
        raise _NotYet("noise -> its level u in [0, 1] -> the value below which a share u lies.")
    return "steep at both ends, flat in the middle: what a generator has to learn."


@_check
def heavy_tail(answer):
    """levels u in (0, 1), (n,) -> values (n,) of a Cauchy distribution around 0."""
    levels = np.linspace(0.01, 0.99, 99)
    found = _array(answer(levels), (99,), "one value for each level")
    right = np.tan(np.pi * (levels - 0.5))
    if _same(found, np.tan(np.pi * levels)):
        raise _NotYet("a quarter turn off: the level 0.5 must give the middle, 0.")
    if _same(found, np.tan(levels - 0.5)):
        raise _NotYet("the tangent has its poles at -pi/2 and pi/2: stretch the levels by pi.")
    if _same(found, np.arctan(np.pi * (levels - 0.5))):
        raise _NotYet("the arcus tangent leads from values to levels; you want the way back.")
    if _same(found, -right):
        raise _NotYet("falling: small levels should give small values.")
    if not _same(found, right):
        raise _NotYet("a quarter of the values must lie below -1, and a quarter above 1.")
    return "its mean does not exist: the far values decide it, however many you draw."
