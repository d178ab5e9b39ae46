"""A message is recognised only if reading it in full would find the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.envelope import read, read_params
from trigate.mcp.fault import Fault
from trigate.mcp.stencil import Stencil, trace

ids = st.integers() | st.from_regex(r"\A[A-Za-z0-9_.:/-]{0,12}\Z")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
SPELLINGS: list[dict[str, Any]] = [{}, {"separators": (",", ":")}]
ENVELOPES = [("jsonrpc", "id", "method", "params"), ("method", "params", "jsonrpc", "id"), ("id", "method", "params")]
PARAMS = [("name", "arguments", "_meta"), ("_meta", "name", "arguments"), ("arguments", "name")]
PIECES = [b"", b" ", b"1", b'"', b",", b"}", b"{", b"\\", b"\xff", b"\0", b"\1", b'"id":7,', b'{"a":1}',
          b', "arguments": {}', b'"}}, "params": {']  # fmt: skip
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "own": [1, 2]}


def write(id: Any, arguments: Any, envelope: tuple[str, ...], params: tuple[str, ...], **spelling: Any) -> bytes:
    given = {"name": "git__echo", "arguments": arguments, "_meta": META}
    members = {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {key: given[key] for key in params}}
    return json.dumps({key: members[key] for key in envelope}, **spelling).encode()


def traced(body: bytes) -> Stencil:
    found = trace(body)
    assert found is not None
    return found


def read_in_full(body: bytes) -> tuple[bytes, bytes]:
    found = read(body)
    assert isinstance(found, dict)
    return bytes(found["id"]), bytes(read_params(found["params"])["arguments"])


@given(
    first=st.tuples(ids, values),
    second=st.tuples(ids, values),
    envelope=st.sampled_from(ENVELOPES),
    params=st.sampled_from(PARAMS),
    spelling=st.sampled_from(SPELLINGS),
)
def test_a_message_of_the_same_make_is_recognised(
    first: tuple[Any, Any],
    second: tuple[Any, Any],
    envelope: tuple[str, ...],
    params: tuple[str, ...],
    spelling: dict[str, Any],
):
    stencil = traced(write(*first, envelope, params, **spelling))
    body = write(*second, envelope, params, **spelling)
    assert stencil.read(body) == read_in_full(body)


@given(
    start=st.integers(0, 300),
    length=st.integers(0, 40),
    inserted=st.sampled_from(PIECES) | st.binary(max_size=6),
    params=st.sampled_from(PARAMS),
    envelope=st.sampled_from(ENVELOPES),
)
def test_what_is_recognised_in_a_damaged_message_is_what_it_says(
    start: int, length: int, inserted: bytes, params: tuple[str, ...], envelope: tuple[str, ...]
):
    body = write(1, {"text": "x", "deep": [{}]}, envelope, params)
    damaged = body[:start] + inserted + body[start + length :]
    found = traced(body).read(damaged)
    if found is None:
        return
    assert found == (read_in_full(damaged)[0], read_in_full(damaged)[1])
    assert traced(damaged.replace(b"\0", b"")).read(body) == read_in_full(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x"}}',
        b'{"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "x", "arguments": {}}}',
        b'[{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": {}}}]',
        b'{ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": {}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name": "x", "arguments": {}}}',
        b'{"jsonrpc":"2.0","\\u0069d":1,"method":"tools/call","params":{"name":"x","arguments":{}}}',
    ],
)
def test_of_an_unusual_message_nothing_is_learned(body: bytes):
    assert trace(body) is None


@pytest.mark.parametrize(
    ("id", "arguments"),
    [
        (b"null", b"{}"),
        (b"1.5", b"{}"),
        (b"007", b"{}"),
        (b'"a\\u0062"', b"{}"),
        (b"1", b""),
        (b"1", b"{"),
        (b"1", b'{},"arguments":{}'),
        (b"1", b'{}},"params":{'),
        (b"1", b'"\xff"'),
        (b"1", b"[" * 5000 + b"]" * 5000),
        (b'1,"id":2', b"{}"),
    ],
)
def test_a_value_that_is_not_one_whole_value_is_not_recognised(id: bytes, arguments: bytes):
    body = b'{"jsonrpc":"2.0","id":%b,"method":"tools/call","params":{"name":"x","arguments":%b}}'
    assert traced(body % (b"1", b"{}")).read(body % (id, arguments)) is None


def test_a_message_that_would_be_refused_is_never_learned_from():
    with pytest.raises(Fault):
        trace(b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"x","arguments":{},"arguments":1}}')
