"""The answer to an ask that took several requests, put together of theirs."""

from collections.abc import Awaitable, Callable
from typing import Any

from trigate.core.call import Call
from trigate.core.errors import UpstreamProtocolError
from trigate.core.parts import Data, Part
from trigate.core.stream import Sink
from trigate.llm.header_tally import counted_in
from trigate.llm.loss import Losses, flags
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.piecewise import PiecewiseBridge, summed
from trigate.llm.relay import whole
from trigate.llm.task_relay import begin_bridged
from trigate.outbound.answer import Answer

Send = Callable[[Any, int], Awaitable[Answer]]
"""Makes one of the requests, counted from 0, of what is meant; raises GatewayError if it is refused."""


async def relay_pieces(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
    bridge: PiecewiseBridge,
    call: Call,
    ask: Ask,
    meter: Meter,
    answer: Answer,
    sink: Sink,
    limit: int,
    losses: Losses | None,
    send: Send,
) -> Part:
    """Make the further requests one after the other, and tell all answers as one; all have `limit` bytes at most."""
    told, meant = Losses(), bridge.understand(ask)
    heard = [bridge.hear(body := await whole(answer, limit), counted_in(answer.head.headers))]
    left = limit - len(body)
    try:
        for number in range(1, bridge.requests(meant)):
            answer = await send(meant, number)
            heard.append(bridge.hear(body := await whole(answer, max(left, 1)), counted_in(answer.head.headers)))
            left -= len(body)
            if left < 0:
                raise UpstreamProtocolError(f"the provider's answers together have more than {limit} bytes")
    except BaseException:
        counted = [each.tally for each in heard if each.tally is not None]
        if len(counted) == len(heard):
            meter.report(summed(counted), lambda: 0)  # what came before is billed, whatever becomes of the rest
        raise
    made, tally = bridge.tell(meant, heard, told)
    meter.report(tally, lambda: 0)
    call.flags.extend(flags(told))
    if losses is not None:
        losses.join(told)
    begin_bridged(answer, sink, made, losses, bridge.form(ask))
    return Data(made)
