"""A tripwire around the suite: whatever the tests start in their own process, it never leaves this machine."""

import ipaddress
import sys
from typing import Any

tripped: list[str] = []
"""Addresses outside this machine that something tried to reach since the list was last emptied."""


def leaves_the_machine(address: object) -> bool:
    """Whether a socket address, as Python passes it to `connect`, is an IP address other than loopback."""
    if not isinstance(address, tuple):
        return False
    try:
        found = ipaddress.ip_address(str(address[0]).partition("%")[0])  # pyright: ignore[reportUnknownArgumentType]
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return not (mapped.is_loopback or mapped.is_unspecified)


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook that refuses the connection and remembers it."""
    if event in {"socket.connect", "socket.sendto"} and leaves_the_machine(arguments[1]):
        tripped.append(f"{event} {arguments[1]}")
        raise ConnectionRefusedError(f"tests never leave this machine: {arguments[1]}")


def set_up() -> None:
    """Start watching; there is no way back within this process."""
    sys.addaudithook(watch)
