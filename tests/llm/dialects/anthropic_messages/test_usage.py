"""Tokens are split so that none is counted twice, and nonsense is no count."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.dialects.anthropic_messages.usage import Usage, later, read_tally, write_message_usage, write_usage
from trigate.llm.reply import Tally

FULL = {
    "input_tokens": 10,
    "cache_read_input_tokens": 500,
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
    "output_tokens": 100,
    "output_tokens_details": {"thinking_tokens": 60},
    "service_tier": "priority",
}
SPLIT = Tally(
    input=10, cache_read=500, cache_write=20, cache_write_long=10, output=40, reasoning=60, service_tier="priority"
)


def tally(usage: Any) -> Tally | None:
    return read_tally(json.dumps({"usage": usage}).encode())


def test_a_full_usage_is_split() -> None:
    assert tally(FULL) == SPLIT


def test_what_is_written_is_what_was_read() -> None:
    assert write_message_usage(SPLIT) == FULL


def test_writing_to_the_cache_counts_without_its_kinds() -> None:
    assert tally({"input_tokens": 1, "cache_creation_input_tokens": 7, "output_tokens": 2}) == Tally(
        input=1, cache_write=7, output=2
    )


def test_what_a_compaction_took_is_added() -> None:
    runs = [
        {"type": "compaction", "input_tokens": 180, "cache_read_input_tokens": 5, "output_tokens": 35},
        {"type": "message", "input_tokens": 10, "output_tokens": 100},
        {"type": "advisor_message", "model": "m", "input_tokens": 7, "output_tokens": 7},
    ]
    summed = tally({**FULL, "iterations": runs})
    assert summed is not None
    assert (summed.input, summed.cache_read, summed.output, summed.reasoning) == (190, 505, 75, 60)
    assert summed.service_tier == "priority"


@pytest.mark.parametrize(
    "usage",
    [
        {**FULL, "iterations": [{"type": "compaction", "input_tokens": -180}]},
        None,
        {},
        {"input_tokens": "many", "output_tokens": 1},
        {"input_tokens": -1, "output_tokens": 1},
        {"input_tokens": 1, "output_tokens": 10**12},
        {"input_tokens": 1, "output_tokens": 5, "output_tokens_details": {"thinking_tokens": 6}},
        {"input_tokens": 1, "cache_creation_input_tokens": 1, "cache_creation": {"ephemeral_1h_input_tokens": 2}},
    ],
)
def test_what_cannot_be_true_is_no_count(usage: Any) -> None:
    assert tally(usage) is None


def test_an_event_changes_what_it_says_alone() -> None:
    begun = Usage(input_tokens=10, cache_read_input_tokens=5, output_tokens=1)
    assert later(begun, Usage(output_tokens=9)).tally() == Tally(input=10, cache_read=5, output=9)


def test_no_count_is_told_as_nothing() -> None:
    assert write_usage(None)["output_tokens"] == 0


@given(st.binary(max_size=40))
def test_any_bytes_are_read(body: bytes) -> None:
    read_tally(b'{"usage": ' + body + b"}")
    read_tally(body)
