"""Listening sockets: opened, taken over where they stay, and dealt out to the worker slots."""

import socket
from collections.abc import Iterable, Mapping, Sequence

from trigate.config.config import Config
from trigate.inbound.listener import close_all, open_shared
from trigate.inbound.settings import InboundSettings, ListenerSettings
from trigate.inbound.steering import steer

Doors = dict[str, list[socket.socket]]
"""Listening sockets by address as it is configured; those of one address share its callers."""


def open_control(config: Config, held: Doors) -> Doors:
    """The sockets of the admin port, taking over from `held` what stays; raises OSError, having opened none."""
    return _open(InboundSettings(listen=config.admin.listen).listeners, held, 1)


def open_inbound(config: Config, held: Doors) -> Doors:
    """The sockets of all worker slots, taking over from `held` what stays; raises OSError, having opened none.

    An address never has fewer sockets than before: whoever waits in a socket that is closed would be reset.
    """
    return _open(config.inbound.listeners, held, config.inbound.workers)


def steer_callers(doors: Doors, workers: int) -> None:
    """Spread new callers evenly over `workers` slots, also where an address has more sockets than slots."""
    for sockets in doors.values():
        if len(sockets) > 1:
            steer(sockets[0], workers)


def deal(doors: Doors, slot: int, workers: int) -> Doors:
    """What one of several slots accepts on: each socket belongs to one slot, a Unix socket to all."""
    return {address: sockets[slot::workers] or sockets[:1] for address, sockets in doors.items()}


def close_others(doors: Doors, kept: Iterable[Doors]) -> None:
    """Close what is in none of `kept`."""
    close_all(every(doors) - {each for others in kept for each in every(others)})


def every(doors: Doors) -> set[socket.socket]:
    """All sockets."""
    return {each for sockets in doors.values() for each in sockets}


def _open(listeners: Sequence[ListenerSettings], held: Mapping[str, Sequence[socket.socket]], count: int) -> Doors:
    opened: list[socket.socket] = []
    doors: Doors = {}
    try:
        for each in listeners:
            old = list(held.get(each.address, ()))
            if 0 < len(old) < count:
                steer(old[0], len(old))  # nobody comes to the fresh ones before it is sure that they stay
            fresh = open_shared(each, count - len(old), old[0] if old else None)
            opened += fresh
            doors[each.address] = old + fresh
    except OSError:
        close_all(opened)
        raise
    return doors
