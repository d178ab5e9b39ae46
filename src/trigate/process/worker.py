"""A data worker: one event loop that serves callers by one gateway, exchanged at a reload."""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop

from trigate.config.config import Config
from trigate.core.clock import clock
from trigate.core.deadlines import SWEEP_SECONDS, Deadlines
from trigate.core.errors import Overloaded, StoreUnavailable
from trigate.core.ids import Ids
from trigate.core.problem import problem as answer
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.core.surroundings import Handler, Surroundings
from trigate.core.tasks import spawn
from trigate.inbound.listener import Server, close_all
from trigate.policy.record import Recorder
from trigate.process import channel
from trigate.process.bus import Line, Services
from trigate.process.doors import Doors, every
from trigate.process.installation import Installation
from trigate.process.keep import Generation, LivingThings
from trigate.process.outage import OutageWatch
from trigate.process.swap import Swap, problem, report
from trigate.store.spool import FileSpool
from trigate.telemetry.log import log

Build = Callable[[Config, Surroundings], Handler]
Parse = Callable[[str], Config]
"""What the text of a configuration means; raises BadConfig."""


FIRST_WORD_SECONDS = 5.0
"""How long callers wait after a start until it is known how the store stands, where nobody is served without it."""


def spool_directory(config: Config) -> Path:
    """Where records wait."""
    return Path(config.store.directory) / "spool"


def run_worker(config: Config, doors: Doors, line: socket.socket, build: Build, parse: Parse) -> int:
    """Serve until told to drain; the exit status."""
    return run(lambda loop: Worker(loop, config, build, parse, line).serve(doors))


def run(begin: Callable[[asyncio.AbstractEventLoop], Coroutine[Any, Any, None]]) -> int:
    """Build and serve on the fast event loop; 1 if it cannot be built, which is told in the process log."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        loop = runner.get_loop()
        loop.set_exception_handler(log.crash)
        try:
            main = begin(loop)
        except Exception as fault:  # noqa: BLE001 - whatever it is, this process has nothing to serve with
            report("this configuration cannot be used", problem(fault))
            return 1
        runner.run(main)
    return 0


async def start(server: Server, doors: Doors) -> None:
    """Serve at `doors` and let go of them: the server has its own, and an address given up must refuse callers."""
    await server.start([sockets[0] for sockets in doors.values()])
    for number, sockets in enumerate(doors.values()):
        for each in sockets[1:]:
            await server.start_also(number, each)
    close_all(every(doors))


class Worker:
    """What one worker process holds."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, config: Config, build: Build, parse: Parse, line: socket.socket
    ) -> None:
        self._loop = loop
        self._config = config
        self._make = build
        self._keep = LivingThings()
        self._deadlines = Deadlines()
        self._ids = Ids()
        self._installation = Installation(config.store)
        self._spool = FileSpool(spool_directory(config), config.store.spool)
        self._bus = Line(loop, Services(), first=1)
        self._swap = Swap(self._keep, parse, self._build, self._use)
        self._line = channel.ChildLine(line, loop)
        self._outage = OutageWatch(self._bus, self._choose_handler)
        self._patient_until = clock.monotonic() + FIRST_WORD_SECONDS
        generation = self._keep.begin()
        self._gateway = self._build(config, generation)
        self._keep.commit(generation)
        turned_away = Recorder(self._spool).turned_away
        self._server = Server(config.inbound, self._gateway, self._surroundings(generation), turned_away)
        self._choose_handler()

    async def serve(self, doors: Doors) -> None:
        """Serve, and do what the supervisor says, until it says `Drain`."""
        self._sweep()
        self._line.beat()
        await start(self._server, doors)
        gc.freeze()  # what is built once is not looked at again by every collection
        self._line.report(channel.Ready())
        watching = spawn(self._outage.run(), "the state of the store")
        while await self._obey(*await self._line.orders.get()):
            pass
        self._keep.retire()
        await self._server.drain(self._config.inbound.timeouts.drain)
        watching.cancel()
        self._keep.drain()
        self._bus.close()
        self._spool.close()

    async def _obey(self, order: channel.Order, descriptors: list[int]) -> bool:
        match order:
            case channel.Attach():
                await self._bus.attach(socket.socket(fileno=descriptors[0]), order.worker)
            case channel.Prepare():
                self._line.report(await self._swap.prepare(order, descriptors))
            case channel.Commit():
                self._swap.commit()
            case channel.Abort():
                self._swap.abort()
            case channel.Drain():
                return False
            case channel.State() | channel.Lead() | channel.Retire():
                pass  # for the control process
        return True

    def _build(self, config: Config, generation: Generation) -> Handler:
        return self._make(config, self._surroundings(generation))

    def _surroundings(self, generation: Generation) -> Surroundings:
        common = self._installation
        return Surroundings(
            self._loop, self._deadlines, generation, self._spool, self._bus, self._ids, common.derive, common.share
        )

    def _use(self, config: Config, gateway: Handler, listen: dict[str, socket.socket]) -> None:
        # Exchanges under way keep the gateway they began with: they hold it.
        self._config, self._gateway = config, gateway
        log.form = config.telemetry.log
        self._spool.settings = config.store.spool
        self._choose_handler()
        self._server.reload_certificates()

    def _sweep(self) -> None:
        self._loop.call_later(SWEEP_SECONDS, self._sweep)
        self._deadlines.sweep(clock.monotonic())
        if not self._outage.known and self._needs_store and clock.monotonic() >= self._patient_until:
            self._outage.give_up()
        full = self._spool.full
        self._spool.tend()
        if self._spool.full is not full:
            self._choose_handler()
            (log.error if self._spool.full else log.info)(
                "the spool is full" if self._spool.full else "the spool has room"
            )

    def _choose_handler(self) -> None:
        # Whatever happens must be recorded: without room for records nothing new is begun, unless the settings say so.
        full = self._spool.full and self._config.store.spool.on_full == "refuse"
        if full or (self._needs_store and self._outage.down):
            self._server.handler = self._refuse
        elif self._needs_store and not self._outage.known:
            self._server.handler = self._hold
        else:
            self._server.handler = self._gateway

    @property
    def _needs_store(self) -> bool:
        """Whether nobody is served while the store is down."""
        return self._config.store.fail == "closed"

    async def _hold(self, request: Request, peer: Peer, incoming: Incoming, edge: Edge) -> None:
        await self._outage.wait()
        await self._server.handler(request, peer, incoming, edge)

    async def _refuse(self, request: Request, peer: Peer, incoming: Incoming, edge: Edge) -> None:
        kind = Overloaded if self._spool.full else StoreUnavailable
        error = kind("the gateway cannot record what it does at the moment and takes no requests", retry_after=5.0)
        head, body = answer(error, self._ids.next())
        await edge.send(head)
        edge.finish(body)
