"""How much: what one call may use, reserved before it and corrected after it."""

from collections.abc import Awaitable

from trigate.core.call import Call
from trigate.core.demand import Demand


class Hold:
    """What one call holds of every limit that applies to it, from before its first attempt until it is settled."""

    __slots__ = ()

    def admit(self, demand: Demand) -> Awaitable[None] | None:
        """Reserve for one attempt what it may use at most; what an earlier attempt held is given back or reused.

        Raises, or the awaitable does, LimitReached: retryable if only this target's limits stand in the way. Tells the
        caller how it stands by header fields of the answer (`exchange.edge.extra`), for a call without parent.
        """
        raise NotImplementedError

    def settle(self) -> None:
        """The call has ended, however it did, and `call.usage` says what it used: correct, and give back the rest.

        At once, once, and never failing; sets nothing aside for later that could be lost.
        """
        raise NotImplementedError


class Limits:
    """The limits in force."""

    __slots__ = ()

    def hold(self, call: Call) -> Hold | None:
        """The limits that apply to this call, None if there are none."""
        return None
