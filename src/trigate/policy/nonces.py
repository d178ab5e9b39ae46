"""What was said once and must not be said again, in memory that all workers of a machine share."""

import struct

from trigate.core.shared import Share, Shared

DIGEST_BYTES = 16
_SLOTS = 64
"""Of one bucket; a digest says in which bucket it is."""
_UNTILS = struct.Struct(f"={_SLOTS}d")
_UNTIL = struct.Struct("=d")
_BUCKET = _UNTILS.size + _SLOTS * DIGEST_BYTES


class Nonces:
    """A hash table of fixed size, made of buckets: until when each slot is taken, then the digests.

    It is found again by whichever worker comes next, also after the gateway has ended; a living thing, so that one
    worker alone remembers over reloads, too.
    """

    __slots__ = ("_buckets", "_room", "_shared")

    def __init__(self, share: Share, most: int) -> None:
        """Room for about `most`; raises OSError."""
        self._buckets = max(1, -(-2 * most // _SLOTS))  # half empty, so that no bucket is full before its time
        self._room = _SLOTS if self._buckets > 1 else min(most, _SLOTS)
        self._shared: Shared = share("nonces", self._buckets * _BUCKET)

    def first(self, digest: bytes, until: float, now: float) -> bool:
        """Whether nobody has said this yet, who will then have until `until` (wall-clock seconds).

        Raises Full if it cannot be remembered.
        """
        digest = digest[:DIGEST_BYTES]
        bucket = int.from_bytes(digest[:8], "little") % self._buckets
        self._shared.lock(bucket)
        try:
            return self._enter(bucket * _BUCKET, digest, until, now)
        finally:
            self._shared.unlock(bucket)

    def drain(self) -> None:
        """No configuration knows signatures any more; what is known stays, for one that may come."""

    def _enter(self, start: int, digest: bytes, until: float, now: float) -> bool:
        memory, digests = self._shared.memory, start + _UNTILS.size
        untils: tuple[float, ...] = _UNTILS.unpack_from(memory, start)
        at = memory.find(digest, digests, start + _BUCKET)
        while at >= 0:
            slot, rest = divmod(at - digests, DIGEST_BYTES)
            if not rest and untils[slot] > now:
                return False
            at = memory.find(digest, at + 1, start + _BUCKET)
        slot = next((slot for slot in range(self._room) if untils[slot] <= now), None)
        if slot is None:
            raise Full
        at = digests + slot * DIGEST_BYTES
        memory[at : at + DIGEST_BYTES] = digest
        _UNTIL.pack_into(memory, start + slot * _UNTIL.size, until)
        return True


class Full(Exception):
    """There is no room for another."""
