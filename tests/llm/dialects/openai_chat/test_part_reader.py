"""The parts of a message's content, read."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import node
from trigate.llm.conversation import Audio, Cache, File, Image, Media, Opaque, Text, Video
from trigate.llm.dialects.openai_chat.part_reader import nest, read_cache, read_data, read_part
from trigate.llm.error import InvalidParameter


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "text", "text": "a"}, Text(text="a")),
        (
            {"type": "image_url", "image_url": {"url": "https://e.org/a", "detail": "low"}},
            Image(media=Media(url="https://e.org/a"), detail="low"),
        ),
        ({"type": "video_url", "video_url": {"url": "u"}}, Video(media=Media(url="u"))),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
            Audio(media=Media(data="AA", mime="audio/mpeg")),
        ),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA", "filename": "a.pdf"}},
            File(media=Media(data="AA", mime="application/pdf"), name="a.pdf"),
        ),
        ({"type": "file", "file": {"file_id": "file-1"}}, File(media=Media(file="file-1"))),
        ({"type": "new", "x": 1}, Opaque(dialect="openai_chat", kind="new", value={"type": "new", "x": 1})),
    ],
)
def test_each_kind_has_its_place(part: dict[str, Any], expected: object):
    assert read_part(node(part)) == expected


@pytest.mark.parametrize(
    ("mark", "ttl"),
    [
        ({"cache_control": {"type": "ephemeral"}}, ""),
        ({"cache_control": {"type": "ephemeral", "ttl": "5m"}}, "5m"),
        ({"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}}, "1h"),
    ],
)
def test_marks_of_two_customs_mean_the_same(mark: dict[str, Any], ttl: str):
    part = Text(text="")
    read_cache(node(mark), part)
    assert part.cache == Cache(ttl)


def test_data_in_place_are_told_from_an_address():
    assert read_data("data:image/png;base64,AA") == Media(data="AA", mime="image/png")
    assert read_data("data:text/plain,AA") == Media(url="data:text/plain,AA")


def test_what_is_left_inside_keeps_its_place():
    extra: dict[str, Any] = {}
    nest(extra, "file", node({"a": 1}))
    nest(extra, "none", node({}))
    assert extra == {"file": {"a": 1}}


@pytest.mark.parametrize("part", [{"type": "text"}, {"type": "image_url", "image_url": "u"}, {"type": "file"}, {}])
def test_a_part_without_what_makes_it_one_is_refused(part: dict[str, Any]):
    with pytest.raises(InvalidParameter):
        read_part(node(part))
