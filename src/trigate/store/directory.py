"""Who is known: organisations, teams, people, agents and their keys, as rows and as the snapshot that workers hold."""

from hashlib import blake2b
from typing import Literal

from msgspec import Struct

from trigate.store.login import Signer

Role = Literal["admin", "editor", "viewer"]
"""What a person or key may do through the admin API: everything, change what its scope holds, or read."""

PREFIX = "tg_"
"""Begins the secret of every key made at run time, so that people, scanners and the gateway itself recognise it."""
NEVER = 0
"""An expiry that does not come."""
DIGEST_BYTES = 32


def digest_secret(pepper: bytes, secret: bytes) -> bytes:
    """What is kept of a key's secret: of no use without the pepper, and a long random secret needs no slow hash."""
    return blake2b(secret, key=pepper, digest_size=DIGEST_BYTES).digest()


class Organisation(Struct, frozen=True, kw_only=True):
    """A tenant: what belongs to one is invisible to another."""

    name: str
    created: int = 0
    """Nanoseconds since the epoch."""


class Team(Struct, frozen=True, kw_only=True):
    """People and agents who share keys, rules and budgets; names are unique over all organisations."""

    name: str
    organisation: str = ""
    created: int = 0


class User(Struct, frozen=True, kw_only=True):
    """A person."""

    name: str
    """The name or address that tokens and records show."""
    organisation: str = ""
    teams: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    created: int = 0


class Agent(Struct, frozen=True, kw_only=True):
    """A service account."""

    name: str
    organisation: str = ""
    team: str = ""
    roles: tuple[str, ...] = ()
    created: int = 0


class Key(Struct, frozen=True, kw_only=True):
    """An API key made at run time; the secret itself is shown once, when it is made, and kept nowhere."""

    id: str
    name: str
    """What records show; unique."""
    prefix: str
    """The secret's first characters, enough to recognise it."""
    digest: bytes
    """The secret under the installation's pepper (`digest_secret`)."""
    previous: bytes = b""
    """Digest of the secret before the last rotation, still accepted until `previous_until`."""
    previous_until: int = NEVER
    """Nanoseconds since the epoch."""
    expires: int = NEVER
    """Nanoseconds since the epoch."""
    revoked: int = 0
    """When it was revoked, nanoseconds since the epoch; 0 while it is valid."""
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    roles: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ("api", "llm", "mcp")
    models: tuple[str, ...] = ("*",)
    servers: tuple[str, ...] = ("*",)
    routes: tuple[str, ...] = ("*",)
    addresses: tuple[str, ...] = ()
    """Networks (CIDR) it may be used from; empty: any."""
    may_act_for_users: bool = False
    """May name the end user it acts for."""
    created: int = 0
    created_by: str = ""
    """The principal that made it."""


class Document(Struct, frozen=True, kw_only=True):
    """Configuration made at run time: an access rule, a limit. The body is what the file would hold, as JSON."""

    kind: Literal["access", "limit"]
    name: str
    body: bytes
    organisation: str = ""
    created: int = 0


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything above that is live, at one revision; expired and revoked keys are left out."""

    revision: int
    """Grows with every change; equal revisions are equal snapshots."""
    pepper: bytes
    """Key of the digests: 32 random bytes of the installation, sealed in the store."""
    organisations: tuple[Organisation, ...] = ()
    teams: tuple[Team, ...] = ()
    users: tuple[User, ...] = ()
    agents: tuple[Agent, ...] = ()
    keys: tuple[Key, ...] = ()
    documents: tuple[Document, ...] = ()
    signers: tuple[Signer, ...] = ()
    """Keys of the gateway's own tokens."""
    ended: tuple[str, ...] = ()
    """Logins that were revoked so recently that tokens of them may be in use."""
