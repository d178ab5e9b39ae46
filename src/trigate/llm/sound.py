"""Plain sound: samples of 16 bits, one channel, and the head of a WAVE file before them."""

import struct

from msgspec import Struct

USUAL_RATE = 24_000
_BYTES = 2
_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI").pack


class Sound(Struct, frozen=True):
    """A piece of it."""

    data: str
    """In base64."""
    rate: int = USUAL_RATE
    """Samples a second."""


def wave(samples: bytes, rate: int) -> bytes:
    """The same as a WAVE file."""
    size = len(samples)
    head = _HEAD(b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * _BYTES, _BYTES, 8 * _BYTES, b"data", size)
    return head + samples
