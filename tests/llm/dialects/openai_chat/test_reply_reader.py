"""A provider's whole answer, read."""

import json
from typing import Any

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Audio, Image, Media, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.reply_reader import read_reply, stop_of
from trigate.llm.reply import Reply, Tally


def read(message: dict[str, Any], finish: str | None = "stop", **members: Any) -> Reply:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return read_reply(json.dumps({"id": "c", "created": 7, "model": "m", "choices": [choice], **members}).encode())


def test_a_text_with_its_usage():
    reply = read({"content": "Hi"}, usage={"prompt_tokens": 3, "completion_tokens": 2}, service_tier="flex")
    assert (reply.id, reply.model, reply.created) == ("c", "m", 7)
    assert reply.choices[0].parts == [Text(text="Hi")]
    assert reply.tally == Tally(input=3, output=2, service_tier="flex")


def test_all_that_an_answer_can_hold():
    parts = (
        read(
            {
                "content": "Hi",
                "refusal": "No",
                "reasoning": "Hm",
                "images": [{"type": "image_url", "image_url": {"url": "u"}}],
                "audio": {"id": "a", "data": "AA", "transcript": "t", "expires_at": 1},
                "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}],
                "function_call": {"name": "g", "arguments": ""},
            }
        )
        .choices[0]
        .parts
    )
    assert parts == [
        Thought(text="Hm"),
        Text(text="Hi"),
        Image(media=Media(url="u")),
        Refusal(text="No"),
        Audio(media=Media(file="a", data="AA"), transcript="t", extra={"expires_at": 1}),
        ToolCall(id="x", name="f", arguments='{"a":1}'),
        ToolCall(id="", name="g", arguments="{}"),
    ]


def test_a_stop_sequence_is_told_by_some():
    choice = read_reply(b'{"choices":[{"message":{"content":"1"},"finish_reason":"stop","stop_reason":"3"}]}').choices[
        0
    ]
    assert (choice.stop, choice.sequence) == ("sequence", "3")


@pytest.mark.parametrize(
    ("finish", "called", "refused", "stop"),
    [
        ("stop", False, False, "end"),
        ("stop", True, False, "tool"),
        ("stop", False, True, "refusal"),
        ("length", True, False, "length"),
        ("content_filter", False, False, "filter"),
        ("function_call", True, False, "tool"),
        ("model_length", False, False, "context"),
        ("whatever", False, False, "other"),
        ("", False, False, "other"),
    ],
)
def test_each_reason_has_its_word(finish: str, called: bool, refused: bool, stop: str):
    assert stop_of(finish, called=called, refused=refused) == stop


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"message":"the server is busy"}}',
        b'{"choices":[{"message":{},"error":{"message":"the server is busy"}}]}',
        b'{"error":"the server is busy","choices":[]}',
    ],
)
def test_an_error_that_comes_as_an_answer_is_one(body: bytes):
    with pytest.raises(UpstreamProtocolError, match="the server is busy"):
        read_reply(body)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"choices":[]}', b'{"choices":[{}]}', b"[" * 2000, b'{"choices":"x"}'])
def test_what_is_no_answer_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        read_reply(body)


def test_a_time_out_of_this_world_is_none():
    assert read({"content": "Hi"}, created=1e300).created == read({"content": "Hi"}, created=-5).created == 0
