"""Asks a model for what a text means, in a governed call of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.lane import Lane
from trigate.core.parts import Data, Head
from trigate.core.stream import Collector, NoIncoming
from trigate.llm.cache.vector import Vector, make_vector
from trigate.llm.operation import Address
from trigate.llm.operations.openai_embeddings import OPERATION

if TYPE_CHECKING:
    from trigate.policy.call import Calls


class _Item(Struct):
    embedding: list[float]


class _Answer(Struct):
    data: Sequence[_Item]


_decode = msgspec.json.Decoder(_Answer).decode


class Embedder:
    """Runs calls of the lane; each is authorised, limited, paid and recorded as one of the caller's own."""

    __slots__ = ("_calls", "_lane")

    def __init__(self, calls: "Calls", lane: Lane) -> None:
        self._calls = calls
        self._lane = lane

    async def embed(self, parent: Call, model: str, text: str) -> Vector | None:
        """None if the model is not to be had for this caller at the moment."""
        body = msgspec.json.encode({"model": model, "input": text, "encoding_format": "float"})
        exchange = parent.exchange
        sink = Collector(exchange.signal)
        try:
            ask = OPERATION.decode(body, Address(OPERATION))
            action = Action(OPERATION.action, f"model/{ask.model}")
            incoming = NoIncoming(exchange.signal, len(body))
            last = await self._calls.run(exchange, self._lane, action, ask, incoming, sink, parent)
        except GatewayError:
            return None
        head = next((part for part in sink.parts if isinstance(part, Head)), None)
        if head is None or head.status != 200 or not isinstance(last, Data):
            return None
        try:
            return make_vector(_decode(last.payload).data[0].embedding)
        except (msgspec.DecodeError, IndexError):
            return None
