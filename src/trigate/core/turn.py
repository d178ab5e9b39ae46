"""Letting others have their turn in the middle of long work."""

from collections.abc import Generator


class Turn:
    """Awaited, it goes on in the next turn of the loop, for less than what a timer of no length costs."""

    __slots__ = ()

    def __await__(self) -> Generator[None]:
        """Give way once."""
        yield


NEXT_TURN = Turn()
