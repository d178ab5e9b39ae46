"""Answers as they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.cache.entry import FORM, Entry, is_whole, lasting, read_entry, write_entry

BLOCKS = st.lists(st.binary(max_size=50), min_size=1, max_size=4)
FIELDS = st.lists(st.tuples(st.binary(), st.binary()), max_size=3)


@given(BLOCKS, FIELDS)
def test_what_is_kept_comes_back_as_it_was(blocks: list[bytes], headers: list[tuple[bytes, bytes]]):
    entry = Entry(FORM, 1.5, "a/b", headers, blocks)
    assert read_entry(write_entry(entry)) == entry


@given(st.binary(max_size=60))
def test_nonsense_is_no_entry(raw: bytes):
    assert read_entry(raw) is None


def test_an_entry_of_another_form_or_without_anything_is_none():
    assert read_entry(write_entry(Entry(FORM + 1, 0, "", [], [b"x"]))) is None
    assert read_entry(write_entry(Entry(FORM, 0, "", [], []))) is None


def test_fields_of_one_request_do_not_last():
    fields = [(b"content-type", b"a"), (b"retry-after", b"1"), (b"x-ratelimit-limit", b"2"), (b"x-trigate-loss", b"c")]
    assert lasting(fields) == [fields[0], fields[3]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"a":1}', True), (b'{"error":null}', True), (b'{"error":{}}', False), (b"[]", False), (b"", False)],
)
def test_an_answer_is_an_object_that_is_no_error(body: bytes, expected: bool):
    assert is_whole(body) is expected
