"""Reading what visitors send."""

import pytest

from trigate.core.errors import BadRequest
from trigate.portal.page import read_fields, read_form
from trigate.portal.visit import Visit


def form(body: bytes, media: str = "application/x-www-form-urlencoded") -> Visit:
    return Visit(page="x", method="POST", path="/x", fields={"content-type": media}, body=body)


def test_fields_are_read_and_empty_ones_are_none():
    assert read_fields("a=1&b=%20x+y&c=") == {"a": "1", "b": " x y"}
    assert read_form(form(b"a=1", "application/x-www-form-urlencoded; charset=utf-8")) == {"a": "1"}


@pytest.mark.parametrize("text", ["a=1&a=2", "a=1&a=", "a=%00", "a=%ff", "&".join(f"a{n}=1" for n in range(100))])
def test_what_could_be_read_in_two_ways_is_refused(text: str):
    with pytest.raises(BadRequest):
        read_fields(text)


@pytest.mark.parametrize("visit", [form(b"{}", "application/json"), form(b"a=1", "text/plain"), form(b"a=\xff")])
def test_what_is_no_form_is_refused(visit: Visit):
    with pytest.raises(BadRequest):
        read_form(visit)
