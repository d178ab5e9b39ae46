"""Tells the service manager how the gateway is (sd_notify(3)), where there is one that wants to know."""

import socket

from trigate.config.environment import environment
from trigate.core.clock import clock


def notify(*lines: str) -> None:
    """Send lines such as `READY=1` to whoever the environment names; nothing happens if nobody is there."""
    address = environment().get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        try:
            out.sendto("\n".join(lines).encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)
        except OSError:
            return  # it is its affair


def notify_reloading() -> None:
    """A reload begins; `READY=1` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={int(clock.monotonic() * 1e6)}")
