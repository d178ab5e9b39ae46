"""In which order the targets of a model are asked."""

from collections.abc import Callable, Sequence

from trigate.core.call import Call
from trigate.core.settings import Kind
from trigate.llm.candidate import Candidate
from trigate.llm.operation import Ask

Order = Callable[[Call, Ask, Sequence[Candidate]], Sequence[Candidate]]
"""The candidates given, at least one, the best for this ask first; all of them, unless the strategy excludes some."""


class Strategy(Kind):
    """How the targets of a model take turns. Each gives an order of all of them: whichever is first, the others follow
    when it fails."""

    @property
    def excludes(self) -> bool:
        """Whether there are asks for which it leaves out some targets, so that it must be asked even about a single
        one."""
        return False

    def check(self, names: Sequence[str]) -> None:
        """Raises ValueError if it does not go with targets of these names."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Made ready for the model of this name; None if the order as written holds for every ask."""
        raise NotImplementedError
