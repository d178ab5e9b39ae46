"""What is kept of people who log in: slips that are good once, logins of clients, and the keys that sign for them."""

from hashlib import blake2b

from msgspec import Struct

SLIP_BYTES = 32


class Slip(Struct, frozen=True, kw_only=True):
    """Something a secret stands for, for a while: a browser's session, a code, a client that registered itself."""

    kind: str
    """Such as `session`."""
    digest: bytes
    """The secret itself is kept nowhere (`digest_slip`)."""
    expires: int
    """Nanoseconds since the epoch."""
    login: str = ""
    """The login it belongs to; empty: none."""
    user: str = ""
    """The user in whose name it acts; empty: nobody."""
    taken: int = 0
    """Nanoseconds since the epoch at which it was used, of what is good once; 0 if it was not."""
    body: bytes = b""
    """What is known of it, in the language of its kind."""


class Login(Struct, frozen=True, kw_only=True):
    """A client that a person, or an operator, lets use an endpoint; the tokens it is given name it."""

    id: str
    user: str = ""
    client: str
    """Identifier of the client."""
    title: str = ""
    """What the client calls itself."""
    resource: str
    """Address of the endpoint."""
    scope: str
    """What it may do there, words with spaces between them."""
    how: str
    """How the person proved itself: `password`, `key`, the name of a provider; or how the client did."""
    key: str = ""
    """Name of the API key by which the person proved itself; it ends with that."""
    servers: tuple[str, ...] = ("*",)
    """MCP servers that key may use."""
    organisation: str = ""
    generation: int = 0
    """How often its refresh token was exchanged for the next one."""
    turned: int = 0
    """Nanoseconds since the epoch at which that last happened."""
    created: int = 0
    used: int = 0
    expires: int
    ended: int = 0
    """Nanoseconds since the epoch at which it was revoked; 0 if it was not."""


class Signer(Struct, frozen=True, kw_only=True):
    """A key that tokens are signed with; its private half is in the vault."""

    id: str
    public: str
    """A JSON Web Key."""
    created: int
    until: int
    """Nanoseconds since the epoch until which tokens of it may be in use."""


def digest_slip(kind: str, secret: str) -> bytes:
    """What is kept of a slip's secret, a long random text; the kind goes into it, so that none passes for another."""
    return blake2b(secret.encode(), digest_size=SLIP_BYTES, person=kind.encode()[:16]).digest()
