"""Lesson 05: style and content, the same hand and ten digits."""

from aecourse.exercises import Exercise
from aecourse.lessons.claims import Claim
from aecourse.lessons.lesson import Description, Headline, Promise, above, below
from aecourse.results.record import Metric
import numpy as np

_STDS, _ACC, _MSE = "standard deviations of the prior", "fraction", "squared gray level"
_CORRELATION, _NATS = "correlation", "nats"

_BASICS = (
    ("judge_agreement", _ACC, "higher", "drawn styles, the reader sees the digit asked for"),
    ("style_test_mse", _MSE, "lower", "test squared error"),
    ("style_consistency", _CORRELATION, "higher", "drawn styles and their images' codes"),
    ("style_mlp_probe_accuracy", _ACC, "lower", "digits read from styles by a network"),
)
_MORE = (
    ("real_judge_agreement", _ACC, "higher", "styles of test digits, agreement"),
    ("style_logistic_probe_accuracy", _ACC, "lower", "digits read from styles, logistic"),
    ("style_sliced_w1", _STDS, "lower", "distance of test styles to the prior"),
    ("style_digit_sliced_w1", _STDS, "lower", "the same, one digit's, mean over ten"),
)
_LOSS = (("discriminator_loss", _NATS, "higher", "the discriminator's test loss, 1.39 at chance"),)
_FACTORS = ("slant", "thickness", "width")

METRICS = {
    "judge_test_accuracy": Metric(_ACC, "higher", "the reader, a CNN: test accuracy"),
    **{
        f"{name}{what}": Metric(unit, better, f"{words}: {of}")
        for name, words, measures in (
            ("", "supervised AAE, label seen", _BASICS + _MORE),
            ("usual_", "the usual supervised AAE", _BASICS + _MORE),
            ("trivial_", "the mean digit, with noise as its style", _BASICS),
            ("short_", "small, label seen, 6 numbers", _BASICS + _LOSS),
            ("short_usual_", "small, usual, 6 numbers", _BASICS + _LOSS),
            ("free_", "small, label seen, no adversarial loss", _BASICS + _LOSS),
            ("paper_size_", "small, label seen, 15 numbers", _BASICS + _LOSS),
            ("paper_size_usual_", "small, usual, 15 numbers", _BASICS + _LOSS),
            ("large_", "small, label seen, 64 numbers", _BASICS + _LOSS),
        )
        for what, unit, better, of in measures
    },
    "prior_style_sliced_w1": Metric(
        _STDS, "lower", "two clouds drawn from N(0, I), 6 numbers: sliced Wasserstein distance"
    ),
    "prior_style_digit_sliced_w1": Metric(
        _STDS, "lower", "two clouds of a tenth as many draws: the same"
    ),
    "unlabeled_mlp_probe_accuracy": Metric(
        _ACC, "higher", "small, labels nowhere, 6 numbers: digits read from the code by a network"
    ),
    **{
        f"{prefix}hand_{factor}_kept": Metric(
            _CORRELATION, "higher", f"{words}: {factor} of a test digit and of others in its hand"
        )
        for prefix, words in (
            ("", "supervised AAE, label seen"),
            ("usual_", "the usual supervised AAE"),
        )
        for factor in _FACTORS
    },
    **{
        f"{prefix}{factor}_{what}": Metric(unit, "higher", f"drawn digits, {words}{factor}: {of}")
        for prefix, words in (("", ""), ("untrained_", "untrained networks, "))
        for factor in _FACTORS
        for what, unit, of in (
            ("r2", "R squared", "predicted linearly from the style code"),
            ("kept", _CORRELATION, "measured in a digit and in another digit of the same style"),
        )
    },
}

_GUESS = ("a guess", 0.1)
_MEAN_DIGIT = "the mean digit"

PROMISES = (
    Promise(
        "the reader can read", "judge_test_accuracy", above(0.985, fast=0.8, drawn=0.9), _GUESS
    ),
    Promise(
        "the reader sees the digit that was asked for",
        "judge_agreement",
        above(0.994, fast=0.7, drawn=0.94),
        _GUESS,
    ),
    Promise(
        "it does so more often than in the usual version",
        "judge_agreement",
        above(1.3, fast=1.1, drawn=1.45, of="usual_judge_agreement"),
        ("the usual version", "usual_judge_agreement"),
    ),
    Promise(
        "the copies are good",
        "style_test_mse",
        below(0.02, fast=0.05, drawn=0.03),
        (_MEAN_DIGIT, "trivial_style_test_mse"),
    ),
    Promise(
        "the style is used",
        "style_consistency",
        above(0.95, fast=0.8),
        (_MEAN_DIGIT, "trivial_style_consistency"),
    ),
    Promise(
        "little of the digit is left in the style",
        "style_mlp_probe_accuracy",
        below(0.19, fast=0.6),
        ("the label as a style", 1.0),
    ),
    Promise(
        "less of it is left than in the usual version",
        "style_mlp_probe_accuracy",
        below(0.3, fast=0.85, drawn=0.4, of="usual_style_mlp_probe_accuracy"),
        ("the usual version", "usual_style_mlp_probe_accuracy"),
    ),
    Promise(
        "one digit's styles are nearer to the prior than in the usual version",
        "style_digit_sliced_w1",
        below(0.3, fast=0.85, drawn=0.4, of="usual_style_digit_sliced_w1"),
        ("the usual version", "usual_style_digit_sliced_w1"),
    ),
    Promise(
        "the slant of a test digit goes over to the other digits in its hand",
        "hand_slant_kept",
        above(0.78, fast=0.65, drawn=0.5),
        ("a decoder that ignores the style", 0.0),
    ),
    Promise(
        "the slant is in the style",
        "slant_r2",
        above(0.43, fast=0.3),
        ("an untrained encoder", "untrained_slant_r2"),
    ),
    Promise(
        "another digit, the same slant",
        "slant_kept",
        above(0.9, fast=0.92, drawn=0.91),
        ("an untrained decoder", "untrained_slant_kept"),
    ),
    Promise(
        "the usual version keeps more of the digit, with 6 numbers",
        "short_usual_style_mlp_probe_accuracy",
        above(2.0, fast=1.1, drawn=1.3, of="short_style_mlp_probe_accuracy"),
        ("the label seen", "short_style_mlp_probe_accuracy"),
    ),
    Promise(
        "without the generator's loss the code carries the digit",
        "free_style_mlp_probe_accuracy",
        above(2.5, fast=1.05, drawn=1.2, of="short_style_mlp_probe_accuracy"),
        _GUESS,
    ),
    Promise(
        "a style of 64 numbers carries the digit",
        "large_style_mlp_probe_accuracy",
        above(3.0, fast=1.2, drawn=1.4, of="short_style_mlp_probe_accuracy"),
        ("6 numbers", "short_style_mlp_probe_accuracy"),
    ),
)

HEADLINES = (
    Headline(
        "judge_agreement",
        "any digit in any hand: a judge reads the digit that was asked for",
        beside="usual_judge_agreement",
        beside_words="the usual supervised AAE",
    ),
    Headline(
        "style_mlp_probe_accuracy",
        "digits that a network still reads from the style (chance: 0.1)",
        beside="usual_style_mlp_probe_accuracy",
        beside_words="the usual supervised AAE",
    ),
    Headline(
        "style_test_mse",
        "a digit from its label and 6 numbers, squared error per pixel",
        beside="usual_style_test_mse",
        beside_words="the usual supervised AAE",
    ),
)


def _rows(labels, classes):
    return np.eye(classes)[labels]


ONE_HOT = Exercise(
    name="one_hot",
    gives="one row for each label, one place for each class",
    inputs=lambda: [
        (np.array([3, 9, 7, 5, 3]), 10),
        (np.array([2, 1, 2, 3, 1]), 10),
        (np.array([2, 1, 1, 2]), 4),
    ],
    right=_rows,
    mistakes={
        "four bits are a binary number; one-hot has a place for each class.": (
            lambda labels, classes: (labels[:, None] >> np.arange(4)) & 1
        ),
        "rows and columns are exchanged: one row for each label.": (
            lambda labels, classes: _rows(labels, classes).T
        ),
        "the label's place should hold 1, not the label.": (
            lambda labels, classes: _rows(labels, classes) * labels[:, None]
        ),
        "turned round: 1 at the label's place, 0 elsewhere.": (
            lambda labels, classes: 1 - _rows(labels, classes)
        ),
        "one place too far to the right: places count from 0.": (
            lambda labels, classes: np.roll(_rows(labels, classes), 1, axis=1)
        ),
        "one place too far to the left: places count from 0.": (
            lambda labels, classes: np.roll(_rows(labels, classes), -1, axis=1)
        ),
        "as many places as `classes` says, which need not be 10.": (
            lambda labels, classes: _rows(labels, 10)
        ),
        "those are True and False; numbers are asked for.": (
            lambda labels, classes: labels[:, None] == np.arange(classes)
        ),
    },
    otherwise="a row is 1 at the place of its own label, counted from 0, and 0 everywhere else.",
    praise="all digits equally far from each other.",
)

_DIGITS = np.arange(10)


def _styles(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


STYLE_GRID = Exercise(
    name="style_grid",
    gives="codes (10 n, d) and labels (10 n,)",
    inputs=lambda: [(_styles(12, 3, 4),), (_styles(13, 3, 4),), (_styles(14, 5, 2),)],
    right=lambda styles: (np.repeat(styles, 10, axis=0), np.tile(_DIGITS, len(styles))),
    mistakes={
        "every row would be one digit; a row should be one style.": (
            lambda styles: (np.tile(styles, (10, 1)), np.repeat(_DIGITS, len(styles)))
        ),
        "the first ten codes must all be the first style: np.repeat, axis=0.": (
            lambda styles: (np.tile(styles, (10, 1)), np.tile(_DIGITS, len(styles)))
        ),
        "the labels must run from 0 to 9 within each style: np.tile.": (
            lambda styles: (np.repeat(styles, 10, axis=0), np.repeat(_DIGITS, len(styles)))
        ),
        "the two are exchanged: codes first, then labels.": (
            lambda styles: (np.tile(_DIGITS, len(styles)), np.repeat(styles, 10, axis=0))
        ),
        "one of each is not enough: every style is needed for ten labels.": (
            lambda styles: (styles, _DIGITS)
        ),
    },
    otherwise="each style ten times in a row, and beside it the labels 0 to 9, again and again.",
    praise="reshape the decoder's answer to (n, 10, 28, 28) and you have the grid.",
)


def _correlations(styles, codes):
    return np.array([np.corrcoef(*pair)[0, 1] for pair in zip(styles.T, codes.T, strict=True)])


def _again(seed, count):
    styles, noise = np.random.default_rng(seed).normal(size=(2, count, 3))
    return styles, styles * [1, -0.5, 2] + noise + [0, 5, -3]


STYLE_CONSISTENCY = Exercise(
    name="style_consistency",
    gives="one number",
    inputs=lambda: [_again(13, 40), _again(14, 40), _again(15, 25)],
    right=lambda styles, codes: _correlations(styles, codes).mean(),
    mistakes={
        "that is one correlation for each number; average them.": _correlations,
        "all numbers in one pot; correlate each number of the code with itself.": (
            lambda styles, codes: np.corrcoef(styles.ravel(), codes.ravel())[0, 1]
        ),
        "those are correlations within a code; go along the n examples.": (
            lambda styles, codes: _correlations(styles.T, codes.T).mean()
        ),
        "a squared error is no correlation; np.corrcoef(a, b)[0, 1].": (
            lambda styles, codes: np.mean((styles - codes) ** 2)
        ),
        "a mean product is no correlation; np.corrcoef(a, b)[0, 1].": (
            lambda styles, codes: np.mean(styles * codes)
        ),
        "that is a covariance; divide by both standard deviations.": (
            lambda styles, codes: np.mean((styles - styles.mean(axis=0)) * codes)
        ),
        "a number that comes back with the other sign counts against it: no absolute values.": (
            lambda styles, codes: np.abs(_correlations(styles, codes)).mean()
        ),
    },
    otherwise="correlate styles[:, k] with codes[:, k] for each number k, then take the mean.",
    praise="1 for a style that survives decoding and encoding, 0 for one that is ignored.",
)


def _neighbors(seed, count):
    styles = np.random.default_rng(seed).normal(size=(30, 4)) * [1, 2, 3, 1]
    return styles[seed] + 0.3, styles, count


def _distances(style, styles):
    return np.linalg.norm(styles - style, axis=1)


NEAREST_STYLES = Exercise(
    name="nearest_styles",
    gives="as many indices as `count` says",
    inputs=lambda: [_neighbors(7, 5), _neighbors(4, 5), _neighbors(11, 8)],
    right=lambda style, styles, count: np.argsort(_distances(style, styles))[:count],
    mistakes={
        "those are the farthest.": (
            lambda style, styles, count: np.argsort(-_distances(style, styles))[:count]
        ),
        "the right ones, but the nearest comes first.": (
            lambda style, styles, count: np.argsort(_distances(style, styles))[:count][::-1]
        ),
        "those are distances; np.argsort gives indices.": (
            lambda style, styles, count: np.sort(_distances(style, styles))[:count]
        ),
        "those are styles; give their indices.": (
            lambda style, styles, count: styles[np.argsort(_distances(style, styles))[:count]]
        ),
        "all of them, in the right order; give as many as `count` says.": (
            lambda style, styles, count: np.argsort(_distances(style, styles))
        ),
        "a scalar product favors long styles; take the distance.": (
            lambda style, styles, count: np.argsort(-(styles @ style))[:count]
        ),
        "that sums absolute differences; take the Euclidean distance.": (
            lambda style, styles, count: np.argsort(np.abs(styles - style).sum(axis=1))[:count]
        ),
    },
    otherwise="not the nearest by Euclidean distance: subtract, square, sum along axis 1, sort.",
    praise="now look whether neighbors in style share their digit.",
)

CLAIMS = (
    Claim(
        "With the paper's 15 numbers, the code of a supervised AAE holds the style alone",
        "Makhzani and others 2015",
        "paper_size_usual_style_mlp_probe_accuracy",
        0.1,
        "A small model, 20 000 images; an MLP reads the digit from the code",
        same=True,
        margin=0.2,
    ),
    Claim(
        "More numbers for the style give better copies",
        "common advice",
        "paper_size_style_test_mse",
        "short_style_test_mse",
    ),
    Claim(
        "With the label at the decoder, the code holds the style alone",
        "*Autoencoder学习*",
        "usual_style_mlp_probe_accuracy",
        0.1,
        "An MLP reads the digit from the code; chance is 0.1",
        same=True,
        margin=0.2,
    ),
    Claim(
        "A discriminator that sees the label separates style from digit",
        "this course",
        "style_mlp_probe_accuracy",
        "usual_style_mlp_probe_accuracy",
    ),
    Claim(
        "Without an adversary, what is decoded for a drawn style is another digit",
        "this course",
        "short_judge_agreement",
        "free_judge_agreement",
    ),
)

LESSON = Description(
    name="05_style_and_content",
    title="Style and content: the same hand, ten digits",
    idea="what a style code smuggles, and how to stop it",
    minutes=12,
    metrics=METRICS,
    promises=PROMISES,
    headlines=HEADLINES,
    claims=CLAIMS,
    exercises=(ONE_HOT, STYLE_GRID, STYLE_CONSISTENCY, NEAREST_STYLES),
)
