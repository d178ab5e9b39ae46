"""One machine for all kinds of counters: whatever happens in whatever order, they say what the oracle says."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from msgspec import structs

from tests.store.counters.oracle import Oracle
from trigate.store.counter import Claim, Law, Refused, Standing, Taken

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
BEGIN = 1_800_000_000 * SECOND
CONCURRENT = Law("concurrency", 8)
LAWS = {
    "bucket": Law("bucket", 10, SECOND),
    "burst": Law("bucket", 7, 3 * SECOND, 20),
    "sliding": Law("sliding", 30, 6 * SECOND),
    "window": Law("window", 50, 0),
    "concurrency": CONCURRENT,
}


class Place(Protocol):
    """Counters of several workers that share their cells, asked without waiting."""

    workers: int

    def take(self, worker: int, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused: ...
    def settle(self, worker: int, lease: object, amounts: Sequence[int], now: int) -> None: ...
    def extend(self, worker: int, lease: object, now: int) -> None: ...
    def look(self, worker: int, claims: Sequence[Claim], now: int) -> Sequence[Standing]: ...
    def crash(self, worker: int) -> None:
        """End a worker without a word, and put another in its place; its leases end within two seconds."""
        ...

    def close(self) -> None: ...


def claim(name: str, now: int, *, hard: bool = True, sure: bool = False) -> Claim:
    """What an engine would make: windows of 10 seconds."""
    start = now - now % (10 * SECOND) if name == "window" else 0
    return Claim(name, LAWS[name], hard, start, start + 10 * SECOND if start else 0, sure=sure)


wishes = st.lists(
    st.tuples(
        st.sampled_from(sorted(LAWS)), st.integers(0, 12), st.booleans(), st.sampled_from([True, True, True, False])
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda wish: wish[0],
)


class Machine(RuleBasedStateMachine):
    """Draws takes, settles, extensions, pauses and deaths; subclasses say which place is tried."""

    mortal = True

    def __init__(self) -> None:
        super().__init__()
        self.place: Place = self.make()
        self.oracle = Oracle()
        self.now = BEGIN
        self.leases: dict[int, tuple[int, object, list[tuple[Claim, int, int]]]] = {}
        self.number = 0

    def make(self) -> Place:
        raise NotImplementedError

    def teardown(self) -> None:
        self.place.close()

    def worker(self, data: Any) -> int:
        return data.draw(st.integers(0, self.place.workers - 1))

    @rule(wanted=wishes, data=st.data())
    def take(self, wanted: list[tuple[str, int, bool, bool]], data: Any) -> None:
        claims = [claim(name, self.now, hard=hard, sure=sure) for name, _, sure, hard in wanted]
        amounts = [amount for _, amount, _, _ in wanted]
        worker = self.worker(data)
        before = [(self.oracle.room(each, self.now), self.oracle.reserved(each)) for each in claims]
        at = self.oracle.take(claims, amounts, self.now, self.number)
        got = self.place.take(worker, claims, amounts, self.now)
        if at is None:
            assert isinstance(got, Taken), (wanted, got)
            self.leases[self.number] = (worker, got.lease, self.oracle.held[self.number])
            self.number += 1
        else:
            assert isinstance(got, Refused), (wanted, got)
            assert got.at == at
            short = [(n - r, k) for c, n, (r, k) in zip(claims, amounts, before, strict=True) if c.hard and 0 < n > r]
            assert got.in_flight == all(lacks <= reserved for lacks, reserved in short)
        self.compare(claims, got.standings)
        over = [amount > room for amount, (room, _) in zip(amounts, before, strict=True)]
        assert [each.over for each in got.standings] == over

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def settle(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.leases)))
        worker, lease, held = self.leases.pop(number)
        used = [data.draw(st.integers(0, 15)) for _ in held]
        self.oracle.settle(number, held, used, self.now)
        self.place.settle(worker, lease, used, self.now)
        if data.draw(st.booleans()):
            self.place.settle(worker, lease, used, self.now)  # a second time changes nothing

    @rule(milliseconds=st.integers(1, 3000))
    def wait(self, milliseconds: int) -> None:
        self.now += milliseconds * MILLISECOND
        for worker, lease, _ in self.leases.values():
            self.place.extend(worker, lease, self.now)

    @rule(data=st.data())
    def expire(self, data: Any) -> None:
        numbers = sorted(self.leases)
        kept = data.draw(st.sets(st.sampled_from(numbers))) if numbers else set[int]()
        for seconds in (40, 22):
            self.now += seconds * SECOND
            for number in kept:
                worker, lease, _ = self.leases[number]
                self.place.extend(worker, lease, self.now)
        for number in set(numbers) - kept:
            self.oracle.held.pop(number, None)
        for worker in range(self.place.workers):  # each looks after its own
            self.place.look(worker, [], self.now)

    @precondition(lambda self: self.mortal)
    @rule(data=st.data())
    def crash(self, data: Any) -> None:
        worker = self.worker(data)
        self.place.crash(worker)
        for number in [number for number, (owner, _, _) in self.leases.items() if owner == worker]:
            del self.leases[number]
            self.oracle.held.pop(number, None)
        self.wait(2000)

    @rule(data=st.data())
    def look(self, data: Any) -> None:
        claims = [claim(name, self.now) for name in LAWS]
        self.compare(claims, self.place.look(self.worker(data), claims, self.now))

    def compare(self, claims: Sequence[Claim], standings: Sequence[Standing]) -> None:
        for each, standing in zip(claims, standings, strict=True):
            used = self.oracle.used(each, self.now)
            expected = Standing(
                max(self.oracle.room(each, self.now), 0), standing.resets, -(-used // 1), self.oracle.reserved(each)
            )
            assert structs.replace(standing, over=False) == expected, each


def machine(make: Callable[[], Place], *, mortal: bool = True) -> type[Machine]:
    """The machine for one kind of place."""
    return type("KindMachine", (Machine,), {"make": lambda self: make(), "mortal": mortal})
