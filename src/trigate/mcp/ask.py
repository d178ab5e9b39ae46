"""One message of a caller, understood."""

from typing import TYPE_CHECKING, Any

from msgspec import Raw, Struct, field

from trigate.core.errors import GatewayError
from trigate.mcp.envelope import Members, members, read_value
from trigate.mcp.fault import Fault
from trigate.mcp.profile import MUTE
from trigate.mcp.session import Session
from trigate.mcp.version import LATEST_LEGACY, LEVELS, Era
from trigate.mcp.view import View
from trigate.policy.argument import Arguments

if TYPE_CHECKING:
    from trigate.mcp.express import Express
    from trigate.mcp.message import Message
    from trigate.mcp.method import Method
    from trigate.mcp.state import Retry
    from trigate.mcp.task import Task

_OWN = frozenset({"name", "uri", "arguments", "inputResponses", "requestState", "task"})
"""Members of `params` that are the call itself, or do not go on as they are."""
_TRACE = frozenset({"traceparent", "tracestate", "baggage"})
SILENT = len(LEVELS)
"""No log message is as urgent as this."""


class Meta(Struct, frozen=True):
    """A caller's `_meta`, taken apart; it is shared by every request that sends the same bytes."""

    version: str | None = None
    """The revision it claims, if it is of the newer era."""
    capable: bool | None = None
    """Whether client capabilities are there as an object; None if they are not there."""
    token: bytes = b""
    """The progress token as JSON text, empty if no progress is wanted."""
    level: Raw | None = None
    """The least urgent log message wanted."""
    own: Members = field(default_factory=dict[str, Raw])
    """What is not for this hop alone: it goes on to the server."""
    capabilities: Raw | None = None
    """What the caller can be asked for, if it said so."""
    profile: int = MUTE
    """The same as bits of mcp/profile.py."""


EMPTY = Meta()


class Ask(Struct):
    """A request or notification, with what of it concerns this hop taken out."""

    view: View
    era: Era = "legacy"
    version: str = LATEST_LEGACY
    id: bytes = b""
    """The caller's id as JSON text; empty for a notification, or before it is known."""
    name: str = ""
    """The JSON-RPC method."""
    method: "Method | None" = None
    params: Members = field(default_factory=dict[str, Raw])
    meta: Meta = EMPTY
    session: Session | None = None
    server: str = ""
    """The server it goes to, empty if it concerns none or is not known yet."""
    subject: str = ""
    """The server's own name of the tool or prompt, or the resource's URI."""
    token: bytes = b""
    """The caller's progress token as JSON text, empty if it gets no progress."""
    level: int = SILENT
    """Log messages below this are not for the caller."""
    express: "Express | None" = None
    """The short way it can take."""
    fault: GatewayError | None = None
    """Why it concerns no server: told only to those who may do what it asks for, so that nobody can try out names."""
    answer: "Message | None" = None
    """What it says, if it is the answer to a question of the gateway."""
    retry: "Retry | None" = None
    """What comes along with a call that is sent again because its caller was asked something."""
    mute: bool = False
    """There is no way to ask the caller anything, whatever it has declared."""

    @property
    def profile(self) -> int:
        """What the caller can be asked for (bits of mcp/profile.py)."""
        if self.mute:
            return MUTE
        return self.meta.profile if self.session is None else self.session.profile

    apart: bool = False
    """Whether the resource was asked for by an address that names its server."""
    task: "Task | None" = None
    """The task that it is about."""


class Batch(Struct):
    """Several messages in one, which only revision 2025-03-26 knows."""

    view: View
    elements: list["Ask | Fault"]
    """Each understood, or why not."""
    version: str
    era: Era = "legacy"
    id: bytes = b""


def arguments(ask: Ask) -> object:
    """The arguments of a tool's call, decoded; None without any."""
    raw = ask.params.get("arguments")
    return read_value(raw) if raw is not None else None


def beside(ask: Ask) -> dict[str, Any]:
    """What else of a call goes to its server; trace contexts are another one each time (2026-07-28, basic: `_meta`)."""
    found = {key: read_value(each) for key, each in ask.params.items() if key not in _OWN}
    return found | {key: read_value(each) for key, each in ask.meta.own.items() if key not in _TRACE}


def judged_arguments(ask: Ask) -> Arguments | None:
    """The arguments as policies may look at them; None without any, raises Fault or DecodeError if they are no object.

    They go on as they came, so no member may be there twice.
    """
    raw = ask.params.get("arguments")
    return Arguments(members(raw)) if raw is not None else None
