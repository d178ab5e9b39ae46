"""The parked calls of one worker, and the way to those of the others."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import msgspec
from msgspec import Raw, Struct

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.deadlines import Deadlines
from trigate.core.errors import GatewayError, Overloaded
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.fault import InteractionLost, ServerFailed
from trigate.mcp.message import Message
from trigate.mcp.park import Holder, Park, lost
from trigate.mcp.question import Question, Questions
from trigate.mcp.settings import QuestionSettings
from trigate.mcp.state import Parked
from trigate.mcp.transport import Leg

SERVICE = "mcp.parked"
_MOST_BYTES = 64 * 2**20
"""Of outcomes that are kept for callers who ask for them again; beyond, the oldest are forgotten."""


class Waiting(Protocol):
    """What an exchange has of a parked call, wherever that is."""

    token: str
    """The progress token in the server's request."""

    @property
    def place(self) -> Parked:
        """Where it is, and in which round the last questions were asked."""
        ...

    async def next(self) -> Message | Questions:
        """The next notification, the response, or questions; raises GatewayError as the outcome."""
        ...

    async def refuse(self, reason: str) -> None:
        """The server may not ask what it asks now."""
        ...

    def close(self) -> None:
        """No longer wait, in a finally."""
        ...


class _Here:
    """A parked call of this worker."""

    __slots__ = ("_bus", "_park", "_watcher", "token")

    def __init__(self, park: Park, bus: Bus, signal: Signal) -> None:
        self._park = park
        self._bus = bus
        self._watcher = park.watch(signal)
        self.token = park.holder.token

    @property
    def place(self) -> Parked:
        # As this worker is addressed now: it may not have been connected when the call was parked.
        return Parked(self._bus.own, self._park.id, self._park.round)

    async def next(self) -> Message | Questions:
        return await self._park.next(self._watcher)

    async def refuse(self, reason: str) -> None:
        self._park.refuse(reason)

    async def refused(self, round: int) -> None:
        """Return when the questions of this round are no longer asked."""
        while self._park.round == round and not self._park.is_over:
            await self._watcher.signal.wait()

    def close(self) -> None:
        self._park.leave(self._watcher)


class _Order(Struct, array_like=True):
    """Opens a stream to a parked call of another worker."""

    id: str
    principal: str
    round: int
    answers: dict[str, bytes]


class _News(Struct, array_like=True, omit_defaults=True):
    """What came of it."""

    token: str = ""
    round: int = 0
    message: tuple[str, bytes, bytes, bytes] | None = None
    """Method, params, result and error."""
    questions: dict[str, tuple[str, bytes]] = {}
    failed: str = ""
    lost: bool = False


class _There:
    """A parked call of another worker."""

    __slots__ = ("_place", "_stream", "token")

    def __init__(self, stream: BusStream, place: Parked) -> None:
        self._stream = stream
        self._place = place
        self.token = ""

    @property
    def place(self) -> Parked:
        return self._place

    async def next(self) -> Message | Questions:
        try:
            frame = await self._stream.receive()
        except BusClosed:
            frame = None
        if frame is None:
            raise lost()
        news = _news(frame)
        self.token = news.token
        self._place = Parked(self._place.owner, self._place.id, news.round)
        if news.lost:
            raise lost()
        if news.failed:
            raise ServerFailed(news.failed)
        if news.message is not None:
            method, params, result, error = news.message
            return Message(method=method, params=Raw(params), result=Raw(result), error=Raw(error))
        return {key: Question(method, Raw(params)) for key, (method, params) in news.questions.items()}

    async def refuse(self, reason: str) -> None:
        try:
            await self._stream.send(reason.encode())
        except BusClosed:
            raise lost() from None

    def close(self) -> None:
        self._stream.close()


_news = msgspec.msgpack.Decoder(_News).decode
_order = msgspec.msgpack.Decoder(_Order).decode
_pack = msgspec.msgpack.Encoder().encode


class Parks:
    """Those of this worker."""

    __slots__ = ("_bus", "_deadlines", "_live", "settings")

    def __init__(self, bus: Bus, deadlines: Deadlines, settings: QuestionSettings) -> None:
        self._bus = bus
        self._deadlines = deadlines
        self.settings = settings
        """As a reload may change them; calls that wait already are not disturbed by it."""
        self._live: dict[str, Park] = {}
        bus.offer(SERVICE, self._serve)

    def __len__(self) -> int:
        self._sweep()
        return len(self._live)

    def admit(self, holder: Holder, leg: Leg, signal: Signal) -> tuple[Park, Waiting]:
        """Park a call; raises Overloaded, and the leg is the caller's to close then."""
        self._forget()
        self._sweep()
        held = [each.holder for each in self._live.values() if not each.is_over]
        settings = self.settings
        if (
            len(held) >= settings.max
            or sum(each.principal == holder.principal for each in held) >= settings.per_principal
            or sum(each.server == holder.server for each in held) >= settings.per_server
        ):
            raise Overloaded("too many calls wait for answers of their callers: answer some, or try again later")
        park = Park(holder, leg, self._deadlines, settings.answer)
        self._live[park.id] = park
        return park, _Here(park, self._bus, signal)

    async def resume(self, place: Parked, principal: str, answers: Mapping[str, bytes], signal: Signal) -> Waiting:
        """Hand a caller's answers to the call they are for, and wait with it; raises InteractionLost."""
        # What this worker is called may have changed since; its calls are known by their own names.
        if place.id in self._live or place.owner in {"", self._bus.own}:
            park = self._find(place.id, principal)
            park.answer(place.round, answers)
            return _Here(park, self._bus, signal)
        order = _Order(place.id, principal, place.round, dict(answers))
        try:
            return _There(await self._bus.open(SERVICE, _pack(order), place.owner), place)
        except BusClosed:
            raise lost() from None

    def drain(self) -> None:
        """The lane is configured no more: nobody can bring answers."""
        for park in self._live.values():
            park.expire()

    def _find(self, id: str, principal: str) -> Park:
        park = self._live.get(id)
        if park is None or park.holder.principal != principal or park.is_gone:
            raise lost()
        return park

    def _forget(self) -> None:
        over = [each for each in self._live.values() if each.is_over]
        size = sum(each.size for each in over)
        for each in over:
            if size <= _MOST_BYTES:
                return
            size -= each.size
            each.expire()

    def _sweep(self) -> None:
        for id, park in list(self._live.items()):
            if park.is_gone:
                del self._live[id]

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        order = _order(opening)
        try:
            park = self._find(order.id, order.principal)
            park.answer(order.round, order.answers)
        except GatewayError:
            await stream.send(_pack(_News(lost=True)))
            return
        here = _Here(park, self._bus, Signal(asyncio.get_running_loop()))
        reporting = spawn(_report(stream, here), "mcp parked report")
        try:
            # The other side only speaks to refuse questions, and leaves when it has seen the outcome.
            while (reason := await stream.receive()) is not None:
                await here.refuse(reason.decode())
        except BusClosed:
            return
        finally:
            reporting.cancel()
            here.close()


async def _report(stream: BusStream, here: _Here) -> None:
    """Send what comes of a parked call, until there is an outcome."""
    news = _News(here.token)
    try:
        while news.message is None or news.message[0]:
            found = await here.next()
            news = _News(here.token, here.place.round)
            if isinstance(found, Message):
                news.message = found.method, bytes(found.params), bytes(found.result), bytes(found.error)
            else:
                news.questions = {key: (each.method, bytes(each.params)) for key, each in found.items()}
            await stream.send(_pack(news))
            if news.questions:
                await here.refused(news.round)
    except GatewayError as error:
        failed = _News(here.token, lost=True) if isinstance(error, InteractionLost) else _News(failed=error.message)
        await _send(stream, failed)
    except BusClosed:
        return


async def _send(stream: BusStream, news: _News) -> None:
    with suppress(BusClosed):
        await stream.send(_pack(news))
