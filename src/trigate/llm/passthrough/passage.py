"""One passed request: sent as it came, with the gateway's credential; answered as it is answered."""

from collections.abc import Callable

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.errors import PayloadTooLarge, UpstreamFailed, UpstreamRefused, UpstreamUnreachable
from trigate.core.parts import END, Data, Head, Part, field
from trigate.core.passing import PassingIncoming
from trigate.core.query import MARK
from trigate.core.stream import Incoming, NoIncoming, Sink, WholeIncoming
from trigate.llm.errand import Errand
from trigate.llm.passthrough.gauge import Gauge
from trigate.llm.passthrough.head import to_caller
from trigate.llm.passthrough.place import Place
from trigate.llm.price_book import PriceBook
from trigate.llm.site import Site
from trigate.outbound.answer import Answer
from trigate.outbound.secrecy import Striker

FREE = frozenset({b"GET", b"HEAD", b"OPTIONS", b"DELETE"})
"""Methods that no provider bills."""


class Way:
    """What the passed requests of one provider have in common."""

    __slots__ = ("allows", "largest", "longest_event", "parameter", "prices", "site", "taken")

    def __init__(
        self, site: Site, allows: Callable[[str], bool], prices: PriceBook, largest: int, longest_event: int
    ) -> None:
        """`allows` judges paths; `largest` body and `longest_event` in bytes."""
        self.site = site
        self.allows = allows
        self.prices = prices
        self.largest = largest
        self.longest_event = longest_event
        lines = site.fields.lines.split(b"\r\n")
        self.taken = frozenset(line.partition(b":")[0] for line in lines if line) | site.endpoint.names
        """Fields that the gateway sets itself."""
        self.parameter = frozenset({MARK + site.query.partition(b"=")[0]})
        """The parameter of the query that it does."""


class Passage(Errand):
    """One request on its way."""

    __slots__ = ("_length", "_lines", "_method", "_path", "_place", "_way")

    def __init__(self, way: Way, place: Place, method: bytes, query: bytes, lines: bytes, length: int | None) -> None:
        """`lines`: the caller's header fields that go on. `length`: of the body, as the caller declares it."""
        super().__init__(Action("llm.passthrough", place.resource))
        self._way = way
        self._place = place
        self._method = method
        self._path = b"%b?%b" % (place.path, query) if query else place.path
        self._lines = lines
        self._length = length

    def demand(self) -> Demand:
        """Nobody knows what it costs, unless it only looks."""
        if self._method in FREE:
            return Demand(provider=self._place.provider)
        return Demand(tariff=None, provider=self._place.provider)

    async def forward(self, call: Call, incoming: Incoming, sink: Sink) -> Part:
        """Pass the request and its answer on, both as they come. Raises UpstreamFailed, PayloadTooLarge."""
        site, exchange = self._way.site, call.exchange
        call.target = self._place.provider
        try:
            answer = await site.client.send(
                site.endpoint,
                self._method,
                site.target(self._path),
                site.fields,
                self._body(incoming),
                exchange.signal,
                extra=exchange.id_line + self._lines,
                length=self._length,
            )
        except UpstreamFailed as error:
            error.retryable = error.retryable and isinstance(error, UpstreamUnreachable)
            raise
        try:
            call.first_byte = clock.monotonic()
            call.status = answer.head.status
            return await self._relay(call, answer, incoming, sink)
        finally:
            answer.close()

    async def _relay(self, call: Call, answer: Answer, incoming: Incoming, sink: Sink) -> Part:
        head, way = answer.head, self._way
        secrets = way.site.secrets
        if head.status == 401:
            name = self._place.provider
            raise UpstreamRefused(f"provider {name!r} does not accept the gateway's own credential; tell the operator")
        sink.begin(Head(head.status, to_caller(head.headers, secrets), head.reason))
        if head.status >= 400:
            return await _relay_struck(answer, sink, Striker(secrets))
        if self._method in FREE:
            return await _relay_plain(answer, sink, None)
        form = field(head.headers, b"content-type") or b""
        gauge = Gauge(self._place.path, form, way.longest_event)
        try:
            return await _relay_plain(answer, sink, gauge)
        finally:
            gauge.close(call, way.prices, self._place.provider, incoming.size)

    def _body(self, incoming: Incoming) -> bytes | Incoming:
        if type(incoming) is NoIncoming:
            return b""
        if type(incoming) is WholeIncoming:
            return incoming.payload
        return Limited(incoming, self._way.largest)


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
                raise PayloadTooLarge("the body is larger than `llm.max_body` allows")
        return part

    async def read(self, limit: int) -> bytes:
        """The whole body."""
        return await self._inner.read(min(limit, self._left))


async def _relay_plain(answer: Answer, sink: Sink, gauge: Gauge | None) -> Part:
    """As it comes."""
    data = answer.take()
    while True:
        if data and gauge is not None:
            gauge.feed(data)
        if answer.ended:
            return Data(data) if data else END
        if data:
            await sink.send(Data(data))
        data = await answer.more(sink)


async def _relay_struck(answer: Answer, sink: Sink, striker: Striker) -> Part:
    """Without what proves the gateway to the provider, which some providers quote."""
    data = striker.feed(answer.take())
    while not answer.ended:
        if data:
            await sink.send(Data(data))
        data = striker.feed(await answer.more(sink))
    data += striker.finish()
    return Data(data) if data else END
