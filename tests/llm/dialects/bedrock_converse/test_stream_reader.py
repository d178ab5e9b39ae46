"""ConverseStream as events."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.llm.dialects.bedrock_converse.scene import JSON
from tests.llm.dialects.bedrock_converse.test_reply_reader import WILD
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Image, Thought
from trigate.llm.dialects.bedrock_converse.frame import write_frame
from trigate.llm.dialects.bedrock_converse.stream_reader import ConverseReader
from trigate.llm.reply import Begin, ChoiceEnd, Cite, Count, Delta, End, Event, Failure, PartBegin, PartEnd, Signature


def frame(event: str, payload: Any, kind: str = "event") -> bytes:
    return write_frame({f":{kind}-type": event, ":message-type": kind}, json.dumps(payload).encode())


def delta(index: int, **members: Any) -> bytes:
    return frame("contentBlockDelta", {"delta": members, "contentBlockIndex": index, "p": "padding"})


def stop(index: int) -> bytes:
    return frame("contentBlockStop", {"contentBlockIndex": index})


START = frame("messageStart", {"role": "assistant"})
END = frame("messageStop", {"stopReason": "end_turn"})
USAGE = frame(
    "metadata", {"usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}, "metrics": {"latencyMs": 1}}
)


def events(*frames: bytes) -> list[Event]:
    reader = ConverseReader(10**6)
    return reader.feed(b"".join(frames)) + reader.finish()


def test_a_text_begins_with_its_first_piece():
    found = events(START, delta(0, text="a"), delta(0, text="b"), stop(0), END, USAGE)
    kinds = [Begin, PartBegin, Delta, Delta, PartEnd, ChoiceEnd, Count, End]
    assert [type(each) for each in found] == kinds


def test_a_call_comes_in_pieces():
    begun = frame("contentBlockStart", {"start": {"toolUse": {"toolUseId": "c", "name": "f"}}, "contentBlockIndex": 0})
    found = events(START, begun, delta(0, toolUse={"input": '{"a"'}), delta(0, toolUse={"input": ":1}"}), stop(0), END)
    assert [each.text for each in found if isinstance(each, Delta)] == ['{"a"', ":1}"]


def test_thoughts_are_signed_and_some_are_hidden():
    found = events(
        START,
        delta(0, reasoningContent={"text": "Hm"}),
        delta(0, reasoningContent={"signature": "U2ln"}),
        stop(0),
        delta(1, reasoningContent={"redactedContent": "AAAA"}),
        stop(1),
        END,
    )
    begun = [each.part for each in found if isinstance(each, PartBegin)]
    assert begun == [Thought(), Thought(signature="AAAA", maker="bedrock", redacted=True)]
    assert [(each.signature, each.maker) for each in found if isinstance(each, Signature)] == [("U2ln", "bedrock")]


def test_sources_are_told_while_their_text_is_open():
    kinds = [type(each) for each in events(START, delta(0, text="a"), delta(0, citation={"title": "T"}), stop(0), END)]
    assert kinds.index(Cite) < kinds.index(PartEnd)


def test_a_picture_comes_whole():
    begun = frame("contentBlockStart", {"start": {"image": {"format": "png"}}, "contentBlockIndex": 0})
    found = events(START, begun, delta(0, image={"source": {"bytes": "AAAA"}}), stop(0), END)
    (part,) = [each.part for each in found if isinstance(each, PartBegin)]
    assert isinstance(part, Image)
    assert (part.media.data, part.media.mime) == ("AAAA", "image/png")


def test_what_the_provider_runs_itself_is_left_out():
    use = {"toolUse": {"toolUseId": "s", "name": "n", "type": "server_tool_use"}}
    begun = frame("contentBlockStart", {"start": use, "contentBlockIndex": 0})
    found = events(START, begun, delta(0, toolUse={"input": "{}"}), stop(0), delta(1, text="a"), stop(1), END)
    assert [each.index for each in found if isinstance(each, PartBegin)] == [0]


def test_an_answer_is_complete_without_its_usage():
    assert isinstance(events(START, delta(0, text="a"), stop(0), END)[-1], End)


@pytest.mark.parametrize(
    "frames", [[], [START], [START, delta(0, text="a"), stop(0)], [START, delta(0, text="a"), USAGE]]
)
def test_an_answer_without_its_end_never_ends(frames: list[bytes]):
    assert not any(isinstance(each, End) for each in events(*frames))


def test_half_a_frame_is_refused_at_the_end():
    reader = ConverseReader(10**6)
    reader.feed(START + END[:20])
    with pytest.raises(UpstreamProtocolError):
        reader.finish()


def test_an_exception_is_the_last_word():
    found = events(
        START, delta(0, text="a"), frame("throttlingException", {"message": "Slow"}, "exception"), END, USAGE
    )
    assert found[-1] == Failure(message="Slow", code="throttlingException", status=429)


def test_an_error_frame_without_words_is_one_too():
    error = write_frame(
        {":message-type": "error", ":error-code": "internalServerException", ":error-message": "No"}, b""
    )
    assert events(START, error)[-1] == Failure(message="No", code="internalServerException", status=500)


def test_arguments_of_nothing_are_refused():
    with pytest.raises(UpstreamProtocolError):
        events(START, delta(0, toolUse={"input": "{"}))


NAMES = st.sampled_from(
    ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(st.tuples(NAMES, WILD | JSON.map(lambda each: {"delta": each, "contentBlockIndex": 0})), max_size=4))
def test_no_stream_raises_anything_else(frames: list[tuple[str, Any]]):
    with suppress(UpstreamProtocolError):
        events(*[frame(name, payload) for name, payload in frames])
