"""A provider's whole answer, read."""

from typing import Any

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import ToolCall, Turn
from trigate.llm.dialects.cohere_chat.logprob import read_logprobs
from trigate.llm.dialects.cohere_chat.tally import read_tally
from trigate.llm.dialects.cohere_chat.turn_reader import read_answer
from trigate.llm.dialects.cohere_chat.word import BROKEN, NAME, STOPS
from trigate.llm.node import Node, blame_provider
from trigate.llm.provider_error import tell_error
from trigate.llm.reply import Choice, Reply, Stop

_decode = msgspec.json.Decoder().decode


def read_reply(body: bytes) -> Reply:
    """Raises UpstreamProtocolError, also for an error that comes as an answer."""
    value = _parse(body)
    node = Node(value, blame_provider)
    message = node.node("message") if type(node.rest().get("message")) is dict else None
    if message is None:
        raise UpstreamProtocolError(f"the provider answered without a message: {tell_error(value).message}")
    choice = _read_choice(message, node)
    node.take("usage")
    reply = Reply(dialect=NAME, id=node.text("id"), model="", choices=[choice], tally=read_tally(body))
    reply.extra = node.rest()
    return reply


def _parse(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamProtocolError(f"the provider's answer is no JSON: {error}") from None


def _read_choice(message: Node, node: Node) -> Choice:
    message.take("role")
    turn = Turn("assistant", [])
    parts = read_answer(message, turn)
    stop = stop_of(node.text("finish_reason"), called=any(isinstance(each, ToolCall) for each in parts))
    choice = Choice(parts=parts, stop=stop, logprobs=read_logprobs(node.items("logprobs")))
    if extra := {**turn.extra, **message.rest()}:
        choice.extra["message"] = extra
    return choice


def stop_of(finish: str, *, called: bool) -> Stop:
    """Why an answer ended; raises UpstreamProtocolError if it did not come to be."""
    if finish in BROKEN:
        raise UpstreamProtocolError(f"the provider gave up: {finish}")
    stop = STOPS.get(finish, "other")
    return "tool" if stop == "end" and called else stop
