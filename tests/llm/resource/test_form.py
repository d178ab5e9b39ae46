"""Forms are read in one way or not at all, and written so that others read the same."""

import email.parser
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journeys.filing import parse_form
from trigate.core.errors import BadRequest, UnsupportedMediaType
from trigate.llm.resource.form import read_boundary, read_form, write_form

FILE = b'content-disposition: form-data; name="file"; filename="a.bin"\r\ncontent-type: text/plain\r\n\r\n'
TEXT = b'content-disposition: form-data; name="purpose"\r\n\r\n'


def form(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    return b"".join(b"--B\r\n" + each + b"\r\n" for each in parts) + b"--B" + end


@given(st.binary(max_size=200).filter(lambda each: b"--B" not in each), st.booleans())
def test_a_file_and_a_text_are_read_and_written_whatever_their_order(content: bytes, first: bool):
    parts = [FILE + content, TEXT + b"batch"]
    raw = form(*(parts if first else parts[::-1]))
    found = read_form(raw, b"B")
    assert found.texts == {"purpose": b"batch"}
    assert raw[found.file.start : found.file.end] == content
    assert (found.file.file, found.file.mime) == ("a.bin", b"text/plain")
    head, tail = write_form(found, b"other")
    assert head.endswith(b"\r\n\r\n")
    assert tail == b"\r\n--other--\r\n"


def test_what_is_written_others_read_alike():
    raw = form(TEXT + b"batch", FILE + b"\x00\xffcontent\r\n")
    found = read_form(raw, b"B")
    head, tail = write_form(found, b"trigate")
    body = head + raw[found.file.start : found.file.end] + tail
    texts, file = parse_form(b"multipart/form-data; boundary=trigate", body)
    assert texts == {"purpose": "batch"}
    assert file[0] == "a.bin"
    assert email.parser.BytesParser(policy=email.policy.HTTP) is not None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"--C\r\n",
        form(FILE + b"x", end=b""),
        form(FILE + b"x", end=b"--\r\nmore"),
        form(TEXT + b"batch"),
        form(FILE + b"x", FILE + b"y"),
        form(FILE + b"x", TEXT + b"a", TEXT + b"b"),
        form(FILE + b"x", TEXT + b"a", TEXT.replace(b"purpose", b"Purpose") + b"b"),
        form(FILE.replace(b'"file"', b'"other"') + b"x"),
        form(b'content-disposition: form-data; name="file"\r\n\r\nx'),
        form(FILE.replace(b"filename=", b"filename*=") + b"x"),
        form(FILE.replace(b'name="file"', b'name="file"; name="purpose"') + b"x"),
        form(b"x: y\r\n" + FILE + b"x", b"no end of the head"),
        form(b"content-transfer-encoding: base64\r\n" + FILE + b"x"),
        form(TEXT + b"x" * 70_000, FILE + b"x"),
        form(*([TEXT + b"x"] * 40)),
        form(FILE.replace(b"text/plain", b"text/\x01") + b"x"),
        form(FILE.replace(b"a.bin", b"\xff") + b"x"),
        form(FILE.replace(b"a.bin", b"\x1b") + b"x"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(raw: bytes):
    with pytest.raises(BadRequest):
        read_form(raw, b"B")


@pytest.mark.parametrize("said", [b"multipart/form-data; boundary=B", b'multipart/form-data; boundary="B"'])
def test_the_boundary_is_told_by_the_type(said: bytes):
    assert read_boundary(said) == b"B"


@pytest.mark.parametrize("said", [b"", b"application/json", b"multipart/form-data", b"multipart/mixed; boundary=B"])
def test_anything_else_is_no_form(said: bytes):
    with pytest.raises(UnsupportedMediaType):
        read_boundary(said)
