"""An ask is written for a target without changing itself, so that it can be written for the next."""

import pytest
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.extent import MediaBounds
from trigate.llm.member import read_members
from trigate.llm.operation import Address, Ask
from trigate.llm.operations.openai_chat import OpenAIChat
from trigate.llm.operations.openai_embeddings import OpenAIEmbeddings

BODY = b'{"n":1,"model":"smart","stream_options":{"include_usage":false}}'


def ask() -> Ask:
    return Ask(Address(OpenAIChat()), read_members(BODY, frozenset()), BODY)


def test_each_target_gets_its_own_body():
    one = ask()
    one.stream_options = Raw(b'{"include_usage":true}')
    assert one.write(Raw(b'"a"'), counts_streams=True) == b'{"n":1,"model":"a","stream_options":{"include_usage":true}}'
    assert one.write(Raw(b'"b"'), counts_streams=False) == BODY.replace(b"smart", b"b")
    assert one.model == "smart"


@pytest.mark.parametrize("model", [b"1", b"null", b'""', b'"a\\nb"', b'"' + b"x" * 257 + b'"'])
def test_a_name_that_is_none_is_refused(model: bytes):
    with pytest.raises(InvalidParameter):
        Ask(Address(OpenAIEmbeddings()), {"model": Raw(model)}, b"")


def test_what_limits_add_goes_into_the_body_of_that_attempt():
    one = ask()
    one.added = {"max_tokens": Raw(b"7"), "n": Raw(b"2")}
    assert b'"n":2' in one.write(Raw(b'"a"'), counts_streams=False)
    assert b'"max_tokens":7' in one.write(Raw(b'"a"'), counts_streams=False)
    one.added = None
    assert b"max_tokens" not in one.write(Raw(b'"a"'), counts_streams=False)


def test_the_extent_is_worked_out_once():
    one = ask()
    assert one.extent(MediaBounds()) is one.extent(MediaBounds())
    assert one.operation.name == "openai_chat"
