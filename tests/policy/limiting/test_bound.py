"""How long an answer may become."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.limiting.stage import budget, chat, quotas_of, rate
from trigate.core.errors import AnswerUnbounded, PriceUnknown
from trigate.policy.limit import Limit
from trigate.policy.limiting.bound import first_bound, smaller_bound, unpriced
from trigate.policy.limiting.sheet import Sheet
from trigate.store.counter import Standing

CENT = 10_000_000


def sheet_of(*limits: Limit) -> Sheet:
    quotas = quotas_of(limits)
    return Sheet(quotas, ["all"] * len(quotas))


@given(st.integers(0, 200), st.integers(1, 300), st.integers(0, 500), st.integers(0, 500))
def test_the_smaller_bound_is_the_largest_that_fits_all(asked: int, bound: int, cents: int, tokens: int) -> None:
    sheet = sheet_of(budget(usd=5), rate(requests=1), rate(tokens=500))
    standings = [Standing(cents * CENT, 0), Standing(1, 0), Standing(tokens, 0)]
    found = smaller_bound(sheet, chat(asked, bound), standings)
    best = max((n for n in range(bound) if asked + n <= min(cents, tokens)), default=0)
    assert found == max(best, 1)


def test_prices_that_rise_in_steps_are_followed() -> None:
    class Steps:
        def most(self, input_tokens: int, output_tokens: int) -> int:
            return -(-output_tokens // 100) * CENT

    found = smaller_bound(sheet_of(budget(usd=5)), chat(0, 1000, tariff=Steps()), [Standing(3 * CENT + 5, 0)])
    assert found == 300


def test_the_first_bound_is_the_narrowest_setting() -> None:
    sheet = sheet_of(budget(usd=5, unbounded=70), rate(tokens=9), rate(tokens=9, name="soft", hard=False, unbounded=3))
    assert first_bound(sheet, chat(1, None, cap=lambda _: None)) == 70


def test_one_limit_that_refuses_the_unbounded_is_named() -> None:
    sheet = sheet_of(budget(usd=5), rate(name="strict", tokens=9, unbounded="refuse"))
    with pytest.raises(AnswerUnbounded, match="'strict'"):
        first_bound(sheet, chat(1, None, cap=lambda _: None))


def test_an_unknown_price_counts_what_each_limit_says_or_is_refused() -> None:
    sheet = sheet_of(budget(usd=5, unknown_price=Decimal(1)), budget(usd=4, name="b", hard=False), rate(tokens=1))
    assert unpriced(sheet) == [(0, 10**9), (1, 0)]
    with pytest.raises(PriceUnknown, match="'c'"):
        unpriced(sheet_of(budget(usd=5, name="c")))
