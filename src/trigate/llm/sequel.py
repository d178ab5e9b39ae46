"""What follows a failure: another attempt at the same target, a target for this kind of failure, or the next one."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, structs

from trigate.core.call import Call
from trigate.llm.candidate import Candidate
from trigate.llm.fault import ALL, PASSING, Fault, fault_of
from trigate.llm.goal import Goal
from trigate.llm.hedge import Field, Hedging
from trigate.llm.mirror import Mirror, Mirrored
from trigate.llm.requirement import Requirement
from trigate.llm.retry import Later, Purse, Retries


class Sequel(Struct, frozen=True, kw_only=True):
    """As one model has it."""

    passing: frozenset[Fault] = PASSING
    """Failures after which the next target is asked."""
    special: Mapping[Fault, tuple[Candidate, ...]] = {}
    """Targets that are asked after failures of one kind, before any other."""
    retries: Retries | None = None
    purse: Purse | None = None
    """What retries and hedges are paid from; there if there are any."""
    hedging: Hedging | None = None

    def under(self, demand: Requirement) -> "Sequel":
        """The same, with targets only that meet a demand."""
        special = {
            fault: tuple(each for each in candidates if each.meets(demand))
            for fault, candidates in self.special.items()
        }
        return structs.replace(self, special=special)

    @property
    def is_plain(self) -> bool:
        """Whether the next target is all that ever follows."""
        return self.passing is PASSING and not self.special and self.retries is None and self.hedging is None


class Attempts:
    """The attempts of one call, each chosen when the one before it has failed; the spine asks for one after the other.

    No target is asked twice, but for retries.
    """

    __slots__ = (
        "_call", "_candidate", "_leads_on", "_mirror", "_others", "_queue", "_retried", "_sequel", "_streamed",
        "_tried",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - all that an order of attempts depends on
        self,
        call: Call,
        sequel: Sequel,
        order: Sequence[Candidate],
        others: Sequence[Goal],
        *,
        streamed: bool = False,
        mirror: Mirror | None = None,
        leads_on: bool = False,
    ) -> None:
        """`others` come when no candidate is left; `streamed`, if the answer is to be. `mirror` gets a copy of what the
        first is asked. `leads_on`: if all fail, somebody else is asked."""
        self._call = call
        self._sequel = sequel
        self._queue = list(order)
        self._others = list(others)
        self._tried = set[str]()
        self._candidate: Candidate | None = None
        self._retried = 0
        self._streamed = streamed
        self._mirror = mirror
        self._leads_on = leads_on
        if sequel.purse is not None:
            sequel.purse.earn()

    def __iter__(self) -> Iterator[Goal]:
        return self

    def __next__(self) -> Goal:
        """Where the next attempt goes; raises StopIteration if the failure of the last one is the end."""
        error, candidate = self._call.failed, self._candidate
        if error is not None and candidate is not None:
            fault = fault_of(error)
            again = self._again(candidate, fault, error.retry_after)
            if again is not None:
                return again
            special = self._untried(fault)
            if special:
                names = {each.name for each in special}
                self._queue = [*special, *(each for each in self._queue if each.name not in names)]
            elif fault not in self._sequel.passing:
                raise StopIteration
        return self._next()

    def _next(self) -> Goal:
        queue = self._queue
        if not queue:
            self._candidate = None
            if not self._others:
                raise StopIteration
            return self._others.pop(0)
        candidate = self._candidate = queue.pop(0)
        self._tried.add(candidate.name)
        self._retried = 0
        goal = candidate.yielding(self._leading_on())
        if self._mirror is not None:
            goal, self._mirror = Mirrored(goal, self._mirror), None
        hedging = self._sequel.hedging
        if hedging is None or not queue:
            return goal
        field = Field(goal, candidate.health, queue[: hedging.settings.most], self._join)
        return hedging.hedge(field, streamed=self._streamed)

    def _join(self, candidate: Candidate) -> Goal:
        """A rival is asked: it has had its turn. Its refusal must not be taken for an answer."""
        self._queue.remove(candidate)
        self._tried.add(candidate.name)
        return candidate.yielding(ALL)

    def _again(self, candidate: Candidate, fault: Fault, retry_after: float | None) -> Goal | None:
        """A retry, None if it is not the time for one."""
        retries, purse = self._sequel.retries, self._sequel.purse
        if retries is None or purse is None or fault not in retries.on or self._retried >= retries.attempts:
            return None
        seconds = retries.wait(self._retried, retry_after)
        if seconds is None or not purse.spend():
            return None
        self._retried += 1
        return Later(candidate.yielding(self._leading_on()), seconds)

    def _leading_on(self) -> frozenset[Fault]:
        """Failures of the attempt to come that have a sequel; of any other the caller hears in the provider's words."""
        sequel = self._sequel
        found: set[Fault] = set(sequel.passing) if self._others or self._queue or self._leads_on else set()
        if sequel.retries is not None and self._retried < sequel.retries.attempts:
            found.update(sequel.retries.on)
        if sequel.special:
            found.update(fault for fault in sequel.special if self._untried(fault))
        return frozenset(found)

    def _untried(self, fault: Fault) -> list[Candidate]:
        """The targets for failures of one kind that have not been asked yet."""
        return [each for each in self._sequel.special.get(fault, ()) if each.name not in self._tried]
