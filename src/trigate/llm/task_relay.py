"""The answer to an ask that is no chat on its way to the caller: whole, as events, or as bytes that are no text."""

from collections.abc import Coroutine
from functools import partial
from typing import Any

from trigate.core.call import Call
from trigate.core.errors import StreamBroken, UpstreamFailed, UpstreamProtocolError
from trigate.core.parts import END, Data, Head, Headers, Part, field
from trigate.core.stream import Sink
from trigate.llm.bridge import Bridge
from trigate.llm.extent import MediaBounds
from trigate.llm.header import from_provider
from trigate.llm.header_tally import counted_in
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.loss import Losses, flags, loss_fields
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.refusal import Refuser
from trigate.llm.relay import StreamRelay, relay_body, whole
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation
from trigate.outbound.answer import Answer

EVENTS = b"text/event-stream"
FRAMES = b"application/vnd.amazon.eventstream"
JSON = b"application/json"


def relay_task(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
    operation: TaskOperation,
    call: Call,
    ask: Ask,
    meter: Meter,
    answer: Answer,
    sink: Sink,
    limit: int,
    keep_alive: KeepAlive | None,
    site: Refuser,
) -> Coroutine[Any, Any, Part]:
    """Pass the answer on by its form; one that is held whole, and an event, has at most `limit` bytes."""
    form = field(answer.head.headers, b"content-type") or b""
    if keep_alive is not None and form.startswith((EVENTS, FRAMES)):
        stream = operation.passing(ask, limit)
        return StreamRelay(call, ask, meter, answer, sink, keep_alive, stream, site, []).run()
    tally_in = partial(operation.read_tally, ask)
    if operation.counts_in_head:
        counted = counted_in(answer.head.headers)
        return relay_body(meter, answer, sink, limit, lambda _: counted, operation.spoken_in)
    if operation.answers_in_bytes and not form.startswith(JSON):
        return relay_bytes(meter, answer, sink, tally_in)
    return relay_body(meter, answer, sink, limit, tally_in, operation.spoken_in)


async def relay_bridged(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
    bridge: Bridge,
    call: Call,
    ask: Ask,
    meter: Meter,
    answer: Answer,
    sink: Sink,
    limit: int,
    losses: Losses | None,
) -> Part:
    """Tell an answer in the caller's dialect; `losses` of the ask are told, unless None."""
    told = Losses()
    body, tally = bridge.reply(ask, await whole(answer, limit), told)
    meter.report(tally, lambda: 0)
    call.flags.extend(flags(told))
    if losses is not None:
        losses.join(told)
    begin_bridged(answer, sink, body, losses)
    return Data(body)


def begin_bridged(answer: Answer, sink: Sink, body: bytes, losses: Losses | None, form: bytes = JSON) -> None:
    """The head of what was made of an answer; `losses` are told, unless None."""
    headers = [each for each in from_provider(answer.head.headers) if each[0] != b"content-type"]
    sink.begin(_told(answer.head.status, body, headers + (loss_fields(losses) if losses else []), form))


async def estimate(bridge: Bridge, call: Call, ask: Ask, sink: Sink, media: MediaBounds) -> Part:
    """Answer without asking anybody, and say so."""
    body = bridge.estimate(ask, media)
    call.flags.append("llm.estimated")
    sink.begin(_told(200, body, [(b"x-trigate-estimated", b"true")]))
    return Data(body)


def _told(status: int, body: bytes, headers: Headers, form: bytes = JSON) -> Head:
    return Head(status, [*headers, (b"content-type", form), (b"content-length", b"%d" % len(body))])


async def relay_bytes(meter: Meter, answer: Answer, sink: Sink, tally_in: "partial[Tally | None]") -> Part:
    """Pass on an answer as it comes, such as sound; it has no length, so that a cut one never looks whole."""
    if sink.committed:
        raise UpstreamProtocolError("the provider was asked for a stream and sent something else")
    meter.report(tally_in(b""), lambda: 0)
    try:
        data = answer.take() or await answer.more(sink)
    except StreamBroken as error:
        raise UpstreamFailed(error.message) from error
    sink.begin(Head(answer.head.status, from_provider(answer.head.headers)))
    while data:
        await sink.send(Data(data))
        data = answer.take() or await answer.more(sink)
    return END
