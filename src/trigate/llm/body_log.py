"""What a worker does to have asks and answers kept: it notes them in passing, and hands them on when they are over."""

import asyncio
import zlib
from collections import deque
from collections.abc import Coroutine
from typing import Any

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import GatewayError, InternalError
from trigate.core.parts import Data, Head, Part
from trigate.core.passing import PassingSink
from trigate.core.stream import Sink
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.llm.log_settings import LogSettings
from trigate.llm.operation import Ask
from trigate.llm.transcript import SERVICE, Transcript, encode
from trigate.policy.glob import Globs
from trigate.telemetry.log import log

MOST_WAITING = 16 * 2**20
"""Bytes of transcripts that wait for the control process; further ones are dropped, for calls must not wait."""
TELL_SECONDS = 60.0
"""How often it is told, at most, that some were dropped."""
_RANGE = 2**32
_warn = log.warning
"""A line a minute at most; nothing here is told per call."""


class BodyLog:
    """Decides which calls are kept."""

    __slots__ = ("_bound", "_courier", "_globs", "largest")

    def __init__(self, settings: LogSettings, surroundings: Surroundings) -> None:
        self.largest = settings.largest
        self._bound = int(settings.share * _RANGE)
        self._globs = tuple(map(Globs, (settings.models, settings.teams, settings.keys)))
        make = lambda: Courier(surroundings.bus)  # noqa: E731
        self._courier = surroundings.keep.adopt("llm.courier", settings, make)

    def tap(self, call: Call, ask: Ask, sink: Sink) -> "Tap | None":
        """What stands before the caller's sink and notes what passes; None if this call is not kept.

        Chosen by the exchange's own id, which no caller has a say in.
        """
        if zlib.crc32(call.exchange.id.encode()) >= self._bound:
            return None
        principal = call.principal
        words = ask.model, principal.team, principal.key
        if not all(globs.fit(word) for globs, word in zip(self._globs, words, strict=True)):
            return None
        kind = OpenTap if hasattr(sink, "put") else Tap
        return kind(self, call, ask, sink)

    def hand_on(self, transcript: Transcript) -> None:
        """Send it to the control process, later."""
        self._courier.take(transcript)


class Tap(PassingSink):
    """Notes one attempt at an answer."""

    __slots__ = ("_ask", "_call", "_log", "_pieces", "_room", "_size", "_status")

    def __init__(self, owner: BodyLog, call: Call, ask: Ask, inner: Sink) -> None:
        super().__init__(inner)
        self._log = owner
        self._call = call
        self._ask = ask
        self._pieces: list[bytes] = []
        self._size = 0
        self._room = owner.largest
        self._status = 0

    def begin(self, head: Head) -> None:
        """Hand the head on."""
        self._status = head.status
        self._inner.begin(head)

    async def send(self, part: Part) -> None:
        """Note `part` and hand it on."""
        self._note(part)
        await self._inner.send(part)

    async def run(self, work: Coroutine[Any, Any, Part]) -> Part:
        """Wait for the attempt's last part, and keep what was noted, however it ends."""
        outcome = InternalError.code
        try:
            last = await work
            self._note(last)
            outcome = "ok"
            return last
        except GatewayError as error:
            outcome = error.code
            raise
        except asyncio.CancelledError:
            stopped = self._call.exchange.stopped_by
            outcome = stopped.code if stopped else "caller.left"
            raise
        finally:
            self._log.hand_on(self._transcript(outcome))

    def _note(self, part: Part) -> None:
        if type(part) is not Data:
            return
        payload = part.payload
        self._size += len(payload)
        if self._room > 0:
            self._pieces.append(payload[: self._room])
            self._room -= len(payload)

    def _transcript(self, outcome: str) -> Transcript:
        call, ask, principal = self._call, self._ask, self._call.principal
        return Transcript(
            id=call.id,
            request=call.exchange.request_id,
            time=clock.wall_ns(),
            key=principal.key,
            user=principal.on_behalf_of or principal.user,
            team=principal.team,
            organisation=principal.organisation,
            model=ask.model,
            target=call.target,
            dialect=ask.operation.dialect if ask.operation.is_chat else "",
            streamed=ask.streamed,
            status=self._status,
            outcome=outcome,
            ask=ask.body[: self._log.largest],
            ask_size=len(ask.body),
            answer=b"".join(self._pieces),
            answer_size=self._size,
        )


class OpenTap(Tap):
    """For sinks that take parts without being waited for."""

    __slots__ = ()

    def put(self, part: Part) -> None:
        """Note `part` and hand it on at once."""
        self._note(part)
        self._inner.put(part)  # type: ignore[attr-defined] - looked for when this was made


class Courier:
    """Brings transcripts to the control process; a living thing of the keep. What is under way is lost with either."""

    __slots__ = ("_bus", "_dropped", "_ended", "_size", "_stream", "_task", "_told", "_waiting")

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._waiting: deque[Transcript] = deque()
        self._size = 0
        self._dropped = 0
        self._told = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._stream: BusStream | None = None
        self._ended = False

    def take(self, transcript: Transcript) -> None:
        """Queue one, or drop it if too many wait."""
        size = len(transcript.ask) + len(transcript.answer)
        if self._ended or self._size + size > MOST_WAITING:
            self._drop()
            return
        self._size += size
        self._waiting.append(transcript)
        if self._task is None or self._task.done():
            self._task = spawn(self._bring(), "transcripts")

    def drain(self) -> None:
        """Nothing more is taken; what waits still goes."""
        self._ended = True
        if self._task is None or self._task.done():
            self._close()

    async def _bring(self) -> None:
        while self._waiting:
            transcript = self._waiting.popleft()
            self._size -= len(transcript.ask) + len(transcript.answer)
            try:
                if self._stream is None:
                    self._stream = await self._bus.open(SERVICE)
                await self._stream.send(encode(transcript))
            except BusClosed:
                self._stream = None
                self._drop()
        if self._ended:
            self._close()

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _drop(self) -> None:
        self._dropped += 1
        if clock.monotonic() - self._told > TELL_SECONDS:
            self._told = clock.monotonic()
            _warn("asks and answers could not be kept", since_start=self._dropped)
