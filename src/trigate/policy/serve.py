"""The life of an exchange: match, authenticate, read, decode, call, encode.

The order is code, not configuration: nobody can write a file in which a call is made before its caller is known. A
lane decides on the
head alone where a request belongs; who sends it is known before a byte of the body is read; the last piece of every
answer, an error
included, goes out after the call has been settled and recorded.
"""

import asyncio
import re
from collections.abc import Sequence

from trigate.core.clock import clock
from trigate.core.errors import GatewayError, InternalError, NotFound, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import Lane, Match
from trigate.core.parts import END, Head, Part
from trigate.core.principal import Principal
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming, NoIncoming
from trigate.policy.authenticator import Identify
from trigate.policy.call import CALLER_LEFT, Calls
from trigate.policy.record import Recorder

_usable_id = re.compile(rb"[A-Za-z0-9_.:-]{1,128}").fullmatch


class Serve:
    """Serves requests; `inbound` runs it once per request, in a task of its own."""

    __slots__ = ("_authenticators", "_calls", "_ids", "_lanes", "_on_fault", "_recorder")

    def __init__(
        self,
        lanes: Sequence[Lane],
        authenticators: Sequence[Identify],
        calls: Calls,
        recorder: Recorder,
        ids: Ids,
    ) -> None:
        self._lanes = tuple(lanes)
        self._authenticators = tuple(authenticators)
        self._calls = calls
        self._recorder = recorder
        self._ids = ids

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Serve one request; the sink is finished or aborted when this returns. Raises nothing but CancelledError."""
        exchange = self._begin(request, peer, incoming)
        journey = Journey(exchange, sink)
        try:
            last = await self._travel(exchange, journey, incoming)
        except GatewayError as error:
            self._refuse(journey, error)
        except asyncio.CancelledError:
            if not self._stopped(journey):
                raise
        except Exception as error:
            self._report(exchange, error)
            self._refuse(journey, InternalError(f"the gateway failed; ask its operator about {exchange.id}"))
        else:
            sink.finish(last)

    def _begin(self, request: Request, peer: Peer, incoming: Incoming) -> Exchange:
        exchange = Exchange(self._ids.next(), request, peer, incoming.signal, clock.monotonic())
        given = request.fields.get(b"x-request-id")
        exchange.request_id = given.decode("ascii") if given and _usable_id(given) else exchange.id
        exchange.task = asyncio.current_task()
        return exchange

    async def _travel(self, exchange: Exchange, journey: "Journey", incoming: Incoming) -> Part:
        """The order of things."""
        match = self._match(exchange, journey)
        lane = match.lane
        exchange.principal = self._authenticate(exchange)
        body = b""
        if match.body == "buffer":
            body = await incoming.read(match.limit)
            incoming = NoIncoming(incoming.signal, len(body))
        elif match.body == "none":
            incoming = NoIncoming(incoming.signal, 0)
        action, ask = lane.decode(exchange, match, body)
        journey.governed = True
        last = await self._calls.run(exchange, lane, action, ask, incoming, journey)
        return lane.encode(exchange, last)

    def _match(self, exchange: Exchange, journey: "Journey") -> Match:
        request = exchange.request
        for lane in self._lanes:
            journey.lane = lane
            exchange.lane = lane.name
            match = lane.match(request)
            if match is not None:
                exchange.route = match.route
                return match
        journey.lane = None
        exchange.lane = ""
        raise NotFound("nothing is configured at this address")

    def _authenticate(self, exchange: Exchange) -> Principal:
        """The first principal an authenticator names; an invalid credential counts only if nobody accepts the caller
        without it.
        """
        invalid: Unauthenticated | None = None
        for identify in self._authenticators:
            try:
                principal = identify(exchange)
            except Unauthenticated as error:
                invalid = invalid or error
                continue
            if principal is not None:
                return principal
        raise invalid or Unauthenticated(
            "no API key was sent; send one as `Authorization: Bearer KEY`",
            headers=((b"www-authenticate", b'Bearer realm="trigate"'),),
        )

    def _refuse(self, journey: "Journey", error: GatewayError) -> None:
        """Tell the caller, in its own protocol, why there is no (more) answer."""
        exchange, sink = journey.exchange, journey.sink
        if not journey.governed:
            self._recorder.refusal(exchange, error.code, error.status)
        if journey.lane is None:
            parts: Sequence[Part] | None = problem(error, exchange.id)
        else:
            parts = journey.lane.encode_error(exchange, error, sink.committed)
        if parts is None:
            sink.abort()
            return
        journey.end_with(parts)

    def _stopped(self, journey: "Journey") -> bool:
        """Whether the gateway itself cancelled the exchange, and has told its caller so; otherwise the caller left."""
        exchange = journey.exchange
        if exchange.stopped_by is not None and exchange.task is not None:
            exchange.task.uncancel()
            self._refuse(journey, exchange.stopped_by)
            return True
        if not journey.governed:
            self._recorder.refusal(exchange, CALLER_LEFT, 0)
        journey.sink.abort()
        return False

    def _report(self, exchange: Exchange, error: Exception) -> None:
        """A fault of the gateway itself goes to the loop's exception handler with the exchange's id, and to nobody
        else.
        """
        context = {"message": f"exchange {exchange.id} failed", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)


class Journey:
    """An exchange's way to its caller: encodes each part, and knows which lane answers for errors."""

    __slots__ = ("_send", "exchange", "governed", "lane", "signal", "sink")

    def __init__(self, exchange: Exchange, sink: Edge) -> None:
        self.exchange = exchange
        self.sink = sink
        self.signal = sink.signal
        self.lane: Lane | None = None
        self.governed = False
        self._send = sink.send

    async def send(self, part: Part) -> None:
        """Encode `part` and hand it to the caller's connection."""
        lane = self.lane
        if lane is not None:
            part = lane.encode(self.exchange, part)
        if type(part) is Head:
            self._identify(part)
        await self._send(part)

    def end_with(self, parts: Sequence[Part]) -> None:
        """Hand on parts that are a whole ending, without waiting for the caller to read."""
        for part in parts[:-1]:
            if type(part) is Head:
                self._identify(part)
            self.sink.put(part)
        self.sink.finish(parts[-1] if parts else END)

    def _identify(self, head: Head) -> None:
        head.headers.append((b"x-request-id", self.exchange.request_id.encode()))

    @property
    def size(self) -> int:
        """Body bytes accepted so far."""
        return self.sink.size

    @property
    def committed(self) -> bool:
        """Whether the caller has seen something."""
        return self.sink.committed

    @property
    def left(self) -> bool:
        """Whether the caller is gone."""
        return self.sink.left

    @property
    def detached(self) -> bool:
        """Whether the exchange goes on without its caller."""
        return self.sink.detached

    @detached.setter
    def detached(self, value: bool) -> None:
        self.sink.detached = value

    @property
    def ready(self) -> bool:
        """Whether there is room for more."""
        return self.sink.ready

    def flush(self) -> None:
        """Put held bytes on the wire."""
        self.sink.flush()
