"""One number that is limited: what every kind of limit is made of, worked out when the configuration is loaded."""

from collections.abc import Callable

from msgspec import Struct

from trigate.core.call import Call
from trigate.policy.measure.scope import Scope
from trigate.policy.measure.selector import Selector
from trigate.policy.measure.unit import NANO, Unit
from trigate.policy.measure.window import Window
from trigate.store.counter import Law

REFUSE = -1
"""Instead of an amount: rather refuse the call than assume one."""
LARGEST_ANSWER = 16_384
"""Tokens that an answer is bounded to where neither the ask nor the operator says anything."""


class Rank(Struct, frozen=True, eq=False):
    """Who waits where in a queue."""

    selector: Selector
    rank: int
    """Higher is served first."""


class Quota(Struct, frozen=True, eq=False, kw_only=True):
    """What the engine knows of a limit."""

    name: str
    unit: Unit
    law: Law
    window: Window | None = None
    """Of laws that count in windows."""
    scopes: tuple[Scope, ...] = ()
    selector: Selector = Selector()
    holds: Callable[[Call], bool] | None = None
    """The condition under which it applies, if there is one."""
    hard: bool = True
    shadow: bool = False
    """Only tell what it would refuse."""
    told: bool = True
    """Callers learn from header fields how they stand."""
    period: str = ""
    """The time it counts over, as it is written; empty for concurrency."""
    thresholds: tuple[float, ...] = ()
    charged: bool = False
    """What calls use goes into their records, so that the balance can be rebuilt from them."""
    unpriced: int = REFUSE
    """Nano-dollars that a call of unknown price counts for."""
    unbounded: int = LARGEST_ANSWER
    """Most tokens that an answer without a bound of its own may become."""
    wait: float = 0.0
    """Seconds that a call may wait for others to give back what they have reserved."""
    queue: int = 0
    """How many calls may wait in line, of one cell in one worker."""
    ranks: tuple[Rank, ...] = ()

    @property
    def concurrent(self) -> bool:
        """Whether it counts what is under way at the same time."""
        return self.law.algorithm == "concurrency"

    @property
    def sure(self) -> bool:
        """Whether what is taken is used at once: a request is one from its beginning."""
        return self.unit.name == "requests" and not self.concurrent

    @property
    def strict(self) -> bool:
        """Whether it refuses."""
        return self.hard and not self.shadow

    @property
    def balanced(self) -> bool:
        """Whether it refuses by a balance that outlives the process."""
        return self.charged and self.strict

    @property
    def length(self) -> int:
        """Nanoseconds it counts over, 0 if that varies or never ends."""
        return self.window.length if self.window else self.law.length

    @property
    def tag(self) -> str:
        """What the names of its cells begin with; says how they count, so that another way begins anew."""
        return f"{self.name}@{self.unit.name}:{self.period or 'concurrency'}"

    def describe(self) -> str:
        """What it allows, for people: `$5 per day`, `100 requests per 1m`, `4 calls at the same time`."""
        if self.concurrent:
            return f"{self.law.capacity} calls at the same time"
        amount = f"${money(self.law.capacity)}" if self.unit.name == "usd" else f"{self.law.capacity} {self.word}"
        return f"{amount} in all" if self.period == "ever" else f"{amount} per {self.period}"

    @property
    def word(self) -> str:
        """The unit, for people."""
        return "spending" if self.unit.name == "usd" else self.unit.name.replace("_", " ")


def money(nanos: int) -> str:
    """Nano-dollars as dollars, with cents or without, finer only if it must be: `5`, `0.20`, `0.0015`."""
    whole, rest = divmod(nanos, NANO)
    if not rest:
        return str(whole)
    fraction = f"{rest:09d}".rstrip("0")
    return f"{whole}.{fraction:0<2}"
