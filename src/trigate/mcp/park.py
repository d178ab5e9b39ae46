"""Calls of callers of 2026-07-28 that wait for answers within a server of the older protocol.

Such a server asks while the call is open, and such a caller answers with another request: between the two the call is
held here, by the worker that made it.
"""

import asyncio
import os
from collections import deque
from collections.abc import Mapping

from msgspec import Raw, Struct

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import GatewayError, UpstreamFailed
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.envelope import Members, error_message, result_message
from trigate.mcp.fault import INVALID_REQUEST, METHOD_NOT_FOUND, InteractionLost, ServerFailed
from trigate.mcp.flight import again
from trigate.mcp.message import Message
from trigate.mcp.question import Question, Questions
from trigate.mcp.transport import Leg

_SETTLE = 0.03
"""Seconds in which further questions are taken together with the first."""
_MOST_QUESTIONS = 32
_MOST_NOTES = 256
_MOST_MISSED = 16
_GRACE = 5.0
"""Seconds for which a call goes on whose caller has gone: it may send the same answers again."""
_KEPT = 60.0
"""Seconds for which an outcome is kept, for a caller that asks for it again."""
_EACH = 4096
"""Bytes that a call takes beside its outcome, about."""
_CANCEL = b'{"action":"cancel"}'


class Holder(Struct, frozen=True):
    """Whose call it is, and how long it may take."""

    principal: str
    server: str
    profile: int
    """What its caller can be asked for."""
    token: str
    """The progress token in the server's request, empty without one."""
    seconds: float
    """What the server may take."""


class Watcher(Struct, eq=False):
    """An exchange that waits for what comes of a parked call."""

    signal: Signal
    notes: deque[Message]


class Park:
    """One call."""

    __slots__ = ("_answer", "_asked", "_deadlines", "_leg", "_loop", "_missed", "_pump", "_settled", "_watchers",
                 "deadline", "failed", "final", "given", "holder", "id", "is_gone", "questions",
                 "round")  # fmt: skip

    def __init__(self, holder: Holder, leg: Leg, deadlines: Deadlines, answer: float) -> None:
        """Takes the leg over; a caller has `answer` seconds for each of its answers."""
        self.id = os.urandom(12).hex()
        self.holder = holder
        self.round = 0
        self.questions: dict[str, tuple[bytes, Question]] = {}
        """What is asked in this round, with the ids of the server."""
        self.given: Members = {}
        """What has been answered of it."""
        self.is_gone = False
        """Nothing comes of it any more."""
        self.final: Message | None = None
        self.failed: GatewayError | None = None
        self._asked = 0
        self._settled = False
        self._leg: Leg | None = leg
        self._loop = asyncio.get_running_loop()
        self._deadlines = deadlines
        self._answer = answer
        self._watchers: list[Watcher] = []
        self._missed: deque[Message] = deque(maxlen=_MOST_MISSED)
        """What was told while nobody was there to hear it: whoever comes with the answers does."""
        self.deadline = clock.monotonic() + holder.seconds
        self._pump = spawn(self._run(), f"mcp {holder.server} parked")
        deadlines.add(self)

    @property
    def is_over(self) -> bool:
        """Whether there is an outcome."""
        return self.final is not None or self.failed is not None

    @property
    def size(self) -> int:
        """Bytes that its outcome takes, about."""
        return _EACH + (len(self.final.result) + len(self.final.error) if self.final is not None else 0)

    def take(self, message: Message) -> None:
        """A request of the server."""
        question = Question(message.method, message.params)
        id = bytes(message.id)
        if question.needs & ~self.holder.profile or len(self.questions) >= _MOST_QUESTIONS:
            text = f"{message.method}: the caller cannot be asked this"
            self._reply(error_message(id, METHOD_NOT_FOUND, text))
            return
        self._asked += 1
        self.questions[f"{self.round}-{self._asked}"] = id, question
        self._settled = False
        self._loop.call_later(_SETTLE, self._settle, self._asked)

    def _settle(self, asked: int) -> None:
        # Not by the clock: a timer of the loop may come a little before the time it was set for.
        if asked == self._asked:
            self._settled = True
            self._tell()

    # --- for exchanges ------------------------------------------------------------------------------------------

    def watch(self, signal: Signal) -> Watcher:
        """Wait for what comes; give it back to `leave`."""
        watcher = Watcher(signal, deque(self._missed, maxlen=_MOST_NOTES))
        self._missed.clear()
        self._watchers.append(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """No longer wait for it."""
        self._watchers.remove(watcher)
        if self._watchers:
            return
        now = clock.monotonic()
        if self.is_over:
            self.deadline = now + _KEPT
        else:
            self.deadline = now + (self._answer if self.questions else _GRACE)

    async def next(self, watcher: Watcher) -> "Message | Questions":
        """The next notification, the response, or questions; raises GatewayError as the outcome."""
        while True:
            if watcher.notes:
                return watcher.notes.popleft()
            if self.failed is not None:
                raise again(self.failed) if isinstance(self.failed, UpstreamFailed) else lost()
            if self.final is not None:
                return self.final
            if self.questions and self._settled:
                return {key: each for key, (_, each) in self.questions.items() if key not in self.given}
            await watcher.signal.wait()

    def answer(self, round: int, answers: Mapping[str, bytes]) -> None:
        """The caller's answers to the questions of a round; raises InteractionLost.

        The same answers sent again change nothing: whoever sends them waits for the same outcome. Nothing is told to
        the server before all questions of the round have been answered.
        """
        if round == self.round - 1 or self.is_over:
            return
        if round != self.round:
            raise lost()
        for key in self.questions.keys() & answers.keys():
            self.given.setdefault(key, Raw(answers[key]))
        if self.given.keys() == self.questions.keys():
            for key, (id, _) in self.questions.items():
                self._reply(result_message(id, bytes(self.given[key])))
            self._go_on()

    def refuse(self, reason: str) -> None:
        """The server may not ask what it asks now."""
        for id, _ in self.questions.values():
            self._reply(error_message(id, INVALID_REQUEST, reason))
        self._go_on()

    def _go_on(self) -> None:
        self.questions, self.given = {}, {}
        self.round += 1
        self.deadline = clock.monotonic() + self.holder.seconds
        self._tell()

    # --- ending -------------------------------------------------------------------------------------------------

    def expire(self) -> None:
        """Nobody has answered, or the server has not; or nobody wants the outcome any more."""
        self._deadlines.discard(self)
        self.is_gone = True
        for id, question in self.questions.values():
            if question.method == "elicitation/create":
                self._reply(result_message(id, _CANCEL))
        self.questions = {}
        self._pump.cancel()
        self._finish()

    async def _run(self) -> None:
        leg = self._leg
        try:
            while self.final is None and leg is not None:
                message = await leg.next()
                if message is None:
                    self.failed = ServerFailed("it ended the call without an answer")
                    return
                if message.is_request:
                    self.take(message)
                elif message.method:
                    if not self._watchers:
                        self._missed.append(message)
                    for watcher in self._watchers:
                        watcher.notes.append(message)
                    self._tell()
                else:
                    self.final = message
        except GatewayError as error:
            self.failed = error if isinstance(error, UpstreamFailed) else ServerFailed(error.message)
        finally:
            self._finish()

    def _finish(self) -> None:
        """There is an outcome, or there will be none; a task that is cancelled before it has begun says nothing."""
        leg, self._leg = self._leg, None
        if leg is None:
            return
        if not self.is_over:
            self.failed = lost()
        leg.close()
        self._tell()
        if not self._watchers:
            self.deadline = min(self.deadline, clock.monotonic() + _KEPT)

    def _reply(self, message: bytes) -> None:
        if self._leg is not None:
            self._leg.answer(message)

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher.signal.notify()


def lost() -> InteractionLost:
    """What somebody is told whose answers come too late."""
    return InteractionLost(
        "the call no longer waits for these answers, and is not made anew, since it may have had effects"
    )
