"""Whether the store can be reached, told by the control process to every worker."""

import asyncio
import contextlib
from collections.abc import Callable

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.tasks import spawn
from trigate.telemetry.log import log

OUTAGE = "outage"
"""Name of the service."""
RETRY_SECONDS = 0.5
_DOWN, _UP = b"down", b"up"


class Outage:
    """The control process's side."""

    def __init__(self) -> None:
        self._down: bool | None = None
        self._listeners = set[_Listener]()

    @property
    def known(self) -> bool:
        """Whether the store was asked yet; nothing is told before."""
        return self._down is not None

    def note(self, problem: str) -> None:
        """What is wrong with the store at this moment, empty if nothing is; cheap when it is what it was."""
        if bool(problem) is not self._down:
            self._down = bool(problem)
            for each in self._listeners:
                each.news.set()

    async def tell(self, stream: BusStream, opening: bytes) -> None:
        """A service: how it stands, and again whenever that changes, until the worker has gone."""
        listener = _Listener()
        self._listeners.add(listener)
        listening = spawn(listener.listen(stream), "a worker listens for outages")
        try:
            while not listener.gone:
                listener.news.clear()
                if self._down is not None:
                    await stream.send(_DOWN if self._down else _UP)
                await listener.news.wait()
        except BusClosed:
            return
        finally:
            listening.cancel()
            self._listeners.discard(listener)


class _Listener:
    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.gone = False

    async def listen(self, stream: BusStream) -> None:
        """A worker says nothing: all that comes from it is that it goes."""
        with contextlib.suppress(BusClosed):
            while await stream.receive() is not None:
                pass
        self.gone = True
        self.news.set()


class OutageWatch:
    """A worker's side: `down` is what the control process said last, also while that restarts."""

    def __init__(self, bus: Bus, changed: Callable[[], None]) -> None:
        """`changed` is called after `down` has, and with the first word."""
        self._bus = bus
        self._changed = changed
        self.down = False
        self.known = False
        """Whether there was a word yet."""
        self._waiting: list[asyncio.Future[None]] = []

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                stream = await self._bus.open(OUTAGE)
                while (message := await stream.receive()) is not None:
                    self._take(message == _DOWN)
            except BusClosed:
                pass
            await asyncio.sleep(RETRY_SECONDS)

    def wait(self) -> "asyncio.Future[None]":
        """Over with the first word, or when nobody waits for it any more."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    def give_up(self) -> None:
        """Take silence for an outage, until there is a word."""
        log.error("nothing was heard of the store")
        self._learn(down=True)

    def _take(self, down: bool) -> None:
        if down is not self.down:
            (log.error if down else log.info)("the store cannot be reached" if down else "the store can be reached")
        if down is not self.down or not self.known:
            self._learn(down=down)

    def _learn(self, *, down: bool) -> None:
        self.down, self.known = down, True
        self._changed()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)
