"""Token counts of Responses, split and put together."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.dialects.openai_responses.usage import TokenCount, write_usage
from trigate.llm.reply import Tally

counts = st.integers(0, 10**6)


def read(usage: dict[str, object]) -> Tally | None:
    return msgspec.convert(usage, TokenCount).tally("flex")


def test_what_is_counted_in_another_is_counted_once() -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 50,
        "input_tokens_details": {
            "cached_tokens": 30,
            "cache_write_tokens": 20,
            "cache_write_tokens_details": {"ttl_30m_tokens": 15, "ttl_12h_tokens": 5},
        },
        "output_tokens_details": {"reasoning_tokens": 40},
    }
    assert read(usage) == Tally(
        input=50, cache_read=30, cache_write=15, cache_write_long=5, output=10, reasoning=40, service_tier="flex"
    )


@given(st.builds(Tally, input=counts, cache_read=counts, cache_write=counts, output=counts, reasoning=counts))
def test_counts_come_back_as_they_were(tally: Tally) -> None:
    assert msgspec.convert(write_usage(tally), TokenCount).tally() == tally


def test_what_is_kept_for_long_is_told_apart() -> None:
    usage = write_usage(Tally(input=1, cache_write=2, cache_write_long=3))
    assert usage["input_tokens_details"]["cache_write_tokens_details"] == {"ttl_30m_tokens": 2, "ttl_12h_tokens": 3}
    assert usage["total_tokens"] == 6


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"output_tokens": 3},
        {"input_tokens": -1},
        {"input_tokens": 10**12},
        {"input_tokens": 1, "input_tokens_details": {"cached_tokens": 2}},
        {"input_tokens": 1, "output_tokens": 1, "output_tokens_details": {"reasoning_tokens": 2}},
    ],
)
def test_counts_that_cannot_be_true_are_none(usage: dict[str, object]) -> None:
    assert read(usage) is None
