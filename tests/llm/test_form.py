"""Forms are read in one way only, and written as they were read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest, UnsupportedMediaType
from trigate.llm.form import MOST_PARTS, Field, form_type, read_boundary, read_form, write_form

KNOWN = frozenset({"model", "image", "n"})
LISTS = frozenset({"image"})


def part(head: bytes, value: bytes = b"v") -> bytes:
    return b"--b\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def named(name: bytes, value: bytes = b"v") -> bytes:
    return part(b'Content-Disposition: form-data; name="' + name + b'"', value)


def read(body: bytes) -> list[Field]:
    return read_form(body, b"b", KNOWN, LISTS)


@pytest.mark.parametrize(
    ("said", "boundary"),
    [
        (b"multipart/form-data; boundary=abc", b"abc"),
        (b'Multipart/Form-Data;boundary="a b/c"', b"a b/c"),
        (form_type(b"x=y"), b"x=y"),
    ],
)
def test_the_boundary_is_read(said: bytes, boundary: bytes):
    assert read_boundary(said) == boundary


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"application/json",
        b"multipart/form-data",
        b"multipart/form-data; boundary=a; boundary=b",
        b"multipart/form-data; boundary=" + b"a" * 71,
        b'multipart/form-data; boundary="a\\"b"',
        b"multipart/mixed; boundary=a",
        b"multipart/form-data; boundary*=utf-8''a",
    ],
)
def test_what_tells_no_boundary_or_two_is_refused(said: bytes):
    with pytest.raises(UnsupportedMediaType):
        read_boundary(said)


def test_texts_and_files_are_read():
    head = b'content-disposition: form-data; name="image"; filename="a b.png"\r\nContent-Type: image/png'
    assert read(named(b"model", b"m") + part(head, b"\x89\r\n--c\0") + b"--b--\r\n") == [
        Field("model", b"m"),
        Field("image", b"\x89\r\n--c\0", "a b.png", b"image/png"),
    ]


@given(
    st.lists(
        st.builds(
            Field,
            st.text("abc[]é", min_size=1, max_size=5).map(lambda name: "x" + name),
            st.binary(max_size=40).filter(lambda value: b"--b" not in value),
            st.none() | st.text("abcé .", max_size=9),
            st.sampled_from([b"", b"image/png"]),
        ),
        max_size=5,
        unique_by=lambda field: field.name.removesuffix("[]"),
    )
)
def test_what_is_written_is_read_again(fields: list[Field]):
    assert read(write_form(fields, b"b")) == fields


@pytest.mark.parametrize(
    "body",
    [
        named(b"model") + named(b"model") + b"--b--",
        named(b"model") + named(b"MODEL") + b"--b--",
        named(b"Model") + b"--b--",
        named(b"model[]") + b"--b--",
        named(b"other") + named(b"OTHER[]") + b"--b--",
        named(b"_charset_") + b"--b--",
        named(b"model"),
        b"preamble\r\n" + named(b"model") + b"--b--",
        named(b"model") + b"--b--\r\nepilogue",
        named(b"model") + b"--b --",
        b"--b \r\n" + named(b"model")[5:] + b"--b--",
        part(b'content-disposition: form-data; name="model"; name="x"') + b"--b--",
        part(b"content-disposition: form-data; name=\"x\"; filename*=utf-8''a") + b"--b--",
        part(b'content-disposition: form-data; name="a\\"b"') + b"--b--",
        part(b"content-disposition: form-data; name=model") + b"--b--",
        part(b'content-disposition: attachment; name="model"') + b"--b--",
        part(b'content-disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="b"') + b"--b--",
        part(b'content-disposition: form-data;\n name="a"') + b"--b--",
        part(b'content-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64') + b"--b--",
        part(b'content-disposition: form-data; name="\xff"') + b"--b--",
        part(b'content-disposition: form-data; name="a\x01"') + b"--b--",
        part(b'content-disposition: form-data; name="a"\r\ncontent-type: \xff') + b"--b--",
        part(b'content-disposition: form-data; name="a"\r\nx: ' + b"y" * 5000) + b"--b--",
        part(b"x: y") + b"--b--",
        b"--b\r\n\r\n--b--",
        b"",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(body: bytes):
    with pytest.raises(BadRequest):
        read(body)


def test_fields_that_are_lists_may_come_again():
    assert len(read(named(b"image[]") + named(b"image[]") + named(b"image") + b"--b--")) == 3


def test_the_number_of_fields_is_bounded():
    most = b"".join(named(b"x%d" % each) for each in range(MOST_PARTS))
    assert len(read(most + b"--b--")) == MOST_PARTS
    with pytest.raises(BadRequest, match="more than"):
        read(most + named(b"y") + b"--b--")


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_nothing_breaks(body: bytes):
    try:
        read(body)
    except BadRequest:
        return
    assert body in (b"--b--", b"--b--\r\n")
