"""A request written ahead, for servers of the newer era over HTTP."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Raw

from trigate.core.exchange import Exchange
from trigate.core.parts import Head, Headers, field
from trigate.mcp.fault import NotSpoken
from trigate.mcp.greeting import Greeting
from trigate.mcp.message import Message, Outgoing, decode_message
from trigate.mcp.transport import Leg
from trigate.outbound.request import Block

if TYPE_CHECKING:
    from trigate.outbound.answer import Answer

JSON = b"application/json"
EVENTS = b"text/event-stream"


class Post(Protocol):
    """What carries letters."""

    def number(self) -> bytes: ...
    def block(self, fields: Headers) -> Block: ...
    def post(self, fields: Block, text: bytes, exchange: Exchange) -> "Coroutine[Any, Any, Answer]": ...
    def clean(self, body: bytes) -> bytes: ...
    def leg(self, greeting: Greeting | None, answer: "Answer", id: bytes) -> Leg: ...


class Letter:
    """A request, whole but for its id and one value."""

    __slots__ = ("_after", "_before", "_block", "_clean", "_post", "leg", "number")

    def __init__(self, outgoing: Outgoing, hole: bytes, post: Post) -> None:
        self._before, self._after = outgoing.tail.split(hole)
        self._block = post.block(outgoing.fields)
        self._post = post.post
        self._clean = post.clean
        self.number = post.number
        self.leg = post.leg

    def send(self, id: bytes, value: Raw, exchange: Exchange) -> "Coroutine[Any, Any, Answer]":
        """Send it; raises UpstreamFailed."""
        text = b'{"jsonrpc":"2.0","id":%b%b%b%b' % (id, self._before, value, self._after)
        return self._post(self._block, text, exchange)

    def is_plain(self, head: Head) -> bool:
        """Whether a head is that of a response in JSON."""
        return head.status == 200 and media_of(head) == JSON

    def read(self, answer: "Answer", id: bytes) -> Message:
        """The message of an answer that is all there; raises UpstreamFailed."""
        body = answer.take()
        answer.close()
        message = read_message(self._clean(body), id)
        if message.method:
            raise NotSpoken("the server sent a message of its own in place of its answer")
        return message


def read_message(text: bytes, id: bytes = b"") -> Message:
    """A message of a server, which must not be the result of another request than `id`; raises NotSpoken."""
    try:
        message = decode_message(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotSpoken(f"the server sent what is no JSON-RPC message: {error}") from None
    if id and len(message.result) and bytes(message.id) != id:
        raise NotSpoken("the server answered a request that was not the one it was sent")
    return message


def media_of(head: Head) -> bytes:
    """The media type of a body, without parameters."""
    kind = field(head.headers, b"content-type") or b""
    if kind in {JSON, EVENTS}:
        return kind
    return kind.partition(b";")[0].strip().lower()
