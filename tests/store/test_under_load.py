"""The store under a running gateway: whatever dies, every answered call is in the ledger, and none twice."""

import contextlib
import http.client
import json
import threading
from collections.abc import Generator
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
from trigate.store import schema
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


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


def kill_in_a_loop(tmp_path: Path, cycles: int) -> None:
    settings = StoreSettings(directory=str(tmp_path / "data"))
    with Gateway(tmp_path) as gateway:
        load = Load(gateway)
        with load.running():
            for _ in range(cycles):
                before = len(load.seen)
                control = until(lambda: control_of(gateway))
                until(lambda before=before: len(load.seen) > before + 5)
                kill(control)
        judge(settings, load)


def test_kill_9_of_the_control_process_loses_no_row_and_doubles_none(tmp_path: Path):
    kill_in_a_loop(tmp_path, 3)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_a_thousand_times_kill_9_loses_no_row_and_doubles_none(tmp_path: Path):
    kill_in_a_loop(tmp_path, 1000)


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
