"""Servers of 2024-11-05 reached by URL: a stream carries all they say, and names the address messages go to.

A session is a stream: where that ends the session is lost, and with it what was under way.
"""

from collections import deque
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.mcp import greeting as greetings
from trigate.mcp.alarm import Alarm
from trigate.mcp.envelope import encode, notification
from trigate.mcp.events import EventReader
from trigate.mcp.fault import NotSpoken, ServerFailed, SessionLost
from trigate.mcp.greeting import Greeting, Told
from trigate.mcp.letter import EVENTS, JSON, media_of, read_message
from trigate.mcp.listening.over_http import OverHttp
from trigate.mcp.listing import response
from trigate.mcp.message import ABOUT_ONE, Message, Outgoing, decline, progress_token
from trigate.mcp.settings import Server
from trigate.outbound.secrecy import strike, telling
from trigate.outbound.settings import Timeouts

if TYPE_CHECKING:
    from trigate.mcp.upstream import Upstream
    from trigate.outbound.answer import Answer
    from trigate.outbound.client import Client

_ERROR_BODY = 64 * 1024
_AIM_SECONDS = 10.0
"""How long a stream may stand without a word on where messages go; another kind of stream never says it."""
_MOST_WAITING = 256
"""Notifications kept for one who is slow to take them."""
_INITIALIZED = notification("notifications/initialized", b"{}")


class HttpSse:
    """A server at the URL of its stream."""

    def __init__(self, name: str, server: Server, client: "Client", surroundings: Surroundings) -> None:
        parts = urlsplit(server.url)
        self.name = name
        self.server = server
        self.client = client
        self.loop = surroundings.loop
        self.deadlines = surroundings.deadlines
        self.target = ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).encode()
        call = server.timeouts.call
        self.endpoint = client.endpoint(
            f"{parts.scheme}://{parts.netloc}",
            timeouts=Timeouts(first_byte=call, between_bytes=Duration(3600)),
            credential=server.credential,
        )
        self.fields: Headers = [
            (name.lower().encode(), value.reveal().encode()) for name, value in server.headers.items()
        ]
        self._secrets = telling(server.headers)
        self._moving_secrets = self.endpoint.secrets if server.credential is not None else None
        self._lines = surroundings.keep.adopt(f"mcp.lines.{name}", server.url, _Lines)

    async def greet(self, signal: Signal) -> Greeting:
        """Say hello, which only the older protocol can be said in."""
        return await self.begin(0, signal)

    async def begin(self, profile: int, signal: Signal) -> Greeting:
        """One more session, which is one more stream."""
        line = _Line(self, f"line-{next(self._lines.numbers)}")

        async def tell(outgoing: Outgoing) -> Told:
            leg = await line.ask(outgoing, signal)
            try:
                return Told(await response(leg), line.name)
            finally:
                leg.close()

        try:
            await line.open(signal)
            found = await greetings.begin(tell, profile)
            await line.post(_INITIALIZED, signal)
        except BaseException:
            line.close()
            raise
        self._lines.live[line.name] = line
        return found

    async def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "_Leg":
        """Send a request."""
        return await self._line(greeting).ask(outgoing, signal)

    def letter(self, outgoing: Outgoing, hole: bytes) -> None:
        """None: such servers are of the older protocol."""

    def part(self, greeting: Greeting) -> None:
        """Say goodbye: the end of the stream says it."""
        line = self._lines.live.pop(greeting.session, None)
        if line is not None:
            line.close()

    def hearing(self, upstream: "Upstream") -> OverHttp:
        """How to listen to what the server says unasked."""
        return OverHttp(upstream, self)

    async def listen(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "_Leg":
        """Such servers have no listens."""
        raise ServerFailed("it speaks the older protocol")

    async def hear(self, greeting: Greeting, signal: Signal, last: bytes = b"") -> "_Leg":
        """What comes over the session's stream and answers nothing."""
        return self._line(greeting).hear(signal)

    def clean(self, text: bytes) -> bytes:
        """What the server said, without what proves the gateway to it."""
        if self._moving_secrets is not None:
            text = strike(text, self._moving_secrets())
        return strike(text, self._secrets)

    def _line(self, greeting: Greeting) -> "_Line":
        line = self._lines.live.get(greeting.session)
        if line is None or line.ended:
            self.part(greeting)
            raise SessionLost("the stream of this session has ended")
        line.transport = self
        return line


class _Lines:
    """The streams of one server: they outlive reloads, as does what is known of the sessions that they are."""

    __slots__ = ("live", "numbers")

    def __init__(self) -> None:
        self.live: dict[str, _Line] = {}
        self.numbers = count(1)

    def drain(self) -> None:
        """The server is configured no more, or somewhere else."""
        while self.live:
            self.live.popitem()[1].close()


class _Line:
    """One stream, and what is under way over it."""

    __slots__ = ("_answer", "_ids", "_legs", "_opener", "_target", "_unasked", "ended", "name", "transport")

    def __init__(self, transport: HttpSse, name: str) -> None:
        self.name = name
        self.ended = ""
        """Why, once it has."""
        self.transport = transport
        """Of the configuration in use."""
        self._answer: Answer | None = None
        self._opener: Signal | None = None
        self._target = b""
        self._ids = count(1)
        self._legs: dict[bytes, _Leg] = {}
        self._unasked: _Leg | None = None

    async def open(self, signal: Signal) -> None:
        """Wait until the server says where messages go; raises UpstreamFailed."""
        transport = self.transport
        fields = [(b"accept", EVENTS), *transport.fields]
        self._opener = signal
        answer = self._answer = await transport.client.send(
            transport.endpoint, b"GET", transport.target, fields, b"", Signal(transport.loop)
        )
        if answer.head.status != 200 or media_of(answer.head) != EVENTS:
            self.close()
            raise ServerFailed(f"the server answered HTTP {answer.head.status} where its stream should be")
        spawn(self._read(answer), f"mcp {transport.name} stream")
        with Alarm(transport.deadlines, signal, _AIM_SECONDS) as alarm:
            while not self._target and not self.ended and not alarm.rung:
                await signal.wait()
        self._opener = None
        if not self._target:
            raise ServerFailed(self.ended or "the server's stream names no address for messages")

    async def ask(self, outgoing: Outgoing, signal: Signal) -> "_Leg":
        """Send a request; raises UpstreamFailed."""
        id = b"%d" % next(self._ids)
        leg = self._legs[id] = _Leg(self, id, outgoing.token, signal)
        try:
            await self.post(outgoing.text(id), signal)
        except BaseException:
            self._legs.pop(id, None)
            raise
        return leg

    async def post(self, message: bytes, signal: Signal) -> None:
        """Send a message; raises SessionLost and ServerFailed."""
        transport = self.transport
        fields = [(b"content-type", JSON), *transport.fields]
        answer = await transport.client.send(transport.endpoint, b"POST", self._target, fields, message, signal)
        try:
            await answer.read(_ERROR_BODY)
        finally:
            answer.close()
        if answer.head.status == 404:
            self.end("the server has forgotten this session")
            raise SessionLost(self.ended)
        if not 200 <= answer.head.status < 300:
            raise ServerFailed(f"the server answered HTTP {answer.head.status} to a message")

    def tell(self, message: bytes) -> None:
        """Send a notification or response, without waiting."""
        spawn(self._tell(message), f"mcp {self.transport.name} note")

    def hear(self, signal: Signal) -> "_Leg":
        """What answers nothing, from now on."""
        self._unasked = _Leg(self, b"", "", signal)
        return self._unasked

    def let_go(self, leg: "_Leg") -> None:
        """Nobody waits for it any more; an unanswered request is cancelled."""
        if leg is self._unasked:
            self._unasked = None
        if self._legs.pop(leg.id, None) is not None and not self.ended:
            params = encode({"requestId": int(leg.id), "reason": "the caller has gone"})
            self.tell(notification("notifications/cancelled", params))

    def close(self) -> None:
        """End it."""
        self.end("the session was ended")
        if self._answer is not None:
            self._answer.close()

    def end(self, reason: str) -> None:
        """Nothing more will come."""
        self.ended = self.ended or reason
        for signal in [leg.signal for leg in self._legs.values()] + [
            each for each in (self._opener, self._unasked.signal if self._unasked else None) if each is not None
        ]:
            signal.notify()

    async def _tell(self, message: bytes) -> None:
        try:
            await self.post(message, Signal(self.transport.loop))
        except GatewayError:
            return  # nobody waits for it

    async def _read(self, answer: "Answer") -> None:
        reader, reason = EventReader(self.transport.server.max_message), "the server has ended its stream"
        try:
            while piece := await answer.more():
                events = reader.feed(piece)
                for kind, data in zip(list(reader.kinds), events, strict=True):
                    self._take(kind, data)
        except GatewayError as error:
            reason = error.message
        finally:
            answer.close()
            self.end(reason)

    def _take(self, kind: bytes, data: bytes) -> None:
        if kind == b"endpoint":
            self._target = self._target or self._aim(data)
            if self._opener is not None:
                self._opener.notify()
            return
        message = read_message(self.transport.clean(data))
        if not message.method:
            leg = self._legs.pop(bytes(message.id), None)
            if leg is not None:
                leg.put(message)
        elif message.is_request:
            # Whose call it belongs to is certain only while there is one.
            (only,) = self._legs.values() if len(self._legs) == 1 else (None,)
            if only is None:
                self.tell(decline(message))
            else:
                only.put(message)
        else:
            self._notify(message)

    def _notify(self, message: Message) -> None:
        if message.method == "notifications/progress":
            token = progress_token(message)
            found = [leg for leg in self._legs.values() if leg.token and encode(leg.token) == token]
        elif message.method in ABOUT_ONE:
            found = list(self._legs.values()) if len(self._legs) == 1 else []
        else:
            found = [self._unasked] if self._unasked is not None else []
        for leg in found:
            leg.put(message)

    def _aim(self, data: bytes) -> bytes:
        """Where messages go, which must be where the stream came from (2024-11-05, transports); raises NotSpoken."""
        url = self.transport.server.url
        try:
            parts, own = urlsplit(urljoin(url, data.decode("ascii"))), urlsplit(url)
        except ValueError:
            raise NotSpoken("the server names no address for messages") from None
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise NotSpoken("the server wants messages to go to another origin than its own")
        return ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).encode()


class _Leg:
    """One request under way, or all that answers nothing."""

    __slots__ = ("_line", "_messages", "id", "signal", "status", "token")

    def __init__(self, line: _Line, id: bytes, token: str, signal: Signal) -> None:
        self.status = 200
        self.id = id
        self.token = token
        self.signal = signal
        self._line = line
        self._messages: deque[Message] = deque()

    def put(self, message: Message) -> None:
        """A message for whoever asked."""
        if not message.method or message.is_request or len(self._messages) < _MOST_WAITING:
            self._messages.append(message)
        self.signal.notify()

    async def next(self) -> Message | None:
        """The next message; raises ServerFailed if the stream has ended."""
        while not self._messages:
            if self._line.ended:
                raise ServerFailed(self._line.ended)
            await self.signal.wait()
        return self._messages.popleft()

    def answer(self, message: bytes) -> None:
        """Answer a request of the server."""
        self._line.tell(message)

    def close(self) -> None:
        """Let go."""
        self._line.let_go(self)
