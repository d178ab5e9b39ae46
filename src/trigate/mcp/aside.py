"""What servers of the older protocol ask and tell on the stream of a session, beside the call that it is for."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import GatewayError
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.alarm import Alarm, pause
from trigate.mcp.envelope import encode, error_message
from trigate.mcp.fault import INVALID_REQUEST, SessionLost
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.ear import NotOffered
from trigate.mcp.message import ABOUT_ONE, Message, Outgoing, progress_token
from trigate.mcp.profile import ASKS
from trigate.mcp.transport import Leg

_OPENING = 2.0
"""Seconds for which the first call of a session waits for its stream, as what is asked before that is lost."""
_SHORT_OPENING = 0.25
"""The same where nobody can be asked, and no more can be lost than a word on how far the call is."""
_LINGER = 30.0
"""Seconds for which the stream is kept after the last call."""
_NOT_OFFERED = 600.0
"""Seconds until a server that offers no streams is asked for one again."""
_PAUSE, _MOST_FAILURES = 0.5, 6
_STEADY = 30.0
"""Seconds after which a stream that ends counts as one that held: the next try comes soon."""
_MOST = 256
"""Streams at one server at once; calls of further sessions go without."""
_MOST_UNREAD = 64
"""Messages of a call that wait to be read before its stream is read no further."""


class Wire(Protocol):
    """What carries the sessions with one server."""

    name: str
    deadlines: Deadlines

    async def send(self, greeting: Greeting | None, outgoing: Outgoing, signal: Signal) -> Leg:
        """Send a request; raises UpstreamFailed."""
        ...

    async def hear(self, greeting: Greeting, signal: Signal) -> Leg:
        """Open the stream of a session; raises UpstreamFailed, and NotOffered."""
        ...

    def tell(self, greeting: Greeting, message: bytes) -> None:
        """Send an answer, without waiting."""
        ...


class Asides:
    """The streams of one server's sessions in which callers can be asked."""

    __slots__ = ("_live", "_shared", "_silent", "_wire")

    def __init__(self, wire: Wire, shared: bool) -> None:
        """`shared` if a session is not somebody's own: what is asked in it then says not whom to ask."""
        self._wire = wire
        self._shared = shared
        self._live: dict[str, _Aside] = {}
        self._silent = 0.0

    def concern(self, greeting: Greeting, outgoing: Outgoing) -> bool:
        """Whether a call in this session is made by `ask`: its caller can be asked, or wants to know how far it is.

        Where all share the gateway's own session, that is listened to otherwise and but once (mcp/listening).
        """
        concerned = greeting.profile & ASKS or (outgoing.token and not self._shared)
        if not (concerned and greeting.session) or clock.monotonic() < self._silent:
            return False
        return greeting.session in self._live or len(self._live) < _MOST

    async def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> Leg:
        """Send a request, listening to what is asked beside its answer; raises as Transport.ask does."""
        aside = self._live.get(greeting.session)
        if aside is None:
            aside = self._live[greeting.session] = _Aside(self._wire, greeting, self._shared, self._end)
        leg = _AsideLeg(aside, signal)
        try:
            await aside.join(leg)
            await leg.begin(outgoing)
        except BaseException as error:
            leg.close()
            if isinstance(error, SessionLost):
                aside.close()
            raise
        return leg

    def part(self, greeting: Greeting) -> None:
        """The session ends."""
        aside = self._live.get(greeting.session)
        if aside is not None:
            aside.close()

    def _end(self, aside: "_Aside", silent: bool) -> None:
        if silent:
            self._silent = clock.monotonic() + _NOT_OFFERED
        if self._live.get(aside.greeting.session) is aside:
            del self._live[aside.greeting.session]


class _Aside:
    """The stream of one session, kept while calls are made in it."""

    __slots__ = ("_calls", "_end", "_leaving", "_loop", "_settled", "_shared", "_task", "greeting", "wire")

    def __init__(self, wire: Wire, greeting: Greeting, shared: bool, end: "Callable[[_Aside, bool], None]") -> None:
        self.wire = wire
        self.greeting = greeting
        self._shared = shared
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._calls: list[_AsideLeg] = []
        self._leaving: asyncio.TimerHandle | None = None
        self._settled = False
        """The stream stands, or is not waited for any longer."""
        self._task = spawn(self._run(), f"mcp {wire.name} aside")

    async def join(self, leg: "_AsideLeg") -> None:
        """A call is about to be made; waits until what is asked for it will be heard."""
        self._calls.append(leg)
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._settled:
            return
        seconds = _OPENING if self.greeting.profile & ASKS else _SHORT_OPENING
        with Alarm(self.wire.deadlines, leg.signal, seconds) as alarm:
            while not self._settled and not alarm.rung:
                await leg.signal.wait()
        self._settled = True

    def leave(self, leg: "_AsideLeg") -> None:
        """The call is over."""
        if leg in self._calls:
            self._calls.remove(leg)
            if not self._calls:
                self._leaving = self._loop.call_later(_LINGER, self.close)

    def close(self, silent: bool = False) -> None:
        """Listen no more; `silent` if the server has nothing to listen to."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        self._settle()
        self._task.cancel()
        self._end(self, silent)

    def _settle(self) -> None:
        self._settled = True
        for each in self._calls:
            each.signal.notify()

    async def _run(self) -> None:
        failures, signal = 0, Signal(self._loop)
        while True:
            begun = clock.monotonic()
            try:
                await self._listen(signal)
            except (NotOffered, SessionLost) as error:
                self.close(silent=isinstance(error, NotOffered))
                return
            except GatewayError:
                self._settle()
            if not self._calls:
                self.close()
                return
            failures = 0 if clock.monotonic() - begun > _STEADY else min(failures + 1, _MOST_FAILURES)
            await pause(self.wire.deadlines, signal, _PAUSE * 2**failures)

    async def _listen(self, signal: Signal) -> None:
        leg = await self.wire.hear(self.greeting, signal)
        try:
            self._settle()
            while (message := await leg.next()) is not None:
                if message.is_request:
                    self._take(message)
                elif message.method:
                    self._note(message)
        finally:
            leg.close()

    def _take(self, message: Message) -> None:
        """Give a question to the call it can only be for; nothing in it says which one that is."""
        if len(self._calls) == 1 and not self._shared:
            self._calls[0].take(message)
            return
        told = f"{message.method}: ask on the stream of the call that it is for; beside it nobody can tell whom to ask"
        self.wire.tell(self.greeting, error_message(bytes(message.id), INVALID_REQUEST, told))

    def _note(self, message: Message) -> None:
        """Give a notification to the call that it names, or else can only be about."""
        if message.method == "notifications/progress":
            token = progress_token(message)
            found = [each for each in self._calls if each.token and encode(each.token) == token]
        elif message.method in ABOUT_ONE and not self._shared and len(self._calls) == 1:
            found = self._calls
        else:
            return
        for each in found:
            each.note(message)


class _AsideLeg:
    """A call whose messages come on two streams: its own, and that of its session."""

    __slots__ = ("_aside", "_ended", "_error", "_leg", "_pump", "_room", "_unread", "signal", "status", "token")

    def __init__(self, aside: _Aside, signal: Signal) -> None:
        self.signal = signal
        """What its reader waits on."""
        self.status = 0
        self.token = ""
        """The progress token in the request."""
        self._aside = aside
        self._room = Signal(signal.loop)
        self._unread: deque[Message] = deque()
        self._leg: Leg | None = None
        self._pump: asyncio.Task[None] | None = None
        self._error: GatewayError | None = None
        self._ended = False

    async def begin(self, outgoing: Outgoing) -> None:
        """Send the request; returns once its answer has begun, or something is asked before that."""
        self.token = outgoing.token
        self._pump = spawn(self._run(outgoing), f"mcp {self._aside.wire.name} call")
        while self._leg is None and not self._unread and not self._ended:
            await self.signal.wait()
        if self._leg is None and not self._unread and self._error is not None:
            raise self._error

    def take(self, message: Message) -> None:
        """Something that was asked on the session's stream."""
        self._unread.append(message)
        self.signal.notify()

    def note(self, message: Message) -> None:
        """A word about it that was said on the session's stream; dropped if nobody reads."""
        if len(self._unread) < _MOST_UNREAD and not self._ended:
            self.take(message)

    async def next(self) -> Message | None:
        """The next notification or question, or the response."""
        while not self._unread:
            if self._error is not None:
                raise self._error
            if self._ended:
                return None
            await self.signal.wait()
        self._room.notify()
        return self._unread.popleft()

    def answer(self, message: bytes) -> None:
        """Answer a question, on whichever stream it came."""
        self._aside.wire.tell(self._aside.greeting, message)

    def close(self) -> None:
        """Let go of both."""
        self._aside.leave(self)
        if self._pump is not None:
            self._pump.cancel()
        if self._leg is not None:
            self._leg.close()

    async def _run(self, outgoing: Outgoing) -> None:
        aside = self._aside
        try:
            leg = self._leg = await aside.wire.send(aside.greeting, outgoing, self._room)
            self.status = leg.status
            self.signal.notify()
            while (message := await leg.next()) is not None:
                self._unread.append(message)
                self.signal.notify()
                while len(self._unread) >= _MOST_UNREAD:
                    await self._room.wait()
                if not message.method:
                    return
        except GatewayError as error:
            self._error = error
        finally:
            self._ended = True
            self.signal.notify()
