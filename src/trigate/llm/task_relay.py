"""The answer to an ask that is no chat on its way to the caller: whole, as events, or as bytes that are no text."""

from collections.abc import Coroutine
from functools import partial
from typing import Any

from trigate.core.call import Call
from trigate.core.errors import StreamBroken, UpstreamFailed, UpstreamProtocolError
from trigate.core.parts import END, Data, Head, Part, field
from trigate.core.stream import Sink
from trigate.llm.header import from_provider
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.refusal import Refuser
from trigate.llm.relay import StreamRelay, relay_body
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation
from trigate.outbound.answer import Answer

EVENTS = b"text/event-stream"
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
    if keep_alive is not None and form.startswith(EVENTS):
        stream = operation.passing(ask, limit)
        return StreamRelay(call, ask, meter, answer, sink, keep_alive, stream, site, []).run()
    tally_in = partial(operation.read_tally, ask)
    if operation.answers_in_bytes and not form.startswith(JSON):
        return relay_bytes(meter, answer, sink, tally_in)
    return relay_body(meter, answer, sink, limit, tally_in, operation.spoken_in)


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
