"""The boxes of sessions, each in the worker that has the session's stream; whoever needs one elsewhere asks for it."""

from contextlib import suppress

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.mcp.fault import Fault
from trigate.mcp.listening.box import KEPT, Box, decode_content, encode_content

SERVICE, TAKE = "mcp.box", "mcp.box.take"
"""Tells the other workers something about a session; brings a box to the worker that wants it."""
_LOOK = 10.0
_SETTLE = 1.5
"""Seconds; whoever tells waits for two."""


class Word(Struct, array_like=True, omit_defaults=True):
    """What a worker tells the others about a session."""

    mark: bytes
    claimant: str = ""
    """Its address, if it wants the box."""
    shown: str = ""
    """The resource that is subscribed to, or no more if there is no `server`."""
    server: str = ""
    own: str = ""
    ended: bool = False


encode_word = msgspec.msgpack.Encoder().encode
decode_word = msgspec.msgpack.Decoder(Word).decode


class Boxes:
    """Those of this worker, and the way to those of the others."""

    __slots__ = ("_boxes", "_bus", "_claimed", "_deadlines", "_most", "_ttl", "deadline")

    def __init__(self, bus: Bus, deadlines: Deadlines, ttl: float, most: int) -> None:
        """A box whose session is silent for `ttl` seconds is thrown away, and the oldest beyond `most`."""
        self._bus = bus
        self._boxes: dict[bytes, Box] = {}
        self._claimed: dict[bytes, list[Word]] = {}
        """Sessions whose boxes are on the way here, and what was said of them meanwhile."""
        self._ttl = ttl
        self._most = most
        self._deadlines = deadlines
        self.deadline = clock.monotonic() + _LOOK
        deadlines.add(self)
        bus.offer(SERVICE, self._hear)
        bus.offer(TAKE, self._take)

    def __len__(self) -> int:
        return len(self._boxes)

    async def claim(self, mark: bytes) -> tuple[Box, bool]:
        """The box of a session, brought here if another worker has it; and whether there was one at all."""
        said = self._claimed.setdefault(mark, [])
        try:
            await self._tell(Word(mark, claimant=self._bus.own))
        finally:
            self._claimed.pop(mark, None)
        found = self._boxes.get(mark)
        box = found or self._make(mark)
        for word in said:
            with suppress(Fault):  # there are too many
                _take_word(box, word)
        return box, found is not None

    async def subscribe(self, mark: bytes, shown: str, server: str, own: str) -> Box:
        """Have a session hear of a resource, wherever its stream is; gives this worker's box of it. Raises Fault."""
        box = self._boxes.get(mark) or self._make(mark)
        box.subscribe(shown, server, own)
        await self._tell(Word(mark, "", shown, server, own))
        return box

    async def unsubscribe(self, mark: bytes, shown: str) -> None:
        """Have it hear of that no more."""
        box = self._boxes.get(mark)
        if box is not None:
            box.unsubscribe(shown)
        await self._tell(Word(mark, "", shown))

    def end(self, mark: bytes) -> None:
        """The session has ended."""
        box = self._boxes.pop(mark, None)
        if box is not None:
            box.close()

    def expire(self) -> None:
        """Hear no more for those who have been away for long, and forget those who do not come back."""
        now = clock.monotonic()
        self.deadline = now + _LOOK
        for mark, box in list(self._boxes.items()):
            if box.tape.reader is not None:
                box.lonely_since = now
            elif now - box.lonely_since > self._ttl:
                self.end(mark)
            elif now - box.lonely_since > KEPT and not box.rests:
                box.rest()

    def drain(self) -> None:
        """The process ends."""
        self._deadlines.discard(self)
        for mark in list(self._boxes):
            self.end(mark)

    def _make(self, mark: bytes) -> Box:
        while len(self._boxes) >= self._most:
            self.end(next(iter(self._boxes)))
        made = self._boxes[mark] = Box()
        return made

    async def _tell(self, word: Word) -> None:
        with suppress(BusClosed):  # alone, this worker is the only one there is
            await self._bus.tell(SERVICE, encode_word(word))

    async def _hear(self, stream: BusStream, opening: bytes) -> None:
        word = decode_word(opening)
        box = self._boxes.get(word.mark)
        if box is None:
            if word.shown and word.mark in self._claimed:
                self._claimed[word.mark].append(word)
        elif word.ended:
            self.end(word.mark)
        elif word.claimant:
            await self._hand_over(word, box)
        else:
            _take_word(box, word)
            if word.server:
                await box.settle(_SETTLE)

    async def _hand_over(self, word: Word, box: Box) -> None:
        """Bring a box to the worker that wants it; the stream it has here ends."""
        del self._boxes[word.mark]
        content = encode_content(box.pack())
        box.close()
        try:
            there = await self._bus.open(TAKE, word.mark, word.claimant)
        except BusClosed:
            return  # it is gone, and the box with it
        try:
            await there.send(content)
            await there.receive()
        except BusClosed:
            return  # as above
        finally:
            there.close()

    async def _take(self, stream: BusStream, opening: bytes) -> None:
        content = await stream.receive()
        if content is None:
            return
        fresh, here = Box(decode_content(content)), self._boxes.get(opening)
        if here is None:
            self._boxes[opening] = fresh
        else:
            for shown, (server, own) in fresh.subscriptions.items():
                here.subscribe(shown, server, own)


def _take_word(box: Box, word: Word) -> None:
    """What another worker was told by the session's caller; raises Fault."""
    if word.server:
        box.subscribe(word.shown, word.server, word.own)
    else:
        box.unsubscribe(word.shown)
