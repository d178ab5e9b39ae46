"""A worker's subscription to the directory of the control process: a living thing that outlasts configurations."""

import asyncio
import contextlib
from collections import deque
from weakref import WeakSet

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.policy.bulletin import SERVICE, decode
from trigate.policy.roster import Roster
from trigate.store.directory import Document

TICK_SECONDS = 0.2
"""How often expiries and the connection are looked at."""
PATIENCE_SECONDS = 5.0
"""How long a caller waits for the first word from the store."""
FIRST_DELAY = 0.1
LONGEST_DELAY = 0.8
"""Between two attempts to subscribe: news must not be late by more than a second."""


class Subscriber:
    """Something to be told of changes; held weakly, so that a configuration no longer in use can go."""

    __slots__ = ("__weakref__",)

    def changed(self) -> None:
        """Who is known has changed."""
        raise NotImplementedError


class Subscription:
    """Keeps a roster up to date; while the control process is gone, what was known stays known."""

    def __init__(self, surroundings: Surroundings, documents: tuple[Document, ...] | None = ()) -> None:
        """`documents` are the rules and limits that hold until the store is heard of; None: it alone knows them."""
        self.roster = Roster()
        self.roster.documents = documents or ()
        self.bound = documents is not None
        """Whether the rules and limits made at run time hold; until then nobody is let in."""
        self.subscribers = WeakSet[Subscriber]()
        self._loop = surroundings.loop
        self._bus = surroundings.bus
        self._deadlines = surroundings.deadlines
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._delay = FIRST_DELAY
        self._next_attempt = 0.0
        self.deadline = 0.0
        self._deadlines.add(self)

    def wait(self) -> "asyncio.Future[None]":
        """Over as soon as the store's keys are known; raises StoreUnavailable if that takes too long."""
        waiter = self._loop.create_future()
        self._waiting.append((clock.monotonic() + PATIENCE_SECONDS, waiter))
        return waiter

    def expire(self) -> None:
        """A tick: subscribe if need be, end what has expired, and keep nobody waiting for too long."""
        now = clock.monotonic()
        self.deadline = now + TICK_SECONDS
        if (self._task is None or self._task.done()) and now >= self._next_attempt:
            self._next_attempt = now + self._delay
            self._delay = min(2 * self._delay, LONGEST_DELAY)
            self._task = spawn(self._follow(), "directory subscription")
        if self.roster.end_expired():
            self._tell()
        self.give_up(now)

    def drain(self) -> None:
        """No configuration needs the store any more."""
        self._deadlines.discard(self)
        if self._task is not None:
            self._task.cancel()
        self.give_up()

    async def _follow(self) -> None:
        with contextlib.suppress(BusClosed, msgspec.DecodeError):
            stream = await self._bus.open(SERVICE)
            try:
                await self._listen(stream)
            finally:
                stream.close()

    async def _listen(self, stream: BusStream) -> None:
        while (message := await stream.receive()) is not None:
            if not self.roster.take(decode(message)):
                return  # something was missed: begin anew with everything
            self._delay = FIRST_DELAY
            self.bound = True
            self._tell()
            while self._waiting:
                self._wake(self._waiting.popleft()[1])

    def _tell(self) -> None:
        for each in list(self.subscribers):
            each.changed()

    def _wake(self, waiter: "asyncio.Future[None]") -> None:
        if not waiter.done():
            waiter.set_result(None)

    def give_up(self, now: float = float("inf")) -> None:
        """Let nobody wait on who has waited until `now`; by default nobody at all."""
        while self._waiting and self._waiting[0][0] <= now:
            waiter = self._waiting.popleft()[1]
            if not waiter.done():
                waiter.set_exception(
                    StoreUnavailable("the gateway does not know its keys yet; try again", retry_after=1.0)
                )
