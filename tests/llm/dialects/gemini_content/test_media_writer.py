"""Media for Google."""

import pytest

from trigate.llm.conversation import Audio, File, Image, Media, Video
from trigate.llm.dialects.gemini_content.media_writer import write_media, write_own


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (
            Image(media=Media(data="iVBORw0KGgoAAA")),
            {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgoAAA"}},
        ),
        (Image(media=Media(data="????")), {"inlineData": {"mimeType": "image/jpeg", "data": "????"}}),
        (File(media=Media(data="AAAA", mime="text/csv")), {"inlineData": {"mimeType": "text/csv", "data": "AAAA"}}),
        (
            Image(media=Media(url="https://x.test/a.PNG?b=c.pdf")),
            {"fileData": {"mimeType": "image/png", "fileUri": "https://x.test/a.PNG?b=c.pdf"}},
        ),
        (Video(media=Media(url="https://youtu.be/a")), {"fileData": {"fileUri": "https://youtu.be/a"}}),
        (
            File(media=Media(file="gs://b/o.pdf")),
            {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/o.pdf"}},
        ),
        (File(media=Media(file="file-abc")), None),
        (Audio(media=Media()), None),
    ],
)
def test_it_is_given_in_place_or_by_address(part: Image, written: object):
    assert write_media(part) == written


def test_what_came_in_geminis_words_gets_no_guesses():
    assert write_own(Image(media=Media(data="iVBORw0KGgoAAA"))) == {"inlineData": {"data": "iVBORw0KGgoAAA"}}
