"""Lesson 09: the label, or a part of the image, given to both networks of a VAE."""

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_NATS, _ACC, _GRAY, _SHARE = "nats per image", "fraction", "gray levels", "R squared"
_TWINS = {"vae": "VAE", "cvae": "CVAE"}
_DRAWN = {
    "cvae": "CVAE, codes from the prior",
    "mean_digit": "ten mean digits",
    "shuffled_real": "real digits, random labels",
    "real": "real digits, their labels",
}
_PREDICTORS = {
    "pixels": "the 784 pixels",
    "untrained": "the code of an untrained CVAE",
    "vae": "the VAE's code",
    "cvae": "the CVAE's code",
}
_INKS = {
    "own": "its own ink",
    "other": "its code, decoded with another label",
    "shuffled": "another digit's code, decoded",
}
_FACTORS = ("slant", "thickness", "width")
_LEARNED_FROM = {
    "cas_real": "real digits",
    "cas_mean_digit": "ten mean digits",
    "cas_pca": "a normal distribution for each digit in PCA space",
    "cas_pca_mixture": "ten normals for each digit in PCA space",
    "cas_unconditional": "the VAE's drawings, labels by the reader",
    "cas_prior": "the CVAE's drawings, codes from the prior",
    "cas_cvae_normal": "the CVAE's drawings, codes from a normal for each digit",
    "cas": "the CVAE's drawings, codes from ten normals for each digit",
    "ten_vaes_cas": "the drawings of ten VAEs, one a digit",
}
_COMPLETED = {
    "mean_": "mean of the training images",
    "plain_": "plain network",
    "": "CVAE",
}
_BETAS = (1, 4, 16)
_SMALL = {
    "cvae": "CVAE of section 3",
    "small": "small CVAE",
    "no_price": "its twin with KL weight 0",
}

METRICS = {
    "mean_image_test_nats": Metric(_NATS, "lower", "mean image, loss"),
    **{f"{n}_test_nats": Metric(_NATS, "lower", f"{w}, loss") for n, w in _TWINS.items()},
    **{f"{n}_test_kl_nats": Metric(_NATS, "lower", f"{w}, its KL") for n, w in _TWINS.items()},
    **{
        f"{name}_{what}": Metric(unit, "higher", f"{words}: {meaning}")
        for name, words in _DRAWN.items()
        for what, unit, meaning in (
            ("agreement", _ACC, "read as the digit asked for"),
            ("variety", _GRAY, "variety within a digit"),
        )
    },
    **{
        f"{n}_mlp_probe_accuracy": Metric(
            _ACC, "lower", f"digits that a network reads from the {w}'s code"
        )
        for n, w in _TWINS.items()
    },
    **{
        f"{n}_label_in_code_nats": Metric(
            _NATS, "lower", f"what a sampled code of the {w} tells of the digit, at least"
        )
        for n, w in _TWINS.items()
    },
    **{
        f"{n}_sampled_probe_accuracy": Metric(
            _ACC, "lower", f"digits that a network reads from sampled codes of the {w}"
        )
        for n, w in _TWINS.items()
    },
    **{
        f"{name}_{factor}_kept": Metric(
            "correlation", "higher", f"{factor} of the encoded digit, in {words}"
        )
        for factor in ("slant", "thickness")
        for name, words in _INKS.items()
    },
    **{
        f"{name}_{factor}_r2": Metric(_SHARE, "higher", f"{factor}, predicted from {words}")
        for name, words in _PREDICTORS.items()
        for factor in _FACTORS
    },
    "label_gain_nats": Metric(_NATS, "higher", "what the label is worth, in one model"),
    "label_gain_median_nats": Metric(_NATS, "higher", "the gain of the median image"),
    "label_gain_largest_nats": Metric(_NATS, "lower", "the largest gain of an image"),
    "shuffled_label_gain_nats": Metric(_NATS, "higher", "the gain of a random label"),
    "bound_read_accuracy": Metric(_ACC, "higher", "the label with the best bound is right"),
    "cvae_bound_nats": Metric(_NATS, "lower", "CVAE, label known: importance-weighted bound"),
    "cvae_marginal_bound_nats": Metric(_NATS, "lower", "CVAE, label unknown"),
    "vae_bound_nats": Metric(_NATS, "lower", "VAE, another model: importance-weighted bound"),
    **{
        f"{name}_accuracy": Metric(_ACC, "higher", f"real digits read after learning from {words}")
        for name, words in _LEARNED_FROM.items()
    },
    **{
        f"quadrant{seen}_{name}test_nats": Metric(
            _NATS, "lower", f"missing pixels, {seen} of 4 quarters seen: {words}"
        )
        for seen in (1, 2, 3)
        for name, words in _COMPLETED.items()
    },
    **{
        f"{name}_{what}": Metric(unit, better, f"{words}: {meaning}")
        for name, words in _SMALL.items()
        for what, unit, better, meaning in (
            ("obeys_accuracy", _ACC, "higher", "decoded with another label, read as that"),
            ("test_reconstruction_nats", _NATS, "lower", "reconstruction"),
        )
        if (name, unit) != ("cvae", _NATS)
    },
    **{
        f"beta{beta}_{factor}_{which}_r2": Metric(
            _SHARE, "higher", f"KL weight {beta}, {factor} from {words}"
        )
        for beta in _BETAS
        for factor in _FACTORS
        for which, words in (
            ("one", "the best number of the code"),
            ("second", "the second best number"),
            ("all", "all numbers together"),
        )
    },
    **{
        f"beta{beta}_test_{what}_nats": Metric(_NATS, "lower", f"KL weight {beta}: {what}")
        for beta in _BETAS
        for what in ("reconstruction", "kl")
    },
}

PROMISES = (
    Promise(
        "the CVAE's loss is below its twin's",
        "cvae_test_nats",
        below(0.97, fast=0.99, of="vae_test_nats"),
        ("the twin without labels", "vae_test_nats"),
    ),
    Promise(
        "a code and a label give the digit asked for",
        "cvae_agreement",
        above(0.9, fast=0.5, drawn=0.7),
        ("random labels", "shuffled_real_agreement"),
    ),
    Promise(
        "and the digits differ from each other",
        "cvae_variety",
        above(0.75, fast=0.3, drawn=0.6, of="real_variety"),
        ("ten mean digits", "mean_digit_variety"),
    ),
    Promise(
        "the code holds less of the digit than its twin's",
        "cvae_mlp_probe_accuracy",
        below(0.75, fast=0.9, of="vae_mlp_probe_accuracy"),
        ("the twin without labels", "vae_mlp_probe_accuracy"),
    ),
    Promise(
        "slant can be read off the code",
        "cvae_slant_r2",
        above(0.5, fast=0.4),
        ("an untrained CVAE", "untrained_slant_r2"),
    ),
    Promise(
        "slant stays when the label changes",
        "other_slant_kept",
        above(0.6, fast=0.4),
        ("another digit's code", "shuffled_slant_kept"),
    ),
    Promise(
        "to most images a label is worth about as much as it can be",
        "label_gain_median_nats",
        above(2.25, fast=1.8, drawn=2.2),
        ("a random label", "shuffled_label_gain_nats"),
    ),
    Promise(
        "the bounds name the digit",
        "bound_read_accuracy",
        above(0.95, fast=0.55, drawn=0.8),
        ("chance", 0.1),
    ),
    Promise(
        "a classifier learns to read from the drawings alone",
        "cas_accuracy",
        above(1.2, fast=1.04, drawn=1.1, of="cas_mean_digit_accuracy"),
        ("ten mean digits", "cas_mean_digit_accuracy"),
    ),
    *(
        Promise(
            f"with {words} seen, the CVAE is ahead of a plain network",
            f"quadrant{seen}_test_nats",
            below(limit, fast=0.995, of=f"quadrant{seen}_plain_test_nats"),
            ("the plain network", f"quadrant{seen}_plain_test_nats"),
        )
        for seen, words, limit in (
            (1, "one quarter", 0.8),
            (2, "two quarters", 0.85),
            (3, "three quarters", 0.92),
        )
    ),
    Promise(
        "a model that pays for its code does what the label says",
        "small_obeys_accuracy",
        above(0.5, fast=0.3, drawn=0.25),
        ("chance", 0.1),
    ),
    Promise(
        "one that does not pay ignores it",
        "no_price_obeys_accuracy",
        below(0.5, of="small_obeys_accuracy"),
        ("the model that pays", "small_obeys_accuracy"),
    ),
)

HEADLINES = (
    Headline(
        "cas_accuracy",
        "real digits that a classifier reads which learned from generated ones alone",
        beside="cas_real_accuracy",
        beside_words="the same classifier, from as many real digits",
    ),
    Headline(
        "label_gain_nats",
        "what a label is worth, in nats (2.303 at most)",
    ),
    Headline(
        "quadrant1_test_nats",
        "three missing quarters of a digit, in nats per image",
        beside="quadrant1_plain_test_nats",
        beside_words="a plain network",
        reference="71.8 (Pyro's tutorial; plain network 100.4)",
    ),
)


def _codes_labels(count, dim, seed):
    random = np.random.default_rng(seed)
    return random.standard_normal((count, dim)), random.integers(0, 10, count)


JOIN = Exercise(
    name="join",
    gives="an array of n rows and d + 10 columns",
    inputs=lambda: [_codes_labels(6, 3, 1), _codes_labels(4, 2, 2), _codes_labels(11, 5, 3)],
    right=lambda codes, labels: np.concatenate([codes, np.eye(10)[labels]], axis=1),
    mistakes={
        "the label stands first; put it behind the code.": (
            lambda codes, labels: np.concatenate([np.eye(10)[labels], codes], axis=1)
        ),
        "the label joins as one number; a 7 is not more than a 3. Make it one-hot.": (
            lambda codes, labels: np.concatenate([codes, labels[:, None]], axis=1)
        ),
        "that is one-hot for the labels that occur only; there are always ten.": (
            lambda codes, labels: np.concatenate(
                [codes, labels[:, None] == np.unique(labels)], axis=1
            )
        ),
        "put the two side by side, not one below the other: axis=1.": (
            lambda codes, labels: np.concatenate([codes, np.eye(10)[labels]])
        ),
        "that adds the label's number to each code.": (
            lambda codes, labels: codes + labels[:, None]
        ),
    },
    otherwise="np.eye(10)[labels] gives a one-hot row for each label.",
    praise="with this line a VAE becomes a conditional one.",
)


def _bounds(count, classes, seed):
    random = np.random.default_rng(seed)
    return -90 + 4 * random.standard_normal((count, classes)), random.integers(0, classes, count)


def _uneven(count, classes, seed):
    """Bounds in float32, near -50 for every second image and near -900 for the others."""
    random = np.random.default_rng(seed)
    level = np.where(np.arange(count) % 2, -900, -50)[:, None]
    return (level + 3 * random.standard_normal((count, classes))).astype("float32")


def _right(bounds, labels):
    return bounds[np.arange(len(bounds)), labels]


def _log_sum(bounds):
    top = bounds.max(axis=1)
    return top + np.log(np.exp(bounds - top[:, None]).sum(axis=1))


def _gain_by_powers(bounds, labels):
    with np.errstate(divide="ignore"):
        return np.mean(_right(bounds, labels) - np.log(np.exp(bounds).mean(axis=1)))


LABEL_GAIN = Exercise(
    name="label_gain",
    gives="a single number",
    inputs=lambda: [
        _bounds(5, 10, 4),
        _bounds(8, 10, 5),
        _bounds(6, 4, 6),
        (_uneven(6, 10, 7), np.arange(6)),
    ],
    right=lambda bounds, labels: np.mean(
        _right(bounds, labels) - _log_sum(bounds) + np.log(bounds.shape[1])
    ),
    mistakes={
        "the 1/10 is missing: that is the log-probability of the label, at most 0.": (
            lambda bounds, labels: np.mean(_right(bounds, labels) - _log_sum(bounds))
        ),
        "the sign of log 10 is wrong; log of (1/10 of a sum) is its logarithm minus log 10.": (
            lambda bounds, labels: np.mean(
                _right(bounds, labels) - _log_sum(bounds) - np.log(bounds.shape[1])
            )
        ),
        "that takes the mean of the logarithms; take the logarithm of the mean.": (
            lambda bounds, labels: np.mean(_right(bounds, labels) - bounds.mean(axis=1))
        ),
        "the sign is turned round: a label that helps has a positive gain.": (
            lambda bounds, labels: (
                -np.mean(_right(bounds, labels) - _log_sum(bounds) + np.log(bounds.shape[1]))
            )
        ),
        "that takes the best label; take the true one.": (
            lambda bounds, labels: np.mean(
                bounds.max(axis=1) - _log_sum(bounds) + np.log(bounds.shape[1])
            )
        ),
        "that is a gain for each image; give their mean.": (
            lambda bounds, labels: (
                _right(bounds, labels) - _log_sum(bounds) + np.log(bounds.shape[1])
            )
        ),
        "log 10 is for ten labels; here there are bounds.shape[1].": (
            lambda bounds, labels: np.mean(_right(bounds, labels) - _log_sum(bounds) + np.log(10))
        ),
        "what is subtracted before exp is to be added again behind log.": (
            lambda bounds, labels: np.mean(
                _right(bounds, labels)
                - (_log_sum(bounds) - bounds.max(axis=1))
                + np.log(bounds.shape[1])
            )
        ),
        "exp of a low bound is 0 in a computer: subtract each row's own largest first, and add it "
        "again.": _gain_by_powers,
    },
    otherwise="mean over images of log p(x | y) - log((1/classes) sum of exp(bounds)).",
    praise="one model, both sides, and never more than log of the number of classes.",
)


def _fitted(seed):
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat([0, 3, 7], 12))
    spread = 1 + labels[:, None] * [0.3, 0.1]
    codes = labels[:, None] * [1.0, -2.0] + spread * random.standard_normal((36, 2))
    asked = random.permutation(np.repeat([0, 3, 7], 4))
    return asked, codes, labels, random.standard_normal((12, 2))


def _codes_for(asked, codes, labels, noise, mean=True, std=np.std):
    result = np.empty(noise.shape)
    for digit in np.unique(asked):
        own, place = codes[labels == digit], asked == digit
        result[place] = mean * own.mean(axis=0) + std(own, axis=0) * noise[place]
    return result


CODES_FOR = Exercise(
    name="codes_for",
    gives="a code for each row of `noise`",
    inputs=lambda: [_fitted(7), _fitted(8)],
    right=_codes_for,
    mistakes={
        "each digit has a mean of its own; that takes the mean of all codes.": (
            lambda asked, codes, labels, noise: codes.mean(axis=0) + codes.std(axis=0) * noise
        ),
        "each digit has a spread of its own; that takes the spread of all codes.": (
            lambda asked, codes, labels, noise: _codes_for(
                asked, codes, labels, noise, std=lambda a, axis: codes.std(axis=0)
            )
        ),
        "the codes are as wide as the prior; scale the noise by each digit's spread.": (
            lambda asked, codes, labels, noise: _codes_for(
                asked, codes, labels, noise, std=lambda a, axis: np.ones(a.shape[1])
            )
        ),
        "the mean of the digit is missing.": (
            lambda asked, codes, labels, noise: _codes_for(asked, codes, labels, noise, mean=False)
        ),
        "the noise is scaled by the variance; take its square root.": (
            lambda asked, codes, labels, noise: _codes_for(
                asked, codes, labels, noise, std=lambda a, axis: np.var(a, axis=axis)
            )
        ),
        "the codes are right, in another order: row i belongs to asked[i].": (
            lambda asked, codes, labels, noise: np.concatenate(
                [
                    codes[labels == d].mean(axis=0)
                    + codes[labels == d].std(axis=0) * noise[asked == d]
                    for d in np.unique(asked)
                ]
            )
        ),
    },
    otherwise="for each digit: its codes' mean, plus their standard deviation times its noise.",
    praise="ten small distributions, fitted in five lines.",
)


def _softmax(bounds, axis=1):
    powers = np.exp(bounds - bounds.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _by_powers(bounds, top):
    powers = np.exp(bounds - top)
    with np.errstate(invalid="ignore"):
        return powers / powers.sum(axis=1, keepdims=True)


POSTERIOR = Exercise(
    name="posterior",
    gives="a probability for each image and label",
    inputs=lambda: [
        (np.random.default_rng(9).normal(-900, 3, (5, 10)),),
        (np.random.default_rng(10).normal(-900, 3, (3, 4)),),
        (_uneven(4, 10, 11),),
    ],
    right=_softmax,
    mistakes={
        "exp of -900 is 0 in a computer; subtract each row's largest bound first.": (
            lambda bounds: _by_powers(bounds, 0)
        ),
        "the largest of all bounds is subtracted; a row that lies far below needs its own.": (
            lambda bounds: _by_powers(bounds, bounds.max())
        ),
        "one number for each row stands beside it as a column: keepdims=True, in max and in sum.": (
            lambda bounds: np.exp(bounds - bounds.max(axis=1))
        ),
        "the columns sum to 1; each image's probabilities, a row, should.": (
            lambda bounds: _softmax(bounds, axis=0)
        ),
        "those do not sum to 1; divide by their sum.": (
            lambda bounds: np.exp(bounds - bounds.max(axis=1, keepdims=True))
        ),
        "those are the logarithms of the probabilities.": lambda bounds: np.log(_softmax(bounds)),
        "the sign is turned round: bounds are log-probabilities, the largest is the likeliest.": (
            lambda bounds: _softmax(-bounds)
        ),
    },
    otherwise="exp of the bounds, divided by the sum of its row.",
    praise="Bayes' rule has made a classifier of a generator.",
)

CLAIMS = (
    Claim(
        "The code of a conditional VAE holds what the label does not say",
        "common explanation",
        "cvae_mlp_probe_accuracy",
        0.1,
        "Digits that a network reads from the code, against chance",
        same=True,
    ),
    Claim(
        "Given the label, a code says more of the style",
        "common explanation",
        "cvae_slant_r2",
        "vae_slant_r2",
        "Slant of drawn digits, by linear regression from codes of ten numbers",
    ),
    Claim(
        "Digits from a neural generator teach a classifier more than a normal distribution does",
        "common belief",
        "cas_prior_accuracy",
        "cas_pca_accuracy",
        "Codes from the prior, against normal distributions in PCA space",
        margin=0.002,
    ),
    Claim(
        "A label given to the model improves its bound",
        "Sohn, Lee and Yan 2015",
        "cvae_bound_nats",
        "vae_bound_nats",
        "Two models; the label itself is worth at most 2.303 nats",
        margin=0.005,
    ),
)

LESSON = Description(
    name="09_conditional_vae",
    title="The conditional VAE",
    idea="any digit in any style; what a label is worth; drawings as teachers; half an image",
    minutes=8,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(JOIN, LABEL_GAIN, CODES_FOR, POSTERIOR),
    experiments={
        "09_ten_vaes": "ten small VAEs, one for each digit, as a teacher of a classifier",
        "09_disentanglement": "a weight on the KL, on drawn digits with known factors",
    },
)
