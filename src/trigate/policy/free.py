"""What a principal may do without being held up or counted, remembered until anything that decides it changes."""

from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.grants import LONGEST_KNOWN
from trigate.policy.rulebook import Rulebook

MOST_FREE = 256
"""Actions of one principal that are remembered; names in them come from callers."""


class Free(Struct, frozen=True, eq=False):
    """Actions that these rules allow a principal whatever the call is like, and that none of these limits is about."""

    rulebook: Rulebook
    book: Any
    """What stands for the limits (policy.limit.Limits.book)."""
    actions: set[Action]


def remember(principal: Principal, rulebook: Rulebook, book: object, action: Action) -> None:
    """Have it known that the rules allow this without conditions, and that the limits say nothing about it."""
    if len(action.resource) > LONGEST_KNOWN:
        return
    free: Free | None = principal.free
    if free is None or free.rulebook is not rulebook or free.book is not book or len(free.actions) >= MOST_FREE:
        free = Free(rulebook, book, set())
        force_setattr(principal, "free", free)
    free.actions.add(action)
