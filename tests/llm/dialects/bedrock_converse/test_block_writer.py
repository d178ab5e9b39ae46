"""Parts of the middle form as Bedrock's blocks."""

from typing import Any

import pytest

from trigate.llm.conversation import (
    Audio,
    Cache,
    Citation,
    File,
    Image,
    Media,
    Opaque,
    Part,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from trigate.llm.dialects.bedrock_converse.block_writer import BlockWriter, unite, write_id
from trigate.llm.dialects.bedrock_converse.seal import seal, seal_redacted
from trigate.llm.loss import Losses

CLAUDE = "anthropic.claude-opus-4-8-v1:0"


def written(*parts: Part, model: str = CLAUDE) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    losses = Losses()
    found = BlockWriter("openai_chat", losses, model).write(list(parts))
    return found, [(each.field, each.fate) for each in losses.found()]


def test_claudes_thoughts_go_to_claude_and_to_nobody_else():
    thought = Thought(text="Hm", signature="x", maker="anthropic")
    assert written(thought)[0] == [{"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "x"}}}]
    assert written(thought, model="amazon.nova-pro-v1:0") == ([], [("messages.reasoning_details", "dropped")])


def test_a_caller_gets_signatures_with_their_makers():
    thoughts = Thought(text="Hm", signature="x", maker="google"), Thought(signature="y", maker="openai", redacted=True)
    assert written(*thoughts, model="")[0] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": seal("x", "google")}}},
        {"reasoningContent": {"redactedContent": seal_redacted("y", "openai")}},
    ]


def test_a_thought_that_nothing_proves_is_not_sent_but_told():
    assert written(Thought(text="Hm")) == ([], [("messages.reasoning_details", "dropped")])


def test_a_mark_becomes_a_point_after_its_part():
    blocks, losses = written(Text(text="a", cache=Cache("1h")), Text(text="b", cache=Cache()))
    assert blocks[1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert blocks[3] == {"cachePoint": {"type": "default"}}
    assert not losses


@pytest.mark.parametrize("said", ["", "a b", "x" * 65, "é"])
def test_an_identifier_that_is_not_taken_gives_way_to_the_same_every_time(said: str):
    call, result = written(ToolCall(id=said, name="f"), ToolResult(call=said))[0]
    assert call["toolUse"]["toolUseId"] == result["toolResult"]["toolUseId"] == write_id(said)
    assert len(write_id(said)) <= 64
    assert write_id(said) == write_id(write_id(said))


def test_others_stay():
    assert write_id("toolu_01A.b:c") == "toolu_01A.b:c"


def test_documents_get_names_that_are_taken_and_their_own():
    pdf = Media(data="AAAA", mime="application/pdf")
    parts = [File(media=pdf, name=each) for each in ("report.pdf", "report.pdf", "år_2.pdf", "")]
    blocks, losses = written(*parts)
    assert [each["document"]["name"] for each in blocks] == ["report", "report 2", "r 2", "document"]
    assert losses == [("messages.content.name", "degraded"), ("messages.content.name", "degraded")]


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        (Image(media=Media(url="https://a.test/b.png")), "messages.content.image"),
        (Image(media=Media(data="AAAA", mime="image/heic")), "messages.content.image"),
        (Audio(media=Media(file="audio_1")), "messages.content.audio"),
        (Opaque(dialect="openai_chat", kind="hologram", value={}), "messages.content.hologram"),
    ],
)
def test_what_cannot_be_shown_is_told(part: Part, lost: str):
    assert written(part) == ([], [(lost, "dropped")])


def test_what_lies_in_s3_is_named():
    blocks, _ = written(Image(media=Media(url="s3://a/b.png")))
    assert blocks == [{"image": {"format": "png", "source": {"s3Location": {"uri": "s3://a/b.png"}}}}]


def test_a_failed_result_says_so():
    ((found,), _) = written(ToolResult(call="c", parts=[Text(text="no")], failed=True))
    assert found == {"toolResult": {"toolUseId": "c", "content": [{"text": "no"}], "status": "error"}}


def test_arguments_that_are_no_object_become_one():
    ((found,), losses) = written(ToolCall(id="c", name="f", arguments="plain", custom=True))
    assert found["toolUse"]["input"] == {"input": "plain"}
    assert losses == [("messages.tool_calls.arguments", "degraded")]


def test_cited_words_keep_their_sources():
    ((found,), losses) = written(Text(text="a", citations=[Citation(url="u", start=0, end=1)]))
    assert found["citationsContent"]["citations"] == [{"location": {"web": {"url": "u"}}}]
    assert losses == [("messages.content.citations", "degraded")]


def test_blank_texts_are_left_out():
    assert written(Text(text=" \n"), Text(text=""))[0] == []


def test_members_are_united_at_any_depth():
    assert unite({"a": {"b": {"c": 1}}, "d": 2}, {"a": {"b": {"e": 3}}, "d": 4}) == {
        "a": {"b": {"c": 1, "e": 3}},
        "d": 4,
    }
