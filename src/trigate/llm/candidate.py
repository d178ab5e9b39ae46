"""One of the targets of a model, with what strategies may know of it."""

from msgspec import Struct

from trigate.llm.data_policy import DataPolicy
from trigate.llm.destination import Destination
from trigate.llm.extent import MediaBounds
from trigate.llm.fault import Fault
from trigate.llm.goal import Goal
from trigate.llm.health import Health
from trigate.llm.model_facts import UNKNOWN, ModelFacts
from trigate.llm.requirement import Requirement
from trigate.llm.room import CountedTarget, Room
from trigate.llm.sheet import Sheet
from trigate.llm.target import Target


class Candidate(Struct, frozen=True, eq=False):
    """A target that a strategy may choose."""

    target: Target
    destination: Destination
    """As configured."""
    sheet: Sheet | None = None
    """What it costs, None if that is not known."""
    field: str = "max_completion_tokens"
    """The member by which it takes a bound of the output."""
    media: MediaBounds = MediaBounds()
    facts: ModelFacts = UNKNOWN
    policy: DataPolicy = DataPolicy()
    """What becomes of data there."""
    room: Room | None = None
    """What is left of the provider's allowance, None where none is configured."""
    variants: dict[frozenset[Fault], Goal] = {}
    """The target as it stands in a list, by the failures after which the list goes on."""

    @property
    def name(self) -> str:
        """`provider/model`."""
        return self.target.name

    @property
    def weight(self) -> int:
        """Its share relative to the others."""
        return self.destination.weight

    @property
    def health(self) -> Health:
        """How well it does."""
        return self.target.health

    def meets(self, demand: Requirement) -> bool:
        """Whether all that is demanded of targets is known to hold."""
        return not demand.misses(self.facts, self.policy)

    def yielding(self, faults: frozenset[Fault]) -> Goal:
        """The target for a place in a list from which these failures lead on to another one."""
        found = self.variants.get(faults)
        if found is None:
            target = self.target.yielding(faults)
            found = target if self.room is None else CountedTarget(target, self.room, self.media)
            self.variants[faults] = found
        return found
