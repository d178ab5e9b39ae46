"""Relays one realtime conversation, message by message, and counts each answer in it."""

import re

import msgspec
from msgspec import Raw

from trigate.core.call import Call
from trigate.core.errors import GatewayError, StreamBroken
from trigate.core.parts import END, Data, Part
from trigate.core.stream import Incoming, Sink
from trigate.llm.realtime.answer import Answered, bear, settle
from trigate.llm.realtime.frame import BINARY, CLOSE, TEXT, BadFrame, Frame, FrameReader, write_frame
from trigate.llm.realtime.outbox import Outbox
from trigate.llm.realtime.tally import Draft, read_done
from trigate.llm.resource.premises import Place, Premises
from trigate.outbound.answer import Answer

POLICY_VIOLATION = 1008
TOO_BIG = 1009
_MODEL = re.compile(rb'"model"|\\u00').search
"""Finds where a model may be named, also with its letters escaped."""
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.encode


class Relay:
    """Between one caller and one provider; both directions in the exchange's own task."""

    __slots__ = (
        "_answer", "_asked", "_call", "_draft", "_from_caller", "_from_provider", "_incoming", "_outbox", "_over",
        "_place", "_premises", "_sink",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917 - all that it stands between
        self,
        call: Call,
        premises: Premises,
        asked: str,
        place: Place,
        answer: Answer,
        outbox: Outbox,
        incoming: Incoming,
        sink: Sink,
        limit: int,
    ) -> None:
        """`limit`: most bytes of a message."""
        self._call = call
        self._premises = premises
        self._asked = asked
        self._place = place
        self._answer = answer
        self._outbox = outbox
        self._incoming = incoming
        self._sink = sink
        self._from_caller = FrameReader(limit, masked=True)
        self._from_provider = FrameReader(limit, masked=False)
        self._over = False
        self._draft = Draft()

    async def run(self) -> Part:
        """Until either side ends it; a side that reads slowly slows the other."""
        try:
            return await self._run()
        finally:
            if (cut := self._draft.tally()) is not None:
                bear(self._call, self._place, cut)

    async def _run(self) -> Part:
        answer, sink = self._answer, self._sink
        while not self._over:
            moved = await self._upward()
            if self._over:
                return END
            if sink.ready and (data := answer.take()):
                await self._downward(data)
            elif answer.ended:
                return END
            elif answer.error is not None and not answer.chunks:
                await self._say_goodbye(answer.error, POLICY_VIOLATION + 3)
            elif not moved:
                sink.flush()
                await answer.signal.wait()
        return END

    async def _upward(self) -> bool:
        """What the caller says; whether that was something."""
        incoming, outbox, upload = self._incoming, self._outbox, self._answer.upload
        moved = False
        if not outbox.ready and (incoming.ready or incoming.ended):
            part = await incoming.next()
            moved = True
            if part is None:
                self._over = True
            elif isinstance(part, Data):
                await self._hear(part.payload)
        if outbox.ready and upload is not None and upload.ready:
            await upload.step()
            moved = True
        return moved

    async def _hear(self, data: bytes) -> None:
        try:
            frames = self._from_caller.feed(data)
        except BadFrame as error:
            await self._say_goodbye(error, TOO_BIG)
            return
        for frame in frames:
            try:
                payload = self._own_model(frame)
            except BadFrame as error:
                await self._say_goodbye(error, POLICY_VIOLATION)
                return
            self._outbox.put(write_frame(Frame(frame.opcode, payload), masked=True))

    def _own_model(self, frame: Frame) -> bytes:
        """The caller was allowed one model: an event that sets another sets that one. Raises BadFrame for a text in
        which a model may be named and that cannot be read, for the provider might read it."""
        payload = frame.payload
        if frame.opcode not in (TEXT, BINARY) or not _MODEL(payload):
            return payload
        try:
            event = _members(payload)
        except (msgspec.DecodeError, RecursionError):
            if frame.opcode == BINARY:
                return payload
            raise BadFrame("an event must be a JSON object") from None
        try:
            session = _members(event["session"])
        except (msgspec.DecodeError, KeyError):
            session = {}
        if "model" in session:
            session["model"] = Raw(_encode(self._place.model))
            event["session"] = Raw(_encode(session))
        # Written anew in any case: of two members of one name only that is left which was looked at.
        return _encode(event)

    async def _downward(self, data: bytes) -> None:
        try:
            frames = self._from_provider.feed(data)
        except BadFrame:
            raise StreamBroken("the provider sent what is no message, or too large a one") from None
        for frame in frames:
            over = await self._count(frame.payload) if frame.opcode == TEXT else None
            await self._sink.send(Data(write_frame(frame, masked=False)))
            if over is not None:
                await self._say_goodbye(over, POLICY_VIOLATION)
                return

    async def _count(self, payload: bytes) -> GatewayError | None:
        """Settle an answer that has ended, before the caller hears of its end."""
        ended, tally = read_done(payload)
        if not ended:
            self._draft.take(payload)
            return None
        self._draft.clear()
        return await settle(self._call, self._premises, Answered(self._asked, self._place, tally))

    async def _say_goodbye(self, error: GatewayError, status: int) -> None:
        """Tell the caller why, as an event, and close."""
        said = {"type": "invalid_request_error", "code": error.code, "message": error.message, "param": None}
        event = _encode({"type": "error", "event_id": f"event_{self._call.id}", "error": said})
        reason = status.to_bytes(2, "big") + error.code.encode()
        for frame in (Frame(TEXT, event), Frame(CLOSE, reason)):
            await self._sink.send(Data(write_frame(frame, masked=False)))
        self._call.flags.append(f"llm.realtime_ended:{error.code}")
        self._over = True
