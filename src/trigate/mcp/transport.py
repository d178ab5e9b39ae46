"""How requests reach a server: the contract of the transports."""

from typing import TYPE_CHECKING, Protocol

from trigate.core.signal import Signal
from trigate.mcp.greeting import Greeting
from trigate.mcp.message import Message, Outgoing

if TYPE_CHECKING:
    from trigate.mcp.letter import Letter
    from trigate.mcp.listening.ear import Hearing
    from trigate.mcp.upstream import Upstream


class Leg(Protocol):
    """One request under way at a server."""

    status: int
    """HTTP status of the answer, 0 where there is none."""

    async def next(self) -> Message | None:
        """The next notification or request of the server, or the response; None if the server ended without one.

        What nobody can be asked in this session does not show here: the transport answers that.
        Raises UpstreamFailed or StreamBroken.
        """
        ...

    def answer(self, message: bytes) -> None:
        """Answer a request of the server; returns at once."""
        ...

    def close(self) -> None:
        """Let go, in a finally; before the response has come this cancels the request at the server."""
        ...


class Transport(Protocol):
    """Reaches one server."""

    async def greet(self, signal: Signal) -> Greeting:
        """Find out what the server speaks and say hello; raises UpstreamFailed."""
        ...

    async def begin(self, profile: int, signal: Signal) -> Greeting:
        """One more session with a server of the older protocol; raises UpstreamFailed."""
        ...

    async def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> Leg:
        """Send a request.

        Raises SessionLost if the server has forgotten the greeting, and UpstreamFailed.
        """
        ...

    def letter(self, outgoing: Outgoing, hole: bytes) -> "Letter | None":
        """A request written ahead, but for its id and the one place marked by `hole`; None where that saves nothing."""
        ...

    def part(self, greeting: Greeting) -> None:
        """Say goodbye; returns at once."""
        ...

    def hearing(self, upstream: "Upstream") -> "Hearing":
        """How to listen to what the server says unasked."""
        ...
