"""Free loopback ports, each handed out once."""

from __future__ import annotations

import socket
import time

_taken: set[int] = set()


def free() -> int:
    """A port nobody listens on; two calls never give the same."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            number = probe.getsockname()[1]
        if number not in _taken:
            _taken.add(number)
            return number


def wait(number: int, seconds: float) -> None:
    """Return once somebody accepts; TimeoutError when nobody does in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                return
        time.sleep(0.005)
    raise TimeoutError(f"nothing listens on port {number} after {seconds:g} s")
