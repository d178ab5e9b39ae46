"""Asking the caller of a call, whichever era it speaks: see mcp/question.py for what that means to who asks."""

import os
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data, Part, Side
from trigate.core.signal import Signal
from trigate.core.stream import Collector, Sink
from trigate.mcp.alarm import Alarm
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import Members, encode, notification
from trigate.mcp.fault import InputRequired, MissingCapability, QuestionFailed
from trigate.mcp.message import Message, decode_error
from trigate.mcp.method import ANSWER
from trigate.mcp.parks import Parks
from trigate.mcp.pending import Awaited, Pending
from trigate.mcp.profile import declare
from trigate.mcp.question import Answers, Question, Questions
from trigate.mcp.rephrase import rephrase
from trigate.mcp.reply import Reply
from trigate.mcp.said import Answered, Said
from trigate.mcp.settings import QuestionSettings
from trigate.mcp.state import Binding, Parked, Retry, State, States
from trigate.mcp.task import Tasks
from trigate.policy.consent.petition import Consent

if TYPE_CHECKING:
    from trigate.mcp.relay import Watch

_OWN = "trigate:"
"""Begins the keys of the gateway's own questions."""
_BEAT = 15.0
"""Seconds between signs of life on the stream of a caller who is asked something."""
_ACTIONS = {
    "elicitation/create": "mcp.elicitation.create",
    "sampling/createMessage": "mcp.sampling.createMessage",
    "roots/list": "mcp.roots.list",
}

Run = Callable[[Call, Action, Any, Sink], Coroutine[Any, Any, Part]]
"""Makes a call that is the child of another one."""


class Desk(Struct, frozen=True, eq=False):
    """What all askers share."""

    settings: QuestionSettings
    pending: Pending
    parks: Parks
    states: States
    tasks: Tasks
    deadlines: Deadlines
    run: Run
    guarded: bool = False
    """Whether there are guards, who judge answers that come with another request."""


class Inquiry(Struct, eq=False):
    """A question on its way, as an act of its own: rules may deny a server to ask, and there is a record of it."""

    asker: "CallAsker"
    question: Question
    answer: Message | None = None
    side: Side = "answer"
    """It is the server that asks."""
    said: Said | None = None

    async def forward(self) -> Part:
        """Ask, and wait where the answer comes within the call."""
        if self.asker.waits:
            self.answer = await self.asker.push(self.question)
            return Answered(bytes(self.answer.result)) if len(self.answer.result) else Data(b"")
        return Data(b"")

    def texts(self) -> list[str]:
        """What the caller reads of it (core.verdict.Content)."""
        self.said = Said(self.question.params, is_question=True) if len(self.question.params) else None
        return self.said.texts() if self.said is not None else []

    def replace_texts(self, texts: list[str]) -> None:
        """Ask this instead."""
        if self.said is not None:
            self.said.replace_texts(texts)
            self.question = Question(self.question.method, self.said.raw)


class CallAsker:
    """The way to the caller of one call."""

    __slots__ = ("_ask", "_call", "_desk", "_kept", "_responses", "_upstream", "reply", "watch")

    def __init__(self, desk: Desk, call: Call, ask: Ask, reply: Reply) -> None:
        self._desk = desk
        self._call = call
        self._ask = ask
        self.reply = reply
        self.watch: Watch | None = None
        """Sees to it that the call does not take too long; the time in which its caller is asked does not count."""
        retry: Retry | None = ask.retry
        state = State() if retry is None else retry.state
        given = {} if retry is None else retry.responses
        self._kept = {key: Raw(each) for key, each in state.kept.items()}
        self._kept |= {key: given[key] for key in state.own if key in given}
        self._responses: Members = {key: Raw(each) for key, each in state.carried.items()}
        self._responses |= {key: each for key, each in given.items() if not key.startswith(_OWN)}
        self._upstream = state.upstream

    @property
    def waits(self) -> bool:
        """Whether answers come while the call is under way."""
        return self._ask.era == "legacy"

    @property
    def signal(self) -> Signal:
        """What the call waits on."""
        return self._call.exchange.signal

    @property
    def profile(self) -> int:
        """What the caller can be asked for."""
        return self._ask.profile

    @property
    def given(self) -> tuple[Members, bytes]:
        """The answers for a server that had ended the call to ask, and its own state."""
        return self._responses, self._upstream

    # --- for the gateway itself ---------------------------------------------------------------------------------

    def can(self, question: Question) -> bool:
        """Whether the caller has declared that it can be asked this."""
        return not question.needs & ~self.profile

    async def ask(self, questions: Questions) -> Answers:
        """The answers to the gateway's own questions."""
        self._check(questions.values())
        if self.waits:
            return {key: _result(await self.inquire(each)) for key, each in questions.items()}
        own = {_OWN + key: each for key, each in questions.items()}
        if own.keys() <= self._kept.keys():
            return {key: self._kept[_OWN + key] for key in questions}
        missing = {key: each for key, each in own.items() if key not in self._kept}
        carried = {key: bytes(each) for key, each in self._responses.items()}
        raise await self._ended(missing, State(own=list(missing), carried=carried, upstream=self._upstream))

    # --- for servers --------------------------------------------------------------------------------------------

    async def pass_on(self, questions: Questions, upstream: bytes) -> Members:
        """The answers to the questions with which a server of 2026-07-28 ended the call; `upstream` is its state."""
        self._check(questions.values())
        if not self.waits:
            raise await self._ended(questions, State(upstream=upstream))
        answers: Members = {}
        for key, each in questions.items():
            answers[key] = _result(await self.inquire(each), each.method)
        return answers

    async def admit(self, questions: Questions) -> None:
        """Hold what a task asks against the rules; its caller is told, and answers, otherwise. Raises Forbidden."""
        for each in questions.values():
            await self._inquire(each)

    async def suspend(self, questions: Questions, parked: Parked) -> InputRequired:
        """What to raise to end the exchange while a server waits for the answers within its call."""
        return await self._ended(questions, State(parked=parked))

    async def inquire(self, question: Question) -> Message:
        """The answer of a caller of the older protocol: result or error. Raises Forbidden."""
        return (await self._inquire(question)).answer or Message()

    async def push(self, question: Question) -> Message:
        """Send the question, and wait for its answer; raises QuestionFailed if there is none in time."""
        desk, session, signal = self._desk, self._ask.session, self._call.exchange.signal
        if session is None or self._ask.mute:
            raise MissingCapability("this caller cannot be asked anything", {})
        awaited = desk.pending.begin(session.token, signal)
        if self.watch is not None:
            self.watch.hold()
        try:
            await self.reply.note(_request(awaited, question))
            return await self._wait(awaited)
        finally:
            desk.pending.end(awaited)
            if self.watch is not None:
                self.watch.release()

    # ------------------------------------------------------------------------------------------------------------

    def _check(self, questions: Iterable[Question]) -> None:
        missing = 0
        for each in questions:
            missing |= each.needs & ~self.profile
        if missing:
            required = declare(missing)
            what = " and ".join(required) or "sampling"
            raise MissingCapability(f"this call needs to ask its caller, who has not declared {what}", required)

    async def _inquire(self, question: Question) -> Inquiry:
        call = self._call
        inquiry = Inquiry(self, rephrase(question, self._ask.version))
        task = self._ask.task
        # What is done with a task is an act upon the endpoint; what it asks, its tool asks.
        action = Action(_ACTIONS[question.method], call.action.resource if task is None else task.resource)
        last = await self._desk.run(call, action, inquiry, Collector(call.exchange.signal))
        if inquiry.answer is not None and isinstance(last, Answered):
            inquiry.answer = Message(result=Raw(last.payload))  # as guards have left it
        return inquiry

    async def _ended(self, questions: Questions, state: State) -> InputRequired:
        asked = {key: (await self._inquire(each)).question for key, each in questions.items()}
        consent: Consent | None = self._call.consent
        if consent is not None:
            state.consent = replace(consent, once=os.urandom(8).hex())
        state.kept = {key: bytes(each) for key, each in self._kept.items()}
        requests = {key: _described(each) for key, each in asked.items()}
        return InputRequired(requests, self._desk.states.seal(state, binding(self._call, self._ask)))

    async def _wait(self, awaited: Awaited) -> Message:
        signal, deadlines = awaited.signal, self._desk.deadlines
        with Alarm(deadlines, signal, self._desk.settings.answer) as end:
            while awaited.answer is None:
                with Alarm(deadlines, signal, _BEAT) as beat:
                    while awaited.answer is None and not beat.rung and not end.rung:
                        await signal.wait()
                if awaited.answer is None and end.rung:
                    params = b'{"requestId":%b,"reason":"not answered in time"}' % awaited.id
                    await self.reply.note(notification("notifications/cancelled", params))
                    raise QuestionFailed("the caller was asked for input, and has not answered in time")
                if awaited.answer is None:
                    await self.reply.beat()
        return awaited.answer


async def hear(desk: Desk, call: Call, ask: Ask) -> None:
    """Have guards judge what a caller of 2026-07-28 brings in answer; raises ContentBlocked."""
    responses = ask.retry.responses if ask.retry is not None else {}
    for key, each in list(responses.items()):
        sink = Collector(call.exchange.signal)
        last = await desk.run(call, Action(ANSWER.action, call.action.resource), Answered(bytes(each)), sink)
        responses[key] = Raw(last.payload if isinstance(last, Data) else bytes(each))


def binding(call: Call, ask: Ask) -> Binding:
    """What the state of this call is bound to."""
    return Binding(call.principal, ask.view.name, ask.name, ask.params)


def _request(awaited: Awaited, question: Question) -> bytes:
    params = b',"params":%b' % bytes(question.params) if len(question.params) else b""
    return b'{"jsonrpc":"2.0","id":%b,"method":%b%b}' % (awaited.id, encode(question.method), params)


def _described(question: Question) -> dict[str, object]:
    return {"method": question.method, **({"params": question.params} if len(question.params) else {})}


def _result(answer: Message, method: str = "") -> Raw:
    """The result of an answer; an elicitation that failed counts as dismissed, all else raises QuestionFailed."""
    if len(answer.result):
        return answer.result
    if method == "elicitation/create":
        return Raw(b'{"action":"cancel"}')
    try:
        told = decode_error(answer.error).message[:200]
    except msgspec.DecodeError:
        told = "no reason given"
    raise QuestionFailed(f"the caller was asked for input, and refused: {told}")
