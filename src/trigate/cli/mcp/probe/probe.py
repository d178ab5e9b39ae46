"""A tool server reached as the gateway reaches it: its greeting, its lists, a call; and the time each took."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from trigate.cli.mcp.probe.inner_bus import InnerBus
from trigate.config.config import Config
from trigate.core.clock import clock
from trigate.core.deadlines import SWEEP_SECONDS, Deadlines
from trigate.core.errors import BadConfig, UpstreamFailed
from trigate.core.ids import Ids
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.mcp.approach import transport_of
from trigate.mcp.compose import Hop, compose
from trigate.mcp.flight import Flight
from trigate.mcp.greeting import Greeting
from trigate.mcp.listing import KINDS, Listing, fetch, response
from trigate.mcp.message import Message, Outgoing
from trigate.mcp.settings import McpSettings
from trigate.mcp.stdio_host import services
from trigate.mcp.transport import Leg, Transport
from trigate.outbound.client import Client
from trigate.process.keep import LivingThings

T = TypeVar("T")

_MOST_SWEEPS = 100


class Report(Struct):
    """What was found out about a server."""

    name: str
    greeting: Greeting
    lists: dict[str, Listing] = field(default_factory=dict[str, Listing])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """What each step took."""
    said: list[str] = field(default_factory=list[str])
    """What its command said and did."""


class Probe:
    """Servers of a configuration within reach."""

    def __init__(self, config: Config, surroundings: Surroundings, said: list[tuple[str, str]]) -> None:
        self._settings = config.mcp or McpSettings()
        self._client = Client(config.outbound, surroundings)
        self._surroundings = surroundings
        self._said = said

    async def look(self, name: str) -> tuple[Report, "Contact"]:
        """Say hello and fetch all lists; raises UpstreamFailed, or BadConfig for a server that is not configured."""
        server = self._settings.servers.get(name)
        if server is None:
            raise BadConfig(f"there is no server {name!r} in the configuration")
        around = self._surroundings
        transport = transport_of(name, server, self._client, around)
        seconds: dict[str, float] = {}
        times, signal = server.timeouts, Signal(around.loop)
        greeting = await self._timed("hello", seconds, times.greet, lambda: transport.greet(signal))
        contact = Contact(transport, greeting, signal, self)
        report = Report(name, greeting, seconds=seconds)
        for kind in KINDS.values():
            if greeting.offers(kind.capability):
                work = lambda kind=kind: fetch(contact.reach, kind, signal, 0.0)  # noqa: E731
                report.lists[kind.plural] = await self._timed(kind.method, seconds, times.list, work)
        report.said = [line for server, line in self._said if server == name]
        return report, contact

    async def _timed(self, step: str, seconds: dict[str, float], most: float, work: Callable[[], Awaitable[T]]) -> T:
        begun = clock.monotonic()

        async def run() -> T:
            return await work()

        try:
            return await Flight(run, self._surroundings.deadlines, most, step, 0.0).join()
        except UpstreamFailed as error:
            error.message = f"{step}: {error.message}"
            raise
        finally:
            seconds[step] = clock.monotonic() - begun

    async def call(self, contact: "Contact", report: Report, tool: str, arguments: Raw) -> Message:
        """Call a tool; raises UpstreamFailed."""
        most = self._settings.servers[report.name].timeouts.call
        return await self._timed("tools/call", report.seconds, most, lambda: contact.call(tool, arguments))


class Contact(Struct, frozen=True):
    """A server that has been greeted."""

    transport: Transport
    greeting: Greeting
    signal: Signal
    probe: Probe

    async def reach(self, write: Callable[[Greeting], Outgoing], signal: Signal) -> tuple[Greeting, Leg]:
        """Send a request."""
        return self.greeting, await self.transport.ask(self.greeting, write(self.greeting), signal)

    async def call(self, tool: str, arguments: Raw) -> Message:
        """Call a tool; the response, after whatever else it says."""
        params = {"name": Raw(msgspec.json.encode(tool)), "arguments": arguments}
        _, leg = await self.reach(
            lambda greeting: compose("tools/call", params, {}, Hop(greeting.era, tool)), self.signal
        )
        try:
            return await response(leg)
        finally:
            leg.close()


@asynccontextmanager
async def probing(config: Config) -> AsyncGenerator[Probe]:
    """Within it servers can be reached; at its end every command it started has ended."""
    said: list[tuple[str, str]] = []
    loop, deadlines, things, bus = asyncio.get_running_loop(), Deadlines(), LivingThings(), InnerBus()
    surroundings = Surroundings(loop, deadlines, things.begin(), _NoSpool(), bus, Ids())
    sweeping = loop.create_task(_sweep(deadlines))
    settings = _lazy(config.mcp or McpSettings())

    def note(name: str, line: str) -> None:
        said.append((name, line))

    for name, service in services(settings, surroundings, note, config.outbound).items():
        bus.offer(name, service)
    try:
        yield Probe(config, surroundings, said)
    finally:
        things.drain()
        await _settle(deadlines)
        sweeping.cancel()


def _lazy(settings: McpSettings) -> McpSettings:
    """Only what is asked for is started."""
    return msgspec.structs.replace(
        settings, servers={name: msgspec.structs.replace(each, start="lazy") for name, each in settings.servers.items()}
    )


async def _settle(deadlines: Deadlines) -> None:
    """Commands are given time to end by themselves, and not more."""
    for _ in range(_MOST_SWEEPS):
        if not len(deadlines):
            return
        await asyncio.sleep(SWEEP_SECONDS)


async def _sweep(deadlines: Deadlines) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        deadlines.sweep(clock.monotonic())


class _NoSpool:
    def append(self, record: bytes) -> None:
        """Nothing is recorded."""


def text_of(raw: Any) -> Any:
    """JSON as Python has it, None for nothing."""
    return msgspec.json.decode(raw) if len(raw) else None
