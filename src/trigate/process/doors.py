"""Opens listening sockets, and takes over those that stay."""

import socket
from collections.abc import Mapping

from msgspec import structs

from trigate.config.config import Config
from trigate.inbound.listener import open_sockets
from trigate.inbound.settings import InboundSettings

Sockets = dict[str, socket.socket]
"""Listening sockets by address as it is configured."""


def open_control(config: Config, held: Mapping[str, socket.socket]) -> Sockets:
    """The sockets of the admin port, taking over from `held` what stays; raises OSError, having opened none."""
    return _open(InboundSettings(listen=config.admin.listen), held)


def open_worker(config: Config, held: Mapping[str, socket.socket]) -> Sockets:
    """The sockets of one worker slot, taking over from `held` what stays; raises OSError, having opened none."""
    return _open(config.inbound, held)


def _open(settings: InboundSettings, held: Mapping[str, socket.socket]) -> Sockets:
    fresh = [each for each in settings.listeners if each.address not in held]
    opened: Sockets = {}
    if fresh:
        sockets = open_sockets(structs.replace(settings, listen=fresh))
        opened = {each.address: own for each, own in zip(fresh, sockets, strict=True)}
    return {each.address: opened.get(each.address) or held[each.address] for each in settings.listeners}
