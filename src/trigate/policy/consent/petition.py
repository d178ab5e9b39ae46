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

    act: Literal["ask", "use"]
    petition: Petition
    id: str = ""
    """Of what was granted."""


class Told(Struct, frozen=True):
    """What came of it."""

    state: State
    id: str = ""
    problem: str = ""


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
