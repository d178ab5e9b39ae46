"""Counts of many servers, split so that nothing is counted twice."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.usage import Usage
from trigate.llm.token_count import CompletionDetails, PromptDetails, TokenCount, read_report


def split(reported: object) -> tuple[int, ...] | None:
    report = read_report(msgspec.json.encode({"usage": reported}))
    count = report.usage if report is not None else None
    usage = Usage()
    if count is None or not count.add_to(usage):
        assert usage == Usage()
        return None
    return (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 4}, (10, 0, 0, 4, 0)),
        ({"prompt_tokens": 10, "total_tokens": 10}, (10, 0, 0, 0, 0)),
        ({"prompt_tokens": 10, "completion_tokens": 4, "prompt_tokens_details": None}, (10, 0, 0, 4, 0)),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 7, "audio_tokens": 0},
            },
            (3, 7, 0, 4, 0),
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 0,
                "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 5},
            },
            (2, 3, 5, 0, 0),
        ),
        (
            {"prompt_tokens": 1, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 6}},
            (1, 0, 0, 3, 6),
        ),
        (
            {
                "prompt_tokens": 1,
                "completion_tokens": 3,
                "total_tokens": 10,
                "completion_tokens_details": {"reasoning_tokens": 6},
            },
            (1, 0, 0, 3, 6),
        ),
        ({"prompt_tokens": 1, "completion_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 6}}, None),
        (
            {"prompt_tokens": 10, "completion_tokens": 4, "prompt_cache_hit_tokens": 7, "prompt_cache_miss_tokens": 3},
            (3, 7, 0, 4, 0),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 4, "cached_tokens": 7}, (3, 7, 0, 4, 0)),
        ({"prompt_tokens": 10, "completion_tokens": 4, "num_cached_tokens": 7}, (3, 7, 0, 4, 0)),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 4,
                "cached_tokens": 9,
                "prompt_tokens_details": {"cached_tokens": 7},
            },
            (3, 7, 0, 4, 0),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 4, "cached_tokens": 11}, None),
        ({"prompt_tokens": 10, "completion_tokens": 4, "cached_tokens": {"text": 7}}, (10, 0, 0, 4, 0)),
        (
            {
                "prompt_tokens": 33,
                "completion_tokens": 7163,
                "total_tokens": 7196,
                "citation_tokens": 18379,
                "num_search_queries": 18,
                "reasoning_tokens": 73997,
            },
            (33, 0, 0, 7163, 73997),
        ),
        ({"prompt_tokens": 1, "completion_tokens": 9, "reasoning_tokens": 6}, (1, 0, 0, 9, 0)),
        ({"prompt_tokens": 1, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}, None),
        ({"prompt_tokens": 10, "completion_tokens": -1}, None),
        ({"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": -5}}, None),
        ({"completion_tokens": 1}, None),
        ({"prompt_tokens": 10**10}, None),
        ({"prompt_tokens": "10"}, None),
        ({"prompt_tokens": 1.5}, None),
        (None, None),
        (7, None),
    ],
)
def test_a_report_is_split(reported: object, expected: tuple[int, ...] | None):
    assert split(reported) == expected


tokens = st.integers(-5, 50) | st.none()


@given(st.tuples(tokens, tokens, tokens, tokens, tokens, tokens))
def test_a_split_never_goes_below_zero_nor_beyond_the_report(reported: tuple[int | None, ...]):
    prompt, completion, total, cached, written, reasoning = reported
    found = split(
        {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }
    )
    if found is not None:
        assert min(found) >= 0
        assert sum(found[:3]) == prompt
        assert sum(found[3:]) in (completion or 0, (completion or 0) + (reasoning or 0))


@pytest.mark.parametrize("body", [b"", b"words", b"[]", b"{}", b'{"usage":', b'{"a":' + b"[" * 100_000])
def test_a_body_without_counts_has_none(body: bytes):
    report = read_report(body)
    assert report is None or report.usage is None


def test_counts_of_several_calls_add_up():
    usage = Usage()
    assert TokenCount(prompt_tokens=3).add_to(usage)
    assert TokenCount(prompt_tokens=4).add_to(usage)
    assert usage.input_tokens == 7


def _heard(prompt: PromptDetails | None, completion: CompletionDetails | None) -> TokenCount:
    return TokenCount(prompt_tokens=9, prompt_tokens_details=prompt, completion_tokens_details=completion)


@pytest.mark.parametrize(
    ("count", "audio"),
    [
        (TokenCount(prompt_tokens=9), (0, 0)),
        (_heard(PromptDetails(), CompletionDetails()), (0, 0)),
        (_heard(PromptDetails(audio_tokens=3), None), (3, 0)),
        (_heard(None, CompletionDetails(audio_tokens=-4)), (0, 0)),
        (_heard(None, CompletionDetails(audio_tokens=4)), (0, 4)),
    ],
)
def test_audio_is_told_apart(count: TokenCount, audio: tuple[int, int]):
    tally = count.tally()
    assert tally is not None
    assert (tally.audio_input, tally.audio_output) == audio


def test_the_service_that_was_given_is_read():
    report = read_report(b'{"usage":{"prompt_tokens":1},"service_tier":"flex"}')
    assert report is not None
    assert report.service_tier == "flex"


def test_groq_tells_the_usage_of_a_stream_in_a_place_of_its_own():
    report = read_report(b'{"x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":2,"queue_time":0.1}}}')
    assert report is not None
    count = report.count()
    assert count is not None
    assert (count.prompt_tokens, count.completion_tokens) == (3, 2)


def test_the_usual_place_goes_before_it():
    report = read_report(b'{"usage":{"prompt_tokens":1},"x_groq":{"usage":{"prompt_tokens":3}}}')
    assert report is not None
    count = report.count()
    assert count is not None
    assert count.prompt_tokens == 1
