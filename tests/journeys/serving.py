"""A handler on a port of its own, in a thread beside the test."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.deadlines import SWEEP_SECONDS, Deadlines
from trigate.core.ids import Ids
from trigate.core.surroundings import Handler, Surroundings
from trigate.inbound.listener import Server, open_sockets
from trigate.inbound.settings import InboundSettings


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """Serve with `handler` on loopback; gives the URL."""
    settings = InboundSettings(listen="127.0.0.1:0")
    sockets = open_sockets(settings)
    started = threading.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="serving")

    async def serve() -> None:
        deadlines = Deadlines()
        nothing: Any = None
        server = Server(settings, handler, Surroundings(loop, deadlines, nothing, nothing, nothing, Ids()))
        await server.start(sockets)
        started.set()
        while not stopping.is_set():
            deadlines.sweep(clock.monotonic())
            await asyncio.sleep(SWEEP_SECONDS)
        server.close()
        await asyncio.sleep(0)

    stopping = threading.Event()
    thread.start()
    try:
        assert started.wait(PATIENCE)
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        stopping.set()
        thread.join(PATIENCE)
        loop.close()
        for each in sockets:
            each.close()
