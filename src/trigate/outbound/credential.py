"""How the gateway proves itself to an upstream; what proves it is never shown to a caller, nor to another origin."""

from collections.abc import Awaitable
from typing import Protocol

from msgspec import Struct

from trigate.core.parts import Headers
from trigate.core.settings import Kind
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.settings import TlsSettings


class Outgoing(Struct, frozen=True):
    """A request about to be sent, as far as a proof may depend on it."""

    method: bytes
    target: bytes
    """Path and query as they are sent."""
    authority: bytes
    body: bytes


class Proof(Protocol):
    """A credential that changes, made ready for one endpoint."""

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

    def fields(self) -> Headers:
        """Constant header fields; none by default."""
        return []

    def tls(self, given: TlsSettings | None) -> TlsSettings | None:
        """The TLS settings to connect with, made of those of the target; unchanged by default."""
        return given

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> Proof | None:
        """What proves each request; None, the default, for a kind whose fields say it all."""
        return None
