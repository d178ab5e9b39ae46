"""The last event of an answer tells what it counts; no other does."""

import json
from typing import Any

import pytest

from tests.journeys.speaking import USAGE
from trigate.llm.realtime.tally import BYTES_PER_TOKEN, Draft, read_done
from trigate.llm.reply import Tally


def done(usage: Any) -> bytes:
    return json.dumps({"type": "response.done", "response": {"usage": usage}}).encode()


def test_text_and_audio_are_told_apart():
    assert read_done(done(USAGE)) == (
        True,
        Tally(input=200, cache_read=100, output=30, audio_input=100, audio_output=20),
    )


def test_audio_from_the_cache_is_no_dearer():
    usage = {"input_tokens": 10, "input_token_details": {"cached_tokens": 8, "audio_tokens": 8}}
    usage["input_token_details"]["cached_tokens_details"] = {"audio_tokens": 6}  # type: ignore[index]
    tally = read_done(done(usage))[1]
    assert tally is not None
    assert (tally.audio_input, tally.cache_read, tally.input) == (2, 8, 2)


@pytest.mark.parametrize("usage", [None, {"input_tokens": -5}, {"output_tokens": 10**12}])
def test_what_cannot_be_true_is_not_believed(usage: Any):
    assert read_done(done(usage)) == (True, None)


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b'{"type":"x","delta":"\\"response.done\\""}', b'{"type":"x","a":"response.done"}', b"\xff"]
)
def test_other_events_end_nothing(payload: bytes):
    assert read_done(payload) == (False, None)


def test_an_end_that_cannot_be_read_is_an_end_all_the_same():
    assert read_done(b'{"type":"response.done","response":[') == (True, None)


def test_an_answer_under_way_is_estimated_until_it_is_counted():
    draft = Draft()
    assert draft.tally() is None
    draft.take(b'{"type":"response.output_audio.delta","delta":"%b"}' % (b"A" * (10 * BYTES_PER_TOKEN - 100)))
    draft.take(b'{"type":"response.output_text.delta","delta":"hi"}')
    draft.take(b'{"type":"session.updated"}')
    tally = draft.tally()
    assert tally is not None
    assert (tally.output, tally.audio_output, tally.guessed) == (11, 10, True)
    draft.clear()
    assert draft.tally() is None
