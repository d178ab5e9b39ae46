"""Who speaks first is heard: the attempt of a call, and its rivals in tasks of their own."""

from typing import TYPE_CHECKING, Any

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.errors import GatewayError, InternalError, StreamBroken, UpstreamProtocolError
from trigate.core.lane import Lane
from trigate.core.parts import END, Head, Part, field
from trigate.core.passing import PassingSink
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.llm.attempt import STREAMS
from trigate.llm.error import Superseded
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask
from trigate.llm.pipe import Pipe
from trigate.llm.shadow import Shadow

if TYPE_CHECKING:
    from trigate.policy.call import Calls

CUT = "llm.cut"
"""Flag of a call whose answer may have been cut short by a limit of whoever was faster."""


class Race:
    """Between the call's own attempt, the leader, and its rivals."""

    __slots__ = ("_ask", "_call", "_calls", "_lane", "_rivals", "_running", "_winner", "cut", "leads", "sink")

    def __init__(self, call: Call, ask: Ask, sink: Sink, lane: Lane, calls: "Calls") -> None:
        self._call = call
        self._ask = ask
        self._lane = lane
        self._calls = calls
        self._rivals: list[Rival] = []
        self._winner: Rival | None = None
        self._running = True
        self.sink = sink
        """The way to the caller."""
        self.leads = False
        """The leader has won."""
        self.cut = False
        """A limit of its own may have cut short what a rival said."""

    @property
    def decided(self) -> bool:
        """Whether somebody has spoken."""
        return self.leads or self._winner is not None

    @property
    def signal(self) -> Signal:
        """That of the call."""
        return self._call.exchange.signal

    @property
    def running(self) -> bool:
        """Whether the leader still tries."""
        return self._running

    def enter(self, goal: Goal) -> None:
        """Another one joins in."""
        rival = Rival(self, goal, self._call)
        self._rivals.append(rival)
        rival.start(self._calls, self._lane, self._call, self._ask)

    def lead(self) -> None:
        """The leader speaks."""
        self.leads = True
        self._end_others(None)

    def win(self, rival: "Rival", head: Head | None) -> None:
        """A rival speaks: the leader is cut off where it waits. Raises UpstreamProtocolError for what cannot be passed
        on any more."""
        if self.decided:
            raise Superseded("another target was faster")
        if self.sink.committed and not _is_stream(head):
            raise UpstreamProtocolError("the provider was asked for a stream and sent something else")
        self._winner = rival
        call = self._call
        call.flags.append(f"llm.hedged:{rival.name}")
        self._end_others(rival)
        if self._running and call.exchange.task is not None:
            call.exchange.task.cancel()
        self.signal.notify()

    def beaten(self) -> bool:
        """Whether the leader was cancelled because a rival has won, and for no other reason."""
        task = self._call.exchange.task
        self._running = False
        return self._winner is not None and task is not None and task.uncancel() == 0

    async def another(self) -> bool:
        """The leader has failed: whether a rival wins in its place."""
        self._running = False
        while self._winner is None and any(each.runs for each in self._rivals):
            self.sink.flush()
            await self.signal.wait()
        return self._winner is not None

    def end(self) -> None:
        """Nobody else is waited for."""
        self._running = False
        self._end_others(self._winner)

    async def relay(self) -> Part:
        """Pass on what the winner says; returns its last part, raises what stops it."""
        winner, sink, call = self._winner, self.sink, self._call
        if winner is None:
            raise InternalError("nobody has won")
        call.first_byte = clock.monotonic()
        pipe = winner.pipe
        try:
            if pipe.head is not None and not sink.committed:
                sink.begin(pipe.head)
            while True:
                part = pipe.take()
                if part is not None:
                    await sink.send(part)
                elif winner.runs:
                    sink.flush()
                    await self.signal.wait()
                else:
                    break
        finally:
            winner.stop()
            call.status = winner.status
        if winner.error is not None:
            raise winner.error
        if self.cut:
            call.flags.append(CUT)
        return winner.last

    def _end_others(self, winner: "Rival | None") -> None:
        for each in self._rivals:
            if each is not winner:
                each.stop()


def _is_stream(head: Head | None) -> bool:
    return head is not None and (field(head.headers, b"content-type") or b"").startswith(STREAMS)


class Leader(PassingSink):
    """The leader's way to the caller: open from its first word on, if nobody was faster."""

    __slots__ = ("_head", "_race")

    def __init__(self, inner: Sink, race: Race) -> None:
        super().__init__(inner)
        self._race = race
        self._head: Head | None = None

    def begin(self, head: Head) -> None:
        """Keep the head until there is a word to follow it."""
        if head.status < 200 or self._race.leads:
            self._inner.begin(head)
        else:
            self._head = head

    async def send(self, part: Part) -> None:
        """A word."""
        self.open()
        await self._inner.send(part)

    def open(self) -> None:
        """From now on it is the leader's answer."""
        if not self._race.leads:
            self._race.lead()
        if self._head is not None:
            head, self._head = self._head, None
            if not self._inner.committed:
                self._inner.begin(head)

    def remark(self, part: Part) -> None:
        """A comment is no word, but the caller gets it: heads of streams are alike, whoever wins."""
        if self._head is not None and not self._inner.committed:
            self._inner.begin(self._head)
            self._head = None
        way: Any = getattr(self._inner, "put", None) or getattr(self._inner, "remark", None)
        if way is not None:
            way(part)


class Rival:
    """One that joined in: the only target of a child call of its own."""

    __slots__ = ("_goal", "_race", "_shadow", "error", "last", "name", "pipe", "runs", "status")

    def __init__(self, race: Race, goal: Goal, call: Call) -> None:
        self._race = race
        self._goal = goal
        self._shadow = Shadow(call)
        self.name = goal.name
        self.pipe = Pipe(self._shadow.signal, race.sink, self._claim)
        self.runs = True
        self.status = 0
        self.error: GatewayError | None = None
        self.last: Part = END

    def start(self, calls: "Calls", lane: Lane, call: Call, ask: Ask) -> None:
        """Run."""
        self._shadow.begin(f"a hedge of {call.id}", self._run(calls, lane, call, ask))

    def stop(self) -> None:
        """Nobody listens any more."""
        if self.runs:
            self._shadow.stop(Superseded("another target was faster"))

    def demand(self, ask: Ask) -> Demand:
        """That of the target."""
        return self._goal.demand(ask)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Let the target answer; what is recorded says that it is a hedge."""
        call.flags.append("llm.hedge")
        try:
            last = await self._goal.forward(call, ask, sink)
            self._race.cut = ask.is_cut(call.usage)
            return last
        finally:
            self.status = call.status

    async def _run(self, calls: "Calls", lane: Lane, call: Call, ask: Ask) -> None:
        try:
            self.last = await self._shadow.ask(calls, lane, call, ask, self, self.pipe)
            self.pipe.claim()
        except GatewayError as error:
            self.error = error
        except BaseException:
            self.error = StreamBroken("the answer was broken off")
            raise
        finally:
            self.runs = False
            self._race.signal.notify()

    def _claim(self, head: Head | None) -> None:
        self._race.win(self, head)
