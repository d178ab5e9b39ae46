"""The api lane: choose a route by the head, and pass everything through unbuffered."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from trigate.api.balance import Balance
from trigate.api.forwarded import TOLD, Forwarded
from trigate.api.router import Candidate, Router
from trigate.api.settings import ApiSettings, Route, Service
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import GatewayError, PayloadTooLarge, UpstreamFailed, UpstreamUnreachable
from trigate.core.exchange import Exchange
from trigate.core.fields import HOP_BY_HOP
from trigate.core.lane import BodyMode, Match
from trigate.core.parts import END, Data, Head, Headers, Part, Trailers
from trigate.core.passing import PassingIncoming
from trigate.core.problem import problem
from trigate.core.query import without
from trigate.core.request import Request
from trigate.core.stream import Incoming, NoIncoming, Sink, WholeIncoming
from trigate.outbound.client import Answer, Client, Endpoint
from trigate.outbound.request import Block
from trigate.outbound.secrecy import Striker, mask

IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"})
"""RFC 9110 §9.2.2: sent again, they change nothing more."""

_NOT_PASSED = HOP_BY_HOP | TOLD | {b"host", b"content-length", b"x-request-id"}

_PLAIN_CONNECTION = frozenset({b"keep-alive", b"Keep-Alive", b"close"})


class Way(NamedTuple):
    """A route, compiled."""

    name: str
    route: Route
    action: Action
    balance: Balance[Endpoint]
    strip: bytes
    rewrite: bytes
    upgrade: frozenset[bytes]
    methods: frozenset[bytes]
    dropped: frozenset[bytes]
    """Fields of a caller that do not go on."""


class Ask(NamedTuple):
    """A request on its way to a service; the same for every request with the same head."""

    way: Way
    method: bytes
    path: bytes
    """What follows the endpoint's own prefix, query included."""
    fields: Block
    length: int | None
    upgrade: bytes
    ends_here: bool
    """An OPTIONS that the gateway itself is to answer (RFC 9110 §7.6.2)."""


class Passage(Struct, eq=False):
    """What `match` hands to `decode`: the candidate, the path that chose it, and what `decode` made of both."""

    candidate: Candidate
    path: bytes
    ask: Ask | None = None


class ApiLane:
    """Service traffic."""

    name = "api"
    encode = None
    """A service's answer is already in the caller's protocol."""

    def __init__(self, settings: ApiSettings, client: Client, pseudonym: str) -> None:
        self._client = client
        self._forwarded = Forwarded(settings.forwarded, settings.trusted_proxies, pseudonym)
        ways = {name: _way(name, route, client) for name, route in settings.routes.items()}
        self._router = Router(settings.routes, ways)

    def match(self, request: Request) -> Match | None:
        """The most specific route whose conditions hold."""
        candidate = self._router.find(request, request.path)
        if candidate is None:
            return None
        way: Way = candidate.detail
        passage = Passage(candidate, request.path)
        return Match(self, candidate.name, _body_mode(request, way), 0, passage, unrecorded=not way.route.record)

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Ask]:
        """Work out the path and fields that go on; raises PayloadTooLarge if the declared length exceeds the limit."""
        passage: Passage = match.detail
        ask = passage.ask
        if ask is None:
            ask = passage.ask = self._understand(exchange, passage)
        return ask.way.action, ask

    def _understand(self, exchange: Exchange, passage: Passage) -> Ask:
        way: Way = passage.candidate.detail
        request = exchange.request
        length = _declared_length(request)
        if length and way.route.max_body is not None and length > way.route.max_body:
            raise PayloadTooLarge(f"this route takes bodies of at most {way.route.max_body} bytes")
        upgrade = request.upgrade if request.upgrade.lower() in way.upgrade else b""
        path = _target(way, passage, without(request.query, exchange.credentials))
        headers = self._headers(exchange, way)
        hops = request.fields.get(b"max-forwards", b"") if request.method == b"OPTIONS" else b""
        if hops.isdigit():
            headers = [pair for pair in headers if pair[0] != b"max-forwards"]
            headers.append((b"max-forwards", b"%d" % (int(hops[:9]) - 1)))
        return Ask(way, request.method, path, Block(headers), length, upgrade, hops.isdigit() and int(hops[:9]) == 0)

    def targets(self, call: Call, ask: Ask) -> Sequence[Endpoint]:
        """The target whose turn it is, then the others."""
        return ask.way.balance.order()

    def demand(self, call: Call, ask: Ask, target: Endpoint) -> Demand:
        """Nothing that is counted in tokens or money."""
        return NO_DEMAND

    def arguments(self, ask: Ask) -> None:
        """Nothing."""

    async def forward(  # noqa: C901, PLR0912 - what passing on is made of, in order, and nothing called that need not be
        self, call: Call, ask: Ask, target: Endpoint, incoming: Incoming, sink: Sink
    ) -> Part:
        """Pass the request to `target` and its answer back, both unbuffered."""
        if ask.ends_here:
            sink.begin(Head(204, [(b"allow", b", ".join(sorted(ask.way.methods)) or b"*")]))
            return END
        call.target = target.name
        exchange, fields, path = call.exchange, ask.fields, target.prefix + ask.path
        signal, line = exchange.signal, exchange.id_line
        client, answer = self._client, None
        body = b"" if type(incoming) is NoIncoming and not ask.upgrade else _body(ask, incoming)
        try:
            if type(body) is bytes:
                answer = client.dispatch(target, ask.method, path, fields, body, signal, line)
            if answer is None or type(body) is not bytes:
                answer = await client.send(
                    target, ask.method, path, fields, body, signal,
                    sink=sink, extra=line, length=ask.length, upgrade=ask.upgrade,
                )  # fmt: skip
            else:
                try:
                    while answer.final is None and answer.error is None and not answer.informational:
                        await signal.wait()
                except BaseException:
                    answer.close()
                    raise
                if answer.final is None or answer.informational:
                    answer = await client.conclude(answer, target, ask.method, path, fields, body, line, sink)
        except UpstreamFailed as error:
            if ask.method not in IDEMPOTENT and not isinstance(error, UpstreamUnreachable):
                error.retryable = False
            raise
        try:
            call.first_byte = clock.monotonic()
            head = answer.head
            call.status = head.status
            if head.status >= 400 and (secrets := target.secrets()):
                return await _relay_refusal(answer, sink, secrets)
            sink.begin(head)
            if answer.done and not answer.trailers:
                chunks = answer.chunks
                data = chunks[0] if len(chunks) == 1 else answer.take()
                return Data(data) if data else END
            return await _relay(answer, sink)
        finally:
            if answer.source is not None:
                answer.close()

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """Problem details; once the head is out, nothing but a reset tells the caller that the answer is not whole."""
        return None if committed else problem(error, exchange.id)

    def _headers(self, exchange: Exchange, way: Way) -> Headers:
        request = exchange.request
        dropped = way.dropped | exchange.credentials
        if request.version == b"1.0":
            dropped = dropped | {b"expect"}  # RFC 9110 §10.1.1: such a caller cannot mean it
        connection = request.fields.get(b"connection")
        if connection is not None and connection not in _PLAIN_CONNECTION:
            dropped = dropped | _listed(connection)
        headers = [pair for pair in request.headers if pair[0] not in dropped]
        headers += self._forwarded.fields(request, exchange.peer)
        if way.route.preserve_host:
            headers.append((b"host", request.authority))
        return headers


class Limited(PassingIncoming):
    """The caller's body with a limit on its bytes, for bodies that declare no length."""

    __slots__ = ("_left",)

    def __init__(self, inner: Incoming, limit: int) -> None:
        super().__init__(inner)
        self._left = limit

    async def next(self) -> Part | None:
        """The next part; raises PayloadTooLarge once the limit is passed."""
        part = await self._inner.next()
        if isinstance(part, Data):
            self._left -= len(part.payload)
            if self._left < 0:
                raise PayloadTooLarge("the body is larger than this route takes")
        return part

    async def read(self, limit: int) -> bytes:
        """The whole body."""
        return await self._inner.read(min(limit, self._left))


def _body(ask: Ask, incoming: Incoming) -> bytes | Incoming:
    """What is sent after the head: a body that is all here itself, else its stream."""
    if type(incoming) is WholeIncoming:
        return incoming.payload
    most = ask.way.route.max_body
    return incoming if most is None else Limited(incoming, most)


async def _relay(answer: Answer, sink: Sink) -> Part:
    """Pass an answer on as it comes, while the caller's body goes the other way."""
    data = answer.take()
    while not answer.ended:
        if data:
            await sink.send(Data(data))
        data = await answer.more(sink)
    if answer.trailers:
        if data:
            await sink.send(Data(data))
        return Trailers(answer.trailers)
    return Data(data) if data else END


async def _relay_refusal(answer: Answer, sink: Sink, secrets: Sequence[bytes]) -> Part:
    """Pass an error on without what proves the gateway to the upstream, which some upstreams quote."""
    striker, head = Striker(secrets), answer.head
    sink.begin(Head(head.status, [(name, mask(value, secrets)) for name, value in head.headers], head.reason))
    data = striker.feed(answer.take())
    while not answer.ended:
        if data:
            await sink.send(Data(data))
        data = striker.feed(await answer.more(sink))
    data += striker.finish()
    if answer.trailers:
        if data:
            await sink.send(Data(data))
        return Trailers(answer.trailers)
    return Data(data) if data else END


def _way(name: str, route: Route, client: Client) -> Way:
    services = [each if isinstance(each, Service) else Service(url=each) for each in route.targets]
    endpoints = [
        client.endpoint(each.url, timeouts=route.timeouts, tls=route.tls, credential=route.credential)
        for each in services
    ]
    return Way(
        name,
        route,
        Action("api.request", f"route/{name}"),
        Balance(endpoints, [each.weight for each in services]),
        route.strip_prefix.rstrip("/").encode(),
        route.rewrite.encode(),
        frozenset(each.lower().encode() for each in route.upgrade),
        frozenset(each.upper().encode() for each in route.match.methods),
        _NOT_PASSED | (route.credential.names() if route.credential else frozenset()),
    )


def _body_mode(request: Request, way: Way) -> BodyMode:
    if request.upgrade and request.upgrade.lower() in way.upgrade:
        return "duplex"
    fields = request.fields
    return "stream" if b"content-length" in fields or b"transfer-encoding" in fields else "none"


def _declared_length(request: Request) -> int | None:
    value = request.fields.get(b"content-length")
    return int(value) if value is not None else None


def _target(way: Way, passage: Passage, query: bytes) -> bytes:
    path = passage.path
    if way.rewrite:
        path = _rewritten(way.rewrite, passage)
    elif way.strip and path.startswith(way.strip) and path[len(way.strip) : len(way.strip) + 1] in (b"", b"/"):
        path = path[len(way.strip) :] or b"/"
    return b"%b?%b" % (path, query) if query else path


def _rewritten(template: bytes, passage: Passage) -> bytes:
    found = passage.candidate.pattern.expression.match(passage.path)
    for name, value in (found.groupdict() if found else {}).items():
        mark = b"{*}" if name == "rest" else b"{%b}" % name.encode()
        template = template.replace(mark, value or b"")
    return template


def _listed(connection: bytes) -> frozenset[bytes]:
    """The fields that `Connection` names belong to this hop alone (RFC 9110 §7.6.1)."""
    return frozenset(name.strip().lower() for name in connection.split(b","))
