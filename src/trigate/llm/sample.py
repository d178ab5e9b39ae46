"""A few events of a stream, kept to estimate what was said if its provider never counts."""

import msgspec

from trigate.llm.speech import spoken_tokens

_data = b"data:"
_decode = msgspec.json.Decoder().decode


class Sample:
    """Keeps ever fewer events the longer a stream gets: some twenty of the first ten thousand.

    Looking into every event would cost each stream what hardly any needs.
    """

    __slots__ = ("_kept", "_member", "due")

    def __init__(self, member: str = "delta") -> None:
        """`member`: where each choice of an event says its piece."""
        self._member = member
        self._kept: list[tuple[int, bytes]] = []
        self.due = 1
        """From so many events on, the next is wanted."""

    def take(self, events: int, block: bytes) -> None:
        """Keep the last event of a block, which is the stream's event number `events`."""
        self._kept.append((events, block[block.rfind(_data) :]))
        self.due = events + 1 + events // 2

    def tokens(self, events: int) -> int:
        """An estimate of the tokens of all `events`; each that was kept speaks for those since the one before it."""
        total = before = each = 0
        for place, event in self._kept:
            each = _tokens(event, self._member)
            total += each * (place - before)
            before = place
        return total + each * (events - before)


def _tokens(event: bytes, member: str) -> int:
    try:
        return spoken_tokens(_decode(event[len(_data) :]), member)
    except (msgspec.DecodeError, RecursionError):
        return 0
