"""Chunks that come whole: upstreams send an event in one, and the loop mostly reads just that."""

LONGEST = 4096
"""Bytes of the longest chunk that is recognised; of a longer one the parser's share is small."""


def _openings(length: int) -> tuple[tuple[bytes, ...], int]:
    """The size lines, in either case, that a chunk of `length` bytes in all can have, and how long they are.

    None for some lengths.
    """
    for digits in (1, 2, 3):
        size = length - digits - 4
        if size > 0 and len(b"%x" % size) == digits:
            return (b"%x\r\n" % size, b"%X\r\n" % size), digits + 2
    return (), 0


_known: list[tuple[tuple[bytes, ...], int] | None] = [None] * LONGEST
"""What `_openings` says of the lengths that have come: of all of them it would be a megabyte."""


def whole_chunk(data: bytes) -> int:
    """Where the payload begins if `data` is one chunk and nothing else (RFC 9112 §7.1), 0 if that is not certain.

    The length leaves one possible size, so nothing need be parsed, only compared. Chunk extensions, leading zeros and
    the last chunk are the parser's.
    """
    length = len(data)
    if length >= LONGEST:
        return 0
    known = _known[length]
    if known is None:
        known = _known[length] = _openings(length)
    openings, start = known
    return start if data.startswith(openings) and data.endswith(b"\r\n") else 0
