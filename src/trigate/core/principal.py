"""Who is calling."""

from msgspec import Struct


class Principal(Struct, frozen=True):
    """A caller whose credential was accepted, or the anonymous one."""

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
