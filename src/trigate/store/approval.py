"""A call that waits, or waited, for an operator's approval."""

from typing import Literal

from msgspec import Struct

Decision = Literal["granted", "denied"]


class Approval(Struct, frozen=True, kw_only=True):
    """One row: exactly one call of exactly one caller."""

    id: str
    time: int
    """Nanoseconds since the epoch at which it was first asked for."""
    expires: int
    """Nanoseconds since the epoch at which waiting, or else the decision, ends."""
    state: Literal["pending", "granted", "denied", "used"]
    digest: bytes
    """Of everything that makes the call what it is, the caller included."""
    rule: str
    request: str
    """The id of the exchange that asked first."""
    action: str
    resource: str
    key: str
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    on_behalf_of: str = ""
    decided: int = 0
    """Nanoseconds since the epoch, 0 before."""
    decided_by: str = ""
    comment: str = ""
    sealed: bytes = b""
    """The call's arguments as JSON, sealed for this row."""
