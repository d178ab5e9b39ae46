"""Costs are exact, rounded once, and never above what was said to be the most."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.usage import Usage
from trigate.llm.price import FREE, MILLION, NO_MEDIA, Media, Price, Rates

RATE = st.integers(0, 10**15)
COUNT = st.integers(0, 10**9)
KINDS = (
    "input", "cache_read", "cache_write", "cache_write_long", "output", "reasoning", "audio_input", "audio_output",
    "image_input", "image_output",
)  # fmt: skip
RATES = st.builds(Rates, **dict.fromkeys(KINDS, RATE))
MEDIA = st.builds(Media, COUNT, COUNT, COUNT, COUNT)
USAGE = st.builds(
    Usage,
    input_tokens=COUNT,
    cache_read_tokens=COUNT,
    cache_write_tokens=COUNT,
    cache_write_long_tokens=COUNT,
    output_tokens=COUNT,
    reasoning_tokens=COUNT,
)


def flat(**given: int) -> Rates:
    return Rates(**{**dict.fromkeys(KINDS, 0), **given})


@st.composite
def prices(draw: st.DrawFn) -> tuple[list[Rates], Price]:
    thresholds = sorted(draw(st.sets(st.integers(1, 3 * 10**9), max_size=3)))
    base = draw(RATES)
    higher = [Rates(**{kind: getattr(draw(RATES), kind) for kind in KINDS}, above=each) for each in thresholds]
    tiers = [base, *higher]
    return tiers, Price(tiers, draw(st.integers(0, 10**12)))


def exactly(rates: Rates, usage: Usage, parts: Media = NO_MEDIA) -> Fraction:
    """What the tokens cost, in fractions of a nano-dollar, each kind by itself."""
    heard, spoken = min(parts.audio_input, usage.input_tokens), min(parts.audio_output, usage.output_tokens)
    seen, drawn = (
        min(parts.image_input, usage.input_tokens - heard),
        min(parts.image_output, usage.output_tokens - spoken),
    )
    shares = {
        "input": usage.input_tokens - heard - seen,
        "audio_input": heard,
        "image_input": seen,
        "cache_read": usage.cache_read_tokens,
        "cache_write": usage.cache_write_tokens,
        "cache_write_long": usage.cache_write_long_tokens,
        "output": usage.output_tokens - spoken - drawn,
        "audio_output": spoken,
        "image_output": drawn,
        "reasoning": usage.reasoning_tokens,
    }
    return sum((Fraction(getattr(rates, kind) * count, MILLION) for kind, count in shares.items()), Fraction(0))


@given(RATES, USAGE, MEDIA)
def test_a_cost_is_the_exact_sum_rounded_once_half_to_even(rates: Rates, usage: Usage, parts: Media):
    assert Price([rates]).cost(usage, parts) == round(exactly(rates, usage, parts))


@given(prices(), USAGE)
def test_the_tier_of_all_input_holds_for_the_whole_call(made: tuple[list[Rates], Price], usage: Usage):
    tiers, price = made
    total = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens + usage.cache_write_long_tokens
    tier = [each for each in tiers if not each.above or total > each.above][-1]
    request = price.cost(Usage())
    assert price.cost(usage) == request + round(exactly(tier, usage))


@given(prices(), USAGE, MEDIA, COUNT, COUNT)
def test_no_split_of_the_tokens_costs_more_than_the_most(
    made: tuple[list[Rates], Price], usage: Usage, parts: Media, more_input: int, more_output: int
):
    _, price = made
    into = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens + usage.cache_write_long_tokens
    out = usage.output_tokens + usage.reasoning_tokens
    assert price.cost(usage, parts) <= price.most(into + more_input, out + more_output)


@given(prices(), COUNT, COUNT)
def test_the_most_is_never_less_for_more_and_grows_evenly_with_the_output(
    made: tuple[list[Rates], Price], into: int, out: int
):
    _, price = made
    most = price.most(into, out)
    assert most <= price.most(into + 1, out)
    assert most <= price.most(into, out + 1)
    per_million = price.most(into, MILLION) - price.most(into, 0)
    assert price.most(into, out * MILLION) - price.most(into, 0) == out * per_million


@pytest.mark.parametrize(
    ("rate", "tokens", "cost"), [(500_000, 1, 0), (500_000, 3, 2), (500_001, 1, 1), (499_999, 1, 0), (1_500_000, 1, 2)]
)
def test_half_a_nano_dollar_goes_to_the_even_one(rate: int, tokens: int, cost: int):
    assert Decimal(rate * tokens).scaleb(-6).to_integral_value(ROUND_HALF_EVEN) == cost
    assert Price([flat(input=rate)]).cost(Usage(input_tokens=tokens)) == cost


def test_the_higher_tier_begins_above_its_threshold():
    price = Price([flat(input=1_000_000), flat(input=2_000_000, above=200_000)])
    assert price.cost(Usage(input_tokens=200_000)) == 200_000
    assert price.cost(Usage(input_tokens=200_001)) == 400_002
    assert price.cost(Usage(input_tokens=1, cache_read_tokens=200_000)) == 2
    assert price.most(200_000, 0) == 200_000
    assert price.most(200_001, 0) == 400_002


def test_the_most_looks_at_lower_tiers_too_for_a_call_may_end_up_there():
    price = Price([flat(output=9_000_000), flat(output=1_000_000, above=10)])
    assert price.most(20, 5) == 45


def test_a_request_may_have_a_price_of_its_own():
    price = Price([flat(input=1_000_000)], request=7)
    assert price.cost(Usage(input_tokens=2)) == 9
    assert price.cost(Usage()) == price.most(0, 0) == 7


def test_what_is_free_costs_nothing():
    assert FREE.cost(Usage(input_tokens=10**9, reasoning_tokens=5)) == FREE.most(10**9, 10**9) == 0
