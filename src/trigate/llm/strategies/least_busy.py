"""The less busy of two."""

import random
from collections.abc import Sequence

from trigate.core.call import Call
from trigate.llm.candidate import Candidate
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy


class LeastBusy(Strategy):
    """Of two targets drawn by chance asks the one with less under way (power of two choices): nearly as even as to ask
    the least busy of all, but workers that know nothing of each other do not all rush to the same one."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Draws two for each ask; the others follow, the least busy first."""
        return _order


def _order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
    if len(found) < 2:
        return found
    one, other = random.sample(found, 2)
    chosen = other if other.health.in_flight < one.health.in_flight else one
    rest = sorted((each for each in found if each is not chosen), key=lambda each: each.health.in_flight)
    return [chosen, *rest]
