"""Pieces of messages, read."""

from typing import Any

import pytest

from trigate.llm.conversation import Audio, Cache, File, Image, Media, Opaque, Part, Refusal, Text
from trigate.llm.dialects.openai_responses.content_reader import read_content, read_piece
from trigate.llm.error import InvalidParameter
from trigate.llm.node import blame_caller


def read(piece: dict[str, Any]) -> Part:
    return read_piece(piece, blame_caller, "input[0].content[0]")


def test_a_text_with_its_mark() -> None:
    part = read({"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}, "x": 1})
    assert isinstance(part, Text)
    assert (part.text, part.cache, part.extra) == ("a", Cache(), {"x": 1})


def test_an_answers_text_with_its_sources() -> None:
    note = {"type": "url_citation", "url": "u", "title": "T", "start_index": 0, "end_index": 1}
    part = read({"type": "output_text", "text": "a", "annotations": [note], "logprobs": []})
    assert isinstance(part, Text)
    assert part.citations[0].url == "u"
    assert part.extra == {}


@pytest.mark.parametrize(
    ("piece", "media"),
    [
        ({"image_url": "https://x/a.png"}, Media(url="https://x/a.png")),
        ({"image_url": "data:image/png;base64,AA"}, Media(data="AA", mime="image/png")),
        ({"file_id": "file-1"}, Media(file="file-1")),
    ],
)
def test_an_image(piece: dict[str, Any], media: Media) -> None:
    part = read({"type": "input_image", "detail": "low", **piece})
    assert isinstance(part, Image)
    assert (part.media, part.detail) == (media, "low")


@pytest.mark.parametrize(
    ("piece", "media"),
    [
        ({"file_data": "data:application/pdf;base64,JVBERi0"}, Media(data="JVBERi0", mime="application/pdf")),
        ({"file_data": "JVBERi0"}, Media(data="JVBERi0", mime="application/pdf")),
        ({"file_url": "https://x/a.pdf"}, Media(url="https://x/a.pdf")),
        ({"file_id": "file-1"}, Media(file="file-1")),
    ],
)
def test_a_file(piece: dict[str, Any], media: Media) -> None:
    part = read({"type": "input_file", "filename": "a.pdf", **piece})
    assert isinstance(part, File)
    assert (part.media, part.name) == (media, "a.pdf")


def test_sound() -> None:
    part = read({"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3", "x": 1}})
    assert isinstance(part, Audio)
    assert (part.media, part.extra) == (Media(data="AA", mime="audio/mpeg"), {"input_audio.x": 1})


def test_a_refusal() -> None:
    part = read({"type": "refusal", "refusal": "No."})
    assert isinstance(part, Refusal)
    assert part.text == "No."


def test_a_piece_that_is_not_known_stays_as_it_is() -> None:
    (part,) = read_content([{"type": "future", "x": 1}], blame_caller, "input[0].content")
    assert isinstance(part, Opaque)
    assert (part.kind, part.value) == ("future", {"type": "future", "x": 1})


@pytest.mark.parametrize(
    ("piece", "path"),
    [
        ({}, "type"),
        ({"type": "input_text"}, "text"),
        ({"type": "input_image", "image_url": {"url": "x"}}, "image_url"),
        ({"type": "input_audio"}, "input_audio"),
        ({"type": "output_text", "text": "a", "annotations": [3]}, "annotations[0]"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(piece: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        read(piece)
    assert caught.value.param == f"input[0].content[0].{path}"
