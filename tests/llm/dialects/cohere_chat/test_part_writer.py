"""The parts of another dialect's messages, written."""

import pytest

from tests.llm.dialects.cohere_chat.scene import draft, lost
from trigate.llm.conversation import Audio, Cache, File, Image, Media, Opaque, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.part_writer import call_object, data_url, merge, thought_object, write_part


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Text(text="a"), {"type": "text", "text": "a"}),
        (Refusal(text="a"), {"type": "text", "text": "a"}),
        (Thought(text="a"), {"type": "thinking", "thinking": "a"}),
        (
            Image(media=Media(data="AA", mime="image/png")),
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        ),
    ],
)
def test_what_has_a_form_loses_nothing(part: Part, expected: object):
    work = draft()
    assert write_part(work, part) == expected
    assert lost(work) == []


@pytest.mark.parametrize(
    "part",
    [
        Image(media=Media(file="f")),
        File(media=Media(data="AA", mime="application/pdf")),
        Audio(media=Media(data="AA")),
        Opaque(dialect="x", kind="y", value={}),
        Thought(text="a", signature="s", maker="anthropic"),
    ],
)
def test_what_has_no_form_is_left_out_and_said(part: Part):
    work = draft()
    assert write_part(work, part) is None
    assert len(lost(work)) == 1


def test_a_document_to_be_cited_stands_beside_the_messages():
    work = draft()
    assert write_part(work, File(media=Media(), text="a", cited=True)) is None
    assert work.documents == [{"data": {"text": "a"}}]
    assert lost(work) == []


def test_a_document_that_is_not_to_be_cited_is_a_text():
    work = draft()
    assert write_part(work, File(media=Media(), text="a", name="t")) == {"type": "text", "text": "a"}
    assert lost(work) == [("messages.content.title", "dropped"), ("messages.content.document", "degraded")]


def test_marks_and_finer_details_are_lost():
    work = draft()
    written = write_part(work, Image(media=Media(url="u"), detail="original", cache=Cache()))
    assert written == {"type": "image_url", "image_url": {"url": "u", "detail": "high"}}
    assert lost(work) == [("messages.content.cache_control", "dropped"), ("messages.content.detail", "degraded")]


def test_signatures_of_others_travel_with_their_makers_names():
    assert thought_object(Thought(signature="s", maker="anthropic"))["signature"] == "tg~anthropic~s"
    assert call_object(ToolCall(id="x", name="f", signature="s", maker="google"), "{}")["signature"] == "tg~google~s"


def test_what_was_left_over_goes_back_to_where_it_stood():
    assert merge({"a": {"b": 1}}, {"a": {"c": 2}, "d": 3}) == {"a": {"b": 1, "c": 2}, "d": 3}
    assert data_url(Media(data="AA"), "image/png") == "data:image/png;base64,AA"
