"""Lesson 04: adversarial autoencoders, a judge instead of a formula."""

from dataclasses import replace

from aecourse.exercises import Exercise, as_array, check, same
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_STDS, _ACC, _MSE = "standard deviations of the prior", "fraction", "squared gray level"
_NATS = "nats per image"

_CODES = {
    "prior": "drawn from the prior, the floor",
    "point": "the same code for every image",
    "plain": "plain twin",
    "plain_fitted": "plain twin, codes shifted and stretched to the prior's mean and covariance",
    "vae": "VAE twin",
    "wae": "twin without an adversary (MMD)",
    "aae": "AAE, 2 numbers",
}
_DRAWINGS = {
    "real": "real test digits",
    "means": "the ten mean digits",
    "blank": "a blank page",
    "aae": "AAE, points drawn from the prior, decoded",
    "plain": "plain twin, the same points",
    "plain_box": "plain twin, points from the box of its codes",
    "plain_fitted": "plain twin, points from a normal fitted to its codes",
}
_SHORT = {
    "short": "unchanged",
    "short_weight20": "the generator's loss weighs 20",
    "short_weight600": "the generator's loss weighs 600",
    "short_stochastic": "stochastic encoder",
    "left_out": "encoder left out of the generator phase",
    "weak": "discriminator of one layer of two units",
    "strong": "the generator's loss weighs 1",
    "batch_norm": "batch normalization in the discriminator",
}
_VARIANTS = {
    "unchanged": "as the lesson trains it",
    "dropout": "dropout 0.25 and 0.2",
    "still": "the same dropout, still encoder for the discriminator",
    "own_adams": "an Adam for each phase, the same rates",
    "three_adams": "an Adam for each phase, rate 2e-3",
    "source_rates": "an Adam for each phase, rates 6e-4, 8e-4, 8e-4",
    "std1": "prior of standard deviation 1",
    "mean": "reconstruction averaged over the pixels",
}
_OTHER_SHORT = {
    **{f"short_vae{weight}": f"short VAE, weight {weight} of the KL" for weight in (1, 3, 9)},
    **{
        f"short_wae{weight}": f"short twin without an adversary, weight {weight} of the MMD"
        for weight in (100, 400, 1600)
    },
}
_SCORES = (
    ("sliced_w1", _STDS, "distance of test codes to the prior"),
    ("test_mse", _MSE, "test squared error"),
    ("discriminator", _NATS, "the discriminator's last training loss"),
)

METRICS = {
    **{
        f"{name}_{what}": Metric(unit, "lower", f"{words}: {of}")
        for name, words in _CODES.items()
        for what, unit, of in (
            ("sliced_w1", _STDS, "test codes, sliced Wasserstein distance to the prior"),
            ("two_sample_accuracy", _ACC, "test codes told from draws of the prior (chance 0.5)"),
            ("ks", _ACC, "test codes, largest Kolmogorov-Smirnov gap of a number to the prior"),
        )
    },
    **{
        f"{name}_test_mse": Metric(_MSE, "lower", f"{_CODES[name]}: test squared error")
        for name in ("plain", "vae", "wae", "aae")
    },
    "aae_training_sliced_w1": Metric(
        _STDS, "lower", "AAE, 2 numbers: 10 000 training codes, distance to the prior"
    ),
    **{
        f"{name}_{what}": Metric(unit, "lower", f"{words}: {of}")
        for name, words in _DRAWINGS.items()
        for what, unit, of in (
            ("top3_share", _ACC, "share of the three commonest digits"),
            ("draw_distance", _MSE, "distance to the nearest of 10 000 real digits"),
        )
    },
    "mixture_petal_accuracy": Metric(
        _ACC, "higher", "AAE, mixture of ten Gaussians: test codes in their own digit's petal"
    ),
    **{
        f"{name}_sliced_w1": Metric(_STDS, "lower", f"AAE, {words}: distance of test codes to it")
        for name, words in (("mixture", "mixture of ten Gaussians"), ("roll", "Swiss roll"))
    },
    **{
        f"{name}_{what}": Metric(unit, "lower", f"short AAE, {words}: {of}")
        for name, words in {**_SHORT, **_VARIANTS}.items()
        for what, unit, of in _SCORES
    },
    **{
        f"{name}_{what}": Metric(unit, "lower", f"{words}: {of}")
        for name, words in _OTHER_SHORT.items()
        for what, unit, of in _SCORES[:2]
    },
    "parzen_nats": Metric(
        _NATS, "higher", "Parzen window on 10 000 decoded draws, 8 numbers, std 5: test digits"
    ),
    "parzen_training_nats": Metric(
        _NATS, "higher", "Parzen window on 10 000 training digits in their place"
    ),
}

_ONE_POINT = "the same code for every image"
_MIDDLE = "one point in the middle"
_DRAWS = ("draws of the prior", "prior_sliced_w1")
_SOUND = ("the sound one", "short_sliced_w1")
_MEAN_IMAGE = ("the mean image, about", 0.07)

PROMISES = (
    Promise(
        "the codes follow the prior",
        "aae_sliced_w1",
        below(0.06, fast=0.6),
        (_ONE_POINT, "point_sliced_w1"),
    ),
    Promise(
        "the VAE's codes are farther from it",
        "vae_sliced_w1",
        above(3, fast=1.5, of="prior_sliced_w1"),
        _DRAWS,
    ),
    Promise(
        "plain codes miss the prior, even shifted and stretched",
        "plain_fitted_sliced_w1",
        above(8, fast=1.5, of="prior_sliced_w1"),
        _DRAWS,
    ),
    Promise(
        "the codes of training images follow the prior",
        "aae_training_sliced_w1",
        below(0.04, fast=0.6),
        (_ONE_POINT, "point_sliced_w1"),
    ),
    Promise(
        "a new classifier is close to chance",
        "aae_two_sample_accuracy",
        below(0.54, fast=0.85),
        (_ONE_POINT, "point_two_sample_accuracy"),
    ),
    Promise(
        "copies nearly as good as the VAE's",
        "aae_test_mse",
        below(1.03, fast=1.2, of="vae_test_mse"),
        _MEAN_IMAGE,
    ),
    Promise(
        "without an adversary, too, the codes follow the prior",
        "wae_sliced_w1",
        below(0.06, fast=0.4, drawn=0.08),
        (_ONE_POINT, "point_sliced_w1"),
    ),
    Promise(
        "without an adversary, too, a new classifier is close to chance",
        "wae_two_sample_accuracy",
        below(0.55, fast=0.75),
        (_ONE_POINT, "point_two_sample_accuracy"),
    ),
    Promise(
        "without an adversary, the copies are nearly as good as the VAE's",
        "wae_test_mse",
        below(1.06, fast=1.2, of="vae_test_mse"),
        _MEAN_IMAGE,
    ),
    Promise(
        "a fairer mix of digits than the plain decoder makes of the same points",
        "aae_top3_share",
        below(0.9, fast=1.28, of="plain_top3_share"),
        ("always the same digit", 1.0),
    ),
    Promise(
        "from the box of its codes the plain decoder mostly draws three digits",
        "plain_box_top3_share",
        above(0.58, drawn=0.7),
        ("real digits", "real_top3_share"),
    ),
    Promise(
        "the distance to real digits prefers ten blurred mean digits to real ones",
        "means_draw_distance",
        below(0.95, of="real_draw_distance"),
        ("real digits", "real_draw_distance"),
    ),
    Promise(
        "test digits lie in their own petals",
        "mixture_petal_accuracy",
        above(0.93, fast=0.13, drawn=0.85),
        ("a guess", 0.1),
    ),
    Promise(
        "the codes follow the mixture",
        "mixture_sliced_w1",
        below(0.07, fast=0.5, drawn=0.1),
        (_MIDDLE, 0.865),
    ),
    Promise("the codes follow the roll", "roll_sliced_w1", below(0.06, fast=0.5), (_MIDDLE, 0.848)),
    Promise(
        "left out: the discriminator is ahead",
        "left_out_discriminator",
        below(1.19, fast=1.0, drawn=1.2),
        ("a judge at chance", 1.386),
    ),
    Promise(
        "left out: the codes go where they like",
        "left_out_sliced_w1",
        above(0.6, fast=1.0, drawn=0.4),
        _SOUND,
    ),
    Promise(
        "too weak: at chance or worse",
        "weak_discriminator",
        above(1.37, fast=1.25),
        ("a judge that is ahead", "left_out_discriminator"),
    ),
    Promise(
        "too weak: yet the codes are far from the prior",
        "weak_sliced_w1",
        above(15, fast=4, of="prior_sliced_w1"),
        _DRAWS,
    ),
    Promise(
        "too strong: the codes are far from the prior",
        "strong_sliced_w1",
        above(12, fast=4, of="prior_sliced_w1"),
        _DRAWS,
    ),
    Promise(
        "batch norm: the codes miss the prior",
        "batch_norm_sliced_w1",
        above(9, fast=4, drawn=6, of="prior_sliced_w1"),
        _DRAWS,
    ),
    Promise(
        "copies better than with the article's rates",
        "unchanged_test_mse",
        below(0.93, of="source_rates_test_mse"),
        ("the article's rates", "source_rates_test_mse"),
    ),
    Promise(
        "near the likelihood that the paper reports",
        "parzen_nats",
        above(325.0),
        ("training digits in place of the draws", "parzen_training_nats"),
    ),
)

HEADLINES = (
    Headline(
        "aae_sliced_w1",
        "how far codes are from the prior, in its standard deviations",
        beside="wae_sliced_w1",
        beside_words="its twin without an adversary",
    ),
    Headline(
        "aae_test_mse",
        "a digit from 2 numbers that follow a prior, squared error per pixel",
        beside="vae_test_mse",
        beside_words="a variational autoencoder",
    ),
    Headline(
        "parzen_nats",
        "log-likelihood of test digits under a Parzen window, nats",
        beside="parzen_training_nats",
        beside_words="training digits in place of the draws",
        reference="340 ± 2 (Makhzani and others, 2015)",
    ),
)


def _softplus(values):
    """log(1 + exp(values)): -log D of minus a logit, -log(1 - D) of a logit."""
    return np.logaddexp(0, values)


def _logits(seed, count, drawn, codes):
    random = np.random.default_rng(seed)
    return random.normal(drawn, 2, (count, 1)), random.normal(codes, 2, (count, 1))


_OVERFLOWS = (
    "it is off for large logits, where exp overflows and D is rounded to 0 or 1; "
    "np.logaddexp(0, a) is log(1 + exp(a)), and right for all of them."
)
_LARGE = np.array([[800.0], [-800.0]])


def _overflowing(drawn, codes):
    with np.errstate(over="ignore"):
        return np.log(1 + np.exp(-drawn)).mean() + np.log(1 + np.exp(codes)).mean()


_MODERATE = Exercise(
    name="discriminator_loss",
    gives="one number for the batch",
    inputs=lambda: [_logits(28, 6, 1, -1.5), _logits(29, 6, 0, 0.5), _logits(30, 9, -1, 2)],
    right=lambda drawn, codes: _softplus(-drawn).mean() + _softplus(codes).mean(),
    mistakes={
        "the labels are exchanged: drawn points should get a high logit.": (
            lambda drawn, codes: _softplus(drawn).mean() + _softplus(-codes).mean()
        ),
        "half of it: the two means are added, not averaged.": (
            lambda drawn, codes: (_softplus(-drawn).mean() + _softplus(codes).mean()) / 2
        ),
        "the sign: a loss is minus the logarithm of a probability.": (
            lambda drawn, codes: -_softplus(-drawn).mean() - _softplus(codes).mean()
        ),
        "codes should get the label 0: -log(1 - D), not -log D.": (
            lambda drawn, codes: _softplus(-drawn).mean() + _softplus(-codes).mean()
        ),
        "everything is summed; take the mean over drawn points and the mean over codes.": (
            lambda drawn, codes: _softplus(-drawn).sum() + _softplus(codes).sum()
        ),
        "a logit is no probability yet: D = 1 / (1 + exp(-logit)).": (
            lambda drawn, codes: codes.mean() - drawn.mean()
        ),
        _OVERFLOWS: _overflowing,
    },
    otherwise="look at the two means one by one: -log D of drawn points, -log(1 - D) of codes.",
    praise="2 log 2 where the discriminator is at chance, and no overflow.",
)


def _without_overflow(answer):
    """First the formula, on moderate logits, so that its hints do not depend on overflows."""
    with np.errstate(all="ignore"):
        try:
            large = answer(_LARGE.copy(), _LARGE.copy())
        except (OverflowError, ValueError):  # Python's own math.exp and math.log
            large = np.inf
    feedback = check(_MODERATE, answer)
    if feedback.status != "correct":
        return feedback.message
    return None if same(large, 800.0) else _OVERFLOWS


DISCRIMINATOR_LOSS = replace(_MODERATE, judge=_without_overflow)

GENERATOR_LOSS = Exercise(
    name="generator_loss",
    gives="one number for the batch",
    inputs=lambda: [_logits(9, 6, 0, -1)[1:], _logits(10, 8, 0, 1)[1:]],
    right=lambda codes: _softplus(-codes).mean(),
    mistakes={
        "as it was: it is small where the logits are low, so the encoder loses.": (
            lambda codes: _softplus(codes).mean()
        ),
        "that pushes the right way, and it is the formula of section 1. But its slope vanishes "
        "where the discriminator is sure; ask for the label 1 instead.": (
            lambda codes: -_softplus(codes).mean()
        ),
        "the sign: a loss is minus the logarithm of a probability.": (
            lambda codes: -_softplus(-codes).mean()
        ),
        "without a logarithm the logits grow without end; use -log D.": (
            lambda codes: -codes.mean()
        ),
        "that is D itself; the loss is minus its logarithm.": (
            lambda codes: np.mean(1 / (1 + np.exp(-codes)))
        ),
        "that is a sum; take the mean over the codes.": lambda codes: _softplus(-codes).sum(),
    },
    otherwise="write -log D with D = 1 / (1 + exp(-logit)), and take the mean over the codes.",
    praise="small where the discriminator takes codes for drawn points.",
)


def _clouds(seed, count, directions):
    random = np.random.default_rng(seed)
    ways = random.normal(size=(3, directions))
    clouds = random.normal(size=(count, 3)), random.normal(0.5, 2, (count, 3))
    return *clouds, ways / np.linalg.norm(ways, axis=0)


def _gaps(codes, drawn, directions, axis=0):
    return np.sort(codes @ directions, axis=axis) - np.sort(drawn @ directions, axis=axis)


SLICED_DISTANCE = Exercise(
    name="sliced_distance",
    gives="one number",
    inputs=lambda: [_clouds(10, 50, 4), _clouds(11, 50, 4), _clouds(12, 30, 7)],
    right=lambda *given: np.abs(_gaps(*given)).mean(),
    mistakes={
        "not sorted: the n-th code has nothing to do with the n-th drawn point.": (
            lambda codes, drawn, directions: np.abs((codes - drawn) @ directions).mean()
        ),
        "sorted along the wrong axis: sort the points of each direction, axis=0.": (
            lambda *given: np.abs(_gaps(*given, axis=1)).mean()
        ),
        "squared gaps give the 2-distance; take absolute ones.": (
            lambda *given: np.square(_gaps(*given)).mean()
        ),
        "gaps of either sign cancel; take their absolute values.": (
            lambda *given: _gaps(*given).mean()
        ),
        "that compares the means only; a narrow cloud in the middle would pass.": (
            lambda codes, drawn, directions: np.abs(
                (codes - drawn).mean(axis=0) @ directions
            ).mean()
        ),
        "that is a sum; take the mean over points and directions.": (
            lambda *given: np.abs(_gaps(*given)).sum()
        ),
    },
    otherwise="project with @, sort both along axis 0, average the absolute gaps.",
    praise="with 100 random directions it is metrics.sliced_wasserstein.",
)

_POINTS = 1_000_000  # so many that even angles in degrees, 57.3 turns, are seen to be uneven
_TURN = 2 * np.pi
_LEFT_OVER = 360 / _TURN % 1  # of the last turn

_SHAPE = "give two numbers for each point: an array of shape (count, 2)."
_MEAN = "the mean radius is not 2."
_SPREAD = "the radius spreads too much or too little; its standard deviation should be 0.1."
_NORMAL = "the radius has the right spread but is not normal; use random.normal."
_EVEN = "some directions get more points than others: from 0 to 2 pi, evenly."
_REGULAR = "the angles are not spread like random ones: draw one for each point, from 0 to 2 pi."
_DEGREES = "np.cos and np.sin take radians: a full turn is 2 pi, not 360."
_COUPLED = "radius and angle depend on each other; draw them one independently of the other."
_HALF = "another generator gives the same radii or angles: draw both with the one handed in."


def _about_ring(answer):
    """A hint for points that are no ring of radius N(2, 0.1), or None."""
    points = as_array(answer(_POINTS, np.random.default_rng(11)))
    few, other = (as_array(answer(7, np.random.default_rng(seed))) for seed in (12, 13))
    if points.shape != (_POINTS, 2) or few.shape != (7, 2):
        return _SHAPE
    radius, turns = _polar(points)
    hint = _about_radius(radius) or _about_angles(turns) or _about_both(radius, turns)
    alike = [same(*pair) for pair in zip(_polar(few), _polar(other), strict=True)]
    return hint or (_HALF if any(alike) and not all(alike) else None)


def _polar(points):
    """Radius (n,) and share of a turn (n,) of points (n, 2)."""
    x, y = points.T.astype(float)
    return np.hypot(x, y), np.arctan2(y, x) / _TURN % 1


def _about_radius(radius):
    if not abs(radius.mean() - 2) < 0.001:
        return _MEAN
    if not abs(radius.std() - 0.1) < 0.001:
        return _SPREAD
    return None if abs(np.mean(abs(radius - 2) < 0.1) - 0.6827) < 0.005 else _NORMAL


def _about_angles(turns):
    gaps = np.diff(np.sort(turns))
    # Sixteen parts for directions of a square, which are even in eight; even whole degrees are not.
    for bins, tolerance in ((8, 0.01), (16, 0.0125)):
        if np.ptp(np.histogram(turns, bins, range=(0, 1))[0]) > tolerance * _POINTS:
            return _EVEN
    if not 0.9 < gaps.std() / gaps.mean() < 1.1:  # 1 for independent angles
        return _REGULAR
    # Where the last, begun turn lies, for angles from 0 to 360 and from -180 to 180.
    begun = np.mean(turns < _LEFT_OVER), np.mean(abs(turns - 0.5) < _LEFT_OVER / 2)
    return _DEGREES if max(begun) > _LEFT_OVER + 0.0022 else None


def _about_both(radius, turns):
    part = np.floor(8 * turns).astype(int) % 8
    for power, expected, tolerance in ((1, 0.0, 0.003), (2, 0.01, 0.0005)):
        means = np.bincount(part, (radius - 2) ** power) / np.bincount(part)
        if np.any(abs(means - expected) > tolerance):
            return _COUPLED
    return None


def _ring(count, random, *, mean=2, std=0.1, turn=_TURN):
    return _at(random.normal(mean, std, count), random.uniform(0, turn, count))


def _at(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


RING = Exercise(
    name="ring",
    gives="two numbers for each point",
    inputs=lambda: [(50, np.random.default_rng(0)), (30, np.random.default_rng(1))],
    right=_ring,
    judge=_about_ring,
    mistakes={
        _SHAPE: lambda count, random: random.normal(2, 0.1, count),
        _MEAN: lambda count, random: _ring(count, random, mean=1),
        _SPREAD: lambda count, random: _ring(count, random, std=0.05),
        _NORMAL: lambda count, random: _at(
            2 + 0.1 * 3**0.5 * random.uniform(-1, 1, count), random.uniform(0, _TURN, count)
        ),
        _EVEN: lambda count, random: _ring(count, random, turn=np.pi),
        _REGULAR: lambda count, random: _at(
            random.normal(2, 0.1, count), np.linspace(0, _TURN, count, endpoint=False)
        ),
        _DEGREES: lambda count, random: _ring(count, random, turn=360),
        _COUPLED: lambda count, random: _at(
            np.sort(random.normal(2, 0.1, count)), np.sort(random.uniform(0, _TURN, count))
        ),
        _HALF: lambda count, random: _at(
            random.normal(2, 0.1, count), np.random.default_rng(0).uniform(0, _TURN, count)
        ),
    },
    praise="a shape without a formula for its KL, and drawn in three lines.",
)

_ARTICLE = "*Autoencoder学习*"

CLAIMS = (
    Claim(
        "An adversary makes codes follow the prior more closely than a VAE's KL does",
        "Makhzani and others 2015",
        "aae_sliced_w1",
        "vae_sliced_w1",
        "The KL has the weight 1, as it stands in the ELBO",
    ),
    Claim(
        "An adversary makes codes follow the prior more closely than a kernel distance does",
        "a skeptic would ask",
        "aae_sliced_w1",
        "wae_sliced_w1",
        "A plane; the maximum mean discrepancy of batches of 128",
        margin=0.25,
    ),
    Claim(
        "A stochastic encoder brings codes nearer to the prior",
        "Makhzani and others 2015",
        "short_stochastic_sliced_w1",
        "short_sliced_w1",
        "Short trainings",
    ),
    Claim(
        "Dropout in encoder, decoder and discriminator helps",
        f"the code of {_ARTICLE}",
        "dropout_sliced_w1",
        "unchanged_sliced_w1",
        "Short trainings, in which nothing overfits yet",
    ),
    Claim(
        "The encoder should stand still (inference mode) while the discriminator learns",
        _ARTICLE,
        "still_sliced_w1",
        "dropout_sliced_w1",
        "Short trainings with dropout",
    ),
    Claim(
        "Each phase should have an optimizer of its own",
        _ARTICLE,
        "own_adams_test_mse",
        "unchanged_test_mse",
        "Short trainings, at the same rates",
    ),
    Claim(
        "A prior of standard deviation 5 gives better copies than N(0, 1)",
        f"the code of {_ARTICLE}",
        "unchanged_test_mse",
        "std1_test_mse",
        "Short trainings",
    ),
    Claim(
        "A mean over the pixels does as well as a sum",
        "common practice",
        "mean_test_mse",
        "unchanged_test_mse",
        "One Adam for both phases of the encoder; with an Adam each the factor counts for nothing",
        same=True,
    ),
    Claim(
        "A discriminator near chance shows that the codes match the prior",
        "common advice",
        "batch_norm_sliced_w1",
        "short_sliced_w1",
        "Both end at chance, 1.386; one discriminator is misled by batch normalization",
        same=True,
        margin=0.2,
    ),
    Claim(
        "The discriminator must not be too strong",
        "common advice",
        "short_sliced_w1",
        "strong_sliced_w1",
        "Too strong: the generator's loss weighs 1 instead of 200",
    ),
    Claim(
        "Batch normalization in the discriminator helps",
        "Radford and others 2015, of images",
        "batch_norm_sliced_w1",
        "short_sliced_w1",
        "Codes in the plane: each of its batches is only draws, or only codes",
    ),
)

LESSON = Description(
    name="04_adversarial_autoencoder",
    title="Adversarial autoencoders: a judge instead of a formula",
    idea="three phases; any prior you can draw from; is it matched?",
    minutes=9,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(DISCRIMINATOR_LOSS, GENERATOR_LOSS, SLICED_DISTANCE, RING),
    experiments={
        "aae_likelihood": "the AAE paper's likelihood: drawn digits, a Parzen window",
        **{f"04_variant_{name}": f"short AAE, {words}" for name, words in _VARIANTS.items()},
    },
)
