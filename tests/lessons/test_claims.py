"""Verdicts follow from the numbers, seed by seed, and the page says what the records say."""

from aecourse import lessons
from aecourse.lessons.claims import Claim, verdict
from aecourse.results import tables
from documents import ROOT
import pytest

BETTER = Claim("x helps", "somebody", "x", "y")
SAME = BETTER._replace(same=True)


def said(claim, values, others, better="higher"):
    return verdict(claim, dict(enumerate(values)), dict(enumerate(others)), better)


@pytest.mark.parametrize(
    ("values", "others", "better", "expected"),
    [
        ([2.0, 3.0], [1.0, 1.0], "higher", "holds"),
        ([2.0, 3.0], [1.0, 1.0], "lower", "the opposite holds"),
        ([1.0, 1.01], [1.0, 1.0], "higher", "makes no difference"),
        ([2.0, 0.5], [1.0, 1.0], "higher", "holds with 1 of 2 seeds"),
        ([1.0, 0.5], [1.0, 1.0], "higher", "does not hold"),
        ([-0.1, -0.2], [-1.0, -1.0], "higher", "holds"),
        ([0.5], [0.0], "higher", "holds"),
    ],
)
def test_a_claim_holds_where_every_seed_says_so(values, others, better, expected):
    assert said(BETTER, values, others, better) == expected


def test_a_claim_that_two_are_alike():
    assert said(SAME, [1.0, 1.01], [1.0, 1.0]) == "holds"
    assert said(SAME, [1.5, 0.5], [1.0, 1.0]) == "does not hold"
    assert said(SAME, [1.0, 0.5], [1.0, 1.0]) == "holds with 1 of 2 seeds"
    assert said(SAME._replace(margin=0.6), [1.5, 0.5], [1.0, 1.0]) == "holds"


def test_seeds_are_compared_with_themselves_and_one_that_misses_does_not_count():
    assert verdict(BETTER, {0: 2.0, 1: 9.0}, {1: 5.0, 2: 1.0}, "higher") == "holds"
    with pytest.raises(ValueError, match="no recorded seed in common"):
        verdict(BETTER, {0: 2.0}, {1: 1.0}, "higher")


CLAIMS = [(lesson, each) for lesson in lessons.descriptions().values() for each in lesson.claims]


@pytest.mark.parametrize(("lesson", "claim"), CLAIMS, ids=[c.words[:40] for _, c in CLAIMS])
def test_claims_compare_metrics_of_their_lesson(lesson, claim):
    assert claim.metric in lesson.metrics
    assert claim.than in lesson.metrics or isinstance(claim.than, float)
    assert "source 0" not in claim.by and 0 < claim.margin < 1


def test_the_page_has_a_row_for_each_claim_that_is_recorded(records):
    page = tables.claims_page(records)
    for lesson, claim in CLAIMS:
        assert page.count(f"| {claim.words} |") == 1, (lesson.name, "run its full lesson")
    assert (ROOT / "docs" / "CLAIMS.md").read_text(encoding="utf-8") == page


def test_the_page_leaves_out_what_nobody_measured(records):
    found = [r for r in records if not r["lesson"].startswith("01")]
    assert "linear autoencoder is PCA" not in tables.claims_page(found)


@pytest.fixture(scope="module")
def records():
    return tables.record.read(ROOT / "docs" / "results")
