"""Lesson 03: a code that is a distribution, and a prior it stays near."""

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_NATS, _SHARE = "nats per image", "fraction"

_DRAWN = {
    "real_digit": "real test digits",
    "plain20_prior_sample": "plain code, 20 numbers, drawn from N(0, I)",
    "plain20_sample": "plain code, 20 numbers, drawn from a fitted normal",
    "vae20_sample": "VAE with the same networks, 20 numbers, drawn from the prior",
    "vae20_long_sample": "the VAE of section 10, 20 numbers, drawn from the prior",
    "plain2_sample": "plain code, 2 numbers, drawn from a fitted normal",
    "vae2_sample": "VAE with the same networks, 2 numbers, drawn from the prior",
}

METRICS = {
    **{
        f"vae{size}_test_{part}nats": Metric(_NATS, "lower", f"VAE, {size} numbers, gray: {words}")
        for size in (2, 20)
        for part, words in (
            ("", "test loss"),
            ("reconstruction_", "its reconstruction part"),
            ("kl_", "its KL part"),
        )
    },
    "vae20_dense_part_test_nats": Metric(
        _NATS, "lower", "small dense VAE, 20 numbers, 20 000 images: test loss"
    ),
    "vae20_conv_part_test_nats": Metric(
        _NATS, "lower", "small convolutional VAE, 20 numbers, 20 000 images: test loss"
    ),
    "mean_image_test_nats": Metric(_NATS, "lower", "the mean training image, test cross-entropy"),
    "vae2_information_nats": Metric(
        _NATS, "higher", "VAE, 2 numbers: what a code says about which test image it belongs to"
    ),
    "vae2_aggregate_kl_nats": Metric(
        "nats", "lower", "VAE, 2 numbers: KL of the codes of all test images together, to the prior"
    ),
    **{
        f"{name}_reach": Metric("length", "lower", f"{words}: spread of the means, test")
        for name, words in (
            ("reconstruction_only", "reconstruction alone"),
            ("kl_only", "KL alone"),
            ("both", "both terms"),
        )
    },
    "kl_only_width_off": Metric(
        "length", "lower", "KL alone: how far the median width sigma is from the prior's, 1"
    ),
    **{
        f"{name}_width_over_reach": Metric(
            "ratio", "lower", f"{words}: median width sigma over the spread of the means"
        )
        for name, words in (
            ("reconstruction_only", "reconstruction alone"),
            ("both", "both terms"),
        )
    },
    **{
        f"{name}_confidence": Metric(_SHARE, "higher", f"{words}: confidence of the reader")
        for name, words in (
            *_DRAWN.items(),
            ("pixel_midpoint", "halfway between the pixels of two digits"),
            ("code_midpoint", "halfway between their codes, 20 numbers"),
            ("decoded_end", "the two digits themselves, decoded from their codes"),
        )
    },
    **{
        f"{name}_classes": Metric("classes", "higher", f"{words}: effective classes")
        for name, words in _DRAWN.items()
    },
    **{
        f"{name}_class_variety": Metric("gray level", "higher", f"{words}: variety in a class")
        for name, words in _DRAWN.items()
    },
    "kl_weight_step": Metric(
        "ratio", "lower", "KL over that at the next smaller weight of the KL, the largest"
    ),
    "slip_kl_nats": Metric(
        _NATS, "lower", "KL of a VAE whose reconstruction is a mean over pixels"
    ),
    "slip_reconstruction_nats": Metric(
        _NATS, "lower", "its reconstruction, summed over pixels for comparison"
    ),
    "slip_used_numbers": Metric("numbers", "lower", "numbers of its code with a KL above 0.1 nats"),
    **{
        f"deep_{name}{part}_nats": Metric(_NATS, better, f"deep VAE, 20 numbers, {words}: {what}")
        for name, words in (("", "weight 1"), ("warmup_", "KL warm-up"))
        for part, better, what in (
            ("test", "lower", "test loss at weight 1"),
            ("kl", "higher", "its KL part"),
        )
    },
    **{
        f"{factor}_share_{where}": Metric(
            _SHARE,
            "higher",
            f"step along the {factor} direction, {words}: effect over the true one",
        )
        for factor in ("slant", "thickness")
        for where, words in (("drawn", "drawn digits"), ("test", "test digits"))
    },
}

_GRAY_PAGE_NATS = float(784 * np.log(2))
_MEAN_IMAGE = ("the mean image", "mean_image_test_nats")
_NO_EFFECT = ("a step that changes nothing", 0.0)

PROMISES = (
    Promise(
        "a code of two numbers says much of a digit",
        "vae2_test_nats",
        below(138, fast=200, drawn=157),
        _MEAN_IMAGE,
    ),
    Promise(
        "the code is used",
        "vae2_test_kl_nats",
        above(6, fast=1),
        ("a collapsed code", 0.0),
    ),
    Promise(
        "the codes of all images together follow the prior",
        "vae2_aggregate_kl_nats",
        below(0.8, fast=1.2),
        ("each image's own KL", "vae2_test_kl_nats"),
    ),
    Promise(
        "with the KL alone, every width is the prior's",
        "kl_only_width_off",
        below(0.05),
        ("widths that shrank to 0", 1.0),
    ),
    Promise(
        "and every mean is near 0",
        "kl_only_reach",
        below(0.1),
        ("an encoder that was not trained", 0.27),
    ),
    Promise(
        "with the reconstruction alone, the means lie farther out",
        "reconstruction_only_reach",
        above(4.3, fast=2, of="both_reach"),
        ("both terms", "both_reach"),
    ),
    Promise(
        "and the widths shrink, compared with the spread of the means",
        "reconstruction_only_width_over_reach",
        below(0.1, fast=0.5, of="both_width_over_reach"),
        ("both terms", "both_width_over_reach"),
    ),
    Promise(
        "a code of twenty numbers says far more than the mean image",
        "vae20_test_nats",
        below(99, fast=190, drawn=98),
        _MEAN_IMAGE,
    ),
    Promise(
        "and more than two numbers",
        "vae20_test_nats",
        below(0.83, fast=0.95, drawn=0.8, of="vae2_test_nats"),
        ("two numbers", "vae2_test_nats"),
    ),
    Promise(
        "it pays more KL",
        "vae20_test_kl_nats",
        above(2.5, fast=2, of="vae2_test_kl_nats"),
        ("two numbers", "vae2_test_kl_nats"),
    ),
    Promise(
        "a convolutional VAE learns as well",
        "vae20_conv_part_test_nats",
        below(114, fast=230),
        ("a gray page", _GRAY_PAGE_NATS),
    ),
    Promise(
        "the reader sees nearly all classes in draws of the VAE of twenty numbers",
        "vae20_long_sample_classes",
        above(8, fast=2),
        ("one image again and again", 1.0),
    ),
    Promise(
        "with the slip, nothing of the image gets through",
        "slip_kl_nats",
        below(0.05, fast=0.1),
        ("the VAE of twenty numbers", "vae20_test_kl_nats"),
    ),
    Promise(
        "no number of its code is used",
        "slip_used_numbers",
        below(1),
        ("a code that is used", 20),
    ),
    Promise(
        "its copies are no better than the mean image",
        "slip_reconstruction_nats",
        above(0.97, of="mean_image_test_nats"),
        ("the VAE of twenty numbers", "vae20_test_reconstruction_nats"),
    ),
    Promise(
        "and hardly worse",
        "slip_reconstruction_nats",
        below(1.02, fast=1.03, of="mean_image_test_nats"),
        ("a gray page", _GRAY_PAGE_NATS),
    ),
    Promise(
        "the more the KL weighs, the smaller it gets",
        "kl_weight_step",
        below(0.7),
        ("a weight without effect", 1.0),
    ),
    Promise(
        "KL warm-up makes the deep VAE better",
        "deep_warmup_test_nats",
        below(0.96, fast=0.998, of="deep_test_nats"),
        ("weight 1 from the start", "deep_test_nats"),
    ),
    Promise(
        "halfway between two codes, the reader is often sure",
        "code_midpoint_confidence",
        above(0.78, fast=0.4, drawn=0.7),
        ("a reader that cannot tell", 0.1),
    ),
    Promise(
        "one step of the code slants drawn digits",
        "slant_share_drawn",
        above(0.6, fast=0.3),
        _NO_EFFECT,
    ),
    Promise(
        "and test digits",
        "slant_share_test",
        above(0.5, fast=0.3),
        _NO_EFFECT,
    ),
    Promise(
        "another step thickens drawn digits",
        "thickness_share_drawn",
        above(0.6, fast=0.05),
        _NO_EFFECT,
    ),
    Promise(
        "and test digits, too",
        "thickness_share_test",
        above(0.5, fast=0.05),
        _NO_EFFECT,
    ),
)

HEADLINES = (
    Headline(
        "vae2_test_nats",
        "a VAE with a code of 2 numbers, test loss in nats per image",
        beside="mean_image_test_nats",
        beside_words="the mean image",
        reference="146.9 (keras-io, training loss)",
    ),
    Headline(
        "vae20_test_nats",
        "a VAE with a code of 20 numbers, test loss in nats per image",
        beside="vae2_test_nats",
        beside_words="2 numbers",
        reference="105.6 (a public VAE, 10 epochs)",
    ),
    Headline(
        "deep_warmup_test_nats",
        "a deep VAE, four epochs, with KL warm-up, test loss in nats per image",
        beside="deep_test_nats",
        beside_words="without warm-up",
    ),
)


def _gaussians(seed, count, dim):
    return tuple(np.random.default_rng(seed).standard_normal((2, count, dim)))


def _terms(mean, log_var):
    return 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var)


KL_DIVERGENCE = Exercise(
    name="kl_divergence",
    gives="one KL for each code",
    inputs=lambda: [_gaussians(12, 7, 3), _gaussians(13, 4, 5)],
    right=lambda mean, log_var: _terms(mean, log_var).sum(axis=1),
    mistakes={
        "that is one number for each dimension; sum over the last axis.": _terms,
        "that is one number for the batch; give one for each code, (n,).": (
            lambda mean, log_var: _terms(mean, log_var).sum()
        ),
        "that is the mean over the batch; give one for each code, (n,).": (
            lambda mean, log_var: _terms(mean, log_var).sum(axis=1).mean()
        ),
        "the sign is turned round: a KL divergence is never negative.": (
            lambda mean, log_var: -_terms(mean, log_var).sum(axis=1)
        ),
        "twice too large: the factor 1/2 is missing.": (
            lambda mean, log_var: 2 * _terms(mean, log_var).sum(axis=1)
        ),
        "the dimensions are averaged; independent dimensions add up.": (
            lambda mean, log_var: _terms(mean, log_var).mean(axis=1)
        ),
        "z_log_var is treated as a log standard deviation; it is 2 log sigma already.": (
            lambda mean, log_var: _terms(mean, 2 * log_var).sum(axis=1)
        ),
        "that sums over the codes; sum over the numbers of each code instead.": (
            lambda mean, log_var: _terms(mean, log_var).sum(axis=0)
        ),
        "the mean is missing: a cloud pays for its distance from zero as well.": (
            lambda mean, log_var: _terms(0, log_var).sum(axis=1)
        ),
        "two of the four terms are missing: 1 and the logarithm are subtracted.": (
            lambda mean, log_var: 0.5 * (mean**2 + np.exp(log_var)).sum(axis=1)
        ),
        "that takes z_log_var for sigma; the variance is np.exp(z_log_var).": (
            lambda mean, log_var: (
                0.5 * (mean**2 + log_var**2 - 1 - 2 * np.log(np.abs(log_var))).sum(axis=1)
            )
        ),
    },
    otherwise="not the KL yet; there are four terms, of which two are z_mean**2 and -1.",
    praise="zero only for N(0, 1), and checked here *away* from it.",
)

KL_FROM_LOG_STD = Exercise(
    name="kl_from_log_std",
    gives="one KL for each code",
    inputs=lambda: [_gaussians(14, 7, 3), _gaussians(15, 4, 5)],
    right=lambda mean, log_std: _terms(mean, 2 * log_std).sum(axis=1),
    mistakes={
        "as it was: which of the two appearances of log_std belongs to a variance?": (
            lambda mean, log_std: -0.5 * (1 + log_std - mean**2 - np.exp(log_std) ** 2).sum(axis=1)
        ),
        "now log_std is a log-variance throughout; keep the meaning of its name.": (
            lambda mean, log_std: _terms(mean, log_std).sum(axis=1)
        ),
        "the logarithm is doubled and the exponent is not: the variance is exp(2 log_std).": (
            lambda mean, log_std: -0.5 * (1 + 2 * log_std - mean**2 - np.exp(log_std)).sum(axis=1)
        ),
    },
    otherwise="not the KL yet; write log_var = 2 * log_std and use the formula above.",
    praise="with the slip the minimum lay at a wrong width: see the solution.",
)


def _batch(seed, count):
    random = np.random.default_rng(seed)
    images, copies = random.random((2, count, 28, 28))
    return images, copies, 10 * random.random(count)


def _squares(images, copies):
    return ((np.asarray(images) - copies) ** 2).sum(axis=(1, 2))


VAE_LOSS = Exercise(
    name="vae_loss",
    gives="a single number",
    inputs=lambda: [_batch(13, 6), _batch(14, 3)],
    right=lambda images, copies, kl: _squares(images, copies).mean() + np.mean(kl),
    mistakes={
        "one number for each image; give the mean over the batch.": (
            lambda images, copies, kl: _squares(images, copies) + kl
        ),
        "as it was: with twice the batch the first term doubles and the KL does not.": (
            lambda images, copies, kl: _squares(images, copies).sum() + kl.mean()
        ),
        "balanced, but it grows with the batch; give the mean per image.": (
            lambda images, copies, kl: _squares(images, copies).sum() + kl.sum()
        ),
        "now the squared error is a mean over pixels, and the KL weighs 784 times more.": (
            lambda images, copies, kl: _squares(images, copies).mean() / 784 + kl.mean()
        ),
        "the squared error is missing.": lambda images, copies, kl: np.mean(kl),
        "the KL is missing.": lambda images, copies, kl: _squares(images, copies).mean(),
        "the KL is subtracted; both terms are to be kept small.": (
            lambda images, copies, kl: _squares(images, copies).mean() - np.mean(kl)
        ),
        "those are absolute errors; square the differences.": (
            lambda images, copies, kl: np.abs(images - copies).sum(axis=(1, 2)).mean() + np.mean(kl)
        ),
    },
    otherwise="sum the squares over the pixels of each image, then average over images.",
    praise="both terms are per image now, so the batch size changes neither.",
)


def _pairs(seed, count, added):
    random = np.random.default_rng(seed)
    without = random.standard_normal((count, len(added)))
    return without, without + added + 0.1 * random.standard_normal(without.shape)


FACTOR_DIRECTION = Exercise(
    name="factor_direction",
    gives="a step of the code, (d,)",
    inputs=lambda: [
        _pairs(14, 30, np.array([1.0, -2.0, 0.0, 0.5, 3.0])),
        _pairs(15, 20, np.array([0.5, 1.5, -1.0])),
    ],
    right=lambda without, with_it: (with_it - without).mean(axis=0),
    mistakes={
        "it points the wrong way: from the codes without to the codes with.": (
            lambda without, with_it: (without - with_it).mean(axis=0)
        ),
        "that is the sum over all pairs; one step is their mean.": (
            lambda without, with_it: (with_it - without).sum(axis=0)
        ),
        "one pair only; the mean over all pairs cancels what they do not share.": (
            lambda without, with_it: with_it[0] - without[0]
        ),
        "the direction is right and its length lost; leave it, one step is one property.": (
            lambda without, with_it: (
                (with_it - without).mean(axis=0) / np.linalg.norm((with_it - without).mean(axis=0))
            )
        ),
        "that is a step for each pair; give one for all, their mean.": (
            lambda without, with_it: with_it - without
        ),
        "that averages over the numbers of a code; average over the pairs.": (
            lambda without, with_it: (with_it - without).mean(axis=1)
        ),
        "that is where the codes with it lie; subtract where those without it lie.": (
            lambda without, with_it: with_it.mean(axis=0)
        ),
    },
    otherwise="not the mean difference of the pairs; which axis is averaged?",
    praise="add it to any code, decode, and see.",
)

CLAIMS = (
    Claim(
        "A plain code is no good for drawing images, a variational one is",
        "*Intuitively Understanding Variational Autoencoders*",
        "vae20_sample_confidence",
        "plain20_prior_sample_confidence",
        "Both drawn from the standard normal distribution",
    ),
    Claim(
        "It stays so where a normal distribution is fitted to the plain code",
        "a skeptic would ask",
        "vae20_sample_confidence",
        "plain20_sample_confidence",
    ),
    Claim(
        "Halfway between two codes lies a better digit than halfway between their pixels",
        "*Intuitively Understanding Variational Autoencoders*",
        "code_midpoint_confidence",
        "pixel_midpoint_confidence",
    ),
    Claim(
        "Warming up the weight of the KL makes a deep VAE better",
        "Bowman and others 2016; Sonderby and others 2016",
        "deep_warmup_test_nats",
        "deep_test_nats",
        "Without it the code had not collapsed: its KL was 11 to 12 nats",
    ),
    Claim(
        "Mean or sum over the pixels makes no difference",
        "a frequent question",
        "slip_used_numbers",
        20.0,
        "With the mean the KL weighs 784 times as much, and none of the 20 numbers is used",
        same=True,
    ),
    Claim(
        "A convolutional VAE is better than a dense one",
        "*Intuitively Understanding Variational Autoencoders*",
        "vae20_conv_part_test_nats",
        "vae20_dense_part_test_nats",
        "Small networks and 20 000 images, with a quarter of the parameters",
    ),
)

LESSON = Description(
    name="03_variational_autoencoder",
    title="Variational autoencoders",
    idea="a code to draw from; the ELBO step by step; collapse and what helps; adding a slant",
    minutes=7,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(KL_DIVERGENCE, KL_FROM_LOG_STD, VAE_LOSS, FACTOR_DIRECTION),
)
