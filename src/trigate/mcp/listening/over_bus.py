"""Listening at a command, whose pipe is in the control process: heard over the bus whenever the command runs."""

import msgspec

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.tasks import spawn
from trigate.mcp.fault import ServerFailed
from trigate.mcp.listening.ear import Ear
from trigate.mcp.message import decode_message

SERVICE = "mcp.unasked"
"""The name of the service on the bus; its opening message is the server's name."""
OPENED, SAID, FOLLOWED = b"O", b"N", b"F"
"""Begin a frame: the command was started; a notification follows; these resources are followed."""
encode_uris = msgspec.msgpack.Encoder().encode
decode_uris = msgspec.msgpack.Decoder(list[str]).decode


class OverBus:
    """Listens to what the control process passes on; starts no command."""

    __slots__ = ("_bus", "_name")

    def __init__(self, name: str, bus: Bus) -> None:
        self._name = name
        self._bus = bus

    async def __call__(self, ear: Ear) -> None:
        """Listen until the control process ends it; raises ServerFailed."""
        try:
            stream = await self._bus.open(SERVICE, self._name.encode())
        except BusClosed:
            raise ServerFailed("the process that runs it is gone") from None
        ear.standing()
        wishes = spawn(_wish(stream, ear), f"mcp {self._name} subscriptions")
        try:
            while (frame := await stream.receive()) is not None:
                if frame[:1] == OPENED:
                    ear.opened()
                elif frame[:1] == FOLLOWED:
                    ear.followed(decode_uris(frame[1:]))
                else:
                    await ear.take(decode_message(frame[1:]))
        except (BusClosed, msgspec.DecodeError):
            raise ServerFailed("the process that runs it is gone") from None
        finally:
            wishes.cancel()
            stream.close()


async def _wish(stream: BusStream, ear: Ear) -> None:
    """Tell which resources are wanted, whenever that changes."""
    told: list[str] | None = None
    try:
        while True:
            wanted = sorted(ear.uris)
            if wanted != told:
                await stream.send(encode_uris(wanted))
                told = wanted
            else:
                await ear.signal.wait()
    except BusClosed:
        return  # whoever receives hears of it, too
