"""The way to a caller whose protocol is not the one that `forward` speaks: each part is encoded as it goes."""

from typing import cast

from trigate.core.exchange import Exchange
from trigate.core.lane import Encode
from trigate.core.parts import Head, Part
from trigate.core.stream import Sink


class EncodedSink:
    """Encodes parts into another sink."""

    __slots__ = ("_encode", "_exchange", "_inner", "signal")

    def __init__(self, encode: Encode, exchange: Exchange, inner: Sink) -> None:
        self._encode, self._exchange, self._inner = encode, exchange, inner
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

    def begin(self, head: Head) -> None:
        """Hand the head on, encoded."""
        self._inner.begin(cast(Head, self._encode(self._exchange, head)))

    async def send(self, part: Part) -> None:
        """Encode `part` and hand it on."""
        await self._inner.send(self._encode(self._exchange, part))

    def flush(self) -> None:
        """Put held bytes on the wire."""
        self._inner.flush()
