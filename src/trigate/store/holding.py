"""Something that a provider keeps for a caller, such as a file or a batch."""

from msgspec import Struct


class Holding(Struct, frozen=True, kw_only=True):
    """One file, batch or the like."""

    id: str
    """As its owner knows it."""
    kind: str
    """Such as `openai_files`."""
    owner: str
    """Who may see it; nobody else learns that it is there."""
    time: int = 0
    """Nanoseconds since the epoch at which it was put here."""
    settled: int = 0
    """Nanoseconds since the epoch at which its cost was counted; 0 if it was not yet."""
    body: bytes = b""
    """What is known of it, in the language of its kind."""
