"""So many at the same time, and who waits in line."""

from trigate.core.settings import Duration, Settings
from trigate.policy.limit import TOO_MUCH, Limit, Selection
from trigate.policy.measure.quota import Quota, Rank
from trigate.store.counter import Law


class _Priority(Selection, kw_only=True):
    """Who is served before others."""

    rank: int
    """Higher goes first; calls that are not named have 0. Those of one rank go in the order in which they came."""


class _Queue(Settings):
    """Where calls wait that do not fit yet."""

    length: int = 100
    """How many may wait, of each scope and in each worker; the next one is refused at once."""
    wait: Duration = Duration(10)
    """How long one may wait before it is refused."""
    priority: tuple[_Priority, ...] = ()
    """Who goes first; the first entry that fits counts."""

    def __post_init__(self) -> None:
        if self.length < 0 or self.wait < 0:
            raise ValueError("length and wait must not be less than 0")


class Concurrency(Limit, kw_only=True):
    """Limits how many calls are under way at the same time; a call within a call needs no place of its own."""

    max: int
    """How many calls."""
    queue: _Queue | None = None
    """Where further ones wait; nothing written: they are refused at once."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.max < TOO_MUCH:
            raise ValueError("max must be at least 1, and less than a billion billions")
        if self.queue:
            _ranks(self.queue)

    def quotas(self, organisation: str = "") -> tuple[Quota, ...]:
        """The number of calls under way."""
        queue = self.queue or _Queue(length=0, wait=Duration(0))
        more = {"queue": queue.length, "wait": float(queue.wait), "ranks": _ranks(queue)}
        return (self.quota("requests", Law("concurrency", self.max), "", organisation, **more),)


def _ranks(queue: _Queue) -> tuple[Rank, ...]:
    return tuple(Rank(each.selector(), each.rank) for each in queue.priority)
