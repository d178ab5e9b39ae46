"""Where most is left of what providers allow."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.llm.candidate import Candidate
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy


class Usage(Strategy):
    """Asks the target that has the greatest part left of its `requests_per_minute` and `tokens_per_minute`, as far as
    each worker has used it; so no target reaches its provider's limit before the others do. Targets without numbers
    come where nothing else has room."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Compares for each ask."""
        return _order


def _order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
    return sorted(found, key=lambda each: -_left(ask, each))


def _left(ask: Ask, candidate: Candidate) -> float:
    room = candidate.room
    return 0.0 if room is None else room.left(ask.extent(candidate.media).likely)
