"""What an answer's head said last time: the very same bytes need not be read again."""

from msgspec import Struct

from trigate.core.parts import Head, field
from trigate.outbound.answer import Answer
from trigate.outbound.response import Hop

REMEMBERED_BYTES = 4096
"""Longer heads are read anew each time."""


class Known(Struct, eq=False):
    """The head of an answer that came whole, byte for byte, and everything read from it."""

    raw: bytes
    length: int
    """Bytes of the body behind it."""
    size: int
    """Bytes of both."""
    head: Head
    hop: Hop

    def recognise(self, answer: Answer, data: bytes) -> bool:
        """Fill `answer` if `data` is a whole answer with this very head; False for any other."""
        if len(data) != self.size or answer.bodyless or not data.startswith(self.raw):
            return False
        answer.received = True
        answer.final = self.head
        if self.length:
            answer.chunks.append(data[-self.length :])
            answer.buffered = self.length
        return True


def learn(answer: Answer, data: bytes, hop: Hop) -> Known | None:
    """What can be kept of an answer read from `data` alone: its head, if `content-length` says where it ends."""
    head = answer.final
    if head is None or answer.bodyless or answer.trailers or head.status in (204, 304):
        return None
    end = data.find(b"\r\n\r\n") + 4
    if end > REMEMBERED_BYTES or field(head.headers, b"content-length") != b"%d" % (len(data) - end):
        return None
    return Known(data[:end], len(data) - end, len(data), head, hop)
