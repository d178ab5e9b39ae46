"""JSON-RPC messages keep the bytes they came with, and are refused where readers could differ."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.envelope import Known, encode, error_message, is_id, members, notification, read, result_message
from trigate.mcp.fault import Fault

objects = st.dictionaries(
    st.text(max_size=5), st.integers() | st.text(max_size=5) | st.lists(st.integers()), max_size=6
)
SPELLINGS: list[dict[str, Any]] = [
    {"separators": (",", ":")},
    {},
    {"indent": 2},
    {"separators": (" ,", ": ")},
    {"separators": (",", ":"), "ensure_ascii": False},
]


@given(found=objects, spelling=st.sampled_from(SPELLINGS))
def test_every_spelling_of_an_object_is_read_alike(found: dict[str, Any], spelling: dict[str, Any]):
    text = json.dumps(found, **spelling).encode("utf-8", "surrogatepass")
    try:
        text.decode("utf-8")
        read_back = members(text)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return  # lone surrogates are no text
    assert {key: json.loads(bytes(value)) for key, value in read_back.items()} == found
    assert json.loads(encode(read_back)) == found


@given(
    pairs=st.lists(st.tuples(st.sampled_from("abcdid"), st.integers(0, 99)), min_size=2, max_size=8),
    comma=st.sampled_from([",", ", ", " ,", ",\n"]),
    colon=st.sampled_from([":", ": ", " : "]),
)
def test_a_member_that_comes_twice_is_refused_however_it_is_written(
    pairs: list[tuple[str, int]], comma: str, colon: str
):
    text = "{" + comma.join(f'"{key}"{colon}{value}' for key, value in pairs) + "}"
    names = [key for key, _ in pairs]
    if len(set(names)) == len(names):
        assert list(members(text.encode())) == names
        return
    with pytest.raises(Fault, match="came twice"):
        members(text.encode())


def test_an_escaped_duplicate_is_seen():
    with pytest.raises(Fault, match="came twice"):
        members(b'{"id":1,"\\u0069d":2}')


def test_a_duplicate_inside_a_value_is_not_this_hops_business():
    assert bytes(members(b'{"a":{"x":1,"x":2}}')["a"]) == b'{"x":1,"x":2}'


def test_a_known_member_in_another_case_is_refused():
    with pytest.raises(Fault, match="case"):
        members(b'{"Name":1}', Known("name"))
    assert list(members(b'{"other":1}', Known("name"))) == ["other"]


@pytest.mark.parametrize("raw", [b"1", b"-1", b"0", b'""', b'"x"', b"123456789012345678901"])
def test_strings_and_integers_are_ids(raw: bytes):
    assert is_id(raw)


@pytest.mark.parametrize("raw", [b"null", b"1.0", b"1e3", b"true", b"[]", b"{}", b"", b"-"])
def test_nothing_else_is_an_id(raw: bytes):
    assert not is_id(raw)


def test_an_array_is_read_as_a_batch():
    found = read(b' [{"a":1}, 2]')
    assert isinstance(found, list)
    assert [bytes(each) for each in found] == [b'{"a":1}', b"2"]


def test_messages_are_written_around_raw_parts():
    assert json.loads(result_message(b'"a"', b'{"x":1}')) == {"jsonrpc": "2.0", "id": "a", "result": {"x": 1}}
    assert json.loads(error_message(b"", -32600, "no", {"y": 2}))["id"] is None
    assert json.loads(notification("a/b", b"{}")) == {"jsonrpc": "2.0", "method": "a/b", "params": {}}
