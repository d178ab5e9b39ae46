"""In the order written."""

from collections.abc import Sequence

from trigate.llm.candidate import Candidate
from trigate.llm.strategy import Order, Strategy


class Fallback(Strategy):
    """The first target gets every ask; each further one is there for when those before it fail."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """None: the order is always the same."""
        return None
