"""An answer on its way to the caller, bytes unchanged; what it used up is read in passing."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import GatewayError, StreamBroken, UpstreamFailed, UpstreamProtocolError
from trigate.core.parts import END, Data, Head, Headers, Part
from trigate.core.stream import Sink
from trigate.llm.chat_dialect import ChatDialect, Passing
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.fault import NONE, Fault, blamed, read_failure
from trigate.llm.header import from_provider
from trigate.llm.keep_alive import KeepAlive, stream_headers
from trigate.llm.linger import linger
from trigate.llm.loss import LOSS, Losses, flags
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.patience import Patience
from trigate.llm.plain_error import check_answer
from trigate.llm.prelude import MOST_HELD, Prelude
from trigate.llm.refusal import Refuser
from trigate.llm.reply import Failure, Tally
from trigate.llm.speech import spoken_in
from trigate.llm.translation import translate_reply
from trigate.llm.withheld import FAULT as WITHHELD
from trigate.llm.withheld import check_withheld
from trigate.outbound.answer import Answer
from trigate.outbound.secrecy import strike

TallyIn = Callable[[bytes], Tally | None]
"""Reads the usage out of a whole answer."""
Guess = Callable[[bytes], int]
"""Estimates the tokens of a whole answer."""
_ERROR = b'"error"'
"""Looked for by `find`: `in` takes bytes for a number first, in Python 3.11, and that costs more than the search."""


async def relay_body(
    meter: Meter, answer: Answer, sink: Sink, limit: int, tally_in: TallyIn, guess: Guess = spoken_in
) -> Part:
    """Pass on an answer that is not streamed; it is held whole, so until then another target can still be tried."""
    body = await whole(answer, limit)
    meter.report(tally_in(body), partial(guess, body))
    _refuse_if_begun(sink)
    sink.begin(_passed(answer.head, b"%d" % len(body)))
    return Data(body)


async def relay_chat(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
    meter: Meter,
    answer: Answer,
    head: Head,
    sink: Sink,
    limit: int,
    spoken: ChatDialect,
    site: Refuser,
    yields: frozenset[Fault] = NONE,
) -> Part:
    """The same for a chat; raises ProviderRefused or UpstreamProtocolError if it is an answer by its status only, also
    one that was withheld where another target is asked then (`yields`)."""
    body = answer.take() if answer.done else await whole(answer, limit)
    tally = spoken.read_tally(body)
    if tally is None:
        check_answer(meter, site, spoken, body)
    meter.report(tally, partial(spoken_in, body))
    if yields:
        check_withheld(site.name, spoken, body, yields)
    _refuse_if_begun(sink)
    sink.begin(_passed(head, b"%d" % len(body)))
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
    site: Refuser,
    yields: frozenset[Fault] = NONE,
) -> Part:
    """Tell an answer that is not streamed in the caller's dialect; `losses` of the ask are told, unless None."""
    body = await whole(answer, limit)
    wanted = find_chat_dialect(ask.operation.dialect)
    told = Losses()
    try:
        translated, tally, said = translate_reply(body, spoken, wanted, ask.conversation(), told)
    except UpstreamProtocolError:
        check_answer(meter, site, spoken, body)
        raise
    if tally is None:
        check_answer(meter, site, spoken, body)
    meter.report(tally, lambda: said)
    if yields:
        check_withheld(site.name, spoken, body, yields)
    body = translated
    _refuse_if_begun(sink)
    call.flags.extend(flags(told))
    if losses is not None:
        losses.join(told)
    sink.begin(_told(answer.head, b"%d" % len(body), losses.told() if losses else b""))
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


def _told(head: Head, length: bytes, lost: bytes) -> Head:
    """The same of an answer in another dialect."""
    told = head.told
    if told is None or told.length != length or told.lost != lost:
        headers = [each for each in from_provider(head.headers) if each[0] != b"content-type"]
        headers += [(LOSS, lost)] if lost else []
        headers += [(b"content-type", b"application/json"), (b"content-length", length)]
        told = head.told = _Told(length, lost, Head(head.status, headers))
    return told.head


class _Told(Struct, frozen=True, gc=False):
    length: bytes
    lost: bytes
    head: Head


class StreamRelay:
    """Passes on one streamed answer, event by event."""

    __slots__ = (
        "_answer", "_ask", "_call", "_failed", "_keep_alive", "_meter", "_more", "_patience", "_prelude", "_put",
        "_put_chunk", "_sink", "_site", "_stream", "_yields", "failed", "first_token",
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
        prelude: Prelude | None = None,
        yields: frozenset[Fault] = NONE,
        patience: Patience | None = None,
    ) -> None:
        """`more`: header fields for the caller beside those of every stream.

        With a `prelude` nothing goes out before the first token; a failure before it that `yields` names is raised.
        """
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
        self._prelude = prelude
        self._yields = yields
        self._patience = patience
        self.first_token = 0.0
        """Monotonic seconds at which the answer began to say something, 0 before."""
        self.failed = False
        """The provider's last words were an error of its own."""
        self._put: Callable[[Part], None] | None = getattr(sink, "put", None)
        """The connection's own way in, which need not be awaited; None if there are guards, which must."""
        self._put_chunk: Callable[[bytes, bytes], None] | None = getattr(sink, "put_chunk", None)
        """The same for what came as a whole chunk."""

    async def run(self) -> Part:
        """Send all events but the last, which is returned; raises StreamBroken, or UpstreamFailed before any."""
        stream = self._stream
        try:
            if self._prelude is not None:
                await self._hold(self._prelude)
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
            if block.find(_ERROR) >= 0:
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

    async def _hold(self, prelude: Prelude) -> None:
        """Wait for the first token and pass on what came with it; raises UpstreamFailed if it is another's turn."""
        answer, stream, sink = self._answer, self._stream, self._sink
        held, size = list[bytes](), 0
        while not (stream.last or prelude.begun or size > MOST_HELD):
            data = answer.take() or await answer.more(sink)
            held.append(stream.feed(data) if data else stream.finish())
            size += len(held[-1])
            prelude.hear(data)
            if prelude.failure is not None:
                self._give_way(prelude.failure)
                break
            if self._keep_alive.opened:
                await self._let_go(held)
            if not data:
                if not (stream.last or stream.failed):
                    return  # with nothing gone out, another target may answer
                break
        if self._patience is not None:
            self._patience.hear()
        await self._let_go(held)

    async def _let_go(self, held: list[bytes]) -> None:
        """Pass on what was held back."""
        block = b"".join(held)
        held.clear()
        if block or self._stream.last:
            await self._pass_on(strike(block, self._site.secrets) if block.find(_ERROR) >= 0 else block)

    def _give_way(self, failure: Failure) -> None:
        """Raises UpstreamFailed if another target may answer instead."""
        fault = read_failure(failure)
        if fault in self._yields and not self._sink.committed:
            if fault != WITHHELD:  # which was thought out before, and is billed
                self._meter.refused()
            raise blamed(UpstreamFailed(f"provider {self._site.name!r} gave up before its first word"), fault)

    def _pass_at_once(self, data: bytes, chunk: bytes = b"") -> bool:
        """Pass on what came in the turn of the loop in which it came; False if the task has to see to it."""
        put, stream, keep_alive = self._put, self._stream, self._keep_alive
        if put is None or not self._sink.ready:
            return False
        try:
            block = stream.feed(data)
        except GatewayError as error:
            self._failed = error
            self._answer.recall()
            return True
        if block.find(_ERROR) >= 0:
            block = strike(block, self._site.secrets)
        if not self.first_token:  # the head went out with a comment
            self.first_token = clock.monotonic()
        if block:
            if chunk and block is data and self._put_chunk is not None:
                self._put_chunk(data, chunk)
            else:
                put(Data(block))
            keep_alive.deadline = clock.monotonic() + keep_alive.every
        if stream.last:
            self._answer.recall()
        return True

    async def _pass_on(self, block: bytes) -> None:
        """Send a block of events, after the head if that has not gone out yet."""
        if not self.first_token:
            self.first_token = clock.monotonic()
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
        if self._meter.begun:
            self._meter.report(self._stream.tally, self._stream.spoken)
