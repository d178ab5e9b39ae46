"""One ask on its way to one target, and the answer on its way back: with another key, where one is refused."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import GatewayError, Overloaded, UpstreamProtocolError, UpstreamTimeout
from trigate.core.parts import Head, Headers, Part, field
from trigate.core.stream import Sink
from trigate.core.usage import Usage
from trigate.llm.bridge import Bridge
from trigate.llm.chat_dialect import Passing
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.drain import Drain
from trigate.llm.fault import CULPRITS, NONE, fault_of
from trigate.llm.gist import Gist
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.key_place import with_query
from trigate.llm.loss import Losses, flags, loss_comment, loss_fields
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.patience import Patience
from trigate.llm.piece_relay import relay_pieces
from trigate.llm.piecewise import PiecewiseBridge
from trigate.llm.prelude import Acknowledgement, Overhearing, Prelude
from trigate.llm.refusal import Refusal, pass_on, read_refusal
from trigate.llm.relay import StreamRelay, relay_chat, relay_reply
from trigate.llm.task_operation import TaskOperation
from trigate.llm.task_relay import estimate, relay_bridged, relay_task
from trigate.llm.translation import COMMENTED, StreamTranslation
from trigate.llm.way import Way
from trigate.outbound.answer import Answer

if TYPE_CHECKING:
    from trigate.llm.target import Target

STREAMS = (b"text/event-stream", b"application/vnd.amazon.eventstream")
"""Content types of streams."""
UNSERVED = frozenset({404, 405})
"""How servers say that they have no such address."""
ROTATED = "llm.key_rotated"
"""Flag of a call whose provider refused one key and was asked with another."""


class Attempt:
    """Made for one call of `run`."""

    __slots__ = (
        "_answer", "_ask", "_body", "_call", "_extra", "_keep_alive", "_losses", "_meter", "_path", "_patience",
        "_sent", "_sink", "_stream", "_target", "_turn", "_way",
    )  # fmt: skip

    def __init__(self, target: "Target", way: Way, call: Call, ask: Ask, sink: Sink) -> None:
        """Raises NotPortable, KeysUsedUp, InvalidParameter."""
        self._target = target
        self._call = call
        self._ask = ask
        self._sink = sink
        self._way = way
        self._path = target.site.endpoint.prefix + (way.streamed if ask.streamed else way.plain)
        self._body, self._extra, self._losses = target.write(call, ask, way)
        self._meter = Meter(call, ask, target.terms, call.usage if call.attempts <= 1 else Usage())
        self._turn = target.turn(ask) if target.grips is not None else None
        self._answer: Answer | None = None
        self._stream: StreamRelay | None = None
        self._keep_alive: KeepAlive | None = None
        self._patience: Patience | None = None
        self._sent = 0.0

    async def run(self) -> Part:
        """Send the ask, and the answer but its last part into the sink; returns the last part.

        While a streamed answer is silent, the caller gets comments. Raises GatewayError.
        """
        call, health = self._call, self._target.health
        drain = self._drain() if self._target.bounds.drain is not None else None
        if self._ask.streamed:
            self._watch()
        begun = self._sent = health.begin()
        try:
            answer = self._answer = await self._send()
            call.first_byte = clock.monotonic()
            head = answer.head
            status = call.status = head.status
            last = await (self._relay(answer, head) if 200 <= status < 300 else self._refused(answer))
        except (asyncio.CancelledError, GatewayError) as error:
            self._fail(error)
            raise
        else:
            if call.status < 300:
                self._succeed(begun)
            return last
        finally:
            health.end(begun)
            self._end(drain)

    def _end(self, drain: Drain | None) -> None:
        """Let go of everything, and count what was used."""
        if self._answer is not None:
            self._answer.close()
        if self._keep_alive is not None:
            self._keep_alive.stop()
        if self._patience is not None:
            self._patience.stop()
        if drain is not None and drain.stop():
            self._call.flags.append("llm.drained")
        self._meter.close()
        if self._turn is not None:
            self._turn.end(self._meter.tokens)

    def _send(self) -> Coroutine[Any, Any, Answer]:
        site, turn, exchange = self._target.site, self._turn, self._call.exchange
        query = site.query if turn is None else turn.query
        return site.client.send(
            site.endpoint,
            b"POST",
            with_query(self._path, query) if query else self._path,
            site.fields if turn is None else turn.fields,
            self._body,
            exchange.signal,
            extra=exchange.id_line + self._extra,
            receipt=self._meter,
            timeouts=self._target.timeouts[self._ask.streamed],
        )

    def _relay(self, answer: Answer, head: Head) -> Coroutine[Any, Any, Part]:
        """Judge the head, then pass the answer on by its form."""
        target, losses, way = self._target, self._losses, self._way
        ask, meter, sink, keep_alive = self._ask, self._meter, self._sink, self._keep_alive
        bounds = target.bounds
        meter.begun = True
        if head.passed is None and field(head.headers, b"content-encoding") not in (None, b"identity"):
            raise UpstreamProtocolError(
                f"provider {target.site.name!r} compressed its answer, which it was asked not to do"
            )
        if way.bridge is not None:
            telling = losses if bounds.on_loss == "warn" else None
            if isinstance(way.bridge, PiecewiseBridge):
                send = partial(self._piece, way.bridge)
                return relay_pieces(way.bridge, self._call, ask, meter, answer, sink, bounds.answer, telling, send)
            return relay_bridged(way.bridge, self._call, ask, meter, answer, sink, bounds.answer, telling)
        operation = ask.operation
        if isinstance(operation, TaskOperation):
            return relay_task(operation, self._call, ask, meter, answer, sink, bounds.answer, keep_alive, target.site)
        if keep_alive is not None and (field(head.headers, b"content-type") or b"").startswith(STREAMS):
            more = loss_fields(losses) if losses and bounds.on_loss == "warn" else []
            return self._stream_relay(answer, keep_alive, more).run()
        if losses is None:
            return relay_chat(meter, answer, head, sink, bounds.answer, way.dialect, target.site, target.yields)
        telling = losses if bounds.on_loss == "warn" else None
        return relay_reply(
            self._call, ask, meter, answer, sink, bounds.answer, way.dialect, telling, target.site, target.yields
        )

    async def _piece(self, bridge: PiecewiseBridge, meant: Any, number: int) -> Answer:
        """Send a further request of the same ask; raises GatewayError if it is refused."""
        target, way = self._target, self._way
        if self._answer is not None:
            self._answer.close()
        self._body = target.piece(way, bridge, meant, number)
        while True:
            answer = self._answer = await self._send()
            status = self._call.status = answer.head.status
            if 200 <= status < 300:
                return answer
            refusal = await read_refusal(target.site, answer, way.dialect, NONE)
            if self._turn is None or not self._turn.passes(refusal):
                raise refusal.error
            answer.close()
            self._rotated()

    def _rotated(self) -> None:
        """Put on record that another key has taken over."""
        if ROTATED not in self._call.flags:
            self._call.flags.append(ROTATED)

    def _stream_relay(self, answer: Answer, keep_alive: KeepAlive, more: Headers) -> StreamRelay:
        target, stream = self._target, self._passing()
        patience = None
        if target.counts_time:
            deadlines, timeouts = target.site.deadlines, target.patience
            self._patience = patience = Patience(target.site, timeouts, answer, stream, deadlines, self._sent)
        prelude = self._prelude(stream) if target.yields or patience is not None else None
        self._stream = StreamRelay(
            self._call, self._ask, self._meter, answer, self._sink, keep_alive, stream, target.site, more, prelude,
            target.yields, patience,
        )  # fmt: skip
        return self._stream

    def _prelude(self, stream: Passing) -> Prelude:
        """What listens to the beginning: the translation itself, or somebody who overhears what goes through."""
        if isinstance(stream, StreamTranslation):
            return stream
        recall = self._ask.recall
        if recall is not None and recall.background:
            return Acknowledgement()
        return Overhearing(self._way.dialect.stream_reader(self._target.bounds.event))

    async def _refused(self, answer: Answer) -> Part:
        """Ask with another key, or tell the caller; raises what is another target's turn, or nobody's to see."""
        target, turn = self._target, self._turn
        while True:
            self._meter.refused()
            yields = NONE if self._sink.committed else target.yields
            refusal = await read_refusal(target.site, answer, self._way.dialect, yields)
            if turn is None or not turn.passes(refusal):
                break
            answer.close()
            self._rotated()
            self._sent = clock.monotonic()
            answer = self._answer = await self._send()
            self._call.first_byte = clock.monotonic()
            status = self._call.status = answer.head.status
            if 200 <= status < 300:
                return await self._relay(answer, answer.head)
        stand_in = self._stand_in(refusal)
        if stand_in is not None:
            return await estimate(stand_in, self._call, self._ask, self._sink, target.bounds.media)
        if refusal.fault in yields:
            raise refusal.error
        last = pass_on(refusal, self._sink, self._way.dialect, find_chat_dialect(self._ask.operation.dialect))
        target.note(refusal.fault, refusal.error.retry_after)
        return last

    def _stand_in(self, refusal: Refusal) -> Bridge | None:
        """What the gateway can answer by itself where the provider turns out not to serve the address."""
        operation = self._ask.operation
        unserved = refusal.head.status in UNSERVED and refusal.fault == "bad_request" and not self._sink.committed
        return operation.stand_in() if unserved and isinstance(operation, TaskOperation) else None

    def _succeed(self, begun: float) -> None:
        """The provider has answered; not always to the end."""
        target, call = self._target, self._call
        if self._stream is not None and self._stream.failed:
            target.note("server", None)
            return
        heard = self._stream.first_token if self._stream is not None else call.first_byte
        target.health.measure(heard - begun, heard)
        for health in target.healths:
            if health.failures or health.opens:
                health.answered(begun)
        if self._turn is not None:
            self._turn.answered()

    def _fail(self, error: BaseException) -> None:
        """The attempt has come to nothing."""
        if isinstance(error, asyncio.CancelledError | UpstreamTimeout):
            self._meter.presume()
        if isinstance(error, GatewayError):
            self._accuse(error)

    def _accuse(self, error: GatewayError) -> None:
        """Count the failure against whom it accuses, and put on record which phase took too long."""
        fault = fault_of(error)
        if isinstance(error, Overloaded):
            error.retryable = True  # it is our own pool that is full: elsewhere there may be room
            return
        self._target.note(fault, error.retry_after)
        if self._turn is not None and self._stream is not None and CULPRITS[fault] == "key":
            self._turn.accuse(fault, error.retry_after)
        if isinstance(error, UpstreamTimeout) and error.phase:
            self._call.flags.append(f"llm.timeout.{error.phase}")

    def _watch(self) -> None:
        every, ask = self._target.bounds.keep_alive, self._ask
        first = self._call.started + every
        remark = b"" if ask.listed else ask.operation.remark
        deadlines = self._target.site.deadlines
        self._keep_alive = KeepAlive(self._sink, deadlines, every, first, remark, ask.stream_type)

    def _drain(self) -> Drain:
        bounds, task = self._target.bounds, self._call.exchange.task
        return Drain(self._sink, task, self._target.site.deadlines, bounds.drain or 0.0)

    def _passing(self) -> Passing:
        """What makes of the provider's stream what the caller gets."""
        limit, ask, spoken = self._target.bounds.event, self._ask, self._way.dialect
        casing = self._way.casing
        if self._losses is None:
            stream: Passing = spoken.passing(limit, hides_usage=ask.hides_usage)
        else:
            wanted, asked = find_chat_dialect(ask.operation.dialect), ask.conversation()
            gist = Gist(spoken.name, wanted, asked, self._lost)
            stream = StreamTranslation(spoken.stream_reader(limit), wanted.stream_writer(asked), gist)
        return stream if casing is None else casing.stream(stream, limit)

    def _lost(self, losses: Losses) -> bytes:
        """Put on record what a stream has lost; the caller's comment on it."""
        self._call.flags.extend(flags(losses))
        tells = self._target.bounds.on_loss == "warn" and self._ask.operation.dialect in COMMENTED
        return loss_comment(losses) if tells else b""
