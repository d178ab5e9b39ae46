"""Pictures and documents are shown where Claude can read them."""

from base64 import b64encode

import pytest

from trigate.llm.conversation import File, Media
from trigate.llm.dialects.anthropic_messages.media import document_source, mime_of, picture_source


@pytest.mark.parametrize(
    ("first", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-1", "application/pdf"),
    ],
)
def test_the_form_is_seen_from_the_first_bytes(first: bytes, mime: str) -> None:
    assert mime_of(Media(data=b64encode(first * 3).decode())) == mime


def test_the_form_that_is_said_counts() -> None:
    assert mime_of(Media(data="/9j/", mime="image/PNG; x=1")) == "image/png"
    assert mime_of(Media(data="/9j/", mime="image/jpg")) == "image/jpeg"
    assert mime_of(Media(data="AAAA")) == ""


def test_a_picture_kept_elsewhere_cannot_be_shown() -> None:
    assert picture_source(Media(file="file-1")) is None
    assert picture_source(Media(url="https://a.example/b.png")) == {"type": "url", "url": "https://a.example/b.png"}


def test_a_text_in_base64_is_shown_as_a_text() -> None:
    file = File(media=Media(data=b64encode("é".encode()).decode(), mime="text/markdown"))
    assert document_source(file) == {"type": "text", "media_type": "text/plain", "data": "é"}


@pytest.mark.parametrize(
    "media", [Media(data="AAAA", mime="application/msword"), Media(data="/w==", mime="text/plain"), Media(file="f")]
)
def test_what_claude_cannot_read_has_no_source(media: Media) -> None:
    assert document_source(File(media=media)) is None
