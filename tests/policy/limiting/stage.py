"""Limits on a stage: a held clock, counters in memory, calls that are made up."""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.core.usage import Usage
from trigate.policy.limit import Limit
from trigate.policy.limiting.limiter import Limiter
from trigate.policy.limits.budget import Budget
from trigate.policy.limits.concurrency import Concurrency
from trigate.policy.limits.rate import Rate
from trigate.policy.measure.quota import Quota
from trigate.policy.measure.scope import ScopeName
from trigate.store.counter import Claim, Counters, Standing
from trigate.store.tally import Tally

NOON = 1_780_315_200
"""1 June 2026, 12:00 UTC, a Monday."""
SECOND = 10**9
_ids = itertools.count(1)


def per(*names: str) -> tuple[ScopeName, ...]:
    return tuple(ScopeName.parse(name) for name in names)


def rate(scopes: str = "", **written: Any) -> Rate:
    written.setdefault("window", Duration(60))
    return Rate(per=per(*scopes.split()), **written)


def budget(scopes: str = "", **written: Any) -> Budget:
    if "usd" in written:
        written["usd"] = Decimal(str(written["usd"]))
    return Budget(per=per(*scopes.split()), **written)


def concurrency(scopes: str = "", **written: Any) -> Concurrency:
    return Concurrency(per=per(*scopes.split()), **written)


def only(limit: Limit) -> Quota:
    (quota,) = limit.quotas()
    return quota


class Cents:
    """One cent a token, in and out."""

    def most(self, input_tokens: int, output_tokens: int) -> int:
        return (input_tokens + output_tokens) * 10_000_000


CENTS = Cents()


class Spool:
    """Keeps what is appended."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def append(self, record: bytes) -> None:
        self.records.append(msgspec.json.decode(record))


class Edge:
    """The way to a caller, of which limits only see the further lines of the head."""

    def __init__(self) -> None:
        self.extra = b"x-request-id: 1\r\n"

    @property
    def fields(self) -> dict[str, str]:
        lines = self.extra.decode().split("\r\n")
        assert lines.pop() == ""
        names = [line.partition(": ")[0] for line in lines]
        assert len(set(names)) == len(names), "a field was told twice"
        return dict(line.split(": ", 1) for line in lines)


class Time:
    """Both clocks, held."""

    def __init__(self) -> None:
        self.wall = NOON * SECOND
        self.steady = 1000.0
        clock.monotonic, clock.wall_ns = (lambda: self.steady), (lambda: self.wall)


class Stage:
    """One worker's limits, and the time."""

    def __init__(self, *limits: Limit, counters: Counters | None = None, time: Time | None = None) -> None:
        self.time = time or Time()
        self.deadlines = Deadlines()
        self.spool = Spool()
        self.tally = Tally(10_000) if counters is None else counters
        self.limiter = Limiter(quotas_of(limits), self.tally, self.deadlines, self.spool)

    @property
    def wall(self) -> int:
        return self.time.wall

    @property
    def steady(self) -> float:
        return self.time.steady

    def beside(self, *limits: Limit) -> "Stage":
        """Another worker, with the same counters at the same time."""
        return Stage(*limits, counters=self.tally, time=self.time)

    def pass_time(self, seconds: float) -> None:
        """Let both clocks go on, and what is due here happen."""
        self.time.steady += seconds
        self.time.wall += int(seconds * SECOND)
        self.deadlines.sweep(self.steady)

    def call(self, action: str = "llm.chat", resource: str = "model/gpt", **about: Any) -> Call:
        """A call of `principal` (made of what else is given), with `fields`, under `parent`."""
        parent: Call | None = about.pop("parent", None)
        exchange = about.pop("exchange", None) or exchange_of(
            about.pop("fields", {}), about.pop("address", "127.0.0.1")
        )
        principal = about.pop("principal", None) or principal_of(**about)
        return Call(str(next(_ids)), exchange, principal, Action(action, resource), parent, self.steady, Usage())

    def standing(self, limit: Limit, whose: str = "all") -> Standing:
        """How the cell of a limit with one number stands."""
        quota = only(limit)
        bounds = quota.window.bounds(self.wall) if quota.window else (0, 0)
        claim = Claim(f"{quota.tag}/{whose}", quota.law, start=bounds[0], end=bounds[1])
        (standing,) = self.tally.look([claim], self.wall)  # type: ignore[misc] - memory answers at once
        return standing

    def spent(self, limit: Limit, whose: str = "all") -> int:
        """What is settled."""
        return self.standing(limit, whose).settled

    def at_rest(self) -> bool:
        """Whether nothing is reserved, waited for or counted as under way."""
        desk = self.limiter._desk  # pyright: ignore[reportPrivateUsage]
        cells = getattr(self.tally, "_cells", {})
        return (
            not desk.live and not desk.holders and not desk.lines.open and not any(c.reserved for c in cells.values())
        )


def quotas_of(limits: Sequence[Limit]) -> list[Quota]:
    return [quota for limit in limits for quota in limit.quotas()]


def principal_of(**about: Any) -> Principal:
    return Principal(about.pop("key", "dev"), frozenset({"api", "llm", "mcp"}), **about)


def exchange_of(fields: Mapping[str, str], address: str = "127.0.0.1") -> Exchange:
    given = {name.encode(): value.encode() for name, value in fields.items()}
    request = Request(b"POST", b"/v1/x", b"/v1/x", b"", b"h", list(given.items()), given)
    exchange = Exchange("1", request, Peer(address), Signal(None), 0.0)  # type: ignore[arg-type] - nobody waits here
    exchange.edge = Edge()  # type: ignore[assignment] - as much of one as limits see
    exchange.route = "chat"
    return exchange


def chat(input_tokens: int = 0, output_tokens: int | None = 0, **more: Any) -> Demand:
    """An attempt that costs a cent a token; probably half of the most."""
    more.setdefault("tariff", CENTS)
    likely = (output_tokens or 0) // 2
    return Demand(input_tokens, output_tokens, input_tokens // 2, likely, **more)


async def run(
    stage: Stage, call: Call, demand: Demand = NO_DEMAND, use: Callable[[Usage], None] = lambda _: None
) -> None:
    """One call with one attempt, from beginning to end."""
    hold = stage.limiter.hold(call)
    try:
        if hold is not None:
            call.attempts += 1
            waiting = hold.admit(demand)
            if waiting is not None:
                await waiting
        use(call.usage)
    finally:
        if hold is not None:
            hold.settle()


@contextlib.contextmanager
def held_clock() -> Iterator[None]:
    """Give the clock back afterwards."""
    before = clock.monotonic, clock.wall_ns
    try:
        yield
    finally:
        clock.monotonic, clock.wall_ns = before
