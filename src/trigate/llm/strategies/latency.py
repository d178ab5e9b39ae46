"""The fastest first."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.llm.candidate import Candidate
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy

PRESUMED = 1.0
"""Seconds to the first token of a target that has not answered yet, while it is being asked."""


class Latency(Strategy):
    """Asks the target whose first token comes soonest: by a peak EWMA of what each worker has measured (a slow answer
    counts at once and is forgotten slowly), times what is under way there. One not asked for long is tried anew."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Compares for each ask."""
        return _order


def _order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
    now = clock.monotonic()
    return sorted(found, key=lambda each: _load(each, now))


def _load(candidate: Candidate, now: float) -> float:
    health = candidate.health
    seconds = health.seconds(now)
    if not seconds and health.in_flight:
        seconds = PRESUMED
    return seconds * (health.in_flight + 1)
