"""Servers run as commands: their pipes live in the control process, reached over the bus."""

from contextlib import suppress

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.mcp.fault import NotSpoken, ServerFailed, SessionLost
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.over_bus import OverBus
from trigate.mcp.message import Message, Outgoing, decode_message
from trigate.mcp.settings import Server
from trigate.mcp.stdio_order import CHANGED, FAILED, SERVICE, Order, decode_greeting, encode_order

_GONE = "the process that runs it is gone; it is being started again"


class Stdio:
    """A server behind the bus."""

    def __init__(self, name: str, server: Server, surroundings: Surroundings) -> None:
        self.name = name
        self._server = server
        self._bus = surroundings.bus

    async def greet(self, signal: Signal) -> Greeting:
        """Ask the process that runs it, which says hello once for everybody."""
        stream = await self._open(Order(self.name))
        try:
            return decode_greeting(await _frame(stream) or b"")
        except msgspec.DecodeError:
            raise ServerFailed(_GONE) from None
        finally:
            stream.close()

    async def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "_StdioLeg":
        """Send a request."""
        order = Order(self.name, greeting.era, outgoing.token, outgoing.holder, greeting.profile)
        stream = await self._open(order)
        try:
            await stream.send(outgoing.tail)
        except BaseException as error:
            stream.close()
            if isinstance(error, BusClosed):
                raise ServerFailed(_GONE) from None
            raise
        return _StdioLeg(stream)

    async def begin(self, profile: int, signal: Signal) -> Greeting:
        """A process whose server was told that this can be asked."""
        greeting = await self.greet(signal)
        greeting.profile = profile
        return greeting

    def letter(self, outgoing: Outgoing, hole: bytes) -> None:
        """None: what a pipe costs is not in the writing."""

    def part(self, greeting: Greeting) -> None:
        """Nothing to say: the process ends with its configuration."""

    def hearing(self, upstream: object) -> OverBus:
        """How to listen to what the command says unasked."""
        return OverBus(self.name, self._bus)

    async def _open(self, order: Order) -> BusStream:
        try:
            return await self._bus.open(SERVICE, encode_order(order))
        except BusClosed:
            raise ServerFailed(_GONE) from None


class _StdioLeg:
    """One request under way; closing the stream cancels it."""

    __slots__ = ("_stream", "status")

    def __init__(self, stream: BusStream) -> None:
        self._stream = stream
        self.status = 0

    async def next(self) -> Message | None:
        """The next notification, or the response."""
        text = await _frame(self._stream)
        if text is None:
            return None
        try:
            return decode_message(text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise NotSpoken(f"the server sent what is no JSON-RPC message: {error}") from None

    def answer(self, message: bytes) -> None:
        """Answer a request of the server."""
        spawn(_say(self._stream, message), "mcp stdio answer")

    def close(self) -> None:
        """Let go."""
        self._stream.close()


async def _say(stream: BusStream, message: bytes) -> None:
    with suppress(BusClosed):  # then the call is over, and whoever waits for it hears so
        await stream.send(message)


async def _frame(stream: BusStream) -> bytes | None:
    """A frame's content; raises ServerFailed and SessionLost for those that say so."""
    try:
        frame = await stream.receive()
    except BusClosed:
        raise ServerFailed(_GONE) from None
    if frame is None:
        return None
    kind, content = frame[:1], frame[1:]
    if kind == FAILED:
        raise ServerFailed(content.decode("utf-8", "replace"))
    if kind == CHANGED:
        raise SessionLost("the server has changed")
    return content
