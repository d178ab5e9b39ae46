"""The control process's side of the directory: looks at the store twice a second, and tells workers what changed."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.policy.bulletin import Whole, difference, encode
from trigate.store.directory import Document, Snapshot

POLL_SECONDS = 0.5
"""Time between two looks at the revision, and so most of what a change needs to count everywhere."""


class Source(Protocol):
    """The identity rows of the store."""

    async def revision(self) -> int:
        """Grows with every change; cheap."""
        ...

    async def snapshot(self) -> Snapshot:
        """Everything that is live, at one revision."""
        ...


Keep = Callable[[tuple[Document, ...]], None]


class Publisher:
    """Serves any number of workers; while the store does not answer, they keep what they know."""

    def __init__(self, source: Source, surroundings: Surroundings, keep: Keep | None = None) -> None:
        """`keep` is given the documents whenever they have changed."""
        self._source = source
        self._keep = keep
        self._loop = surroundings.loop
        self._deadlines = surroundings.deadlines
        self._before: Snapshot | None = None
        self._now: Snapshot | None = None
        self._change = b""
        """What leads from `before` to `now`, encoded for all."""
        self._whole = b""
        self._readers = set[Reader]()
        self._task: asyncio.Task[None] | None = None
        self.deadline = 0.0
        self._deadlines.add(self)

    def expire(self) -> None:
        """Time for another look."""
        self.deadline = clock.monotonic() + POLL_SECONDS
        if self._task is None or self._task.done():
            self._task = spawn(self._look(), "directory publisher")

    def hasten(self) -> None:
        """Look at the next sweep: this process itself has just changed something."""
        self.deadline = 0.0

    def drain(self) -> None:
        """The process ends, or has another store."""
        self._deadlines.discard(self)
        if self._task is not None:
            self._task.cancel()
        for reader in list(self._readers):
            reader.leave()

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """Tell one worker everything, then every change, until it goes."""
        reader = Reader(stream, self._loop)
        self._readers.add(reader)
        listening = spawn(reader.listen(), "directory reader")
        try:
            await self._inform(reader)
        except BusClosed:
            return
        finally:
            listening.cancel()
            self._readers.discard(reader)

    async def _inform(self, reader: "Reader") -> None:
        told: Snapshot | None = None
        while not reader.gone:
            now = self._now
            if now is None or now is told:
                await reader.wait()
                continue
            message = self._change if told is not None and told is self._before else self._everything(now)
            told = now  # before sending: what comes meanwhile is told next
            await reader.stream.send(message)

    def _everything(self, now: Snapshot) -> bytes:
        if not self._whole:
            self._whole = encode(Whole(now))
        return self._whole

    async def _look(self) -> None:
        try:
            revision = await self._source.revision()
            if self._now is None or revision != self._now.revision:
                self._publish(await self._source.snapshot())
        except Exception:  # noqa: BLE001 - whatever ails the store is told by the store; workers keep what they know
            return

    def _publish(self, snapshot: Snapshot) -> None:
        before, self._before, self._now = self._now, self._now, snapshot
        self._whole = b""
        self._change = encode(difference(before, snapshot)) if before is not None else b""
        for reader in self._readers:
            reader.wake()
        if self._keep is not None and (before is None or before.documents != snapshot.documents):
            self._keep(snapshot.documents)


class Reader:
    """One worker that listens."""

    __slots__ = ("_loop", "_waiter", "gone", "stream")

    def __init__(self, stream: BusStream, loop: asyncio.AbstractEventLoop) -> None:
        self.stream = stream
        self.gone = False
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None

    def wait(self) -> "asyncio.Future[None]":
        """Over when there is news, or the worker has gone."""
        self._waiter = self._loop.create_future()
        return self._waiter

    def wake(self) -> None:
        """There is news."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def leave(self) -> None:
        """Nothing more is told."""
        self.gone = True
        self.wake()

    async def listen(self) -> None:
        """A worker says nothing: all that comes from it is that it goes."""
        with contextlib.suppress(BusClosed):
            while await self.stream.receive() is not None:
                pass
        self.leave()
