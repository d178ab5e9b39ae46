"""Pieces of messages of other dialects, written."""

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
    Refusal,
    Text,
    Thought,
    Video,
)
from trigate.llm.dialects.openai_responses.content_writer import MARKS, ContentWriter, Piece
from trigate.llm.loss import Losses

PNG = Media(data="iVBORw0KGgo", mime="image/png")


def write(
    part: Part, *quirks: str, spoken: bool = False, dialect: str = "anthropic_messages"
) -> tuple[Piece | None, list[str]]:
    losses = Losses()
    piece = ContentWriter(dialect, losses, frozenset(quirks)).piece(part, spoken=spoken)
    return piece, [each.field for each in losses.found()]


@pytest.mark.parametrize(
    ("part", "piece"),
    [
        (Text(text="a"), {"type": "input_text", "text": "a"}),
        (Refusal(text="No."), {"type": "refusal", "refusal": "No."}),
        (Image(media=Media(url="u")), {"type": "input_image", "image_url": "u", "detail": "auto"}),
        (
            Image(media=PNG, detail="low"),
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo", "detail": "low"},
        ),
        (File(media=Media(url="u")), {"type": "input_file", "file_url": "u"}),
        (
            File(media=Media(data="JVBERi0", mime="application/pdf")),
            {"type": "input_file", "file_data": "data:application/pdf;base64,JVBERi0", "filename": "document.pdf"},
        ),
        (
            File(media=Media(), text="Hi", name="a.txt"),
            {"type": "input_file", "file_data": "data:text/plain;base64,SGk=", "filename": "a.txt"},
        ),
        (
            Audio(media=Media(data="AA", mime="audio/mpeg")),
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
        ),
    ],
)
def test_a_piece_is_carried(part: Part, piece: Piece) -> None:
    assert write(part) == (piece, [])


def test_an_answers_text_keeps_its_sources() -> None:
    piece, lost = write(Text(text="ab", citations=[Citation(url="u", quote="q", extra={"x": 1})]), spoken=True)
    assert piece is not None
    assert piece["annotations"][0]["url"] == "u"
    assert lost == ["messages.content.citations.x", "messages.content.citations.cited_text"]


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        (Video(media=Media(url="u")), "messages.content.video"),
        (Audio(media=Media(url="u")), "messages.content.audio"),
        (Audio(media=Media(data="AA", mime="audio/flac")), "messages.content.audio"),
        (Image(media=Media(file="f")), "messages.content.file_id"),
        (File(media=Media(file="f")), "messages.content.file_id"),
        (Opaque(dialect="anthropic_messages", kind="x", value={}), "messages.content.x"),
        (Thought(), "messages.content.thought"),
    ],
)
def test_what_cannot_be_said_is_dropped_and_reported(part: Part, lost: str) -> None:
    assert write(part) == (None, [lost])


def test_files_kept_at_openai_are_its_own_in_either_dialect() -> None:
    piece, lost = write(File(media=Media(file="f"), name="a"), dialect="openai_chat")
    assert (piece, lost) == ({"type": "input_file", "file_id": "f"}, [])


def test_a_picture_in_the_models_turn_is_dropped() -> None:
    assert write(Image(media=PNG), spoken=True) == (None, ["messages.content.image"])


def test_what_is_said_of_a_file_beside_it_is_lost() -> None:
    _, lost = write(File(media=Media(url="u"), context="c", cited=True))
    assert lost == ["messages.content.context", "messages.content.citations"]


def test_marks_are_for_targets_that_know_them() -> None:
    part = Text(text="a", cache=Cache(ttl="5m"))
    piece, lost = write(part)
    assert (piece, lost) == ({"type": "input_text", "text": "a"}, ["messages.content.cache_control"])
    piece, _ = write(part, MARKS)
    assert piece is not None
    assert piece["prompt_cache_breakpoint"] == {"mode": "explicit", "ttl": "30m"}
    assert write(Text(text="a", cache=Cache()), MARKS)[1] == []


def test_what_is_left_over_is_lost() -> None:
    assert write(Text(text="a", extra={"x": 1}))[1] == ["messages.content.x"]
