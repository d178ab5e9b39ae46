"""Shared numbers: what has been used of every limit, and what is reserved; its kinds say where they are kept.

A *cell* is one number of one limit and scope, such as `budget-1/team=support`. All cells that one exchange touches
are taken together: either all reservations are made or none. Amounts are whole units: requests, tokens, bytes,
nano-dollars.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from trigate.core import kinds
from trigate.core.settings import Kind
from trigate.core.surroundings import Surroundings

if TYPE_CHECKING:
    from trigate.store.settings import StoreSettings

Algorithm = Literal["bucket", "sliding", "window", "concurrency"]


class Law(Struct, frozen=True):
    """How one cell counts."""

    algorithm: Algorithm
    """
    - `bucket`: refills evenly, `capacity` per `length`, holds at most `burst` (GCRA).
    - `sliding`: at most `capacity` in any span of `length`; the span is divided into 60 slots, and a slot counts until
      it has wholly left the span, so that no span ever holds more.
    - `window`: at most `capacity` in each window; the caller says which window it is (fixed or calendar).
    - `concurrency`: at most `capacity` at the same time; what is settled is given back whole.
    """
    capacity: int
    length: int = 0
    """Nanoseconds; of `bucket` and `sliding`."""
    burst: int = 0
    """Of `bucket`; 0 means `capacity`."""


class Claim(Struct, eq=False):
    """Which cell an exchange wants something of, and how that cell counts.

    Made once and used again for every exchange that it applies to; how much each wants is said beside it.
    """

    cell: str
    law: Law
    hard: bool = True
    """A soft claim is counted and never refused."""
    start: int = 0
    """Of `window`: when it began, nanoseconds since the epoch; a later start than the cell's own empties the cell, an
    earlier one (the clock went back) counts in the cell's own window."""
    end: int = 0
    """Of `window`: when it ends, 0 for never; the cell may be forgotten then."""
    place: Any = None
    """Where the counters have found the cell; written by them only."""
    told: str | None = None
    """How records begin to tell what is counted here; kept by whoever writes them."""
    sure: bool = False
    """What is taken is used at once, whatever `settle` says later; for rates of requests, which refill while the
    request is under way."""


class Standing(Struct, frozen=True, gc=False):
    """How a cell stands after a claim was made or refused."""

    remaining: int
    """What a hard claim could still get at once; never negative."""
    resets: int
    """Nanoseconds until it is whole again, 0 if never by itself (`bucket`, `sliding`, if this claim was refused: until
    its amount would fit)."""
    settled: int = 0
    """Used up for good in the current window."""
    reserved: int = 0
    """Held by exchanges under way, this one included."""
    over: bool = False
    """Whether this claim, were it hard, would have been refused."""


class Taken(Struct, frozen=True, gc=False):
    """All claims were granted; `lease` is given back to `settle` and `extend`."""

    lease: object
    standings: Sequence[Standing]
    """One for each claim, in order."""


class Refused(Struct, frozen=True):
    """No claim was granted; `at` is the index of the first hard one that did not fit."""

    at: int
    standings: Sequence[Standing]
    in_flight: bool = False
    """It would have fitted but for reservations that are not settled yet."""


class Counters(Protocol):
    """Where cells are kept: memory, memory shared by the workers of a machine, or Redis.

    Time is the wall clock in nanoseconds, given by the caller (core.clock), so that tests hold it; it may jump back,
    and no cell gives out anything twice then.
    """

    on_lost_data: Callable[[], bool] | None
    """Called when settled amounts were lost; set by whoever can tell them again, and then says so: until it has,
    nothing is granted that depends on them."""

    def take(
        self, claims: Sequence[Claim], amounts: Sequence[int], now: int
    ) -> "Taken | Refused | Awaitable[Taken | Refused]":
        """Reserve all amounts (one for each claim) or none.

        The same cell never occurs twice; an amount of 0 is always granted. Awaitable where a server must be asked: it
        raises CountersLost by its policy, and gives back what is granted after whoever awaits was cancelled.
        """
        ...

    def settle(self, lease: object, amounts: Sequence[int], now: int) -> None:
        """Turn the reservations of a lease into what was truly used, in the order of its claims; it may be more.

        Once, at once, never failing: a backend that must ask a server puts it in a queue that survives the loss of the
        connection, and what this process takes afterwards sees what it settled before. `concurrency` gives the whole
        amount back whatever is said; what belongs to a window that its cell has left changes nothing.
        """
        ...

    def extend(self, lease: object, now: int) -> None:
        """The exchange of this lease is still under way; leases that nobody extends for LEASE_SECONDS expire, and so do
        those of a process that died."""
        ...

    def add(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> None:
        """Count as settled, without asking: balances rebuilt from the ledger after a start.

        The settled amount of a `window` becomes at least this, so that several workers may all say what they read.
        """
        ...

    def look(self, claims: Sequence[Claim], now: int) -> "Sequence[Standing] | Awaitable[Sequence[Standing]]":
        """How the cells stand, taking nothing."""
        ...

    def drain(self) -> None:
        """No configuration uses these counters any more."""
        ...


@runtime_checkable
class Witness(Protocol):
    """Counters that also know, on whichever machine, what was said before."""

    def first(self, name: str, seconds: float) -> Awaitable[bool]:
        """Whether nobody has said this name in so many seconds; from now on somebody has.

        Raises CountersLost by the policy for a server that cannot be asked; else whoever asks is taken to be the first,
        and that is told when the server is back.
        """
        ...


LEASE_SECONDS = 60
"""A reservation lives this long without `extend`."""


class CountersLost(Exception):
    """What holds the counters cannot be asked, or has no room for another cell, and the policy is to refuse."""


class Ground(Struct, frozen=True):
    """What counters are opened on."""

    directory: str
    """Of all that the gateway keeps."""
    surroundings: Surroundings


class Counting(Kind):
    """A place where shared numbers are kept."""

    def open(self, ground: Ground) -> Counters:
        """The counters of this process."""
        raise NotImplementedError


def open_counters(settings: "StoreSettings", workers: int, surroundings: Surroundings) -> Counters:
    """The counters that the settings name, over reloads always the same; raises BadConfig if they cannot be opened.

    `memory` with more than one worker is `shared`, which needs nothing made beforehand: every worker opens it by path.
    Whoever rebuilds balances sets `on_lost_data`, which each kind has: it is called whenever settled amounts were lost.
    """
    chosen = settings.counters
    if isinstance(chosen, str):
        named = "shared" if workers > 1 else chosen
        chosen = kinds.find(Counting, named)()
    ground = Ground(settings.directory, surroundings)
    return surroundings.keep.adopt("counters", chosen, lambda: chosen.open(ground))
