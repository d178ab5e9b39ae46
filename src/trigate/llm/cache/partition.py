"""Questions of one tenant about one thing, by what they mean: a bounded list, kept on the shelf as one value."""

from heapq import nsmallest

import msgspec
from msgspec import Struct

from trigate.llm.cache.vector import Vector, cosine, distance, read_vector

CANDIDATES = 8
"""How many are compared in full."""


class Known(Struct, frozen=True, array_like=True):
    """A question that was answered, as it is kept."""

    key: str
    """Of its answer."""
    ends: float
    """Seconds since the epoch."""
    values: bytes
    """Of its vector."""
    length: float
    """Of its vector."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Known]).decode


class Partition:
    """The questions that may be answered alike."""

    __slots__ = ("_known",)

    def __init__(self, raw: bytes | None, now: float) -> None:
        """Without what has ended; what cannot be read holds nothing. `now` in seconds since the epoch."""
        try:
            known = _decode(raw) if raw else []
        except msgspec.DecodeError:
            known = []
        self._known = [(each, read_vector(each.values, each.length)) for each in known if _is_sound(each, now)]

    def __len__(self) -> int:
        return len(self._known)

    def nearest(self, vector: Vector, threshold: float) -> tuple[str, float] | None:
        """The key of the answer to the nearest question, and how near it is; None if none is near enough."""
        alike = [pair for pair in self._known if len(pair[1].values) == len(vector.values)]
        candidates = nsmallest(CANDIDATES, alike, key=lambda pair: distance(pair[1], vector))
        best = max(((cosine(other, vector), known.key) for known, other in candidates), default=(0.0, ""))
        return (best[1], best[0]) if best[1] and best[0] >= threshold else None

    def add(self, known: Known, vector: Vector, most: int) -> None:
        """One more, in place of the same one; the oldest go if there are more than `most`."""
        self._known = [pair for pair in self._known if pair[0].key != known.key][-(most - 1) or len(self._known) :]
        self._known.append((known, vector))

    def write(self) -> bytes:
        """As it is kept."""
        return _encode([known for known, _ in self._known])


def _is_sound(known: Known, now: float) -> bool:
    return known.ends > now and known.length > 0
