"""The part of the lane that runs in the control process: commands, offered to the workers over the bus."""

from collections.abc import Mapping
from functools import partial

import msgspec

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.deadlines import Deadlines
from trigate.core.errors import GatewayError
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.mcp.child import Child
from trigate.mcp.guardian import Guardian
from trigate.mcp.listening.host import UnaskedHost
from trigate.mcp.listening.over_bus import SERVICE as UNASKED
from trigate.mcp.piped import Request
from trigate.mcp.pool import Pool
from trigate.mcp.settings import McpSettings, Server
from trigate.mcp.starting import Note, Starter
from trigate.mcp.stdio_order import (
    CHANGED,
    FAILED,
    GREETING,
    MESSAGE,
    SERVICE,
    Order,
    decode_order,
    encode_greeting,
)
from trigate.outbound.settings import OutboundSettings
from trigate.telemetry.log import log

_guardian = Guardian()
_OUTBOUND = OutboundSettings()
_tell = log.info
"""For what commands do and say, a bounded number of lines; nothing here is told per request."""


def services(
    settings: McpSettings,
    surroundings: Surroundings,
    note: Note | None = None,
    outbound: OutboundSettings = _OUTBOUND,
) -> Mapping[str, Service]:
    """What the control process offers; a reload that does not change a command leaves it running."""
    tell = note or _to_log
    starter = Starter(_guardian, surroundings.deadlines, tell, outbound.egress, outbound.dns)
    pools: dict[str, Pool] = {}
    for name, server in settings.servers.items():
        if not server.url:
            make = partial(_pool, name, server, surroundings.deadlines, starter, tell)
            pools[name] = surroundings.keep.adopt(f"mcp.pool.{name}", server, make)
            if server.start == "eager":
                surroundings.loop.call_soon(pools[name].begin)
    return {SERVICE: StdioHost(pools).serve, UNASKED: UnaskedHost(pools).serve}


def _pool(name: str, server: Server, deadlines: Deadlines, starter: Starter, tell: Note) -> Pool:
    return Pool(server, deadlines, partial(Child, name, server, deadlines, starter, tell))


class StdioHost:
    """Serves the workers' streams."""

    __slots__ = ("_pools",)

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One hello, or one request."""
        try:
            await self._serve(stream, decode_order(opening))
        except GatewayError as error:
            await _send(stream, FAILED + error.message.encode())
        except msgspec.DecodeError:
            await _send(stream, FAILED + b"the order cannot be read")
        except BusClosed:
            return  # the worker is gone, and so is everybody who waited

    async def _serve(self, stream: BusStream, order: Order) -> None:
        pool = self._pools.get(order.server)
        if pool is None:
            await stream.send(FAILED + b"it is not configured")
            return
        child = pool.child(order.holder, order.profile)
        child.claims += 1
        try:
            greeting = await child.greeting()
            if not order.era:
                await stream.send(GREETING + encode_greeting(greeting))
            elif order.era != greeting.era:
                await stream.send(CHANGED)
            else:
                await _converse(stream, child, order)
        finally:
            child.claims -= 1


async def _converse(stream: BusStream, child: Child, order: Order) -> None:
    tail = await stream.receive()
    if tail is None:
        return
    request = await child.ask(tail, order.token)
    # The stream's other side speaks only to answer the server, and by closing it, which cancels the request.
    watch = spawn(_watch(stream, child, request), "mcp stdio watch")
    try:
        await _deliver(stream, request)
    finally:
        watch.cancel()
        child.let_go(request)


async def _deliver(stream: BusStream, request: Request) -> None:
    while True:
        while request.messages:
            await stream.send(MESSAGE + request.messages.popleft())
        if request.failed:
            await stream.send(FAILED + request.failed.encode())
        if request.done:
            return
        await request.signal.wait()


async def _watch(stream: BusStream, child: Child, request: Request) -> None:
    try:
        while (answer := await stream.receive()) is not None:
            child.answer(answer)
    except BusClosed:
        pass
    finally:
        if not request.done:
            # Not an answer: `_deliver` ends, and the command is told by `let_go`.
            request.failed = "the caller has gone"
            request.signal.notify()


async def _send(stream: BusStream, frame: bytes) -> None:
    try:
        await stream.send(frame)
    except BusClosed:
        return


def _to_log(name: str, line: str) -> None:
    _tell("tool server", server=name, says=line)
