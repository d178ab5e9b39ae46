"""Ids of events come back from callers, and whatever comes is at worst unknown."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.listening.event_id import StreamName, read_id, write_name


def test_an_id_that_was_given_out_is_read_again():
    name = StreamName("abc", "machine/worker-1", '"é"', True)
    assert read_id(write_name(name) + b".12") == (name, 12)


def test_a_long_request_id_is_not_carried():
    found = read_id(write_name(StreamName("abc", "w", '"' + "x" * 500 + '"')) + b".1")
    assert found is not None
    assert found[0].id == ""


@given(id=st.binary(max_size=600))
def test_any_bytes_are_at_worst_unknown(id: bytes):
    read_id(id)
    assert read_id(b"!" + id) is None


def test_numbers_are_bounded():
    name = write_name(StreamName("abc"))
    assert read_id(name + b".") is None
    assert read_id(name + b"." + b"9" * 30) is None
    assert read_id(name) is None
