"""The transport of 2024-11-05 for callers: `GET …/sse` opens a stream, and messages are posted to where it says.

It carries messages and knows nothing of what they mean: each is served by the lane as one of a session, in an exchange
of its own, and what comes back is said on the stream. The session begins with `initialize` and ends with the stream.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import Forbidden, GatewayError, InternalError, MethodNotAllowed
from trigate.core.exchange import Exchange
from trigate.core.lane import Encode, Lane, Match
from trigate.core.parts import END, Data, Head, Part
from trigate.core.request import Request
from trigate.core.signal import Signal
from trigate.core.stream import Incoming, NoIncoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import read
from trigate.mcp.fault import INVALID_REQUEST, Cancelled, Fault, UnknownMethod, UnknownSession
from trigate.mcp.front import Front
from trigate.mcp.listening.front import KEEP_ALIVE, check_stream_head
from trigate.mcp.listening.pulse import Pulse
from trigate.mcp.method import NOTE, STREAM
from trigate.mcp.reply import EVENTS
from trigate.mcp.settings import McpSettings
from trigate.mcp.sse_stream import SseSink, SseStream
from trigate.mcp.sse_streams import MOST_UNDERWAY, Place, Streams, Taken
from trigate.mcp.view import View

if TYPE_CHECKING:
    from trigate.policy.call import Calls

NAME = "sse"
"""Behind an endpoint's address; no endpoint is called so."""
PARAMETER = b"session_id"
"""Of the address for messages."""
_OWN = frozenset(
    (b"accept", b"content-type", b"content-length", b"last-event-id", b"mcp-session-id", b"mcp-protocol-version")
)
"""Fields of the stream's own request that say nothing about its messages."""


class Opening(Struct, frozen=True, eq=False):
    """The ask of a GET."""

    view: View


class Posted(Struct, frozen=True, eq=False):
    """The ask of a POST."""

    place: Place
    body: bytes


class SseLane:
    """Serves `/mcp/sse` and `/mcp/{endpoint}/sse`."""

    name = "mcp"
    encode: Encode | None = None

    def __init__(
        self,
        inner: Lane,
        views: Sequence[View],
        settings: McpSettings,
        front: Front,
        calls: "Calls | None",
        surroundings: Surroundings,
    ) -> None:
        """`inner` serves the messages."""
        self._inner = inner
        self._front = front
        self._limit = settings.max_body
        self._calls = calls
        self._ids, self._deadlines = surroundings.ids, surroundings.deadlines
        self._places = {f"/{view.route}/{NAME}".encode(): view for view in views}
        make = partial(Streams, surroundings.bus, surroundings.derive, settings.sessions.max)
        self._streams = surroundings.keep.adopt("mcp.streams", settings.sessions.max, make)

    # --- the contract -------------------------------------------------------------------------------------------

    def match(self, request: Request) -> Match | None:
        """The endpoint whose stream this address is."""
        view = self._places.get(request.path)
        if view is None:
            return None
        return Match(self, view.route, "buffer" if request.method == b"POST" else "none", self._limit, view)

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        """A stream to open, or a message for one; raises GatewayError."""
        request, view = exchange.request, match.detail
        self._front.check_origin(request.fields.get(b"origin"))
        if request.method == b"GET":
            check_stream_head(request)
            return Action(STREAM.action, view.resource), Opening(view)
        if request.method != b"POST":
            raise MethodNotAllowed("open a stream by GET", headers=((b"allow", b"GET, POST"),))
        self._front.check_message(request)
        if exchange.principal is None:
            raise Forbidden("nobody was authenticated for this exchange")
        place = self._streams.find(_token(request.query), view.name, exchange.principal)
        read(body)
        return Action(NOTE.action, view.resource), Posted(place, body)

    def targets(self, call: Call, ask: Any) -> Sequence[Any]:
        """The gateway itself."""
        return (None,)

    def demand(self, call: Call, ask: Any, target: Any) -> Demand:
        """Nothing that is counted."""
        return NO_DEMAND

    def arguments(self, ask: Any) -> Any:
        """None: messages have theirs when they are served."""
        return None

    async def traits(self, call: Call, ask: Any) -> Mapping[str, bool]:
        """None."""
        return {}

    def goes_on(self, ask: Any) -> bool:
        """No: calls are those of the messages."""
        return False

    def beside(self, ask: Any) -> Mapping[str, Any]:
        """Nothing."""
        return {}

    def carried(self, ask: Any) -> None:
        """Nothing."""

    async def confirm(self, call: Call, ask: Any, sink: Sink, question: str) -> bool | None:
        """Nobody can be asked here."""
        return None

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        """Serve the stream, or hand on the message."""
        if isinstance(ask, Opening):
            return await self._open(call, ask.view, sink)
        await self._streams.post(ask.place, ask.body)
        sink.begin(Head(202, []))
        return END

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """As the lane says errors."""
        return self._inner.encode_error(exchange, error, committed)

    # --- the stream ---------------------------------------------------------------------------------------------

    async def _open(self, call: Call, view: View, sink: Sink) -> Part:
        exchange, principal = call.exchange, call.principal
        stream = SseStream(exchange.signal)
        take = partial(self._take, exchange, view, stream)
        token, nonce = self._streams.open(view.name, principal, take, stream.close)
        pulse = Pulse(sink, self._deadlines, KEEP_ALIVE)
        try:
            sink.begin(Head(200, EVENTS.copy()))
            address = f"/{view.route}/{NAME}?{PARAMETER.decode()}={token}"
            await sink.send(Data(b"event: endpoint\ndata: %b\n\n" % address.encode()))
            await stream.play(sink)
        finally:
            pulse.stop()
            self._streams.close(nonce)
            stream.end()
            if stream.session:
                spawn(self._forget(exchange, view, stream.session), "mcp session end")
        return END

    async def _forget(self, exchange: Exchange, view: View, token: str) -> None:
        """The session is over with its stream (2024-11-05, transports: HTTP with SSE)."""
        if exchange.principal is not None:
            with suppress(UnknownSession):
                sessions = self._front.sessions
                await sessions.end(sessions.find(token, view.name, exchange.principal))

    def _take(self, exchange: Exchange, view: View, stream: SseStream, body: bytes) -> Taken:
        if stream.closing:
            return "gone"
        if len(stream.tasks) >= MOST_UNDERWAY:
            return "busy"
        self._begin(exchange, view, stream, b"POST", body)
        return "taken"

    def _begin(self, parent: Exchange, view: View, stream: SseStream, method: bytes, body: bytes) -> None:
        """Serve a request of the stream's caller beside it."""
        signal = Signal(parent.signal.loop)
        exchange = Exchange(
            self._ids.next(), _request(parent.request, view, stream.session, method), parent.peer, signal,
            clock.monotonic(), None, parent.request_id, parent.id_line, parent.lane, parent.route, parent.principal,
            parent.credentials, None, parent.described,
        )  # fmt: skip
        task = spawn(self._run(parent, view, stream, exchange, body), "mcp message")
        exchange.task = task
        stream.watch(task)

    async def _run(self, parent: Exchange, view: View, stream: SseStream, exchange: Exchange, body: bytes) -> None:
        sink = SseSink(stream, exchange.signal)
        hears = exchange.request.method == b"GET"
        try:
            await self._serve(stream, exchange, sink, body)
        except GatewayError as error:
            await self._refuse(exchange, sink, error)
        except asyncio.CancelledError:
            if exchange.stopped_by is None or stream.ended or exchange.task is None:
                raise
            exchange.task.uncancel()
            await self._refuse(exchange, sink, exchange.stopped_by)
        except Exception as error:  # noqa: BLE001 - the net under every message
            context = {"message": f"exchange {exchange.id} failed", "exception": error}
            parent.signal.loop.call_exception_handler(context)
            told = InternalError(f"the gateway failed; ask its operator about {exchange.id}")
            await self._refuse(exchange, sink, told)
        if not stream.session and type(exchange.ask) is Ask and exchange.ask.name == "initialize":
            stream.greeted = False
        if hears:
            # The session has ended, or the configuration is another one: the caller begins anew.
            stream.close()
        elif stream.session and not stream.hears and not stream.closing:
            stream.hears = True
            self._begin(parent, view, stream, b"GET", b"")

    async def _serve(self, stream: SseStream, exchange: Exchange, sink: SseSink, body: bytes) -> None:
        """What the spine does with a message whose caller is known."""
        match = self._inner.match(exchange.request)
        if match is None or self._calls is None:
            raise UnknownMethod("this gateway was built without the capability to make further calls")
        action, ask = self._decode(stream, exchange, match, body)
        incoming = NoIncoming(exchange.signal, len(body))
        await sink.send(await self._calls.run(exchange, self._inner, action, ask, incoming, sink))

    def _decode(self, stream: SseStream, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        try:
            action, ask = self._inner.decode(exchange, match, body)
        except GatewayError:
            known: Any = exchange.ask
            if type(known) is Ask and known.era == "modern":
                # A caller that tries out the newer era must not take its rules for broken, but for unknown.
                known.era = "legacy"
                raise UnknownMethod("this transport is one of the older protocol: begin with `initialize`") from None
            raise
        if type(ask) is Ask and ask.name == "initialize":
            if stream.session or stream.greeted:
                raise Fault(INVALID_REQUEST, "this stream has its session already")
            stream.greeted = True
        return action, ask

    async def _refuse(self, exchange: Exchange, sink: SseSink, error: GatewayError) -> None:
        """Tell the caller why there is no answer; a message that wants none, or none any more, gets none."""
        ask: Any = exchange.ask
        if ask is None or isinstance(error, Cancelled) or (type(ask) is Ask and not ask.id):
            return
        for part in self._inner.encode_error(exchange, error, sink.committed) or ():
            await sink.send(part)


def _request(opened: Request, view: View, session: str, method: bytes) -> Request:
    """The head with which a message is served: what the stream's own says of its caller, and the session."""
    fields = {name: value for name, value in opened.fields.items() if name not in _OWN}
    fields |= {b"accept": b"application/json, text/event-stream", b"content-type": b"application/json"}
    if session:
        fields[b"mcp-session-id"] = session.encode()
    path = f"/{view.route}".encode()
    return Request(
        method, path, path, b"", opened.authority, list(fields.items()), fields, opened.version, opened.scheme,
        user=opened.user, wishes=opened.wishes,
    )  # fmt: skip


def _token(query: bytes) -> bytes:
    for each in query.split(b"&"):
        name, _, value = each.partition(b"=")
        if name == PARAMETER:
            return value
    return b""
