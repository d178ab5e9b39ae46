"""A provider's whole answer, read."""

import json
from typing import Any

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.reply_reader import read_reply, stop_of
from trigate.llm.reply import Reply, Tally


def read(message: dict[str, Any], finish: str = "COMPLETE", **members: Any) -> Reply:
    return read_reply(json.dumps({"id": "c", "message": message, "finish_reason": finish, **members}).encode())


def test_all_that_an_answer_can_hold():
    reply = read(
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "a"}],
            "tool_plan": "I look.",
            "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        usage={"tokens": {"input_tokens": 3, "output_tokens": 2}},
        logprobs=[{"text": "a", "token_ids": [1], "logprobs": [-1]}],
        future=1,
    )
    choice = reply.choices[0]
    assert [type(each) for each in choice.parts] == [Thought, Text, Text, ToolCall]
    assert choice.stop == "tool"
    assert choice.logprobs["content"][0]["token"] == "a"
    assert reply.tally == Tally(input=3, output=2)
    assert reply.extra == {"future": 1}


@pytest.mark.parametrize(
    ("finish", "called", "stop"),
    [
        ("COMPLETE", False, "end"),
        ("COMPLETE", True, "tool"),
        ("TOOL_CALL", True, "tool"),
        ("MAX_TOKENS", True, "length"),
        ("STOP_SEQUENCE", False, "sequence"),
        ("NEW", False, "other"),
    ],
)
def test_each_reason_has_its_word(finish: str, called: bool, stop: str):
    assert stop_of(finish, called=called) == stop


@pytest.mark.parametrize("finish", ["ERROR", "TIMEOUT"])
def test_an_answer_that_did_not_come_to_be_is_the_providers_fault(finish: str):
    with pytest.raises(UpstreamProtocolError, match=finish):
        read({"content": []}, finish)


def test_an_error_that_comes_as_an_answer_is_one():
    with pytest.raises(UpstreamProtocolError, match="the server is busy"):
        read_reply(b'{"message":"the server is busy"}')


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message":{"content":7}}', b'{"message":{},"logprobs":7}'])
def test_what_is_no_answer_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        read_reply(body)
