"""The way from a model's name to its targets, made ready for every ask."""

from collections.abc import Iterable, Sequence

from msgspec import structs

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.llm.candidate import Candidate
from trigate.llm.condition import condition
from trigate.llm.error import NoTarget
from trigate.llm.fault import NONE
from trigate.llm.goal import Goal
from trigate.llm.mirror import Mirror, Mirrored
from trigate.llm.need import needs_of
from trigate.llm.operation import Ask
from trigate.llm.preference import Preference
from trigate.llm.requirement import Requirement
from trigate.llm.sequel import Attempts, Sequel
from trigate.llm.strategy import Order


class Route:
    """Of one model."""

    __slots__ = ("_conditions", "_fits", "_mirror", "_order", "_sequel", "_usual", "candidates", "fixed")

    def __init__(
        self,
        candidates: Sequence[Candidate],
        order: Order | None = None,
        sequel: Sequel | None = None,
        *,
        fits: bool = False,
        mirror: Mirror | None = None,
    ) -> None:
        """`fits`: leave out, ask by ask, what is known not to be able to do it."""
        self.candidates = tuple(candidates)
        self._order = order
        self._sequel = sequel or Sequel()
        self._fits = fits and len(candidates) > 1
        self._mirror = mirror
        conditions = {id(each): condition(each.destination.when) for each in candidates if each.destination.when}
        self._conditions = conditions
        self._usual: tuple[Goal, ...] = tuple(self._in_line(self.candidates, ())) if self._sequel.is_plain else ()
        bare = self._order is None and self._sequel.is_plain and not (self._fits or conditions or mirror)
        self.fixed: tuple[Goal, ...] | None = self._usual if bare and len(candidates) == 1 else None
        """The same targets for every ask, where nothing has to be decided."""
        if not bare:
            self._usual = ()

    def goals(
        self,
        call: Call,
        ask: Ask,
        others: Sequence[Goal] = (),
        demand: Requirement | None = None,
        *,
        leads_on: bool = False,
        preference: Preference | None = None,
    ) -> Iterable[Goal]:
        """The targets for one ask, best first; `others` after all of them. Raises NoTarget if there is none.

        `leads_on`: if all fail, somebody else is asked.
        """
        plain = demand is None and preference is None and not (others or leads_on)
        if self._usual and plain and not _some_rest(self.candidates):
            return self._usual
        found = self._ordered(call, ask, demand)
        if preference is not None:
            found = preference.choose(ask, found)
        if not found and not others:
            raise NoTarget(f"no target of {ask.model!r} may take this ask")
        mirror = self._mirror if self._mirror is not None and self._mirror.meets(demand) else None
        sequel = self._sequel if demand is None else self._sequel.under(demand)
        if preference is not None:
            sequel = structs.replace(sequel, special={})  # the caller has said who may be asked
        if sequel.hedging is not None and ask.recall is not None and ask.recall.background:
            sequel = structs.replace(sequel, hedging=None)  # nobody would hang up on the one who loses
        if sequel.is_plain:
            return self._in_line(found, others, mirror, leads_on=leads_on)
        return Attempts(call, sequel, found, others, streamed=ask.streamed, mirror=mirror, leads_on=leads_on)

    def choose(self, call: Call, ask: Ask) -> Sequence[Candidate]:
        """Those that may take this ask, best first; raises NoTarget if there is none. For whoever asks one of them in a
        way of its own."""
        found = self._ordered(call, ask, None)
        if not found:
            raise NoTarget(f"no target of {ask.model!r} may take this ask")
        return found

    def _ordered(self, call: Call, ask: Ask, demand: Requirement | None) -> Sequence[Candidate]:
        found = self._left(call, ask, demand)
        if self._order is not None and found:
            found = self._order(call, ask, found)
        return _awake(found) if len(found) > 1 else found

    def _left(self, call: Call, ask: Ask, demand: Requirement | None) -> Sequence[Candidate]:
        """Those whose conditions hold and, where that is looked at, that can do it."""
        found: Sequence[Candidate] = self.candidates
        conditions = self._conditions
        if conditions:
            found = [each for each in found if id(each) not in conditions or conditions[id(each)](call, ask)]
        if demand is not None:
            found = [each for each in found if each.meets(demand)]
        if (self._fits or (demand is not None and demand.fit)) and len(found) > 1:
            found = _fitting(found, ask)
        return found

    def _in_line(
        self,
        candidates: Sequence[Candidate],
        others: Sequence[Goal],
        mirror: Mirror | None = None,
        *,
        leads_on: bool = False,
    ) -> list[Goal]:
        """One after the other; each but the last gives way. The ask is copied when the first is asked."""
        passing = self._sequel.passing
        if not candidates:
            return list(others)
        *more, last = candidates
        goals = [
            *(each.yielding(passing) for each in more),
            last.yielding(passing if others or leads_on else NONE),
            *others,
        ]
        if mirror is not None:
            goals[0] = Mirrored(goals[0], mirror)
        return goals


def _fitting(candidates: Sequence[Candidate], ask: Ask) -> Sequence[Candidate]:
    """Those not known to be unable; all, if that is none, for what is known may be wrong."""
    needs = needs_of(ask)
    fitting = [
        each
        for each in candidates
        if needs.isdisjoint(each.facts.lacks) and each.facts.takes(ask.extent(each.media).likely)
    ]
    return fitting or candidates


def _awake(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Those that rest after failures come behind the others, the one first that has rested longest."""
    if not _some_rest(candidates):
        return candidates
    now = clock.monotonic()
    awake = [each for each in candidates if each.target.available(now)]
    resting = [each for each in candidates if not each.target.available(now)]
    return [*awake, *sorted(resting, key=lambda each: each.target.opens(now))]


def _some_rest(candidates: Sequence[Candidate]) -> bool:
    return any(each.target.opens(0.0) for each in candidates)
