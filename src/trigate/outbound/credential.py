"""How the gateway proves itself to an upstream; what proves it is never shown to a caller, nor to another origin."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from trigate.core.parts import Headers
from trigate.core.settings import Kind
from trigate.core.surroundings import Surroundings
from trigate.outbound.settings import TlsSettings

if TYPE_CHECKING:
    from trigate.outbound.client import Client, Endpoint

AUTHORIZATION = frozenset((b"authorization",))
"""The one field that most kinds send."""


class Outgoing(Struct, frozen=True):
    """A request about to be sent, as far as a proof may depend on it."""

    method: bytes
    target: bytes
    """Path and query as they are sent."""
    authority: bytes
    body: bytes | None
    """None for a body that is sent as it comes."""


class Proof(Protocol):
    """A credential that changes, made ready for one endpoint."""

    @property
    def body_limit(self) -> int:
        """Bodies are read whole, up to so many bytes, before they are sent; 0 if the proof does not depend on them."""
        ...

    def lines(self, request: Outgoing) -> bytes | Awaitable[bytes]:
        """Header field lines, each with its end, to send with this request; at once if nobody must be asked.

        Raises, or the awaitable does, UpstreamFailed or CredentialFailed.
        """
        ...

    def rejected(self, lines: bytes) -> bool:
        """The upstream answered 401 to these lines: whether others would be worth one more attempt."""
        ...

    def secrets(self) -> tuple[bytes, ...]:
        """What must not stand in any answer at this moment."""
        ...


class Credential(Kind):
    """A way to prove who the gateway is; a kind that never changes gives `fields` and costs nothing per request."""

    def names(self) -> frozenset[bytes]:
        """The header fields it sets, in lower case; a caller's own fields of these names are not passed on."""
        return frozenset(name for name, _ in self.fields())

    def fields(self) -> Headers:
        """Constant header fields; none by default."""
        return []

    def secrets(self) -> tuple[bytes, ...]:
        """What must not stand in any answer; by default the fields' values, with and without the scheme before them."""
        values = [value for _, value in self.fields()]
        return (*values, *(value.partition(b" ")[2] for value in values if b" " in value))

    def tls(self, given: TlsSettings) -> TlsSettings:
        """The TLS settings to connect with, made of those that hold for the target; the same by default."""
        return given

    def is_personal(self) -> bool:
        """Whether what it proves depends on who is calling: tool servers alone can be told apart by that."""
        return False

    def check_is_common(self) -> None:
        """Raises ValueError for a kind that is not for services and providers, which all callers reach alike."""
        if self.is_personal():
            raise ValueError("a `credential` of this kind is for tool servers (`mcp.servers`) alone: choose another")

    def open(self, client: "Client", endpoint: "Endpoint", surroundings: Surroundings) -> Proof | None:
        """What proves each request; None, the default, for a kind whose fields say it all."""
        return None
