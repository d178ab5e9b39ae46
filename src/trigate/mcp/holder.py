"""Whose process of a command a call runs in."""

from trigate.core.call import Call
from trigate.mcp.ask import Ask
from trigate.mcp.session import owner_of


def holder(ask: Ask, call: Call, per: str) -> str:
    """A text that no other holder has: of the principal, or of the session where `per` says so and there is one."""
    owner = owner_of(call.principal)
    return f"{owner} {ask.session.token}" if per == "session" and ask.session is not None else owner
