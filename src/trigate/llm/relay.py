"""An answer on its way to the caller, bytes unchanged; what it used up is read in passing."""

from collections.abc import Callable
from functools import partial

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.errors import GatewayError, StreamBroken, UpstreamFailed, UpstreamProtocolError
from trigate.core.parts import END, Data, Head, Headers, Part
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.llm.chat_dialect import ChatDialect, Passing
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.header import from_provider
from trigate.llm.keep_alive import KeepAlive, stream_headers
from trigate.llm.loss import Losses, flags, loss_fields
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.refusal import Refuser
from trigate.llm.reply import Tally
from trigate.llm.speech import spoken_in
from trigate.llm.translation import translate_reply
from trigate.outbound.answer import Answer
from trigate.outbound.secrecy import strike

TallyIn = Callable[[bytes], Tally | None]
"""Reads the usage out of a whole answer."""
Guess = Callable[[bytes], int]
"""Estimates the tokens of a whole answer."""
_ERROR = b'"error"'
LINGER = 0.25
"""Seconds the end of an upstream's answer may come after its last event, for the connection to be used again."""


async def relay_body(
    meter: Meter, answer: Answer, sink: Sink, limit: int, tally_in: TallyIn, guess: Guess = spoken_in
) -> Part:
    """Pass on an answer that is not streamed; it is held whole, so until then another target can still be tried."""
    body = await whole(answer, limit)
    meter.report(tally_in(body), partial(guess, body))
    _refuse_if_begun(sink)
    sink.begin(_passed(answer.head, b"%d" % len(body)))
    return Data(body)


async def relay_reply(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
    call: Call,
    ask: Ask,
    meter: Meter,
    answer: Answer,
    sink: Sink,
    limit: int,
    spoken: ChatDialect,
    losses: Losses | None,
) -> Part:
    """Tell an answer that is not streamed in the caller's dialect; `losses` of the ask are told, unless None."""
    body = await whole(answer, limit)
    wanted = find_chat_dialect(ask.operation.dialect)
    told = Losses()
    body, tally, said = translate_reply(body, spoken, wanted, ask.conversation(), told)
    meter.report(tally, lambda: said)
    _refuse_if_begun(sink)
    call.flags.extend(flags(told))
    if losses is not None:
        losses.join(told)
    headers = [each for each in from_provider(answer.head.headers) if each[0] != b"content-type"]
    headers += loss_fields(losses) if losses else []
    headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    sink.begin(Head(answer.head.status, headers))
    return Data(body)


async def whole(answer: Answer, limit: int) -> bytes:
    """All of an answer; raises UpstreamFailed, UpstreamProtocolError if it has more than `limit` bytes."""
    try:
        return answer.take() if answer.complete else await answer.read(limit)
    except StreamBroken as error:
        raise UpstreamFailed(error.message) from error


def _refuse_if_begun(sink: Sink) -> None:
    if sink.committed:
        raise UpstreamProtocolError("the provider was asked for a stream and sent something else")


def _passed(head: Head, length: bytes) -> Head:
    """What the caller gets of a head; with the length, so that whatever keeps the body from following is noticed."""
    passed = head.passed
    if passed is None or passed.headers[-1][1] != length:
        headers = from_provider(head.headers)
        headers.append((b"content-length", length))
        passed = head.passed = Head(head.status, headers)
    return passed


class StreamRelay:
    """Passes on one streamed answer, event by event."""

    __slots__ = (
        "_answer", "_ask", "_call", "_failed", "_keep_alive", "_meter", "_more", "_put", "_sink", "_site", "_stream",
        "failed",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917 - all that a stream has to do with
        self,
        call: Call,
        ask: Ask,
        meter: Meter,
        answer: Answer,
        sink: Sink,
        keep_alive: KeepAlive,
        stream: Passing,
        site: Refuser,
        more: Headers,
    ) -> None:
        """`more`: header fields for the caller beside those of every stream."""
        self._call = call
        self._meter = meter
        self._answer = answer
        self._sink = sink
        self._keep_alive = keep_alive
        self._site = site
        self._ask = ask
        self._more = more
        self._stream = stream
        self._failed: GatewayError | None = None
        self.failed = False
        """The provider's last words were an error of its own."""
        self._put: Callable[[Part], None] | None = getattr(sink, "put", None)
        """The connection's own way in, which need not be awaited; None if there are guards, which must."""

    async def run(self) -> Part:
        """Send all events but the last, which is returned; raises StreamBroken, or UpstreamFailed before any."""
        stream = self._stream
        try:
            await self._pump()
        except StreamBroken as error:
            if self._sink.committed:
                raise
            raise UpstreamFailed(error.message) from error
        finally:
            self._count()
        if stream.last:
            return Data(stream.last)
        self.failed = True
        self._call.flags.append("llm.error_in_stream")
        return END

    async def _pump(self) -> None:
        answer, stream, sink = self._answer, self._stream, self._sink
        while not stream.last:
            if self._put is not None and self._keep_alive.opened:
                await answer.hand_over(self._pass_at_once, sink)
                if stream.last or self._failed is not None:
                    break
            data = answer.take() or await answer.more(sink)
            block = stream.feed(data) if data else stream.finish()
            if _ERROR in block:
                block = strike(block, self._site.secrets)
            if block or stream.last:
                await self._pass_on(block)
            if not data:
                break
        if self._failed is not None:
            raise self._failed
        if not (stream.last or stream.failed):
            raise StreamBroken("the provider's stream ended before it was complete")
        if not answer.ended:
            sink.flush()
            await linger(answer, self._call.exchange.signal, self._keep_alive)

    def _pass_at_once(self, data: bytes) -> bool:
        """Pass on what came in the turn of the loop in which it came; False if the task has to see to it."""
        put, stream = self._put, self._stream
        if put is None or not self._sink.ready:
            return False
        try:
            block = stream.feed(data)
        except GatewayError as error:
            self._failed = error
            self._answer.recall()
            return True
        if _ERROR in block:
            block = strike(block, self._site.secrets)
        if block:
            put(Data(block))
            self._keep_alive.postpone()
        if stream.last:
            self._answer.recall()
        return True

    async def _pass_on(self, block: bytes) -> None:
        """Send a block of events, after the head if that has not gone out yet."""
        if not self._keep_alive.opened:
            self._keep_alive.opened = True
            head = self._answer.head
            headers = [each for each in from_provider(head.headers) if each[0] != b"content-type"]
            self._sink.begin(Head(head.status, stream_headers(self._ask.stream_type) + headers + self._more))
        if block:
            await self._sink.send(Data(block))
        self._keep_alive.postpone()

    def _count(self) -> None:
        """What was used up, also by a stream that broke or whose caller left."""
        self._meter.report(self._stream.tally, self._stream.spoken)


class Lingering:
    """A short wait for something that is welcome but not needed."""

    __slots__ = ("_signal", "deadline", "over")

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self.deadline = clock.monotonic() + LINGER
        self.over = False

    def expire(self) -> None:
        """Enough."""
        self.deadline = NEVER
        self.over = True
        self._signal.notify()


async def linger(answer: Answer, signal: Signal, keep_alive: KeepAlive) -> None:
    """Wait a little for the end of an answer whose last event has come, dropping whatever else does."""
    lingering = Lingering(signal)
    keep_alive.deadlines.add(lingering)
    try:
        answer.take()
        while not (answer.ended or lingering.over):
            await signal.wait()
            answer.take()
    finally:
        keep_alive.deadlines.discard(lingering)
