"""Chunks that come whole: upstreams send an event in one, and the loop mostly reads just that."""

LONGEST = 4096
"""Bytes of the longest chunk that is recognised; of a longer one the parser's share is small."""


def _openings(length: int) -> tuple[bytes, ...]:
    """The size lines, in either case, that a chunk of `length` bytes in all can have; none for some lengths."""
    for digits in (1, 2, 3):
        size = length - digits - 4
        if size > 0 and len(b"%x" % size) == digits:
            return (b"%x\r\n" % size, b"%X\r\n" % size)
    return ()


_OPENINGS = tuple(_openings(length) for length in range(LONGEST))


def whole_chunk(data: bytes | memoryview) -> bytes:
    """The payload if `data` is one chunk and nothing else (RFC 9112 §7.1), b"" if that is not certain.

    The length leaves one possible size, so nothing need be parsed, only compared. Chunk extensions, leading zeros and
    the last chunk are the parser's.
    """
    length = len(data)
    if length >= LONGEST:
        return b""
    raw = data.tobytes() if isinstance(data, memoryview) else data
    openings = _OPENINGS[length]
    return raw[len(openings[0]) : -2] if raw.startswith(openings) and raw.endswith(b"\r\n") else b""
