"""An ask is written for a target without changing itself, so that it can be written for the next."""

import pytest
from msgspec import Raw

from trigate.llm.dialect import Ask
from trigate.llm.error import InvalidParameter
from trigate.llm.member import read_members

BODY = b'{"n":1,"model":"smart","stream_options":{"include_usage":false}}'


def ask() -> Ask:
    return Ask("chat/completions", read_members(BODY, frozenset()), len(BODY))


def test_each_target_gets_its_own_body():
    one = ask()
    one.stream_options = Raw(b'{"include_usage":true}')
    assert one.body(Raw(b'"a"'), counts_streams=True) == b'{"n":1,"model":"a","stream_options":{"include_usage":true}}'
    assert one.body(Raw(b'"b"'), counts_streams=False) == BODY.replace(b"smart", b"b")
    assert one.model == "smart"


@pytest.mark.parametrize("model", [b"1", b"null", b'""', b'"a\\nb"', b'"' + b"x" * 257 + b'"'])
def test_a_name_that_is_none_is_refused(model: bytes):
    with pytest.raises(InvalidParameter):
        Ask("embeddings", {"model": Raw(model)}, 0)
