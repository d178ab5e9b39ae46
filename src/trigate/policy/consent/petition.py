"""A call that waits for an operator, as workers and the control process speak of it."""

from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.principal import Principal

SERVICE = "policy.consent"
"""The name of the control process's service on the bus; and what the key is made for that arguments are sealed with."""

State = Literal["pending", "granted", "denied", "full", "unavailable"]


class Petition(Struct, frozen=True, kw_only=True):
    """Exactly one call, of exactly one caller."""

    digest: bytes
    """Of everything that makes the call what it is, the caller included."""
    rule: str
    request: str
    """The id of the exchange that asks first."""
    action: str
    resource: str
    arguments: bytes
    """As JSON, for the operator to read; cut if it is very long."""
    key: str
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    on_behalf_of: str = ""


class Order(Struct, frozen=True):
    """What a worker wants: to ask and wait a while, or to use what was granted."""

    act: Literal["ask", "use", "once"]
    """`once` uses what a caller brings back, which nobody has brought before."""
    petition: Petition
    id: str = ""
    """Of what was granted, or of what is brought back."""
    by: str = ""
    """Who approved what is brought back."""


class Told(Struct, frozen=True):
    """What came of it."""

    state: State
    id: str = ""
    problem: str = ""


class Consent(Struct, array_like=True, frozen=True):
    """What is known of a call's approval: kept with the call, and sealed in what its caller brings back.

    Where the protocol ends calls to ask something, one approval is good for all rounds of that one call, in which
    nothing else may have changed; each round is used up by the first that goes on with it.
    """

    digest: bytes
    """Of the call as it was when it was asked about."""
    place: str = ""
    """The rule under which an operator has approved it."""
    grant: str = ""
    """The id of that approval."""
    once: str = ""
    """The name of what the caller brings back."""


encode = msgspec.msgpack.encode
read_order = msgspec.msgpack.Decoder(Order).decode
read_told = msgspec.msgpack.Decoder(Told).decode


def belonging(principal: Principal) -> dict[str, str]:
    """Whose call it is."""
    return {
        "key": principal.key,
        "user": principal.user,
        "agent": principal.agent,
        "team": principal.team,
        "organisation": principal.organisation,
        "on_behalf_of": principal.on_behalf_of,
    }


def digest_of(principal: Principal, action: Action, arguments: object) -> bytes:
    """The same for the same call alone: members of objects may come in any order, nothing else may differ."""
    whole = [belonging(principal), action.name, action.resource, arguments]
    return blake2b(msgspec.json.encode(whole, order="sorted"), digest_size=32, person=b"trigate consent").digest()
