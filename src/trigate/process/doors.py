"""Opens listening sockets, once per slot, and takes over those that stay."""

import socket
from collections.abc import Mapping

from msgspec import structs

from trigate.config.config import Config
from trigate.inbound.listener import open_sockets
from trigate.inbound.settings import InboundSettings, ListenerSettings

Sockets = dict[str, socket.socket]
"""Listening sockets by address as it is configured."""


class Doors:
    """Knows which addresses this gateway has open, because several sockets may share one only within a gateway."""

    def __init__(self) -> None:
        self._opened: list[tuple[str, socket.socket]] = []

    def open_control(self, config: Config, held: Mapping[str, socket.socket]) -> Sockets:
        """The sockets of the admin port, taking over from `held` what stays; raises OSError, having opened none."""
        return self._open(InboundSettings(listen=config.admin.listen), held)

    def open_worker(self, config: Config, held: Mapping[str, socket.socket]) -> Sockets:
        """The sockets of one worker slot, taking over from `held` what stays; raises OSError, having opened none."""
        return self._open(config.inbound, held)

    def _open(self, settings: InboundSettings, held: Mapping[str, socket.socket]) -> Sockets:
        self._opened = [(address, each) for address, each in self._opened if each.fileno() >= 0]
        ours = {address for address, _ in self._opened}
        fresh: Sockets = {}
        try:
            for listener in settings.listeners:
                if listener.address not in held:
                    if listener.address not in ours:
                        _refuse_shared(listener)
                    (fresh[listener.address],) = open_sockets(structs.replace(settings, listen=[listener]))
        except OSError:
            for each in fresh.values():
                each.close()
            raise
        self._opened += fresh.items()
        return {each.address: fresh.get(each.address) or held[each.address] for each in settings.listeners}


def _refuse_shared(listener: ListenerSettings) -> None:
    # SO_REUSEPORT would let two gateways share a port unnoticed, each answering some of the callers.
    where = listener.parsed
    if where.path or not where.port:
        return
    with socket.socket(socket.AF_INET6 if ":" in where.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((where.host, where.port))
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {listener.address}: {error.strerror}") from error
