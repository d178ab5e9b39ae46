"""Joins the workers of a gateway with each other: streams to one of them, word to all the others."""

import asyncio

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.tasks import spawn
from trigate.process.bus import RELAY, TELL, Link, encode_names
from trigate.process.cluster import Cluster
from trigate.process.frame import Kind
from trigate.process.stream import Stream

TELL_SECONDS = 2.0
"""Longest time that telling waits for workers that do not answer."""


class Switchboard:
    """The control process's links to workers, by the workers' addresses, and its way to those of other machines."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self.cluster: Cluster | None = None
        """The other machines, if there are any; may be exchanged at any time."""

    @property
    def services(self) -> dict[str, Service]:
        """What workers ask for."""
        return {RELAY: self.relay, TELL: self.tell}

    @property
    def services_for_peers(self) -> dict[str, Service]:
        """What the control processes of other machines ask for."""
        return {RELAY: self._relay_here, TELL: self._tell_here}

    def add(self, worker: str, link: Link) -> None:
        """A worker can be reached; its address is never given to another."""
        self._links = {name: each for name, each in self._links.items() if not each.closed}
        self._links[worker] = link

    def close(self) -> None:
        """Break everything off."""
        for link in self._links.values():
            link.close()

    async def announce(self, service: str, opening: bytes) -> None:
        """Run a service in every worker that offers it, on all machines; returns when all have, or after a while."""
        await self.tell(None, encode_names("", service) + opening)

    async def relay(self, stream: BusStream, opening: bytes) -> None:
        """Join a stream with one to a service of the worker it names; raises BusClosed if that worker is gone."""
        (owner, _), _ = decode_names(opening, 2)
        machine, found, _ = owner.partition("/")
        if owner in self._links or not found or self.cluster is None:
            await self._relay_here(stream, opening)
        else:
            await join(stream, (await self.cluster.reach(machine)).open(RELAY, opening))

    async def tell(self, stream: BusStream | None, opening: bytes) -> None:
        """Run a service in every worker but the one that asks, on all machines; returns when all have."""
        peers = await self.cluster.reach_all() if self.cluster is not None else []
        abroad = spawn(tell_all(peers, TELL, opening), "telling peers")
        await self._tell_here(stream, opening)
        await abroad

    async def _relay_here(self, stream: BusStream, opening: bytes) -> None:
        (owner, service), first = decode_names(opening, 2)
        link = self._links.get(owner)
        if link is None:
            raise BusClosed("that worker is gone")
        await join(stream, link.open(service, first))

    async def _tell_here(self, stream: BusStream | None, opening: bytes) -> None:
        (own, service), first = decode_names(opening, 2)
        others = [link for worker, link in self._links.items() if worker != own and not link.closed]
        await tell_all(others, service, first)


async def tell_all(links: list[Link], service: str, opening: bytes) -> None:
    """Run a service at the other end of every link, and wait until all have, or too long."""
    tasks = [spawn(_tell_one(link, service, opening), f"telling {service}") for link in links]
    if tasks:
        await asyncio.wait(tasks, timeout=TELL_SECONDS)


async def _tell_one(link: Link, service: str, opening: bytes) -> None:
    try:
        stream = link.open(service, opening)
        while await stream.receive() is not None:
            pass
    except BusClosed:
        return  # it is gone, or offers no such thing


async def join(near: BusStream, far: Stream) -> None:
    """Pass on what comes on either stream, no faster than it is read, until one ends; the other ends the same way."""
    forth = spawn(_pump(near, far), "relay")
    try:
        await _pump(far, near)
        await forth
    finally:
        far.end(Kind.BREAK)


async def _pump(source: BusStream, sink: BusStream) -> None:
    while True:
        try:
            message = await source.receive()
        except BusClosed:
            _break(sink)
            return
        if message is None:
            sink.close()
            return
        try:
            await sink.send(message)
        except BusClosed:
            return  # the other direction learns how it ended


def _break(stream: BusStream) -> None:
    if isinstance(stream, Stream):
        stream.end(Kind.BREAK)
    else:
        stream.close()


def decode_names(opening: bytes, count: int) -> tuple[list[str], bytes]:
    """Undo `encode_names`; raises BusClosed for what is no such message."""
    *names, rest = opening.split(b"\0", count)
    if len(names) != count:
        raise BusClosed("not understood")
    return [name.decode("utf-8", "replace") for name in names], rest
