"""JSON and base64url with one reading."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.policy.strict_json import read_base64url, read_object


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'"a"',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1}x',
        b"\xff",
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        read_object(text)


@given(st.dictionaries(st.text(), st.recursive(st.integers() | st.text() | st.none(), st.lists, max_leaves=5)))
def test_an_object_is_read_as_it_was_written(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value).encode()) == value


@given(st.binary())
def test_bytes_survive_base64url(value: bytes) -> None:
    assert read_base64url(base64.urlsafe_b64encode(value).rstrip(b"=")) == value


@given(st.binary(max_size=12))
def test_base64url_has_one_spelling(text: bytes) -> None:
    try:
        found = read_base64url(text)
    except ValueError:
        return
    assert base64.urlsafe_b64encode(found).rstrip(b"=") == text


@pytest.mark.parametrize("text", [b"A", b"AB==", b"AB", b"A+/A", b"AA\n", b"AAA A"])
def test_other_spellings_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        read_base64url(text)
