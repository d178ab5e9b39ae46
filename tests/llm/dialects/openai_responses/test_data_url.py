"""Bytes in place."""

import pytest

from trigate.llm.conversation import Media
from trigate.llm.dialects.openai_responses.data_url import encode_text, read_address, see_kind, write_address


def test_what_is_in_place_is_taken_out_of_its_address() -> None:
    assert read_address("data:image/png;base64,AAAA") == Media(data="AAAA", mime="image/png")


@pytest.mark.parametrize(
    "url", ["https://x/y", "data:,hello", "data:text/plain,a", "data:a;b=c;base64,AA", "data:;base64,AA"]
)
def test_any_other_address_stays_one(url: str) -> None:
    media = read_address(url)
    assert media == Media(url=url)
    assert write_address(media, "image/png") == url


def test_a_kind_is_told_or_seen_or_usual() -> None:
    assert write_address(Media(data="/9j/4AAQ", mime="image/x"), "image/png") == "data:image/x;base64,/9j/4AAQ"
    assert write_address(Media(data="/9j/4AAQ"), "image/png") == "data:image/jpeg;base64,/9j/4AAQ"
    assert write_address(Media(data="AAAA"), "image/png") == "data:image/png;base64,AAAA"


def test_kinds_are_seen_by_their_first_bytes() -> None:
    assert see_kind("JVBERi0xLjQK") == "application/pdf"
    assert see_kind("AAAA") == ""


def test_a_text_is_a_file() -> None:
    assert encode_text("Hi") == Media(data="SGk=", mime="text/plain")
