"""Ports for the servers of tests: each is given once, and none of those that the kernel gives to anybody who asks."""

import os
import random
import socket
from itertools import count
from pathlib import Path

FIRST = 10_000
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _own() -> tuple[int, int]:
    """Those of this process of the suite, below those that connections get as their own end."""
    end = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = (end - FIRST) // workers
    return FIRST + size * number, size


_first, _size = _own()
_next = count(random.randrange(_size))


def free_port() -> int:
    """A loopback port on which nobody listens, and which nobody else is given."""
    for _ in range(_size):
        port = _first + next(_next) % _size
        if _is_free(port):
            return port
    raise AssertionError("every port is taken")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
