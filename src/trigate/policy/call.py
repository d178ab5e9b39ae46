"""One governed call: authorize, guard the ask, hold for approval, attempt, guard the answer, settle. Re-entrant.

Whatever is more than one act is more than one call: a lane that needs another act (an element of a batch, a step of a
tool loop) runs it here with its own call as parent, and it is authorised, guarded, settled and recorded like any other.
"""

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import structs

from trigate.core.action import Action
from trigate.core.call import Call, Try
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.errors import GatewayError, InternalError, NotFound, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import Lane
from trigate.core.parts import Data, Part
from trigate.core.stream import Incoming, Sink
from trigate.core.usage import Usage
from trigate.policy.access import Access
from trigate.policy.free import remember
from trigate.policy.guarded import GuardedIncoming, GuardedSink, Guards
from trigate.policy.guardrail import Guardrail
from trigate.policy.limit import Hold, Limits
from trigate.policy.record import Recorder

if TYPE_CHECKING:
    from trigate.policy.consent.gate import Gate

OK = "ok"
CALLER_LEFT = "caller.left"
"""Outcome of a call whose caller went away before the end."""


class Calls:
    """The capability to run governed calls."""

    __slots__ = ("_access", "_gate", "_guards", "_ids", "_limits", "_record")

    def __init__(
        self,
        access: Access,
        limits: Limits,
        guards: tuple[Guardrail, ...],
        recorder: Recorder,
        ids: Ids,
        gate: "Gate | None" = None,
    ) -> None:
        """`gate` is None where no call waits for approval."""
        self._access = access
        self._gate = gate
        self._limits = limits
        self._guards = guards
        self._record = recorder.call
        self._ids = ids

    @property
    def guarded(self) -> bool:
        """Whether there are guards at all."""
        return bool(self._guards)

    def may(self, exchange: Exchange, action: Action) -> bool:
        """Whether the caller of this exchange may do this, for lists that show nobody what they cannot use."""
        return exchange.principal is not None and self._access.allows(exchange.principal, action)

    def admit(self, exchange: Exchange, action: Action) -> None:
        """Raises Forbidden where `may` is false. For who has not looked yet whether there is what the action is about:
        the answer must not tell those who may not know."""
        if exchange.principal is None:
            raise Unauthenticated("nobody was authenticated for this exchange")
        self._access.admit(exchange.principal, action)

    def authorize(self, call: Call, lane: Lane, ask: Any, action: Action) -> None:
        """Raises Forbidden unless the caller may do this, too, which the call itself does not name."""
        self._access.authorize(structs.replace(call, action=action), lane, ask)

    async def run(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - what a call is made of, in order, and nothing made per request
        self,
        exchange: Exchange,
        lane: Lane,
        action: Action,
        ask: Any,
        incoming: Incoming,
        sink: Sink,
        parent: Call | None = None,
    ) -> Part:
        """Run one call; all parts of the answer but the last go into `sink`, the last is returned after settling.

        Raises GatewayError as the call's outcome; the call has been settled then, too.
        """
        principal = (parent.principal if parent else exchange.principal) or _refuse_nobody()
        exchange.calls += 1
        call = Call(
            self._ids.next() if parent else exchange.id, exchange, principal, action, parent, clock.monotonic(), Usage()
        )
        guards = Guards(self._guards, call) if self._guards else None
        last: Part | None = None
        hold: Hold | None = None
        try:
            if ((free := principal.free) is None or free.rulebook is not self._access.rulebook
                or free.book is not self._limits.book or action not in free.actions):  # fmt: skip
                hold = self._hold(call, lane, ask)
            if guards is not None:
                await guards.check(ask, "ask")
                incoming, sink = GuardedIncoming(guards, incoming), GuardedSink(guards, sink)
            if self._gate is not None and (approval := self._gate.hold(call, lane, ask, sink)) is not None:
                await approval
            failed: GatewayError | None = None
            for target in lane.targets(call, ask):
                call.attempts += 1
                try:
                    if hold is not None and (waiting := hold.admit(lane.demand(call, ask, target))) is not None:
                        await waiting
                    last = await lane.forward(call, ask, target, incoming, sink)
                    break
                except GatewayError as error:
                    if not error.retryable or sink.committed or incoming.taken:
                        raise
                    failed = _noted(call, error)
            else:
                raise failed or NotFound("nothing is configured to serve this")
            if guards is not None:
                await guards.check(last, "answer")
            call.outcome = OK
            return last
        except GatewayError as error:
            call.outcome = error.code
            raise
        except asyncio.CancelledError:
            call.outcome = exchange.stopped_by.code if exchange.stopped_by else CALLER_LEFT
            raise
        except BaseException:
            call.outcome = InternalError.code
            raise
        finally:
            self._settle(call, hold, incoming.size, sink.size, last)

    def _hold(self, call: Call, lane: Lane, ask: Any) -> Hold | None:
        """What the call holds of limits, once the rules have let it through; neither is asked again for nothing."""
        always = self._access.authorize(call, lane, ask)
        hold, book = self._limits.hold(call), self._limits.book
        if always and hold is None and book is not None:
            remember(call.principal, self._access.rulebook, book, call.action)
        return hold

    async def deposit(self, beginner: Call, action: Action, demand: Demand) -> Hold | None:
        """Set money aside for what `beginner` has begun and `book` will count; it must be settled.

        Raises LimitReached or PriceUnknown if there is not so much left. None if nothing limits it.
        """
        hold = self._limits.deposit(self._later(beginner, action))
        if hold is not None and (waiting := hold.admit(demand)) is not None:
            await waiting
        return hold

    async def book(self, beginner: Call, action: Action, target: str, used: Usage, flags: list[str]) -> None:
        """Count and record what `beginner` has found used up, as a call of its own that nothing refuses any more."""
        call = self._later(beginner, action)
        call.target, call.flags, call.attempts = target, flags, 1
        provider, _, model = target.partition("/")
        hold = self._limits.booking(call)
        if hold is not None:
            try:
                if (waiting := hold.admit(Demand(provider=provider, model=model))) is not None:
                    await waiting
            except GatewayError:
                call.flags.append("limit.not_counted")
        call.usage, call.outcome = used, OK
        self._settle(call, hold, 0, 0, None)

    def _later(self, beginner: Call, action: Action) -> Call:
        """A child, or a call of nobody's if the beginner is none that was made."""
        parent = beginner if beginner.attempts else None
        exchange = beginner.exchange
        exchange.calls += 1
        return Call(self._ids.next(), exchange, beginner.principal, action, parent, clock.monotonic(), Usage())

    def _settle(self, call: Call, hold: Hold | None, bytes_in: int, sent: int, last: Part | None) -> None:
        # Synchronous, so that nothing can come between it and the end of the call.
        usage = call.usage
        usage.bytes_in = bytes_in
        usage.bytes_out = sent + len(last.payload) if isinstance(last, Data) else sent
        if hold is not None:
            hold.settle()
        if not call.exchange.unrecorded or call.outcome != OK or call.charges or call.flags:
            self._record(call)


def _refuse_nobody() -> NoReturn:
    raise Unauthenticated("nobody was authenticated for this exchange")


def _noted(call: Call, error: GatewayError) -> GatewayError:
    """The failure of an attempt, put on record."""
    ended = int((clock.monotonic() - call.started) * 1_000_000)
    call.tries.append(Try(call.target, error.fault or error.code, ended))
    call.failed = error
    return error
