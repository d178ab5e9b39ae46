"""The gateway's own listening at one server, for as long as a caller listens to it."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Protocol

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import GatewayError
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.alarm import pause
from trigate.mcp.listening.news import NEWS, PLURALS, News, is_task, read_news
from trigate.mcp.message import Message

_LONGEST_PAUSE = 60.0
_STEADY = 30.0
"""Seconds after which a stream that ends counts as one that held: the next try comes soon."""
_MOST_A_SECOND = 100
"""News taken of one server per second; it has to wait with more, as its connection is not read meanwhile."""
_LINGER = 30.0
"""Seconds that a server is listened to after the last caller has gone: most come back."""
_NOT_OFFERED = 600.0
"""Seconds until a server that offers no stream is asked for one again."""


class NotOffered(Exception):
    """The server has nothing to say unasked."""


class Hearing(Protocol):
    """One way of listening: runs until the server ends it, and gives what it hears to `take`."""

    def __call__(self, ear: "Ear") -> Coroutine[Any, Any, None]: ...


class Ear:
    """Listens while it is wanted; what was missed between two streams is told as if all had changed."""

    __slots__ = ("_count", "_failed", "_failures", "_followed", "_gap", "_hear", "_hearing", "_leaving", "_loop",
                 "_noted", "_second", "_standing", "_task", "_waiting", "deadlines", "name", "signal",
                 "uris")  # fmt: skip

    def __init__(
        self,
        name: str,
        hearing: Hearing,
        hear: Callable[[News], None],
        loop: asyncio.AbstractEventLoop,
        deadlines: Deadlines,
    ) -> None:
        self.deadlines = deadlines
        """Of this process."""
        self.name = name
        self.signal = Signal(loop)
        """Notified when `uris` has changed, or something of the stream."""
        self.uris: Counter[str] = Counter()
        """Resources that callers have subscribed to, each as often as they have."""
        self._loop = loop
        self._hearing = hearing
        self._hear = hear
        self._count = 0
        self._leaving: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._gap = False
        self._second, self._noted = 0.0, 0
        self._standing = self._failed = False
        self._followed: frozenset[str] = frozenset()
        self._waiting: list[asyncio.Future[None]] = []

    def hold(self) -> None:
        """One more caller listens."""
        self._count += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._task is None:
            self._task = spawn(self._run(), f"mcp {self.name} listening")

    def release(self) -> None:
        """A caller has gone."""
        self._count -= 1
        if not self._count:
            self._leaving = self._loop.call_later(_LINGER, self.close)

    def subscribe(self, uri: str) -> None:
        """A caller wants to hear of a resource."""
        self.uris[uri] += 1
        self.signal.notify()

    def unsubscribe(self, uri: str) -> None:
        """It does not any more."""
        self.uris[uri] -= 1
        if self.uris[uri] <= 0:
            del self.uris[uri]
        self.signal.notify()

    def close(self) -> None:
        """Listen no more."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._standing = self._failed = self._gap = False
        self._followed = frozenset()
        self._wake()

    def standing(self) -> None:
        """What is said from now on will be heard."""
        self._standing = True
        self._wake()

    def opened(self, resumed: bool = False) -> None:
        """The stream stands; what was said since the last one is lost, unless it goes on where that ended."""
        self.standing()
        if self._gap and not resumed:
            for plural in PLURALS:
                self._hear(News(self.name, plural))
            # What was missed of a task nobody can say; whoever waits for it looks at it from time to time.
            for uri in [each for each in self.uris if not is_task(each)]:
                self._hear(News(self.name, uri=uri))
        self._gap = True

    def followed(self, uris: Collection[str]) -> None:
        """The server knows that these resources are wanted."""
        self._followed = frozenset(uris)
        self._wake()

    async def settle(self, seconds: float) -> None:
        """Wait until the server knows what is wanted, so that nothing it says from then on is missed; at most so long.

        A server that cannot be reached, or has nothing to say, is not waited for.
        """
        end = clock.monotonic() + seconds
        timer = self._loop.call_later(seconds, self._wake)
        try:
            while not self._settled and clock.monotonic() < end:
                waiter: asyncio.Future[None] = self._loop.create_future()
                self._waiting.append(waiter)
                await waiter
        finally:
            timer.cancel()

    @property
    def _settled(self) -> bool:
        return self._failed or (self._standing and self.uris.keys() <= self._followed)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def take(self, message: Message) -> None:
        """Something the server said; a flood is slowed down at its source."""
        if message.method not in NEWS:
            return
        news = read_news(self.name, message)
        if news is not None:
            self._hear(news)
        now = clock.monotonic()
        if now - self._second >= 1:
            self._second, self._noted = now, 0
        self._noted += 1
        if self._noted > _MOST_A_SECOND:
            await pause(self.deadlines, Signal(self._loop), 1)

    async def _run(self) -> None:
        while True:
            begun = clock.monotonic()
            self._standing = False
            try:
                await self._hearing(self)
                seconds = self._pause(begun)
            except NotOffered:
                seconds = _NOT_OFFERED
            except GatewayError:
                seconds = self._pause(begun)
            self._failed, self._followed = True, frozenset()
            self._wake()
            await pause(self.deadlines, Signal(self._loop), seconds)
            self._failed = False

    def _pause(self, begun: float) -> float:
        """Seconds until the next try: more and more while streams do not hold, and not the same in every process."""
        self._failures = 0 if clock.monotonic() - begun > _STEADY else min(self._failures + 1, 8)
        spread = random.uniform(0.5, 1)  # noqa: S311 - nothing is kept secret by it
        return spread * min(_LONGEST_PAUSE, 0.25 * 2**self._failures)
