"""Gemini's streams as events."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.llm.dialects.gemini_content.scene import JSON
from tests.llm.dialects.gemini_content.test_reply_reader import WILD
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Thought
from trigate.llm.dialects.gemini_content.stream_reader import GeminiReader
from trigate.llm.reply import Begin, ChoiceEnd, Cite, Count, Delta, End, Event, Failure, PartBegin, PartEnd, Signature


def chunk(*parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, **candidate}]}


def events(*chunks: Any) -> list[Event]:
    reader = GeminiReader(10**6)
    data = b"".join(b"data: %b\r\n\r\n" % json.dumps(each).encode() for each in chunks)
    return reader.feed(data) + reader.finish()


def test_pieces_of_a_text_are_one_part():
    found = events(chunk({"text": "a"}), chunk({"text": "b"}, finishReason="STOP"))
    kinds = [Begin, PartBegin, Delta, Delta, PartEnd, ChoiceEnd, End]
    assert [type(each) for each in found] == kinds


def test_a_thought_is_a_part_before_the_text_and_signed():
    found = events(
        chunk({"text": "Hm", "thought": True, "thoughtSignature": "AAAA"}), chunk({"text": "b"}, finishReason="STOP")
    )
    assert [each.index for each in found if isinstance(each, PartBegin)] == [0, 1]
    assert [(each.index, each.signature) for each in found if isinstance(each, Signature)] == [(0, "AAAA")]


def test_the_signature_of_a_text_comes_after_it():
    found = events(chunk({"text": "42"}), chunk({"text": "", "thoughtSignature": "AAAA"}, finishReason="STOP"))
    begun = [each.part for each in found if isinstance(each, PartBegin)]
    assert begun[1] == Thought(signature="AAAA", maker="google", redacted=True)


def test_a_call_comes_with_its_arguments_in_one_piece():
    found = events(chunk({"functionCall": {"name": "f", "args": {"a": 1}}}), chunk({"text": ""}, finishReason="STOP"))
    assert [each.text for each in found if isinstance(each, Delta)] == ['{"a":1}']
    assert [each.stop for each in found if isinstance(each, ChoiceEnd)] == ["tool"]


def test_sources_are_told_while_their_text_is_open():
    grounding = {
        "groundingChunks": [{"web": {"uri": "u"}}],
        "groundingSupports": [{"segment": {"endIndex": 1}, "groundingChunkIndices": [0]}],
    }
    found = events(chunk({"text": "a"}), chunk(finishReason="STOP", groundingMetadata=grounding))
    kinds = [type(each) for each in found]
    assert kinds.index(Cite) < kinds.index(PartEnd)


def test_the_last_count_is_the_one_that_holds():
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 1}
    found = events(
        chunk({"text": "a"}) | {"usageMetadata": usage},
        chunk({"text": "b"}, finishReason="STOP"),
        {"usageMetadata": usage | {"candidatesTokenCount": 9}},
    )
    assert [each.tally.output for each in found if isinstance(each, Count)] == [9]


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [chunk({"text": "a"})],
        [{"usageMetadata": {"promptTokenCount": 5}}],
        [chunk({"text": "a"}, index=0, finishReason="STOP"), chunk({"text": "b"}, index=1)],
    ],
)
def test_an_answer_without_its_end_never_ends(chunks: list[Any]):
    assert not any(isinstance(each, End | ChoiceEnd) for each in events(*chunks))


def test_half_an_event_is_refused_at_the_end():
    reader = GeminiReader(1000)
    assert reader.feed(b'data: {"candidates":[{"finishRea') == []
    with pytest.raises(UpstreamProtocolError):
        reader.finish()


def test_an_error_in_the_middle_is_the_last_word():
    found = events(
        chunk({"text": "a"}),
        {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}},
        chunk({"text": "b"}, finishReason="STOP"),
    )
    assert found[-1] == Failure(message="Overloaded", code="UNAVAILABLE", status=503)


def test_a_blocked_ask_ends_filtered():
    found = events({"promptFeedback": {"blockReason": "SAFETY"}})
    assert [type(each) for each in found] == [Begin, ChoiceEnd, End]


def test_an_event_that_is_too_large_is_refused():
    with pytest.raises(UpstreamProtocolError):
        GeminiReader(10).feed(b"data: " + b"x" * 20)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(WILD, JSON)
def test_no_stream_raises_anything_else(candidate: Any, other: Any):
    with contextlib.suppress(UpstreamProtocolError):
        events({"candidates": [candidate]}, {"candidates": [{"content": {"parts": [candidate]}}]}, other)
