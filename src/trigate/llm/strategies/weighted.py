"""By weight, by chance or the same for the same caller."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.llm.anchor import Anchors, reader
from trigate.llm.candidate import Candidate
from trigate.llm.draw import anchored, drawn
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy


class Weighted(Strategy):
    """Spreads asks over the targets by their `weight`; with `by`, the same caller always gets the same one (A/B)."""

    by: Anchors = ()
    """What decides, such as `user`, `key` or `header:x-session-id`; of a list the first that an ask has. Asks without
    any, and all if nothing is written, are spread by chance."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Draws for each ask."""
        if not self.by:
            return lambda call, ask, found: drawn(found)
        read = reader(self.by)

        def order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
            anchor = read(call, ask)
            return anchored(found, f"{model}\n{anchor}") if anchor else drawn(found)

        return order
