"""Sees a server's task through for a caller who knows no tasks, so that to it a call is a call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.core.errors import UpstreamFailed
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.alarm import pause
from trigate.mcp.asker import CallAsker
from trigate.mcp.compose import Hop, compose
from trigate.mcp.envelope import Members
from trigate.mcp.fault import ServerFailed
from trigate.mcp.greeting import Greeting
from trigate.mcp.inquest import read_questions
from trigate.mcp.listing import response
from trigate.mcp.message import NONE, Message, Outgoing
from trigate.mcp.profile import TASKS
from trigate.mcp.upstream import Upstream

_SHORTEST, _USUAL, _LONGEST = 0.05, 1.0, 30.0
"""Seconds between two looks at a task: what a server may wish for, and what holds if it wishes for nothing."""
_LONGEST_SAID = 2000
_members = msgspec.json.Decoder(Members).decode
_FAILED = Raw(b'{"code":-32603,"message":"the task failed"}')
Told = Callable[[str], Awaitable[None]]
"""Hands on what a server says of how far it is."""


class State(Struct, rename="camel"):
    """What is read of a task."""

    task_id: str
    status: str
    status_message: str | None = None
    poll_interval_ms: float | None = None
    result: Raw = NONE
    error: Raw = NONE


class TaskLoop:
    """One task."""

    __slots__ = ("_asker", "_id", "_profile", "_said", "_tell", "_upstream")

    def __init__(self, upstream: Upstream, asker: CallAsker, profile: int, tell: Told) -> None:
        self._upstream = upstream
        self._asker = asker
        self._profile = profile | TASKS
        self._tell = tell
        self._id = ""
        self._said = ""

    async def finish(self, begun: Members) -> Message:
        """The response that the call would have had; raises UpstreamFailed, and what asking the caller raises."""
        found = begun
        try:
            while True:
                state = self._read(found)
                if state.status in ("completed", "failed"):
                    return self._end(state)
                if state.status == "cancelled":
                    raise self._failed("it has cancelled its task")
                if state.status == "input_required":
                    await self._answer(found)
                await self._note(state)
                await pause(self._upstream.desk.deadlines, self._asker.signal, _pause(state))
                found = await self._ask("tasks/get", {}, self._asker.signal)
        except BaseException:
            if self._id:
                loop = self._asker.signal.loop
                spawn(cancel(self._upstream, self._id, loop, self._profile), "a task nobody waits for")
            raise

    def _read(self, found: Members) -> State:
        try:
            state = msgspec.json.decode(msgspec.json.encode(found), type=State)
        except (msgspec.DecodeError, RecursionError):
            raise self._failed("what it says of its task cannot be read") from None
        self._id = self._id or state.task_id
        return state

    def _end(self, state: State) -> Message:
        self._id = ""
        if state.status == "failed":
            return Message(error=state.error if len(state.error) else _FAILED)
        return Message(result=state.result)

    async def _answer(self, found: Members) -> None:
        try:
            questions = read_questions(found.get("inputRequests", Raw(b"{}")))
        except ValueError as error:
            raise self._failed(str(error)) from None
        answers = await self._asker.pass_on(questions, b"")
        await self._ask("tasks/update", {"inputResponses": Raw(msgspec.json.encode(answers))}, self._asker.signal)

    async def _note(self, state: State) -> None:
        said = state.status_message or ""
        if said and said != self._said:
            self._said = said
            await self._tell(said)

    async def _ask(self, method: str, params: Members, signal: Signal) -> Members:
        message = await _send(self._upstream, method, params, self._id, self._profile, signal)
        if len(message.error):
            raise self._failed(f"{method} failed")
        try:
            return _members(message.result)
        except msgspec.DecodeError:
            raise self._failed(f"its answer to {method} is none") from None

    def _failed(self, reason: str) -> UpstreamFailed:
        return self._upstream.blamed(ServerFailed(reason))


async def cancel(upstream: Upstream, id: str, loop: asyncio.AbstractEventLoop, profile: int = TASKS) -> None:
    """Tell a server that nobody waits for a task any more."""
    try:
        await _send(upstream, "tasks/cancel", {}, id, profile, Signal(loop))
    except UpstreamFailed:
        return  # it ends by itself, when its time is over


async def _send(upstream: Upstream, method: str, params: Members, id: str, profile: int, signal: Signal) -> Message:
    def write(greeting: Greeting) -> Outgoing:
        return compose(method, params, {}, Hop(greeting.era, id, profile=profile))

    _, leg = await upstream.reach(write, signal)
    try:
        return await response(leg)
    finally:
        leg.close()


def read_older(found: Members) -> str:
    """The id of a task of 2025-11-25; raises ValueError."""
    try:
        return msgspec.json.decode(found["task"], type=State).task_id
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("what it says of its task cannot be read") from None


def read_said(params: Raw, id: str) -> str:
    """What a server of 2025-11-25 says of how far its task `id` is; empty if nothing, or if it is about another one."""
    try:
        state = msgspec.json.decode(params, type=State)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return (state.status_message or "")[:_LONGEST_SAID] if state.task_id == id else ""


def _pause(state: State) -> float:
    wished = _USUAL if state.poll_interval_ms is None else state.poll_interval_ms / 1000
    return min(max(wished, _SHORTEST), _LONGEST)


def needs_tasks(error: Raw) -> bool:
    """Whether a server refused a call for nothing but that its caller knows no tasks."""
    try:
        required: Any = msgspec.json.decode(error)["data"]["requiredCapabilities"]
        return list(required) == ["extensions"] and list(required["extensions"]) == ["io.modelcontextprotocol/tasks"]
    except (msgspec.DecodeError, KeyError, TypeError, RecursionError):
        return False
