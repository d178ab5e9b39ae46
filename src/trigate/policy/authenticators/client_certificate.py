"""Callers known by the certificate with which they connected (mutual TLS)."""

from hashlib import sha256

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.cache import Cache
from trigate.policy.certificate import Entry, Holder, find_holder

MOST_CERTIFICATES = 1000
"""Different certificates that are not read again."""


class ClientCertificate(Authenticator):
    """Accepts callers whose certificate the listener has verified (`tls.client_ca_file`) and of whom `callers` knows.

    The first entry that fits decides. A certificate that fits none is left to the next authenticator: it may be there
    for the connection only.
    """

    callers: tuple[Holder, ...]
    """Who holds which certificates."""

    def open(self, given: Circumstances) -> Identify:
        """Read each certificate once."""
        known = Cache[bytes, _Seen](MOST_CERTIFICATES)
        entries = tuple(Entry(each) for each in self.callers)

        def identify(exchange: Exchange) -> Principal | None:
            certificate = exchange.peer.certificate
            if not certificate:
                return None
            now, digest = clock.wall_ns() / 1e9, sha256(certificate).digest()
            seen = known.get(digest, now)
            if seen is None:
                seen = _Seen(find_holder(entries, certificate, digest))
                known.put(digest, seen, seen.principal.expires if seen.principal else float("inf"))
            found = seen.principal
            return found if found is not None and found.expires > now else None

        return identify


class _Seen(Struct, frozen=True):
    """What a certificate was found to mean."""

    principal: Principal | None
