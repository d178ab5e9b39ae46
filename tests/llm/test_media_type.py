"""Types of media that nobody named."""

import pytest

from trigate.llm.media_type import type_of_address, type_of_data


@pytest.mark.parametrize(
    ("data", "mime"),
    [("iVBORw0KGgoAAAA", "image/png"), ("/9j/4AAQ", "image/jpeg"), ("JVBERi0x", "application/pdf"), ("AAAA", "")],
)
def test_the_first_bytes_tell(data: str, mime: str):
    assert type_of_data(data) == mime


@pytest.mark.parametrize(
    ("address", "mime"),
    [
        ("https://a.test/b.PNG?c=d.pdf", "image/png"),
        ("s3://bucket/film.mp4", "video/mp4"),
        ("https://a.test/b", ""),
        ("https://[half/b.png", ""),
        ("", ""),
    ],
)
def test_the_end_of_the_path_tells(address: str, mime: str):
    assert type_of_address(address) == mime
