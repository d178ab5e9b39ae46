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
        self._down = False
        self._listeners = set[_Listener]()

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
        """`changed` is called after `down` has."""
        self._bus = bus
        self._changed = changed
        self.down = False

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

    def _take(self, down: bool) -> None:
        if down is not self.down:
            self.down = down
            (log.error if down else log.info)("the store cannot be reached" if down else "the store can be reached")
            self._changed()
