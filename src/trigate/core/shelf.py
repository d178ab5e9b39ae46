"""Keyed bytes with a lifetime: what somebody puts there, others of the gateway find until it is too old."""

from typing import Protocol

LONGEST_KEY = 200
"""Characters of a key."""

CLEAR = "llm.cache.clear"
"""The service of workers that forgets kept answers; its opening message is the name of a namespace, or ALL."""
ALL = b"*"


class Shelf(Protocol):
    """A bounded place for bytes; what is old, or least used when room is needed, is forgotten.

    Keys are printable ASCII without spaces and the characters `*?[]^\\%_`, of at most LONGEST_KEY characters, so that
    they mean the same everywhere. Every method raises StoreUnavailable while the place cannot be reached: who only
    saves work takes that for a miss, who keeps what a caller relies on tells the caller.
    """

    async def get(self, key: str) -> bytes | None:
        """What was put there last; None if there is nothing, or no more."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep `value` for so long, in place of what is there; False if it is too large to be kept."""
        ...

    async def drop(self, key: str) -> bool:
        """Forget it; whether there was anything."""
        ...

    async def clear(self, beginning: str = "") -> int:
        """Forget all whose keys begin so; how many."""
        ...

    def drain(self) -> None:
        """No configuration uses this shelf any more."""
        ...
