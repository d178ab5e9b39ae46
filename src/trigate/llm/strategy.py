"""In which order the targets of a model are asked."""

from collections.abc import Callable, Sequence

from trigate.core.call import Call
from trigate.core.settings import Kind
from trigate.llm.candidate import Candidate
from trigate.llm.operation import Ask

Order = Callable[[Call, Ask, Sequence[Candidate]], Sequence[Candidate]]
"""All of the candidates given, at least two, the best for this ask first."""


class Strategy(Kind):
    """How the targets of a model take turns. Each gives an order of all of them: whichever is first, the others follow
    when it fails."""

    def check(self, names: Sequence[str]) -> None:
        """Raises ValueError if it does not go with targets of these names."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Made ready for the model of this name; None if the order as written holds for every ask."""
        raise NotImplementedError
