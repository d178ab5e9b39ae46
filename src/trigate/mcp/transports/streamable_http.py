"""Servers reached by URL over Streamable HTTP, of either era."""

from collections.abc import Coroutine
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from trigate.core.errors import GatewayError, UpstreamFailed
from trigate.core.exchange import Exchange
from trigate.core.parts import Headers, field
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.mcp import greeting as greetings
from trigate.mcp.alarm import pause
from trigate.mcp.aside import Asides
from trigate.mcp.envelope import notification
from trigate.mcp.events import EventReader
from trigate.mcp.fault import NotSpoken, ServerFailed, SessionLost
from trigate.mcp.greeting import Greeting, Told
from trigate.mcp.letter import EVENTS, JSON, Letter, media_of, read_message
from trigate.mcp.listening.ear import NotOffered
from trigate.mcp.listening.over_http import OverHttp
from trigate.mcp.message import Message, Outgoing, decline
from trigate.mcp.question import ASKING
from trigate.mcp.settings import Server
from trigate.mcp.transport import Leg
from trigate.mcp.version import IDENTITY
from trigate.outbound.request import Block
from trigate.outbound.secrecy import strike, telling
from trigate.outbound.settings import Timeouts

if TYPE_CHECKING:
    from types import CoroutineType

    from trigate.mcp.upstream import Upstream
    from trigate.outbound.answer import Answer
    from trigate.outbound.client import Client

_ERROR_BODY = 64 * 1024
"""Most bytes read of an answer that is an error."""
_NO_VERSION_FIELD = {"2024-11-05", "2025-03-26"}
"""Revisions that do not know `MCP-Protocol-Version`."""
_LONG = Duration(86_400)
_INITIALIZED = notification("notifications/initialized", b"{}")
_NO_STREAM = frozenset({400, 405, 406, 501})
"""What servers answer that have no stream of what they say unasked."""
_LISTENING = Timeouts(first_byte=Duration(60), between_bytes=Duration(3600))
"""A stream may be silent for long; one that is dead is found out at last."""
_RETRY_MS, _LONGEST_RETRY_MS = 1000, 60_000
_MOST_RESUMED = 1000
"""How often one answer is resumed; the call's own time ends it earlier."""


class StreamableHttp:
    """A server at a URL."""

    def __init__(self, name: str, server: Server, client: "Client", surroundings: Surroundings) -> None:
        parts = urlsplit(server.url)
        self.name = name
        self._server = server
        self._client = client
        self._loop = surroundings.loop
        self.deadlines = surroundings.deadlines
        self._ids = count(1)
        self._target = ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).encode()
        call = server.timeouts.call
        self._endpoint = client.endpoint(
            f"{parts.scheme}://{parts.netloc}",
            timeouts=Timeouts(first_byte=call, between_bytes=call, total=call),
            credential=server.credential,
        )
        # While a caller thinks, a server that asked it is silent; the call's own watch ends what takes too long.
        self._patient = client.endpoint(
            f"{parts.scheme}://{parts.netloc}",
            timeouts=Timeouts(first_byte=call, between_bytes=_LONG),
            credential=server.credential,
        )
        self._asides = Asides(self, server.sessions == "shared")
        self._secrets = telling(server.headers)
        self._moving_secrets = self._endpoint.secrets if server.credential is not None else None
        own = [(name.lower().encode(), value.reveal().encode()) for name, value in server.headers.items()]
        agent = f"{IDENTITY['name']}/{IDENTITY['version']}".encode()
        self._fields: Headers = [
            (b"accept", b"application/json, text/event-stream"),
            (b"content-type", JSON),
            *(own if any(name == b"user-agent" for name, _ in own) else [(b"user-agent", agent), *own]),
        ]

    async def greet(self, signal: Signal) -> Greeting:
        """Find out what the server speaks and say hello."""
        found = await greetings.greet(self._server, self._telling(signal))
        if found.era == "legacy":
            await self._post(found, _INITIALIZED, signal)
        return found

    async def begin(self, profile: int, signal: Signal) -> Greeting:
        """One more session."""
        found = await greetings.begin(self._telling(signal), profile)
        await self._post(found, _INITIALIZED, signal)
        return found

    def _telling(self, signal: Signal) -> greetings.Tell:
        async def tell(outgoing: Outgoing) -> Told:
            leg = await self.send(None, outgoing, signal)
            try:
                return Told(await _response(leg), leg.session, leg.status)
            except NotSpoken:
                return Told(None, status=leg.status)
            finally:
                leg.close()

        return tell

    def part(self, greeting: Greeting) -> None:
        """End the server's session, if there is one (2025-11-25, transports: session management)."""
        if greeting.session:
            self._asides.part(greeting)
            spawn(self._delete(greeting), f"mcp {self.name} goodbye")

    def cancel(self, greeting: Greeting, id: bytes) -> None:
        """Tell a server of the older protocol that nobody waits any more; to a newer one the closed stream says it."""
        note = notification("notifications/cancelled", b'{"requestId":%b,"reason":"the caller has gone"}' % id)
        self.tell(greeting, note)

    def tell(self, greeting: Greeting, message: bytes) -> None:
        """Send a notification or response, without waiting."""
        spawn(self._tell(greeting, message), f"mcp {self.name} note")

    async def _tell(self, greeting: Greeting, message: bytes) -> None:
        try:
            await self._post(greeting, message, Signal(self._loop))
        except GatewayError:
            return  # nobody waits for it, and the server notices by itself that the call is over

    async def _post(self, greeting: Greeting, message: bytes, signal: Signal) -> None:
        fields = self._fields + _session_fields(greeting)
        answer = await self._client.send(self._endpoint, b"POST", self._target, fields, message, signal)
        try:
            await answer.read(_ERROR_BODY)
        finally:
            answer.close()

    async def _delete(self, greeting: Greeting) -> None:
        fields = self._fields + _session_fields(greeting)
        try:
            answer = await self._client.send(self._endpoint, b"DELETE", self._target, fields, b"", Signal(self._loop))
        except GatewayError:
            return  # the server will forget the session by itself
        answer.close()

    def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "CoroutineType[Any, Any, Leg]":
        """Send a request; where it is for callers too, the session's own stream is heard meanwhile."""
        return (self._asides.ask if self._asides.concern(greeting, outgoing) else self.send)(greeting, outgoing, signal)

    async def send(self, greeting: Greeting | None, outgoing: Outgoing, signal: Signal) -> "_HttpLeg":
        """Send a request; before hello there is no greeting."""
        id = self.number()
        fields = self._fields + outgoing.fields
        if greeting is not None and greeting.era == "legacy":
            fields += _session_fields(greeting)
        endpoint = self._patient if greeting is not None and greeting.profile else self._endpoint
        answer = await self._client.send(
            endpoint, b"POST", self._target, fields, outgoing.text(id), signal, extra=outgoing.extra
        )
        return self.leg(greeting, answer, id)

    async def listen(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "_HttpLeg":
        """Send a request whose answer is a stream that lasts."""
        id = self.number()
        fields, text = self._fields + outgoing.fields, outgoing.text(id)
        answer = await self._client.send(
            self._endpoint, b"POST", self._target, fields, text, signal, timeouts=_LISTENING
        )
        return self.leg(greeting, answer, id)

    async def hear(self, greeting: Greeting, signal: Signal, last: bytes = b"") -> "_HttpLeg":
        """The stream of what the session is told unasked, or the rest of one that ended after event `last`.

        Raises NotOffered if the server has none (2025-11-25, transports: listening for messages).
        """
        fields = self._fields + _session_fields(greeting) + ([(b"last-event-id", last)] if last else [])
        answer = await self._client.send(self._endpoint, b"GET", self._target, fields, b"", signal, timeouts=_LISTENING)
        status = answer.head.status
        if status in _NO_STREAM or (status == 404 and not greeting.session):
            answer.close()
            raise NotOffered
        return self.leg(greeting, answer, b"")

    def leg(self, greeting: Greeting | None, answer: "Answer", id: bytes) -> "_HttpLeg":
        """The leg of a request that was sent as `id`; raises UpstreamFailed if there is no response."""
        leg = _HttpLeg(self, greeting, answer, id)
        if leg.status != 200:
            try:
                leg.check()
            except BaseException:
                leg.close()
                raise
        return leg

    def clean(self, body: bytes) -> bytes:
        """What the server said, without what proves the gateway to it: some servers quote that in errors."""
        if self._moving_secrets is not None:
            body = strike(body, self._moving_secrets())
        return strike(body, self._secrets) if self._secrets else body

    def hearing(self, upstream: "Upstream") -> OverHttp:
        """How to listen to what the server says unasked."""
        return OverHttp(upstream, self)

    def number(self) -> bytes:
        """An id for a request."""
        return b"%d" % next(self._ids)

    def letter(self, outgoing: Outgoing, hole: bytes) -> "Letter":
        """A request to a server of the newer era, written ahead."""
        return Letter(outgoing, hole, self)

    def post(self, fields: Block, text: bytes, exchange: Exchange) -> "Coroutine[Any, Any, Answer]":
        """Send a message whose fields were written before."""
        return self._client.send(
            self._endpoint, b"POST", self._target, fields, text, exchange.signal, extra=exchange.id_line
        )

    def block(self, fields: Headers) -> Block:
        """These fields, and those of every request, written out."""
        return Block(self._fields + fields)

    @property
    def max_message(self) -> int:
        """Largest message the server may send."""
        return self._server.max_message


class _HttpLeg:
    """One request under way: an answer of JSON, or a stream of events."""

    __slots__ = (
        "_answer",
        "_done",
        "_greeting",
        "_id",
        "_media",
        "_reader",
        "_ready",
        "_resumed",
        "_transport",
        "status",
    )

    def __init__(self, transport: StreamableHttp, greeting: Greeting | None, answer: "Answer", id: bytes) -> None:
        self._transport = transport
        self._greeting = greeting
        self._answer = answer
        self._id = id
        self._done = False
        self._ready: list[bytes] = []
        self._resumed = 0
        self._reader: EventReader | None = None
        head = answer.head
        self.status = head.status
        self._media = media_of(head)
        if self._media == EVENTS:
            self._reader = EventReader(transport.max_message)

    @property
    def session(self) -> str:
        """The session the answer begins, empty if none."""
        return (field(self._answer.head.headers, b"mcp-session-id") or b"").decode("latin-1")

    def check(self) -> None:
        """Raises if the status alone says that there is no response."""
        status, greeting = self.status, self._greeting
        if status == 404 and greeting is not None and greeting.session:
            self._done = True
            raise SessionLost("the server has forgotten its session with the gateway")
        if status in {401, 403}:
            raise _failed(status, f"the server does not accept the gateway's credential (HTTP {status})")
        if status == 429 or status >= 500 or status < 200 or 300 <= status < 400:
            raise _failed(status, f"the server answered HTTP {status}")

    async def next(self) -> Message | None:
        """The next notification, or the response."""
        if self._reader is None:
            answer = self._answer
            return self._whole(answer.take()) if answer.complete and not self._done else await self._rest()
        while True:
            message = await self._event()
            if message is None:
                return None
            if not message.is_request:
                self._done = not message.method
                return message
            if message.method in ASKING and self._greeting is not None and self._greeting.profile:
                return message
            self._decline(message)

    async def _rest(self) -> Message | None:
        if self._done:
            return None
        limit = self._transport.max_message if self.status == 200 else _ERROR_BODY
        return self._whole(await self._answer.read(limit))

    def _whole(self, body: bytes) -> Message:
        self._done = True
        if self._media != JSON:
            raise NotSpoken(f"the server answered HTTP {self.status} without a message")
        message = read_message(self._transport.clean(body), self._id)
        if self.status >= 400 and not len(message.error):
            raise NotSpoken(f"the server answered HTTP {self.status}")
        return message

    async def _event(self) -> Message | None:
        while not self._ready:
            reader, piece = self._reader, await self._more()
            if piece and reader is not None:
                self._ready = reader.feed(piece)
            elif reader is None or not await self._resume(reader):
                return None
        return read_message(self._transport.clean(self._ready.pop(0)))

    async def _more(self) -> bytes:
        """The next bytes, empty at the end; a stream that breaks off but can be resumed has only ended."""
        try:
            return await self._answer.more()
        except UpstreamFailed:
            if self._can_resume():
                return b""
            raise

    def _can_resume(self) -> bool:
        greeting, reader = self._greeting, self._reader
        return bool(
            greeting is not None and greeting.era == "legacy" and self._id and reader is not None and reader.last_id
        )

    async def _resume(self, reader: EventReader) -> bool:
        """Go on where the answer to a request has ended before its response (2025-11-25, transports: resumability)."""
        if self._greeting is None or not self._can_resume() or self._resumed >= _MOST_RESUMED:
            return False
        self._resumed += 1
        signal, last = self._answer.signal, reader.last_id
        self._answer.close()
        wait = min(reader.retry if reader.retry >= 0 else _RETRY_MS, _LONGEST_RETRY_MS) / 1000
        await pause(self._transport.deadlines, signal, wait)
        try:
            again = await self._transport.hear(self._greeting, signal, last)
        except NotOffered:
            return False
        self._answer, self._reader = again.give_up()
        if self._reader is not None:
            self._reader.last_id, self._reader.retry = last, reader.retry
        return self._reader is not None

    def give_up(self) -> "tuple[Answer, EventReader | None]":
        """The answer and its reader, which belong to somebody else from now on."""
        return self._answer, self._reader

    def _decline(self, message: Message) -> None:
        """Answer a server's own request: it is alive, but nobody can be asked."""
        if self._greeting is not None and self._greeting.era == "legacy":
            self._transport.tell(self._greeting, decline(message))

    def answer(self, message: bytes) -> None:
        """Answer a request of the server."""
        if self._greeting is not None:
            self._transport.tell(self._greeting, message)

    def close(self) -> None:
        """Let go of the answer, and of the request if it is not answered."""
        self._answer.close()
        if not self._done and self._id and self._greeting is not None and self._greeting.era == "legacy":
            self._transport.cancel(self._greeting, self._id)


async def _response(leg: _HttpLeg) -> Message | None:
    """The response alone; notifications before it say nothing about the era."""
    while True:
        message = await leg.next()
        if message is None or not message.method:
            return message


def _failed(status: int, reason: str) -> ServerFailed:
    error = ServerFailed(reason)
    error.answered = status
    return error


def _session_fields(greeting: Greeting) -> Headers:
    fields: Headers = []
    if greeting.version not in _NO_VERSION_FIELD:
        fields.append((b"mcp-protocol-version", greeting.version.encode()))
    if greeting.session:
        fields.append((b"mcp-session-id", greeting.session.encode("latin-1")))
    return fields
