"""The way to a caller whose protocol is not the one that `forward` speaks: each part is encoded as it goes."""

from typing import cast

from trigate.core.exchange import Exchange
from trigate.core.lane import Encode
from trigate.core.parts import Head, Part
from trigate.core.passing import PassingSink
from trigate.core.stream import Sink


class EncodedSink(PassingSink):
    """Encodes parts into another sink."""

    __slots__ = ("_encode", "_exchange")

    def __init__(self, encode: Encode, exchange: Exchange, inner: Sink) -> None:
        super().__init__(inner)
        self._encode, self._exchange = encode, exchange

    def begin(self, head: Head) -> None:
        """Hand the head on, encoded."""
        self._inner.begin(cast(Head, self._encode(self._exchange, head)))

    async def send(self, part: Part) -> None:
        """Encode `part` and hand it on."""
        await self._inner.send(self._encode(self._exchange, part))
