"""Several workers in one process, joined as the bus joins them."""

from tests.mcp.stage import LocalBus, LocalStream
from trigate.core.bus import BusClosed


class JoinedBus(LocalBus):
    """The bus of one worker."""

    def __init__(self, own: str, workers: dict[str, "JoinedBus"]) -> None:
        super().__init__()
        self.own = own
        self._workers = workers
        workers[own] = self

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> LocalStream:
        if not owner:
            return await super().open(service, opening)
        if owner not in self._workers:
            raise BusClosed("that worker is gone")
        return await LocalBus.open(self._workers[owner], service, opening)

    async def tell(self, service: str, opening: bytes) -> None:
        for name, worker in self._workers.items():
            if name != self.own and service in worker.services:
                stream = await LocalBus.open(worker, service, opening)
                while await stream.receive() is not None:
                    pass


def joined(*names: str) -> list[JoinedBus]:
    """The buses of workers that reach each other."""
    workers: dict[str, JoinedBus] = {}
    return [JoinedBus(name, workers) for name in names]
