"""Parts of other dialects are written as far as they can be, and what cannot is named in the caller's words."""

import pytest

from tests.llm.dialects.anthropic_messages.scene import JSON, said, talk, write
from trigate.llm.conversation import (
    Audio,
    Cache,
    Citation,
    File,
    Image,
    Media,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from trigate.llm.dialects.anthropic_messages.block_writer import arguments_of

Losses = list[tuple[str, str, str]]
PNG = Media(data="iVBORw0K", mime="image/png")


def blocks(*parts: Part, role: str = "user") -> tuple[list[JSON], Losses]:
    """What is written after a first word of the user's."""
    body, losses = write(talk(said("-"), said(*parts, role=role)))
    content = body["messages"][-1]["content"]
    return (content[1:] if role == "user" else content), losses


def test_a_mark_of_another_time_to_live_is_an_hour() -> None:
    written, losses = blocks(Text(text="a", cache=Cache("24h")))
    assert written == [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    assert losses == [("messages.content.cache_control", "degraded", "1h stands for 24h")]


def test_an_empty_text_is_left_out_with_its_mark() -> None:
    body, losses = write(talk(said(Text(text="", cache=Cache()), "a")))
    assert body["messages"] == [{"role": "user", "content": "a"}]
    assert losses == [("messages.content.cache_control", "dropped", "")]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (Video(media=PNG), "messages.content.video"),
        (Audio(media=PNG), "messages.content.audio"),
        (Image(media=Media(file="f")), "messages.content.image"),
        (Image(media=Media(data="AAAA", mime="image/tiff")), "messages.content.image"),
        (Image(media=Media(data="AAAA")), "messages.content.image"),
        (File(media=Media(file="f")), "messages.content.file"),
        (File(media=Media(data="AAAA", mime="application/zip")), "messages.content.file"),
        (Opaque(dialect="openai_chat", kind="future", value={}), "messages.content.future"),
        (Thought(text="t"), "messages.reasoning_details"),
        (Thought(text="t", signature="s", maker="openai"), "messages.reasoning_details"),
        (Thought(text="t", signature="s", maker="bedrock"), "messages.reasoning_details"),
    ],
)
def test_what_has_no_place_is_dropped_and_named(part: Part, field: str) -> None:
    body, losses = write(talk(said(part, "a")))
    assert body["messages"] == [{"role": "user", "content": "a"}]
    assert [each[:2] for each in losses] == [(field, "dropped")]


def test_an_assistant_shows_no_pictures() -> None:
    body, losses = write(talk(said("-"), said("a", Image(media=PNG), role="assistant")))
    assert body["messages"][1]["content"] == "a"
    assert losses == [("messages.content.image", "dropped", "not from an assistant")]


@pytest.mark.parametrize(
    ("part", "said", "field"),
    [
        (Refusal(text="no"), "no", "messages.content.refusal"),
        (Audio(media=PNG, transcript="hello"), "hello", "messages.content.audio"),
    ],
)
def test_what_can_be_said_in_another_way_is(part: Part, said: str, field: str) -> None:
    written, losses = blocks(part, role="assistant")
    assert written == said
    assert [each[:2] for each in losses] == [(field, "degraded")]


def test_citations_of_others_are_not_sent_back() -> None:
    written, losses = blocks(Text(text="a", citations=[Citation(url="u")]))
    assert written == [{"type": "text", "text": "a"}]
    assert losses == [("messages.content.citations", "dropped", "")]


@pytest.mark.parametrize("maker", ["anthropic", "bedrock"])
def test_a_thought_that_claude_signed_goes_back(maker: str) -> None:
    thought = Thought(text="t", signature="Eabc", maker=maker)
    hidden = Thought(signature="Edef", maker=maker, redacted=True)
    written, losses = blocks(thought, hidden, role="assistant")
    assert written == [
        {"type": "thinking", "thinking": "t", "signature": "Eabc"},
        {"type": "redacted_thinking", "data": "Edef"},
    ]
    assert losses == []


def test_a_call_and_its_result_have_the_same_new_identifier() -> None:
    call = ToolCall(id="call:1/ü", name="n", arguments='{"a": 1}')
    body, losses = write(talk(said("-"), said(call, role="assistant"), said(ToolResult(call="call:1/ü"), role="tool")))
    used, result = body["messages"][1]["content"][0], body["messages"][2]["content"][0]
    assert used["id"] == result["tool_use_id"] != "call:1/ü"
    assert used["input"] == {"a": 1}
    assert losses == []


@pytest.mark.parametrize(
    ("call", "arguments", "lost"),
    [
        (ToolCall(id="a", name="n", arguments=""), {}, []),
        (ToolCall(id="a", name="n", arguments="[1]"), {"arguments": "[1]"}, ["messages.tool_calls.arguments"]),
        (ToolCall(id="a", name="n", arguments="{bad"), {"arguments": "{bad"}, ["messages.tool_calls.arguments"]),
        (ToolCall(id="a", name="n", arguments="draw", custom=True), {"input": "draw"}, []),
        (ToolCall(id="a", name="n", signature="s", maker="google"), {}, ["messages.tool_calls.signature"]),
    ],
)
def test_arguments_are_an_object(call: ToolCall, arguments: JSON, lost: list[str]) -> None:
    written, losses = blocks(call, role="assistant")
    assert written == [{"type": "tool_use", "id": "a", "name": "n", "input": arguments}]
    assert [each[0] for each in losses] == lost


def test_a_result_may_show_pictures_and_fail() -> None:
    result = ToolResult(call="a", parts=[Text(text="see"), Image(media=PNG), Video(media=PNG)], failed=True)
    body, losses = write(talk(said("-"), said(ToolCall(id="a", name="n"), role="assistant"), said(result, role="tool")))
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0K"}
    content = [{"type": "text", "text": "see"}, {"type": "image", "source": source}]
    written = {"type": "tool_result", "tool_use_id": "a", "content": content, "is_error": True}
    assert body["messages"][2]["content"] == [written]
    assert losses == [("messages.content.video", "dropped", "")]


def test_a_document_says_all_it_can() -> None:
    file = File(media=Media(), text="words", name="T", context="C", cited=True, cache=Cache("5m"), extra={"x": 1})
    written, losses = blocks(file)
    assert written == [
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "words"},
            "title": "T",
            "context": "C",
            "citations": {"enabled": True},
            "cache_control": {"type": "ephemeral", "ttl": "5m"},
        }
    ]
    assert losses == [("messages.content.x", "dropped", "")]


def test_arguments_that_are_no_object_are_none() -> None:
    assert arguments_of(" ") == {}
    assert arguments_of("[" * 100_000) is None
