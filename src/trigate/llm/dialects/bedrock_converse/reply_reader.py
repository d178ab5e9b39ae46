"""A whole answer of Bedrock's, read into the middle form."""

from typing import Any

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.bedrock_converse.block_reader import NAME, read_blocks
from trigate.llm.dialects.bedrock_converse.stop import read_stop, write_stop
from trigate.llm.dialects.bedrock_converse.tally import decode_tally
from trigate.llm.fresh import fresh_id
from trigate.llm.node import Node, blame_provider
from trigate.llm.reply import Choice, Reply

_decode = msgspec.json.Decoder().decode


def decode(body: bytes) -> Any:
    """A provider's JSON; raises UpstreamProtocolError."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamProtocolError("the provider's answer is no JSON") from error


def read_reply(body: bytes) -> Reply:
    """The whole answer; raises UpstreamProtocolError. Nobody but the head of the answer gives it a name."""
    node = Node(decode(body), blame_provider)
    output = node.node("output")
    message = output.node("message") if output is not None else None
    if message is None:
        raise UpstreamProtocolError("the provider's answer has no message")
    parts = read_blocks(message.nodes("content"))
    reason = node.text("stopReason")
    stop = read_stop(reason)
    message.take("role")
    extra = message.rest() if write_stop(stop) == reason else message.rest() | {"stopReason": reason}
    choice = Choice(parts=parts, stop=stop, extra=extra)
    match node.rest().get("additionalModelResponseFields"):
        case {"stop_sequence": str(sequence), **others} if not others:
            node.take("additionalModelResponseFields")
            choice.sequence = sequence
        case _:
            pass
    for name in ("usage", "metrics", "serviceTier"):
        node.take(name)
    tally = decode_tally(body)
    return Reply(dialect=NAME, id=fresh_id("msg_"), model="", choices=[choice], tally=tally, extra=node.rest())
