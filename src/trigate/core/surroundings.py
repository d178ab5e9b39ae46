"""What a gateway is built into: the things of its process that outlive any one configuration."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from trigate.core.bus import Bus
from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.request import Peer, Request
from trigate.core.shared import Derive, Share, derive_alone, share_alone
from trigate.core.stream import Edge, Incoming

Handler = Callable[[Request, Peer, Incoming, Edge], Coroutine[Any, Any, None]]
"""Serves one request, as one task: raises nothing but CancelledError, and always finishes or aborts the sink."""


class Living(Protocol):
    """A thing with a life: a pool, a child process, a session table."""

    def drain(self) -> None:
        """No configuration uses it any more: end it when what it is doing is done."""
        ...


@runtime_checkable
class Retiring(Protocol):
    """A living thing that keeps callers for as long as it lives."""

    def retire(self) -> None:
        """Let them go to another process: this one is about to end."""
        ...


T = TypeVar("T", bound=Living)


class Keep(Protocol):
    """Holds living things over reloads, keyed by a digest of their own settings."""

    def adopt(self, name: str, settings: object, make: Callable[[], T]) -> T:
        """The living thing of this name and equal settings, or a new one from `make`."""
        ...


PRIVATE = b'{"private":true,'
"""Begins a record that is for the store alone: no log shows it."""


class Spool(Protocol):
    """Where records go before the exchange's last piece does; they survive the death of this process."""

    def append(self, record: bytes) -> None:
        """Append one record (JSON, no newline); synchronous, never blocks on the disk."""
        ...


class Surroundings(Struct, frozen=True):
    """Handed to whatever builds a gateway."""

    loop: asyncio.AbstractEventLoop
    deadlines: Deadlines
    keep: Keep
    spool: Spool
    bus: Bus
    ids: Ids
    derive: Derive = derive_alone
    share: Share = share_alone
