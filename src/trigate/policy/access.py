"""May this principal do this: decided on the call's action, before anything is spent."""

from typing import Any

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Forbidden
from trigate.core.lane import Lane
from trigate.core.principal import Principal


class Access:
    """The rules in force."""

    __slots__ = ()

    def authorize(self, call: Call, lane: Lane, ask: Any) -> None:
        """Raises Forbidden unless the principal may do what the call is about."""
        if not self.allows(call.principal, call.action):
            raise Forbidden(f"key {call.principal.key!r} may not use the {call.action.lane} lane")

    def allows(self, principal: Principal, action: Action) -> bool:
        """Whether a list should show this caller what the action is about."""
        return action.lane in principal.lanes
