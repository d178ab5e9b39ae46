"""On every way out of a call nothing stays reserved, and what was used is counted."""

import asyncio
from collections.abc import Callable

import pytest

from tests.policy.limiting.stage import Stage, budget, chat, concurrency, rate
from tests.policy.toys import LANES, Scene, ToyGuard
from trigate.core.errors import ExchangeStopped, StreamBroken, UpstreamTimeout
from trigate.core.parts import Data

MOST_STEPS = 60
LIMITS = (rate("key", requests=100), budget("key", usd=5), rate(bytes=10**6), concurrency("key", max=1))


class Limited:
    """A scene with limits."""

    def __init__(self, kind: str, **more: object) -> None:
        self.stage = Stage(*LIMITS)
        self.scene = Scene(kind, **more)  # type: ignore[arg-type]
        self.scene.calls._limits = self.stage.limiter  # pyright: ignore[reportPrivateUsage]
        self.scene.lane.demand = lambda call, ask, target: chat(3, 7)
        self.reserved = 0

    async def play(self) -> None:
        await self.scene.play()
        assert self.stage.at_rest()
        records = [each for each in self.scene.spool.records if each.get("attempts")]
        assert self.stage.spent(LIMITS[0], "key=toy") == len(records)


async def _strike_everywhere(kind: str, arm: Callable[[Scene], Callable[[], None]]) -> int:
    for step in range(MOST_STEPS):
        limited = Limited(kind)
        limited.scene.stage.strike_at = step
        limited.scene.stage.strike = arm(limited.scene)
        await limited.play()
        if limited.scene.stage.passed <= step:
            return step
    raise AssertionError("the scene never played to its end")


@pytest.mark.parametrize("kind", LANES)
async def test_after_an_answer_nothing_is_reserved(kind: str) -> None:
    limited = Limited(kind)
    await limited.play()
    assert {record["outcome"] for record in limited.scene.spool.records} == {"ok"}


@pytest.mark.parametrize("kind", LANES)
async def test_after_a_caller_has_left_at_any_step_nothing_is_reserved(kind: str) -> None:
    def arm(scene: Scene) -> Callable[[], None]:
        return lambda: scene.edge.leave(scene.task) if scene.task else None

    assert await _strike_everywhere(kind, arm) > 2


@pytest.mark.parametrize("kind", LANES)
@pytest.mark.parametrize("error", [UpstreamTimeout("slow"), StreamBroken("cut"), ZeroDivisionError("ours")])
async def test_after_an_error_at_any_step_nothing_is_reserved(kind: str, error: Exception) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)

    def arm(scene: Scene) -> Callable[[], None]:
        def strike() -> None:
            raise error

        return strike

    assert await _strike_everywhere(kind, arm) > 2


@pytest.mark.parametrize("kind", LANES)
async def test_after_the_gateway_has_stopped_a_call_at_any_step_nothing_is_reserved(kind: str) -> None:
    def arm(scene: Scene) -> Callable[[], None]:
        def strike() -> None:
            assert scene.exchange is not None
            scene.exchange.stop(ExchangeStopped("the operator said so"))

        return strike

    assert await _strike_everywhere(kind, arm) > 2


async def test_a_blocked_answer_is_paid_for_and_nothing_stays_reserved() -> None:
    limited = Limited("buffered request", guards=(ToyGuard(side="answer"),), parts=[Data(b"forbidden")])
    await limited.play()


async def test_a_call_that_is_refused_is_on_record_with_the_limit_that_refused_it() -> None:
    limited = Limited("buffered request")
    limited.stage.limiter.replace(rate("key", name="none", requests=1).quotas())
    await limited.scene.play()
    again = Limited("buffered request")
    again.scene.calls._limits = limited.stage.limiter  # pyright: ignore[reportPrivateUsage]
    await again.scene.play()
    (record,) = again.scene.spool.records
    assert record["outcome"] == "limit.rate"
    assert record["flags"] == ["limit.refused:none"]
    head = again.scene.edge.parts[0]
    assert getattr(head, "status", 0) == 429
    assert any(name == b"retry-after" for name, _ in getattr(head, "headers", []))
    assert b"ratelimit: " in again.scene.edge.extra
    assert limited.stage.at_rest()
