"""The store under a running gateway: whatever dies, every answered call is in the ledger, and none twice."""

import contextlib
import http.client
import json
import random
import sqlite3
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from tests.patience import PATIENCE
from tests.process.scene import Gateway, kill, until
from tests.store import postgres
from tests.store.record import charge, record
from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.process.delivery import POLL_SECONDS
from trigate.store import schema
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

WHOLE_EVERY = 5
"""One kill of so many ends all processes at once."""


class Load:
    """A caller that makes one call after the other and remembers which were answered."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.sent: set[str] = set()
        self.seen: set[str] = set()
        self.refused = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def call(self) -> str:
        """One call; the body of its answer."""
        name = f"{len(self.sent):024x}"
        self.sent.add(name)
        body = record(name, time=clock.wall_ns(), charges=[charge(1, end=0)])
        answer = self.gateway.ask("/record", body)
        if answer == "recorded":
            self.seen.add(name)
        else:
            self.refused += 1
        return answer

    def _run(self) -> None:
        while not self._stopping.wait(0.002):
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.call()

    @contextmanager
    def running(self) -> Generator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join(PATIENCE)


@contextmanager
def opened(settings: StoreSettings) -> Generator[Store]:
    store = Store(settings)
    try:
        yield store
    finally:
        store.close()


def rows(settings: StoreSettings) -> set[str]:
    with opened(settings) as store, store.reading() as connection:
        return set(connection.execute(select(schema.ledger.c.id)).scalars())


def count_rows(settings: StoreSettings) -> int:
    """Of the ledger, 0 while there is none."""
    with contextlib.closing(sqlite3.connect(Path(settings.directory) / "trigate.db")) as connection:
        try:
            return connection.execute("SELECT count(*) FROM ledger").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def judge(settings: StoreSettings, load: Load) -> None:
    """Answers seen ⊆ ledger ⊆ calls sent, and the balance is the sum of the rows."""
    until(lambda: load.seen <= rows(settings))
    assert rows(settings) <= load.sent
    with opened(settings) as store, store.reading() as connection:
        balance = connection.execute(select(func.sum(schema.balances.c.amount))).scalar()
    assert balance == len(rows(settings))


def control_of(gateway: Gateway) -> psutil.Process | None:
    """The control process, None while it is not there."""
    with contextlib.suppress(OSError, http.client.HTTPException, psutil.NoSuchProcess):
        worker = gateway.pid()
        others = [child for child in gateway.children() if child.pid != worker]
        return others[0] if len(others) == 1 else None
    return None


def kill_all(gateway: Gateway) -> None:
    """As the loss of the machine would; then it starts again, and no child is waited for ever longer."""
    children, starts = gateway.children(), gateway.log().count(" ready ")
    gateway.process.kill()
    gateway.process.wait(PATIENCE)
    for each in children:
        kill(each)
    gateway.start()
    until(lambda: gateway.log().count(" ready ") > starts)


def kill_in_a_loop(directory: Path, cycles: int) -> None:
    """Every second time not before rows were written, so that it happens while others are."""
    settings, draw = StoreSettings(directory=str(directory / "data")), random.Random(5)
    with Gateway(directory) as gateway:
        load = Load(gateway)
        with load.running():
            for cycle in range(1, cycles + 1):
                before, written = len(load.seen), count_rows(settings) if cycle % 2 else -1
                control = until(lambda: control_of(gateway))
                until(lambda before=before: len(load.seen) > before + 5)
                until(lambda written=written: written < 0 or count_rows(settings) > written)
                time.sleep(draw.random() * POLL_SECONDS)
                kill_all(gateway) if cycle % WHOLE_EVERY == 0 else kill(control)
        judge(settings, load)
        print(f"{len(load.sent)} sent, {len(load.seen)} answers seen, {len(rows(settings))} on record")


def test_kill_9_of_the_control_process_loses_no_row_and_doubles_none(tmp_path: Path):
    kill_in_a_loop(tmp_path, WHOLE_EVERY)


@pytest.mark.proof
@pytest.mark.timeout(5400)
def test_a_thousand_times_kill_9_loses_no_row_and_doubles_none(tmp_path: Path):
    places = [tmp_path / name for name in ("one", "other")]
    for each in places:
        each.mkdir()
    with ThreadPoolExecutor(len(places)) as threads:  # most of the time is that of processes that start
        list(threads.map(kill_in_a_loop, places, [1000 // len(places)] * len(places)))


@pytest.fixture
def shared(server: postgres.Server, tmp_path: Path) -> StoreSettings:
    """A store on PostgreSQL; the server runs again at the end."""
    settings = StoreSettings(directory=str(tmp_path / "data"), url=Secret(server.database()))
    migrate(settings)
    return settings


def more(settings: StoreSettings, tmp_path: Path, fail: str) -> dict[str, Any]:
    url = settings.url.reveal()
    return {"store": {"directory": str(tmp_path / "data"), "url": url, "fail": fail, "timeout": "1s"}}


def test_traffic_goes_on_without_a_database_and_is_caught_up_once(
    server: postgres.Server, shared: StoreSettings, tmp_path: Path
):
    with Gateway(tmp_path, more=more(shared, tmp_path, "open")) as gateway:
        load = Load(gateway)
        with load.running():
            until(lambda: len(load.seen) > 10)
            server.stop()
            at = len(load.seen)
            until(lambda: len(load.seen) > at + 50)
            server.start()
            server.restart()
        judge(shared, load)
        assert load.refused == 0
        assert load.sent == load.seen


def test_traffic_stops_without_a_database_if_the_file_says_so(
    server: postgres.Server, shared: StoreSettings, tmp_path: Path
):
    with Gateway(tmp_path, more=more(shared, tmp_path, "closed")) as gateway:
        load = Load(gateway)
        until(lambda: load.call() == "recorded")
        server.stop()
        refusal = json.loads(until(lambda: (answer := load.call()) != "recorded" and answer, 15))
        assert refusal["code"] == "store.unavailable"
        assert gateway.probe()[0] == 503
        server.start()
        until(lambda: load.call() == "recorded")
        judge(shared, load)
