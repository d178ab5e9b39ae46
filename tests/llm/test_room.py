"""What is left of an allowance."""

from typing import Any

import pytest

from tests.llm.troupe import ask_of, call_of
from trigate.core.clock import clock
from trigate.core.demand import NO_DEMAND
from trigate.core.errors import UpstreamTimeout
from trigate.core.parts import END
from trigate.llm.extent import MediaBounds
from trigate.llm.room import CountedTarget, Room


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    held = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: held[0])
    return held


def test_the_scarcer_of_both_counts(now: list[float]):
    room = Room(10, 1000)
    assert room.left() == pytest.approx(0.9)
    assert room.left(500) == pytest.approx(0.5)
    room.add(4, 900)
    assert room.left() == pytest.approx(0.1)
    assert room.left(200) < 0
    assert Room(None, None).left(10**9) == 1.0


def test_what_was_used_slides_out_of_the_minute(now: list[float]):
    room = Room(10, None)
    room.add(9, 0)
    now[0] += 60
    assert room.left() == pytest.approx(0.0)
    now[0] += 30
    assert room.left() == pytest.approx(1 - 5.5 / 10)
    now[0] += 90
    assert room.left() == pytest.approx(0.9)


class Fake:
    name = "a/b"

    def __init__(self, tokens: int, error: Exception | None = None) -> None:
        self.tokens, self.error = tokens, error
        self.seen = 0.0

    def demand(self, ask: Any) -> Any:
        return NO_DEMAND

    async def forward(self, call: Any, ask: Any, sink: Any) -> Any:
        self.seen = self.room.left()
        call.usage.output_tokens += self.tokens
        if self.error is not None:
            raise self.error
        return END

    room: Room


async def test_an_attempt_counts_what_is_likely_then_what_it_was(now: list[float]):
    target, room = Fake(500), Room(None, 1000)
    target.room = room
    counted = CountedTarget(target, room, MediaBounds())  # type: ignore[arg-type]
    ask, call, sink = ask_of(), call_of(), None
    assert counted.demand(ask) is NO_DEMAND
    assert await counted.forward(call, ask, sink) is END  # type: ignore[arg-type]
    assert target.seen == pytest.approx(1 - ask.extent(MediaBounds()).likely / 1000)
    assert room.left() == pytest.approx(0.5)


async def test_an_attempt_that_fails_counts_what_it_used(now: list[float]):
    target, room = Fake(100, UpstreamTimeout("slow")), Room(2, 1000)
    target.room = room
    with pytest.raises(UpstreamTimeout):
        await CountedTarget(target, room, MediaBounds()).forward(call_of(), ask_of(), None)  # type: ignore[arg-type]
    assert room.left() == pytest.approx(0.0)
