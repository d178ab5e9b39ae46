"""What a refused caller reads."""

from decimal import Decimal

import pytest

from tests.policy.limiting.stage import budget, concurrency, only, rate
from trigate.core.errors import BudgetReached, ConcurrencyReached, RateReached, TokensReached
from trigate.core.settings import Duration
from trigate.policy.limit import Limit
from trigate.policy.limiting.refusal import refuse
from trigate.store.counter import Standing

HOUR = 3600 * 10**9


@pytest.mark.parametrize(
    ("limit", "whose", "standing", "kind", "text"),
    [
        (
            rate("key", name="r", requests=10),
            "key=dev",
            Standing(0, 1_500_000_000),
            RateReached,
            "limit 'r' (key=dev) is reached: 10 requests per 1m; there is room again in 2s",
        ),
        (
            rate(name="t", tool_calls=10, window=Duration(86400)),
            "all",
            Standing(0, 3 * HOUR),
            RateReached,
            "limit 't' is reached: 10 tool calls per 1d, 0 of it left, and this call may use 1; "
            "there is room again in 3 hours",
        ),
        (
            rate(name="t", tokens=10),
            "all",
            Standing(9, 20),
            TokensReached,
            "limit 't' is reached: 10 tokens per 1m, 9 of it left, and this call may use 1; there is room again in 1s",
        ),
        (
            budget("team user", name="b", usd=Decimal("2.5"), window="month"),
            "team=a,user=b",
            Standing(0, 300 * HOUR),
            BudgetReached,
            "limit 'b' (team=a, user=b) is reached: $2.50 per month, $0 of it left, and this call may cost "
            "$0.000000001; there is room again in 300 hours",
        ),
        (
            budget(name="b", requests=7),
            "all",
            Standing(0, 0),
            BudgetReached,
            "limit 'b' is reached: 7 requests in all",
        ),
        (
            concurrency(name="c", max=3),
            "all",
            Standing(0, 0),
            ConcurrencyReached,
            "limit 'c' is reached: 3 calls at the same time; try again when one of them has ended",
        ),
    ],
)
def test_an_error_names_the_limit_whose_it_is_and_when_it_resets(
    limit: Limit, whose: str, standing: Standing, kind: type[Exception], text: str
) -> None:
    error = refuse(only(limit), whose, standing, 1)
    assert type(error) is kind
    assert error.message == text
    assert error.status == 429


def test_clients_are_told_when_to_retry_and_when_not_to() -> None:
    quota = only(rate(requests=10))
    soon, late = refuse(quota, "all", Standing(0, 30 * 10**9), 1), refuse(quota, "all", Standing(0, HOUR), 1)
    assert (soon.retry_after, soon.headers) == (30, ())
    assert (late.retry_after, late.headers) == (3600, ((b"x-should-retry", b"false"),))
    never = refuse(only(budget(usd=1)), "all", Standing(0, 0), 1)
    assert (never.retry_after, never.headers) == (None, ((b"x-should-retry", b"false"),))
    assert refuse(quota, "all", Standing(0, HOUR), 1, in_flight=True).retry_after == 1
    assert refuse(quota, "all", Standing(10, HOUR), 11).retry_after is None


def test_money_and_limits_of_a_target_let_another_target_be_tried() -> None:
    def retryable(limit: Limit) -> bool:
        return refuse(only(limit), "all", Standing(0, 1), 1).retryable

    assert retryable(budget(usd=1))
    assert retryable(rate("key target", requests=1))
    assert not retryable(rate("key", requests=1))
