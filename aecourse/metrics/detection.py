"""How well a score tells anomalies from what is normal. A high score means "anomalous".

Scores are arrays (n,), one for each image or each step of a series. A span (start, end) is an event
in a series: the steps from start to end, the latter not included.
"""

from collections.abc import Sequence

from aecourse.door import labels, numbers
import numpy as np

Spans = Sequence[tuple[int, int]]


def _pair(scores, anomalous):
    scores = numbers(scores, "scores", shape=()).astype(np.float64)
    anomalous = labels(anomalous, "anomalous", classes=2, count=len(scores)).astype(bool)
    if anomalous.all() or not anomalous.any():
        what = "normal" if anomalous.all() else "anomalous"
        raise ValueError(f"Nothing is {what} among {len(scores)} examples; expected both kinds.")
    return scores, anomalous


def _alarms(scores, anomalous):
    """For every threshold at which something changes, from the highest down: how many alarms there
    are when each score from there on is one, and how many of them are right."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # of equal scores
    return ends + 1, np.cumsum(anomalous[order])[ends]


def auroc(scores: np.ndarray, anomalous: np.ndarray) -> float:
    """The area under the receiver operating characteristic: how often an anomalous example (n,)
    bool has a higher score (n,) than a normal one, a tie counting half. 0.5 is chance, 1 perfect.

    It does not depend on how many anomalies there are (Fawcett 2006). Raises ValueError where
    there is nothing normal or nothing anomalous, as the functions below do.
    """
    scores, anomalous = _pair(scores, anomalous)
    alarms, right = _alarms(scores, anomalous)
    found = np.append(0, right) / right[-1]
    false = np.append(0, alarms - right) / (alarms - right)[-1]
    return float(np.sum(np.diff(false) * (found[1:] + found[:-1]) / 2))


def average_precision(scores: np.ndarray, anomalous: np.ndarray) -> float:
    """The area under the precision-recall curve, as a sum of steps: precision at each threshold,
    weighted by the recall gained there. Arrays (n,). Chance is the share of anomalies, 1 perfect.
    """
    scores, anomalous = _pair(scores, anomalous)
    alarms, right = _alarms(scores, anomalous)
    return float(np.sum(np.diff(np.append(0, right)) / right[-1] * right / alarms))


def best_f1(scores: np.ndarray, anomalous: np.ndarray) -> float:
    """The highest F1, the harmonic mean of precision and recall, over all thresholds. Arrays (n,).

    The threshold is chosen on the labels that judge it: too good, and only fit to show so.
    """
    scores, anomalous = _pair(scores, anomalous)
    alarms, right = _alarms(scores, anomalous)
    return float(np.max(2 * right / (alarms + right[-1])))


def threshold_at(normal_scores: np.ndarray, false_alarms: float) -> float:
    """A threshold from normal examples alone: at most the share `false_alarms` of their scores (n,)
    lie above it. Raises ValueError for a share outside [0, 1]."""
    scores = np.sort(numbers(normal_scores, "normal_scores", shape=()).astype(np.float64))
    if not 0 <= false_alarms <= 1:
        raise ValueError(f"false_alarms is {false_alarms}; expected a share from 0 to 1.")
    above = int(np.floor(false_alarms * len(scores) + 1e-9))
    return float(scores[len(scores) - 1 - above]) if above < len(scores) else -np.inf


def _spans(spans, count):
    spans = [(int(start), int(end)) for start, end in spans]
    if not spans:
        raise ValueError("spans has no events; expected pairs (start, end).")
    for start, end in spans:
        if not 0 <= start < end <= count:
            raise ValueError(f"spans has ({start}, {end}); the series has steps 0 to {count}.")
    return spans


def share_found(scores: np.ndarray, spans: Spans, threshold: float) -> float:
    """The share of events of which at least one step has a score (n,) above the threshold.

    A long event is found more easily than a short one by a score that knows nothing, unless the
    threshold is that of normal *stretches* as long: see `block_maxima`.
    """
    scores = numbers(scores, "scores", shape=())
    spans = _spans(spans, len(scores))
    return float(np.mean([scores[start:end].max() > threshold for start, end in spans]))


def block_maxima(scores: np.ndarray, length: int) -> np.ndarray:
    """The highest score of each block of `length` steps, such as a day: (n // length,). A rest that
    fills no block is left out. Raises ValueError where there is not one block."""
    scores = numbers(scores, "scores", shape=())
    if not 1 <= length <= len(scores):
        raise ValueError(f"length is {length}; the series has {len(scores)} steps.")
    return scores[: len(scores) // length * length].reshape(-1, length).max(axis=1)


def point_adjusted(scores: np.ndarray, spans: Spans) -> np.ndarray:
    """Scores (n,) as *point adjustment* counts them: each step of an event gets the highest score
    of the event, as if one alarm in it were an alarm at all of its steps.

    Never measure with it: a score of pure chance looks nearly perfect (Kim and others 2022).
    """
    scores = numbers(scores, "scores", shape=()).copy()
    for start, end in _spans(spans, len(scores)):
        scores[start:end] = scores[start:end].max()
    return scores
