"""Blocks in Bedrock's words."""

from typing import Any

import pytest

from trigate.llm.conversation import Cache, File, Image, Media, Opaque, Part, Text, Thought, ToolResult, Video
from trigate.llm.dialects.bedrock_converse.block_reader import read_block, read_blocks
from trigate.llm.dialects.bedrock_converse.seal import seal, seal_redacted
from trigate.llm.error import InvalidParameter
from trigate.llm.node import Node, blame_caller


def block(written: dict[str, Any]) -> Part:
    return read_block(Node(written, blame_caller))


def blocks(*written: dict[str, Any]) -> list[Part]:
    return read_blocks([Node(each, blame_caller) for each in written])


POINT: dict[str, Any] = {"cachePoint": {"type": "default"}}


def test_a_cache_point_marks_the_part_before_it():
    found = blocks({"text": "a"}, {"cachePoint": {"type": "default", "ttl": "1h"}}, {"text": "b"}, POINT)
    assert [each.cache for each in found] == [Cache("1h"), Cache()]


@pytest.mark.parametrize(
    "written", [[POINT], [{"text": "a"}, POINT, POINT], [{"text": "a"}, {"cachePoint": {"type": "new"}}]]
)
def test_a_point_that_marks_nothing_stays_as_it_is(written: list[dict[str, Any]]):
    assert isinstance(blocks(*written)[-1], Opaque)


def test_a_picture_lies_in_place_or_in_s3():
    image = block({"image": {"format": "jpeg", "source": {"bytes": "AAAA"}}})
    film = block({"video": {"format": "three_gp", "source": {"s3Location": {"uri": "s3://a/b", "bucketOwner": "1"}}}})
    assert isinstance(image, Image)
    assert image.media == Media(data="AAAA", mime="image/jpeg")
    assert isinstance(film, Video)
    assert film.media == Media(file="s3://a/b", mime="video/3gpp")
    assert film.extra == {"video": {"source": {"s3Location": {"bucketOwner": "1"}}}}


def test_a_document_in_pieces_is_one_text():
    found = block({"document": {"name": "d", "source": {"content": [{"text": "a"}, {"text": "b"}]}}})
    assert isinstance(found, File)
    assert (found.text, found.extra) == ("ab", {})


def test_json_in_a_result_is_a_text():
    found = block({"toolResult": {"toolUseId": "c", "content": [{"json": {"a": [1]}}], "status": "error"}})
    assert isinstance(found, ToolResult)
    assert (found.parts, found.failed) == ([Text(text='{"a":[1]}', form={"json": True})], True)


def test_thoughts_know_their_makers():
    told = block({"reasoningContent": {"reasoningText": {"text": "Hm", "signature": seal("x", "anthropic")}}})
    kept = block({"reasoningContent": {"redactedContent": seal_redacted("x", "openai")}})
    assert told == Thought(text="Hm", signature="x", maker="anthropic")
    assert kept == Thought(signature="x", maker="openai", redacted=True)


def test_the_words_of_a_guarded_text_are_carried():
    found = block({"guardContent": {"text": {"text": "a", "qualifiers": ["query"]}}})
    assert found == Text(text="a", extra={"guardContent": {"text": {"qualifiers": ["query"]}}})


def test_what_a_provider_runs_itself_stays_as_it_is():
    found = block({"toolUse": {"toolUseId": "s", "name": "n", "input": {}, "type": "server_tool_use"}})
    assert isinstance(found, Opaque)
    assert found.kind == "toolUse"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"text": 5}, "text"),
        ({"image": []}, "image"),
        ({"toolUse": {"name": "n"}}, "toolUse.toolUseId"),
        ({"toolResult": {"toolUseId": "c", "content": [5]}}, "toolResult.content[0]"),
        ({"document": {"citations": {"enabled": 1}}}, "document.citations.enabled"),
        ({"image": {"source": {"bytes": 5}}}, "image.source.bytes"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(written: dict[str, Any], path: str):
    with pytest.raises(InvalidParameter) as caught:
        block(written)
    assert caught.value.param == path
