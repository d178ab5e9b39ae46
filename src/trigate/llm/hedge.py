"""A second target is asked while the first still thinks; who speaks first is heard, the other is hung up on.

The first attempt is that of the call itself. Each rival is a child of the call: it reserves, pays and is recorded for
itself, so that whatever becomes of the race, limits and bills are exact.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.errors import GatewayError
from trigate.core.lane import Lane
from trigate.core.parts import Part
from trigate.core.settings import Duration, Settings
from trigate.core.stream import Sink
from trigate.llm.candidate import Candidate
from trigate.llm.goal import Goal
from trigate.llm.health import Health
from trigate.llm.operation import Ask
from trigate.llm.race import Leader, Race
from trigate.llm.retry import Purse

if TYPE_CHECKING:
    from trigate.policy.call import Calls


Join = Callable[[Candidate], Goal]
"""Takes a target out of those still to be asked."""


class HedgeSettings(Settings):
    """Ask a second target when the first is slow to begin."""

    after: Duration
    """How long the first token may take before the next target is asked, too."""
    whole: Duration | None = None
    """The same for answers that are not streamed, of which nothing is heard before they are complete; left out, no
    second target is asked for these."""
    most: int = 1
    """How many further targets at most, one after each such time."""

    def __post_init__(self) -> None:
        if self.after <= 0 or (self.whole is not None and self.whole <= 0) or not 1 <= self.most <= 5:
            raise ValueError("after and whole must be more than 0s, and most a whole number from 1 to 5")


class Field(Struct, frozen=True):
    """Who takes part in a race."""

    first: Goal
    health: Health
    """That of the first."""
    rivals: Sequence[Candidate]
    join: Join
    """Is told of each rival that is asked."""


class Hedging(Struct, frozen=True):
    """What all hedges of a model have in common."""

    settings: HedgeSettings
    purse: Purse
    """Each rival is paid from the budget of retries."""
    lane: Lane
    calls: "Calls"

    def hedge(self, field: Field, *, streamed: bool) -> Goal:
        """The first target, with rivals if such an answer may have any."""
        seconds = self.settings.after if streamed else self.settings.whole
        return field.first if seconds is None else Hedge(field, self, seconds)


class Hedge:
    """A target with rivals."""

    __slots__ = ("_field", "_hedging", "_seconds", "name")

    def __init__(self, field: Field, hedging: Hedging, seconds: float) -> None:
        self._field = field
        self._seconds = seconds
        self._hedging = hedging
        self.name = field.first.name

    def demand(self, ask: Ask) -> Demand:
        """That of the first; each rival has its own."""
        return self._field.first.demand(ask)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Let the first answer, or who is faster; raises what the first does if all fail."""
        hedging = self._hedging
        race = Race(call, ask, sink, hedging.lane, hedging.calls)
        timer = _Timer(race, self._field, hedging.purse, self._seconds)
        leader = Leader(sink, race)
        begun = clock.monotonic()
        try:
            last = await self._field.first.forward(call, ask, leader)
            leader.open()
            return last
        except asyncio.CancelledError:
            if not race.beaten():
                raise
            self._note(clock.monotonic() - begun)
        except GatewayError:
            if (sink.committed and race.leads) or not await race.another():
                raise
        finally:
            timer.stop()
            race.end()
        return await race.relay()

    def _note(self, seconds: float) -> None:
        """The first was too slow: it would have taken longer than this, which nobody will measure."""
        now, health = clock.monotonic(), self._field.health
        if seconds > health.seconds(now):
            health.measure(seconds, now)


class _Timer:
    """Lets rivals start, one after the other."""

    __slots__ = ("_handle", "_join", "_loop", "_purse", "_race", "_rivals", "_seconds")

    def __init__(self, race: Race, field: Field, purse: Purse, seconds: float) -> None:
        self._race = race
        self._rivals = list(field.rivals)
        self._join = field.join
        self._purse = purse
        self._seconds = seconds
        self._loop = race.signal.loop
        self._handle = self._loop.call_later(seconds, self._fire)

    def stop(self) -> None:
        """No more rivals."""
        self._handle.cancel()

    def _fire(self) -> None:
        if self._race.decided or not self._purse.spend():
            return
        rival = self._rivals.pop(0)
        self._race.enter(self._join(rival))
        if self._rivals:
            self._handle = self._loop.call_later(self._seconds, self._fire)
