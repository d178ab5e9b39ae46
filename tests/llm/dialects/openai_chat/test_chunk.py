"""One chunk of a stream."""

import msgspec
import pytest

from trigate.llm.dialects.openai_chat.chunk import decode_chunk, read_usage
from trigate.llm.token_count import TokenCount


def test_members_that_nobody_knows_do_no_harm():
    chunk = decode_chunk(b'{"id":"a","future":[1],"choices":[{"delta":{"content":"x","future":1},"future":2}]}')
    assert chunk.choices is not None
    assert chunk.choices[0].delta is not None
    assert chunk.choices[0].delta.content == "x"


def test_a_chunk_of_the_wrong_kind_is_none():
    with pytest.raises(msgspec.DecodeError):
        decode_chunk(b'{"choices":{}}')


@pytest.mark.parametrize("usage", [b'"x"', b"null", b"[]", b'{"prompt_tokens":"x"}'])
def test_usage_that_makes_no_sense_is_none_but_the_chunk_is_read(usage: bytes):
    assert read_usage(decode_chunk(b'{"id":"a","usage":' + usage + b"}")) is None


def test_usage_is_read_with_the_service():
    report = read_usage(decode_chunk(b'{"usage":{"prompt_tokens":1},"service_tier":"flex"}'))
    assert report is not None
    assert (report.usage, report.service_tier) == (TokenCount(prompt_tokens=1), "flex")
    assert read_usage(decode_chunk(b"{}")) is None


def test_groqs_own_place_for_the_usage_is_read_where_the_usual_one_is_empty():
    report = read_usage(decode_chunk(b'{"choices":[],"usage":null,"x_groq":{"usage":{"prompt_tokens":1}}}'))
    assert report is not None
    assert report.usage == TokenCount(prompt_tokens=1)
    assert read_usage(decode_chunk(b'{"x_groq":{"id":"r"}}')) is None
    assert read_usage(decode_chunk(b'{"x_groq":3}')) is None
