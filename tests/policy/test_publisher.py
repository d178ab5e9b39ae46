"""The directory over the real bus: a change in the store counts in every worker, and a lost bus loses nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from tests.patience import PATIENCE
from tests.policy.rows import key, secret, snapshot
from trigate.core.bus import Bus
from trigate.core.clock import clock
from trigate.core.deadlines import SWEEP_SECONDS, Deadlines
from trigate.core.ids import Ids
from trigate.core.principal import Principal
from trigate.core.surroundings import Surroundings
from trigate.policy.bulletin import SERVICE
from trigate.policy.directory import Directory
from trigate.policy.publisher import POLL_SECONDS, Publisher
from trigate.policy.subscription import Subscription
from trigate.process.bus import Line, Link, Services
from trigate.store.directory import Document, Snapshot


class FakeStore:
    """Rows that a test changes."""

    def __init__(self) -> None:
        self.now = snapshot(1, key("a"))
        self.down = False
        self.snapshots = 0
        self.asked = 0
        """How often somebody came to look."""

    async def revision(self) -> int:
        self.asked += 1
        if self.down:
            raise OSError("the store is down")
        return self.now.revision

    async def snapshot(self) -> Snapshot:
        self.snapshots += 1
        return self.now

    def become(self, *names: str) -> None:
        self.now = snapshot(self.now.revision + 1, *map(key, names))


class Worker:
    """A worker's line and directory."""

    def __init__(self, machine: "Machine") -> None:
        self.machine = machine
        self.line = Line(machine.loop, Services(), first=1)
        self.subscription = Subscription(machine.surroundings(self.line))
        self.directory = Directory({}, self.subscription)

    async def join(self) -> None:
        near, far = socket.socketpair()
        link = Link(self.machine.loop, self.machine.services, first=2)
        await self.machine.loop.create_unix_connection(lambda: link, sock=far)
        self.machine.links.append(link)
        await self.line.attach(near)

    def knows(self, name: str) -> bool:
        return self.directory.roster.find(secret(name)) is not None


class Machine:
    """A control process and its workers in one loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.deadlines = Deadlines()
        self.services = Services()
        self.links: list[Link] = []
        self.workers: list[Worker] = []
        self.store = FakeStore()
        self.kept: list[tuple[Document, ...]] = []
        surroundings = self.surroundings(Line(self.loop, Services(), first=1))
        self.publisher = Publisher(self.store, surroundings, self.kept.append)
        self.services.offered = {SERVICE: self.publisher.serve}
        self._sweep = self.loop.call_soon(self.sweep)

    def surroundings(self, bus: Bus) -> Surroundings:
        return Surroundings(self.loop, self.deadlines, None, None, bus, Ids())  # type: ignore[arg-type] - not needed

    def sweep(self) -> None:
        self.deadlines.sweep(clock.monotonic())
        self._sweep = self.loop.call_later(SWEEP_SECONDS / 10, self.sweep)

    async def worker(self) -> Worker:
        worker = Worker(self)
        self.workers.append(worker)
        await worker.join()
        return worker

    async def look(self) -> None:
        """Have the store looked at once more."""
        before = self.store.asked
        self.publisher.hasten()
        await eventually(lambda: self.store.asked > before)

    async def end(self) -> None:
        self.publisher.drain()
        for worker in self.workers:
            worker.subscription.drain()
            worker.line.close()
        for link in self.links:
            link.close()
        await eventually(lambda: len(asyncio.all_tasks()) == 1)
        self._sweep.cancel()
        assert len(self.deadlines) == 0


async def eventually(condition: Callable[[], bool]) -> None:
    end = clock.monotonic() + PATIENCE
    while not condition():
        assert clock.monotonic() < end
        await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def machine() -> AsyncIterator[Machine]:
    made = Machine()
    yield made
    await made.end()


async def test_a_change_counts_in_every_worker(machine: Machine) -> None:
    assert POLL_SECONDS + SWEEP_SECONDS < 1  # the promise is a second
    workers = [await machine.worker() for _ in range(3)]
    await eventually(lambda: all(each.knows("a") for each in workers))
    machine.store.become("b")
    await eventually(lambda: all(each.knows("b") and not each.knows("a") for each in workers))


async def test_what_has_not_changed_is_read_once(machine: Machine) -> None:
    worker = await machine.worker()
    await eventually(lambda: worker.knows("a"))
    for _ in range(3):
        await machine.look()
    assert machine.store.snapshots == 1


async def test_rules_and_limits_are_kept_whenever_they_change_and_only_then(machine: Machine) -> None:
    worker = await machine.worker()
    await eventually(lambda: worker.knows("a"))
    assert machine.kept == [()]
    rule = Document(kind="access", name="r", body=b"{}")
    machine.store.now = snapshot(2, key("a"), documents=(rule,))
    machine.publisher.hasten()
    await eventually(lambda: worker.subscription.roster.documents == (rule,))
    machine.store.now = snapshot(3, key("b"), documents=(rule,))
    machine.publisher.hasten()
    await eventually(lambda: worker.knows("b"))
    assert machine.kept == [(), (rule,)]


async def test_an_unknown_key_waits_for_the_first_word(machine: Machine) -> None:
    offered, machine.services.offered = machine.services.offered, {}
    worker = await machine.worker()
    waiting = worker.directory.find(secret("a"))
    assert waiting is not None
    assert not isinstance(waiting, Principal)
    task = asyncio.ensure_future(waiting)
    await machine.look()
    assert not task.done()
    machine.services.offered = offered
    found = await asyncio.wait_for(task, PATIENCE)
    assert found is not None
    assert found.key == "a"


async def test_while_the_store_is_down_what_is_known_stays_known(machine: Machine) -> None:
    worker = await machine.worker()
    await eventually(lambda: worker.knows("a"))
    machine.store.down = True
    machine.store.become("b")
    await machine.look()
    assert worker.knows("a")
    machine.store.down = False
    machine.publisher.hasten()
    await eventually(lambda: worker.knows("b"))


async def test_a_lost_bus_loses_nothing_and_is_caught_up(machine: Machine) -> None:
    worker = await machine.worker()
    await eventually(lambda: worker.knows("a"))
    machine.links.pop().close()
    machine.store.become("b")
    await machine.look()
    assert worker.knows("a")
    await worker.join()
    await eventually(lambda: worker.knows("b") and not worker.knows("a"))


async def test_a_worker_that_comes_late_is_told_everything(machine: Machine) -> None:
    first = await machine.worker()
    await eventually(lambda: first.knows("a"))
    machine.store.become("a", "b")
    await eventually(lambda: first.knows("b"))
    second = await machine.worker()
    await eventually(lambda: second.knows("a") and second.knows("b"))


async def test_many_changes_in_a_row_lead_to_the_last(machine: Machine) -> None:
    worker = await machine.worker()
    for number in range(20):
        machine.store.become(*(f"k{each}" for each in range(number, number + 3)))
        await machine.look()
    await eventually(lambda: worker.knows("k21"))
    assert not worker.knows("k18")


async def test_a_process_without_the_service_is_asked_again_and_again(machine: Machine) -> None:
    offered, machine.services.offered = machine.services.offered, {}
    worker = await machine.worker()
    await eventually(lambda: (task := worker.subscription._task) is not None and task.done())
    assert not worker.knows("a")
    machine.services.offered = offered
    await eventually(lambda: worker.knows("a"))


async def test_watchers_hear_of_a_revoked_key(machine: Machine) -> None:
    worker = await machine.worker()
    await eventually(lambda: worker.knows("a"))
    found = worker.directory.find(secret("a"))
    assert isinstance(found, Principal)
    fallen = list[Principal]()
    worker.directory.watch(lambda: None if worker.directory.stands(found) else fallen.append(found))
    machine.store.become()
    await eventually(lambda: fallen == [found])


async def test_ten_thousand_keys_reach_a_worker(machine: Machine) -> None:
    machine.store.become(*(str(number) for number in range(10_000)))
    worker = await machine.worker()
    await eventually(lambda: worker.knows("9999"))
