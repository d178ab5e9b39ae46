"""Chats for Claude as Bedrock's callers send them."""

from trigate.llm.invoke_ask import InvokeAsk
from trigate.llm.operation import Address
from trigate.llm.operations.bedrock_invoke import OPERATION


def test_a_stream_is_to_come_in_frames():
    body = b'{"anthropic_version":"bedrock-2023-05-31","messages":[]}'
    ask = OPERATION.decode(body, Address(OPERATION, "m", streamed=True))
    assert isinstance(ask, InvokeAsk)
    assert ask.stream_type == b"application/vnd.amazon.eventstream"
    assert ask.steered(None, "other").stream_type == ask.stream_type
