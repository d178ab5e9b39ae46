"""Who is calling."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

ANY = ("*",)
ANONYMOUS = "anonymous"
"""What a caller without a credential is called in place of a key."""


class Restriction(Struct, frozen=True):
    """What a credential itself is limited to, whatever rules grant its owner; globs."""

    models: tuple[str, ...] = ANY
    """Models, by the name callers use."""
    servers: tuple[str, ...] = ANY
    """MCP servers, by name."""
    routes: tuple[str, ...] = ANY
    """Routes of the api lane, by name."""
    scopes: tuple[str, ...] = ANY
    """What a token opens in the mcp lane, in the words of policy/scope.py; `*`: it does not say."""


UNRESTRICTED = Restriction()
NO_CLAIMS: Mapping[str, Any] = {}


class Standing(Struct, eq=False):
    """Whether a credential still counts; shared by all principals that it gave out."""

    ended: bool = False
    """It was revoked or changed, or has expired: what is done in its name must end."""
    until: float = float("inf")
    """Wall-clock seconds since the epoch at which it ends by itself."""
    is_own: bool = False
    """The gateway itself gave it out: it is for the gateway alone, and is shown to nobody."""


class Principal(Struct, frozen=True, eq=False):
    """A caller whose credential was accepted, or the anonymous one.

    Compared by identity: an authenticator gives the same caller the same object for as long as nothing about it
    changes, so that what the spine works out for a principal is worked out once.
    """

    key: str
    """Name of the key or credential, for records; never the secret."""
    lanes: frozenset[str]
    """The lanes this caller may use at all."""
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    roles: frozenset[str] = frozenset()
    on_behalf_of: str = ""
    """An end user, asserted by a key that may."""
    restriction: Restriction = UNRESTRICTED
    claims: Mapping[str, Any] = NO_CLAIMS
    """Verified claims of a token; empty for other credentials."""
    key_id: str = ""
    """The row of a key in the store; empty for keys of the file and other credentials."""
    expires: float = float("inf")
    """Wall-clock seconds since the epoch after which the credential must be looked at anew."""
    access: Any = None
    """What access has worked out for this principal; written by policy/access.py only."""
    limits: Any = None
    """What limits have worked out for this principal; written by policy/limits only."""
    standing: Standing | None = None
    """Of the key or token behind it; None for callers whose proof is good for their request and nothing else."""
    free: Any = None
    """What it may do without being held up or counted; written by policy/free.py only."""

    def __post_init__(self) -> None:
        force_setattr(self, "free", None)  # whoever is made out of another one may do other things
