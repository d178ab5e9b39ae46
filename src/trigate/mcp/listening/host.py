"""What commands say unasked, passed on to the workers that listen; lives where the commands' pipes are."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.fault import ServerFailed
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.legacy import subscribe
from trigate.mcp.listening.modern import listen_for
from trigate.mcp.listening.news import NEWS, is_task, read_news
from trigate.mcp.listening.over_bus import FOLLOWED, OPENED, SAID, decode_uris, encode_uris
from trigate.mcp.listening.reading import ACKNOWLEDGED
from trigate.mcp.message import Message
from trigate.mcp.piped import Request
from trigate.mcp.pool import Pool


class UnaskedHost:
    """Serves the workers' streams."""

    __slots__ = ("_pools",)

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """Pass on what one command says, until the worker closes the stream."""
        pool = self._pools.get(opening.decode("utf-8", "replace"))
        if pool is None:
            return
        # Lists come from the process that is everybody's, and so does what is said about them.
        if not isinstance(pool.shared.unasked, Gossip):
            pool.shared.unasked = Gossip(pool)
        await pool.shared.unasked.serve(stream)


class _Worker:
    """One stream: what is still to be said on it, the newest of each kind."""

    __slots__ = ("pending", "signal", "uris")

    def __init__(self, signal: Signal) -> None:
        self.pending: dict[str, bytes] = {}
        self.signal = signal
        self.uris: frozenset[str] = frozenset()

    def put(self, key: str, frame: bytes) -> None:
        self.pending[key] = frame
        self.signal.notify()


class Gossip:
    """What one command says unasked, and who listens."""

    __slots__ = ("_acknowledged", "_followed", "_following", "_greeting", "_listen", "_pool", "_workers")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._workers: set[_Worker] = set()
        self._greeting: Greeting | None = pool.shared.spoken
        self._followed: frozenset[str] | None = None
        """What the command was asked for; None if it was asked for nothing yet."""
        self._following = False
        self._listen: Request | None = None
        self._acknowledged = False

    async def serve(self, stream: BusStream) -> None:
        """Pass on what is said, and follow what the worker wants to hear of."""
        worker = _Worker(Signal(asyncio.get_running_loop()))
        self._workers.add(worker)
        if self._greeting is not None:
            worker.put("", OPENED)
        wishes = spawn(self._wishes(stream, worker), "mcp unasked wishes")
        self._follow()
        try:
            while not wishes.done():
                while worker.pending:
                    key = next(iter(worker.pending))
                    await stream.send(worker.pending.pop(key))
                await worker.signal.wait()
        finally:
            wishes.cancel()
            self._workers.discard(worker)
            self._follow()

    def started(self, greeting: Greeting) -> None:
        """The command runs, and knows nothing of what was asked of the one before."""
        self._greeting, self._followed, self._listen = greeting, None, None
        for worker in self._workers:
            worker.put("", OPENED)
        self._follow()

    def ended(self) -> None:
        """The command has ended."""
        self._greeting = self._listen = None

    def said(self, message: Message, line: bytes) -> None:
        """A notification of the command that belongs to no request."""
        if message.method == ACKNOWLEDGED:
            self._acknowledged = True
            if self._listen is not None:
                self._listen.signal.notify()
        elif message.method in NEWS and (news := read_news("", message)) is not None:
            for worker in self._workers:
                worker.put(news.plural or f" {news.uri}", SAID + line)

    async def _wishes(self, stream: BusStream, worker: _Worker) -> None:
        try:
            while (frame := await stream.receive()) is not None:
                worker.uris = frozenset(decode_uris(frame))
                if self._greeting is None or self._wanted() == self._followed:
                    self._tell_followed()
                self._follow()
        except (BusClosed, msgspec.DecodeError):
            return
        finally:
            worker.signal.notify()

    def _follow(self) -> None:
        if not self._following and self._greeting is not None and self._wanted() != self._followed:
            self._following = True
            spawn(self._catch_up(), "mcp subscriptions")

    def _wanted(self) -> frozenset[str] | None:
        """Resources that somebody wants to hear of; None if nobody listens at all."""
        if not self._workers:
            return None
        return frozenset(uri for each in self._workers for uri in each.uris)

    async def _catch_up(self) -> None:
        """Ask the command for what is wanted now; what it answers makes no difference."""
        try:
            while (greeting := self._greeting) is not None and (wanted := self._wanted()) != self._followed:
                before, self._followed = self._followed, wanted
                with suppress(ServerFailed):
                    if greeting.era == "modern":
                        await self._listen_anew(wanted)
                    else:
                        await self._subscribe(before or frozenset(), wanted or frozenset())
            self._tell_followed()
        finally:
            self._following = False

    def _tell_followed(self) -> None:
        for worker in self._workers:
            worker.put("  ", FOLLOWED + encode_uris(sorted(worker.uris)))

    async def _subscribe(self, before: frozenset[str], wanted: frozenset[str]) -> None:
        wishes = [("resources/unsubscribe", uri) for uri in before - wanted]
        for method, uri in wishes + [("resources/subscribe", uri) for uri in wanted - before]:
            if is_task(uri):
                continue
            request = await self._pool.shared.ask(subscribe(method, uri).tail, "")
            try:
                while not request.done:
                    await request.signal.wait()
            finally:
                self._pool.shared.let_go(request)

    async def _listen_anew(self, wanted: frozenset[str] | None) -> None:
        """The larger listen stands before the smaller one is let go."""
        before, self._listen, self._acknowledged = self._listen, None, False
        if wanted is not None:
            fresh = self._listen = await self._pool.shared.ask(listen_for(sorted(wanted)).tail, "")
            fresh.lasting = True
            while not self._acknowledged and not fresh.done:
                await fresh.signal.wait()
        if before is not None:
            self._pool.shared.let_go(before)
