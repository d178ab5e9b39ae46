"""Packed parts of a table: small, whole, and free of the text that they came in."""

import sys

import msgspec

from trigate.llm.model_table import FILE, ModelTable
from trigate.llm.packed import Packed

TEXT = b'{"models":[' + b",".join(b'"model-%d"' % number for number in range(5000)) + b"]}"


def test_what_was_packed_comes_back_as_it_was():
    found = msgspec.json.decode(TEXT, type=Packed)
    assert found.unpack() == TEXT.removeprefix(b'{"models":').removesuffix(b"}")
    assert len(bytes(found.models)) < len(TEXT) / 3


def test_a_table_keeps_no_hold_of_its_text():
    text = bytearray(FILE.read_bytes())
    data = bytes(text)
    held = sys.getrefcount(data)
    table = ModelTable(data)
    assert sys.getrefcount(data) == held
    assert table.providers()
