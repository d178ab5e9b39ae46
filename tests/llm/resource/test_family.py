"""Lists have the form of their API, page by page."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from trigate.core.request import Request
from trigate.llm.error import InvalidParameter
from trigate.llm.resource.family import ANTHROPIC, OPENAI, deleted, read_span, write_list


def request(query: bytes) -> Request:
    return Request(b"GET", b"/", b"/", query, b"gateway", [], {})


def page(family: Any, query: bytes, *ids: str) -> Any:
    objects = [(each, Raw(msgspec.json.encode({"id": each}))) for each in ids]
    return msgspec.json.decode(write_list(family, read_span(family, request(query), family.files), objects))


def test_one_more_than_the_page_has_tells_that_there_is_more():
    assert page(OPENAI, b"limit=2", "a", "b", "c") == {
        "object": "list",
        "data": [{"id": "a"}, {"id": "b"}],
        "has_more": True,
        "first_id": "a",
        "last_id": "b",
    }
    assert page(ANTHROPIC, b"limit=2", "a", "b") == {
        "data": [{"id": "a"}, {"id": "b"}],
        "has_more": False,
        "first_id": "a",
        "last_id": "b",
    }


def test_an_empty_page_has_neither_first_nor_last():
    assert page(OPENAI, b"")["first_id"] is None


def test_the_page_before_is_asked_for_backwards():
    span = read_span(ANTHROPIC, request(b"before_id=x&limit=2"), ANTHROPIC.files)
    assert span.backwards
    assert span.page.ascending
    assert [each["id"] for each in page(ANTHROPIC, b"before_id=x&limit=2", "b", "a", "z")["data"]] == ["a", "b"]


def test_the_query_says_where_and_how():
    span = read_span(OPENAI, request(b"after=file-1&order=asc&limit=3"), OPENAI.files)
    assert (span.page.cursor, span.page.ascending, span.page.limit) == ("file-1", True, 4)


@pytest.mark.parametrize("query", [b"limit=0", b"limit=x", b"limit=10001", b"limit=-1", b"limit=%C2%B2"])
def test_an_absurd_limit_is_refused(query: bytes):
    with pytest.raises(InvalidParameter):
        read_span(OPENAI, request(query), OPENAI.files)


def test_what_is_gone_is_said_to_be_gone():
    assert bytes(deleted(OPENAI, "file", "a")["deleted"]) == b"true"
    assert bytes(deleted(ANTHROPIC, "batch", "a")["type"]) == b'"message_batch_deleted"'
    assert bytes(deleted(ANTHROPIC, "file", "a")["type"]) == b'"file_deleted"'


def test_a_page_has_fewer_batches_than_files():
    assert read_span(OPENAI, request(b"limit=10000"), OPENAI.files).page.limit == 10_001
    with pytest.raises(InvalidParameter, match="from 1 to 100"):
        read_span(OPENAI, request(b"limit=101"), OPENAI.batches)
