"""A provider's whole answer into the middle form."""

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Extra
from trigate.llm.dialects.anthropic_messages.block_reader import read_blocks
from trigate.llm.dialects.anthropic_messages.failure import read_error
from trigate.llm.dialects.anthropic_messages.home import JSON, NAME
from trigate.llm.dialects.anthropic_messages.stop import read_stop
from trigate.llm.dialects.anthropic_messages.usage import Usage, read_usage
from trigate.llm.node import Node, blame_provider
from trigate.llm.reply import Choice, Reply, Tally

_decode = msgspec.json.Decoder().decode
_COUNTED = frozenset(Usage.__struct_fields__) - {"server_tool_use"}
"""Members of a usage of which a tally says all that they say."""


def read_reply(body: bytes) -> Reply:
    """Understand an answer; raises UpstreamProtocolError."""
    try:
        answer = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise UpstreamProtocolError("the provider's answer is not JSON") from None
    node = Node(answer, blame_provider)
    if node.rest().get("type") == "error":
        message, code = read_error(answer)
        raise UpstreamProtocolError(f"the provider answered with an error: {message or code}")
    reply = Reply(dialect=NAME, id=node.text("id"), model=node.text("model"), choices=[_read_choice(node)])
    node.take("type")
    node.take("role")
    usage = node.object("usage")
    reply.tally = _read_tally(usage)
    reply.extra = _said(node.rest())
    if usage is not None and (left := _uncounted(usage)):
        reply.extra["usage"] = left
    return reply


def _read_choice(node: Node) -> Choice:
    if type(node.rest().get("content")) is not list:
        node.refuse("content", "a list")
    choice = Choice(parts=read_blocks(node.nodes("content")))
    stop = node.text("stop_reason")
    choice.stop = read_stop(stop) if stop else "end"
    if choice.stop == "other":
        choice.extra = {"stop_reason": stop}
    choice.sequence = node.text("stop_sequence")
    details = node.object("stop_details")
    if details:
        choice.extra = {**choice.extra, "stop_details": details}
    return choice


def _read_tally(value: Extra | None) -> Tally | None:
    usage = read_usage(value) if value is not None else None
    return usage.tally() if usage is not None else None


def _uncounted(usage: JSON) -> Extra:
    """What the usage says that no tally does."""
    return {name: each for name, each in _said(usage).items() if name not in _COUNTED}


def _said(members: Extra) -> Extra:
    """Without the members that are null, as most of an answer's are."""
    return {name: each for name, each in members.items() if each is not None}
