"""The whole answer for a caller."""

import json
from typing import Any

import pytest

from trigate.llm.conversation import Citation, Image, Media, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.reply_writer import write_reply
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Stop, Tally


def answer(*parts: Part, stop: Stop = "end", choices: int = 1, sequence: str = "") -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    choice = Choice(parts=list(parts), stop=stop, sequence=sequence)
    reply = Reply(dialect="openai_chat", id="", model="m", choices=[choice] * choices, tally=Tally(input=3))
    body = json.loads(write_reply(reply, losses))
    return body, [each.field for each in losses.found()]


def test_the_parts_of_an_answer_have_their_members():
    body, losses = answer(
        Thought(text="Hm", signature="s", maker="anthropic"),
        Text(text="a", citations=[Citation(url="u")]),
        Refusal(text="no"),
        ToolCall(id="", name="f"),
        Image(media=Media(url="u")),
    )
    message = body["message"]
    assert message["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": "tg~anthropic~s"},
        {"type": "text", "text": "a"},
        {"type": "text", "text": "no"},
    ]
    assert message["citations"][0]["content_index"] == 1
    assert message["tool_calls"][0]["id"].startswith("call_")
    assert body["id"]
    assert body["usage"]["tokens"] == {"input_tokens": 3, "output_tokens": 0}
    assert losses == ["message.image"]


@pytest.mark.parametrize(
    ("stop", "finish", "told"),
    [
        ("end", "COMPLETE", True),
        ("tool", "TOOL_CALL", True),
        ("length", "MAX_TOKENS", True),
        ("refusal", "COMPLETE", True),
        ("filter", "ERROR", False),
        ("pause", "COMPLETE", False),
        ("context", "MAX_TOKENS", False),
    ],
)
def test_reasons_are_those_that_clients_know(stop: Stop, finish: str, told: bool):
    body, losses = answer(Text(text="a"), stop=stop)
    assert body["finish_reason"] == finish
    assert (losses == []) == told


def test_one_answer_alone_is_told_and_no_sequence():
    assert answer(Text(text="a"), choices=2, stop="sequence", sequence="x")[1] == ["choices", "stop_sequence"]
