"""Who is at the other end of a connection."""

import asyncio
from typing import Any

from msgspec import Struct

from trigate.core.request import Peer


class Origin(Struct, frozen=True):
    """Who a trusted sender says is calling."""

    address: str
    port: int


def read_peer(transport: asyncio.Transport, origin: Origin | None = None) -> Peer:
    """What the connection tells of its caller; `origin` is believed before the socket."""
    ask = transport.get_extra_info
    tls = ask("ssl_object") is not None
    address, port = (origin.address, origin.port) if origin else _remote(ask("peername"))
    own = ask("sockname")
    server_port = own[1] if isinstance(own, tuple) else 0  # pyright: ignore[reportUnknownVariableType]
    return Peer(address, port, tls, server_port, ask("peercert_der") or b"" if tls else b"")  # pyright: ignore[reportUnknownArgumentType]


def _remote(name: Any) -> tuple[str, int]:
    if isinstance(name, tuple) and name:
        return str(name[0]), int(name[1])  # pyright: ignore[reportUnknownArgumentType]
    return "unix", 0
