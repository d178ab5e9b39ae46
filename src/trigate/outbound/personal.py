"""Credentials that depend on who is calling: each caller, team or end user comes with its own."""

from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from trigate.core.connection import Subject
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.surroundings import Surroundings
from trigate.outbound.credential import AUTHORIZATION, Credential, Proof

if TYPE_CHECKING:
    from trigate.outbound.client import Client, Endpoint
    from trigate.outbound.oauth.plan import Plan


class Forgetful(Protocol):
    """Whatever holds a proof for a while."""

    def forget(self) -> None:
        """It may not be good any more."""
        ...


class Person:
    """One subject, and the proof that its newest request showed the gateway."""

    __slots__ = ("_proofs", "subject", "token")

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.token = ""
        """The bearer token it came with, empty if it came with none; only kinds that exchange tokens look at it."""
        self._proofs = WeakSet[Forgetful]()

    def hold(self, proof: "Forgetful") -> None:
        """One more place where its proof is held; it may come with several credentials, and by several transports."""
        self._proofs.add(proof)

    def forget(self) -> None:
        """What this process holds of its proof is not good any more."""
        for each in list(self._proofs):
            each.forget()

    def met(self, exchange: Exchange) -> None:
        """It has come again."""
        principal = exchange.principal
        if principal is None or not principal.claims:
            return  # an API key is the gateway's own, and shown to nobody
        if principal.standing is not None and principal.standing.is_own:
            return  # and so is a token that it gave out
        value = exchange.request.fields.get(b"authorization", b"")
        if value[:7].lower() == b"bearer " and b"authorization" in exchange.credentials:
            self.token = value[7:].strip().decode("latin-1")


class Personal(Credential):
    """A kind whose proof depends on the caller."""

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def is_personal(self) -> bool:
        """See Credential."""
        return True

    def is_of_token(self) -> bool:
        """Whether a proof is good for one token of a caller only, and not for the next one it comes with."""
        return False

    def is_shared(self) -> bool:
        """Whether all callers share one proof after all."""
        return False

    def subject(self, principal: Principal) -> Subject:
        """Whose proof a caller uses; raises Forbidden for one who can have none."""
        raise NotImplementedError

    def prove(self, place: str, person: Person, client: "Client", surroundings: Surroundings) -> Proof:
        """What proves this person's requests to the server of the configured name `place`."""
        raise NotImplementedError

    async def at_hand(self, place: str, person: Person, surroundings: Surroundings) -> str:
        """What connects this person at this moment, empty if nothing does; raises UpstreamFailed."""
        return ""

    def plan(self, server: str, url: str, public: str) -> "Plan | None":
        """What the control process must know to keep connections; None for kinds that keep none.

        `public` is the gateway's own address, empty if it has none.
        """
        return None


class Bound(Credential):
    """A personal credential of one person, as endpoints take it."""

    kind: Personal
    """What the file says."""
    place: str
    """The configured name of the server."""
    person: Person
    """Whose requests it proves."""

    def names(self) -> frozenset[bytes]:
        """The same fields for everybody."""
        return self.kind.names()

    def open(self, client: "Client", endpoint: "Endpoint", surroundings: Surroundings) -> Proof:
        """This person's proof."""
        return self.kind.prove(self.place, self.person, client, surroundings)
