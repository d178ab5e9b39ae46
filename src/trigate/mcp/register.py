"""What changes in sessions, in memory that all workers share: their last use, their log level, whether they ended."""

import struct

from trigate.core.shared import Share, Shared

MARK_BYTES = 16
_SLOT = struct.Struct("@16sQIBBxx")
_USED = struct.Struct("@Q")
_SHUT = struct.Struct("@I")
_SIZE = 32
_USED_AT, _STATE_AT, _LEVEL_AT = 16, 28, 29
_SLOTS = 16
"""Of one bucket; a session's mark says in which bucket it is."""
_BUCKET = _SIZE * (1 + _SLOTS)
_FREE, LIVE, ENDED = 0, 1, 2
_SECOND = 1_000_000_000


class Register:
    """A hash table of fixed size, made of buckets with a header and sixteen slots.

    A session is its mark, sixteen bytes that nobody can guess. Where a bucket is full, what has expired makes room;
    then the ended session that was begun first, and from then on no session of the bucket begun before it is opened
    again unless it is in the table; then the session unused for longest.
    """

    __slots__ = ("_buckets", "_memory", "_shared", "_ttl")

    def __init__(self, share: Share, capacity: int, ttl: float) -> None:
        """Room for about `capacity` sessions that expire `ttl` seconds after their last use; raises OSError."""
        self._buckets = max(1, -(-2 * capacity // _SLOTS))
        self._shared: Shared = share("mcp-sessions", self._buckets * _BUCKET)
        self._memory = self._shared.memory
        self._ttl = int(ttl * _SECOND)

    def find(self, mark: bytes, hint: int = 0) -> int:
        """Where a session is, 0 if it is not in the table; it probably still is at `hint`."""
        memory = self._memory
        if hint and memory[hint : hint + MARK_BYTES] == mark:
            return hint
        start = self._bucket(mark) * _BUCKET
        found = memory.find(mark, start + _SIZE, start + _BUCKET)
        while found > 0 and (found - start) % _SIZE:
            found = memory.find(mark, found + 1, start + _BUCKET)
        return max(0, found)

    def use(self, at: int, now: int) -> bool:
        """Note the use of the session there at `now` (nanoseconds since the epoch); False if it ended or expired."""
        memory = self._memory
        if memory[at + _STATE_AT] != LIVE or now - _USED.unpack_from(memory, at + _USED_AT)[0] > self._ttl:
            return False
        _USED.pack_into(memory, at + _USED_AT, now)
        return True

    def level(self, at: int) -> int:
        """The log level of the session there."""
        return self._memory[at + _LEVEL_AT]

    def set_level(self, at: int, level: int) -> None:
        """Change the log level of the session there."""
        self._memory[at + _LEVEL_AT] = level

    def admit(self, mark: bytes, begun: int, now: int, level: int) -> int:
        """Take a session up that was begun at `begun`; where it is, 0 if it may not be opened any more."""
        bucket = self._bucket(mark)
        self._shared.lock(bucket)
        try:
            found = self.find(mark)
            if not found and (begun == now or self._may_open(bucket, begun, now)):
                found = self._make_room(bucket * _BUCKET, now)
                _SLOT.pack_into(self._memory, found, mark, now, begun // _SECOND, LIVE, level)
            return found
        finally:
            self._shared.unlock(bucket)

    def end(self, mark: bytes, begun: int, now: int) -> None:
        """No use of this session counts any more, in whichever worker."""
        at = self.find(mark) or self.admit(mark, begun, now, 0)
        if at:
            self._memory[at + _STATE_AT] = ENDED

    def _may_open(self, bucket: int, begun: int, now: int) -> bool:
        shut = _SHUT.unpack_from(self._memory, bucket * _BUCKET)[0]
        return begun // _SECOND >= shut and now - begun <= self._ttl

    def _make_room(self, start: int, now: int) -> int:
        slots = range(start + _SIZE, start + _BUCKET, _SIZE)
        found = [(self._rank(at, now), at) for at in slots]
        (rank, _), at = min(found)
        if rank == 1:
            begun = _SLOT.unpack_from(self._memory, at)[2]
            _SHUT.pack_into(self._memory, start, max(begun + 1, _SHUT.unpack_from(self._memory, start)[0]))
        return at

    def _rank(self, at: int, now: int) -> tuple[int, int]:
        """Who makes room first: what is free or expired, the ended one begun first, the live one used first."""
        _, used, begun, state, _ = _SLOT.unpack_from(self._memory, at)
        last = used if state == LIVE else (begun + 1) * _SECOND
        if state == _FREE or now - last > self._ttl:
            return 0, 0
        return (1, begun) if state == ENDED else (2, used)

    def _bucket(self, mark: bytes) -> int:
        return int.from_bytes(mark[:8], "little") % self._buckets
