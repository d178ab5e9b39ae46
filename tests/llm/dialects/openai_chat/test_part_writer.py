"""The parts of another dialect's messages, written."""

import pytest

from tests.llm.dialects.openai_chat.scene import draft, lost
from trigate.llm.conversation import Audio, Cache, File, Image, Media, Opaque, Part, Text, Video
from trigate.llm.dialects.openai_chat.part_writer import data_url, merge, write_cache, write_part

PDF = Media(data="AA", mime="application/pdf")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Image(media=Media(data="AA", mime="image/png")), "data:image/png;base64,AA"),
        (Image(media=Media(url="https://e.org/a")), "https://e.org/a"),
    ],
)
def test_an_image_is_an_address(part: Part, expected: str):
    assert write_part(draft(), part) == {"type": "image_url", "image_url": {"url": expected}}


def test_a_pdf_gets_a_name_by_which_it_is_known():
    written = write_part(draft(), File(media=PDF, name="Rivers"))
    assert written == {
        "type": "file",
        "file": {"file_data": "data:application/pdf;base64,AA", "filename": "Rivers.pdf"},
    }


def test_a_document_that_is_a_text_is_told_as_one():
    work = draft()
    assert write_part(work, File(media=Media(), text="a", context="b", cited=True)) == {"type": "text", "text": "a"}
    assert lost(work) == [
        ("messages.content.context", "dropped"),
        ("messages.content.citations", "dropped"),
        ("messages.content.document", "degraded"),
    ]


@pytest.mark.parametrize(
    "part",
    [
        Image(media=Media(file="file-1")),
        File(media=Media(file="file-1")),
        File(media=Media(url="https://e.org/a.pdf")),
        Audio(media=Media(url="https://e.org/a.wav", mime="audio/wav")),
        Video(media=Media(url="https://e.org/a.mp4")),
        Opaque(dialect="gemini_content", kind="code", value={}),
    ],
)
def test_what_has_no_form_is_left_out_and_said(part: Part):
    work = draft()
    assert write_part(work, part) is None
    assert len(lost(work)) == 1


def test_a_quirk_lets_more_through():
    assert write_part(draft("video"), Video(media=Media(url="u"))) is not None
    assert write_part(draft("file_url"), File(media=Media(url="https://e.org/a.pdf"))) is not None


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [
        ("cache_control", {"cache_control": {"type": "ephemeral", "ttl": "1h"}}),
        ("prompt_cache_breakpoint", {"prompt_cache_breakpoint": {"mode": "explicit"}}),
        ("none", {}),
    ],
)
def test_marks_are_written_where_they_are_known(quirk: str, expected: dict[str, object]):
    work = draft(quirk)
    written: dict[str, object] = {}
    write_cache(work, "part", Text(text="a", cache=Cache("1h")), written)
    assert written == expected
    assert bool(lost(work)) == (not expected)


def test_what_was_left_over_goes_back_to_where_it_stood():
    assert merge({"a": {"b": 1}}, {"a": {"c": 2}, "d": 3}) == {"a": {"b": 1, "c": 2}, "d": 3}


def test_bytes_without_a_form_are_still_sent():
    assert data_url(Media(data="AA")) == "data:application/octet-stream;base64,AA"


def test_a_mark_of_openais_other_dialect_is_known_here():
    mark = {"mode": "explicit", "ttl": "12h"}
    extra = {"prompt_cache_breakpoint.ttl": "12h"}
    work = draft(dialect="openai_responses")
    part = Text(text="a", cache=Cache("1h"), form={"prompt_cache_breakpoint": mark}, extra=extra)
    assert write_part(work, part) == {"type": "text", "text": "a", "prompt_cache_breakpoint": mark}
    assert lost(work) == []
