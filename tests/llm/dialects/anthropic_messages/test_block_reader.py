"""Blocks are understood, and those of other kinds stay as they are."""

from typing import Any

import pytest

from trigate.llm.conversation import Audio, Cache, File, Image, Media, Opaque, Part, Text, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.block_reader import read_block
from trigate.llm.error import InvalidParameter
from trigate.llm.node import Node, blame_caller


def read(block: dict[str, Any]) -> Part:
    return read_block(Node(block, blame_caller, "content[0]"))


def test_a_text_has_its_mark_and_what_is_unknown() -> None:
    mark = {"type": "ephemeral", "ttl": "1h", "scope": "team"}
    part = read({"type": "text", "text": "a", "cache_control": mark, "lang": "en"})
    assert isinstance(part, Text)
    assert (part.text, part.cache) == ("a", Cache("1h"))
    assert part.extra == {"cache_control": {"scope": "team"}, "lang": "en"}


@pytest.mark.parametrize(
    ("source", "media"),
    [
        ({"type": "base64", "media_type": "image/png", "data": "AA"}, Media(data="AA", mime="image/png")),
        ({"type": "url", "url": "https://a.example"}, Media(url="https://a.example")),
        ({"type": "file", "file_id": "file_1"}, Media(file="file_1")),
    ],
)
def test_a_picture_is_given_in_three_ways(source: Any, media: Media) -> None:
    part = read({"type": "image", "source": source})
    assert isinstance(part, Image)
    assert part.media == media


def test_a_document_has_a_title_and_may_be_cited() -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "words"}
    part = read({"type": "document", "source": source, "title": "T", "context": "C", "citations": {"enabled": True}})
    assert isinstance(part, File)
    assert (part.text, part.name, part.context, part.cited) == ("words", "T", "C", True)


def test_a_document_in_pieces_is_a_text_to_others() -> None:
    pieces = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    part = read({"type": "document", "source": {"type": "content", "content": pieces}})
    assert isinstance(part, File)
    assert part.text == "a\n\nb"
    assert part.extra == {}


def test_a_result_of_a_search_is_a_text_with_its_source() -> None:
    content = [{"type": "text", "text": "words"}]
    part = read({"type": "search_result", "source": "https://a.example", "title": "T", "content": content})
    assert isinstance(part, File)
    assert (part.text, part.name, part.context) == ("words", "T", "https://a.example")


def test_thoughts_know_who_signed_them() -> None:
    own = read({"type": "thinking", "thinking": "t", "signature": "Eabc"})
    other = read({"type": "redacted_thinking", "data": "tg~openai~gAAA"})
    assert own == Thought(text="t", signature="Eabc", maker="anthropic")
    assert other == Thought(signature="gAAA", maker="openai", redacted=True)


def test_a_call_keeps_who_called() -> None:
    part = read({"type": "tool_use", "id": "a", "name": "n", "input": {}, "caller": {"type": "direct"}})
    assert isinstance(part, ToolCall)
    assert (part.arguments, part.extra) == ("{}", {"caller": {"type": "direct"}})


@pytest.mark.parametrize("kind", ["server_tool_use", "mcp_tool_result", "image", "document"])
def test_a_block_of_another_kind_stays_as_it_is(kind: str) -> None:
    block = {"type": kind, "source": {"type": "tomorrow"}, "x": 1}
    assert read(block) == Opaque(dialect="anthropic_messages", kind=kind, value=block)
    assert not isinstance(read(block), Audio)


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ({}, "content[0].type"),
        ({"type": ["text"]}, "content[0].type"),
        ({"type": "image", "source": "x"}, "content[0].source"),
        ({"type": "image", "source": {"type": "url"}}, "content[0].source.url"),
        ({"type": "tool_use", "id": "a", "name": "n"}, "content[0].input"),
        ({"type": "tool_use", "id": "a", "name": "n", "input": "{}"}, "content[0].input"),
        ({"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text"}]}, "content[0].content[0].text"),
        ({"type": "text", "text": "a", "citations": [5]}, "content[0].citations[0]"),
        ({"type": "text", "text": "a", "cache_control": "yes"}, "content[0].cache_control"),
        ({"type": "redacted_thinking"}, "content[0].data"),
    ],
)
def test_a_block_that_is_wrong_is_named(block: Any, path: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        read(block)
    assert refused.value.param == path
