"""Clients that ask for tokens, from wherever they are known."""

from hashlib import sha256
from typing import Literal, Protocol

from msgspec import Struct

from trigate.portal.redirection import fits

Method = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
Origin = Literal["file", "document", "registered"]
LONGEST_TITLE = 100


class Client(Struct, frozen=True, kw_only=True):
    """One client."""

    id: str
    origin: Origin
    """By whom it is described: the operator, a document at the address that its id is, or itself."""
    title: str = ""
    """What it calls itself; only of the file's clients does anybody know that it is true."""
    redirects: tuple[str, ...] = ()
    method: Method = "none"
    """How it proves itself at the token endpoint."""
    secret: str = ""
    """Digest of its secret."""
    keys: str = ""
    """Its public keys."""
    keys_url: str = ""
    """Where they are, if not here."""
    grants: tuple[str, ...] = ("authorization_code", "refresh_token")
    endpoints: tuple[str, ...] = ()
    """What it may get tokens for in its own name."""
    scopes: tuple[str, ...] = ()

    def leads_to(self, redirect: str) -> bool:
        """Whether browsers may be led back there."""
        return fits(redirect, self.redirects)


class Clients(Protocol):
    """Whoever knows clients."""

    async def find(self, id: str) -> Client | None:
        """The client of this id, None if it is not theirs or not there; raises Refused for one described wrongly."""
        ...


def clean_title(text: object) -> str:
    """A name as people are shown it: one line, nothing hidden, not long."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:LONGEST_TITLE]


def digest_secret(secret: str) -> str:
    """What is kept of a client's secret; one made here is long and random, so it needs no slow hash."""
    return sha256(b"trigate client secret " + secret.encode()).hexdigest()
