"""May this principal do this: decided on the call's action, before anything is spent."""

from trigate.core.call import Call
from trigate.core.errors import Forbidden


def authorize(call: Call) -> None:
    """Raises Forbidden unless the principal may use the lane its action belongs to."""
    if call.action.lane not in call.principal.lanes:
        raise Forbidden(f"key {call.principal.key!r} may not use the {call.action.lane} lane")
