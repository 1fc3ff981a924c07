"""Claims of sources and of common advice that a lesson has tested, and what records say of them.

The verdict is never typed: it follows from the recorded numbers, seed by seed.
"""

from collections.abc import Mapping
from typing import NamedTuple

HOLDS, OPPOSITE, NO_DIFFERENCE = "holds", "the opposite holds", "makes no difference"
DIFFERENT = "does not hold"


class Claim(NamedTuple):
    """Something that somebody says, as a comparison of two measured numbers.

    words: the claim, as one says it; by: who says so. metric: of what is claimed to be better;
    than: the metric of its twin, or a number. Which way is better stands in the metric's
    description. same: the claim is that both are alike. margin: a smaller difference, relative to
    `than`, is none. comment: a sentence on what the verdict does not say.
    """

    words: str
    by: str
    metric: str
    than: str | float
    comment: str = ""
    same: bool = False
    margin: float = 0.02


def verdict(
    claim: Claim, values: Mapping[int, float], others: Mapping[int, float], better: str
) -> str:
    """What the numbers of the claim's two metrics, seed -> value, say of it, over the seeds that
    both have. better: "higher" or "lower". Raises ValueError where no seed has both."""
    seeds = sorted(set(values) & set(others))
    if not seeds:
        raise ValueError(f"{claim.metric} and {claim.than} have no recorded seed in common.")
    sign = 1 if better == "higher" else -1
    gains = [sign * (values[s] - others[s]) / (abs(others[s]) or 1.0) for s in seeds]
    alike = sum(abs(gain) <= claim.margin for gain in gains)
    if claim.same:
        met, word = alike, DIFFERENT
    elif alike == len(seeds):
        return NO_DIFFERENCE
    else:
        met, word = sum(gain > claim.margin for gain in gains), OPPOSITE
        if met == 0 and alike:
            word = DIFFERENT
    if met in (0, len(seeds)):
        return HOLDS if met else word
    return f"holds with {met} of {len(seeds)} seeds"
