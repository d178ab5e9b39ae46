"""What is understood of a chat ask."""

import msgspec
import pytest

from trigate.core.errors import BadRequest
from trigate.llm.operations.openai_chat import KNOWN, OpenAIChat

decode = OpenAIChat().decode


@pytest.mark.parametrize(
    ("body", "streamed", "hides_usage"),
    [
        (b'{"model":"m"}', False, False),
        (b'{"model":"m","stream":false}', False, False),
        (b'{"model":"m","stream":null,"stream_options":{"include_usage":false}}', False, False),
        (b'{"model":"m","stream":true}', True, True),
        (b'{"model":"m", "stream" : true }', True, True),
        (b'{"model":"m","stream":true,"stream_options":null}', True, True),
        (b'{"model":"m","stream":true,"stream_options":{}}', True, True),
        (b'{"model":"m","stream":true,"stream_options":{"include_usage":true}}', True, False),
    ],
)
def test_streaming_and_its_usage_are_understood(body: bytes, streamed: bool, hides_usage: bool):
    ask = decode(body)
    assert ask.model == "m"
    assert ask.streamed is streamed
    assert ask.hides_usage is hides_usage
    assert (ask.stream_options is not None) is streamed


def test_further_options_of_the_stream_are_kept():
    ask = decode(b'{"model":"m","stream":true,"stream_options":{"x":[1],"include_usage":false}}')
    assert ask.stream_options is not None
    assert bytes(ask.stream_options) == b'{"x":[1],"include_usage":true}'


def test_members_nobody_knows_pass():
    ask = decode(b'{"model":"m","safety_settings":{"A":1},"seeds":null}')
    assert bytes(ask.members["safety_settings"]) == b'{"A":1}'


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_no_known_member_has_another_spelling(key: str):
    with pytest.raises(BadRequest):
        decode(msgspec.json.encode({"model": "m", key.title(): 1}))
