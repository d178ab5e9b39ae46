"""One request to one server, and its answer back."""

import msgspec
from msgspec import Raw

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import ExchangeStopped, UpstreamFailed, UpstreamTimeout
from trigate.core.exchange import Exchange
from trigate.core.parts import Part
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.core.tasks import spawn
from trigate.mcp.ask import Ask
from trigate.mcp.asker import CallAsker
from trigate.mcp.compose import Hop, compose
from trigate.mcp.conversion import COMPLETE, error_number, modern_result, result
from trigate.mcp.envelope import Members, encode, error_reply, notification, result_message
from trigate.mcp.fault import (
    HEADER_MISMATCH,
    MISSING_CAPABILITY,
    UNSUPPORTED_VERSION,
    URL_REQUIRED,
    InputRequired,
    MissingCapability,
    ServerFailed,
)
from trigate.mcp.greeting import Greeting
from trigate.mcp.hearing import Parking, answer_question, seat_of
from trigate.mcp.holder import holder
from trigate.mcp.inquest import Inquest, open_pages, read_questions
from trigate.mcp.message import Message, Outgoing, decode_error
from trigate.mcp.outcome import admit, admit_task
from trigate.mcp.profile import ASKS, TASKS
from trigate.mcp.reply import Reply, error_status
from trigate.mcp.seats import OWN
from trigate.mcp.state import Parked, Retry
from trigate.mcp.task import ID, TASK
from trigate.mcp.task_loop import TaskLoop, cancel, needs_tasks, read_older, read_said
from trigate.mcp.transport import Leg
from trigate.mcp.upstream import Upstream
from trigate.mcp.version import LATEST_LEGACY, LEVELS

_members = msgspec.json.Decoder(Members).decode
_COMPLETE = b'"complete"'
_KINDS = frozenset({b'"input_required"', TASK})
_LEGACY = Greeting("legacy", LATEST_LEGACY)
_OUT_OF_DATE = frozenset({HEADER_MISMATCH, UNSUPPORTED_VERSION})


class Watch:
    """Ends a call that takes too long, or that goes on for too long without its caller."""

    __slots__ = ("_deadlines", "_exchange", "_held", "_last", "_orphan", "_sink", "deadline")

    def __init__(self, exchange: Exchange, sink: Sink, deadlines: Deadlines, seconds: float, orphan: float) -> None:
        now = clock.monotonic()
        self._exchange, self._sink, self._deadlines = exchange, sink, deadlines
        self._last = now + seconds
        self._orphan = orphan
        self._held = 0.0
        self.deadline = now + min(seconds, orphan)
        deadlines.add(self)

    def expire(self) -> None:
        """Look whether the caller is still there; it is the end if not, or if the time is up."""
        now = clock.monotonic()
        if now >= self._last and not self._held:
            self._exchange.stop(UpstreamTimeout("the server did not answer in time"))
        elif self._sink.left:
            self._exchange.stop(ExchangeStopped("nobody waits for this call any more"))
        else:
            self.deadline = now + self._orphan if self._held else min(self._last, now + self._orphan)
            return
        self.close()

    def hold(self) -> None:
        """From now on the caller takes its time, not the server."""
        self._held = clock.monotonic()

    def release(self) -> None:
        """The server is at work again."""
        self._last += clock.monotonic() - self._held
        self._held = 0.0
        self.deadline = min(self.deadline, self._last)

    def close(self) -> None:
        """The call is over."""
        self._deadlines.discard(self)


class Relay:
    """A call to a tool, prompt, resource or completion of one server."""

    __slots__ = (
        "_ask", "_asker", "_call", "_drives", "_inquest", "_older", "_reply", "_steps", "_task", "_token", "_upstream",
        "_watch",
    )  # fmt: skip

    def __init__(self, call: Call, ask: Ask, upstream: Upstream, sink: Sink, watch: Watch | None = None) -> None:
        self._call = call
        self._ask = ask
        self._upstream = upstream
        self._reply = Reply(sink)
        # Tokens are unique among all requests to the server, whoever asked first (2026-07-28, progress).
        self._token = call.id if ask.token else ""
        self._watch = watch
        self._drives = False
        """Whether the gateway sees to a task itself."""
        self._steps = 0
        self._older = False
        """Whether the server was asked to make a task of the call (2025-11-25, tasks)."""
        self._task = ""
        """The task that it has made of it."""
        self._asker: CallAsker | None = None
        self._inquest: Inquest | None = None
        """What the server has asked so far, and the answers for it."""
        if ask.retry is not None:
            self._inquest = Inquest(upstream, self.asker)

    @property
    def asker(self) -> CallAsker:
        """The way to ask the caller something."""
        if self._asker is None:
            self._asker = CallAsker(self._upstream.desk, self._call, self._ask, self._reply)
            self._asker.watch = self._watch
        return self._asker

    async def run(self) -> Part:
        """Send the ask, pass notifications on, and return the answer."""
        retry = self._ask.retry
        if retry is not None and retry.state.parked is not None:
            return await self._resume(retry, retry.state.parked)
        return await self.conclude(*await self._attempt())

    async def _resume(self, retry: Retry, place: Parked) -> Part:
        """Go on with a call that waits within its server."""
        parking = Parking(self._upstream, self.asker, self._call)
        try:
            await parking.resume(retry, place)
            message = await self._hear(parking)
        except UpstreamFailed as error:
            raise self._upstream.blamed(error) from None
        finally:
            parking.close()
        return await self.conclude(message, _LEGACY)

    async def resume(self, greeting: Greeting, leg: Leg) -> Part:
        """The same for an ask that has been sent."""
        return await self.conclude(await self._listen(leg), greeting)

    async def conclude(self, message: Message, greeting: Greeting) -> Part:
        """The answer, given the server's first response."""
        if greeting.era == "modern" and len(message.error) and self._code(message) in _OUT_OF_DATE:
            # The server has not acted: what was known of it is out of date (2026-07-28, transports).
            await self._upstream.learn_again(greeting)
            message, greeting = await self._attempt()
        while True:
            if len(message.error):
                if not self._wants_tasks(message):
                    return await self._refused(message)
                message, greeting = await self._attempt()
                continue
            found = complete(self._upstream, message)
            if self._older and "task" in found:
                message, greeting = await self._await_older(found)
            elif "resultType" not in found:
                return await self._answer(found)
            elif bytes(found["resultType"]) != TASK:
                message, greeting = await self._inquire(found)
            elif self._drives:
                message = await TaskLoop(self._upstream, self.asker, self._ask.profile, self._progress).finish(found)
            elif self._ask.profile & TASKS:
                return await self._hand_out(found)
            else:
                raise self._upstream.blamed(ServerFailed("it made a task of a call whose caller knows none"))

    async def _answer(self, found: Members) -> Part:
        ask = self._ask
        if self._inquest is not None:
            await self._inquest.finish()
        if ask.task is not None and ID in found:
            return await self._hand_out(found)
        admit(self._upstream, ask, found)
        return self._reply.end(result_message(ask.id, result(ask, found)))

    async def _inquire(self, found: Members) -> tuple[Message, Greeting]:
        """Ask the caller what the server wants to know, and send the call again."""
        if self._inquest is None:
            self._inquest = Inquest(self._upstream, self.asker)
        await self._inquest.hold(found)
        return await self._attempt()

    async def _await_older(self, found: Members) -> tuple[Message, Greeting]:
        """The result of a task of a server of 2025-11-25, which says it as soon as there is one."""
        try:
            self._task = read_older(found)
        except ValueError as error:
            raise self._upstream.blamed(ServerFailed(str(error))) from None
        self._older = False
        try:
            return await self._attempt()
        except InputRequired:
            raise  # its caller is asked something meanwhile, and comes back for the result
        except BaseException:
            spawn(cancel(self._upstream, self._task, self._call.exchange.signal.loop), "a task nobody waits for")
            raise

    def _wants_tasks(self, message: Message) -> bool:
        """Whether the server makes such calls only as tasks: for a caller who knows none the gateway sees to them."""
        if self._ask.era == "modern" or self._drives or not needs_tasks(message.error):
            return False
        self._drives = True
        return True

    async def _hand_out(self, found: Members) -> Part:
        """A task, under an id that its caller alone can use; raises Forbidden if it may not ask what it asks."""
        ask, call = self._ask, self._call
        try:
            if "inputRequests" in found:
                await self.asker.admit(read_questions(found["inputRequests"]))
            if ask.task is not None:
                admit_task(self._upstream, ask, ask.task, found)
            self._upstream.desk.tasks.hand_out(ask, call.principal, found)
        except ValueError as error:
            raise self._upstream.blamed(ServerFailed(str(error))) from None
        return self._reply.end(
            result_message(ask.id, modern_result(ask.name, found, found.get("resultType", COMPLETE)))
        )

    async def _progress(self, said: str) -> None:
        """Hand on what the server says of how far a task is."""
        if self._token:
            self._steps += 1
            params = {"progressToken": Raw(self._ask.token), "progress": self._steps, "message": said}
            await self._reply.note(notification("notifications/progress", encode(params)))

    async def _refused(self, message: Message) -> Part:
        ask, code = self._ask, self._code(message)
        if code == URL_REQUIRED:
            await open_pages(self._upstream, self.asker, message.error)
        if code == MISSING_CAPABILITY and ask.era == "legacy":
            told = decode_error(message.error).message[:500]
            raise MissingCapability(f"server {self._upstream.name!r} needs to ask its caller: {told}", {})
        number, error = _error(ask, message, code)
        return self._reply.end(error_reply(ask.id, error), error_status(ask, number))

    async def _attempt(self) -> tuple[Message, Greeting]:
        call, upstream = self._call, self._upstream
        known, signal = upstream.memory.greeting, call.exchange.signal
        # What a server that speaks both eras asks within a call, it asks in the older one alone.
        older = self._ask.era == "legacy" and self._ask.profile & ASKS != 0
        settled = known is not None and known.era == "modern" and not (older and upstream.may_be_dual(known))
        key = OWN if settled else seat_of(upstream, self._ask, call)
        if key[0] and self._ask.era == "modern":
            signal = Signal(signal.loop)  # the call may go on without its exchange
        try:
            greeting, leg = await upstream.reach(self._write, signal, key, older)
        except ServerFailed as error:
            call.status = error.answered
            raise
        call.status = leg.status
        call.first_byte = clock.monotonic()
        return await self._listen(leg), greeting

    async def _listen(self, leg: Leg) -> Message:
        """The response, after passing on what comes before it."""
        parking: Parking | None = None
        try:
            while True:
                message = await leg.next()
                if message is None:
                    raise ServerFailed("it ended the call without an answer")
                if not message.method:
                    return message
                if not message.is_request:
                    await self._note(message, self._token)
                elif self.asker.waits:
                    await answer_question(self.asker, leg, message)
                else:
                    parking = Parking(self._upstream, self.asker, self._call, leg)
                    parking.begin(message, self._ask, self._token)
                    return await self._hear(parking)
        except UpstreamFailed as error:
            raise self._upstream.blamed(error) from None
        finally:
            if parking is None or not parking.close():
                leg.close()

    async def _hear(self, parking: Parking) -> Message:
        """The response of a parked call."""
        while (message := await parking.next()).method:
            await self._note(message, parking.token)
        return message

    def _write(self, greeting: Greeting) -> Outgoing:
        ask = self._ask
        profile = ask.profile | TASKS if self._drives else ask.profile
        hop = Hop(greeting.era, ask.subject, self._token, ask.level, profile)
        if self._inquest is not None and greeting.era == "modern":
            hop.responses, hop.state = self._inquest.responses, self._inquest.state
        if ask.name == "tools/call":
            if greeting.era == "modern":
                hop.mirrored = self._upstream.mirrored(ask)
            elif not self._task:
                self._older = hop.task = self._upstream.wants_task(ask.subject)
        if self._task:
            hop.subject = self._task
            outgoing = compose("tasks/result", {}, ask.meta.own, hop)
        else:
            outgoing = compose(ask.name, ask.params, ask.meta.own, hop)
        outgoing.extra = self._call.exchange.id_line
        if self._upstream.settings.processes.per != "server":
            outgoing.holder = holder(ask, self._call, self._upstream.settings.processes.per)
        return outgoing

    async def _note(self, message: Message, token: str) -> None:
        """Pass on progress of this call and log messages the caller wants; nothing else is its business."""
        ask = self._ask
        if message.method == "notifications/progress" and token and ask.token:
            params = _params(message)
            if params is not None and bytes(params.get("progressToken", b"")) == encode(token):
                params["progressToken"] = Raw(ask.token)
                await self._reply.note(notification(message.method, encode(params)))
        elif message.method == "notifications/message" and ask.level < len(LEVELS):
            params = _params(message)
            if params is not None and _level(params) >= ask.level:
                await self._reply.note(notification(message.method, encode(params)))
        elif message.method == "notifications/tasks/status" and self._task:
            said = read_said(message.params, self._task)
            if said:
                await self._progress(said)

    def _code(self, message: Message) -> int:
        """The code of an error; raises UpstreamFailed."""
        try:
            return decode_error(message.error).code
        except msgspec.DecodeError:
            raise self._upstream.blamed(ServerFailed("its error is not one")) from None


def complete(upstream: Upstream, message: Message) -> Members:
    """The members of a result, with `resultType` only if it is no answer yet; raises UpstreamFailed."""
    try:
        found = _members(message.result)
    except msgspec.DecodeError:
        raise upstream.blamed(ServerFailed("its answer has no result")) from None
    kind = found.pop("resultType", None)
    if kind is None or bytes(kind) == _COMPLETE:
        return found
    if bytes(kind) not in _KINDS:
        text = bytes(kind)[:40].decode("utf-8", "replace")
        raise upstream.blamed(ServerFailed(f"it answered {text}, which the gateway cannot carry to its caller"))
    found["resultType"] = kind
    return found


def _error(ask: Ask, message: Message, code: int) -> tuple[int, bytes]:
    """Code and text of a server's error, as the caller's era has it."""
    number = error_number(ask, code, message.error)
    if number == code:
        return code, bytes(message.error)
    found = _members(message.error)
    found["code"] = Raw(b"%d" % number)
    return number, encode(found)


def _params(message: Message) -> Members | None:
    try:
        return _members(message.params)
    except msgspec.DecodeError:
        return None


def _level(params: Members) -> int:
    level = bytes(params.get("level", b"")).strip(b'"').decode("utf-8", "replace")
    return LEVELS.index(level) if level in LEVELS else 0
