"""A key that each user gave for the server, in a header field."""

import re
from collections.abc import Awaitable

from trigate.core.clock import clock
from trigate.core.connection import Subject, person
from trigate.core.errors import CredentialFailed, Forbidden
from trigate.core.principal import ANONYMOUS, Principal
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.connection_needed import ConnectionNeeded
from trigate.outbound.credential import Outgoing, Proof
from trigate.outbound.personal import Person, Personal
from trigate.outbound.user_key import Wanted, ask, digest

_GAP = "{key}"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRESH_SECONDS = 30.0
"""How long a worker uses a key without asking: so long one that was exchanged, elsewhere, may still be used."""


class UserKey(Personal):
    """A key of each user's own, such as a personal access token, for servers that know no OAuth.

    Users give theirs on a page of this gateway (`portal`), or an operator does by `trigate connections add SERVER
    --user USER`. Keys are kept sealed in the store, sent to this server alone, and shown to nobody.
    """

    header: str = "authorization"
    """The header field it is sent in."""
    value: str = "Bearer {key}"
    """The field's value, with `{key}` where the key belongs."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.header):
            raise ValueError(f"{self.header!r} is not the name of a header field")
        if self.value.count(_GAP) != 1 or not self.value.isascii() or not self.value.isprintable():
            raise ValueError("`value` has `{key}` once, and printable ASCII characters only")

    def names(self) -> frozenset[bytes]:
        """The field."""
        return frozenset((self.header.lower().encode(),))

    def subject(self, principal: Principal) -> Subject:
        """See Personal."""
        if principal.key == ANONYMOUS and not principal.user:
            raise Forbidden("this server wants a key of each caller, and nobody knows who you are")
        return person(principal)

    def prove(self, place: str, person: Person, client: Client, surroundings: Surroundings) -> Proof:
        """See Personal."""
        proof = _KeyProof(self, place, person.subject, surroundings)
        person.hold(proof)
        return proof

    async def at_hand(self, place: str, person: Person, surroundings: Surroundings) -> str:
        """See Personal."""
        return digest((await ask(surroundings.bus, Wanted(place, person.subject))).key)


class _KeyProof:
    """One user's (outbound.credential.Proof)."""

    body_limit = 0

    def __init__(self, kind: UserKey, server: str, subject: Subject, surroundings: Surroundings) -> None:
        self._kind = kind
        self._server = server
        self._subject = subject
        self._bus = surroundings.bus
        self._lines, self._key, self._until = b"", b"", 0.0
        self._forgotten = 0

    def lines(self, request: Outgoing) -> bytes | Awaitable[bytes]:
        return self._lines if clock.monotonic() < self._until else self._fetch()

    def rejected(self, lines: bytes) -> bool:
        self.forget()  # it may have been exchanged; the next call looks
        return False

    def secrets(self) -> tuple[bytes, ...]:
        return (self._key,) if self._key else ()

    def forget(self) -> None:
        """The key may not be that any more, nor one that is on its way."""
        self._until = 0.0
        self._forgotten += 1

    async def _fetch(self) -> bytes:
        forgotten = self._forgotten
        given = await ask(self._bus, Wanted(self._server, self._subject))
        who = self._subject.shown
        if given.link:
            error = ConnectionNeeded(f"{who} has given no key for {self._server!r} yet: open {given.link}")
            error.link = given.link
            raise error
        if not given.key and not self._subject.logs_in:
            raise CredentialFailed(f"{self._server!r} takes keys of users alone, and {who} is none of this gateway's")
        if not given.key:
            raise CredentialFailed(f"{who} has given no key for {self._server!r} yet: ask the operator of the gateway")
        value = self._kind.value.replace(_GAP, given.key)
        self._key = given.key.encode()
        self._lines = f"{self._kind.header.lower()}: {value}\r\n".encode("ascii")
        self._until = clock.monotonic() + _FRESH_SECONDS if forgotten == self._forgotten else 0.0
        return self._lines
