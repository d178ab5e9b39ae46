"""Callers who ask as fast as they can, and what must be true of those who were let in.

When exactly a limit counted a call is not seen from outside, only that it was between asking and answer. So a span
holds for certain what began and ended in it, and at most what touched it.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

GRAIN = 61 / 60
"""A sliding span counts in sixtieths: an entry stays for one of them more than the span."""


class Attempt(NamedTuple):
    """One call: when it was sent and answered, and how."""

    sent: float
    """Seconds since the epoch, as all gateways on this machine count."""
    answered: float
    status: int


class Hammer:
    """Several hands that each ask again as soon as they are answered, in turn at all ports."""

    def __init__(self, ports: Sequence[int], path: str, hands: int = 8) -> None:
        self.attempts: list[Attempt] = []
        self._ports = ports
        self._ask = f"GET {path} HTTP/1.1\r\nhost: h\r\n\r\n".encode()
        self._hands = hands
        self._stop = asyncio.Event()

    @asynccontextmanager
    async def striking(self) -> AsyncIterator[None]:
        """For as long as the block runs."""
        ports = itertools.islice(itertools.cycle(self._ports), self._hands)
        tasks = [asyncio.create_task(self._strike(port)) for port in ports]
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.wait_for(asyncio.gather(*tasks), 20)

    @property
    def admitted(self) -> list[Attempt]:
        """Those that came through, in the order in which they were sent."""
        return sorted(each for each in self.attempts if each.status == 200)

    def of(self, status: int) -> list[Attempt]:
        """Those that were answered so."""
        return sorted(each for each in self.attempts if each.status == status)

    def between(self, begin: float, end: float) -> list[Attempt]:
        """Those that were sent and answered in a span."""
        return [each for each in self.attempts if each.sent >= begin and each.answered <= end]

    async def _strike(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while not self._stop.is_set():
            sent, status = time.time(), 0
            with suppress(OSError, asyncio.IncompleteReadError):
                writer.write(self._ask)
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                status = int(head[9:12])
            self.attempts.append(Attempt(sent, time.time(), status))
            if not status:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.002)
        writer.close()


def most_within(admitted: Sequence[Attempt], length: float) -> int:
    """The most that were for certain let in during any span of this length."""
    most = 0
    for first, begin in enumerate(admitted):
        others = itertools.takewhile(lambda each, end=begin.sent + length: each.sent <= end, admitted[first:])
        most = max(most, sum(each.answered <= begin.sent + length for each in others))
    return most


def check_sliding(hammer: Hammer, capacity: int, length: float) -> None:
    """No span holds more than it may, and nobody was refused while there was room."""
    admitted = hammer.admitted
    assert most_within(admitted, length) <= capacity
    for refused in hammer.of(429):
        begin = refused.sent - length * GRAIN
        held = sum(each.sent <= refused.answered and each.answered >= begin for each in admitted)
        assert held >= capacity, "refused while there was room"


def check_fixed(hammer: Hammer, capacity: int, length: float) -> None:
    """Each window holds what it may and no more, and all of it where somebody was refused."""
    admitted, refused = hammer.admitted, hammer.of(429)
    for number in range(int(admitted[0].sent // length), int(admitted[-1].answered // length) + 1):
        begin, end = number * length, (number + 1) * length
        assert sum(each.sent >= begin and each.answered < end for each in admitted) <= capacity
        if any(each.sent >= begin and each.answered < end for each in refused):
            assert sum(each.sent < end and each.answered >= begin for each in admitted) >= capacity


def check_bucket(hammer: Hammer, capacity: int, length: float, burst: int) -> None:
    """At no time more than the burst and what was refilled, and in the end all of that."""
    admitted, rate = hammer.admitted, capacity / length
    by_end = sorted(admitted, key=lambda each: each.answered)
    for begin in admitted[:: max(1, len(admitted) // 200)]:
        held = 0
        for each in by_end:
            held += each.sent >= begin.sent
            assert held <= burst + rate * max(0, each.answered - begin.sent) + 1e-6
    last = hammer.of(429)[-1]
    served = sum(each.sent <= last.answered for each in admitted)
    assert served >= burst + rate * (last.sent - by_end[0].answered) - 1, "less than what was refilled"
