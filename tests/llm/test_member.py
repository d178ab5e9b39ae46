"""Reading the top level strictly, and writing it again value for value."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from trigate.core.errors import BadRequest
from trigate.llm.member import read_members, read_value, write_members

KNOWN = frozenset({"model", "stream", "messages", "stop", "user_task"})

scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
keys = texts.filter(lambda key: key.casefold() not in KNOWN)
layouts = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " :\r\n ")])


@given(st.dictionaries(keys, values, max_size=8), layouts, st.booleans())
def test_what_is_read_is_written_value_for_value(wanted: dict[str, object], layout: tuple[str, str], ascii_only: bool):
    body = json.dumps(wanted, separators=layout, ensure_ascii=ascii_only).encode()
    members = read_members(body, KNOWN)
    assert json.loads(write_members(members)) == wanted
    assert list(members) == list(wanted)


@given(st.dictionaries(keys, values, min_size=1, max_size=6), st.data(), layouts)
def test_a_key_twice_is_refused_wherever_it_stands(
    wanted: dict[str, object], data: st.DataObject, layout: tuple[str, str]
):
    comma, colon = layout
    again = data.draw(st.sampled_from(sorted(wanted)))
    pairs = [(json.dumps(key), json.dumps(value)) for key, value in wanted.items()]
    twin = (json.dumps(again), json.dumps(data.draw(values)))
    pairs.insert(data.draw(st.integers(0, len(pairs))), twin)
    body = "{" + comma.join(key + colon + value for key, value in pairs) + "}"
    with pytest.raises(BadRequest):
        read_members(body.encode(), KNOWN)


def test_values_stay_verbatim_and_members_can_be_replaced():
    members = read_members(b' { "a" : 1.00 , "model":"x", "b":[1, 2,{"c" :"\\u00e9"}]\n}', KNOWN)
    members["model"] = Raw(b'"y"')
    assert write_members(members) == b'{"a":1.00,"model":"y","b":[1, 2,{"c" :"\\u00e9"}]}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"a"}',
        b'{"model":"a","mod\\u0065l":"b"}',
        b'{"model":12,"model":1}',
        b'{"model":1 ,"model":12}',
        b'{"model":"a","x":{"model":"b"},"model":"a"}',
        b'{ "x":"\\"model\\":", "x":"\\"model\\":" }',
        b'{"":1,"":1}',
        '{"é":1,"é":1}'.encode(),
    ],
)
def test_duplicates_are_refused(body: bytes):
    with pytest.raises(BadRequest, match="more than on"):
        read_members(body, KNOWN)


@pytest.mark.parametrize("key", ["Model", "MODEL", "ſtream", "\\u017ftream", "meſſages", "user_tas\u212a"])
def test_keys_that_differ_by_case_alone_are_refused(key: str):
    with pytest.raises(BadRequest, match="write"):
        read_members(f'{{"{key}":1}}'.encode(), KNOWN)


def test_nested_keys_are_the_upstreams_to_judge():
    body = b'{"x":{"Model":1,"a":1,"a":2}}'
    assert write_members(read_members(body, KNOWN)) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"{}{}",
        b"{}x",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":NaN}',
        b"{'a':1}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1}\x00',
        b'{"a":"\n"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_not_one_json_object_in_utf8_is_refused(body: bytes):
    with pytest.raises(BadRequest):
        read_members(body, KNOWN)


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_no_bytes_raise_anything_else(body: bytes):
    try:
        members = read_members(body, KNOWN)
    except BadRequest:
        return
    assert msgspec.json.decode(write_members(members)) == msgspec.json.decode(body)


def test_an_empty_object_has_no_members():
    assert read_members(b" { } ", KNOWN) == {}


@pytest.mark.parametrize("value", [b"1e400", b"9" * 6000, b"[" * 100_000 + b"]" * 100_000])
def test_what_nobody_can_hold_is_refused_where_it_must_be_understood(value: bytes):
    with pytest.raises(BadRequest):
        read_value(b'{"a":%b}' % value)
