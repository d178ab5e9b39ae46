"""A worker that cannot ask has nothing to do."""

from typing import Any

import pytest

from trigate.core.bus import BusClosed
from trigate.llm.resource.round import Duty, Report, ask_for_duty, encode, read_report


class Bus:
    """Says one thing to whoever asks, or is not there."""

    own = "worker-1"

    def __init__(self, *said: Duty, gone: bool = False) -> None:
        self.said = list(said)
        self.gone = gone
        self.reports = list[Report]()

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> "Bus":
        if self.gone:
            raise BusClosed("gone")
        self.reports.append(read_report(opening))
        return self

    async def receive(self) -> bytes | None:
        return encode(self.said.pop(0)) if self.said else None

    def close(self) -> None:
        pass


@pytest.mark.parametrize("bus", [Bus(), Bus(gone=True), Bus(Duty())])
async def test_nothing_is_to_be_done_while_nobody_says_what(bus: Any):
    assert await ask_for_duty(bus, Report("worker-1", 60.0, ("a",))) == Duty()


async def test_what_is_to_be_done_is_told_whole():
    bus: Any = Bus(Duty(release=("a", "b")))
    assert (await ask_for_duty(bus, Report("worker-1", 60.0, ("a",)))).release == ("a", "b")
    assert bus.reports == [Report("worker-1", 60.0, ("a",))]
