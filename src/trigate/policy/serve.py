"""The life of an exchange: match, authenticate, read, decode, call, encode.

The order is code, not configuration: nobody can write a file in which a call is made before its caller is known. A lane
decides on the head alone where a request belongs; who sends it is known before a byte of the body is read; the last
piece of every answer, an error included, goes out after the call has been settled and recorded.
"""

import asyncio
import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import GatewayError, InternalError, NotFound, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import Lane, Match
from trigate.core.parts import END, Part
from trigate.core.principal import Principal
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming, NoIncoming, WholeIncoming
from trigate.policy.authenticator import Identify
from trigate.policy.call import CALLER_LEFT, Calls
from trigate.policy.directory import Directory
from trigate.policy.encoded import EncodedSink
from trigate.policy.own_key import own_keys
from trigate.policy.record import Recorder, describe

API = "api"
_usable_id = re.compile(rb"[A-Za-z0-9_.:-]{1,128}").fullmatch


class Plan(Struct, frozen=True, eq=False):
    """What a head alone decides, kept with the head for as long as it holds."""

    owner: "Serve"
    revision: int
    """Of the directory: whoever is known may have changed since."""
    until: float
    """Monotonic seconds at which the credential expires."""
    match: Match
    principal: Principal
    credentials: frozenset[bytes]
    request_id: str
    described: str


class Serve:
    """Serves requests; `inbound` runs it once per request, in a task of its own."""

    __slots__ = ("__weakref__", "_authenticators", "_calls", "_directory", "_ids", "_lanes", "_live", "_recorder")

    ends_every_answer = True
    """Whatever happens, the sink is finished or aborted: `inbound` need not look after it."""

    def __init__(
        self,
        lanes: Sequence[Lane],
        authenticators: Sequence[Identify],
        directory: Directory,
        calls: Calls,
        recorder: Recorder,
        ids: Ids,
    ) -> None:
        self._lanes = {lane.name: lane for lane in lanes}
        self._authenticators = tuple(authenticators)
        self._directory = directory
        self._calls = calls
        self._recorder = recorder
        self._ids = ids
        self._live = set[Exchange]()

    async def __call__(  # noqa: C901, PLR0912, PLR0915 - the life of an exchange, in order
        self, request: Request, peer: Peer, incoming: Incoming, sink: Edge
    ) -> None:
        """Serve one request; the sink is finished or aborted when this returns. Raises nothing but CancelledError."""
        signal, id, now = incoming.signal, self._ids.next(), clock.monotonic()
        plan: Plan | None = request.plan
        if plan is not None and plan.owner is self and plan.revision == self._directory.revision and plan.until >= now:
            match, request_id = plan.match, plan.request_id or id
            id_line = sink.extra = b"x-request-id: %b\r\n" % request_id.encode()
            exchange = Exchange(
                id, request, peer, signal, now, sink.task, request_id, id_line, match.lane.name, match.route,
                plan.principal, plan.credentials, None, plan.described, match.unrecorded, 0, None, sink,
            )  # fmt: skip
        else:
            exchange, match = Exchange(id, request, peer, signal, now, sink.task), None
        self._live.add(exchange)
        try:
            if match is None:
                match = await self._plan(exchange, sink)
            lane = match.lane
            body = b""
            if exchange.body_check is not None:
                incoming = await exchange.body_check(incoming)
            if match.body == "buffer":
                if type(incoming) is WholeIncoming and len(incoming.payload) <= match.limit:
                    body = incoming.payload
                else:
                    body = await incoming.read(match.limit)
                incoming = NoIncoming(signal, len(body))
            elif match.body == "none" and type(incoming) is not NoIncoming:
                incoming = NoIncoming(signal)
            action, ask = lane.decode(exchange, match, body)
            encode = lane.encode
            way = sink if encode is None else EncodedSink(encode, exchange, sink)
            last = await self._calls.run(exchange, lane, action, ask, incoming, way)
            sink.finish(last if encode is None else encode(exchange, last))
        except GatewayError as error:
            self._refuse(exchange, sink, error)
        except asyncio.CancelledError:
            if not self._stopped(exchange, sink):
                raise
        except Exception as error:
            self._fail(exchange, sink, error)
        finally:
            self._live.discard(exchange)

    def review(self, stands: Callable[[Principal], bool]) -> None:
        """End every exchange whose principal no longer stands: its key was revoked or changed."""
        for exchange in list(self._live):
            if exchange.principal is not None and not stands(exchange.principal):
                reason = "the credential of this request was revoked, or has expired, while it was served"
                exchange.stop(Unauthenticated(reason))

    def end_expired(self) -> None:
        """End what is done in the name of credentials that have ended by themselves; asked for from time to time."""
        self.review(self._directory.stands)

    async def _plan(self, exchange: Exchange, sink: Edge) -> Match:
        """Decide, and put on the exchange what others with this head will begin with."""
        plan = await self._decide(exchange)
        exchange.described, exchange.edge, exchange.unrecorded = plan.described, sink, plan.match.unrecorded
        sink.extra = exchange.id_line = b"x-request-id: %b\r\n" % exchange.request_id.encode()
        return plan.match

    async def _decide(self, exchange: Exchange) -> Plan:
        """Everything that the head decides: who is called, and who calls."""
        request = exchange.request
        given = request.fields.get(b"x-request-id")
        request_id = given.decode("ascii") if given and _usable_id(given) else ""
        exchange.request_id = request_id or exchange.id
        match = await self._match(exchange)
        revision = self._directory.revision
        principal = exchange.principal = await self._authenticate(exchange)
        exchange.credentials |= own_keys(request, self._directory)
        until = exchange.received + (principal.expires - clock.wall_ns() / 1e9)
        plan = Plan(self, revision, until, match, principal, exchange.credentials, request_id, describe(exchange))
        request.plan = plan
        return plan

    async def _match(self, exchange: Exchange) -> Match:
        """Where the request belongs; raises what stands against it, but only to those who might call at all.

        Others hear the same whether there is something at an address or not.
        """
        try:
            return self._find(exchange)
        except GatewayError:
            lane = exchange.lane
            exchange.lane = lane or API  # which is where addresses go that no other lane takes
            try:
                exchange.principal = await self._authenticate(exchange)
            finally:
                exchange.lane = lane
            raise

    def _find(self, exchange: Exchange) -> Match:
        request = exchange.request
        for lane in self._lanes.values():
            exchange.lane = lane.name
            match = lane.match(request)
            if match is not None:
                exchange.route = match.route
                return match
        exchange.lane = ""
        raise NotFound("nothing is configured at this address")

    async def _authenticate(self, exchange: Exchange) -> Principal:
        """The first principal an authenticator names.

        An invalid credential counts only if nobody accepts the caller without it.
        """
        invalid: Unauthenticated | None = None
        for identify in self._authenticators:
            try:
                found = identify(exchange)
                principal = found if found is None or isinstance(found, Principal) else await found
            except Unauthenticated as error:
                if error.final:
                    raise
                invalid = invalid or error
                continue
            if principal is not None:
                return principal
        raise invalid or Unauthenticated(
            "no API key was sent; send one as `Authorization: Bearer KEY`",
            headers=((b"www-authenticate", b'Bearer realm="trigate"'),),
        )

    def _fail(self, exchange: Exchange, sink: Edge, error: Exception) -> None:
        """Something is wrong with the gateway itself."""
        self._report(exchange, error)
        self._refuse(exchange, sink, InternalError(f"the gateway failed; ask its operator about {exchange.id}"))

    def _refuse(self, exchange: Exchange, sink: Edge, error: GatewayError) -> None:
        """Tell the caller, in its own protocol, why there is no (more) answer."""
        try:
            if not exchange.calls:
                self._recorder.refusal(exchange, error.code, error.status)
                sink.extra = b"x-request-id: %b\r\n" % exchange.request_id.encode()
            lane = self._lanes.get(exchange.lane)
            parts: Sequence[Part] | None = (
                problem(error, exchange.id) if lane is None else lane.encode_error(exchange, error, sink.committed)
            )
            if parts is not None:
                for part in parts[:-1]:
                    sink.put(part)
                sink.finish(parts[-1] if parts else END)
        except Exception as fault:
            self._report(exchange, fault)
        finally:
            sink.abort()  # nothing happens if the answer was finished

    def _stopped(self, exchange: Exchange, sink: Edge) -> bool:
        """Whether the gateway itself cancelled the exchange, and has told its caller so; otherwise the caller left."""
        if exchange.stopped_by is not None and exchange.task is not None:
            exchange.task.uncancel()
            self._refuse(exchange, sink, exchange.stopped_by)
            return True
        if not exchange.calls:
            self._recorder.refusal(exchange, CALLER_LEFT, 0)
        sink.abort()
        return False

    def _report(self, exchange: Exchange, error: Exception) -> None:
        """A fault of the gateway itself goes to the loop's exception handler with the exchange's id, to nobody else."""
        context = {"message": f"exchange {exchange.id} failed", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)
