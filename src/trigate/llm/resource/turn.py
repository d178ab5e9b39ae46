"""Whose turn it is in a conversation: who is answered in it, or changes it, has it alone, in whichever worker."""

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.errors import BadRequest, StoreUnavailable

SERVICE = "llm.turn"
_YOURS = b"yours"


class DialogueBusy(BadRequest):
    """This conversation is being answered or changed already: ask again when that is done."""

    code = "resource.busy"
    status = 409
    retry_after = 1.0


async def take_turn(bus: Bus, name: str) -> BusStream:
    """To be closed when it is over; the end of the process does that, too. Raises DialogueBusy, StoreUnavailable."""
    try:
        stream = await bus.open(SERVICE, name.encode())
    except BusClosed:
        raise _nobody() from None
    told = None
    try:
        told = await stream.receive()
    except BusClosed:
        pass
    finally:
        if told != _YOURS:
            stream.close()
    if told is None:
        raise _nobody()
    if told != _YOURS:
        raise DialogueBusy("this conversation is being answered or changed: wait for that, then ask again")
    return stream


class TurnHost:
    """The service (core.bus.Service) that knows whose turn it is, a living thing of the control process."""

    __slots__ = ("_taken",)

    def __init__(self) -> None:
        self._taken: set[bytes] = set()

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One turn, which lasts as long as its stream."""
        if opening in self._taken:
            await stream.send(b"busy")
            return
        self._taken.add(opening)
        try:
            await stream.send(_YOURS)
            await stream.receive()
        finally:
            self._taken.discard(opening)

    def drain(self) -> None:
        """Nothing is to be let go of: turns end by themselves."""


def _nobody() -> StoreUnavailable:
    return StoreUnavailable("nobody knows at the moment whether this conversation is being answered; try again")
