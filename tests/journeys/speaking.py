"""A provider of realtime conversations: every `response.create` is answered by words and a count."""

import json
from typing import Any

from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.llm.realtime.frame import CLOSE, TEXT, Frame, FrameReader, accept_key, write_frame

USAGE = {
    "total_tokens": 330,
    "input_tokens": 300,
    "output_tokens": 30,
    "input_token_details": {"cached_tokens": 100, "text_tokens": 200, "audio_tokens": 100},
    "output_token_details": {"text_tokens": 10, "audio_tokens": 20},
}
LIMIT = 2**24


class Speaking:
    """Remembers what it was asked, and how its connections ended."""

    def __init__(self) -> None:
        self.heads: list[Request] = []
        self.events: list[Any] = []
        self.ended = 0

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """One conversation."""
        self.heads.append(request)
        if b"model=refused" in request.query:
            sink.begin(Head(404, [(b"content-type", b"application/json")]))
            sink.finish(
                Data(b'{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}')
            )
            return
        accept = accept_key(request.fields[b"sec-websocket-key"])
        sink.begin(Head(101, [(b"upgrade", b"websocket"), (b"sec-websocket-accept", accept)]))
        reader = FrameReader(LIMIT, masked=True)
        try:
            await self._say(sink, {"type": "session.created", "session": {"model": "gpt-speech"}})
            while (part := await incoming.next()) is not None:
                assert isinstance(part, Data)
                for frame in reader.feed(part.payload):
                    if frame.opcode == CLOSE:
                        sink.finish(Data(write_frame(frame, masked=False)))
                        return
                    await self._answer(sink, frame)
        finally:
            self.ended += 1
            sink.abort()

    async def _answer(self, sink: Edge, frame: Frame) -> None:
        event = json.loads(frame.payload)
        self.events.append(event)
        if event["type"] == "response.create":
            await self._say(sink, {"type": "response.output_text.delta", "delta": "hello", "response_id": "r"})
            response = {"id": "resp_1", "status": "completed", "output": [], "usage": USAGE}
            await self._say(sink, {"type": "response.done", "response": response})

    async def _say(self, sink: Edge, event: dict[str, Any]) -> None:
        payload = json.dumps({"event_id": "event_1", **event}).encode()
        await sink.send(Data(write_frame(Frame(TEXT, payload), masked=False)))
