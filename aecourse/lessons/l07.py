"""Lesson 07: a GAN small enough to see, in one dimension."""

from dataclasses import replace
from statistics import NormalDist

from aecourse.exercises import Exercise, as_array, check, same
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_VALUE, _ACC = "unit of the values", "fraction"

GAMES = {
    "floor": "10 000 real values",
    "source": "after the source",
    "best": "the better setting",
    **{
        f"source_{change}": f"after the source, {words}"
        for change, words in (
            ("not_aligned", "not aligned"),
            ("not_stratified", "independent noise"),
            ("not_stretched", "noise from [0, 1]"),
            ("not_pretrained", "D not pretrained"),
            ("three_steps", "three steps of D for one of G"),
            ("penalty", "gradient penalty"),
            ("large", "larger networks"),
            ("rates", "the better setting's rates"),
            ("fast", "D twenty times as fast"),
            ("saturating", "saturating loss"),
            ("relu", "ReLU"),
        )
    },
    **{
        f"best_{change}": f"the better setting, {words}"
        for change, words in (
            ("aligned", "aligned"),
            ("not_stratified", "independent noise"),
            ("not_stretched", "noise from [0, 1]"),
            ("pretrained", "D pretrained"),
            ("three_steps", "three steps of D for one of G"),
            ("no_penalty", "no gradient penalty"),
            ("small", "6 and 5 units"),
            ("fast", "D twenty times as fast"),
            ("saturating", "saturating loss"),
            ("tanh", "tanh"),
            ("rates", "equal rates"),
            ("larger", "128 and 128 units"),
        )
    },
    "pairs_aligned": "D sees pairs, aligned",
    "pairs_not_aligned": "D sees pairs, not aligned",
    "own": "the source's own recipe",
    "plain": "ten games like that of section 2",
    "wasserstein": "the better setting, Wasserstein loss, three steps of D for one of G",
    "far": "a far start, -log D, gradient descent",
    "far_saturating": "a far start, log(1 - D), gradient descent",
    "far_adam": "a far start, -log D, Adam",
    "far_adam_saturating": "a far start, log(1 - D), Adam",
    "far_wasserstein": "a far start, Wasserstein loss, Adam",
}
"""The settings that the lesson compares, in words."""

METRICS = {
    "one_game_w1": Metric(_VALUE, "lower", "Wasserstein-1 to N(-1, 1), the game of section 2"),
    **{
        f"{name}_w1_median": Metric(_VALUE, "lower", f"Wasserstein-1 to N(-1, 1), median: {words}")
        for name, words in (
            *GAMES.items(),
            ("untrained", "after the source, untrained"),
            ("own_start", "the source's own recipe, D pretrained and G untrained"),
        )
    },
    **{
        f"{name}_ks_median": Metric("probability", "lower", f"Kolmogorov-Smirnov, median: {words}")
        for name, words in list(GAMES.items())[:3]
    },
    **{
        f"{name}_{what}": Metric(unit, better, f"{words}: {of}")
        for name, words in (("source", "after the source"), ("best", "the better setting"))
        for what, unit, better, of in (
            ("std_median", _VALUE, "higher", "standard deviation, median (the truth: 1)"),
            (
                "d_off",
                "probability",
                "lower",
                "how far D is from 0.5 where real values are, median",
            ),
            ("monotone_share", _ACC, "higher", "games with a monotone generator"),
            ("collapsed_share", _ACC, "lower", "two hills: games that found one of them"),
            (
                "unit_collapsed_share",
                _ACC,
                "lower",
                "two hills, noise from [0, 1]: games that found one of them",
            ),
        )
    },
    "far_saturating_d_off": Metric(
        "probability",
        "higher",
        "a far start, log(1 - D), gradient descent: how far D is from 0.5 where real values are",
    ),
    **{
        f"{name}_accuracy": Metric(_ACC, "lower", f"a fresh discriminator, median: {words}")
        for name, words in (
            ("retrained_discriminator", "the better setting"),
            ("source_retrained", "after the source"),
        )
    },
}

_SOURCE, _OWN = "after the source", "the source's own recipe"
_MEAN = ("every value at the mean", 0.798)  # E|N(0, 1)|

PROMISES = (
    Promise(
        "one game learns the real values",
        "one_game_w1",
        below(0.25, fast=0.75),
        _MEAN,
    ),
    Promise(
        "after the source, the generators learned something",
        "source_w1_median",
        below(0.5, fast=0.8, of="untrained_w1_median"),
        ("untrained networks", "untrained_w1_median"),
    ),
    Promise(
        "and are far from perfect",
        "source_w1_median",
        above(20.0, fast=10.0, of="floor_w1_median"),
        ("real values", "floor_w1_median"),
    ),
    Promise(
        "the better setting is better",
        "best_w1_median",
        below(0.2, fast=0.7, of="source_w1_median"),
        (_SOURCE, "source_w1_median"),
    ),
    Promise(
        "and better than the source's own recipe",
        "best_w1_median",
        below(0.3, of="own_w1_median"),
        (_OWN, "own_w1_median"),
    ),
    Promise(
        "the better setting is near enough",
        "best_w1_median",
        below(0.06, fast=0.45),
        _MEAN,
    ),
    Promise(
        "aligned pairs help where pairs are seen",
        "pairs_aligned_w1_median",
        below(0.25, fast=0.7, of="pairs_not_aligned_w1_median"),
        ("pairs by chance", "pairs_not_aligned_w1_median"),
    ),
    Promise(
        "a fresh judge is close to chance",
        "retrained_discriminator_accuracy",
        below(0.55, fast=0.75),
        (_SOURCE, "source_retrained_accuracy"),
    ),
    Promise(
        "a fresh judge tells less than after the source",
        "retrained_discriminator_accuracy",
        below(0.8, fast=0.95, of="source_retrained_accuracy"),
        (_SOURCE, "source_retrained_accuracy"),
    ),
    Promise(
        "the better setting mostly knows both hills",
        "best_collapsed_share",
        below(0.25, fast=0.5),
        ("after the source, noise from [0, 1]", "source_unit_collapsed_share"),
    ),
    Promise(
        "narrow noise forgets more",
        "source_unit_collapsed_share",
        above(0.5, fast=0.3),
        ("noise from [-5, 5]", "source_collapsed_share"),
    ),
    Promise(
        "from a far start, the saturating loss teaches nothing",
        "far_saturating_w1_median",
        above(5.0),
        ("-log D", "far_w1_median"),
    ),
    Promise(
        "and -log D finds the real values",
        "far_w1_median",
        below(0.2, fast=3.0),
        ("a generator that stays where it starts", 7.0),
    ),
    Promise(
        "and so does the Wasserstein loss",
        "far_wasserstein_w1_median",
        below(0.3, fast=3.0),
        ("a generator that stays where it starts", 7.0),
    ),
)

_JANG = "*Generative Adversarial Nets* by Eric Jang"
_CHANCE = dict(margin=0.2)  # medians of ten games differ by as much between seeds

CLAIMS = (
    Claim(
        "Putting batches in order (manifold alignment) is the key",
        _JANG,
        "source_w1_median",
        "source_not_aligned_w1_median",
        "The loss does not depend on the order; what differs is rounding",
        margin=0.05,
    ),
    Claim(
        "Alignment helps where the discriminator sees pairs",
        "a skeptic would ask",
        "pairs_aligned_w1_median",
        "pairs_not_aligned_w1_median",
    ),
    Claim(
        "Noise that is stretched to the width of the data helps",
        _JANG,
        "source_w1_median",
        "source_not_stretched_w1_median",
    ),
    Claim(
        "Stratified noise helps",
        _JANG,
        "source_w1_median",
        "source_not_stratified_w1_median",
        **_CHANCE,
    ),
    Claim(
        "Pretraining the discriminator helps",
        _JANG,
        "source_w1_median",
        "source_not_pretrained_w1_median",
        **_CHANCE,
    ),
    Claim(
        "A pretrained discriminator needs no several steps for one of the generator",
        _JANG,
        "source_three_steps_w1_median",
        "source_w1_median",
        "Both are pretrained; three steps against one",
        same=True,
        **_CHANCE,
    ),
    Claim(
        "Small networks are better: larger ones do not even converge",
        _JANG,
        "best_small_w1_median",
        "best_w1_median",
        "With ReLU and a gradient penalty",
        **_CHANCE,
    ),
    Claim(
        "tanh is better than ReLU: networks of 6 and 5 units",
        _JANG,
        "source_w1_median",
        "source_relu_w1_median",
        **_CHANCE,
    ),
    Claim(
        "tanh is better than ReLU: networks of 32 and 32 units",
        _JANG,
        "best_tanh_w1_median",
        "best_w1_median",
        **_CHANCE,
    ),
    Claim(
        "A gradient penalty helps: after the source",
        "Mescheder and others 2018",
        "source_penalty_w1_median",
        "source_w1_median",
        **_CHANCE,
    ),
    Claim(
        "A gradient penalty helps: the better setting",
        "Mescheder and others 2018",
        "best_w1_median",
        "best_no_penalty_w1_median",
        **_CHANCE,
    ),
    Claim(
        "The discriminator must not be too strong: after the source",
        "common advice",
        "source_w1_median",
        "source_fast_w1_median",
        "A rate twenty times that of the generator",
        **_CHANCE,
    ),
    Claim(
        "The discriminator must not be too strong: the better setting",
        "common advice",
        "best_w1_median",
        "best_fast_w1_median",
        "A rate eighty times that of the generator",
        **_CHANCE,
    ),
    Claim(
        "The saturating loss fails: values that overlap from the start",
        "Goodfellow and others 2014",
        "best_w1_median",
        "best_saturating_w1_median",
        **_CHANCE,
    ),
    Claim(
        "The saturating loss fails: a far start, gradient descent",
        "Goodfellow and others 2014",
        "far_w1_median",
        "far_saturating_w1_median",
        **_CHANCE,
    ),
    Claim(
        "The saturating loss fails: a far start, Adam",
        "Goodfellow and others 2014",
        "far_adam_w1_median",
        "far_adam_saturating_w1_median",
        "Both come home: Adam divides a gradient by its size, so small ones move the weights too",
        **_CHANCE,
    ),
    Claim(
        "The Wasserstein loss is better than -log D: values that overlap from the start",
        "common advice",
        "wasserstein_w1_median",
        "best_three_steps_w1_median",
        "Same networks, rates and steps; each has its own penalty",
        **_CHANCE,
    ),
    Claim(
        "The Wasserstein loss is better than -log D: a generator that starts far away",
        "common advice",
        "far_wasserstein_w1_median",
        "far_adam_w1_median",
        "Three steps of D against one; -log D has no penalty here",
        **_CHANCE,
    ),
)

HEADLINES = (
    Headline(
        "best_w1_median",
        "how far generated values are from real ones (Wasserstein-1), median of ten games",
        beside="source_w1_median",
        beside_words=_SOURCE,
    ),
    Headline(
        "retrained_discriminator_accuracy",
        "a fresh discriminator tells generated values from real ones (chance: 0.5)",
        beside="source_retrained_accuracy",
        beside_words=_SOURCE,
    ),
)


def _densities(seed):
    return tuple(np.random.default_rng(seed).uniform(0.01, 1, (2, 20)))


_EMPTY = "where neither density has anything, answer 0.5: nobody can know better."
_HIDDEN = "a small number that is added, or a floor, hides densities that are smaller still."
_TAILS = np.array([0.0, 0.3, 0.0, 3e-12]), np.array([0.0, 0.0, 0.2, 1e-12])

_SOMEWHERE = Exercise(
    name="optimal_decision",
    gives="one probability for each point",
    inputs=lambda: [_densities(15), _densities(16)],
    right=lambda p, q: np.where(p + q > 0, p / np.maximum(p + q, 1e-300), 0.5),
    mistakes={
        "that is how likely a value is generated; D says how likely it is real.": (
            lambda p, q: q / np.maximum(p + q, 1e-300)
        ),
        "a ratio of densities is no probability: it can exceed 1.": (
            lambda p, q: p / np.maximum(q, 1e-300)
        ),
        "the generator's density matters as well: where it makes nothing, D is 1.": lambda p, q: p,
        "the sigmoid turns a *logit* into D, and the logit is log(p / q).": (
            lambda p, q: 1 / (1 + np.exp(-p / np.maximum(q, 1e-300)))
        ),
        _EMPTY: lambda p, q: p / np.maximum(p + q, 1e-12),
        _HIDDEN: lambda p, q: (p + 1e-8) / (p + q + 2e-8),
    },
    otherwise="set the derivative of p log D + q log(1 - D) to zero, and solve for D.",
    praise="0.5 exactly where the two densities are equal.",
)


def _also_where_nothing_is(answer):
    """First the formula, so that its hints do not depend on how an answer divides 0 by 0."""
    with np.errstate(all="ignore"):
        try:
            tails = answer(*(density.copy() for density in _TAILS))
        except ZeroDivisionError:  # Python's own division
            tails = np.full(4, np.nan)
    feedback = check(_SOMEWHERE, answer)
    if feedback.status != "correct":
        return feedback.message
    right = np.array([0.5, 1.0, 0.0, 0.75])
    if not np.allclose(tails[:3], right[:3], atol=1e-3):
        return _EMPTY
    return None if same(tails, right) else _HIDDEN


OPTIMAL_DECISION = replace(_SOMEWHERE, judge=_also_where_nothing_is)


_SHAPE = "give one value for each of `count` parts: an array of shape (count,)."
_OUTSIDE = "some values lie below `low` or above `high`."
_NARROW = "the values fill only a part of the range: stretch them to high - low, from low on."
_CHANCE = "always the same values, without chance; jitter each within its part."
_SHIFTED = "all values are shifted together; draw a jitter for each of them."
_PARTS = "some of the equal parts got no value, others several: one for each part."
_PLACE = "a value can lie anywhere in its part, everywhere alike: jitter it by a whole part."


def _about_strata(answer):
    """A hint for values that are no stratified noise, or None."""
    hints = (_about_values(answer, *given) for given in _ranges())
    return next(filter(None, hints), None)


def _ranges():
    return (
        (4000, -5.0, 3.0, np.random.default_rng(3)),
        (3000, 0.5, 2.0, np.random.default_rng(4)),
    )


def _about_values(answer, count, low, high, generator):
    drawn = as_array(answer(count, low, high, generator))
    if drawn.shape != (count,):
        return _SHAPE
    values = np.sort(drawn.astype(float))
    if not (values[0] > low - 1e-5 and values[-1] < high + 1e-5):
        return _OUTSIDE
    if np.ptp(values) < 0.9 * (high - low):
        return _NARROW
    again = as_array(answer(count, low, high, np.random.default_rng(5)))
    part = (high - low) / count
    even = np.ptp(np.diff(values)) < 0.01 * part
    unmoved = np.allclose(np.sort(again), values, rtol=0, atol=0.01 * part)
    if unmoved and (even or not same(again, drawn)):
        return _CHANCE
    if even:
        return _SHIFTED
    places = (values - low) / part - np.arange(count)
    if not np.all(abs(places - 0.5) < 0.51):  # an answer may compute in float32
        return _PARTS
    spread = (np.arange(count) + 0.5) / count
    return _PLACE if np.max(abs(np.sort(places) - spread)) > 0.06 else None


def _strata(count, low, high, jitter):
    return low + (high - low) * (np.arange(count) + jitter) / count


STRATIFIED_NOISE = Exercise(
    name="stratified_noise",
    gives="one value for each part",
    inputs=lambda: list(_ranges()),
    right=lambda count, low, high, random: _strata(count, low, high, random.random(count)),
    judge=_about_strata,
    mistakes={
        _SHAPE: lambda count, low, high, random: _strata(count, low, high, random.random(count))[
            1:
        ],
        _OUTSIDE: lambda count, low, high, random: _strata(
            count, low, 2 * high - low, random.random(count)
        ),
        _NARROW: lambda count, low, high, random: _strata(count, 0, 1, random.random(count)),
        _CHANCE: lambda count, low, high, random: np.linspace(low, high, count),
        _SHIFTED: lambda count, low, high, random: _strata(count, low, high, random.random()),
        _PARTS: lambda count, low, high, random: random.uniform(low, high, count),
        _PLACE: lambda count, low, high, random: _strata(
            count, low, high, random.random(count) / 2
        ),
    },
    praise="uniform, and a batch never misses a part of the range.",
)


def _sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


GENERATOR_SLOPES = Exercise(
    name="generator_slopes",
    gives="a slope for each logit: saturating, non_saturating",
    inputs=lambda: [
        (np.linspace(-8, 8, 33),),
        (np.random.default_rng(17).normal(0, 3, 33),),
        (np.random.default_rng(18).normal(-1, 2, 20),),
    ],
    right=lambda logits: (-_sigmoid(logits), _sigmoid(logits) - 1),
    mistakes={
        "the two are exchanged: log(1 - D) is the saturating one.": (
            lambda logits: (_sigmoid(logits) - 1, -_sigmoid(logits))
        ),
        "those are the losses; asked are their derivatives by the logit.": (
            lambda logits: (np.log(1 - _sigmoid(logits)), -np.log(_sigmoid(logits)))
        ),
        "those are derivatives by D; go on by the chain rule: dD/da = D (1 - D).": (
            lambda logits: (-1 / (1 - _sigmoid(logits)), -1 / _sigmoid(logits))
        ),
        "the signs: both losses fall where the logit rises.": (
            lambda logits: (_sigmoid(logits), 1 - _sigmoid(logits))
        ),
        "the first is right; -log D = log(1 + exp(-logit)) has another derivative.": (
            lambda logits: (-_sigmoid(logits), -_sigmoid(logits))
        ),
        "the first is right, the second is the slope of log D; mind its sign.": (
            lambda logits: (-_sigmoid(logits), 1 - _sigmoid(logits))
        ),
        "the second is right; the first is the slope of -log(1 - D), mind its sign.": (
            lambda logits: (_sigmoid(logits), _sigmoid(logits) - 1)
        ),
    },
    otherwise="log(1 - D) = -log(1 + exp(a)) and -log D = log(1 + exp(-a)): what are their slopes?",
    praise="at logit -8, where D is sure that the value is generated, their sizes are 0.0003 "
    "and 1.",
)

_TARGET = NormalDist(-1, 1)


def _each(function, values):
    return np.array([function(value) for value in values])


def _levels(noise):
    return (noise + 5) / 10


_RISING = Exercise(
    name="perfect_generator",
    gives="one value for each noise value",
    inputs=lambda: [
        (np.linspace(-4.9, 4.9, 99),),
        (np.random.default_rng(19).uniform(-4.9, 4.9, 60),),
    ],
    right=lambda noise: _each(_TARGET.inv_cdf, _levels(noise)),
    mistakes={
        "that is N(0, 1); the target's mean is -1.": (
            lambda noise: _each(_TARGET.inv_cdf, _levels(noise)) + 1
        ),
        "the cumulative distribution turns values into levels; you want its inverse.": (
            lambda noise: _each(_TARGET.cdf, noise)
        ),
        "that is the density at the noise; you want values that are spread like it.": (
            lambda noise: _each(_TARGET.pdf, noise)
        ),
        "shifted noise is still uniform; turn it into levels first, from [-5, 5] to [0, 1].": (
            lambda noise: noise - 1
        ),
        "those are the levels; one step more: the value below which such a share lies.": _levels,
    },
    otherwise="noise -> its level u in [0, 1] -> the value below which a share u lies.",
    praise="steep at both ends, flat in the middle: what a generator has to learn. (High noise for "
    "high values, or turned round: D cannot tell, nor could anybody.)",
)


def _either_way_round(answer):
    """Rising or falling, both make N(-1, 1)."""
    found = [answer(*given) for given in _RISING.inputs()]
    right = [_RISING.right(*given) for given in _RISING.inputs()]
    if all(same(one, -2 - other) for one, other in zip(found, right, strict=True)):
        return None
    feedback = check(_RISING, answer)
    return None if feedback.status == "correct" else feedback.message


PERFECT_GENERATOR = replace(_RISING, judge=_either_way_round)

LESSON = Description(
    name="07_gan_1d",
    title="A GAN small enough to see",
    idea="one dimension, ten games at once; which trick of a recipe works",
    minutes=7,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(
        OPTIMAL_DECISION,
        STRATIFIED_NOISE,
        GENERATOR_SLOPES,
        PERFECT_GENERATOR,
    ),
    datasets=("normal",),
)
