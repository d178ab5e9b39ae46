"""What servers answer to a request written ahead."""

import pytest

from trigate.core.parts import Head
from trigate.mcp.fault import NotSpoken
from trigate.mcp.letter import media_of, read_message


def test_the_result_of_another_request_is_refused():
    text = b'{"jsonrpc":"2.0","id":8,"result":{}}'
    assert bytes(read_message(text, b"8").result) == b"{}"
    with pytest.raises(NotSpoken):
        read_message(text, b"7")


def test_a_media_type_is_told_without_its_parameters():
    assert media_of(Head(200, [(b"content-type", b"Application/JSON; charset=utf-8")])) == b"application/json"
    assert media_of(Head(200, [])) == b""
