"""A small share for one target."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.llm.anchor import AnchorName, Anchors, reader
from trigate.llm.candidate import Candidate
from trigate.llm.chance import chance
from trigate.llm.draw import portion
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy


class Canary(Strategy):
    """Gives one target a share of the callers; the others get the remaining targets in the order written, and the
    canary only when all of these fail."""

    target: str
    """The canary: one of the model's targets."""
    share: float
    """Percent of the callers, from 0 to 100."""
    by: Anchors = (AnchorName("end_user"), AnchorName("user"), AnchorName("key"))
    """What a caller is known by, of a list the first that an ask has; who once gets the canary keeps it while the share
    grows. Asks without any are chosen by chance."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 100:
            raise ValueError("share is a number of percent from 0 to 100")

    def check(self, names: Sequence[str]) -> None:
        """Raises ValueError unless the canary is among the targets."""
        if self.target not in names:
            raise ValueError(f"the canary {self.target!r} is not among the targets")

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Chooses for each ask."""
        read, name, share = reader(self.by), self.target, self.share / 100
        salt = f"canary {model} {name}"

        def order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
            anchor = read(call, ask)
            chosen = (portion(anchor, salt) if anchor else chance()) < share
            return sorted(found, key=lambda each: (each.name == name) != chosen)

        return order
