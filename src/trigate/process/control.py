"""The control process: the admin port, the services that workers reach over the bus, and the delivery of records."""

import asyncio
import os
import shutil
import socket
from collections.abc import Callable, Mapping

from trigate.admin.api import Ruling, Running, open_door
from trigate.admin.door import Door
from trigate.admin.health import Check, Health
from trigate.config.amendment import check_document, read_limit
from trigate.config.config import Config
from trigate.core.bus import BusClosed, Service
from trigate.core.clock import clock
from trigate.core.deadlines import SWEEP_SECONDS, Deadlines
from trigate.core.errors import GatewayError
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.inbound.listener import Server
from trigate.inbound.settings import InboundSettings
from trigate.policy.limiting.balance import BALANCES, Balance, tell_balances
from trigate.policy.mention import mentions
from trigate.process import channel
from trigate.process.bus import Link, Services
from trigate.process.cluster import Cluster
from trigate.process.consultation import consult
from trigate.process.delivery import Delivery
from trigate.process.doors import Doors
from trigate.process.inner_line import InnerLine
from trigate.process.installation import Installation
from trigate.process.keep import Generation, LivingThings
from trigate.process.outage import OUTAGE, Outage
from trigate.process.settlement import Settlement
from trigate.process.swap import Swap
from trigate.process.switchboard import Switchboard
from trigate.process.worker import Parse, run, spool_directory, start
from trigate.store.keeper import open_keeper
from trigate.store.segment import SEGMENT_BYTES
from trigate.store.spool import FileSpool, held_bytes
from trigate.store.spool_reader import Parsed, SpoolReader
from trigate.telemetry.access_log import AccessLog
from trigate.telemetry.log import log

Offer = Callable[[Config, Surroundings], Mapping[str, Service]]
"""The services of a configuration, by name; what they hold that has a life is in the keep."""

CATCH_UP_SECONDS = 5.0
"""Longest time for all that waits in the spool to be written, when somebody asks what budgets have spent."""
END_SECONDS = 4.0
"""Longest time at the end for services to end what they hold, such as child processes."""


def run_control(config: Config, doors: Doors, line: socket.socket, offer: Offer, parse: Parse) -> int:
    """Serve until told to drain; the exit status."""
    return run(lambda loop: Control(loop, config, offer, parse, line).serve(doors))


class Control:
    """What the control process holds."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, config: Config, offer: Offer, parse: Parse, line: socket.socket
    ) -> None:
        self._loop = loop
        self._config = config
        self._offer = offer
        self._keep = LivingThings()
        self._deadlines = Deadlines()
        self._spool = FileSpool(spool_directory(config), config.store.spool)
        self._services = Services()
        self._switchboard = Switchboard()
        self._state = channel.State(0, config.inbound.workers, 1)
        self._access_log = AccessLog(config.telemetry.access_log)
        parsed = Parsed()
        self._delivery = Delivery(SpoolReader(spool_directory(config), 0, parsed), self._access_log)
        self._ids = Ids()
        self._installation = Installation(config.store)
        self._outage = Outage()
        self._leads = False
        generation = self._keep.begin()
        self._switchboard.cluster = self._find_cluster(config, generation)
        self._keeper = open_keeper(config.store, self._surroundings(generation))
        self._settlement = Settlement(self._keeper.store, lambda: self._keeper.is_blank)
        self._ledger = Delivery(SpoolReader(spool_directory(config), 1, parsed), self._settlement)
        self._services.offered = self._with_own(offer(config, self._surroundings(generation)))
        self._keep.commit(generation)
        self._health = Health(self._checks, self._ids)
        self._door = self._open_door(config)
        self._server = self._make_server(config)
        self._swap = Swap(self._keep, parse, self._build, self._use)
        self._line = channel.ChildLine(line, loop)

    async def serve(self, doors: Doors) -> None:
        """Serve, and do what the supervisor says, until it says `Drain`."""
        self._sweep()
        self._line.beat()
        await start(self._server, doors)
        if self._switchboard.cluster is not None:
            await self._switchboard.cluster.start()
        self._line.report(channel.Ready())
        while await self._obey(*await self._line.orders.get()):
            pass
        await self._end()

    async def _obey(self, order: channel.Order, descriptors: list[int]) -> bool:
        match order:
            case channel.Attach():
                await self._attach(socket.socket(fileno=descriptors[0]), order.worker)
            case channel.Lead():
                self._leads = True
                self._delivery.start()
                self._ledger.start()  # loads SQL, which nobody who waits for the first answer shall wait for
            case channel.Retire():
                await self._retire()
            case channel.State():
                self._state = order
            case channel.Prepare():
                self._line.report(await self._swap.prepare(order, descriptors))
            case channel.Commit():
                self._swap.commit()
            case channel.Abort():
                self._swap.abort()
            case channel.Drain():
                return False
        return True

    async def _attach(self, connected: socket.socket, worker: str) -> None:
        link = Link(self._loop, self._services, first=2)
        await self._loop.create_unix_connection(lambda: link, sock=connected)
        self._switchboard.add(worker, link)

    def _with_own(self, offered: Mapping[str, Service]) -> Mapping[str, Service]:
        return {
            **offered,
            **self._switchboard.services,
            OUTAGE: self._outage.tell,
            BALANCES: tell_balances(self._balances),
        }

    async def _balances(self) -> list[Balance]:
        """What budgets have spent, all that waits in the spool included."""
        if not await asyncio.to_thread(self._ledger.catch_up, CATCH_UP_SECONDS):
            raise BusClosed("the ledger has not caught up")
        try:
            found = await self._keeper.balances()
        except GatewayError as error:
            raise BusClosed(error.message) from None
        return [Balance(each.cell, each.start, each.end, each.amount) for each in found]

    def _find_cluster(self, config: Config, generation: Generation) -> Cluster | None:
        settings, offered = config.process.cluster, self._switchboard.services_for_peers
        if settings is None:
            return None
        return generation.adopt("cluster", settings, lambda: Cluster(self._loop, settings, offered))

    async def _retire(self) -> None:
        """A successor serves operators and delivers records; the workers that know this process still need it."""
        spawn(self._server.drain(END_SECONDS), "the admin port passes on")
        await asyncio.to_thread(self._stop_deliveries)
        self._line.report(channel.Retired())

    def _build(self, config: Config, generation: Generation) -> Mapping[str, Service]:
        _try_to_open(config.telemetry.access_log)
        self._next_cluster = self._find_cluster(config, generation)
        self._next_keeper = open_keeper(config.store, self._surroundings(generation))
        return self._offer(config, self._surroundings(generation))

    def _stop_deliveries(self) -> None:
        self._ledger.ask_to_stop()
        self._delivery.stop()
        self._ledger.stop()

    def _use(self, config: Config, offered: Mapping[str, Service], listen: dict[str, socket.socket]) -> None:
        self._config = config
        self._services.offered = self._with_own(offered)
        log.form = config.telemetry.log
        self._spool.settings = config.store.spool
        self._delivery.between(lambda: self._access_log.move(config.telemetry.access_log))
        self._keeper = self._next_keeper
        self._switchboard.cluster = self._next_cluster
        if self._next_cluster is not None:
            spawn(self._next_cluster.start(), "the cluster port opens")
        self._settlement.open_store = self._keeper.store
        self._server.handler = self._door = self._open_door(config)
        if listen:
            previous, self._server = self._server, self._make_server(config)
            doors = {address: [each] for address, each in listen.items()}
            spawn(self._move(previous, doors), "the admin port moves")

    async def _move(self, previous: Server, doors: Doors) -> None:
        await start(self._server, doors)
        await previous.drain(END_SECONDS)

    def _open_door(self, config: Config) -> Door:
        running = Running(
            config.admin, self._health, self._settlement.meter, self._ids, self._switchboard.announce, self._consult
        )
        ruling = Ruling(
            config.policy.limits, read_limit, check_document, mentions(config.policy), config.policy.approvals.granted
        )
        return open_door(running, config.store, self._keeper, ruling)

    async def _consult(self, name: str, opening: bytes) -> bytes | None:
        service = self._services.offered.get(name)
        return await consult(service, opening) if service is not None else None

    def _make_server(self, config: Config) -> Server:
        around = self._surroundings(self._keep.begin())
        return Server(InboundSettings(listen=config.admin.listen), self._door, around)

    def _surroundings(self, generation: Generation) -> Surroundings:
        bus = InnerLine(self._loop, self._switchboard.announce)
        common = self._installation
        return Surroundings(
            self._loop, self._deadlines, generation, self._spool, bus, self._ids, common.derive, common.share
        )

    def _checks(self) -> list[Check]:
        state = self._state
        return [
            Check("configuration", ok=True, detail=state.problem or f"generation {state.generation}"),
            Check("workers", state.ready >= state.workers, f"{state.ready} of {state.workers} serve"),
            Check("running", not state.draining, "draining" if state.draining else ""),
            self._check_spool(),
            self._check_store(),
        ]

    def _check_store(self) -> Check:
        """What waiting will not heal is never well: no key of the store is known then."""
        lost, problem = self._ledger.problem, self._keeper.problem
        up = self._outage.known and not lost
        ok = not problem and (up or self._config.store.fail == "open")
        return Check("store", ok, problem or lost or ("" if ok else "it was not heard of yet"))

    def _check_spool(self) -> Check:
        if self._config.store.spool.on_full == "drop":
            return Check("spool", ok=True, detail=self._delivery.problem)
        free = shutil.disk_usage(spool_directory(self._config)).free
        room = self._config.store.spool.limit - held_bytes(spool_directory(self._config))
        ok = min(free, room) >= SEGMENT_BYTES and os.access(spool_directory(self._config), os.W_OK)
        return Check("spool", ok, self._delivery.problem or ("" if ok else "there is no room for records"))

    def _sweep(self) -> None:
        self._loop.call_later(SWEEP_SECONDS, self._sweep)
        self._deadlines.sweep(clock.monotonic())
        self._spool.tend()
        self._note_outage()

    def _note_outage(self) -> None:
        if self._ledger.tried:
            self._outage.note(self._ledger.problem)
        elif not self._leads and self._keeper.reached is not None:
            # A successor writes nothing yet, but its workers serve already.
            self._outage.note("" if self._keeper.reached else "it cannot be read")

    async def _end(self) -> None:
        self._services.offered = {}
        self._switchboard.close()
        self._keep.drain()
        await self._server.drain(0.0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=END_SECONDS)
        self._spool.close()
        self._stop_deliveries()


def _try_to_open(place: str) -> None:
    # Refuse a reload whose access log cannot be opened, rather than find out after the exchange.
    AccessLog(place).close()
