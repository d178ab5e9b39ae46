"""A way to prove who is calling, by the head of the request alone."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Kind
from trigate.core.surroundings import Surroundings
from trigate.store.counter import Witness

if TYPE_CHECKING:
    from trigate.outbound.client import Client
    from trigate.policy.directory import Directory

Identified = Principal | None
Identify = Callable[[Exchange], Identified | Awaitable[Identified]]
"""Who sent this exchange, or None if it shows no credential of this kind; raises Unauthenticated for an invalid one.

Answers at once wherever it can; an awaitable only when somebody else must be asked (keys of an issuer, introspection).
It adds to `exchange.credentials` the fields that held the credential, if those must not travel on.
"""


class Circumstances(Struct, frozen=True):
    """What authenticators are opened with."""

    directory: "Directory"
    """Who is known: of the file and of the store."""
    client: "Client"
    """To ask issuers and other services; under the egress rules."""
    surroundings: Surroundings
    witness: Witness | None = None
    """Who remembers for all machines what may be said once; None where there is one machine."""


class Authenticator(Kind):
    """A kind of proof."""

    def open(self, given: Circumstances) -> Identify:
        """Prepare everything that need not be done per request."""
        raise NotImplementedError
