"""What Gemini counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.gemini_content.scene import JSON
from trigate.llm.dialects.gemini_content.tally import decode_tally, read_tally, write_tally
from trigate.llm.reply import Tally


def test_what_the_cache_gave_is_taken_out_of_the_prompt():
    usage = {"promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 5, "thoughtsTokenCount": 9}
    assert read_tally(usage | {"totalTokenCount": 114}) == Tally(input=40, cache_read=60, output=5, reasoning=9)


def test_thoughts_counted_among_the_candidates_are_taken_out():
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 30, "thoughtsTokenCount": 20, "totalTokenCount": 40}
    assert read_tally(usage) == Tally(input=10, output=10, reasoning=20)


def test_what_tools_read_is_input():
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 3, "toolUsePromptTokenCount": 50, "totalTokenCount": 63}
    assert read_tally(usage) == Tally(input=60, output=3)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"candidatesTokenCount": 5},
        {"promptTokenCount": 5, "cachedContentTokenCount": 6},
        {"promptTokenCount": -1},
        {"promptTokenCount": 10**12},
        {"promptTokenCount": "5"},
        [],
        "usage",
    ],
)
def test_counts_that_cannot_be_true_are_no_counts(usage: object):
    assert read_tally(usage) is None
    assert decode_tally(json.dumps({"usageMetadata": usage}).encode()) is None


COUNT = st.integers(0, 10**6)


@given(COUNT, COUNT, COUNT, COUNT)
def test_a_tally_comes_back_as_it_was(fresh: int, cached: int, output: int, reasoning: int):
    tally = Tally(input=fresh, cache_read=cached, output=output, reasoning=reasoning)
    found = read_tally(write_tally(tally))
    assert found == tally


def test_sound_is_told_apart_both_ways():
    tally = Tally(input=120, output=40, audio_input=100, audio_output=30)
    assert read_tally(write_tally(tally)) == tally


@given(JSON)
def test_nonsense_raises_nothing(value: object):
    read_tally(value)
    decode_tally(json.dumps(value).encode())


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000])
def test_what_is_no_json_has_no_counts(body: bytes):
    assert decode_tally(body) is None
