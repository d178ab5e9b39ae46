"""Each unsettled thing is asked about by one worker at a time, ever more rarely, and has one guard."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.llm.resource.test_registrar import Line
from trigate.core.clock import clock
from trigate.llm.resource.overseer import LATEST, SOONEST, Overseer
from trigate.llm.resource.register import Register
from trigate.llm.resource.registrar import Registrar
from trigate.llm.resource.round import Duty, Report, ask_for_duty
from trigate.store.holding import Holding
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

START = 1_780_315_200
EVERY = 60.0


class Stage:
    """A store, an overseer, workers by name, and time that stands still."""

    def __init__(self, keeper: Keeper) -> None:
        bus: Any = Line(Registrar(keeper))
        self.register = Register(bus)
        self.overseer: Any = Overseer(keeper)
        self.now = 0.0

    async def put(self, id: str, kind: str = "openai_batches") -> None:
        time = int((START + self.now) * 1e9)
        await self.register.put(Holding(id=id, kind=kind, owner="team", body=b"{}", time=time))

    async def ask(self, worker: str, *held: str) -> Duty:
        bus: Any = Line(self.overseer)
        return await ask_for_duty(bus, Report(worker, EVERY, held))


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    made = Stage(keeper)
    monkeypatch.setattr(clock, "monotonic", lambda: made.now)
    monkeypatch.setattr(clock, "wall_ns", lambda: int((START + made.now) * 1e9))
    yield made
    keeper.drain()


def ids(holdings: tuple[Holding, ...]) -> list[str]:
    return [each.id for each in holdings]


async def test_what_costs_nothing_is_left_alone(stage: Stage):
    await stage.put("file", "openai_files")
    stage.now = LATEST
    assert await stage.ask("a") == Duty()


async def test_one_worker_is_told_to_ask_and_ever_more_rarely(stage: Stage):
    await stage.put("batch")
    assert ids((await stage.ask("a")).settle) == []
    times = list[float]()
    while stage.now < 8 * LATEST:
        stage.now += SOONEST
        for worker in ("a", "b"):
            if ids((await stage.ask(worker)).settle):
                times.append(stage.now)
    gaps = [late - early for early, late in itertools.pairwise(times)]
    assert times[0] == SOONEST
    assert gaps == sorted(gaps)
    assert gaps[-1] == LATEST


async def test_what_is_settled_is_nobodys_business_any_more(stage: Stage):
    await stage.put("batch")
    assert ids((await stage.ask("a")).keep) == ["batch"]
    await stage.register.settle("batch", "team")
    stage.now = SOONEST
    assert await stage.ask("a", "batch") == Duty(release=("batch",))


async def test_one_worker_sets_money_aside_for_as_long_as_it_is_there(stage: Stage):
    await stage.put("batch")
    kept = (await stage.ask("a")).keep
    assert [(each.id, each.body) for each in kept] == [("batch", b"{}")]
    assert not (await stage.ask("b")).keep
    for _ in range(10):
        stage.now += EVERY
        assert not (await stage.ask("a", "batch")).keep
        assert not (await stage.ask("b")).keep
    stage.now += 4 * EVERY
    assert ids((await stage.ask("b")).keep) == ["batch"]
    assert (await stage.ask("a", "batch")).release == ("batch",)


async def test_who_has_begun_something_keeps_it(stage: Stage):
    await stage.put("batch")
    assert await stage.ask("a", "batch") == Duty()
    assert not (await stage.ask("b")).keep


async def test_who_could_not_set_it_aside_is_asked_again(stage: Stage):
    await stage.put("batch")
    for _ in range(2):
        assert ids((await stage.ask("a")).keep) == ["batch"]


async def test_an_unreadable_report_changes_nothing(stage: Stage):
    line: Any = Line(stage.overseer)
    await stage.overseer.serve(line, b"\xc1")
    assert len(line.said) == 1
