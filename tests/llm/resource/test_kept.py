"""What is remembered comes back as it was, and what is no object is refused."""

import pytest
from msgspec import Raw

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.resource.kept import Kept, Share, read_kept, read_object, text, write


def test_what_is_remembered_comes_back():
    kept = Kept(Raw(b'{"id":"a","x":1.0}'), (Share("smart", "openai_chat", "gpt", 2, -1),), "/v1/chat/completions")
    assert read_kept(write(kept)) == kept


def test_texts_of_an_object_are_read():
    found = read_object(b'{"a":"b","c":null,"d":1}')
    assert [text(found, name) for name in "acdx"] == ["b", "", "", ""]


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"a":'])
def test_what_is_no_object_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        read_object(body)
