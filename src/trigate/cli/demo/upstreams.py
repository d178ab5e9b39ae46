"""The demo's own service and provider, on ports of their own, served by the gateway's control process."""

import socket
from collections.abc import Mapping

from trigate.app import control_services
from trigate.cli.demo.provider import Provider
from trigate.cli.demo.service import Service as HelloService
from trigate.config.config import Config
from trigate.core.bus import Service
from trigate.core.surroundings import Handler, Surroundings
from trigate.core.tasks import spawn
from trigate.inbound.listener import Server, open_sockets
from trigate.inbound.settings import InboundSettings

_ANYWHERE = "127.0.0.1:0"


class Upstreams:
    """Where the demo's own upstreams listen: opened here, and served wherever `offer` is called.

    The sockets stay open in the process that made them, so whoever serves them may die and be replaced, as the
    control process is, and callers only wait.
    """

    def __init__(self, provider_key: str) -> None:
        self._handlers: list[Handler] = [HelloService(), Provider(provider_key)]
        self._sockets = [_open() for _ in self._handlers]
        self.service, self.provider = (f"http://127.0.0.1:{each.getsockname()[1]}" for each in self._sockets)

    def offer(self, config: Config, surroundings: Surroundings) -> Mapping[str, Service]:
        """What every control process offers, and these upstreams besides, for as long as it lives."""
        surroundings.keep.adopt("demo.upstreams", (), lambda: self._serve(surroundings))
        return control_services(config, surroundings)

    def close(self) -> None:
        """Give up the ports."""
        for each in self._sockets:
            each.close()

    def _serve(self, surroundings: Surroundings) -> "Serving":
        return Serving(list(zip(self._handlers, self._sockets, strict=True)), surroundings)


class Serving:
    """The upstreams as one process serves them."""

    def __init__(self, pairs: list[tuple[Handler, socket.socket]], surroundings: Surroundings) -> None:
        settings = InboundSettings(listen=_ANYWHERE)
        self._pairs = [(Server(settings, handler, surroundings), opened) for handler, opened in pairs]
        surroundings.loop.call_soon(self._begin)

    def drain(self) -> None:
        """The process ends, and all callers have gone before it."""
        for server, _ in self._pairs:
            server.close()

    def _begin(self) -> None:
        spawn(self._start(), "the demo's upstreams")

    async def _start(self) -> None:
        for server, opened in self._pairs:
            await server.start([opened])


def _open() -> socket.socket:
    (opened,) = open_sockets(InboundSettings(listen=_ANYWHERE))
    return opened
