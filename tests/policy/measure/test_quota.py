"""What the engine knows of a limit, in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.limiting.stage import budget, concurrency, only, rate
from trigate.core.settings import Duration
from trigate.policy.limit import Limit
from trigate.policy.measure.quota import money


@pytest.mark.parametrize(
    ("limit", "text", "tag", "sure", "strict"),
    [
        (rate("key", requests=5), "5 requests per 1m", "rate-requests-key-1m@requests:1m", True, True),
        (
            rate(input_tokens=5, hard=False),
            "5 input tokens per 1m",
            "rate-input_tokens-1m-soft@input_tokens:1m",
            False,
            False,
        ),
        (budget(usd=2, window="week"), "$2 per week", "budget-usd-week@usd:week", False, True),
        (budget(usd=2, shadow=True), "$2 in all", "budget-usd-ever-shadow@usd:ever", False, False),
        (
            concurrency(name="c", max=4),
            "4 calls at the same time",
            "c@requests:concurrency",
            False,
            True,
        ),
    ],
)
def test_a_quota_describes_and_names_itself(limit: Limit, text: str, tag: str, sure: bool, strict: bool) -> None:
    quota = only(limit)
    assert (quota.describe(), quota.tag, quota.sure, quota.strict) == (text, tag, sure, strict)


def test_the_length_is_that_of_the_law_or_of_the_window() -> None:
    assert only(rate(requests=1, window=Duration(2))).length == 2 * 10**9
    assert only(rate(requests=1, window=Duration(2), algorithm="fixed")).length == 2 * 10**9
    assert only(budget(requests=1, window="day")).length == 0


@given(st.integers(0, 10**18))
def test_money_is_written_exactly(nanos: int) -> None:
    assert Decimal(money(nanos)) * 10**9 == nanos


@pytest.mark.parametrize(("nanos", "text"), [(0, "0"), (5 * 10**9, "5"), (2 * 10**8, "0.20"), (15 * 10**5, "0.0015")])
def test_money_is_written_with_cents_or_without(nanos: int, text: str) -> None:
    assert money(nanos) == text
