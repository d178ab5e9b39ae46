"""A client's line is read as far as it decides about the way."""

import json

import pytest

from trigate.cli.mcp.pipe.spoken import is_answer, read
from trigate.mcp.version import MODERN, PROTOCOL_VERSION


def test_a_message_of_the_newer_protocol_is_repeated_in_header_fields():
    params = {"name": "é", "_meta": {PROTOCOL_VERSION: MODERN}}
    spoken = read(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode())
    assert spoken.fields == {
        "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "=?base64?w6k=?="
    }  # fmt: skip


@pytest.mark.parametrize("text", [b"[]", b"7", b'{"id":1,"result":{}}', b'{"method":7}', b'{"method":"a","params":[]}'])
def test_whatever_is_json_goes_on(text: bytes):
    spoken = read(text)
    assert (spoken.version, spoken.params) == ("", {})
    assert spoken.id == ("" if text[:1] == b"{" else "[]")


def test_an_answer_is_known_by_its_id_and_its_kind():
    assert is_answer(b'{"id":"a","result":{}}', '"a"')
    assert not is_answer(b'{"id":"a","method":"ping"}', '"a"')
    assert not is_answer(b'{"method":"notifications/progress"}', '"a"')
    assert not is_answer(b'{"id":"b","error":{}}', '"a"')


def test_a_cancellation_names_its_request():
    assert read(b'{"method":"notifications/cancelled","params":{"requestId":"x"}}').cancels == '"x"'
    assert read(b'{"method":"ping","id":1}').cancels == ""
