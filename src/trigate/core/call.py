"""One governed act inside an exchange."""

from typing import Any

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.usage import Usage


class Try(Struct, frozen=True):
    """An attempt that failed, so that another one was made."""

    target: str
    fault: str
    """What kind of failure it was: in the words of the lane, else the code of the error."""
    ended: int
    """Microseconds from the beginning of the call."""


class Call(Struct):
    """What is authorised, limited, guarded, attempted, settled and recorded once."""

    id: str
    exchange: Exchange
    principal: Principal
    action: Action
    parent: "Call | None"
    started: float
    """Monotonic seconds."""
    usage: Usage
    target: str = ""
    """Where the last attempt went, by its configured name."""
    attempts: int = 0
    failed: GatewayError | None = None
    """Why the last attempt failed, once one has; there may be another one."""
    tries: list[Try] = []
    """The attempts that failed, as far as another one could have been made."""
    first_byte: float = 0.0
    """Monotonic seconds at which the answer's head came, 0 before."""
    status: int = 0
    """The upstream's HTTP status, 0 where there is none."""
    flags: list[str] = []
    """Labels that guards put on the call."""
    charges: str = ""
    """What budgets were charged for it, as members of a JSON list: cell, window, amount."""
    outcome: str = ""
    """`ok`, `caller.left`, or the code of the error that ended it; empty while it runs."""
    consent: Any = None
    """What it was approved by, and as what; written by policy/consent only."""
    retold: bool = False
    """What it was asked for a child of it is asked in other words, which is no further request to limits."""
    prompt: str = ""
    """The prompt of the operator that it was made of, as `NAME@VERSION`."""
