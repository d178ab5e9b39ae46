"""What stands in front of an end of an exchange and changes one thing about it: all the rest passes through."""

from trigate.core.stream import Incoming, Sink


class PassingIncoming:
    """Stands in front of what a caller sends; a subclass says what `next` does."""

    __slots__ = ("_inner", "signal")

    def __init__(self, inner: Incoming) -> None:
        self._inner = inner
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

    async def read(self, limit: int) -> bytes:
        """The whole body."""
        return await self._inner.read(limit)


class PassingSink:
    """Stands in front of the way to a caller; a subclass says what `begin` and `send` do."""

    __slots__ = ("_inner", "signal")

    def __init__(self, inner: Sink) -> None:
        self._inner = inner
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

    def flush(self) -> None:
        """Put held bytes on the wire."""
        self._inner.flush()
