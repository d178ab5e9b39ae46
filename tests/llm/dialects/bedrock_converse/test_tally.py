"""What Bedrock counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.bedrock_converse.scene import JSON
from trigate.llm.dialects.bedrock_converse.tally import decode_tally, write_tally
from trigate.llm.reply import Tally

COUNT = st.integers(0, 10**6)


@given(COUNT, COUNT, COUNT, COUNT, COUNT)
def test_a_tally_comes_back_as_it_was(fresh: int, read: int, short: int, long: int, output: int):
    tally = Tally(input=fresh, cache_read=read, cache_write=short, cache_write_long=long, output=output)
    assert decode_tally(json.dumps({"usage": write_tally(tally)}).encode()) == tally


def test_reasoning_is_output():
    assert write_tally(Tally(output=3, reasoning=7))["outputTokens"] == 10


def test_the_service_is_told():
    found = decode_tally(b'{"usage":{"inputTokens":1},"serviceTier":{"type":"flex"}}')
    assert found == Tally(input=1, service_tier="flex")


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"outputTokens": 5},
        {"inputTokens": -1},
        {"inputTokens": 10**12},
        {"inputTokens": 1, "cacheWriteInputTokens": 5, "cacheDetails": [{"ttl": "1h", "inputTokens": 6}]},
        [],
    ],
)
def test_counts_that_cannot_be_true_are_no_counts(usage: object):
    assert decode_tally(json.dumps({"usage": usage}).encode()) is None


@given(JSON)
def test_nonsense_raises_nothing(value: object):
    decode_tally(json.dumps(value).encode())
    decode_tally(json.dumps({"usage": value, "serviceTier": value}).encode())
