"""One governed call: authorize, guard the ask, attempt, guard the answer, settle. Re-entrant.

Whatever is more than one act is more than one call: a lane that needs another act (an element of a batch, a step of a tool loop)
runs it here with its own call as parent, and it is authorised, guarded, settled and recorded like any other.
"""

import asyncio
from typing import Any

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import ContentBlocked, GatewayError, InternalError, NotFound, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import Lane
from trigate.core.parts import Head, Message, Part, Side
from trigate.core.stream import Incoming, Sink
from trigate.core.usage import Usage
from trigate.core.verdict import Block, Flag, Rewrite
from trigate.policy.access import authorize
from trigate.policy.guardrail import Guardrail
from trigate.policy.record import Recorder

CALLER_LEFT = "caller.left"
"""Outcome of a call whose caller went away before the end."""


class Calls:
    """The capability to run governed calls."""

    __slots__ = ("_guards", "_ids", "_recorder")

    def __init__(self, guards: tuple[Guardrail, ...], recorder: Recorder, ids: Ids) -> None:
        self._guards = guards
        self._recorder = recorder
        self._ids = ids

    async def run(
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
        principal = parent.principal if parent else exchange.principal
        if principal is None:
            raise Unauthenticated("nobody was authenticated for this exchange")
        now = clock.monotonic()
        call = Call(self._ids.next() if parent else exchange.id, exchange, principal, action, parent, now, Usage())
        try:
            authorize(call)
            if self._guards:
                last = await self._guarded(lane, call, ask, incoming, sink)
            else:
                last = await attempt(lane, call, ask, incoming, sink)
            call.outcome = "ok"
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
            call.usage.bytes_in, call.usage.bytes_out = incoming.size, sink.size
            self._recorder.call(call)

    async def _guarded(self, lane: Lane, call: Call, ask: Any, incoming: Incoming, sink: Sink) -> Part:
        await self._guard(ask, "ask", call)
        guarded = GuardedSink(self, call, sink)
        last = await attempt(lane, call, ask, GuardedIncoming(self, call, incoming), guarded)
        await self._guard(last, "answer", call)
        return last

    async def _guard(self, content: Any, side: Side, call: Call) -> None:
        """Apply every guard's verdict to `content`; raises ContentBlocked."""
        if not hasattr(content, "texts"):
            return
        if isinstance(content, Message):
            side = content.side
        for guard in self._guards:
            match await _verdict(guard, content, side, call):
                case Block(reason):
                    raise ContentBlocked(reason)
                case Rewrite(texts):
                    content.replace_texts(texts)
                case Flag(label):
                    call.flags.append(label)
                case _:
                    pass

    async def guard_part(self, part: Part, side: Side, call: Call) -> None:
        """Guard one part of a stream."""
        await self._guard(part, side, call)


async def attempt(lane: Lane, call: Call, ask: Any, incoming: Incoming, sink: Sink) -> Part:
    """Try the targets in order, going on to the next only while the caller has seen nothing and the ask can be sent again."""
    failed: GatewayError | None = None
    for target in lane.targets(call, ask):
        call.attempts += 1
        try:
            return await lane.forward(call, ask, target, incoming, sink)
        except GatewayError as error:
            if not error.retryable or sink.committed or incoming.taken:
                raise
            failed = error
    raise failed or NotFound("nothing is configured to serve this")


async def _verdict(guard: Guardrail, content: Any, side: Side, call: Call) -> Any:
    try:
        return await guard.check(content, side, call)
    except GatewayError:
        raise
    except Exception as error:  # a guard that fails is not a guard that passes
        raise ContentBlocked("a guardrail could not judge this, so it is refused") from error


class GuardedIncoming:
    """The caller's further parts, each guarded before the lane sees it."""

    __slots__ = ("_call", "_calls", "_inner", "signal")

    def __init__(self, calls: Calls, call: Call, inner: Incoming) -> None:
        self._calls, self._call, self._inner = calls, call, inner
        self.signal = inner.signal

    @property
    def size(self) -> int:
        """Body bytes received so far."""
        return self._inner.size

    @property
    def taken(self) -> bool:
        """Whether something was read."""
        return self._inner.taken

    @property
    def ready(self) -> bool:
        """Whether a part is at hand."""
        return self._inner.ready

    @property
    def ended(self) -> bool:
        """Whether all has been read."""
        return self._inner.ended

    async def next(self) -> Part | None:
        """The next part, after its guards."""
        part = await self._inner.next()
        if part is not None:
            await self._calls.guard_part(part, "ask", self._call)
        return part

    async def read(self, limit: int) -> bytes:
        """The whole body."""
        return await self._inner.read(limit)


class GuardedSink:
    """The way to the caller, each part guarded before it goes."""

    __slots__ = ("_call", "_calls", "_inner", "signal")

    def __init__(self, calls: Calls, call: Call, inner: Sink) -> None:
        self._calls, self._call, self._inner = calls, call, inner
        self.signal = inner.signal

    @property
    def size(self) -> int:
        """Body bytes accepted so far."""
        return self._inner.size

    @property
    def committed(self) -> bool:
        """Whether the caller has seen something."""
        return self._inner.committed

    @property
    def left(self) -> bool:
        """Whether the caller is gone."""
        return self._inner.left

    @property
    def detached(self) -> bool:
        """Whether the call goes on without its caller."""
        return self._inner.detached

    @detached.setter
    def detached(self, value: bool) -> None:
        self._inner.detached = value

    @property
    def ready(self) -> bool:
        """Whether there is room for more."""
        return self._inner.ready

    async def send(self, part: Part) -> None:
        """Guard `part` and hand it on."""
        if not isinstance(part, Head):
            await self._calls.guard_part(part, "answer", self._call)
        await self._inner.send(part)

    def flush(self) -> None:
        """Put held bytes on the wire."""
        self._inner.flush()
